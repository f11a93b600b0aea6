"""A delivery as the sending rooms need it: the row, its channel, and the payload that was approved."""

from __future__ import annotations

from dataclasses import dataclass

from bot.parts import Parts
from bot.publishing.content import load, media_address
from channels.base import Channel, Outgoing
from models.delivery import Delivery
from models.office import Account
from models.post import Post


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
    async with parts.db.read() as session:
        delivery = await session.get(Delivery, delivery_id)
        if delivery is None:
            return None
        account = await session.get_one(Account, delivery.account_id)
        post = await session.get_one(Post, delivery.post_id)
        bundle = await load(session, post)
    variant = bundle.variant(delivery.channel)
    media = bundle.content(variant, media_address(parts)).media if variant and not delivery.target_id else ()
    out = Outgoing(channel=delivery.channel, form=delivery.form, payload=delivery.composed, media=media)
    return InFlight(delivery, parts.channel(account), out)
