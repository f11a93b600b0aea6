"""Every documented refusal of Zalo, asked for with a plain HTTP client. HTTP is 200 always; `error` decides."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sandbox.world import Sandbox
from channels.sandbox.zalo import ZaloSandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.conftest import FakeClock

JPEG = b"\xff\xd8\xff" + b"\0" * 100


class Oa:
    """A plain client of one OA."""

    def __init__(self, http: aiohttp.ClientSession, platform: ZaloSandbox, clock: FakeClock, cover: str) -> None:
        self.http, self.platform, self.clock, self.cover = http, platform, clock, cover
        self.account = next(iter(platform.accounts.values()))
        self.token = str(self.account.extra["access"])
        self.answer: dict[str, Any] = {}

    async def post(self, path: str, body: Any, token: str | None = None) -> dict[str, Any]:
        headers = {"access_token": self.token if token is None else token}
        async with self.http.post(self.platform.url + path, json=body, headers=headers) as answer:
            assert answer.status == 200
            self.answer = await answer.json()
        return self.answer

    async def get(self, path: str, **words: str) -> dict[str, Any]:
        headers = {"access_token": self.token}
        async with self.http.get(self.platform.url + path, params=words, headers=headers) as answer:
            assert answer.status == 200
            self.answer = await answer.json()
        return self.answer

    async def grant(self, **words: str) -> None:
        extra = self.account.extra
        form = {"grant_type": "refresh_token", "app_id": extra["app_id"], "refresh_token": extra["refresh"], **words}
        secret = form.pop("secret", extra["secret"])
        url = f"{self.platform.url}/v4/oa/access_token"
        async with self.http.post(url, data=form, headers={"secret_key": secret}) as answer:
            self.answer = await answer.json()

    def article(self, **words: Any) -> dict[str, Any]:
        cover = {"cover_type": "photo", "photo_url": self.cover, "status": "show"}
        body = [{"type": "text", "content": "<p>Nội dung</p>"}]
        made = {"type": "normal", "title": "Lịch", "author": "UBND", "cover": cover, "description": "Mô tả",
                "body": body, "status": "show", "comment": "show"}  # fmt: skip
        return {k: v for k, v in {**made, **words}.items() if v is not None}

    async def create(self, **words: Any) -> dict[str, Any]:
        return await self.post("/v2.0/article/create", self.article(**words))

    async def verify(self, **words: Any) -> dict[str, Any]:
        token = (await self.create(**words))["data"]["token"]
        self.clock.forward(seconds=5)
        return await self.post("/v2.0/article/verify", {"token": token})


@pytest.fixture
async def oa(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> Any:
    """An OA, and a web server with a good cover."""

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=JPEG, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/a.jpg", picture)
    async with TestServer(app) as server:
        yield Oa(http, sandbox.zalo, clock, str(server.make_url("/a.jpg")))


async def arranged(oa: Oa, rule: str) -> None:
    oa.platform.arrange(oa.account.remote_id, rule)
    await oa.create()


async def expired(oa: Oa) -> None:
    oa.clock.forward(hours=26)
    await oa.get("/v2.0/oa/getoa")


async def processing(oa: Oa) -> None:
    token = (await oa.create())["data"]["token"]
    await oa.post("/v2.0/article/verify", {"token": token})


async def too_late(oa: Oa) -> None:
    heard = oa.platform.add_message(oa.account.remote_id, "Lan", "Đường ngập", oa.clock())
    oa.platform._expiry[oa.token] += timedelta(days=30)
    oa.clock.forward(days=8)
    await oa.post("/v3.0/oa/message/cs", {"recipient": {"user_id": heard.author_id}, "message": {"text": "x"}})


CASES: dict[str, Callable[[Oa], Awaitable[Any]]] = {
    "token": lambda o: o.post("/v2.0/article/create", {}, token="nobody"),
    "expired": expired,
    "refresh": lambda o: o.grant(refresh_token="old"),
    "app": lambda o: o.grant(app_id="other"),
    "secret": lambda o: o.grant(secret="wrong"),
    "parameter": lambda o: o.create(title="x" * 150),
    "cover": lambda o: o.create(cover=None),
    "cover_status": lambda o: o.create(cover={"cover_type": "photo", "photo_url": "https://x.example/a.jpg"}),
    "media": lambda o: o.verify(cover={"cover_type": "photo", "photo_url": "http://x.example/a.jpg", "status": "show"}),
    "processing": processing,
    "limit": lambda o: o.get("/v2.0/oa/listrecentchat", data=json.dumps({"offset": 0, "count": 11})),
    "slice": lambda o: o.get("/v2.0/article/getslice", offset="0", limit="11"),
    "path": lambda o: o.get("/v3.0/article/create"),
    "follow": lambda o: o.post("/v3.0/oa/message/cs", {"recipient": {"user_id": "1"}, "message": {"text": "x"}}),
    "window": too_late,
    "v2_closed": lambda o: o.post("/v2.0/oa/message", {}),
}


@pytest.mark.parametrize("key", sorted(ZaloSandbox.rules))
async def test_refusals_have_zalos_shape(key: str, oa: Oa) -> None:
    rule = ZaloSandbox.rules[key]
    await (arranged(oa, key) if rule.arranged else CASES[key](oa))
    assert oa.answer["error"] == rule.code, oa.answer
    assert "access_token" not in oa.answer
    assert_refused_by(oa.platform, key)
    assert rule.cites.startswith("zalo.md ")


async def test_a_refresh_token_works_once(oa: Oa) -> None:
    old = oa.account.extra["refresh"]
    await oa.grant()
    assert oa.answer["expires_in"] == "90000"
    await oa.grant(refresh_token=old)
    assert oa.answer["error"] == -14014


async def test_an_article_is_there_once_it_was_verified(oa: Oa) -> None:
    article = (await oa.verify())["data"]["id"]
    rows = (await oa.get("/v2.0/article/getslice", offset="0", limit="10", type="normal"))["data"]["medias"]
    assert [(r["id"], r["title"]) for r in rows] == [(article, "Lịch")]
    assert oa.platform.items[article].picture == JPEG
