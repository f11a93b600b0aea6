"""What the parts of the stand-in share: its state, who calls and how often, who the citizens are."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from channels.sandbox.core import Account, Refusal, Remark, Rule
from channels.sandbox.zalo.asked import wrong
from channels.sandbox.zalo.hooks import Hooks
from channels.sandbox.zalo.rules import LOGIN_KEYS, RULES
from channels.sandbox.zalo.target import Traits

HANOI: Final = ZoneInfo("Asia/Ho_Chi_Minh")
ACCESS_S: Final = 90_000
APP_CALLS: Final = 4000
MOST_IMAGE: Final = 1024 * 1024
# zalo.md 1: the permission groups that an OA's administrator ticks
MESSAGES, CHATS, INFO, ARTICLES = "messages", "chats", "info", "articles"
STATE_AGENCY: Final = 4
_LIMITS: Final = web.RequestKey("limits", dict[str, str])


@dataclass
class Citizen:
    """A person as one OA knows them. `last` is the last interaction, `welcomes` what a fresh follower may still get,
    `traits` what Zalo knows of them for broadcasts; None: what their name makes of them."""

    user_id: str
    name: str
    follows: bool = False
    last: datetime | None = None
    welcomes: int = 0
    alias: str = ""
    tags: list[str] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)
    promoted: list[datetime] = field(default_factory=list)
    traits: Traits | None = None


@dataclass
class Asset:
    """An uploaded file, or a clip being converted."""

    oa: str
    kind: str
    at: datetime
    name: str
    size: int
    sha256: str
    video_id: str = ""
    state: int | None = None


class Base(Hooks):
    """State, access, limits. The endpoints are in the classes built on it."""

    name = "zalo"
    title = "Zalo OA (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES

    def __init__(self, *, now: Any, seed: int = 0, settle: timedelta = timedelta(seconds=3)) -> None:
        super().__init__(now=now, seed=seed)
        self.settle = settle
        self.expiry: dict[str, datetime] = {}
        self.refresh_expiry: dict[str, datetime] = {}
        self.people: dict[str, dict[str, Citizen]] = {}
        self.assets: dict[str, Asset] = {}
        self.said: dict[str, dict[str, Any]] = {}
        self.spent: Counter[tuple[str, str, str]] = Counter()

    # -- set-up -----------------------------------------------------------------------------------------------------

    def add_oa(
        self, oa: str, name: str, *, app_id: str, app_secret: str, followers: int = 0, oa_type: int = STATE_AGENCY
    ) -> Account:
        """Let an OA exist with a first pair of tokens, as the API Explorer gives one: `extra` access and refresh.

        In `extra`, for what is set in a console or by a contract: `callback` and `challenge` saved for the consent,
        `app_off`, `demand_proof`, `lacks` permission groups, `unverified`, `minute_calls`, `month_articles` and
        `month_broadcasts` of the package, `sub_quota` of messages, `month_promotions`, `zca` linked and its `money`.
        """
        extra = {"app_id": app_id, "secret": app_secret, "oa_type": oa_type}
        account = self.add_account(Account(oa, name, followers=followers, extra=extra))
        self.people[oa] = {}
        self.rotate(account)
        return account

    def rotate(self, account: Account) -> None:
        """Give a new pair; the refresh token before it is dead."""
        access, refresh = f"AT{self.rng.getrandbits(80):020x}", f"RT{self.rng.getrandbits(80):020x}"
        account.tokens.add(access)
        expires = self.now() + timedelta(seconds=ACCESS_S)
        account.extra |= {"access": access, "refresh": refresh, "expires_at": expires}
        self.expiry[access] = expires
        self.refresh_expiry[refresh] = self.now() + timedelta(days=90)

    def revoke(self, token: str) -> None:
        """End an access token, or a refresh token."""
        super().revoke(token)
        self.refresh_expiry.pop(token, None)

    # -- what Zalo says ---------------------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal) -> web.Response:
        """HTTP 200 with `error`; the token service names its errors differently."""
        code, told = refusal.rule.code, refusal.message
        if refusal.rule.key in LOGIN_KEYS:
            more = {"error_name": told, "error_reason": told, "ref_doc": "https://developers.zalo.me/docs"}
            return web.json_response({"error": code, **more})
        return web.json_response({"error": code, "message": told})

    def malformed(self) -> Refusal:
        """What cannot be read is an invalid parameter."""
        return wrong("body")

    def server_error(self) -> web.Response:
        """An outage: no envelope at all."""
        return web.Response(status=500, text="<html><body>500</body></html>", content_type="text/html")

    def dress(self, request: web.Request, answer: web.StreamResponse) -> None:
        """zalo.md 3: the limit of the minute travels in the headers."""
        answer.headers.update(request.get(_LIMITS, {}))

    # -- who, and how often -----------------------------------------------------------------------------------------

    def enter(self, request: web.Request, *groups: str) -> Account:
        """The OA behind a call, if its administrator ticked these permission groups."""
        token = request.headers.get("access_token", "")
        account = next((a for a in self.accounts.values() if token and token in a.tokens), None)
        if account is None:
            raise Refusal(RULES["token"])
        if self.expiry[token] <= self.now():
            raise Refusal(RULES["expired"])
        if account.extra.get("app_off"):
            raise Refusal(RULES["inactive_app"])
        self._prove(request, account, token)
        self._count(request, account)
        self.meet(account.remote_id)
        if set(groups) & set(account.extra.get("lacks", ())):
            raise Refusal(RULES["grant"])
        return account

    @staticmethod
    def _prove(request: web.Request, account: Account, token: str) -> None:
        """zalo.md 2.4: optional per app, but a wrong one is always refused."""
        given = request.headers.get("appsecret_proof")
        right = hmac.new(account.extra["secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
        if given != right and (given is not None or account.extra.get("demand_proof")):
            raise Refusal(RULES["proof"])

    def _count(self, request: web.Request, account: Account) -> None:
        """Calls a minute, of the app and (by its package) of the OA; articles have a limit of their own."""
        minute = f"{self.now():%Y-%m-%dT%H:%M}"
        api = "article" if request.path.startswith("/v2.0/article/") else "oa"
        limits = [("rate_app", f"{account.extra['app_id']}:{api}", APP_CALLS)]
        if most := account.extra.get("minute_calls"):
            limits.append(("rate_oa", account.remote_id, most))
        for key, who, most in limits:
            remain = most - self.spent[key, who, minute]
            request[_LIMITS] = {"X-RateLimit-Limit": str(most), "X-RateLimit-Remain": str(max(0, remain - 1))}
            if remain <= 0:
                raise Refusal(RULES[key])
            self.spent[key, who, minute] += 1

    def spend(self, account: Account, what: str, most: int, period: str) -> None:
        """Take one of a quota in a period of Hanoi time, given as for strftime. The rule has the quota's name."""
        key = what, account.remote_id, self.local().strftime(period)
        if self.spent[key] >= most:
            raise Refusal(RULES[what])
        self.spent[key] += 1

    def local(self) -> datetime:
        """Now, as the clocks in Hanoi show it (zalo.md 7: the zone is not stated, this one is assumed)."""
        return self.now().astimezone(HANOI)

    def daytime(self) -> None:
        """Refuse between 22:00 and 06:00."""
        if not 6 <= self.local().hour < 22:
            raise Refusal(RULES["night"])

    # -- citizens ---------------------------------------------------------------------------------------------------

    def citizen(self, oa: str, author: str) -> Citizen:
        """The person of this name, known to the OA from now on."""
        user = self.author_id(author)
        return self.people[oa].setdefault(user, Citizen(user, author))

    def known(self, account: Account, user: str) -> Citizen:
        """A person whom the OA knows; one it does not know follows it neither."""
        found = self.people[account.remote_id].get(user)
        if found is None:
            raise Refusal(RULES["follow"])
        self.meet(user)
        return found

    def touch(self, oa: str, author: str, at: datetime) -> Citizen:
        """A person interacts with the OA, which opens the windows of messages."""
        person = self.citizen(oa, author)
        person.last = max(person.last or at, at)
        return person

    def of_user(self, account: Account, user: str) -> list[Remark]:
        """What was said between the OA and one person."""
        return [r for r in account.inbox if user in (r.author_id, r.parent_id)]

    def remark_id(self, parent: str) -> str:
        """A message id."""
        return f"mid_{self.rng.getrandbits(64):016x}"

    def author_id(self, author: str) -> str:
        """A user id beyond 2^53."""
        return "25" + str(int(hashlib.sha256(author.encode()).hexdigest()[:15], 16)).zfill(17)[:17]


def stamp(at: datetime) -> int:
    """Milliseconds since 1970."""
    return int(at.timestamp() * 1000)
