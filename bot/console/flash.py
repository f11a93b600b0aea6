"""What a page has to say after a redirect: kept in memory a sign-in, said once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

MOST_SESSIONS = 1000


@dataclass(frozen=True)
class Note:
    """One sentence for the person, already in their language. `tone` good, warn or bad."""

    text: str
    tone: str = "good"


class Flash:
    """Notes by sign-in. Losing them in a restart harms nothing: the page itself shows the state."""

    def __init__(self) -> None:
        self._notes: OrderedDict[int, list[Note]] = OrderedDict()

    def say(self, session_id: int, text: str, tone: str = "good") -> None:
        """Keep a sentence for the next page of this sign-in."""
        self._notes.setdefault(session_id, []).append(Note(text, tone))
        while len(self._notes) > MOST_SESSIONS:
            self._notes.popitem(last=False)

    def take(self, session_id: int) -> list[Note]:
        """Return what is to be said and forget it."""
        return self._notes.pop(session_id, [])


FLASH = web.AppKey("flash", Flash)
