"""A delivery as the sending rooms need it: the row, its channel, and the payload that was approved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlmodel import col, select

from bot.parts import Parts
from bot.publishing.content import Bundle, media_address, media_of
from channels.base import Channel, Outgoing
from models.db import DatabaseAway
from models.delivery import Delivery
from models.office import Account
from models.post import Post, Variant

T = TypeVar("T")
PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


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


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask the database again while it is away, half a minute at most: a restart of the server must not cost what is
    known here alone. What is asked may have been stored the first time."""
    for pause_s in PAUSES_S:
        try:
            return await ask()
        except DatabaseAway:
            await asyncio.sleep(pause_s)
    return await ask()
