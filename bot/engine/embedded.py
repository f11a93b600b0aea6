"""The embedded engine: one loop over the delivery table, in this process alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.background import Background, keep_up
from bot.engine.base import GROUP, LOOP, Engine, next_due_s
from bot.engine.carrier import Carrier
from bot.loops import Loop
from bot.parts import Parts


class EmbeddedEngine(Engine):
    """Claims what is due and carries it out, at most `deliveries_at_once` at a time.

    It turns at every ring, at the moment when the next delivery is due, and once a `dispatch_every_s` by a monotonic
    sleep (a stepped wall clock must not stop the queue).
    """

    def __init__(self, parts: Parts, background: Background) -> None:
        self._parts, self._background = parts, background
        self._carrier = Carrier(parts, background, self._landed)
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
        while await self.turn() or not self._carrier.idle:
            await self._background.wait_for_any(GROUP)

    async def turn(self) -> int:
        """Start everything that is due now; return how many were started."""
        started = len(await self._carrier.turn())
        if started:
            self._loop.ring()  # more may be due
        else:
            await self._ring_when_due()
        return started

    async def _ring_when_due(self) -> None:
        left_s = await next_due_s(self._parts, self._parts.settings.dispatch_every_s)
        if left_s is not None:
            asyncio.get_running_loop().call_later(left_s, self._loop.ring)

    def _landed(self) -> None:
        self._loop.ring()
