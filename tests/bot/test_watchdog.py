"""systemd hears over its socket that Loa has started and lives, and nothing more once a loop hangs."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.loops import Loop
from bot.parts import Parts
from bot.watchdog import HANGS_AFTER_S, Watchdog


class Systemd:
    """The other end of the socket."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)

    def environ(self, **more: str) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(os.getpid()), **more}

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self._socket.recv(100).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(tmp_path / "notify")
    yield made
    made.close()


def test_words_reach_systemd(systemd: Systemd) -> None:
    watchdog = Watchdog({}, systemd.environ())
    assert watchdog.tell("READY=1") and watchdog.tell("STOPPING=1")
    assert systemd.heard() == ["READY=1", "STOPPING=1"]
    assert watchdog.every_s == 1.0


def test_without_systemd_nothing_is_told(systemd: Systemd) -> None:
    assert not Watchdog({}, {}).tell("READY=1")
    systemd.close()
    assert not Watchdog({}, systemd.environ()).tell("READY=1")
    assert Watchdog({}, systemd.environ(WATCHDOG_PID="1")).every_s == 0, "another process is watched"
    assert Watchdog({}, systemd.environ(WATCHDOG_USEC="soon")).every_s == 0


async def said_at_first(watchdog: Watchdog) -> None:
    """Let it speak once."""
    task = asyncio.create_task(watchdog.run())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})


async def test_a_loop_that_hangs_silences_the_watchdog(systemd: Systemd) -> None:
    rounds = {"duty": time.monotonic() - HANGS_AFTER_S + 60}
    watchdog = Watchdog(rounds, systemd.environ())
    await said_at_first(watchdog)
    assert systemd.heard() == ["WATCHDOG=1"]
    rounds["duty"] -= 120
    await said_at_first(watchdog)
    assert (systemd.heard(), watchdog.hanging()) == ([], ["duty"])


async def test_a_loop_that_fails_comes_round_all_the_same(parts: Parts) -> None:
    """The database may be away for hours: to be started again would mend nothing."""
    turned = asyncio.Event()

    async def fail() -> None:
        turned.set()
        raise OSError

    loop = Loop(parts, "duty", fail, every_s=3600)
    task = asyncio.create_task(loop.run())
    await turned.wait()
    assert parts.rounds["duty"] > time.monotonic()
    loop.end()
    await asyncio.wait({task})
    assert parts.rounds == {}
