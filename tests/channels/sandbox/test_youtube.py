"""Every documented refusal of YouTube, asked for with a plain HTTP client; the resumable upload, byte by byte."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from channels.sandbox.world import Sandbox
from channels.sandbox.youtube import DAY_UNITS, PACIFIC, YouTubeSandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.conftest import FakeClock

FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 300_000
UPLOAD = "/upload/youtube/v3/videos"


class Client:
    """A plain client of one channel, with a fresh access token."""

    def __init__(self, http: aiohttp.ClientSession, platform: YouTubeSandbox, clock: FakeClock) -> None:
        self.http, self.platform, self.clock = http, platform, clock
        self.account = next(iter(platform.accounts.values()))
        self.token = ""
        self.answer: tuple[int, Any, dict[str, str]] = (0, None, {})

    async def grant(self, **words: str) -> None:
        extra = self.account.extra
        kept = {name: extra[name] for name in ("refresh_token", "client_id", "client_secret")}
        form = {"grant_type": "refresh_token", **kept}
        async with self.http.post(f"{self.platform.url}/token", data={**form, **words}) as answer:
            self.answer = (answer.status, await answer.json(), dict(answer.headers))
        self.token = self.answer[1].get("access_token", "")

    async def call(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        if not self.token:
            await self.grant()
        headers = {"Authorization": f"Bearer {self.token if token is None else token}", **more.pop("headers", {})}
        if token == "":
            headers.pop("Authorization")
        url = path if path.startswith("http") else self.platform.url + path
        async with self.http.request(method, url, headers=headers, **more) as answer:
            body = await answer.json() if answer.content_type == "application/json" else await answer.read()
            self.answer = (answer.status, body, dict(answer.headers))
        return body

    async def begin(self, size: int = len(FILM), **snippet: Any) -> str:
        body = {
            "snippet": {"title": "Clip", "description": "d", "categoryId": "22", **snippet},
            "status": {"privacyStatus": "public"},
        }
        headers = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "video/mp4"}
        await self.call("POST", f"{UPLOAD}?uploadType=resumable&part=snippet,status", json=body, headers=headers)
        return self.answer[2].get("Location", "")

    async def video(self) -> str:
        where = await self.begin()
        return str((await self.call("PUT", where, data=FILM))["id"])

    async def comment(self, video: str, text: str) -> Any:
        snippet = {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": text}}}
        return await self.call("POST", "/youtube/v3/commentThreads?part=snippet", json={"snippet": snippet})


async def revoked(c: Client) -> None:
    c.platform.revoke(str(c.account.extra["refresh_token"]))
    await c.grant(refresh_token="1//demo3")


async def no_scope(c: Client) -> None:
    c.account.extra["lacks"] = {"youtube.upload"}
    await c.begin()


async def not_mine(c: Client) -> None:
    video = await c.video()
    c.platform.items[video].account = "UCother"
    await c.call("DELETE", f"/youtube/v3/videos?id={video}")


async def no_channel(c: Client) -> None:
    c.account.extra["no_channel"] = True
    await c.call("GET", "/youtube/v3/channels?part=id&mine=true")


async def no_quota(c: Client) -> None:
    c.platform.units[c.clock().astimezone(PACIFIC).date()] = DAY_UNITS
    await c.call("GET", "/youtube/v3/channels?part=id&mine=true")


async def arranged(c: Client, rule: str) -> None:
    c.platform.arrange(c.account.remote_id, rule)
    await c.call("GET", "/youtube/v3/channels?part=id&mine=true")


async def upload_limit(c: Client) -> None:
    c.account.extra["upload_limit"] = True
    await c.begin()


async def comments_off(c: Client) -> None:
    video = await c.video()
    c.platform.items[video].extra["comments_off"] = True
    await c.comment(video, "x")


async def reply_to_nobody(c: Client) -> None:
    body = {"snippet": {"parentId": "404", "textOriginal": "x"}}
    await c.call("POST", "/youtube/v3/comments?part=snippet", json=body)


async def publish_at(c: Client) -> None:
    body = {"snippet": {"title": "t"}, "status": {"privacyStatus": "public", "publishAt": "2027-01-01T00:00:00Z"}}
    await c.call("POST", f"{UPLOAD}?uploadType=resumable&part=snippet,status", json=body)


async def broken(c: Client) -> None:
    await c.grant()
    c.platform.fail_next("server_error")
    await c.call("GET", "/youtube/v3/channels?part=id&mine=true")


async def empty_comment(c: Client) -> None:
    await c.comment(await c.video(), " ")


async def long_comment(c: Client) -> None:
    await c.comment(await c.video(), "x" * 10_001)


async def bad_number(c: Client) -> None:
    await c.call("GET", f"/youtube/v3/commentThreads?part=snippet&videoId={await c.video()}&maxResults=many")


CHANNELS = "/youtube/v3/channels?part=id&mine=true"
CASES: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "no_token": lambda c: c.call("GET", CHANNELS, token=""),
    "bad_token": lambda c: c.call("GET", CHANNELS, token="nobody"),
    "invalid_grant": revoked,
    "invalid_client": lambda c: c.grant(client_secret="wrong"),
    "scope": no_scope,
    "forbidden": not_mine,
    "signup": no_channel,
    "quota": no_quota,
    "upload_limit": upload_limit,
    "title": lambda c: c.begin(title="x" * 101),
    "description": lambda c: c.begin(description="ạ" * 1700),
    "tags": lambda c: c.begin(tags=["x" * 400, "y" * 101]),
    "category": lambda c: c.begin(categoryId="news"),
    "publish_at": publish_at,
    "media": lambda c: c.call("POST", f"{UPLOAD}?uploadType=multipart&part=snippet", json={"snippet": {"title": "t"}}),
    "parameter": lambda c: c.call("GET", "/youtube/v3/videos?part=status"),
    "page_token": lambda c: c.call(
        "GET", f"/youtube/v3/playlistItems?part=snippet&playlistId=UU{c.account.remote_id[2:]}&pageToken=zz"
    ),
    "no_video": lambda c: c.call("GET", "/youtube/v3/commentThreads?part=snippet&videoId=404"),
    "no_comment": lambda c: c.call("DELETE", "/youtube/v3/comments?id=404"),
    "no_parent": reply_to_nobody,
    "comments_off": comments_off,
    "no_text": empty_comment,
    "long_text": long_comment,
    "ban": lambda c: c.call(
        "POST", "/youtube/v3/comments/setModerationStatus?id=1&moderationStatus=heldForReview&banAuthor=true"
    ),
    "spam": lambda c: c.call("POST", "/youtube/v3/comments/setModerationStatus?id=1&moderationStatus=likelySpam"),
    "session": lambda c: c.call("PUT", f"{UPLOAD}?uploadType=resumable&upload_id=404", data=b"x"),
    "query": lambda c: c.call(
        "GET", "/v2/reports?ids=channel==MINE&startDate=2026-11-01&endDate=2026-11-07&metrics=videoThumbnailImpressions"
    ),
    "backend": broken,
    "unreadable": bad_number,
    "unknown": lambda c: c.call("GET", "/youtube/v3/communityPosts"),
}


@pytest.mark.parametrize("key", sorted(YouTubeSandbox.rules))
async def test_refusals_have_googles_shape(
    key: str, sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    rule, client = YouTubeSandbox.rules[key], Client(http, sandbox.youtube, clock)
    await (arranged(client, key) if rule.arranged else CASES[key](client))
    status, body, _ = client.answer
    assert status == rule.status, body
    assert_refused_by(sandbox.youtube, key)
    assert rule.cites.startswith("youtube.md ")
    if key in ("invalid_grant", "invalid_client"):
        assert body["error"] == rule.code
    else:
        assert body["error"]["code"] == rule.status
        assert body["error"]["errors"][0]["reason"] == rule.code


async def test_an_upload_goes_on_where_it_was_cut(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    client = Client(http, sandbox.youtube, clock)
    where, first = await client.begin(), 262_144
    total = len(FILM)
    await client.call("PUT", where, data=FILM[:first], headers={"Content-Range": f"bytes 0-{first - 1}/{total}"})
    assert (client.answer[0], client.answer[2]["Range"]) == (308, f"bytes=0-{first - 1}")
    assert not sandbox.youtube.published(), "there is no video before the last byte"
    await client.call("PUT", where, headers={"Content-Range": f"bytes */{total}"})
    assert client.answer[0] == 308
    rest = {"Content-Range": f"bytes {first}-{total - 1}/{total}"}
    video = (await client.call("PUT", where, data=FILM[first:], headers=rest))["id"]
    assert client.answer[0] == 201
    assert (await client.call("PUT", where, headers={"Content-Range": f"bytes */{total}"}))["id"] == video
    assert [i.remote_id for i in sandbox.youtube.published()] == [video]


async def test_processing_takes_its_time(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    client = Client(http, sandbox.youtube, clock)
    video = await client.video()
    path = f"/youtube/v3/videos?part=status&id={video}"
    assert (await client.call("GET", path))["items"][0]["status"]["uploadStatus"] == "uploaded"
    clock.forward(minutes=1)
    assert (await client.call("GET", path))["items"][0]["status"]["uploadStatus"] == "processed"
