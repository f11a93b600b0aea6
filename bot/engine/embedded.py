"""The embedded engine: one dispatcher loop over the delivery table.

APScheduler only rings (`bot.daemon`); the loop here does the work, because it knows how to finish: on stop, sends in
flight get their grace before they are left to the next start's read-back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.background import Background
from bot.parts import Parts
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.settle import overdue, settle

log = structlog.get_logger()


class Dispatcher:
    """Claims what is due and carries it out, at most `deliveries_at_once` at a time."""

    def __init__(self, parts: Parts, background: Background) -> None:
        self._parts = parts
        self._background = background
        self._flying: set[int] = set()
        self._wake = asyncio.Event()

    def ring(self) -> None:
        """Ask for a turn now."""
        self._wake.set()

    async def run(self) -> None:
        """Turn until cancelled: at every ring, and once a `dispatch_every_s` by a monotonic sleep (a stepped wall
        clock must not stop the queue)."""
        queue = self._parts.bell.listen()
        try:
            while True:
                await self.turn()
                await self._rest(queue)
        finally:
            self._parts.bell.leave(queue)

    async def _rest(self, queue: asyncio.Queue[str]) -> None:
        self._wake.clear()
        waits = {asyncio.ensure_future(queue.get()), asyncio.ensure_future(self._wake.wait())}
        _, pending = await asyncio.wait(
            waits, timeout=self._parts.settings.dispatch_every_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        while not queue.empty():
            queue.get_nowait()

    async def turn(self) -> int:
        """Start everything that is due now; return how many were started."""
        room = self._parts.settings.deliveries_at_once - len(self._flying)
        if room <= 0:
            return 0
        started = 0
        for delivery_id in await overdue(self._parts, room):
            if delivery_id not in self._flying:
                self._start(delivery_id, self._settle(delivery_id))
                started += 1
        if room > started:
            for delivery_id, number in await claim_due(self._parts, room - started):
                self._start(delivery_id, self._deliver(delivery_id, number))
                started += 1
        return started

    async def drain(self) -> None:
        """Turn until nothing is due and nothing is in flight (the demo and tests step the clock themselves)."""
        while await self.turn() or self._flying:
            await self._background.wait_for_any("delivery")

    def _start(self, delivery_id: int, work: Coroutine[Any, Any, None]) -> None:
        self._flying.add(delivery_id)
        task = self._background.spawn(work, name=f"delivery {delivery_id}", group="delivery")
        task.add_done_callback(lambda _: self._flying.discard(delivery_id))

    async def _deliver(self, delivery_id: int, number: int) -> None:
        await deliver(self._parts, delivery_id, number)
        self.ring()

    async def _settle(self, delivery_id: int) -> None:
        await settle(self._parts, delivery_id)
        self.ring()
