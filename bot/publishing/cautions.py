"""What an approver should know before saying yes: the same text or the same minute on one account. Never a refusal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.parts import Parts
from bot.publishing.slots import due_on, free_slot
from channels.errors import Told
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.office import Account
from models.post import Post, PostKind, Timing, Variant
from models.states import DeliveryState, PostState

LOOK_BACK = timedelta(days=30)
"""The same text again after a month is a reminder, not a slip."""
MOST, CANDIDATES = 5, 50
"""So many other posts are named, for each channel and reason, of so many that are looked at: whoever meets more than
that looks at the queue."""

_NOT_HANDED_IN = (PostState.DRAFT, PostState.RETURNED, PostState.RETRACTED)
_WAITING = (PostState.IN_REVIEW, PostState.PENDING, PostState.HELD)
_TAKEN_BACK = (DeliveryState.CANCELLED, DeliveryState.RETRACTED)


class Why(StrEnum):
    SAME_TEXT = "same_text"
    SAME_MINUTE = "same_minute"


_TOLD = {
    Why.SAME_TEXT: Told(
        "có cùng nội dung; hãy xem có đăng trùng không.", "has the same text; is this one meant to go out again?"
    ),
    Why.SAME_MINUTE: Told(
        "cũng hẹn đúng phút này; hãy cân nhắc giãn giờ.", "is due in the same minute; consider another time."
    ),
}


@dataclass(frozen=True)
class Caution:
    """One thing worth a second look, with the other post that it concerns."""

    why: Why
    channel: str
    post_id: int
    told: Told


async def cautions_of(parts: Parts, post_id: int) -> list[Caution]:
    """Return what speaks against approving the post as it is, one entry a channel, kind and other post. Answers may
    well say the same to many people.

    Drafts count once they are handed in. The time of a post without one of its own is the one that it would get now.
    """
    found: list[Caution] = []
    async with parts.db.read() as session:
        post = await session.get_one(Post, post_id)
        if post.kind == PostKind.ANSWER:
            return []
        for variant in (await session.exec(select(Variant).where(Variant.post_id == post_id))).all():
            same = await _posts_that_say(session, post, variant, parts.now() - LOOK_BACK)
            found += _cautions(Why.SAME_TEXT, variant, same)
            at = await due_on(session, post, variant.channel, parts.now(), free_slot)
            if at is not None:
                found += _cautions(Why.SAME_MINUTE, variant, await _posts_due(session, post, variant.channel, at))
    return found


def _cautions(why: Why, variant: Variant, others: Iterable[Post]) -> Iterable[Caution]:
    label, told = CHANNELS[variant.channel].label, _TOLD[why]
    for other in others:
        said = Told(f"{label}: bài “{other.title}” {told.vi}", f"{label}: the post '{other.title}' {told.en}")
        yield Caution(why, variant.channel, other.id or 0, said)


# Each query below asks one index for a bounded number of rows, and another one looks at those alone: asked for at once,
# SQLite walks through every post of the office.


async def _posts_that_say(session: AsyncSession, post: Post, variant: Variant, since: datetime) -> Sequence[Post]:
    """Other posts with the same text on the channel, newest first, unless it was taken back there."""
    if not variant.text_hash:
        return []
    same = select(Variant.post_id).where(Variant.text_hash == variant.text_hash, Variant.channel == variant.channel)
    ids = (await session.exec(same.order_by(col(Variant.id).desc()).limit(CANDIDATES))).all()
    taken_back = select(Delivery.id).where(
        Delivery.post_id == Post.id, Delivery.channel == variant.channel, col(Delivery.state).in_(_TAKEN_BACK)
    )
    query = _others(post, ids).where(
        col(Post.state).not_in(_NOT_HANDED_IN),
        sa.func.coalesce(col(Post.published_at), col(Post.due_at), col(Post.updated_at)) >= since,
        sa.not_(taken_back.exists()),
    )
    return (await session.exec(query.order_by(col(Post.id).desc()).limit(MOST))).all()


async def _posts_due(session: AsyncSession, post: Post, channel: str, at: datetime) -> Sequence[Post]:
    """Other posts due on the channel in this minute: those with deliveries, and those that still wait for their yes."""
    start = at.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=1)
    account = select(Account.id).where(Account.organisation_id == post.organisation_id, Account.kind == channel)
    accounts = (await session.exec(account)).all()
    queued = select(Delivery.post_id).where(
        col(Delivery.account_id).in_(accounts),
        Delivery.due_at >= start,
        Delivery.due_at < end,
        col(Delivery.state).not_in(_TAKEN_BACK),
        Delivery.post_id != post.id,
    )  # one post may be due on each of the accounts
    ids = set((await session.exec(queued.limit(max(CANDIDATES, MOST * len(accounts))))).all())
    due = select(Post.id).where(col(Post.due_at) >= start, col(Post.due_at) < end).limit(CANDIDATES)
    waiting = _others(post, (await session.exec(due)).all()).where(
        col(Post.state).in_(_WAITING),
        Post.timing == Timing.AT,
        select(Variant.id).where(Variant.post_id == Post.id, Variant.channel == channel).exists(),
    )
    rows = [*(await session.exec(_others(post, ids).limit(MOST))).all(), *(await session.exec(waiting)).all()]
    return list({other.id: other for other in rows}.values())[:MOST]


def _others(post: Post, ids: Collection[int | None]) -> SelectOfScalar[Post]:
    """Those of the posts that are another one of the same office, and no answer."""
    return select(Post).where(
        col(Post.id).in_(ids),
        Post.id != post.id,
        Post.organisation_id == post.organisation_id,
        Post.kind != PostKind.ANSWER,
    )
