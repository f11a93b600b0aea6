"""Takes what a platform calls us with: the signature first, then the disk, and only then "taken".

What cannot be stored is refused, so that the platform sends it again. Whoever signs wrongly is told nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final

import structlog
from prometheus_client import Counter

from bot.parts import Parts
from bot.webhooks.store import Arrival, keep_arrivals
from channels.base import AccountRef
from channels.hooks import Hooks
from channels.registry import HOOKS
from channels.zalo.hooks import matching
from models.office import Account

log = structlog.get_logger()

STORE_S: Final = 1.8
"""Zalo waits two seconds (zalo.md 10.1); what is not stored by then is refused and comes again."""
MOST_TOGETHER: Final = 1000
"""A flush of a busy disk may take as long as hundreds of events need to come."""
REST_S: Final = 0.15
"""In a flood, what goes out writes in between."""
READ_S: Final = 10.0
"""A body that takes longer is no platform's."""
KNOWN_S: Final = 2.0
"""So long an account is taken for what it was: a new secret counts from then on."""
TELL_EVERY_S: Final = 60.0
CALLS: Final = Counter("loa_webhook_calls", "Calls of platforms, by what came of them", ["kind", "outcome"])


class Outcome(StrEnum):
    """What came of a call."""

    STORED = "stored"
    PROBE = "probe"
    REFUSED = "refused"
    AWAY = "away"


STATUS: Final = {
    Outcome.STORED: HTTPStatus.OK,
    Outcome.PROBE: HTTPStatus.OK,
    Outcome.REFUSED: HTTPStatus.FORBIDDEN,
    Outcome.AWAY: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True)
class Called:
    """The account whose address was called, and how its platform calls."""

    account: Account
    ref: AccountRef
    hooks: Hooks


class Receiver:
    """Takes the calls of one process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: dict[int, tuple[float, Called]] = {}
        self._looking = asyncio.Lock()
        self._refused: dict[int, int] = {}
        self._tell_at = 0.0

    async def called(self, kind: str, account_id: int, hook_key: str) -> Called | None:
        """Return whose address that is; None for nobody's."""
        found = self._lately(account_id)
        if found is None:
            async with asyncio.timeout(STORE_S), self._looking:  # one looks, the others wait for it
                found = self._lately(account_id) or await self._look_up(account_id)
                if found is None:
                    self._known.pop(account_id, None)
                    return None
                self._known[account_id] = (time.monotonic() + KNOWN_S, found)
        account = found.account
        right = hmac.compare_digest(hook_key.encode("utf-8", "surrogatepass"), account.hook_key.encode())
        return found if right and account.hook_key and account.kind == kind else None

    def _lately(self, account_id: int) -> Called | None:
        until, called = self._known.get(account_id, (0.0, None))
        return called if time.monotonic() < until else None

    async def _look_up(self, account_id: int) -> Called | None:
        async with self._parts.db.read() as session:
            account = await session.get(Account, account_id)
        if account is None or account.kind not in HOOKS:
            return None
        secrets = self._parts.vault.open(account.sealed)
        ref = AccountRef(account.kind, account.remote_id, account.name, account.settings, secrets)
        return Called(account, ref, HOOKS[account.kind])

    async def take(self, called: Called, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Check the signature, store the event, say what came of it."""
        outcome = await self._outcome(called, headers, body)
        CALLS.labels(called.account.kind, outcome).inc()
        return outcome

    async def _outcome(self, called: Called, headers: Mapping[str, str], body: bytes) -> Outcome:
        if called.hooks.is_probe(body):
            return Outcome.PROBE
        if not called.hooks.signed(called.ref, headers, body):
            self._tell_refused(called, headers, body)
            return Outcome.REFUSED
        parts = self._parts
        try:
            name, sealed = called.hooks.key(body), parts.vault.seal_bytes(body)
            arrival = Arrival(called.account.id or 0, name, sealed, parts.now())
            async with asyncio.timeout(STORE_S):
                await parts.db.together(keep_arrivals, arrival, most=MOST_TOGETHER, rest_s=REST_S)
        except Exception as error:  # noqa: BLE001  # whatever it was, nothing says that it is stored
            log.error("webhook_not_stored", account=called.account.id, error=type(error).__name__)
            return Outcome.AWAY
        parts.bell.ring("webhook")
        return Outcome.STORED

    def _tell_refused(self, called: Called, headers: Mapping[str, str], body: bytes) -> None:
        """One line a minute with the counts, never the body: anybody may call."""
        account = called.account
        self._refused[account.id or 0] = self._refused.get(account.id or 0, 0) + 1
        if time.monotonic() < self._tell_at:
            return
        self._tell_at = time.monotonic() + TELL_EVERY_S
        hint = matching(called.ref, headers, body) if account.kind == "zalo" else ""
        log.warning("webhook_refused", accounts=dict(self._refused), signed_with=hint)
        self._refused.clear()
