"""Asking Telegram for updates: one long poll after the other. What came is stored before the next poll confirms it."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.duty.hook import KINDS, bot_number
from bot.duty.inbox import RING, Arrived, keep_updates
from bot.duty.outcomes import told_wait
from bot.engine.lease import LeaseLost
from bot.parts import Parts
from channels.errors import redact

log = structlog.get_logger()

POLL_S: Final = 10
CONFLICTS_TOLD: Final = 3
"""So many refusals in a row are no overlap of a restart: another process polls with our token."""
FIRST_PAUSE_S, MOST_PAUSE_S = 1.0, 30.0


class Poller:
    """Polls until it is cancelled, the token is refused, or another process plays the role."""

    def __init__(self, parts: Parts, bot: Bot) -> None:
        self._parts, self._bot = parts, bot
        self._offset: int | None = None
        self._pause_s = 0.0
        self._conflicts = 0
        self._touched_at = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since a poll ended, well or not."""
        return time.monotonic() - self._touched_at

    async def run(self) -> None:
        """Poll. Raises `InvalidToken` and `LeaseLost`."""
        while True:
            try:
                await self._poll()
            except (InvalidToken, LeaseLost):
                raise
            except Exception as error:  # noqa: BLE001  # the network, Telegram or the database; the next poll asks again
                self._failed(error)
            else:
                self._pause_s, self._conflicts = 0.0, 0
            self._touched_at = time.monotonic()
            await asyncio.sleep(self._pause_s)

    async def _poll(self) -> None:
        found = await self._bot.get_updates(offset=self._offset, timeout=POLL_S, allowed_updates=KINDS)
        if not found:
            return
        async with self._parts.db.write() as session:
            await keep_updates(session, [self._arrived(one) for one in found])
        self._offset = found[-1].update_id + 1
        self._parts.bell.ring(RING)

    def _arrived(self, one: Update) -> Arrived:
        sealed = self._parts.vault.seal_bytes(one.to_json().encode())
        return Arrived(bot_number(self._parts), one.update_id, sealed, self._parts.now())

    def _failed(self, error: Exception) -> None:
        """Wait as told, or longer each time."""
        self._pause_s = min(MOST_PAUSE_S, max(FIRST_PAUSE_S, self._pause_s * 1.5))
        if isinstance(error, RetryAfter):
            self._pause_s = told_wait(error)
        self._conflicts = self._conflicts + 1 if isinstance(error, Conflict) else 0
        if self._conflicts == CONFLICTS_TOLD:
            log.error("chat_conflict", hint="another Loa is running with the same token; stop one of them")
        detail = redact(str(error)) if isinstance(error, TelegramError) else ""
        log.warning("chat_poll_failed", error=type(error).__name__, detail=detail)
