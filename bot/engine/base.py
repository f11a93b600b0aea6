"""The protocol both engines keep, and what they ask the database alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from models.delivery import Delivery
from models.states import DeliveryState

LOOP: Final = "publish"
"""Name of the loop, in the log and among the heartbeats."""
GROUP: Final = "delivery"
"""The background group of what is in flight."""
_OPEN: Final = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.CHECKING)


class Engine(ABC):
    """Starts every delivery when it is due. The delivery's row is the truth; an engine only wakes."""

    @abstractmethod
    async def open(self) -> None:
        """Make ready what the engine keeps in the database, so that any process may `nudge`."""

    @abstractmethod
    async def start(self) -> None:
        """Begin to deliver by itself."""

    @abstractmethod
    async def stop(self, grace_s: float) -> None:
        """Claim nothing more, give what is in flight `grace_s` to end, and leave the rest to be read back later."""

    @abstractmethod
    async def nudge(self, session: AsyncSession, delivery_ids: Sequence[int]) -> None:
        """Wake these deliveries once the caller's transaction is committed, those that are due by then."""

    @abstractmethod
    async def drain(self) -> None:
        """Deliver until nothing is due and nothing is in flight, for whoever steps the clock: tests and the demo."""


async def next_due_s(parts: Parts, within_s: float) -> float | None:
    """Return in how many seconds the next delivery is due or to be looked at, None if not `within_s`."""
    now = parts.now()
    query = select(sa.func.min(Delivery.next_at)).where(
        col(Delivery.state).in_(_OPEN), Delivery.next_at > now, Delivery.next_at <= now + timedelta(seconds=within_s)
    )
    async with parts.db.read() as session:
        at = (await session.exec(query)).one()
    return None if at is None else (at - now).total_seconds()
