"""The consent of a channel's owner, and the tokens that follow from it. youtube.md 1."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from channels.sandbox.core import Account, Refusal, on_loopback
from channels.sandbox.youtube.base import SCOPES, TOKEN_S, Base
from channels.sandbox.youtube.rules import RULES

CODE_LIVES: Final = timedelta(minutes=10)
_PREFIX: Final = "https://www.googleapis.com/auth/"


@dataclass(frozen=True)
class _Code:
    """What a code was given for. `offline`: with a refresh token, which a repeated consent brings only when asked."""

    channel: str
    redirect: str
    challenge: str
    scopes: tuple[str, ...]
    offline: bool
    until: datetime


class Logins(Base):
    """One person a client, who agrees at once, or (`agrees` False) says no. The channel is the client's first, or the
    one named in `chosen`."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.agrees, self.chosen = True, ""
        self._codes: dict[str, _Code] = {}
        self._consented: set[str] = set()

    def login_routes(self) -> list[web.RouteDef]:
        """The page of consent and the token service."""
        return [web.get("/o/oauth2/v2/auth", self._consent), web.post("/token", self.token)]

    async def _consent(self, request: web.Request) -> web.Response:
        words = request.query
        account = self._channel_of(words.get("client_id", ""))
        redirect = words.get("redirect_uri", "")
        if account is None:
            raise Refusal(RULES["invalid_client"])
        if not on_loopback(redirect) or words.get("response_type") != "code" or not words.get("scope"):
            raise Refusal(RULES["unreadable"])
        back = {"state": words["state"]} if "state" in words else {}
        if not self.agrees:
            raise web.HTTPFound(_to(redirect, {"error": "access_denied", **back}))
        code = f"4/{self.rng.getrandbits(80):020x}"
        asked = [scope.removeprefix(_PREFIX) for scope in words["scope"].split()]
        again = account.remote_id in self._consented and words.get("prompt") != "consent"
        self._codes[code] = _Code(
            account.remote_id,
            redirect,
            words.get("code_challenge", ""),
            tuple(s for s in SCOPES if s in asked and s not in account.extra.get("lacks", ())),
            words.get("access_type") == "offline" and not again,
            self.now() + CODE_LIVES,
        )
        self._consented.add(account.remote_id)
        raise web.HTTPFound(_to(redirect, {"code": code, **back}))

    def _channel_of(self, client: str) -> Account | None:
        own = [a for a in self.accounts.values() if client and a.extra["client_id"] == client]
        return next((a for a in own if a.remote_id == self.chosen), own[0] if own else None)

    async def token(self, request: web.Request) -> web.Response:
        """As for a refresh token; a code also."""
        words = {k: str(v) for k, v in (await request.post()).items()}
        if words.get("grant_type") != "authorization_code":
            return await super().token(request)
        code = self._codes.pop(words.get("code", ""), None)
        account = self.accounts[code.channel] if code else self._channel_of(words.get("client_id", ""))
        client = (words.get("client_id"), words.get("client_secret"))
        if account is None or client != (account.extra["client_id"], account.extra["client_secret"]):
            raise Refusal(RULES["invalid_client"])
        if code is None or code.until <= self.now() or code.redirect != words.get("redirect_uri"):
            raise Refusal(RULES["invalid_grant"])
        if code.challenge and challenge_of(words.get("code_verifier", "")) != code.challenge:
            raise Refusal(RULES["invalid_grant"])
        body: dict[str, Any] = {"access_token": self.new_access(account), "expires_in": TOKEN_S, "token_type": "Bearer"}
        if code.offline:
            account.extra["refresh_token"] = f"1//{self.rng.getrandbits(80):020x}"
            body["refresh_token"] = account.extra["refresh_token"]
        return web.json_response({**body, "scope": " ".join(f"{_PREFIX}{scope}" for scope in code.scopes)})


def challenge_of(verifier: str) -> str:
    """PKCE, method S256: base64url without padding of the SHA-256 digest."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _to(redirect: str, words: dict[str, str]) -> str:
    return f"{redirect}{'&' if urlsplit(redirect).query else '?'}{urlencode(words)}"
