"""A channel's posts: sent once, never read back. viber.md 3."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal
from channels.sandbox.viber.base import ok
from channels.sandbox.viber.content import check, words
from channels.sandbox.viber.files import check_files
from channels.sandbox.viber.rules import RULES
from channels.sandbox.viber.webhooks import Webhooks

_SPAN: Final = timedelta(seconds=10)
_CAPTIONED: Final = frozenset({"text", "picture"})


class Posts(Webhooks):
    """POST /pa/post."""

    async def post(self, request: web.Request) -> web.Response:
        """Publish on a channel; only a super admin's id may be the sender."""
        account, body = await self.enter(request, "channel")
        if not account.extra["webhook"]:
            raise Refusal(RULES["webhook"])
        if words(body, "from") != account.extra["superadmin"]:
            raise Refusal(RULES[self.wrong_sender])
        takes = self.takes["channel"]
        check(body, takes)
        self.spend(account, "posted", self.posts_in_10_s, "posts")
        await check_files(body, takes)
        token = self.new_token()
        self._publish(account, body, token)
        return ok(message_token=token, chat_hostname="SN-CHAT-05_")

    def _publish(self, account: Account, body: dict[str, Any], token: int) -> None:
        payload = {k: v for k, v in body.items() if k != "auth_token"}
        text = body["text"] if body["type"] in _CAPTIONED else ""  # a video has no caption
        item = Item(str(token), account.remote_id, "post", payload, self.now(), text=text)
        item.link = str(body.get("media", ""))
        self.items[item.remote_id] = item

    def spend(self, account: Account, name: str, most: int, rule: str) -> None:
        """Count a call; more than `most` within ten seconds are refused (0: never)."""
        now = self.now()
        kept: list[datetime] = [at for at in account.extra.get(name, ()) if at > now - _SPAN]
        if most and len(kept) >= most:
            raise Refusal(RULES[rule])
        account.extra[name] = [*kept, now]
