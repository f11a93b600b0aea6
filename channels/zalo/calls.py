"""Calls to one OA with its token, and the rotation of that token (zalo.md 2.3 and 3)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp

from channels.base import Channel
from channels.errors import AuthLost, Told, Unclear
from channels.http import unreachable
from channels.zalo.codes import TOKEN_DEAD, fields, judge, number

CALL_S = 30.0
REFRESH_BEFORE = timedelta(hours=5)  # of 25: refreshed at about 20 hours

_TOLD_LOST = Told(
    vi="Zalo không gia hạn được quyền truy cập: quản trị OA cần cấp quyền lại.",
    en="Zalo did not renew the access: an OA administrator must grant it again.",
)


@dataclass
class _Grant:
    """What all adapters of one app and OA share in this process: one refresher, and the newest pair.

    `replaced` are fingerprints of refresh tokens that were used up, so that an adapter opened before takes the newest
    pair instead of asking again with a dead token. The pair stays here also when storing it failed.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    newest: Mapping[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)


_grants: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Grant]] = WeakKeyDictionary()


class ZaloCalls(Channel):
    """The one way to Zalo's servers. What a call needs besides its path is in `Channel`."""

    async def get(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
        """Read something; a failure is never unclear."""
        return await self._call("GET", path, writes=False, params=params, headers=headers)

    async def post(self, path: str, body: Mapping[str, Any], *, writes: bool = False) -> Any:
        """Send JSON; with `writes` a lost answer is unclear."""
        return await self._call("POST", path, writes=writes, json_body=body)

    async def upload(self, path: str, form: Callable[[], aiohttp.FormData], timeout_s: float) -> Any:
        """Send a file. A form can be sent only once, so it is made for every try."""
        return await self._call("POST", path, writes=False, form=form, timeout_s=timeout_s)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        writes: bool,
        headers: Mapping[str, str] | None = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        timeout_s: float = CALL_S - 5,
        **words: Any,
    ) -> Any:
        """One call, with at most one token refresh and one repeat (a refused token means it was not done)."""
        token = await self._token()
        for attempt in (1, 2):
            answer = await self.door.call(
                method,
                f"{self.endpoints.zalo}{path}",
                writes=writes,
                headers={"access_token": token, **(headers or {})},
                timeout_s=timeout_s,
                data=form() if form else None,
                **words,
            )
            try:
                return judge(answer, path, writes=writes, now=self.now(), token=token)
            except AuthLost as error:
                if attempt == 2 or error.code not in TOKEN_DEAD or not self.account.secrets.get("refresh_token"):
                    raise
                token = await self._refresh(token)
        raise AssertionError("unreachable: the second try returns or raises")

    # -- the token --------------------------------------------------------------------------------------------------

    async def _token(self) -> str:
        secrets = self.account.secrets
        expires = moment(secrets.get("expires_at", ""))
        if expires is not None and expires - self.now() < REFRESH_BEFORE and secrets.get("refresh_token"):
            return await self._refresh(secrets.get("access_token", ""))
        return secrets.get("access_token", "")

    def _grant(self) -> _Grant:
        shared = _grants.setdefault(asyncio.get_running_loop(), {})
        return shared.setdefault(f"{self.account.settings.get('app_id')}:{self.account.remote_id}", _Grant())

    async def _refresh(self, stale: str) -> str:
        """Rotate the pair: one refresher an OA; a marker before the call, the new pair stored before its use."""
        grant = self._grant()
        async with grant.lock:
            secrets = dict(self.account.secrets)
            if secrets.get("access_token") != stale:
                return secrets["access_token"]  # another call of this adapter was faster
            old = secrets.get("refresh_token", "")
            if _fingerprint(old) in grant.replaced:  # another adapter was faster, or storing its pair failed
                await self._keep(grant.newest)
                return grant.newest["access_token"]
            marker = f"{self.now().isoformat()} {_fingerprint(old)}"
            await self._keep({**secrets, "refresh_marker": marker})
            body = await self._exchange(old)
            lives_s = number(body.get("expires_in")) or 0
            grant.newest = {
                **secrets,
                "access_token": str(body["access_token"]),
                "refresh_token": str(body["refresh_token"]),
                "expires_at": (self.now() + timedelta(seconds=lives_s)).isoformat() if lives_s else "",
                "refresh_issued_at": self.now().isoformat(),
                "refresh_marker": "",
            }
            grant.replaced.add(_fingerprint(old))
            await self._keep(grant.newest)
            return grant.newest["access_token"]

    async def _exchange(self, refresh_token: str) -> Mapping[str, Any]:
        """Ask for a new pair. A lost answer is tried once more with the old token: it can only fail."""
        form = {
            "refresh_token": refresh_token,
            "app_id": self.account.settings.get("app_id", ""),
            "grant_type": "refresh_token",
        }
        for attempt in (1, 2):
            try:
                answer = await self.door.call(
                    "POST",
                    f"{self.endpoints.zalo_oauth}/v4/oa/access_token",
                    writes=True,
                    timeout_s=CALL_S,
                    headers={"secret_key": self.account.secrets.get("app_secret", "")},
                    data=form,
                )
            except Unclear as error:
                if attempt == 2:
                    raise AuthLost("refresh: answer lost twice", told=_TOLD_LOST) from error
                continue
            body = fields(answer.data)
            if body.get("access_token") and body.get("refresh_token"):
                return body
            if "error" in body:
                detail = f"refresh: {body.get('error_name', '')}"
                raise AuthLost(detail, told=_TOLD_LOST, code=str(body["error"]))
        raise unreachable("refresh: unreadable answer", retry_after_s=60)

    async def _keep(self, secrets: Mapping[str, str]) -> None:
        await self.save_secrets(secrets)
        self.account = replace(self.account, secrets=dict(secrets))


def moment(text: str) -> datetime | None:
    """A stored time; None when there is none that can be read."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:12]
