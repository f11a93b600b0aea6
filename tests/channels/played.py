"""A network that lies in memory: whoever calls gets the next of some answers, given as the bytes on the wire.

All three client libraries work as they always do, down to their HTTP parsers; only their sockets are these. It is many
times faster than a server on loopback, and an answer may be anything, also what no server would say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
import httplib2
import pytest
import urllib3.connection
from aiohttp.client_proto import ResponseHandler

from channels.http import Door

URL = "http://127.0.0.1:9"


class Endless(BaseException):
    """One piece of work asked again and again. No `Exception`, so that nobody takes it for a failed call."""


def wire(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """An answer as it should be written."""
    told = {**headers, "Content-Length": str(len(body)), "Connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body


@dataclass
class Player:
    """Plays its answers in turn, round and round; `most` calls are taken of one piece of work. `given`: so many in
    all."""

    answers: list[bytes] = field(default_factory=list)
    most: int = 60
    calls: int = 0
    given: int = 0
    _turn: int = 0

    def play(self, answers: list[bytes]) -> None:
        """From now on these, from the first one on."""
        self.answers, self._turn = answers, 0

    def begin(self) -> None:
        """Another piece of work."""
        self.calls = 0

    def next(self) -> bytes:
        """The next answer."""
        self.calls += 1
        if self.calls > self.most:
            raise Endless(f"{self.calls} calls")
        self._turn += 1
        self.given += 1
        return self.answers[(self._turn - 1) % len(self.answers)]

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand behind facebook-sdk's and Google's client; `PlayedDoor` is for the others."""

        def connect(connection: Any) -> None:
            connection.sock = _Socket(self.next())

        monkeypatch.setattr(urllib3.connection.HTTPConnection, "_new_conn", lambda _: _Socket(self.next()))
        monkeypatch.setattr(httplib2.HTTPConnectionWithTimeout, "connect", connect)


class _Socket:
    """What `http.client` needs of one."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, *_: Any, **__: Any) -> BytesIO:
        return BytesIO(self._answer)

    def sendall(self, *_: Any) -> None: ...
    def settimeout(self, _: float | None) -> None: ...
    def close(self) -> None: ...
    def shutdown(self, _: int) -> None: ...


class PlayedDoor(Door):
    """The door, whose connections lead to a player."""

    def __init__(self, player: Player) -> None:
        super().__init__()
        self._player = player

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False, connector=_Connector(self._player))
        return self._session


class _Connector(aiohttp.BaseConnector):
    def __init__(self, player: Player) -> None:
        super().__init__(force_close=True)
        self._player = player

    async def _create_connection(self, *_: Any, **__: Any) -> ResponseHandler:
        loop = asyncio.get_running_loop()
        protocol = ResponseHandler(loop)
        protocol.connection_made(_Transport(loop, protocol, self._player.next()))
        return protocol


class _Transport(asyncio.Transport):
    """Answers as soon as something was written, and hangs up once the request is likely to be out."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: ResponseHandler, answer: bytes) -> None:
        super().__init__()
        self._loop, self._protocol, self._answer = loop, protocol, answer
        self._closing = self._asked = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._asked:
            self._asked = True
            self._loop.call_soon(self._protocol.data_received, self._answer)
            self._loop.call_later(0.003, self._hang_up)

    def _hang_up(self) -> None:
        if not self._closing:
            self.close()

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._closing
