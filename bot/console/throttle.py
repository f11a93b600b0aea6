"""Slowing down those who guess passwords, without keeping the owner out."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
MOST_BY_VISITOR, MOST_BY_ADDRESS, MOST_BY_LOGIN = 10, 30, 100
"""Wrong passwords in the window: of one login from one address (or one known browser), of one address, of one login."""
MOST_KEYS = 20_000


@dataclass(frozen=True)
class Try:
    """One sign-in that is being looked at; it counts as wrong until `Throttle.succeeded` takes that back."""

    own: str
    keys: tuple[str, ...]


class Throttle:
    """Counts sign-ins in the last 15 minutes; too many wrong ones must wait.

    A try is counted before its password is looked at: a hundred at once are a hundred. Whoever signed in here before
    carries a mark in the browser; their tries count apart, so that strangers who guess at a login, from however many
    addresses, never keep its owner out.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()

    def begin(self, login: str, address: str, mark: str, now: datetime) -> Try | float:
        """Count a try and return it, or return how many seconds are to be waited; who must wait is not counted."""
        if self.knows(mark, login):
            most = {f"mark:{mark}": MOST_BY_VISITOR}
        else:
            most = {
                f"visitor:{address}:{login}": MOST_BY_VISITOR,
                f"address:{address}": MOST_BY_ADDRESS,
                f"login:{login}": MOST_BY_LOGIN,
            }
        wait = self._wait(most, now)
        if wait > 0:
            return wait
        for key in most:
            self._tries.setdefault(key, deque()).append(now)
            self._tries.move_to_end(key)
        while len(self._tries) > MOST_KEYS:
            self._tries.popitem(last=False)
        return Try(next(iter(most)), tuple(most))

    def succeeded(self, done: Try) -> None:
        """The password was right: this visitor starts afresh, for the wider keys the try never was."""
        for key in done.keys:
            times = self._tries.get(key)
            if times:
                times.pop()
        self._tries.pop(done.own, None)

    def mark(self, login: str) -> str:
        """Return a new mark for the browser of somebody who has just signed in."""
        nonce = secrets.token_hex(16)
        return f"{nonce}.{self._sign(nonce, login)}"

    def knows(self, mark: str, login: str) -> bool:
        """Say whether the mark was made here for this login."""
        nonce, _, signature = mark.partition(".")
        return mark.isascii() and hmac.compare_digest(signature, self._sign(nonce, login))

    def _sign(self, nonce: str, login: str) -> str:
        return hmac.new(self._key, f"sign-in:{nonce}:{login}".encode(), "sha256").hexdigest()

    def _wait(self, most: Mapping[str, int], now: datetime) -> float:
        wait = 0.0
        for key, limit in most.items():
            times = self._tries.get(key, deque())
            while times and now - times[0] >= WINDOW:
                times.popleft()
            if len(times) >= limit:
                wait = max(wait, (times[-limit] + WINDOW - now).total_seconds())
        return wait
