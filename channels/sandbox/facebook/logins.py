"""Who calls: the login of a person, the tokens that follow from it, and how many calls each may make.

facebook.md 2 (tokens) and 8 (rate limits).
"""

from __future__ import annotations

import hmac
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from channels.sandbox.core import Account, Clock, Refusal
from channels.sandbox.facebook.params import invalid
from channels.sandbox.facebook.rules import RULES

SHORT: Final = timedelta(hours=1)
LONG: Final = timedelta(seconds=5_183_944)
SCOPES: Final = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "pages_manage_metadata",
    "read_insights",
)
DATA_ACCESS: Final = timedelta(days=90)
TASKS: Final = ("CREATE_CONTENT", "MODERATE", "ANALYZE", "MANAGE")
USER_CALLS: Final = 200
PERSON: Final = "77"
_NO: Final = {"error": "access_denied", "error_code": "200", "error_description": "Permissions error",
              "error_reason": "user_denied"}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Behind a token: a Page, or (`page` None) a person."""

    token: str
    page: Account | None


@dataclass
class _UserToken:
    expires: datetime
    long: bool


class Logins:
    """One person who manages every Page of this stand-in, and one app."""

    def __init__(self, accounts: Mapping[str, Account], now: Clock, app_secret: str) -> None:
        self.app_id, self.app_secret, self.needs_proof, self.agrees = "900", app_secret, False, True
        self.why_dead: dict[str, str] = {}
        self.page_calls: dict[str, int] = {}
        self._accounts, self._now = accounts, now
        self._users: dict[str, _UserToken] = {}
        self._page_expiry: dict[str, datetime] = {}
        self._codes: dict[str, str] = {}
        self._made = 0
        self._seen: dict[str, datetime] = {}
        self._calls: dict[str, deque[datetime]] = defaultdict(deque)

    # -- tokens -----------------------------------------------------------------------------------------------------

    def dialog(self, request: web.Request) -> web.Response:
        """The person agrees at once, or says no at once (`agrees`): back to redirect_uri with a code, or without."""
        words = request.query
        if words.get("client_id") != self.app_id:
            raise invalid("Invalid client_id")
        redirect = words.get("redirect_uri", "")
        if urlsplit(redirect).scheme not in ("http", "https"):
            raise invalid("Missing or invalid redirect_uri parameter")
        joined = "&" if urlsplit(redirect).query else "?"
        if self.agrees:
            code = self._new("code")
            self._codes[code] = redirect
            back = {"code": code}
        else:
            back = dict(_NO)
        back |= {"state": words["state"]} if "state" in words else {}
        raise web.HTTPFound(f"{redirect}{joined}{urlencode(back)}")

    def exchange(self, request: web.Request) -> web.Response:
        """A code for a short user token, or a living user token for a long one."""
        words = request.query
        if words.get("client_id") != self.app_id:
            raise invalid("Invalid client_id")
        if words.get("client_secret") != self.app_secret:
            raise invalid("Error validating client secret.")
        if words.get("grant_type") == "fb_exchange_token":
            old = self._user(words.get("fb_exchange_token", ""))
            if old is None:
                raise Refusal(RULES["bad_token"])
            return self._token("user-long", LONG, long=True)
        if self._codes.pop(words.get("code", ""), None) != words.get("redirect_uri", ""):
            raise invalid("This authorization code is unknown, used, or was given for another redirect_uri.")
        return self._token("user-short", SHORT, long=False)

    def _token(self, kind: str, life: timedelta, *, long: bool) -> web.Response:
        token = self._new(kind)
        self._seen[token] = self._now()
        self._users[token] = _UserToken(self._now() + life, long)
        return web.json_response(
            {"access_token": token, "token_type": "bearer", "expires_in": int(life.total_seconds())}
        )

    def _new(self, kind: str) -> str:
        self._made += 1
        return f"EAAB-{kind}-{self._made}"

    def _user(self, token: str) -> _UserToken | None:
        user = self._users.get(token)
        if user is not None and user.expires <= self._now():
            raise Refusal(RULES["expired"])
        return user

    def page_token(self, page: Account, caller: Caller) -> str:
        """The Page token as this caller gets it: without an end from a long user token, for an hour from a short."""
        user = self._users.get(caller.token)
        if user is None:
            return caller.token
        lasting = sorted(page.tokens - self._page_expiry.keys())
        if user.long and lasting:
            return lasting[0]
        token = self._new("page-long" if user.long else "page-short")
        page.tokens.add(token)
        if not user.long:
            self._page_expiry[token] = self._now() + SHORT
        return token

    def caller(self, token: str, words: Mapping[str, str], *, proof: bool = True) -> Caller:
        """Who is behind a token. The proof must be right where one is given, and given where the app asks for it."""
        if not token:
            raise Refusal(RULES["no_token"])
        if token in self.why_dead:
            raise Refusal(RULES[self.why_dead[token]])
        page = self._page(token)
        if page is None and self._user(token) is None:
            raise Refusal(RULES["bad_token"])
        told = words.get("appsecret_proof")
        if proof and (self.needs_proof or told is not None):
            right = hmac.new(self.app_secret.encode(), token.encode(), "sha256").hexdigest()
            if told != right:
                raise Refusal(RULES["proof"])
        return Caller(token, page)

    def _page(self, token: str) -> Account | None:
        if token in self._page_expiry and self._page_expiry[token] <= self._now():
            raise Refusal(RULES["expired"])
        return next((a for a in self._accounts.values() if token in a.tokens), None)

    def debug(self, request: web.Request) -> web.Response:
        """What Meta tells of a token; asked with the app's own token or a living one."""
        asker = request.query.get("access_token", "")
        if asker != f"{self.app_id}|{self.app_secret}":
            self.caller(asker, request.query)
        token = request.query.get("input_token", "")
        if not token:
            raise invalid("The parameter input_token is required")
        if token == f"{self.app_id}|{self.app_secret}":
            return web.json_response({"data": {"app_id": self.app_id, "type": "APP", "application": "Loa",
                                               "is_valid": True, "scopes": []}})  # fmt: skip
        data: dict[str, Any] = {"app_id": self.app_id, "type": "PAGE", "application": "Loa", "is_valid": True}
        try:
            if token in self.why_dead:
                raise Refusal(RULES[self.why_dead[token]])
            page = self._page(token)
            user = self._user(token) if page is None else None
            if page is None and user is None:
                raise Refusal(RULES["bad_token"])
        except Refusal as refusal:
            rule = refusal.rule
            error = {"code": rule.code, "message": rule.message, "subcode": rule.more.get("error_subcode", 0)}
            return web.json_response({"data": data | {"is_valid": False, "error": error, "scopes": []}})
        lacks = page.extra.get("lacks", ()) if page else self._lacks()
        scopes = [s for s in SCOPES if s not in lacks]
        ends = user.expires if user else self._page_expiry.get(token)
        issued = self._seen.setdefault(token, self._now())
        data |= {
            "issued_at": int(issued.timestamp()),
            "expires_at": int(ends.timestamp()) if ends else 0,
            "data_access_expires_at": int((issued + DATA_ACCESS).timestamp()),
            "user_id": PERSON,
            "scopes": scopes,
        }
        if page is not None:
            data["profile_id"] = page.remote_id
            data["granular_scopes"] = [{"scope": s, "target_ids": [page.remote_id]} for s in scopes]
        return web.json_response({"data": data | ({} if page else {"type": "USER"})})

    def _lacks(self) -> set[str]:
        """What the person ticked off: the rights that no Page has."""
        pages = [set(page.extra.get("lacks", ())) for page in self._accounts.values()]
        return set.intersection(*pages) if pages else set()

    # -- how many calls ---------------------------------------------------------------------------------------------

    def count(self, caller: Caller, *, to_page: bool) -> None:
        """Count a call and refuse it over the limit: a Page in 24 hours, a person in one."""
        key, calls, window = self._limit(caller)
        made = self._calls[key]
        while made and made[0] <= self._now() - window:
            made.popleft()
        if len(made) >= calls:
            over = "page_throttled" if caller.page else "throttled" if to_page else "user_throttled"
            raise Refusal(RULES[over])
        made.append(self._now())

    def _limit(self, caller: Caller) -> tuple[str, int, timedelta]:
        if caller.page is None:
            return caller.token, USER_CALLS, timedelta(hours=1)
        page = caller.page.remote_id
        engaged = max(1, caller.page.followers // 20)
        return page, self.page_calls.get(page, 4800 * engaged), timedelta(days=1)

    def usage(self, caller: Caller) -> dict[str, str]:
        """The header that tells how much of the limit is used, in per cent."""
        key, calls, window = self._limit(caller)
        made = self._calls[key]
        share = 100 * len(made) // max(1, calls)
        used = {"call_count": share, "total_cputime": share // 2, "total_time": share // 2}
        if caller.page is None:
            return {"X-App-Usage": json.dumps(used)}
        wait = ceil((made[0] + window - self._now()).total_seconds() / 60) if share >= 100 and made else 0
        told = {"type": "pages", **used, "estimated_time_to_regain_access": wait}
        return {"X-Business-Use-Case-Usage": json.dumps({key: [told]})}
