"""Every documented refusal of YouTube, asked for with a plain HTTP client; the resumable upload, byte by byte."""

from __future__ import annotations

import io
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

    async def insert(
        self, body: Any, parts: str = "snippet,status", *, size: object = len(FILM), **headers: str
    ) -> str:
        """Start an upload; `headers` with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "video/mp4", **named}
        await self.call("POST", f"{UPLOAD}?uploadType=resumable&part={parts}", json=body, headers=told)
        return self.answer[2].get("Location", "")

    async def begin(self, *, status: Any = None, **snippet: Any) -> str:
        """Start an upload with a whole resource."""
        words = {"title": "Clip", "description": "d", "categoryId": "22", **snippet}
        return await self.insert({"snippet": words, "status": {"privacyStatus": "public", **(status or {})}})

    async def video(self, **status: Any) -> str:
        """A video that went up, with this `status` part; its id."""
        where = await self.begin(status=status)
        return str((await self.call("PUT", where, data=FILM))["id"])

    async def chunk(self, where: str, span: str, data: bytes) -> Any:
        return await self.call("PUT", where, data=data, headers={"Content-Range": span})

    async def get(self, what: str, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call("GET", f"/youtube/v3/{what}", headers=named)

    async def post(self, what: str, snippet: Any) -> Any:
        return await self.call("POST", f"/youtube/v3/{what}", json={"snippet": snippet})

    async def update(self, body: Any, parts: str = "snippet", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call("PUT", f"/youtube/v3/videos?part={parts}", json=body, headers=named)

    async def comment(self, video: str, text: Any) -> Any:
        snippet = {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": text}}}
        return await self.post("commentThreads?part=snippet", snippet)

    async def reply(self, parent: str, text: Any) -> Any:
        return await self.post("comments?part=snippet", {"parentId": parent, "textOriginal": text})

    async def moderate(self, words: str) -> Any:
        return await self.call("POST", f"/youtube/v3/comments/setModerationStatus?{words}")

    async def report(self, **words: str) -> Any:
        """A report of October's views by day, with other words where given; "" leaves one out."""
        asked = {"ids": "channel==MINE", "startDate": "2026-10-01", "endDate": "2026-10-31", "metrics": "views"} | words
        return await self.call("GET", "/v2/reports", params={name: word for name, word in asked.items() if word})

    async def thumbnail(self, video: str, data: bytes | io.BytesIO, kind: str = "image/png") -> Any:
        where = f"/upload/youtube/v3/thumbnails/set?videoId={video}"
        return await self.call("POST", where, data=data, headers={"Content-Type": kind})

    async def caption(self, snippet: Any, data: bytes = b"1\n00:00:00,000 --> 00:00:02,000\nA\n") -> Any:
        with aiohttp.MultipartWriter("related") as writer:
            writer.append_json({"snippet": snippet})
            writer.append(data, {"Content-Type": "application/octet-stream"})
        where = "/upload/youtube/v3/captions?uploadType=multipart&part=snippet"
        return await self.call("POST", where, data=writer)

    @property
    def uploads(self) -> str:
        return f"UU{self.account.remote_id[2:]}"


async def revoked(c: Client) -> None:
    c.platform.revoke(str(c.account.extra["refresh_token"]))
    await c.grant(refresh_token="1//demo3")


async def no_scope(c: Client) -> None:
    c.account.extra["lacks"] = {"youtube.force-ssl"}
    await c.moderate("id=1&moderationStatus=published")


async def not_mine(c: Client) -> None:
    video = await c.video()
    c.platform.items[video].account = "UCother"
    await c.call("DELETE", f"/youtube/v3/videos?id={video}")


async def no_channel(c: Client) -> None:
    c.account.extra["no_channel"] = True
    await c.call("GET", CHANNELS)


async def no_quota(c: Client) -> None:
    for _ in range(DAY_UNITS // 50):
        await c.call("DELETE", "/youtube/v3/videos?id=404")
    assert c.answer[0] == 404, "the last unit was still there"
    await c.call("GET", CHANNELS)


async def no_more_uploads(c: Client) -> None:
    for _ in range(100):
        await c.begin(title="")
    assert c.answer[0] == 400, "an invalid call costs as well"
    await c.begin()


async def no_more_stats(c: Client) -> None:
    c.platform.stats[c.clock().astimezone(PACIFIC).date()] = DAY_UNITS - 1
    await c.get("videos:batchGetStats?part=statistics&id=1")
    assert c.answer[0] == 200
    await c.get("videos:batchGetStats?part=statistics&id=1")


async def arranged(c: Client, rule: str) -> None:
    c.platform.arrange(c.account.remote_id, rule)
    await c.call("GET", CHANNELS)


async def upload_limit(c: Client) -> None:
    c.account.extra["day_videos"] = 2
    for _ in range(2):
        await c.video()
    await c.begin()


async def comments_off(c: Client) -> None:
    await c.comment(await c.video(selfDeclaredMadeForKids=True), "x")


async def broken(c: Client) -> None:
    await c.grant()
    c.platform.fail_next("server_error")
    await c.call("GET", CHANNELS)


async def changed_meanwhile(c: Client) -> None:
    video = await c.video()
    read = (await c.get(f"videos?part=snippet&id={video}"))["items"][0]["etag"]
    body = {"id": video, "snippet": {"title": "A", "categoryId": "22"}}
    await c.update(body, If_Match=read)
    assert c.answer[0] == 200
    await c.update(body, If_Match=read)


async def no_language(c: Client) -> None:
    body = {"snippet": {"title": "Clip"}, "localizations": {"en": {"title": "Clip"}}}
    await c.insert(body, "snippet,localizations")


async def late_chunk(c: Client) -> None:
    where = await c.begin()
    c.clock.forward(days=7)
    await c.chunk(where, f"bytes 0-{len(FILM) - 1}/{len(FILM)}", FILM)


async def odd_chunk(c: Client) -> None:
    await c.chunk(await c.begin(), f"bytes 0-99999/{len(FILM)}", FILM[:100_000])


async def second_caption(c: Client) -> None:
    snippet = {"videoId": await c.video(), "language": "vi", "name": ""}
    await c.caption(snippet)
    assert c.answer[0] == 200
    await c.caption(snippet)


async def deep_reply(c: Client) -> None:
    top = await c.comment(await c.video(), "a")
    await c.reply((await c.reply(top["id"], "b"))["id"], "c")


async def commented(c: Client, text: Any) -> None:
    await c.comment(await c.video(), text)


async def thumbnail(c: Client, data: bytes, kind: str = "image/png") -> None:
    await c.thumbnail(await c.video(), data, kind)


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
    "upload_quota": no_more_uploads,
    "stats_quota": no_more_stats,
    "parameter": lambda c: c.get("videos?part=status"),
    "unexpected": lambda c: c.get("channels?part=id&mine=true&verbose=1"),
    "part": lambda c: c.get("videos?part=status,figures&id=1"),
    "filters": lambda c: c.get(f"videos?part=status&id={','.join(map(str, range(51)))}"),
    "incompatible": lambda c: c.get("commentThreads?part=snippet&videoId=1&id=2"),
    "page_token": lambda c: c.get(f"playlistItems?part=snippet&playlistId={c.uploads}&pageToken=zz"),
    "etag": changed_meanwhile,
    "query": lambda c: c.report(metrics="videoThumbnailImpressions"),
    "backend": broken,
    "unknown": lambda c: c.get("communityPosts"),
    "unreadable": lambda c: c.get("channels?part=id&mine=perhaps"),
    "upload_limit": upload_limit,
    "title": lambda c: c.begin(title="x" * 101),
    "description": lambda c: c.begin(description="ạ" * 1667),
    "tags": lambda c: c.begin(tags=["x" * 400, "y" * 100]),
    "category": lambda c: c.begin(categoryId="news"),
    "publish_at": lambda c: c.begin(status={"publishAt": "2027-01-01T00:00:00Z"}),
    "metadata": lambda c: c.begin(status={"selfDeclaredMadeForKids": "no"}),
    "recording": lambda c: c.insert(
        {"snippet": {"title": "t"}, "recordingDetails": {"recordingDate": "yesterday"}}, "snippet,recordingDetails"
    ),
    "filename": lambda c: c.insert({"snippet": {"title": "t"}}, "snippet", Slug="../clip.mp4"),
    "language": no_language,
    "privacy": lambda c: c.begin(status={"privacyStatus": "friends"}),
    "license": lambda c: c.begin(status={"license": "none"}),
    "no_video": lambda c: c.get("commentThreads?part=snippet&videoId=404"),
    "media": lambda c: c.call("POST", f"{UPLOAD}?uploadType=multipart&part=snippet", json={"snippet": {"title": "t"}}),
    "media_type": lambda c: c.insert({"snippet": {"title": "t"}}, "snippet", X_Upload_Content_Type="text/plain"),
    "session": lambda c: c.call("PUT", f"{UPLOAD}?uploadType=resumable&upload_id=404", data=b"x"),
    "session_expired": late_chunk,
    "chunk": odd_chunk,
    "no_such_channel": lambda c: c.get("commentThreads?part=snippet&allThreadsRelatedToChannelId=UC404"),
    "no_playlist": lambda c: c.get("playlistItems?part=snippet&playlistId=PL404"),
    "too_large": lambda c: c.insert({"snippet": {"title": "t"}}, "snippet", size=256 * 1024**3 + 1),
    "image_format": lambda c: thumbnail(c, b"GIF89a", "image/gif"),
    "image": lambda c: thumbnail(c, b"no picture"),
    "caption_exists": second_caption,
    "no_comment": lambda c: c.call("DELETE", "/youtube/v3/comments?id=404"),
    "no_thread": lambda c: c.get("commentThreads?part=snippet&id=404"),
    "no_parent": lambda c: c.reply("404", "x"),
    "comments_off": comments_off,
    "no_text": lambda c: commented(c, " "),
    "long_text": lambda c: commented(c, "x" * 10_001),
    "processing": lambda c: commented(c, {"runs": ["x"]}),
    "one_level": deep_reply,
    "ban": lambda c: c.moderate("id=1&moderationStatus=heldForReview&banAuthor=true"),
    "spam": lambda c: c.moderate("id=1&moderationStatus=likelySpam"),
}


def test_every_rule_that_a_request_can_break_has_a_case() -> None:
    assert set(CASES) == {key for key, rule in YouTubeSandbox.rules.items() if not rule.arranged}


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
        words = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
        assert body["error"].get("status") == words.get(status)


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
