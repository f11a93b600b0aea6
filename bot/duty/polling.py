"""Listening to how the polling goes: the library tells nobody when a refused token ends it."""

from __future__ import annotations

import time
from typing import Any

from telegram.request import HTTPXRequest

CONFLICTS_TOLD = 3
"""So many refusals in a row are no overlap of a restart: another process polls with our token."""


class Polling(HTTPXRequest):
    """The connection of getUpdates; remembers how the last call ended."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.refused = False
        self.conflicts = 0
        self.touched_at = time.monotonic()

    async def do_request(self, *given: Any, **named: Any) -> tuple[int, bytes]:
        """As the library does it. Every end of a call, a failed one too, shows that the polling lives."""
        try:
            status, payload = await super().do_request(*given, **named)
        finally:
            self.touched_at = time.monotonic()
        self.refused = status in (401, 404)
        self.conflicts = self.conflicts + 1 if status == 409 else 0
        return status, payload

    @property
    def silent_s(self) -> float:
        """Seconds since a call ended."""
        return time.monotonic() - self.touched_at
