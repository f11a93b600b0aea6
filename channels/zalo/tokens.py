"""An OA's pair of tokens, whose refresh token works once (zalo.md 2.3): renewed by one process at a time, and written
so that no crash loses it.

A marker is stored before the call: when, which refresh token, who. Right after the answer the new pair is stored, with
nothing in between; it stays in memory until it is. Every save fails when somebody else stored something meanwhile: of
two processes one gets its marker in, and the other waits for its pair. What is left is a crash between Zalo's answer
and our commit: the marker tells, and a person is told exactly that.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from channels.base import Channel, Clock, SecretsChanged
from channels.errors import AuthLost, ChannelError, Told, Unclear, Unreachable
from channels.http import TOO_MANY, Answer, unreachable
from channels.zalo.codes import HANOI, fields, number

CALL_S = 30.0
LONGEST_LIFE_S = 400 * 24 * 3600
REFRESH_BEFORE = timedelta(hours=5)  # of 25: whoever calls with a token so old renews it first
RENEW_BEFORE = timedelta(hours=6)  # an hour earlier for the one process that renews ahead for all
BUSY_FOR = timedelta(minutes=2)  # longer than any renewal takes: two calls and the pauses between tries to store
LOOK_S, WAIT_S = 0.5, 65.0
STORE_AGAIN_S = (0.1, 0.3, 1.0, 3.0)
AGAIN_S = 60.0

# zalo.md 2.2: what no later try can help. That the grant is over also comes under other codes, by its name.
_APP_OFF, _GRANT_OVER, _GRANT_OVER_NAME = -14002, -14014, "invalid refresh token"

_ME = randomness.token_hex(4)  # this process, in its markers

_TOLD_LOST = Told(
    vi="Zalo không gia hạn được quyền truy cập (mã gia hạn hết hạn, bị thu hồi, hoặc chương trình khác đã dùng): quản "
    "trị OA cần cấp quyền lại, rồi kết nối lại bằng `loa account connect`.",
    en="Zalo did not renew the access (the refresh token ended, was revoked, or another program used it): an OA "
    "administrator must grant it again, then connect with `loa account connect`.",
)
_TOLD_APP_OFF = Told(
    vi="Zalo không gia hạn được quyền truy cập vì ứng dụng chưa kích hoạt hoặc sai mã: kích hoạt ứng dụng ở trang nhà "
    "phát triển Zalo, rồi kết nối lại bằng `loa account connect`.",
    en="Zalo did not renew the access because the app is not active or its id is wrong: activate it on Zalo's "
    "developer pages, then connect with `loa account connect`.",
)
_TOLD_WAIT = Told(
    vi="Một tiến trình khác đang gia hạn quyền Zalo; hệ thống tự thử lại.",
    en="Another process is renewing the access to Zalo; Loa tries again by itself.",
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


@dataclass(frozen=True)
class _Marker:
    """A renewal that was begun and whose end is not stored: at what time, by which process."""

    at: datetime
    fingerprint: str
    process: str

    @classmethod
    def read(cls, text: str) -> _Marker | None:
        words = text.split()
        at = moment(words[0]) if words else None
        if at is None:
            return None
        return cls(at, *[*words[1:3], "", ""][:2])

    def busy(self, now: datetime) -> bool:
        """Its process may still be at it. Hosts' clocks differ, so a marker from the future counts as well."""
        return self.process != _ME and abs(now - self.at) < BUSY_FOR


class ZaloTokens(Channel):
    """The token that goes with every call, and its renewal."""

    renew_before = RENEW_BEFORE

    async def renew(self) -> datetime | None:
        """Renew the pair when it ends within `renew_before`."""
        self._use(await self.load_secrets())
        if _ends_within(RENEW_BEFORE, self.account.secrets, self.now):
            await self._refresh(self.account.secrets.get("access_token", ""), dead=False)
        return moment(self.account.secrets.get("expires_at", ""))

    async def _token(self) -> str:
        """The access token, renewed first when it ends soon. While it lives, a failed renewal stops nobody."""
        secrets = self.account.secrets
        token = secrets.get("access_token", "")
        if not _ends_within(REFRESH_BEFORE, secrets, self.now):
            return token
        dead = _ends_within(timedelta(0), secrets, self.now)
        try:
            return await self._refresh(token, dead=dead)
        except Unreachable:
            if dead:
                raise
            return token

    async def _refresh(self, stale: str, *, dead: bool) -> str:
        """Put a new pair in place of the one with this access token, or take the one that somebody else got; return
        the access token to use. Goes on to its end also when the caller is cancelled."""
        return await self.door.see_through(self._renewed(stale, dead=dead))

    async def _renewed(self, stale: str, *, dead: bool) -> str:
        grant = self._grant()
        async with grant.lock:
            if self.account.secrets.get("access_token") == stale:  # else another call of this adapter was faster
                begun = await self._begin(grant, stale, dead=dead)
                if begun is not None:
                    await self._exchange_and_store(grant, *begun)
        return self.account.secrets.get("access_token", "")

    async def _begin(self, grant: _Grant, stale: str, *, dead: bool) -> tuple[str, _Marker | None] | None:
        """Store the marker; return the refresh token to use and the marker that a crash left. None: a newer pair was
        found, or another process is getting one while the old one lives."""
        clock = asyncio.get_running_loop().time
        until = clock() + WAIT_S
        while True:
            stored = await self.load_secrets()
            old = stored.get("refresh_token", "")
            if _fingerprint(old) in grant.replaced:  # storing our newest pair failed before
                await self._store(grant)
                return None
            if stored.get("access_token", "") != stale:
                self._use(stored)
                return None
            left = _Marker.read(stored.get("refresh_marker", ""))
            if left is not None and left.busy(self.now()):
                if not dead:
                    return None
                if clock() >= until:
                    raise Unreachable("refresh: another process is at it", told=_TOLD_WAIT, retry_after_s=60)
                await asyncio.sleep(LOOK_S)
                continue
            marked = {**stored, "refresh_marker": f"{self.now().isoformat()} {_fingerprint(old)} {_ME}"}
            try:
                await self.save_secrets(marked)
            except SecretsChanged:
                continue
            self._use(marked)
            return old, left if left is not None and left.fingerprint == _fingerprint(old) else None

    async def _exchange_and_store(self, grant: _Grant, old: str, left: _Marker | None) -> None:
        try:
            body = await self._exchange(old)
        except AuthLost as error:
            stored = await self.load_secrets()
            if stored.get("refresh_token", "") != old:  # it was refused because somebody else had used it, and stored
                self._use(stored)
                return
            if left is not None and error.told is _TOLD_LOST:
                raise AuthLost(error.detail, told=_told_cut(left.at), code=error.code) from error
            raise
        grant.newest = {
            "access_token": str(body["access_token"]),
            "refresh_token": str(body["refresh_token"]),
            "expires_at": ends_at(body.get("expires_in"), self.now()),
            "refresh_issued_at": self.now().isoformat(),
            "refresh_marker": "",
        }
        grant.replaced.add(_fingerprint(old))
        await self._store(grant)

    async def _store(self, grant: _Grant) -> None:
        """Store the newest pair in place of a dead one: tried until it is there, or somebody else's pair is. When that
        fails for long the error comes out; the pair stays in memory for the next call."""
        pauses = iter(STORE_AGAIN_S)
        secrets: Mapping[str, str] = {**self.account.secrets, **grant.newest}
        while True:
            try:
                await self.save_secrets(secrets)
                break
            except SecretsChanged:
                stored = await self.load_secrets()
                secrets = {**stored, **grant.newest}
                if _fingerprint(stored.get("refresh_token", "")) not in grant.replaced:
                    secrets = stored  # ours, whose commit seemed to fail, or that of a person who reconnected
                    break
            except Exception:
                pause = next(pauses, None)
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        self._use(secrets)

    async def _exchange(self, refresh_token: str) -> Mapping[str, Any]:
        """Ask for a new pair. A lost answer is tried once more with the old token: it can only fail.

        Raises `AuthLost` only for what no later try can help. Whatever else goes wrong at Zalo is `Unreachable`: the
        present token may be good for hours.
        """
        form = {
            "refresh_token": refresh_token,
            "app_id": self.account.settings.get("app_id", ""),
            "grant_type": "refresh_token",
        }
        began, lost = self.now(), False
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
            except Unclear:
                lost = True
                continue
            except Unreachable:
                if attempt == 1:  # certainly not sent: nothing is open
                    await self._unmark()
                raise
            body = fields(answer.data)
            if body.get("access_token") and body.get("refresh_token"):
                return body
            refusal = _refusal(answer)
            if refusal is not None:
                if lost and refusal.told is _TOLD_LOST:
                    refusal.told = _told_cut(began)
                if not lost and isinstance(refusal, Unreachable):
                    await self._unmark()
                raise refusal
            lost = True
        raise unreachable("refresh: no readable answer", retry_after_s=AGAIN_S)

    async def _unmark(self) -> None:
        secrets = {**self.account.secrets, "refresh_marker": ""}
        try:
            await self.save_secrets(secrets)
        except SecretsChanged:
            secrets = dict(await self.load_secrets())
        self._use(secrets)

    def _use(self, secrets: Mapping[str, str]) -> None:
        self.account = replace(self.account, secrets=dict(secrets))

    def _grant(self) -> _Grant:
        shared = _grants.setdefault(asyncio.get_running_loop(), {})
        return shared.setdefault(f"{self.account.settings.get('app_id')}:{self.account.remote_id}", _Grant())


def _refusal(answer: Answer) -> ChannelError | None:
    """Return what an answer without a pair means. None: nobody knows whether one was given, as after an error of
    Zalo's servers or a page in place of JSON. Pure."""
    body = fields(answer.data)
    if answer.status == TOO_MANY:
        return unreachable("refresh: too many calls", code=str(TOO_MANY), retry_after_s=AGAIN_S)
    if answer.status >= 500 or "error" not in body:
        return None
    code, name = str(body["error"]), str(body.get("error_name", ""))
    if number(code) == _GRANT_OVER or _GRANT_OVER_NAME in name.lower():
        return AuthLost(f"refresh: {name}", told=_TOLD_LOST, code=code)
    if number(code) == _APP_OFF:
        return AuthLost(f"refresh: {name}", told=_TOLD_APP_OFF, code=code)
    what = " ".join(filter(None, (code, name)))
    told = Told(
        vi=f"Zalo chưa gia hạn quyền truy cập (lỗi {what}); hệ thống tự thử lại.",
        en=f"Zalo did not renew the access yet (error {what}); Loa tries again by itself.",
    )
    return Unreachable(f"refresh: {name}", told=told, code=code, retry_after_s=AGAIN_S)


def ends_at(expires_in: object, now: datetime) -> str:
    """When a token ends, as it is stored; empty where the answer says nothing that can be believed."""
    lives_s = number(expires_in) or 0
    return (now + timedelta(seconds=lives_s)).isoformat() if 0 < lives_s <= LONGEST_LIFE_S else ""


def moment(text: str) -> datetime | None:
    """A stored time; None when there is none that can be read."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _ends_within(span: timedelta, secrets: Mapping[str, str], now: Clock) -> bool:
    """True for a token that ends so soon and can be renewed."""
    expires = moment(secrets.get("expires_at", ""))
    return expires is not None and expires - now() <= span and bool(secrets.get("refresh_token"))


def _told_cut(began: datetime) -> Told:
    at = began.astimezone(HANOI)
    return Told(
        vi=f"Lần gia hạn quyền Zalo lúc {at:%H:%M %d/%m} bị đứt sau khi Zalo cấp cặp mã mới và trước khi lưu được "
        "(Loa bị ngắt hoặc mất câu trả lời): mã cũ đã hết tác dụng, mã mới không còn. Quản trị OA cần cấp quyền lại, "
        "rồi kết nối lại bằng `loa account connect`.",
        en=f"The renewal begun on {at:%d %b at %H:%M} was cut off after Zalo gave a new pair of tokens and before it "
        "was stored (Loa was killed, or the answer was lost): the old token is used up, the new one is gone. An OA "
        "administrator must grant the access again, then connect with `loa account connect`.",
    )


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:12]
