"""A plain client of Facebook's stand-in: one Page, one person, and the small files that they send."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sandbox.facebook import FacebookSandbox
from tests.conftest import FakeClock

JPEG = b"\xff\xd8\xff" + b"\0" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 4000
BACK = "https://loa.example/back?from=loa"


class Client:
    """A plain client of one Page."""

    def __init__(self, http: aiohttp.ClientSession, platform: FacebookSandbox, clock: FakeClock) -> None:
        self.http, self.platform, self.clock = http, platform, clock
        self.account = next(iter(platform.accounts.values()))
        self.id, self.token = self.account.remote_id, next(iter(self.account.tokens))
        self.answer: tuple[int, Any, dict[str, str]] = (0, None, {})

    async def call(self, method: str, url: str, **more: Any) -> Any:
        url = url if url.startswith("http") else self.platform.url + url
        async with self.http.request(method, url, allow_redirects=False, **more) as answer:
            body: Any = await answer.read()
            if not answer.content_type.startswith("image/"):
                body = await answer.json() if answer.content_type == "application/json" else await answer.text()
            self.answer = (answer.status, body, dict(answer.headers))
        return body

    async def get(self, path: str, **words: str) -> Any:
        return await self.call("GET", f"/v26.0/{path}", params={"access_token": self.token, **words})

    async def delete(self, path: str, **words: str) -> Any:
        return await self.call("DELETE", f"/v26.0/{path}", params={"access_token": self.token, **words})

    async def post(
        self, path: str, files: dict[str, bytes] | None = None, names: dict[str, str] | None = None, **words: str
    ) -> Any:
        form = aiohttp.FormData({"access_token": self.token, **words})
        for name, data in (files or {}).items():
            form.add_field(name, BytesIO(data), filename=(names or {}).get(name, "file.bin"))
        return await self.call("POST", f"/v26.0/{path}", data=form)

    async def feed(self, message: str = "Chào bà con", **words: str) -> str:
        """A post of the Page; its id."""
        return str((await self.post(f"{self.id}/feed", message=message, **words)).get("id", ""))

    async def photo(self, data: bytes = JPEG, **words: str) -> Any:
        return await self.post(f"{self.id}/photos", {"source": data}, **words)

    async def video(self, data: bytes = FILM, **words: str) -> Any:
        return await self.post(f"{self.id}/videos", {"source": data}, **words)

    async def phase(self, phase: str, files: dict[str, bytes] | None = None, **words: str) -> Any:
        return await self.post(f"{self.id}/videos", files, upload_phase=phase, **words)

    async def reel_start(self) -> tuple[str, str]:
        """A reel without bytes yet: its id and where the bytes go."""
        begun = await self.post(f"{self.id}/video_reels", upload_phase="start")
        return str(begun["video_id"]), str(begun["upload_url"])

    async def bytes(self, url: str, data: bytes = FILM, **headers: str) -> Any:
        told = {"Authorization": f"OAuth {self.token}", "offset": "0", "file_size": str(len(data)), **headers}
        return await self.call("POST", url, data=data, headers={k: v for k, v in told.items() if v})

    async def reel_end(self, video: str, state: str = "PUBLISHED", **words: str) -> Any:
        words = {"upload_phase": "finish", "video_id": video, "video_state": state, **words}
        return await self.post(f"{self.id}/video_reels", **words)

    async def reel(self, state: str = "PUBLISHED", **words: str) -> str:
        """A reel that went through all three steps; its id."""
        video, url = await self.reel_start()
        await self.bytes(url)
        await self.reel_end(video, state, **words)
        return video

    async def comment(self, post: str, message: str = "Cảm ơn", **words: str) -> str:
        return str((await self.post(f"{post}/comments", message=message, **words)).get("id", ""))

    async def log_in(self, *, long: bool = True) -> str:
        """Let the person agree; a user token, and from now on the client's."""
        logins = self.platform.logins
        app = {"client_id": logins.app_id, "redirect_uri": BACK}
        await self.call("GET", "/v26.0/dialog/oauth", params=app)
        code = self.answer[2]["Location"].rpartition("code=")[2]
        secret = {**app, "client_secret": logins.app_secret}
        self.token = (await self.call("GET", "/v26.0/oauth/access_token", params={**secret, "code": code}))[
            "access_token"
        ]
        if long:
            words = {**secret, "grant_type": "fb_exchange_token", "fb_exchange_token": self.token}
            self.token = (await self.call("GET", "/oauth/access_token", params=words))["access_token"]
        return self.token

    def ahead(self, **span: float) -> str:
        """A time from now, in Unix seconds."""
        return str(int((self.clock() + timedelta(**span)).timestamp()))

    async def rows(self, edge: str, **words: str) -> list[dict[str, Any]]:
        """What a list of the Page holds."""
        found: list[dict[str, Any]] = (await self.get(f"{self.id}/{edge}", **words))["data"]
        return found

    async def ids(self, edge: str, **words: str) -> list[str]:
        return [row["id"] for row in await self.rows(edge, **words)]


def files_server() -> TestServer:
    """A web server of this machine with a picture and a clip."""

    async def give(request: web.Request) -> web.Response:
        return web.Response(body={"a.png": PNG, "a.mp4": FILM}[request.match_info["name"]])

    app = web.Application()
    app.add_routes([web.get("/{name}", give)])
    return TestServer(app, host="127.0.0.1")
