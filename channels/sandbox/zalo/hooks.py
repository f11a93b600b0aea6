"""Events to the app's webhook: signed, sent again when not taken (zalo.md 10)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp

from channels.sandbox.core import Account, Platform, on_loopback

AGAIN_S: Final = (30, 300, 900, 1800, 3600)
ANSWER_S: Final = 2.0
LOOK_EVERY_S: Final = 0.2


@dataclass(frozen=True)
class Hook:
    """Where an OA's events go, and the OA Secret Key that signs them."""

    url: str
    secret: str


@dataclass
class Event:
    """One event on its way. `tries` counts how often it was sent."""

    oa: str
    name: str
    body: bytes
    timestamp: str
    due: datetime
    tries: int = 0


class Hooks(Platform):
    """A webhook for each OA; without one nothing is sent."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.hooks: dict[str, Hook] = {}
        self.events: list[Event] = []
        self._sending = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None

    async def save_hook(self, oa: str, url: str, secret: str) -> None:
        """Save an address as the console does: an unsigned POST must get 200. Raises `ValueError` when it does not."""
        if not on_loopback(url) or await _post(url, b"{}", {}) != 200:
            raise ValueError(f"{url} did not answer 200")
        self.hooks[oa] = Hook(url, secret)
        if self._pump is None:
            self._pump = asyncio.create_task(self._keep_sending())

    async def stop(self) -> None:
        """As every platform; what was not yet taken stays in `events`."""
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
            self._pump = None
        await super().stop()

    def emit(self, account: Account, event: str, body: dict[str, Any]) -> None:
        """Let an event be sent if somebody listens."""
        if account.remote_id not in self.hooks:
            return
        timestamp = str(int(self.now().timestamp() * 1000))
        told = {"app_id": account.extra["app_id"], **body, "event_name": event, "timestamp": timestamp}
        raw = json.dumps(told, ensure_ascii=False).encode()
        self.events.append(Event(account.remote_id, event, raw, timestamp, self.now()))

    async def send_due(self) -> None:
        """Send what is due; what is not taken within two seconds comes again later, five times at most."""
        async with self._sending:
            for event in [e for e in self.events if e.due <= self.now()]:
                taken = await self._send(event)
                event.tries += 1
                if taken or event.tries > len(AGAIN_S):
                    self.events.remove(event)
                else:
                    event.due = self.now() + timedelta(seconds=AGAIN_S[event.tries - 1])

    async def _send(self, event: Event) -> bool:
        hook = self.hooks[event.oa]
        app_id = str(self.accounts[event.oa].extra["app_id"])
        mac = signature(app_id, event.body, event.timestamp, hook.secret)
        headers = {"X-ZEvent-Signature": f"mac={mac}"} | ({"num_retry": str(event.tries)} if event.tries else {})
        return await _post(hook.url, event.body, headers) == 200

    async def _keep_sending(self) -> None:
        while True:
            await self.send_due()
            await asyncio.sleep(LOOK_EVERY_S)


def signature(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """zalo.md 10.2: a plain SHA-256 over app id, raw body, timestamp and secret, nothing between them."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


async def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer, 0 when there is none in time."""
    wait = aiohttp.ClientTimeout(total=ANSWER_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=wait) as session,
            session.post(url, data=body, headers={"Content-Type": "application/json", **headers}) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0
