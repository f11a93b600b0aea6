"""A loop of the daemon: turns at every ring and at least every so often, survives errors, leaves a heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

import structlog

from bot.parts import Parts
from models.system import Heartbeat

log = structlog.get_logger()

BEAT_EVERY = timedelta(seconds=20)
"""A write every turn would only wear the disk; the gap that is told is minutes long."""


class Loop:
    """Calls `turn` until cancelled. An error is logged once a kind until a turn goes well again."""

    def __init__(
        self,
        parts: Parts,
        name: str,
        turn: Callable[[], Awaitable[object]],
        *,
        every_s: float,
        topics: Collection[str] = (),
    ) -> None:
        self.name = name
        self._parts, self._turn, self._every_s = parts, turn, every_s
        self._topics = frozenset(topics)
        self._trouble = ""
        self._beaten_at: datetime | None = None

    async def run(self) -> None:
        """Turn for ever."""
        queue = self._parts.bell.listen()
        try:
            while True:
                await self.turn()
                await self._rest(queue)
        finally:
            self._parts.bell.leave(queue)

    async def turn(self) -> None:
        """One turn; errors stay inside, the heartbeat tells that the loop lives."""
        try:
            await self._turn()
        except Exception as error:
            kind = type(error).__name__
            if kind != self._trouble:
                log.exception("loop_trouble", loop=self.name)
            self._trouble = kind
        else:
            if self._trouble:
                log.info("loop_well_again", loop=self.name)
            self._trouble = ""
            await self._beat()

    async def _beat(self) -> None:
        now = self._parts.now()
        if self._beaten_at is not None and timedelta(0) <= now - self._beaten_at < BEAT_EVERY:
            return
        self._beaten_at = now
        async with self._parts.db.write() as session:
            await session.merge(Heartbeat(name=self.name, at=now))

    async def _rest(self, queue: asyncio.Queue[str]) -> None:
        """Wait for a ring on one of our topics, at most `every_s` (monotonic: a stepped clock changes nothing)."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._every_s
        while (left := until - loop.time()) > 0:
            try:
                topic = await asyncio.wait_for(queue.get(), left)
            except TimeoutError:
                return
            if topic in self._topics:
                return
