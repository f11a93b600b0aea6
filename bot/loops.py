"""A loop of the daemon: turns at every ring and at least every so often, survives errors, leaves a heartbeat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy.dialects import postgresql, sqlite

from bot.engine.lease import LeaseLost
from bot.parts import Parts
from models.system import Heartbeat

log = structlog.get_logger()

BEAT_EVERY = timedelta(seconds=20)
"""A write every turn would only wear the disk; the gap that is told is minutes long."""
DEAD_AFTER = timedelta(minutes=5)
"""A loop that should have turned and did not do so well for so long is silent."""
_RING = ""
Turn = Callable[[], Awaitable[object]]


class Loop:
    """Calls `turn` until cancelled or told to end. An error is logged once a kind until a turn goes well again.

    `first` is called before the first turn of each run, and again until it goes well.
    """

    def __init__(
        self,
        parts: Parts,
        name: str,
        turn: Turn,
        *,
        every_s: float,
        topics: Collection[str] = (),
        first: Turn | None = None,
    ) -> None:
        self.name = name
        self._parts, self._turn, self._every_s = parts, turn, every_s
        self._topics = frozenset(topics) | {_RING}
        self._first = first
        self._first_due = False
        self._ending = False
        self._trouble = ""
        self._stored_at: datetime | None = None
        self._queue: asyncio.Queue[str] | None = None

    async def run(self) -> None:
        """Turn until the end."""
        queue = self._queue = self._parts.bell.listen()
        self._first_due = self._first is not None
        self._parts.beats[self.name] = self._lives_until(self._parts.now())
        try:
            while not self._ending:
                self._came_round()
                await self.turn()
                self._came_round()
                await self._rest(queue)
        finally:
            self._queue = None
            self._parts.bell.leave(queue)
            self._parts.beats.pop(self.name, None)
            self._parts.rounds.pop(self.name, None)

    def _came_round(self) -> None:
        self._parts.rounds[self.name] = time.monotonic() + self._every_s

    def ring(self) -> None:
        """Ask for a turn now."""
        if self._queue is not None and not self._queue.full():
            self._queue.put_nowait(_RING)

    def end(self) -> None:
        """Let the turn in progress be the last one."""
        self._ending = True
        self.ring()

    async def turn(self) -> None:
        """One turn; errors stay inside, the heartbeat tells that the loop lives."""
        try:
            if self._first_due and self._first is not None:
                await self._first()
                self._first_due = False
            await self._turn()
            await self._beat()
        except LeaseLost:
            raise
        except Exception as error:
            kind = type(error).__name__
            if kind != self._trouble:
                log.exception("loop_trouble", loop=self.name)
            self._trouble = kind
        else:
            if self._trouble:
                log.info("loop_well_again", loop=self.name)
            self._trouble = ""

    async def _beat(self) -> None:
        now = self._parts.now()
        self._parts.beats[self.name] = self._lives_until(now)
        if self._stored_at is not None and timedelta(0) <= now - self._stored_at < BEAT_EVERY:
            return
        insert = sqlite.insert if self._parts.db.is_sqlite else postgresql.insert
        found = {"at": now, "detail": {"every_s": self._every_s}}
        row = insert(Heartbeat).values(name=self.name, **found)  # the same loop of another host may write it too
        async with self._parts.db.write() as session:
            await session.exec(row.on_conflict_do_update(index_elements=["name"], set_=found))
        self._stored_at = now

    def _lives_until(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._every_s) + DEAD_AFTER

    async def _rest(self, queue: asyncio.Queue[str]) -> None:
        """Wait for a ring on one of our topics, at most `every_s` (monotonic: a stepped clock changes nothing)."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._every_s
        rung = False
        while not queue.empty():  # many rings during the turn are one
            rung |= queue.get_nowait() in self._topics
        while not rung and (left := until - loop.time()) > 0:
            try:
                rung = await asyncio.wait_for(queue.get(), left) in self._topics
            except TimeoutError:
                return
