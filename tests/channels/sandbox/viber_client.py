"""A plain client of Viber's stand-in, and a small web server of the office: its webhook and its files."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
from typing import Any

import aiohttp
import av
from aiohttp import web
from PIL import Image

from channels.sandbox.core import Account
from channels.sandbox.viber import User, ViberSandbox


class Office:
    """Serves `files` by path, takes callbacks at /hook (`heard`: one came), and answers them as told."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.calls: list[tuple[dict[str, Any], str, bytes]] = []
        self.status, self.answer, self.url = 200, "", ""
        self.last: dict[str, Any] = {}
        self.heard = asyncio.Event()
        app = web.Application()
        app.add_routes([web.post("/hook", self._hook), web.get("/{path:.+}", self._file)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _hook(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.calls.append((json.loads(raw), request.headers.get("X-Viber-Content-Signature", ""), raw))
        if self.events:
            self.heard.set()
        elsewhere = {"Location": "/moved"} if self.status == 302 else {}
        return web.Response(status=self.status, text=self.answer, headers=elsewhere)

    async def _file(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["path"])
        return web.Response(body=data) if data is not None else web.Response(status=404)

    def put(self, path: str, data: bytes) -> str:
        """Serve a file and return its address."""
        self.files[path] = data
        return f"{self.url}/{path}"

    @property
    def hook(self) -> str:
        return f"{self.url}/hook"

    @property
    def events(self) -> list[dict[str, Any]]:
        """The callbacks, without the knock of set_webhook."""
        return [event for event, _, _ in self.calls if event["event"] != "webhook"]

    def signed_with(self, token: str) -> bool:
        """True when every call carried the signature of its bytes."""
        return all(s == hmac.new(token.encode(), raw, hashlib.sha256).hexdigest() for _, s, raw in self.calls)


class Client:
    """Calls methods for one account; the office keeps the last JSON."""

    def __init__(self, http: aiohttp.ClientSession, platform: ViberSandbox, account: Account, office: Office) -> None:
        self.http, self.platform, self.account, self.office = http, platform, account, office

    @property
    def token(self) -> str:
        return next(iter(self.account.tokens))

    async def call(self, method: str, token: str | None = None, **body: Any) -> dict[str, Any]:
        headers = {"X-Viber-Auth-Token": self.token if token is None else token}
        return await self.raw(method, headers=headers if token != "" else {}, json=body)

    async def raw(self, method: str, verb: str = "POST", **request: Any) -> dict[str, Any]:
        async with self.http.request(verb, f"{self.platform.url}/pa/{method}", **request) as answer:
            assert answer.status == 200
            self.office.last = await answer.json()
            return self.office.last

    async def post(self, **body: Any) -> dict[str, Any]:
        """A text on the channel, with other fields; None takes one out."""
        return await self._sent("post", {"from": self.account.extra.get("superadmin"), **_TEXT, **body})

    async def send(self, to: User | None = None, **body: Any) -> dict[str, Any]:
        """A text to a citizen."""
        receiver = {"receiver": to.user_id} if to else {}
        return await self._sent("send_message", {**receiver, "sender": {"name": "UBND Phường"}, **_TEXT, **body})

    async def broadcast(self, *to: str, **body: Any) -> dict[str, Any]:
        """A text to many."""
        wanted = {"broadcast_list": list(to), "sender": {"name": "UBND Phường"}, **_TEXT, **body}
        return await self._sent("broadcast_message", wanted)

    async def _sent(self, method: str, wanted: dict[str, Any]) -> dict[str, Any]:
        return await self.call(method, **{k: v for k, v in wanted.items() if v is not None})

    def user(self, name: str = "Lan", **state: Any) -> User:
        """A citizen of the bot, subscribed unless said otherwise."""
        return self.platform.add_user(self.account.remote_id, name, **{"subscribed": True, **state})


_TEXT = {"type": "text", "text": "Thông báo"}


def image(form: str = "JPEG", size: tuple[int, int] = (60, 40), frames: int = 1, pad: int = 0) -> bytes:
    """A picture of a format; `pad` bytes follow it, which no reader minds."""
    buffer, first = io.BytesIO(), Image.new("RGB", size)
    rest = [Image.new("RGB", size, (40 * n, 0, 0)) for n in range(1, frames)]
    first.save(buffer, form, **({"save_all": True, "append_images": rest} if rest else {}))
    return buffer.getvalue() + b"\0" * pad


def film(seconds: int = 1, codec: str = "libx264", form: str = "mp4") -> bytes:
    """A film of so many seconds, one frame each."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as box:
        stream: Any = box.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(seconds):
            box.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (64, 48)))))
        box.mux(stream.encode())
    return buffer.getvalue()
