"""What goes out by itself once a post is out on an account: a first comment under it, a broadcast of the article.

Each is a delivery of its own, written down in the transaction that says that the post is out: no crash loses or doubles
it, and what becomes of it is seen like the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    if first.target_id or not first.remote_id or first.held_by == HeldBy.CANCELLED:
        return []
    outs = follow_ups(bundle.content(variant, address), account, first.remote_id)
    return [(f"{first.remote_id}:{n}" if n > 1 else first.remote_id, out) for n, out in enumerate(outs, 1)]


async def queue_follow_ups(session: AsyncSession, parts: Parts, out_now: Sequence[tuple[Post, Delivery]]) -> None:
    """Put into the queue what follows these deliveries, which are out. Of a post on hold it waits for the release."""
    firsts = [(post, first) for post, first in out_now if not first.target_id]
    if not firsts:
        return
    wanted = select(Variant).where(col(Variant.id).in_({first.variant_id for _, first in firsts}))
    variants = {v.id: v for v in (await session.exec(wanted)).all() if CHANNELS[v.channel].may_follow(v.options)}
    rows = []
    for post, first in firsts:
        if (variant := variants.get(first.variant_id)) is not None:
            rows += await _rows_after(session, parts, post, variant, first)
    if rows:
        session.add_all(rows)
        await session.flush()
        await parts.nudge(session, [id_of(row.id) for row in rows if row.state == DeliveryState.QUEUED])


async def _rows_after(
    session: AsyncSession, parts: Parts, post: Post, variant: Variant, first: Delivery
) -> list[Delivery]:
    account = await session.get_one(Account, first.account_id)
    bundle, address = await load(session, post), media_address(parts)
    if not first.remote_id and follow_ups(bundle.content(variant, address), account):
        first.error_vi, first.error_en = _TOLD_NO_ID.vi, _TOLD_NO_ID.en
    rows = [
        new_delivery(post, variant, first.account_id, target, out, parts.now())
        for target, out in following(bundle, variant, account, first, address)
    ]
    if post.state == PostState.HELD:
        for row in rows:
            row.state, row.held_by = DeliveryState.HELD, HeldBy.POST
    return rows
