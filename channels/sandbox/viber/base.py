"""What the parts of the stand-in share: its accounts and citizens, who calls, and how Viber answers."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from aiohttp import web

from channels.sandbox.core import Account, Platform, Refusal, Remark, Rule
from channels.sandbox.viber.content import BOT, CHANNEL
from channels.sandbox.viber.rules import ONLY_AT, RULES

EVENTS: Final = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
MANDATORY: Final = frozenset({"message", "webhook"})
_FIRST_TOKEN: Final = 5_741_311_803_571_720_000


@dataclass
class User:
    """A citizen as one bot knows him. `devices` 0: none that can show a bot's message; `online` as get_online says
    it; `consent` is Viber's "Content Personalization"; `gone` means that he left Viber."""

    user_id: str
    name: str
    subscribed: bool = False
    met: bool = False
    gone: bool = False
    devices: int = 1
    api_version: int = 10
    online: int = 0
    last_online: datetime | None = None
    consent: bool = True
    language: str = "vi"
    country: str = "VN"
    heard_at: datetime | None = None
    tracking: str = ""
    sent_at: list[datetime] = field(default_factory=list)
    details_at: list[datetime] = field(default_factory=list)
    waiting: list[tuple[int, datetime]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)


@dataclass
class Message:
    """What a bot sent to one citizen. A broadcast has one `token` for all its receivers."""

    token: int
    account: str
    user_id: str
    payload: dict[str, Any]
    at: datetime
    billing_status: int


class Base(Platform):
    """State and access. What the notes leave open can be set: `wrong_sender` ("sender" or "sender_right"),
    `low_client` ("status" or "failed"), `tells_failed` (whether broadcasts answer a failed_list), `posts_in_10_s`
    (0: unlimited), `user_hour`, and `takes` by product."""

    name = "viber"
    title = "Viber (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        self.takes = {"channel": CHANNEL, "bot": BOT}
        self.wrong_sender, self.low_client = "sender", "status"
        self.tells_failed, self.posts_in_10_s, self.user_hour = True, 0, 100
        self.messages: list[Message] = []

    # -- set-up -----------------------------------------------------------------------------------------------------

    def add_channel(self, channel: str, name: str, token: str, *, members: int = 0, webhook: str = "") -> Account:
        """Let a channel exist; `webhook` "" means that none was set yet. `superadmin` in `extra` may post on it."""
        superadmin = f"pX{self.rng.getrandbits(48):012x}+/iA=="
        extra = {"product": "channel", "superadmin": superadmin, "webhook": webhook, **_HEARD}
        return self.add_account(Account(channel, name, {token}, followers=members, extra=extra))

    def add_bot(
        self, bot: str, name: str, token: str, *, webhook: str = "", billable: bool = False,
        free: int | None = None, balance: int = 0,
    ) -> Account:  # fmt: skip
        """Let a bot exist. Outside a session it has so many `free` messages a month (None: no end to them); then a
        billable one pays each from its `balance`, counted in messages."""
        paid = {"billable": billable, "free": free, "free_used": Counter[str](), "balance": balance}
        extra = {"product": "bot", "webhook": webhook, "users": {}, **paid, **_HEARD}
        return self.add_account(Account(bot, name, {token}, extra=extra))

    def add_user(self, bot: str, name: str, **state: Any) -> User:
        """Let a citizen exist whom the bot can know; `state` are fields of `User`. Ids are a bot's own."""
        user = User(self.author_id(f"{bot}:{name}"), name, **state)
        user.met = user.met or user.subscribed
        self.users(bot)[user.user_id] = user
        return user

    def users(self, bot: str) -> dict[str, User]:
        """A bot's citizens by id."""
        found: dict[str, User] = self.accounts[bot].extra["users"]
        return found

    def regenerate(self, account: str) -> str:
        """Give an account a new token, as its admin can; the old one ends."""
        for token in list(self.accounts[account].tokens):
            self.revoke(token)
        token = f"{self.rng.getrandbits(64):016x}-{self.rng.getrandbits(64):016x}"
        self.accounts[account].tokens.add(token)
        return token

    def author_id(self, author: str) -> str:
        """Base64 with all its signs, as Viber's."""
        return base64.b64encode(b"\xfb\xef\xff" + hashlib.sha256(author.encode()).digest()[:14]).decode()

    def new_token(self) -> int:
        """A message token of 19 digits, beyond a float's reach."""
        return _FIRST_TOKEN + self.number()

    # -- what Viber says --------------------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal) -> web.Response:
        """Viber's status object."""
        return web.json_response({"status": refusal.rule.code, "status_message": refusal.message})

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["unreadable"], what="unreadable")

    def server_error(self) -> web.Response:
        """A gateway's page."""
        return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")

    # -- who calls --------------------------------------------------------------------------------------------------

    async def enter(self, request: web.Request, product: str = "") -> tuple[Account, dict[str, Any]]:
        """The account behind a call, and the body. A product that the method is not for is refused."""
        body = await _read(request)
        token = request.headers.get("X-Viber-Auth-Token") or body.get("auth_token")
        if not token:
            raise Refusal(RULES["no_token"])
        account = next((a for a in self.accounts.values() if token in a.tokens), None)
        if account is None:
            raise Refusal(RULES["token"])
        self.meet(account.remote_id, request.path.rpartition("/")[2])
        if product not in ("", account.extra["product"]):
            raise Refusal(RULES[f"not_{product}"])
        return account, body

    def meet(self, who: str, method: str = "") -> None:
        """Refuse what was arranged for this account, where it can be met."""
        if method in ONLY_AT.get(self._arranged.get(who, ""), (method,)):
            super().meet(who)


_HEARD: Final[Mapping[str, Any]] = {"event_types": list(EVENTS), "send_name": False, "send_photo": False}


async def _read(request: web.Request) -> dict[str, Any]:
    if request.method == "POST" and request.content_type != "application/json":
        raise Refusal(RULES["unreadable"], what="Content-Type")
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise Refusal(RULES["unreadable"], what="not JSON") from None
    if not isinstance(body, dict):
        raise Refusal(RULES["unreadable"], what="not an object")
    return body


def ok(**more: Any) -> web.Response:
    """An answer without error."""
    return web.json_response({"status": 0, "status_message": "ok", **more})


def said(payload: Mapping[str, Any]) -> str:
    """A message as a page shows it."""
    shown = [str(payload[name]) for name in ("text", "media", "file_name", "alt_text") if payload.get(name)]
    return " ".join(shown if payload.get("type") == "text" else [f"[{payload.get('type')}]", *shown])


def remark(token: int, user: User, payload: Mapping[str, Any], at: datetime, *, own: bool) -> Remark:
    """A message as an entry of the bot's inbox; an answer's parent is the citizen it went to."""
    author = ("", "") if own else (user.user_id, user.name)
    return Remark(str(token), *author, said(payload), at, parent_id=user.user_id if own else "", own=own)
