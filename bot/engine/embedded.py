"""The embedded engine: one loop over the delivery table, in this process alone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.background import Background, keep_up
from bot.engine.base import GROUP, LOOP, Engine, next_due_s
from bot.loops import Loop
from bot.parts import Parts
from bot.publishing.claim import claim_due, due_ids
from bot.publishing.deliver import deliver
from bot.publishing.in_flight import InFlight
from bot.publishing.settle import overdue, settle
from models.db import DatabaseAway

log = structlog.get_logger()

MOST_TRIED = 200


class EmbeddedEngine(Engine):
    """Claims what is due and carries it out, at most `deliveries_at_once` at a time.

    It turns at every ring, at the moment when the next delivery is due, and once a `dispatch_every_s` by a monotonic
    sleep (a stepped wall clock must not stop the queue).
    """

    def __init__(self, parts: Parts, background: Background) -> None:
        self._parts, self._background = parts, background
        self._flying: set[int] = set()
        self._loop = Loop(parts, LOOP, self.turn, every_s=parts.settings.dispatch_every_s, topics={"delivery"})
        self._turning: asyncio.Task[Any] | None = None

    async def open(self) -> None:
        """The delivery table is all it needs."""

    async def start(self) -> None:
        """Begin to turn."""
        self._turning = self._background.spawn(keep_up(LOOP, self._loop.run), name=LOOP)

    async def stop(self, grace_s: float) -> None:
        """End the loop, then drain what is in flight."""
        clock = asyncio.get_running_loop().time
        until = clock() + grace_s
        if self._turning is not None:
            self._loop.end()  # a cancelled turn could leave a claimed row that nobody carries out
            await asyncio.wait({self._turning}, timeout=grace_s)
            self._turning.cancel()
        await self._background.drain(GROUP, until - clock())

    async def nudge(self, session: AsyncSession, delivery_ids: Sequence[int]) -> None:
        """The bell, rung after the commit, wakes the loop: nothing to write."""

    async def drain(self) -> None:
        """Turn until nothing is due and nothing is in flight."""
        while await self.turn() or self._flying:
            await self._background.wait_for_any(GROUP)

    async def turn(self) -> int:
        """Start everything that is due now; return how many were started."""
        room = self._parts.settings.deliveries_at_once - len(self._flying)
        if room <= 0:
            return 0
        started = 0
        for delivery_id in await overdue(self._parts, room):
            if delivery_id not in self._flying:
                self._start(delivery_id, settle(self._parts, delivery_id))
                started += 1
        if room > started:
            for flying in await self._claim(room - started):
                self._start(flying.id, deliver(self._parts, flying))
                started += 1
        if not started:
            await self._ring_when_due()
        return started

    async def _claim(self, room: int) -> list[InFlight]:
        """Claim together; when a row cannot be decided about, one by one, so that it keeps none of the others back."""
        try:
            return await claim_due(self._parts, room)
        except (SQLAlchemyError, DatabaseAway):
            raise
        except Exception:
            log.exception("claim_failed")
        claimed: list[InFlight] = []
        for delivery_id in await due_ids(self._parts, MOST_TRIED):
            if len(claimed) < room:
                claimed += await self._claim_one(delivery_id)
        return claimed

    async def _claim_one(self, delivery_id: int) -> list[InFlight]:
        try:
            return await claim_due(self._parts, 1, only=delivery_id)
        except (SQLAlchemyError, DatabaseAway):
            raise
        except Exception as error:
            log.error("delivery_not_claimed", delivery=delivery_id, exc_info=error)
            return []

    async def _ring_when_due(self) -> None:
        left_s = await next_due_s(self._parts, self._parts.settings.dispatch_every_s)
        if left_s is not None:
            asyncio.get_running_loop().call_later(left_s, self._loop.ring)

    def _start(self, delivery_id: int, work: Coroutine[Any, Any, object]) -> None:
        self._flying.add(delivery_id)
        task = self._background.spawn(work, name=f"delivery {delivery_id}", group=GROUP)
        task.add_done_callback(lambda _: self._landed(delivery_id))

    def _landed(self, delivery_id: int) -> None:
        self._flying.discard(delivery_id)
        self._loop.ring()
