"""A stand-in for Viber's Channels Post API. From the platform notes: HTTP is 200 always, `status` decides, and what was
posted cannot be read back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from channels.sandbox.core import Account, Item, Platform, Refusal, Rule, arranged, rules

_E: Final = "viber.md 6. Status table"


def _rule(key: str, code: int, message: str, cites: str) -> Rule:
    return Rule(key, cites, 200, code, message)


RULES: Final = rules(
    _rule("no_token", 2, "missing_auth_token", f"{_E}: a missing token gives missing_auth_token"),
    _rule("token", 2, "invalidAuthToken", f"{_E}: 2"),
    _rule("url", 1, "invalidUrl", f"{_E}: 1; 2 set_webhook https, must answer 200"),
    _rule("bad", 3, "badData: {what}", f"{_E}: 3 badData"),
    _rule("sender", 3, "badData: from is not a super admin", f"{_E}: 3; 3.1 superadmin for from"),
    _rule("missing", 4, "missingData: {what}", f"{_E}: 4 missingData"),
    _rule("long_text", 3, "badData: text is too long", "viber.md 3.2: text <= 7000 characters"),
    _rule("long_caption", 3, "badData: caption is too long", "viber.md 3.2: picture text <= 768"),
    _rule("picture", 3, "badData: media must be JPEG", "viber.md 3.2: JPEG only, path ends in .jpeg/.jpg"),
    _rule("video_size", 4, "missingData: size", "viber.md 3.2: video size required"),
    _rule("big_video", 3, "badData: video too big", "viber.md 3.2: <= 50 MB"),
    _rule("webhook", 10, "webhookNotSet", f"{_E}: 10; 2 must be set before the first post"),
    *arranged(
        _rule("blocked", 7, "publicAccountBlocked", f"{_E}: 7"),
        _rule("suspended", 9, "publicAccountSuspended", f"{_E}: 9"),
        _rule("many", 12, "tooManyRequests", f"{_E}: 12"),
        _rule("authorised", 15, "publicAccountNotAuthorized", f"{_E}: 15"),
        _rule("no_channel", 18, "noPublicChat", f"{_E}: 18"),
        _rule("not_registered", 5, "receiverNotRegistered", f"{_E}: 5"),
        _rule("not_subscribed", 6, "receiverNotSubscribed", f"{_E}: 6"),
        _rule("not_found", 8, "publicAccountNotFound", f"{_E}: 8"),
        _rule("no_device", 11, "receiverNoSuitableDevice", f"{_E}: 11"),
        _rule("api_version", 13, "apiVersionNotSupported", f"{_E}: 13"),
        _rule("incompatible", 14, "incompatibleWithVersion", f"{_E}: 14"),
        _rule("inchat", 16, "inchatReplyMessageNotAllowed", f"{_E}: 16"),
        _rule("not_inline", 17, "publicAccountIsNotInline", f"{_E}: 17"),
        _rule("broadcast", 19, "cannotSendBroadcast", f"{_E}: 19"),
        _rule("broadcast_right", 20, "broadcastNotAllowed", f"{_E}: 20"),
        _rule("country", 21, "unsupportedCountry", f"{_E}: 21"),
        _rule("payment", 22, "paymentUnsupported", f"{_E}: 22"),
        _rule("free", 23, "freeMessagesExceeded", f"{_E}: 23"),
        _rule("balance", 24, "noBalance", f"{_E}: 24"),
        _rule("general", 99, "general error", f"{_E}: other"),
    ),
)


class ViberSandbox(Platform):
    """Channels with a super admin. `webhooks` needs a receiver on loopback or an https address."""

    name = "viber"
    title = "Viber (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES

    def add_channel(self, channel: str, name: str, token: str, *, members: int = 0, webhook: str = "") -> Account:
        """Let a channel exist; `webhook` "" means that none was set yet."""
        extra = {"superadmin": f"pX{self.rng.getrandbits(48):012x}+/iA==", "webhook": webhook}
        return self.add_account(Account(channel, name, {token}, followers=members, extra=extra))

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The methods of the notes."""
        return [
            web.post("/pa/set_webhook", self._set_webhook),
            web.post("/pa/get_account_info", self._info),
            web.get("/pa/get_account_info", self._info),
            web.post("/pa/post", self._post),
        ]

    def refuse(self, refusal: Refusal) -> web.Response:
        """Viber's status object."""
        return web.json_response({"status": refusal.rule.code, "status_message": refusal.message})

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["bad"], what="unreadable")

    def server_error(self) -> web.Response:
        """A gateway's page."""
        return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")

    async def _channel(self, request: web.Request) -> tuple[Account, dict[str, Any]]:
        raw = await request.read()
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            raise Refusal(RULES["bad"], what="not JSON") from None
        if not isinstance(body, dict):
            raise Refusal(RULES["bad"], what="not an object")
        token = request.headers.get("X-Viber-Auth-Token") or body.get("auth_token")
        if not token:
            raise Refusal(RULES["no_token"])
        account = next((a for a in self.accounts.values() if token in a.tokens), None)
        if account is None:
            raise Refusal(RULES["token"])
        self.meet(account.remote_id)
        return account, body

    async def _set_webhook(self, request: web.Request) -> web.Response:
        account, body = await self._channel(request)
        if "url" not in body:
            raise Refusal(RULES["missing"], what="url")
        url = str(body["url"])
        if url:
            await self._knock(account, url)
        account.extra["webhook"] = url
        types = body.get("event_types", ["delivered", "seen"])
        return web.json_response(
            {"status": 0, "status_message": "ok", "chat_hostname": "SN-CHAT-01_", "event_types": types}
        )

    async def _knock(self, account: Account, url: str) -> None:
        """Call the address while the caller waits; it must answer 200. Plain http is taken on loopback only."""
        parts = urlsplit(url)
        if parts.hostname not in ("127.0.0.1", "localhost"):
            if parts.scheme != "https":
                raise Refusal(RULES["url"])
            return
        event = {"event": "webhook", "timestamp": int(self.now().timestamp() * 1000), "message_token": self.number()}
        raw = json.dumps(event).encode()
        sign = hmac.new(next(iter(account.tokens)).encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Viber-Content-Signature": sign, "Content-Type": "application/json"}
        try:
            async with (
                asyncio.timeout(10),
                aiohttp.ClientSession() as session,
                session.post(url, data=raw, headers=headers) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise Refusal(RULES["url"]) from None
        if status != 200:
            raise Refusal(RULES["url"])

    async def _info(self, request: web.Request) -> web.Response:
        account, _ = await self._channel(request)
        members = [{"id": account.extra["superadmin"], "name": "Quản trị", "role": "superadmin"},
                   {"id": "qYB2made+up/jB==", "name": "Biên tập", "role": "admin"}]  # fmt: skip
        return web.json_response({"status": 0, "status_message": "ok", "id": account.remote_id,
                                  "chat_hostname": account.name, "members": members})  # fmt: skip

    async def _post(self, request: web.Request) -> web.Response:
        account, body = await self._channel(request)
        if not account.extra["webhook"]:
            raise Refusal(RULES["webhook"])
        for needed in ("from", "type"):
            if not body.get(needed):
                raise Refusal(RULES["missing"], what=needed)
        if body["from"] != account.extra["superadmin"]:
            raise Refusal(RULES["sender"])
        self._check(body)
        token = 5_741_311_803_571_720_000 + self.number()
        payload = {k: v for k, v in body.items() if k != "auth_token"}
        item = Item(str(token), account.remote_id, "post", payload, self.now(), text=str(body.get("text", "")))
        item.link = str(body.get("media", ""))
        self.items[item.remote_id] = item
        return web.json_response(
            {"status": 0, "status_message": "ok", "message_token": token, "chat_hostname": "SN-CHAT-05_"}
        )

    def _check(self, body: Mapping[str, Any]) -> None:
        kind, media = body["type"], str(body.get("media", ""))
        if kind not in ("text", "picture", "video", "file", "contact", "location", "url", "sticker"):
            raise Refusal(RULES["bad"], what="type")
        if kind == "text":
            if not str(body.get("text", "")).strip():
                raise Refusal(RULES["missing"], what="text")
            if len(body["text"]) > 7000:
                raise Refusal(RULES["long_text"])
        if kind in ("picture", "video", "file", "url") and not media:
            raise Refusal(RULES["missing"], what="media")
        if kind == "picture":
            if "text" not in body:
                raise Refusal(RULES["missing"], what="text")
            if len(body["text"]) > 768:
                raise Refusal(RULES["long_caption"])
            if not urlsplit(media).path.lower().endswith((".jpg", ".jpeg")):
                raise Refusal(RULES["picture"])
        if kind in ("video", "file"):
            if not isinstance(body.get("size"), int):
                raise Refusal(RULES["video_size"])
            if body["size"] > 52_428_800:
                raise Refusal(RULES["big_video"])
        if kind == "url" and len(media) > 2000:
            raise Refusal(RULES["bad"], what="media")

    def page_form(self, item_id: str) -> str:
        """Readers of a channel cannot answer by API."""
        return ""
