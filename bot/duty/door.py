"""Takes what Telegram calls the duty chat with: the secret first, then the disk, and only then "taken"."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import structlog

from bot.duty.hook import bot_number, hook_path, is_from_telegram
from bot.duty.inbox import RING, Arrived, keep_updates, number_of
from bot.parts import Parts
from bot.webhooks.receiver import CALLS, STORE_S, TELL_EVERY_S, Outcome
from channels.hooks import same_mac

log = structlog.get_logger()

MOST_BYTES: Final = 256 * 1024
"""No honest update is longer."""


class DutyDoor:
    """Takes the calls of one process. Whoever polls takes them too: a call may come while the ways change."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._refused = 0
        self._tell_at = 0.0

    def is_here(self, path: str) -> bool:
        """Say whether that is the bot's address."""
        return bool(bot_number(self._parts)) and same_mac(path, hook_path(self._parts))

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Say whether Telegram calls; whoever else does is counted."""
        if is_from_telegram(self._parts, headers):
            return True
        CALLS.labels("duty", Outcome.REFUSED).inc()
        self._refused += 1
        if time.monotonic() >= self._tell_at:  # anybody may call
            self._tell_at = time.monotonic() + TELL_EVERY_S
            log.warning("chat_call_refused", calls=self._refused)
            self._refused = 0
        return False

    async def take(self, body: bytes) -> Outcome | None:
        """Store an update and say what came of it; None when these bytes are none."""
        number = number_of(body)
        if number is None:
            log.warning("chat_update_unreadable")
            return None
        outcome = await self._store(number, body)
        CALLS.labels("duty", outcome).inc()
        return outcome

    async def _store(self, number: int, body: bytes) -> Outcome:
        parts = self._parts
        try:
            arrived = Arrived(bot_number(parts), number, parts.vault.seal_bytes(body), parts.now())
            async with asyncio.timeout(STORE_S):
                await parts.db.together(keep_updates, arrived)
        except Exception as error:  # noqa: BLE001  # whatever it was, nothing says that it is stored
            log.error("chat_update_not_stored", error=type(error).__name__)
            return Outcome.AWAY
        parts.bell.ring(RING)
        return Outcome.STORED
