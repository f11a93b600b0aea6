"""set_webhook, and the callbacks that Viber sends to it. viber.md 2 and 5."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from channels.sandbox.core import Account, Refusal, on_loopback
from channels.sandbox.viber.base import EVENTS, MANDATORY, Base, ok
from channels.sandbox.viber.rules import RULES

RETRY_EVERY: Final = timedelta(minutes=1)
RETRY_FOR: Final = timedelta(hours=1)
_POLL_S: Final = 0.2
_ANSWER_S: Final = 10.0


@dataclass
class Callback:
    """An event on its way to a webhook: the same bytes until it answers 200 or the hour is over."""

    account: str
    event: dict[str, Any]
    first: datetime
    due: datetime


class Webhooks(Base):
    """One webhook an account. Callbacks go out by themselves while the stand-in runs, or by `deliver`."""

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        self.callbacks: list[Callback] = []
        self._delivering = asyncio.Lock()
        self._poller: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> str:
        """Listen, and deliver callbacks from now on."""
        url = await super().start(port)
        self._poller = asyncio.create_task(self._poll())
        return url

    async def stop(self) -> None:
        """Stop both."""
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
            self._poller = None
        await super().stop()

    async def _poll(self) -> None:
        while True:
            await self.deliver()
            await asyncio.sleep(_POLL_S)

    # -- set_webhook ------------------------------------------------------------------------------------------------

    async def set_webhook(self, request: web.Request) -> web.Response:
        """One webhook an account: setting replaces, an empty url removes."""
        account, body = await self.enter(request)
        if "url" not in body:
            raise Refusal(RULES["missing"], what="url")
        if not isinstance(body["url"], str):
            raise Refusal(RULES["bad"], what="url")
        for name in ("send_name", "send_photo"):
            if not isinstance(body.get(name, False), bool):
                raise Refusal(RULES["bad"], what=name)
        types = _event_types(body)
        if body["url"]:
            await self._knock(account, body["url"])
        names = {name: body.get(name, False) for name in ("send_name", "send_photo")}
        account.extra |= {"webhook": body["url"], "event_types": types, **names}
        told = types if account.extra["product"] == "bot" else ["delivered", "seen"]  # no effect on a channel
        return ok(chat_hostname="SN-CHAT-01_", event_types=told)

    async def _knock(self, account: Account, url: str) -> None:
        """Call the address while the caller waits; it must answer 200. Plain http is taken on loopback only."""
        if not on_loopback(url):
            parts = urlsplit(url)
            if parts.scheme != "https" or not parts.hostname:
                raise Refusal(RULES["hook_https"])
            return  # believed: nothing leaves the machine
        event = self.event("webhook", self.new_token())
        status, _ = await self._call(account, url, event)
        if status != 200:
            raise Refusal(RULES["hook_silent"])

    # -- callbacks --------------------------------------------------------------------------------------------------

    def event(self, name: str, token: int, **fields: Any) -> dict[str, Any]:
        """An event's body."""
        timestamp = int(self.now().timestamp() * 1000)
        return {"event": name, "timestamp": timestamp, "chat_hostname": "SN-CALLBACK-04_", "message_token": token,
                **fields}  # fmt: skip

    def notify(self, account: Account, name: str, token: int | None = None, /, times: int = 1, **fields: Any) -> None:
        """Let an event be told to the webhook, where one is set and wants it."""
        if not account.extra["webhook"] or name not in {*account.extra["event_types"], *MANDATORY}:
            return
        event = self.event(name, self.new_token() if token is None else token, **fields)
        now = self.now()
        self.callbacks += [Callback(account.remote_id, event, now, now) for _ in range(times)]

    async def deliver(self) -> None:
        """Send every callback that is due. One without 200 is due again in a minute, for an hour."""
        async with self._delivering:
            while due := [c for c in self.callbacks if c.due <= self.now()]:
                for callback in due:
                    await self._send(callback)

    async def _send(self, callback: Callback) -> None:
        account, event = self.accounts[callback.account], callback.event
        url = account.extra["webhook"]
        if not on_loopback(url):  # removed, or public and believed: nothing leaves the machine
            self.callbacks.remove(callback)
            return
        status, answer = await self._call(account, url, event) if account.tokens else (0, "")
        callback.due = self.now() + RETRY_EVERY
        if status == 200 or callback.due > callback.first + RETRY_FOR:
            self.callbacks.remove(callback)
        if status == 200:
            await self.answered(account, event, answer)

    async def answered(self, account: Account, event: Mapping[str, Any], answer: str) -> None:
        """What the body of the 200 to an event says; only bots listen to it."""

    @staticmethod
    async def _call(account: Account, url: str, event: Mapping[str, Any]) -> tuple[int, str]:
        """POST an event, signed with the account's token. Returns status and body; 0 when nobody answers."""
        raw = json.dumps(event).encode()
        sign = hmac.new(next(iter(account.tokens)).encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Viber-Content-Signature": sign, "Content-Type": "application/json"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_S)) as session,
                session.post(url, data=raw, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.status, await answer.text("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0, ""


def _event_types(body: Mapping[str, Any]) -> list[str]:
    """Left out means all; the mandatory ones may be named and come anyway."""
    types = body.get("event_types", list(EVENTS))
    if not isinstance(types, list) or not all(t in (*EVENTS, *MANDATORY, "client_status", "action") for t in types):
        raise Refusal(RULES["event_types"])
    return types
