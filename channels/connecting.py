"""How an account is connected: what has to be asked, where a person agrees, what the platform gives for it.

Two ways: a consent (the person agrees on the platform's own page and comes back with a code), or a token that the
platform's own pages show and that is pasted. Either ends in accounts to choose among, each with its own tokens.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from channels.base import AccountRef, Clock, Endpoints
from channels.errors import ChannelError, Told, Unclear
from channels.http import Answer, Door, unreachable

EXCHANGE_S: Final = 30.0


class NotConnected(ChannelError):
    """No account came out of it; `told` says why and what to do."""


@dataclass(frozen=True)
class Ask:
    """A word that the person enters. `secret` ones are hidden while they are typed and never shown again."""

    name: str
    label: Told
    secret: bool = True
    optional: bool = False
    hint: Told | None = None


@dataclass(frozen=True)
class Consent:
    """One consent from its beginning to its end. `state` comes back with the answer and belongs to whoever began it;
    only the holder of `verifier` can use the code that comes (PKCE)."""

    redirect_uri: str
    state: str
    verifier: str = field(repr=False)

    @classmethod
    def new(cls, redirect_uri: str, verifier: str = "") -> Consent:
        """Begin one. 32 random bytes each: 43 characters, as PKCE wants them."""
        return cls(redirect_uri, secrets.token_urlsafe(32), verifier or secrets.token_urlsafe(32))

    @property
    def challenge(self) -> str:
        """The SHA-256 of the verifier, base64url without padding."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Found:
    """An account that may be connected now. `unfit`: why it would be of no use as it is."""

    remote_id: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    unfit: Told | None = None


class Connector(ABC):
    """How accounts of one kind are connected. `asks` are asked for once; `steps` say what to do on the platform."""

    kind: ClassVar[str]
    label: ClassVar[str]
    asks: ClassVar[tuple[Ask, ...]]
    steps: ClassVar[tuple[Told, ...]] = ()

    def __init__(self, *, door: Door, endpoints: Endpoints, now: Clock) -> None:
        self.door, self.endpoints, self.now = door, endpoints, now

    async def subscribe(self, account: AccountRef, address: str) -> None:
        """Let the platform call this address for an account from now on, and see that it means to. Nothing is done
        where a person enters the address on the platform's pages. Raises a `ChannelError`."""
        return


class ByToken(Connector):
    """A token is pasted."""

    @abstractmethod
    async def look(self, words: Mapping[str, str]) -> Sequence[Found]:
        """Ask whose token it is. Raises a `ChannelError`."""


class ByConsent(Connector):
    """A person agrees on the platform's page. `loopback`: it may send the browser back to this machine."""

    loopback: ClassVar[bool] = True
    denied: ClassVar[frozenset[str]] = frozenset({"access_denied"})
    """What the platform's `error` is when the person said no."""

    @abstractmethod
    def address(self, words: Mapping[str, str], consent: Consent) -> str:
        """Return where the person agrees. Pure."""

    @abstractmethod
    async def redeem(self, words: Mapping[str, str], consent: Consent, answer: Mapping[str, str]) -> Sequence[Found]:
        """Exchange the code in the answer. A code works once. Raises a `ChannelError`."""

    async def exchange(self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """POST a code for its tokens. A cut is no more than unreachable: the code may be used up, and another consent
        does no harm."""
        try:
            return await self.door.call("POST", url, writes=True, timeout_s=EXCHANGE_S, headers=headers, data=form)
        except Unclear as error:
            raise unreachable(error.detail) from error

    def code_of(self, answer: Mapping[str, str]) -> str:
        """Return the code that came back. Raises `NotConnected` when the person refused or none came."""
        error = answer.get("error", "")
        if error in self.denied or answer.get("error_reason") == "user_denied":
            raise NotConnected("denied", told=self._denied(), code=error)
        if error or not answer.get("code"):
            raise NotConnected(f"no code: {error}", told=self._no_code(error), code=error)
        return answer["code"]

    def _denied(self) -> Told:
        return Told(
            vi=f"Người đăng nhập đã từ chối trên trang của {self.label}: bắt đầu lại và bấm đồng ý với mọi quyền được "
            "hỏi.",
            en=f"The person said no on {self.label}'s page: begin again and agree to every right that is asked for.",
        )

    def _no_code(self, error: str) -> Told:
        what = f" ({error[:80]})" if error else ""
        return Told(
            vi=f"{self.label} không trả về mã đồng ý{what}: xem lại mã ứng dụng và địa chỉ trả về đã đăng ký, rồi bắt "
            "đầu lại.",
            en=f"{self.label} gave no code{what}: check the app's id and the registered return address, then begin "
            "again.",
        )

    def code_refused(self, detail: str, code: str = "") -> NotConnected:
        """Return the error for a code that the platform does not take."""
        told = Told(
            vi=f"{self.label} không nhận mã đồng ý (đã dùng, hết hạn, hoặc khóa ứng dụng hay địa chỉ trả về không "
            "khớp): bắt đầu lại và làm liền một mạch.",
            en=f"{self.label} does not take the code (used, too old, or the app's secret or return address is another):"
            " begin again and go through without a pause.",
        )
        return NotConnected(detail, told=told, code=code)


def with_query(base: str, **words: str) -> str:
    """Return an address with its query; empty words are left out."""
    return f"{base}?{urlencode({name: word for name, word in words.items() if word})}"


def answer_in(pasted: str) -> dict[str, str]:
    """Read the answer out of an address that was pasted whole; {} when there is none in it. Pure."""
    try:
        parts = urlsplit(pasted.strip())
        return dict(parse_qsl(parts.query)) | dict(parse_qsl(parts.fragment.strip("_=")))
    except ValueError:
        return {}
