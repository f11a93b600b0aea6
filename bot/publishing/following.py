"""What goes out by itself once a post is out on an account: a first comment under it, a broadcast of the article, the
next batch of a message to many.

Each is a delivery of its own, written down in the transaction that says that the post is out: no crash loses or doubles
it, and what becomes of it is seen like the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.content import Bundle, MediaAddress, account_ref, load, media_address
from bot.publishing.rows import id_of, new_delivery
from channels.base import Content, Outgoing
from channels.errors import Told
from channels.registry import CHANNELS
from models.delivery import Delivery, HeldBy
from models.office import Account
from models.post import Post, Variant
from models.states import DeliveryState, PostState

_SAME_IN_EVERY_BATCH: Final = {
    "post_id", "variant_id", "account_id", "channel", "priority", "late_after_min", "embargo_until", "form", "composed",
    "fingerprint",
}  # fmt: skip
_BATCH: Final = "#"
_TOLD_NO_ID: Final = Told(
    vi="Đã có trên kênh, nhưng Loa không biết mã của bài nên chưa làm phần đi kèm (bình luận đầu tiên, gửi tin): hãy "
    "làm bằng tay trên kênh.",
    en="It is there, but Loa does not know its id, so what follows it (first comment, broadcast) was not done: do it "
    "by hand on the channel.",
)


def follow_ups(content: Content, account: Account, remote_id: str = "") -> list[Outgoing]:
    """Return what follows `content` once it is the item `remote_id`. Pure."""
    channel = CHANNELS[account.kind]
    return [
        channel.compose(replace(after, options={**after.options, "target": remote_id}), account_ref(account))
        for after in channel.follow_ups(content)
    ]


def following(
    bundle: Bundle, variant: Variant, account: Account, first: Delivery, address: MediaAddress
) -> list[tuple[str, Outgoing]]:
    """Return what follows the delivery `first`, which is out, each with the target that tells it from the others: the
    item, and from the second on with its number. Pure."""
    known = first.remote_id or CHANNELS[first.channel].follows_unseen
    if first.target_id or not known or first.held_by == HeldBy.CANCELLED:
        return []
    outs = follow_ups(bundle.content(variant, address), account, first.remote_id)
    return [
        (first.remote_id if n == 1 and first.remote_id else f"{first.remote_id}:{n}", o) for n, o in enumerate(outs, 1)
    ]


async def queue_follow_ups(session: AsyncSession, parts: Parts, out_now: Sequence[tuple[Post, Delivery]]) -> None:
    """Put into the queue what follows these deliveries, which are out. Of a post on hold it waits for the release."""
    rows = [row for post, delivery in out_now if (row := next_batch(post, delivery, parts.now())) is not None]
    firsts = [(post, first) for post, first in out_now if not first.target_id]
    wanted = select(Variant).where(col(Variant.id).in_({first.variant_id for _, first in firsts}))
    found = (await session.exec(wanted)).all() if firsts else ()
    variants = {v.id: v for v in found if CHANNELS[v.channel].may_follow(v.options)}
    for post, first in firsts:
        if (variant := variants.get(first.variant_id)) is not None:
            rows += await _rows_after(session, parts, post, variant, first)
    if rows:
        session.add_all(rows)
        await session.flush()
        await parts.nudge(session, [id_of(row.id) for row in rows if row.state == DeliveryState.QUEUED])


def next_batch(post: Post, batch: Delivery, now: datetime) -> Delivery | None:
    """Return what is left of a message to many once this batch is out, with the very payload that was approved; None:
    it was the last one, or the rest was called off. Pure."""
    out = Outgoing(batch.channel, batch.form, batch.composed)
    notes = CHANNELS[batch.channel].rest(out, batch.notes)
    if notes is None or batch.held_by == HeldBy.CANCELLED:
        return None
    row = Delivery(
        **batch.model_dump(include=_SAME_IN_EVERY_BATCH),
        target_id=_next_target(batch.target_id),
        due_at=now,
        next_at=now,
        notes=dict(notes),
    )
    if post.state == PostState.HELD:
        row.state, row.held_by = DeliveryState.HELD, HeldBy.POST
    return row


def batches_left(rows: Mapping[tuple[int, str], Delivery], account_id: int) -> list[tuple[str, Outgoing]]:
    """Return the batches of messages whose first one is out on an account, each with its target: what was approved
    reaches all, whatever else of the post is approved anew. Pure."""
    return [
        (target, Outgoing(row.channel, row.form, row.composed))
        for (account, target), row in rows.items()
        if account == account_id and _BATCH in target
    ]


def _next_target(target: str) -> str:
    """The batches of one message are told apart by their number, from the second on."""
    message, mark, number = target.rpartition(_BATCH)
    return f"{message}{_BATCH}{int(number) + 1}" if mark and number.isdecimal() else f"{target}{_BATCH}2"


async def _rows_after(
    session: AsyncSession, parts: Parts, post: Post, variant: Variant, first: Delivery
) -> list[Delivery]:
    account = await session.get_one(Account, first.account_id)
    bundle, address = await load(session, post), media_address(parts)
    unknown = not first.remote_id and not CHANNELS[first.channel].follows_unseen
    if unknown and follow_ups(bundle.content(variant, address), account):
        first.error_vi, first.error_en = _TOLD_NO_ID.vi, _TOLD_NO_ID.en
    rows = [
        new_delivery(post, variant, first.account_id, target, out, parts.now())
        for target, out in following(bundle, variant, account, first, address)
    ]
    if post.state == PostState.HELD:
        for row in rows:
            row.state, row.held_by = DeliveryState.HELD, HeldBy.POST
    return rows
