"""What an account needs for the posts that are due within a day: their files, and enough of the platform's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from bot.accounts.marks import MARKS
from bot.accounts.media import wrong_with
from bot.parts import Parts
from bot.publishing.in_flight import InFlight, load_in_flight
from channels.base import Concern
from channels.errors import Told
from models.delivery import Delivery
from models.office import Account
from models.post import Post, Priority
from models.queue import Budget, Purpose
from models.states import DeliveryState

AHEAD = ("budget:", "media:")
"""How the codes begin of what is found here, without asking the platform."""
MOST_POSTS = 200
"""So many of the next posts are looked at: later ones come into sight in time."""


@dataclass(frozen=True)
class NextPost:
    """One delivery that is due soon, as it will be sent."""

    title: str
    flying: InFlight

    @property
    def due_at(self) -> datetime:
        """When it is due."""
        return self.flying.delivery.due_at


async def concerns_ahead(parts: Parts, account: Account) -> list[Concern]:
    """Say what will be in the way of the account's next posts."""
    posts = await _next_posts(parts, account)
    keys = {key for post in posts for key in _costs(post)}
    async with parts.db.read() as session:
        budgets = (await session.exec(select(Budget).where(col(Budget.key).in_(sorted(keys))))).all()
    found = [short_of(budget, posts, parts.now()) for budget in budgets]
    return [*(c for c in found if c is not None), *await _media_concerns(parts, posts)]


async def _next_posts(parts: Parts, account: Account) -> list[NextPost]:
    query = (
        select(Delivery.id, Post.title)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(
            Delivery.account_id == account.id,
            Delivery.state == DeliveryState.QUEUED,
            Delivery.due_at <= parts.now() + max(MARKS),
        )
        .order_by(col(Delivery.due_at), col(Delivery.id))
        .limit(MOST_POSTS)
    )
    async with parts.db.read() as session:
        rows = (await session.exec(query)).all()
    loaded = [(title, await load_in_flight(parts, delivery_id or 0)) for delivery_id, title in rows]
    return [NextPost(title, flying) for title, flying in loaded if flying is not None]


def short_of(budget: Budget, posts: Sequence[NextPost], now: datetime) -> Concern | None:
    """Say that a limit does not leave enough for the routine posts that are due before it is renewed. Pure."""
    if budget.resets_at is not None and budget.resets_at <= now:
        return None
    bound = [
        post
        for post in posts
        if post.flying.delivery.priority < Priority.HOLDING
        and budget.key in _costs(post)
        and (budget.resets_at is None or post.due_at < budget.resets_at)
    ]
    need = sum(_costs(post)[budget.key] for post in bound)
    if not bound or budget.allows(need, Purpose.ROUTINE, max(now, bound[0].due_at)):
        return None
    share = min(100, int(100 * budget.share_at(now)))
    if budget.blocked(max(now, bound[0].due_at)):
        told = Told(
            vi=f"nền tảng báo đã hết hạn mức {budget.key}, {len(bound)} bài sắp tới phải chờ: dời bài hoặc xin thêm.",
            en=f"the platform says that the limit {budget.key} is used up; the next {len(bound)} posts wait: move them "
            "or ask for more.",
        )
        return Concern(f"budget:{budget.key}", told)
    return Concern(
        f"budget:{budget.key}",
        Told(
            vi=f"hạn mức của nền tảng đã dùng {share}%, không đủ cho {len(bound)} bài sắp tới: dời bài bớt gấp hoặc "
            "xin thêm hạn mức; đính chính vẫn đi trước.",
            en=f"{share}% of the platform's limit is used, not enough for the next {len(bound)} posts: move what is "
            "less pressing or ask for more; corrections still go first.",
        ),
    )


def _costs(post: NextPost) -> dict[str, float]:
    channel = post.flying.channel
    return dict(channel.costs(post.flying.out, channel.account, post.flying.delivery.notes))


async def _media_concerns(parts: Parts, posts: Sequence[NextPost]) -> list[Concern]:
    found: dict[str, Concern] = {}
    for post in posts:
        for file in post.flying.out.media:
            code = f"media:{post.flying.delivery.post_id}:{file.sha256[:12]}"
            told = None if code in found else await wrong_with(file, post.flying.channel, parts.door)
            if told is not None:
                found[code] = Concern(code, Told(vi=f"bài “{post.title}”: {told.vi}", en=f"“{post.title}”: {told.en}"))
    return list(found.values())
