"""A delivery as the sending rooms need it: the row, its channel, and the payload that was approved."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select

from bot.parts import Parts
from bot.publishing.content import Bundle, media_address, media_of
from channels.base import Channel, Outgoing
from models.delivery import Delivery
from models.office import Account
from models.post import Post, Variant


@dataclass(frozen=True)
class InFlight:
    """One delivery between claim and end."""

    delivery: Delivery
    channel: Channel
    out: Outgoing

    @property
    def id(self) -> int:
        """The delivery's id."""
        return self.delivery.id or 0

    @property
    def size(self) -> int:
        """Bytes of media that go with it."""
        return sum(file.size for file in self.out.media)


async def load_in_flight(parts: Parts, delivery_id: int) -> InFlight | None:
    """Read a delivery with its channel and the payload that was approved (never composed anew)."""
    query = (
        select(Delivery, Account, Post, Variant)
        .join(Account, col(Account.id) == Delivery.account_id)
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Variant, col(Variant.id) == Delivery.variant_id)
        .where(Delivery.id == delivery_id)
    )
    async with parts.db.read() as session:
        row = (await session.exec(query)).first()
        if row is None:
            return None
        delivery, account, post, variant = row
        files = await media_of(session, post)
    content = Bundle(post, [variant], files).content(variant, media_address(parts))
    media = () if delivery.target_id else content.media
    out = Outgoing(channel=delivery.channel, form=delivery.form, payload=delivery.composed, media=media)
    return InFlight(delivery, parts.channel(account), out)
