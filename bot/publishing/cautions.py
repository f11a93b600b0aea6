"""What an approver should know before saying yes: the same text or the same minute on one account. Never a refusal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import col, select

from bot.parts import Parts
from bot.publishing.content import load
from bot.publishing.rows import accounts_of
from channels.errors import Told
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.post import Post, PostKind, Variant
from models.states import DeliveryState

LOOK_BACK = timedelta(days=30)
"""The same text again after a month is a reminder, not a slip."""


class Why(StrEnum):
    SAME_TEXT = "same_text"
    SAME_MINUTE = "same_minute"


@dataclass(frozen=True)
class Caution:
    """One thing worth a second look, with the other post that it concerns."""

    why: Why
    channel: str
    post_id: int
    told: Told


async def cautions_of(parts: Parts, post_id: int) -> list[Caution]:
    """Return what speaks against approving the post as it is, one entry a channel, kind and other post. Answers may
    well say the same to many people."""
    since = parts.now() - LOOK_BACK
    async with parts.db.read() as session:
        post = await session.get_one(Post, post_id)
        if post.kind == PostKind.ANSWER:
            return []
        bundle = await load(session, post)
        accounts = [a.id for a in await accounts_of(session, post.organisation_id)]
        others = (
            await session.exec(
                select(Delivery, Variant, Post)
                .join(Variant, col(Variant.id) == Delivery.variant_id)
                .join(Post, col(Post.id) == Delivery.post_id)
                .where(
                    col(Delivery.account_id).in_(accounts),
                    Delivery.post_id != post_id,
                    Post.kind != PostKind.ANSWER,
                    Delivery.due_at >= since,
                    col(Delivery.state).not_in([DeliveryState.CANCELLED, DeliveryState.RETRACTED]),
                )
            )
        ).all()
    by_channel = defaultdict(list)
    for delivery, variant, other in others:
        by_channel[variant.channel].append((delivery.due_at, variant.text, other))
    found: list[Caution] = []
    for variant in bundle.variants:
        found += _of_channel(variant, post.due_at, by_channel[variant.channel])
    return list(dict.fromkeys(found))


def _of_channel(
    variant: Variant, due_at: datetime | None, others: Iterable[tuple[datetime, str, Post]]
) -> Iterable[Caution]:
    label, words = CHANNELS[variant.channel].label, _words(variant.text)
    for other_due, text, other in others:
        if words and _words(text) == words:
            told = Told(
                vi=f"{label}: bài “{other.title}” có cùng nội dung; hãy xem có đăng trùng không.",
                en=f"{label}: the post '{other.title}' has the same text; is this one meant to go out again?",
            )
            yield Caution(Why.SAME_TEXT, variant.channel, other.id or 0, told)
        if due_at is not None and _minute(other_due) == _minute(due_at):
            told = Told(
                vi=f"{label}: bài “{other.title}” cũng hẹn đúng phút này; hãy cân nhắc giãn giờ.",
                en=f"{label}: the post '{other.title}' is due in the same minute; consider another time.",
            )
            yield Caution(Why.SAME_MINUTE, variant.channel, other.id or 0, told)


def _words(text: str) -> tuple[str, ...]:
    """The text without case and spacing: a slip of the keyboard does not make another post of it."""
    return tuple(text.casefold().split())


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
