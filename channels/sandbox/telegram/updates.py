"""How updates reach the bot: long polling with offsets, or a webhook. Either, never both. telegram.md 1.1 and 1.2."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from channels.sandbox.core import Refusal, on_loopback
from channels.sandbox.telegram.asked import Asked
from channels.sandbox.telegram.base import Base, Method
from channels.sandbox.telegram.rules import RULES

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
MOST_SECRET: Final = 256
PORTS: Final = frozenset({443, 80, 88, 8443})
MOST_WAIT_S: Final = 50
MOST_TRIES: Final = 8
"""A webhook that refuses an update so often does not get it any more."""
# sent only to bots that ask for them by name
_BY_NAME_ONLY: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Updates(Base):
    """The queue of updates. `webhook_pause_s`: real seconds before a refused webhook is called again, then doubled."""

    webhook_pause_s = 0.2

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        self.webhook = ""
        self.secret = ""
        self.polls = 0
        self._updates: list[dict[str, Any]] = []
        self._next_update = 1
        self._allowed: frozenset[str] = frozenset()
        self._connections = 40
        self._webhook_error: dict[str, Any] = {}
        self._sender: asyncio.Task[None] | None = None
        self._open = False

    def update_methods(self) -> dict[str, Method]:
        """The methods of this part."""
        return {
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
        }

    async def start(self, port: int = 0) -> str:
        """As every platform; a webhook that was set gets its updates again."""
        url = await super().start(port)
        self._open = True
        self._sender = asyncio.create_task(self._send_updates())
        return url

    async def stop(self) -> None:
        """As every platform; a poll that waits ends empty."""
        self._open = False
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
            self._sender = None
        self.changed.set()
        await super().stop()

    def push(self, kind: str, body: dict[str, Any]) -> None:
        """Queue an update, unless the bot asked for other kinds only."""
        wanted = kind in self._allowed if self._allowed else kind not in _BY_NAME_ONLY
        if wanted:
            self._updates.append({"update_id": self._next_update, kind: body})
            self._next_update += 1
        self.changed.set()

    # -- long polling -----------------------------------------------------------------------------------------------

    async def _get_updates(self, asked: Asked) -> Any:
        if self.webhook:
            raise Refusal(RULES["webhook_set"])
        self._allow(asked)
        self.polls += 1
        mine, token = self.polls, self.token
        self.changed.set()  # an older poll ends now
        self._confirm(asked.number("offset"))
        await self.wait_for(
            lambda: bool(self._updates or self.webhook or (self.polls, self.token) != (mine, token) or not self._open),
            asked.within("timeout", 0, MOST_WAIT_S, 0),
        )
        if token != self.token:
            raise Refusal(RULES["token"])
        if self.webhook:
            raise Refusal(RULES["webhook_set"])
        if mine != self.polls:
            raise Refusal(RULES["conflict"])
        return self._updates[: asked.within("limit", 1, 100, 100)]

    def _confirm(self, offset: int) -> None:
        """Forget what the bot has; a negative offset keeps only so many of the newest."""
        if offset < 0:
            self._updates = self._updates[offset:]
        elif offset:
            self._updates = [u for u in self._updates if u["update_id"] >= offset]

    def _allow(self, asked: Asked) -> None:
        """Left out, the last list holds on; an empty one means all."""
        names = asked.parsed("allowed_updates", list)
        if names is not None:
            if not all(isinstance(name, str) for name in names):
                raise Refusal(RULES["json"], name="allowed_updates")
            self._allowed = frozenset(names)

    # -- webhook ----------------------------------------------------------------------------------------------------

    async def _set_webhook(self, asked: Asked) -> Any:
        url, secret = asked.text("url"), asked.text("secret_token")
        if not url:
            return await self._delete_webhook(asked)
        _check_address(url)
        if len(secret) > MOST_SECRET:
            raise Refusal(RULES["secret_long"])
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise Refusal(RULES["secret"])
        self._allow(asked)
        self._drop_pending(asked)
        self.webhook, self.secret, self._webhook_error = url, secret, {}
        self._connections = asked.within("max_connections", 1, 100, 40)
        self.changed.set()
        return True

    async def _delete_webhook(self, asked: Asked) -> Any:
        self._drop_pending(asked)
        self.webhook, self.secret, self._webhook_error = "", "", {}
        return True

    def _drop_pending(self, asked: Asked) -> None:
        if asked.flag("drop_pending_updates"):
            self._updates.clear()

    async def _webhook_info(self, asked: Asked) -> Any:
        waiting = {"pending_update_count": len(self._updates), "has_custom_certificate": False}
        allowed = {"allowed_updates": sorted(self._allowed)} if self._allowed else {}
        more = {"max_connections": self._connections, **self._webhook_error} if self.webhook else {}
        return {"url": self.webhook, **waiting, **more, **allowed}

    async def _send_updates(self) -> None:
        """Post one update after the other to the webhook; a refused one is tried again after a growing pause."""
        tries = 0
        while True:
            await self.wait_for(lambda: bool(self.webhook and self._updates), 3600)
            if not (self.webhook and self._updates):
                continue
            update = self._updates[0]
            trouble = await self._post(update)
            tries = tries + 1 if trouble else 0
            if trouble:
                self._webhook_error = {"last_error_date": self.clock(), "last_error_message": trouble}
            if (not trouble or tries >= MOST_TRIES) and update in self._updates:
                self._updates.remove(update)
                tries = 0
            self.changed.set()
            if trouble:
                await asyncio.sleep(self.webhook_pause_s * 2 ** min(tries, 6))

    async def _post(self, update: dict[str, Any]) -> str:
        """Return what went wrong, empty when the webhook took the update."""
        if not on_loopback(self.webhook):
            return "Connection refused"
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
                session.post(self.webhook, json=update, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.ok and answer.status < 300:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except aiohttp.ClientError:
            return "Connection refused"
        except TimeoutError:
            return "Read timeout expired"


def _check_address(url: str) -> None:
    """HTTPS on one of four ports; on this machine plain http on any, for what is built on the stand-in."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise Refusal(RULES["webhook_https"]) from None
    if on_loopback(url) and parts.scheme == "http":
        return
    if parts.scheme != "https" or not parts.hostname:
        raise Refusal(RULES["webhook_https"])
    if port not in PORTS:
        raise Refusal(RULES["webhook_port"])
