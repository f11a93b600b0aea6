"""Every request that the adapter makes, recorded, and held field by field against what the platform notes say."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import AccountRef, Endpoints, Outgoing
from channels.http import Door
from channels.zalo import ZaloChannel
from tests.channels.zalo.contract import CALLS, wrongs
from tests.channels.zalo.wire import FILM, answer, clip_in, composed, forget, picture_at, thumbnail_at
from tests.conftest import FakeClock

CHAT = [{"src": 1, "time": 1_795_500_000_000, "message": "x", "message_id": "mid_1", "from_id": "25"}]
ANSWERS: Mapping[str, Any] = {
    "/v2.0/article/create": {"token": "tok_1"}, "/v2.0/article/update": {"token": "tok_2"},
    "/v2.0/article/verify": {"id": "art_1"}, "/v2.0/article/getslice": {"medias": [], "total": 0},
    "/v2.0/article/getdetail": {
        "id": "art_1", "type": "normal", "title": "Cũ", "author": "UBND", "total_view": 7, "status": "show",
        "cover": {"cover_type": "photo", "photo_url": "https://z.vn/a.jpg", "status": "show"}, "description": "Cũ",
        "body": [{"type": "text", "content": "<p>Cũ</p>"}, {"type": "image", "url": "https://z.vn/b.jpg"}]},
    "/v2.0/article/remove": None, "/v2.0/article/upload_video/preparevideo": {"token": "a+/="},
    "/v2.0/article/upload_video/verify": {"status": 1, "video_id": "vid_1"},
    "/v3.0/oa/message/cs": {"message_id": "mid_2"}, "/v2.0/oa/message": {"message_id": "bc_1"},
    "/v2.0/oa/getoa": {"oa_id": "1"}, "/v3.0/oa/quota/message": [], "/v2.0/oa/listrecentchat": CHAT,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One recorded request."""

    call: str
    query: dict[str, str]
    headers: Mapping[str, str]
    kind: str
    body: bytes

    def wrong(self) -> list[str]:
        """What of it Zalo does not take."""
        takes = CALLS[self.call]
        found = [f"header {name}" for name in takes.headers if not self.headers.get(name)]
        found += ["Authorization"] if "Authorization" in self.headers else []
        if takes.data is not None:
            found += wrongs({"data": takes.data}, {"data": json.loads(self.query.get("data", "null"))}, "query")
        else:
            found += wrongs(takes.query, self.query, "query")
        if takes.file:
            named = b'name="file"' in self.body and b'filename="clip.mp4"' in self.body
            return [*found, *([] if named and FILM in self.body else ["file"])]
        if takes.form is not None:
            words = dict(part.split("=") for part in self.body.decode().split("&"))
            return [*found, *wrongs(takes.form, words, "form")]
        if takes.body is None:
            return [*found, *(["a body"] if self.body else [])]
        return [*found, *([] if self.kind == "application/json" else [self.kind]),
                *wrongs(takes.body, json.loads(self.body))]  # fmt: skip


@dataclass
class Zalo:
    """Records every request, and answers each with a success of its kind."""

    asked: list[Asked]
    url: str = ""
    chat: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        call = f"{request.method} {request.path}"
        kind, query = request.content_type, dict(request.query)
        self.asked.append(Asked(call, query, dict(request.headers), kind, await request.read()))
        if request.path.endswith("access_token"):
            return web.json_response({"access_token": "AT-2", "refresh_token": "RT-2", "expires_in": "90000"})
        if request.path.endswith("/cs") and b"message_id" in self.asked[-1].body and self.chat:
            return web.json_response({"error": -230, "message": "late"})
        data = ANSWERS[request.path]
        if request.path.endswith("listrecentchat") and '"offset":0' not in query["data"]:
            data = []
        return web.json_response({"error": 0, "message": "Success", "data": data})


@pytest.fixture
async def zalo() -> AsyncIterator[Zalo]:
    made, app = Zalo([]), web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", made.handle)
    async with TestServer(app) as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


@pytest.fixture
def channel(zalo: Zalo, door: Door, clock: FakeClock) -> ZaloChannel:
    held = {"access_token": "AT-1", "refresh_token": "RT-1", "app_secret": "s",
            "expires_at": (clock() + timedelta(hours=1)).isoformat()}  # fmt: skip
    ref = AccountRef("zalo", "1", "Ủy ban nhân dân phường", {"app_id": "42"}, held)
    ends = Endpoints(zalo=zalo.url, zalo_oauth=zalo.url)
    return ZaloChannel(ref, door=door, endpoints=ends, now=clock)


async def delivered(channel: ZaloChannel, out: Outgoing) -> None:
    notes = await channel.prepare(out, {}, forget) if channel.prepares(out) else {}
    sent = await channel.submit(out, notes)
    if sent.processing:
        await channel.poll(out, sent, {**notes, **sent.notes})


def forms(clip: Any) -> list[Outgoing]:
    """Everything that can be sent, each at its fullest and at its barest."""
    pictures = [picture_at(f"https://x.vn/ảnh {n}.jpg", f"Hình {n}") for n in range(3)]
    edit, followers = {"form": "edit", "target": "art_1"}, {"form": "broadcast", "target": "art_1"}
    everybody = {f"broadcast_{name}": "1" for name in ("gender", "ages", "locations", "platform")}
    return [
        composed(pictures[0]),
        composed(*pictures, text="Đoạn\n\nhai " * 400, title="T" * 140, link="https://x.vn/?a=1&b=2"),
        composed(pictures[0], options={"status": "hide", "comment": "hide"}),
        composed(clip),
        composed(clip, thumbnail_at("https://x.vn/t.jpg"), text="x" * 250),
        composed(clip, *pictures, text="x" * 3000),
        composed(options=edit),
        composed(*pictures, text="Dài " * 300, options={**edit, "status": "hide"}),
        composed(options=followers),
        composed(options={**followers, **everybody, "target": "a,b,c,d,e"}),
        composed(options={**followers, "broadcast_cities": "20,63"}),
        answer("mid_1", "x" * 2000),
    ]


async def test_every_request_is_what_zalo_takes_and_every_call_is_made(
    zalo: Zalo, channel: ZaloChannel, clock: FakeClock, tmp_path: Path
) -> None:
    for out in forms(clip_in(tmp_path)):
        await delivered(channel, out)
        if channel.finds(out.form):
            await channel.find_sent(out, {}, clock())
    for liked in (True, False):
        await channel.like_comment("mid_1", liked)
    zalo.chat = 1
    await delivered(channel, answer("mid_1"))
    await channel.check_account()
    await channel.read_items(clock())
    await channel.read_metrics("art_1")
    await channel.read_account_metrics(clock(), clock())
    await channel.withdraw("art_1")
    assert {asked.call: asked.wrong() for asked in zalo.asked if asked.wrong()} == {}
    assert {asked.call for asked in zalo.asked} == set(CALLS), "each call of the table, and no other"
    assert not any("AT-" in json.dumps(asked.query) for asked in zalo.asked)


NORMAL = {"type": "normal", "title": "T", "description": "d", "author": "a", "status": "show", "comment": "show",
          "cover": {"cover_type": "photo", "photo_url": "https://x.vn/a", "status": "show"},
          "body": [{"type": "text", "content": "<p>x</p>"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({}, None), ({"status": None}, "body.status"), ({"title": "T" * 141}, "body.title"),
        ({"views": 7}, "body.views"),
        ({"cover": {"cover_type": "photo", "photo_url": "https://x.vn/a"}}, "body.cover.status"),
        ({"cover": {"cover_type": "film"}}, "body.cover.cover_type"), ({"body": []}, "body.body"),
        ({"body": [{"type": "image", "url": "a.jpg"}]}, "body.body[0].url"), ({"type": "video"}, "body.video_id"),
        ({"body": [{"type": "text"}]}, "body.body[0].content"), ({"description": 7}, "body.description"),
    ],
)  # fmt: skip
def test_the_table_finds_what_is_wrong(more: dict[str, Any], where: str | None) -> None:
    body = {name: value for name, value in {**NORMAL, **more}.items() if value is not None}
    found = list(wrongs(CALLS["POST /v2.0/article/create"].body, body))
    assert (where is None and not found) or any(told.startswith(f"{where}:") for told in found), found
