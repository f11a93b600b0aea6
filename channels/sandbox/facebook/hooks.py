"""Webhook deliveries: signed, sent again when not taken, for the Pages that subscribed. facebook.md 7."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from channels.sandbox.core import Account, Item, Platform, Remark, on_loopback

MOST_UPDATES: Final = 1000
KEPT: Final = timedelta(hours=36)
FIRST_WAIT: Final = timedelta(minutes=1)
ANSWER_S: Final = 5.0
LOOK_EVERY_S: Final = 0.2
_KINDS: Final = {"photo": "photo", "video": "video"}


@dataclass
class Update:
    """One entry on its way. `tries` counts how often it was sent: again at once, then less and less often."""

    entry: dict[str, Any]
    made: datetime
    due: datetime
    tries: int = 0


class Hooks(Platform):
    """The app's callback; without one, or without a subscription to `feed`, nothing is sent."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.callback = ""
        self.updates: list[Update] = []
        self._sending = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None

    def app_secret(self) -> str:
        """What signs the deliveries."""
        raise NotImplementedError

    async def save_callback(self, url: str, verify_token: str) -> None:
        """Save an address as the app dashboard does: it must answer the challenge. Raises `ValueError` otherwise."""
        challenge = str(self.rng.randrange(10**9, 10**10))
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        if not on_loopback(url) or await _call("GET", f"{url}?{urlencode(asked)}") != (200, challenge.encode()):
            raise ValueError(f"{url} did not answer with the challenge")
        self.callback = url
        if self._pump is None:
            self._pump = asyncio.create_task(self._keep_sending())

    async def stop(self) -> None:
        """As every platform; what was not yet taken stays in `updates`."""
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
            self._pump = None
        await super().stop()

    def add_remark(self, item_id: str, author: str, text: str, at: datetime, *, parent_id: str = "") -> Remark:
        """As every platform; the app hears of it."""
        remark = super().add_remark(item_id, author, text, at, parent_id=parent_id)
        self.tell_remark(self.items[item_id], remark, "add")
        return remark

    def tell_remark(self, item: Item, remark: Remark, verb: str) -> None:
        """A comment was added, edited, removed, hidden or shown again; the Page's own come back too."""
        post = post_id(item)
        said = {} if verb == "remove" or not remark.text else {"message": remark.text}
        told = {"from": {"id": remark.author_id, "name": remark.author}, "item": "comment", "verb": verb,
                "post_id": post, "comment_id": remark.remote_id, "parent_id": remark.parent_id or post, **said,
                "created_time": int(remark.at.timestamp()),
                "post": {"id": post, "permalink_url": item.permalink, "is_published": item.state in ("live", "hidden"),
                         "promotion_status": "inactive"}}  # fmt: skip
        self._queue(item.account, told)

    def tell_item(self, item: Item, verb: str) -> None:
        """A post was added, edited, removed, hidden or shown again."""
        page = self.accounts[item.account]
        attached = any(name.startswith("attached_media") for name in item.payload)
        kind = _KINDS.get(item.form) or ("photo" if attached else "share" if item.link else "status")
        said = {} if verb == "remove" or not item.text else {"message": item.text}
        told = {"from": {"id": page.remote_id, "name": page.name}, "item": kind, "verb": verb,
                "post_id": post_id(item), **said, "created_time": int(item.at.timestamp())}  # fmt: skip
        self._queue(item.account, told)

    def _queue(self, page: str, told: dict[str, Any]) -> None:
        account: Account = self.accounts[page]
        if self.callback and "feed" in account.extra.get("subscribed", ()):
            now = self.now()
            entry = {"id": page, "time": int(now.timestamp()), "changes": [{"field": "feed", "value": told}]}
            self.updates.append(Update(entry, now, now))

    async def send_due(self) -> None:
        """Send what is due in one delivery; what is not taken comes again, and is dropped after 36 hours."""
        async with self._sending:
            due = [u for u in self.updates if u.due <= self.now()][:MOST_UPDATES]
            if not due:
                return
            body = signed_form({"object": "page", "entry": [u.entry for u in due]})
            mac = hmac.new(self.app_secret().encode(), body, hashlib.sha256).hexdigest()
            headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={mac}"}
            taken = (await _call("POST", self.callback, body, headers))[0] == 200
            for update in due:
                update.tries += 1
                update.due = self.now() + FIRST_WAIT * (2 ** (update.tries - 2) if update.tries > 1 else 0)
            gone = {id(u) for u in due if taken or self.now() - u.made >= KEPT}
            self.updates = [u for u in self.updates if id(u) not in gone]

    async def _keep_sending(self) -> None:
        while True:
            await self.send_due()
            await asyncio.sleep(LOOK_EVERY_S)


def signed_form(body: dict[str, Any]) -> bytes:
    """The bytes that Meta sends and signs: non-ASCII as lowercase escapes, slashes escaped too."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def post_id(item: Item) -> str:
    """The id of a thing as a post: `<page>_<thing>`."""
    return item.remote_id if "_" in item.remote_id else f"{item.account}_{item.remote_id}"


async def _call(method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body of the answer; 0 when there is none in time."""
    wait = aiohttp.ClientTimeout(total=ANSWER_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=wait) as session,
            session.request(method, url, data=body or None, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError):
        return 0, b""
