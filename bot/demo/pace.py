"""How the scripted day passes: stepped as fast as the machine can, or running before a newcomer's eyes."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from bot.daemon import Daemon

Condition = Callable[[], Awaitable[bool]]
MINUTE: Final = timedelta(minutes=1)
EPOCH: Final = datetime.fromtimestamp(0, UTC)
ANSWER_S: Final = 20.0
"""Longest real time the chat may take for one press; it is a loopback call."""


class Pace(ABC):
    """Moves the day on. `now` is the clock of everything: daemon, platforms, public."""

    @abstractmethod
    def now(self) -> datetime:
        """The scripted time, UTC."""

    @abstractmethod
    async def reach(self, at: datetime) -> None:
        """Let the day pass until `at`."""

    @abstractmethod
    async def until(self, met: Condition, within: timedelta) -> bool:
        """Let the day pass until the condition holds; False when it does not within that scripted time."""

    @abstractmethod
    async def leap(self, at: datetime) -> None:
        """Leap over empty time."""

    @abstractmethod
    def stride(self, step: timedelta) -> None:
        """From now on a stepped day goes so far at once: when nobody waits for anything within minutes."""

    @abstractmethod
    async def wait_for_person(self, met: Condition) -> bool:
        """Give a person in front of the screen a chance to act first; False when nobody did."""


class Stepped(Pace):
    """A clock that jumps; at every full minute, or every stride, each part of the daemon takes its turn."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._step = MINUTE
        self.daemon: Daemon | None = None

    def now(self) -> datetime:
        """The scripted time, UTC."""
        return self._now

    async def reach(self, at: datetime) -> None:
        """Step by step to `at`."""
        while (full := self._now - (self._now - EPOCH) % self._step + self._step) <= at:
            self._now = full
            await self.turn()
        self._now = max(self._now, at)

    def stride(self, step: timedelta) -> None:
        """Go so far at once."""
        self._step = step

    async def until(self, met: Condition, within: timedelta) -> bool:
        """Go minute by minute until the condition holds."""
        limit = self._now + within
        await self.turn()
        while not await met():  # what is awaited lies behind HTTP
            if self._now >= limit:
                return False
            self._now += MINUTE
            await self.turn()
        return True

    async def wait_for_person(self, met: Condition) -> bool:
        """Nobody watches a stepped day."""
        return False

    async def leap(self, at: datetime) -> None:
        """Leap over empty time."""
        self._now = max(self._now, at)
        await self.turn()

    async def turn(self) -> None:
        """One turn of everything, in the order of the two paths: out, in, desk, chat."""
        daemon = self.daemon
        if daemon is None:
            return
        await daemon.engine.drain()
        await daemon.repeat()
        await daemon.collect()
        await daemon.score()
        await daemon.watch()
        await daemon.weekly()
        if daemon.chat is not None:
            await daemon.chat_turn()


class Running(Pace):
    """A clock that runs `speed` times as fast as the real one; the daemon turns by itself."""

    def __init__(self, start: datetime, speed: float, patience_s: float = 60.0) -> None:
        self._patience_s = patience_s
        self._base, self._speed = start, speed
        self._since: float | None = None

    def now(self) -> datetime:
        """The scripted time, UTC."""
        if self._since is None:
            return self._base
        return self._base + timedelta(seconds=(monotonic() - self._since) * self._speed)

    def run_at(self, speed: float) -> None:
        """Run on from here at another speed."""
        self._base, self._since, self._speed = self.now(), monotonic(), speed

    async def leap(self, at: datetime) -> None:
        """Leap over empty time."""
        self._base, self._since = max(self.now(), at), monotonic()

    def stride(self, step: timedelta) -> None:
        """A running clock has no step."""

    async def reach(self, at: datetime) -> None:
        """Sleep until the scripted clock shows `at`; the first time this starts it: the stage is set by then."""
        if self._since is None:
            self._since = monotonic()
        while (left := (at - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  # what is awaited lies behind HTTP
            await asyncio.sleep(min(left / self._speed, 0.5))

    async def until(self, met: Condition, within: timedelta) -> bool:
        """Look again and again until the condition holds. Loopback takes real time, so a real minute is given too."""
        limit, real = self.now() + within, monotonic() + 60
        while not await met():  # what is awaited lies behind HTTP and the store
            if monotonic() > real and (self._since is None or self.now() > limit):
                return False
            await asyncio.sleep(0.2)
        return True

    async def wait_for_person(self, met: Condition) -> bool:
        """Run at real speed for a while, so that the person before the screen can press the buttons."""
        speed = self._speed
        self.run_at(1)
        end = monotonic() + self._patience_s
        try:
            while monotonic() < end:
                if await met():
                    return True
                await asyncio.sleep(0.3)
            return False
        finally:
            self.run_at(speed)
