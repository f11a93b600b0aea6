"""The one door to the network for aiohttp adapters, and the switch that closes it for everyone.

An answer is judged in one place: what certainly had no effect is `Unreachable`, what may have had one is
`Unclear` (writes) and every address or token in a message is redacted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from channels.errors import Throttled, Told, Unclear, Unreachable
from channels.reading import unpacked

_TOLD_UNREACHABLE = Told(
    vi="Không kết nối được tới nền tảng; hệ thống sẽ tự thử lại.",
    en="The platform cannot be reached; Loa will try again by itself.",
)
_TOLD_UNCLEAR = Told(
    vi="Không rõ nền tảng đã nhận hay chưa; hệ thống sẽ kiểm tra lại trước khi làm gì khác.",
    en="It is not clear whether the platform took it; Loa looks before it does anything else.",
)
_TOLD_TOO_MANY = Told(
    vi="Nền tảng báo gọi quá nhiều; hệ thống tự chờ rồi gửi tiếp.",
    en="The platform says that there are too many calls; Loa waits and goes on by itself.",
)

T = TypeVar("T")

TOO_MANY, TOO_MANY_WAIT_S = 429, 60.0
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """A platform's answer: HTTP status, lower-cased headers, and the body's JSON (None when it is not JSON)."""

    status: int
    headers: Mapping[str, str]
    data: Any
    text: str


class Door:
    """Owns one aiohttp session. `async with Door() as door`, or `close()` at the end."""

    def __init__(self, *, connect_s: float = 10.0) -> None:
        self._connect_s = connect_s
        self._session: aiohttp.ClientSession | None = None
        self._unbroken: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Door:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for what must not be broken off and close the session; the door opens again at the next call."""
        if self._unbroken:
            await asyncio.wait(self._unbroken)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end also when the caller is cancelled: what is asked for here can be had only once."""
        task = asyncio.create_task(work)
        self._unbroken.add(task)
        task.add_done_callback(self._seen_through)
        return await asyncio.shield(task)

    def _seen_through(self, task: asyncio.Task[Any]) -> None:
        self._unbroken.discard(task)
        if not task.cancelled():
            task.exception()  # looked at here, since a caller that was cancelled no longer does

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False, connector=aiohttp.TCPConnector(limit=200))
        return self._session

    async def call(
        self,
        method: str,
        url: str,
        *,
        writes: bool,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json_body: object | None = None,
        data: Any = None,
    ) -> Answer:
        """Send one request and read its answer (at most 8 MiB).

        Raises `Unreachable` when the request certainly had no effect (or was a read), `Unclear` when a write's
        fate is unknown. Redirects are not followed: a token must not travel to another host.
        """
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(self._connect_s, timeout_s))
        try:
            async with self._open().request(
                method,
                url,
                headers=headers,
                params=params,
                json=json_body,
                data=data,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                raw = await response.content.read(MOST_BYTES + 1)
                while len(raw) <= MOST_BYTES and not response.content.at_eof():
                    raw += await response.content.read(MOST_BYTES + 1 - len(raw))
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError) as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError) or not writes:
                raise Unreachable(f"{method}: {type(error).__name__}", told=_TOLD_UNREACHABLE) from error
            raise Unclear(f"{method}: {type(error).__name__}", told=_TOLD_UNCLEAR) from error
        except ValueError as error:  # a word of an earlier answer that can stand in no header: nothing was sent
            raise Unreachable(f"{method}: {type(error).__name__}", told=_TOLD_UNREACHABLE) from error
        except (TimeoutError, asyncio.IncompleteReadError, aiohttp.ClientError, OSError) as error:
            if writes:
                raise Unclear(f"{method}: {type(error).__name__}", told=_TOLD_UNCLEAR) from error
            raise Unreachable(f"{method}: {type(error).__name__}", told=_TOLD_UNREACHABLE) from error
        text = raw[:MOST_BYTES].decode("utf-8", "replace")
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, _parse(text), text)


def _parse(text: str) -> Any:
    try:
        return unpacked(text)
    except ValueError:
        return None


def unclear(detail: str, code: str = "") -> Unclear:
    """Return the `Unclear` for a write whose answer cannot be understood."""
    return Unclear(detail, told=_TOLD_UNCLEAR, code=code)


def too_many(detail: str, headers: Mapping[str, str]) -> Throttled:
    """Return the `Throttled` for a plain HTTP 429, which says by its nature that nothing was done. `headers` have
    lower-cased names; Retry-After says how long to wait, else it is a minute."""
    wait_s = _retry_after_s(headers)
    if wait_s is None:
        wait_s = TOO_MANY_WAIT_S
    return Throttled(detail, told=_TOLD_TOO_MANY, code=str(TOO_MANY), retry_after_s=wait_s)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a date that the answer's own date makes seconds of; None for neither."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        until, now = (parsedate_to_datetime(text) for text in (told, headers.get("date", "")))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None


def unreachable(detail: str, code: str = "", retry_after_s: float | None = None) -> Unreachable:
    """Return the `Unreachable` for something that certainly had no effect."""
    return Unreachable(detail, told=_TOLD_UNREACHABLE, code=code, retry_after_s=retry_after_s)


def bytes_address(url: str, ours: str, real: str, domain: str) -> str:
    """Return where a file's bytes go, by the address that a platform gave for them: that one, but in an installation
    with a stand-in (`ours` is not `real`) never the platform's own `domain`. Raises `Unreachable` for a host that is
    neither: the token goes with the bytes."""
    try:
        told = urlsplit(url)
        host = told.hostname or ""
    except ValueError:
        raise unreachable("an upload address that is none") from None
    if told.scheme == "https" and f".{host}".endswith(f".{domain}"):
        return url if ours == real else f"{ours}{told.path}{f'?{told.query}' if told.query else ''}"
    if ours != real and host in (urlsplit(ours).hostname, "127.0.0.1", "localhost"):
        return url
    raise unreachable("an upload address on a foreign host")
