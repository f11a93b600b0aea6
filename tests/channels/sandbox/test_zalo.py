"""Every documented refusal of Zalo, asked for with a plain HTTP client. HTTP is 200 always; `error` decides."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sandbox.world import Sandbox
from channels.sandbox.zalo import ZaloSandbox
from channels.sandbox.zalo.base import APP_CALLS
from channels.sandbox.zalo.messages import Group, Template
from channels.sandbox.zalo.rules import LOGIN_KEYS
from channels.sandbox.zalo.uploads import MONTH_UPLOADS
from tests.channels.sandbox.conftest import assert_refused_by
from tests.conftest import FakeClock

JPEG = b"\xff\xd8\xff" + b"\0" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
GIF = b"GIF89a" + b"\0" * 100
FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 100
BIG = JPEG + b"\0" * 1024 * 1024
CS, OLD = "/v3.0/oa/message/cs", "/v2.0/oa/message"
CALLBACK = "http://127.0.0.1:9/back"


class Oa:
    """A plain client of one OA, and what a citizen of it does."""

    def __init__(self, http: aiohttp.ClientSession, platform: ZaloSandbox, clock: FakeClock, files: str) -> None:
        self.http, self.platform, self.clock, self.files = http, platform, clock, files
        self.account = next(iter(platform.accounts.values()))
        self.id, self.extra = self.account.remote_id, self.account.extra
        self.token = str(self.extra["access"])
        self.answer: dict[str, Any] = {}
        self.headers: dict[str, str] = {}

    async def call(self, method: str, path: str, token: str | None = None, **words: Any) -> dict[str, Any]:
        headers = {"access_token": self.token if token is None else token, **words.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value}
        async with self.http.request(method, self.platform.url + path, headers=headers, **words) as answer:
            assert answer.status == 200
            self.answer, self.headers = await answer.json(), dict(answer.headers)
        return self.answer

    async def post(self, path: str, body: Any, **words: Any) -> dict[str, Any]:
        return await self.call("POST", path, json=body, **words)

    async def get(self, path: str, **words: str) -> dict[str, Any]:
        return await self.call("GET", path, params=words)

    async def ask(self, path: str, **words: Any) -> Any:
        """A GET whose words go in `data`; return what came back in `data`."""
        return (await self.get(path, data=json.dumps(words))).get("data")

    # -- login

    async def permit(self, **words: str) -> str:
        """The consent; return the code that the callback is given, "" when refused."""
        asked = {"app_id": self.extra["app_id"], "redirect_uri": CALLBACK, **words}
        url = f"{self.platform.url}/v4/oa/permission"
        async with self.http.get(url, params=asked, allow_redirects=False) as answer:
            if answer.status == 302:
                back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
                self.answer = back
                return back["code"]
            self.answer = await answer.json()
            return ""

    async def exchange(self, **words: str) -> dict[str, Any]:
        form = {"app_id": self.extra["app_id"], **words}
        secret = form.pop("secret", self.extra["secret"])
        url = f"{self.platform.url}/v4/oa/access_token"
        async with self.http.post(url, data=form, headers={"secret_key": secret}) as answer:
            assert answer.status == 200
            self.answer = await answer.json()
        if "access_token" in self.answer:
            self.token = self.answer["access_token"]
        return self.answer

    async def grant(self, **words: str) -> dict[str, Any]:
        return await self.exchange(**{"grant_type": "refresh_token", "refresh_token": self.extra["refresh"], **words})

    async def redeem(self, code: str, **words: str) -> dict[str, Any]:
        return await self.exchange(grant_type="authorization_code", code=code, **words)

    # -- articles

    def article(self, **words: Any) -> dict[str, Any]:
        cover = {"cover_type": "photo", "photo_url": f"{self.files}/a.jpg", "status": "show"}
        body = [{"type": "text", "content": "<p>Nội dung</p>"}]
        made = {"type": "normal", "title": "Lịch", "author": "UBND", "cover": cover, "description": "Mô tả",
                "body": body, "status": "show", "comment": "show"}  # fmt: skip
        return {k: v for k, v in {**made, **words}.items() if v is not None}

    async def create(self, **words: Any) -> dict[str, Any]:
        return await self.post("/v2.0/article/create", self.article(**words))

    async def verified(self, token: str) -> str:
        self.clock.forward(seconds=5)
        answer = await self.post("/v2.0/article/verify", {"token": token})
        return str(answer.get("data", {}).get("id", ""))

    async def publish(self, **words: Any) -> str:
        return await self.verified((await self.create(**words))["data"]["token"])

    async def change(self, remote_id: str, **words: Any) -> dict[str, Any]:
        return await self.post("/v2.0/article/update", {**self.article(**words), "id": remote_id})

    async def clip(self, data: bytes = FILM, name: str = "phim.mp4") -> dict[str, Any]:
        """Upload a clip and return how far it is after its conversion."""
        answer = await self.upload("/v2.0/article/upload_video/preparevideo", data, name)
        self.clock.forward(seconds=5)
        return await self.converted(answer["data"]["token"])

    async def converted(self, token: str) -> dict[str, Any]:
        path = "/v2.0/article/upload_video/verify"
        return (await self.call("GET", path, params={"token": token}, headers={"token": token})).get("data", {})

    # -- uploads and messages

    async def upload(self, path: str, data: bytes, name: str, field: str = "file") -> dict[str, Any]:
        form = aiohttp.FormData()
        form.add_field(field, io.BytesIO(data), filename=name)
        return await self.call("POST", path, data=form)

    async def attach(self, kind: str, data: bytes, name: str) -> str:
        """The handle of an uploaded file."""
        found = (await self.upload(f"/v2.0/oa/upload/{kind}", data, name)).get("data", {})
        return str(found.get("attachment_id") or found.get("token") or "")

    def hear(self, author: str = "Lan", text: str = "Đường ngập") -> Any:
        return self.platform.add_message(self.id, author, text, self.clock())

    def follower(self, author: str = "Lan") -> str:
        return self.platform.follow(self.id, author, self.clock()).user_id

    async def say(self, recipient: dict[str, Any], message: Any = None, path: str = CS) -> dict[str, Any]:
        return await self.post(path, {"recipient": recipient, "message": message or {"text": "Đã nhận"}})

    async def broadcast(self, article: str, **target: Any) -> dict[str, Any]:
        return await self.say({"target": target}, media(media_type="article", attachment_id=article), OLD)

    def later(self, **span: float) -> None:
        """Let time pass for everything but the access token."""
        self.clock.forward(**span)
        self.platform.expiry[self.token] = self.clock() + timedelta(hours=1)


def template(kind: str, *elements: Any, **more: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": {"template_type": kind, "elements": elements, **more}}}


def media(**element: Any) -> dict[str, Any]:
    return template("media", element)


def file(token: str) -> dict[str, Any]:
    return {"attachment": {"type": "file", "payload": {"token": token}}}


BILL = template("transaction_billing", {"type": "header", "content": "Phí"}, language="VI")
PROMOTION = template("promotion", {"type": "text", "content": "Mời họp"})


@pytest.fixture
async def oa(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> AsyncIterator[Oa]:
    """An OA, and a web server with good and bad pictures."""
    bodies = {"/a.jpg": JPEG, "/b.png": PNG, "/full.jpg": BIG[: 1024 * 1024], "/big.jpg": BIG, "/page.jpg": b"<html>"}

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/moved.jpg":
            raise web.HTTPFound("/a.jpg")
        return web.Response(body=bodies[request.path]) if request.path in bodies else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.+}", answer)
    async with TestServer(app) as server:
        yield Oa(http, sandbox.zalo, clock, str(server.make_url("")).rstrip("/"))


# -- one way to break each rule -------------------------------------------------------------------------------------


async def arranged(oa: Oa, rule: str) -> None:
    oa.platform.arrange(oa.id, rule)
    await oa.create()


async def expired(oa: Oa) -> None:
    oa.clock.forward(seconds=90_000)
    await oa.get("/v2.0/oa/getoa")


async def state(oa: Oa, what: Callable[[Oa], Awaitable[Any]], **extra: Any) -> None:
    oa.extra.update(extra)
    await what(oa)


async def too_often(oa: Oa) -> None:
    oa.platform.spent["rate_app", f"{oa.extra['app_id']}:oa", f"{oa.clock():%Y-%m-%dT%H:%M}"] = APP_CALLS
    await oa.get("/v2.0/oa/getoa")


async def oa_too_often(oa: Oa) -> None:
    oa.extra["minute_calls"] = 2
    for _ in range(3):
        await oa.get("/v2.0/oa/getoa")


async def wrong_verifier(oa: Oa) -> None:
    await oa.redeem(await oa.permit(code_challenge=challenge("right")), code_verifier="wrong")


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


async def code_twice(oa: Oa) -> None:
    code = await oa.permit()
    await oa.redeem(code)
    await oa.redeem(code)


async def processing(oa: Oa) -> None:
    token = (await oa.create())["data"]["token"]
    await oa.post("/v2.0/article/verify", {"token": token})


async def over_quota(oa: Oa) -> None:
    oa.extra["month_articles"] = 1
    await oa.create()
    await oa.create()


async def no_more_uploads(oa: Oa) -> None:
    oa.platform.spent["upload_quota", oa.id, "2026-11"] = MONTH_UPLOADS
    await oa.attach("image", JPEG, "a.jpg")


async def old_attachment(oa: Oa) -> None:
    handle = await oa.attach("image", JPEG, "a.jpg")
    oa.later(days=7)
    heard = oa.hear()
    await oa.say({"user_id": heard.author_id}, media(media_type="image", attachment_id=handle))


async def too_late(oa: Oa) -> None:
    heard = oa.hear()
    oa.later(days=7, seconds=1)
    await oa.say({"user_id": heard.author_id})


async def after_a_year(oa: Oa) -> None:
    heard = oa.hear()
    oa.later(days=365, seconds=1)
    await oa.say({"user_id": heard.author_id}, BILL, "/v3.0/oa/message/transaction")


async def answer_late(oa: Oa) -> None:
    heard = oa.hear()
    oa.later(hours=48, seconds=1)
    await oa.say({"message_id": heard.remote_id})


async def nine_answers(oa: Oa) -> None:
    heard = oa.hear()
    for _ in range(9):
        await oa.say({"message_id": heard.remote_id})


async def promote(oa: Oa, user: str | None = None) -> None:
    await oa.say({"user_id": user or oa.follower()}, PROMOTION, "/v3.0/oa/message/promotion")


async def at_night(oa: Oa) -> None:
    oa.extra["oa_type"] = 2
    oa.later(hours=14)  # 22:00 in Hanoi
    await promote(oa)


async def promoted_twice(oa: Oa) -> None:
    oa.extra["oa_type"] = 2
    await promote(oa)
    await promote(oa)


async def out_of_promotions(oa: Oa) -> None:
    oa.extra["oa_type"] = 2
    oa.platform.spent["promotion_quota", oa.id, "2026-11-24"] = 88_401 * 5 // 100
    await promote(oa)


async def out_of_broadcasts(oa: Oa) -> None:
    oa.extra["month_broadcasts"], made = 1, await oa.publish()
    for _ in range(2):
        oa.later(days=1)
        await oa.broadcast(made)


async def to_group(oa: Oa, group: str = "g1") -> None:
    oa.platform.groups["g1"] = Group(oa.id, oa.clock())
    await oa.say({"group_id": group}, path="/v3.0/oa/group/message")


async def by_template(oa: Oa, *, uid: bool = True, **extra: Any) -> None:
    oa.extra.update(extra)
    oa.platform.templates["t1"] = Template(oa.id, frozenset({"name"}), uid)
    body = {"user_id": oa.hear().author_id, "template_id": "t1", "template_data": {"name": "Lan"}}
    await oa.post("/v3.0/oa/message/template", body)


def with_cover(**cover: Any) -> Callable[[Oa], Awaitable[Any]]:
    return lambda o: o.create(cover=cover)


CASES: dict[str, Callable[[Oa], Awaitable[Any]]] = {
    "login_app": lambda o: o.grant(app_id="other"),
    "redirect": lambda o: o.permit(redirect_uri="https://evil.example/back"),
    "app_secret": lambda o: o.grant(secret="wrong"),
    "grant_type": lambda o: o.grant(grant_type="password"),
    "code": code_twice,
    "verifier": wrong_verifier,
    "refresh": lambda o: o.grant(refresh_token="old"),
    "token": lambda o: o.post("/v2.0/article/create", {}, token="nobody"),
    "expired": expired,
    "proof": lambda o: o.call("GET", "/v2.0/oa/getoa", headers={"appsecret_proof": "0" * 64}),
    "grant": lambda o: state(o, Oa.create, lacks={"articles"}),
    "rate_app": too_often,
    "rate_oa": oa_too_often,
    "inactive_app": lambda o: state(o, Oa.create, app_off=True),
    "path": lambda o: o.get("/v3.0/article/create"),
    "parameter": lambda o: o.create(title=" "),
    "limit": lambda o: o.create(title="x" * 150),
    "slice": lambda o: o.get("/v2.0/article/getslice", offset="0", limit="11", type="normal"),
    "cover": lambda o: o.create(cover=None),
    "cover_status": with_cover(cover_type="photo", photo_url="https://x.example/a.jpg"),
    "article_quota": over_quota,
    "processing": processing,
    "media": lambda o: o.publish(
        cover={"cover_type": "photo", "photo_url": "http://x.example/a.jpg", "status": "show"}
    ),
    "upload_quota": no_more_uploads,
    "attachment": old_attachment,
    "send_media": lambda o: o.say({"user_id": o.hear().author_id}, media(media_type="image", url=f"{o.files}/big.jpg")),
    "follow": lambda o: o.say({"user_id": "1"}),
    "window": too_late,
    "year": after_a_year,
    "reply_over": answer_late,
    "reply_quota": nine_answers,
    "v2_closed": lambda o: o.say({"user_id": o.hear().author_id}, path=OLD),
    "message_type": promote,
    "night": at_night,
    "receiver_quota": promoted_twice,
    "promotion_quota": out_of_promotions,
    "broadcast_quota": out_of_broadcasts,
    "unverified": lambda o: state(o, to_group, unverified=True),
    "not_in_group": lambda o: to_group(o, "g2"),
    "group": to_group,
    "template": lambda o: by_template(o, uid=False),
    "zca": by_template,
    "money": lambda o: by_template(o, zca="zca1"),
}


def test_every_rule_that_a_request_can_break_has_a_case() -> None:
    assert set(CASES) == {key for key, rule in ZaloSandbox.rules.items() if not rule.arranged}


@pytest.mark.parametrize("key", sorted(ZaloSandbox.rules))
async def test_refusals_have_zalos_shape(key: str, oa: Oa) -> None:
    rule = ZaloSandbox.rules[key]
    await (arranged(oa, key) if rule.arranged else CASES[key](oa))
    assert oa.answer["error"] == rule.code, oa.answer
    assert_refused_by(oa.platform, key)
    assert rule.cites.startswith("zalo.md ")
    assert ("error_name" in oa.answer, "message" in oa.answer) == (key in LOGIN_KEYS, key not in LOGIN_KEYS)
    assert not {"access_token", "data"} & set(oa.answer)
