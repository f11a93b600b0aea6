"""What systemd is told (sd_notify): that Loa has started, that it lives, that it stops.

It lives while every loop comes round, well or with an error: a database that is away is told elsewhere and is no reason
to be started again; a loop that hangs is one. Without systemd nothing is told.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from typing import Final

import structlog

log = structlog.get_logger()

HANGS_AFTER_S: Final = 1800.0
"""A turn may take many minutes: five weeks are read from a slow platform. If nothing moves at all, systemd hears no
word and waits for `WatchdogSec` alone."""
LEAST_EVERY_S: Final = 1.0


class Watchdog:
    """`tell()` sends one word, `run()` says that Loa lives as often as systemd wants to hear it."""

    def __init__(self, rounds: Mapping[str, float], environ: Mapping[str, str] | None = None) -> None:
        found = os.environ if environ is None else environ
        self._rounds, self._address = rounds, found.get("NOTIFY_SOCKET", "")
        mine = found.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        wanted = found.get("WATCHDOG_USEC", "")
        self.every_s = max(LEAST_EVERY_S, int(wanted) / 2e6) if mine and wanted.isdecimal() and int(wanted) else 0.0

    def tell(self, word: str) -> bool:
        """Send a word; False where nobody listens."""
        if not self._address:
            return False
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)
                out.sendto(word.encode(), address)
        except OSError as error:
            log.warning("systemd_not_told", error=type(error).__name__)
            return False
        return True

    def hanging(self) -> list[str]:
        """The loops that have not come round for too long, by a clock that nobody sets."""
        now = time.monotonic()
        return sorted(name for name, until in self._rounds.items() if now > until + HANGS_AFTER_S)

    async def run(self) -> None:
        """Say that Loa lives, until cancelled; once a loop hangs say nothing, and systemd starts Loa again."""
        if not self._address or not self.every_s:
            return
        while True:
            if hanging := self.hanging():
                log.error("loops_hang", loops=hanging)
            else:
                self.tell("WATCHDOG=1")
            await asyncio.sleep(self.every_s)
