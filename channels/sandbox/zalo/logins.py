"""The consent of an OA's administrator and the pair of tokens that follows from it (zalo.md 2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from channels.sandbox.core import Account, Refusal, on_loopback
from channels.sandbox.zalo.base import ACCESS_S, Base
from channels.sandbox.zalo.rules import RULES

CODE_LIVES: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class _Code:
    oa: str
    challenge: str
    until: datetime


class Logins(Base):
    """The host of tokens. The person who is asked agrees at once."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self._codes: dict[str, _Code] = {}

    def login_routes(self) -> list[web.RouteDef]:
        """The page of consent and the exchange."""
        return [web.get("/v4/oa/permission", self._permission), web.post("/v4/oa/access_token", self._token)]

    def _oa_of(self, app_id: str | None) -> Account:
        """The OA of an app that is active."""
        account = next((a for a in self.accounts.values() if app_id and a.extra["app_id"] == app_id), None)
        if account is None or account.extra.get("app_off"):
            raise Refusal(RULES["login_app"])
        return account

    async def _permission(self, request: web.Request) -> web.Response:
        """Back to the callback with a code. Where no callback was saved in the console any of this machine will do."""
        words = request.query
        account, redirect = self._oa_of(words.get("app_id")), words.get("redirect_uri", "")
        saved = account.extra.get("callback")
        if not on_loopback(redirect) or (saved is not None and saved != redirect):
            raise Refusal(RULES["redirect"])
        code = f"code_{self.rng.getrandbits(80):020x}"
        challenge = words.get("code_challenge") or account.extra.get("challenge", "")
        self._codes[code] = _Code(account.remote_id, challenge, self.now() + CODE_LIVES)
        back = {"code": code, "oa_id": account.remote_id} | ({"state": words["state"]} if "state" in words else {})
        joined = "&" if urlsplit(redirect).query else "?"
        raise web.HTTPFound(f"{redirect}{joined}{urlencode(back)}")

    async def _token(self, request: web.Request) -> web.Response:
        """A code, or a refresh token that has not been used, for a new pair. Form-encoded, nothing else is read."""
        words = {k: str(v) for k, v in (await request.post()).items()}
        account = self._oa_of(words.get("app_id"))
        if not hmac.compare_digest(request.headers.get("secret_key", "").encode(), account.extra["secret"].encode()):
            raise Refusal(RULES["app_secret"])
        match words.get("grant_type"):
            case "authorization_code":
                account = self._redeem(account, words)
            case "refresh_token":
                account = self._renew(account, words.get("refresh_token", ""))
            case _:
                raise Refusal(RULES["grant_type"])
        self.rotate(account)
        pair = {"access_token": account.extra["access"], "refresh_token": account.extra["refresh"]}
        return web.json_response({**pair, "expires_in": str(ACCESS_S)})

    def _redeem(self, account: Account, words: dict[str, str]) -> Account:
        code = self._codes.pop(words.get("code", ""), None)
        if code is None or code.until <= self.now():
            raise Refusal(RULES["code"])
        owner = self.accounts[code.oa]
        if owner.extra["app_id"] != account.extra["app_id"]:
            raise Refusal(RULES["code"])
        if code.challenge and challenge_of(words.get("code_verifier", "")) != code.challenge:
            raise Refusal(RULES["verifier"])
        return owner

    def _renew(self, account: Account, refresh: str) -> Account:
        """The OA whose newest refresh token this is, among those of the app."""
        app = account.extra["app_id"]
        own = [a for a in self.accounts.values() if a.extra["app_id"] == app and a.extra["refresh"] == refresh]
        if not own or self.refresh_expiry.get(refresh, self.now()) <= self.now():
            raise Refusal(RULES["refresh"])
        return own[0]


def challenge_of(verifier: str) -> str:
    """zalo.md 2.1: base64url without padding of the raw SHA-256 digest."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
