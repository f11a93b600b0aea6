"""More ways to break each of YouTube's rules than one, and what stays as it was when a call is refused."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.test_youtube import FILM, UPLOAD, Client
from tests.conftest import FakeClock

TOTAL = len(FILM)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def video_with(**status: Any) -> Callable[[Client], Awaitable[Any]]:
    return lambda c: c.begin(status=status)


async def changed(c: Client, body: dict[str, Any], parts: str = "snippet", **status: Any) -> None:
    """Update a video that went up before."""
    await c.update({"id": await c.video(**status), **body}, parts)


async def put(c: Client, span: str, data: bytes) -> None:
    await c.chunk(await c.begin(), span, data)


async def put_as_text(c: Client) -> None:
    where = await c.begin()
    await c.call("PUT", where, data=FILM, headers={"Content-Type": "text/plain"})


async def commented(c: Client) -> str:
    return str((await c.comment(await c.video(), "a"))["id"])


async def edited(c: Client, text: Any) -> None:
    body = {"id": await commented(c), "snippet": {"textOriginal": text}}
    await c.call("PUT", "/youtube/v3/comments?part=snippet", json=body)


async def of_a_citizen(c: Client, method: str) -> None:
    remark = c.platform.add_remark(await c.video(), "Người dân", "b", c.clock())
    body = {"id": remark.remote_id, "snippet": {"textOriginal": "c"}}
    await c.call(method, f"/youtube/v3/comments?{'part=snippet' if method == 'PUT' else 'id=' + remark.remote_id}",
                 json=body)  # fmt: skip


async def others_video(c: Client) -> str:
    """A video of a channel that is not the caller's."""
    video = await c.video()
    c.platform.add_channel("UCother", "Khác", client_id="2", client_secret="2", refresh_token="2")
    c.platform.items[video].account = "UCother"
    return video


async def at_others(c: Client, what: str) -> None:
    await c.get(what.format(video=await others_video(c)))


async def into_uploads(c: Client) -> None:
    resource = {"kind": "youtube#video", "videoId": await c.video()}
    await c.post("playlistItems?part=snippet", {"playlistId": c.uploads, "resourceId": resource})


async def moderated_by_another(c: Client) -> None:
    remark = c.platform.add_remark(await others_video(c), "Người dân", "b", c.clock())
    await c.moderate(f"id={remark.remote_id}&moderationStatus=rejected")


async def unverified(c: Client) -> None:
    c.account.extra["unverified"] = True
    await c.thumbnail(await c.video(), PNG)


async def thumbnail(c: Client, data: bytes | io.BytesIO, kind: str) -> None:
    await c.thumbnail(await c.video(), data, kind)


async def second_channel_with_its_session(c: Client) -> None:
    where = await c.begin()
    other = c.platform.add_channel("UC2", "Khác", client_id="2", client_secret="2", refresh_token="2")
    await c.grant(client_id="2", client_secret="2", refresh_token="2")
    assert c.token in other.tokens
    await c.call("PUT", where, data=FILM)


async def expired_token(c: Client) -> None:
    await c.grant()
    c.clock.forward(hours=1)
    await c.call("GET", "/youtube/v3/channels?part=id&mine=true")


async def without_scope(c: Client, scopes: set[str], what: Callable[[Client], Awaitable[Any]]) -> None:
    c.account.extra["lacks"] = scopes
    await what(c)


SNIPPET = {"title": "Clip", "categoryId": "22"}
UNSEEN = "commentThreads?part=snippet&videoId={video}&moderationStatus=heldForReview"
WAYS: list[tuple[str, Callable[[Client], Awaitable[Any]]]] = [
    # access
    ("bad_token", expired_token),
    ("invalid_client", lambda c: c.grant(client_id="nobody")),
    ("invalid_grant", lambda c: c.grant(grant_type="password")),
    ("invalid_grant", lambda c: c.grant(refresh_token="another")),
    ("scope", lambda c: without_scope(c, {"youtube.upload", "youtube.force-ssl"}, Client.begin)),
    ("scope", lambda c: without_scope(c, {"yt-analytics.readonly"}, Client.report)),
    ("forbidden", lambda c: at_others(c, "captions?part=snippet&videoId={video}")),
    ("forbidden", lambda c: at_others(c, UNSEEN)),
    ("forbidden", into_uploads),
    ("forbidden", moderated_by_another),
    ("forbidden", unverified),
    ("forbidden", lambda c: of_a_citizen(c, "PUT")),
    ("forbidden", lambda c: of_a_citizen(c, "DELETE")),
    ("forbidden", lambda c: c.report(ids="channel==UCother")),
    # parameters
    ("parameter", lambda c: c.get("channels?mine=true")),
    ("parameter", lambda c: c.get("channels?part=id")),
    ("parameter", lambda c: c.get("commentThreads?part=snippet")),
    ("parameter", lambda c: c.get("comments?part=snippet")),
    ("parameter", lambda c: c.get("playlistItems?part=snippet")),
    ("parameter", lambda c: c.get("playlists?part=snippet")),
    ("parameter", lambda c: c.call("DELETE", "/youtube/v3/videos")),
    ("parameter", lambda c: c.call("POST", f"{UPLOAD}?uploadType=resumable", json={"snippet": SNIPPET})),
    ("parameter", lambda c: c.call("PUT", "/youtube/v3/videos", json={"id": "1"})),
    ("parameter", lambda c: c.update({"snippet": SNIPPET})),
    ("parameter", lambda c: c.post("comments", {"parentId": "1", "textOriginal": "x"})),
    ("parameter", lambda c: c.post("playlists?part=snippet", {"title": ""})),
    ("parameter", lambda c: c.post("playlistItems?part=snippet", {"playlistId": "PL1"})),
    ("parameter", lambda c: c.caption({"videoId": "1", "language": "", "name": ""})),
    ("parameter", lambda c: c.moderate("moderationStatus=published")),
    ("parameter", lambda c: c.moderate("id=1")),
    ("parameter", lambda c: c.report(startDate="")),
    ("parameter", lambda c: c.report(metrics="")),
    ("part", lambda c: c.get("channels?part=id,videos&mine=true")),
    ("part", lambda c: c.get("commentThreads?part=statistics&videoId=1")),
    ("part", lambda c: c.insert({"snippet": SNIPPET}, "snippet,stats")),
    ("part", lambda c: c.update({"id": "1", "snippet": SNIPPET}, "snippets")),
    ("unexpected", lambda c: c.get("videos?part=id&id=1&alt=xml")),
    ("unexpected", lambda c: c.get("videos?part=id&ids=1")),
    ("filters", lambda c: c.get("channels?part=id&mine=false")),
    ("filters", lambda c: c.get("commentThreads?part=snippet&videoId=1&order=newest")),
    ("filters", lambda c: c.get("commentThreads?part=snippet&videoId=1&textFormat=markdown")),
    ("filters", lambda c: c.get("commentThreads?part=snippet&videoId=1&moderationStatus=spam")),
    ("filters", lambda c: c.moderate("id=1&moderationStatus=hidden")),
    ("incompatible", lambda c: c.get("channels?part=id&mine=true&id=UC1")),
    ("incompatible", lambda c: c.get("comments?part=snippet&id=1&parentId=2")),
    ("incompatible", lambda c: c.get("commentThreads?part=snippet&id=1&searchTerms=a")),
    ("incompatible", lambda c: c.get("commentThreads?part=snippet&id=1&moderationStatus=published")),
    ("page_token", lambda c: c.get("channels?part=id&mine=true&pageToken=P9")),
    ("unreadable", lambda c: c.get("commentThreads?part=snippet&videoId=1&maxResults=101")),
    ("unreadable", lambda c: c.get("commentThreads?part=snippet&videoId=1&maxResults=0")),
    ("unreadable", lambda c: c.get("comments?part=snippet&parentId=1&maxResults=many")),
    ("unreadable", lambda c: c.get("videos?part=id&id=1&maxResults=51")),
    ("unreadable", lambda c: c.get("videos?part=id&id=1&fields=items(id")),
    ("unreadable", lambda c: c.insert([SNIPPET])),
    ("unreadable", lambda c: c.moderate("id=1&moderationStatus=rejected&banAuthor=yes")),
    # a video's words and status
    ("title", lambda c: c.begin(title=" ")),
    ("title", lambda c: c.begin(title="a < b")),
    ("title", lambda c: c.begin(title=7)),
    ("title", lambda c: c.insert({"snippet": SNIPPET}, "status")),
    ("title", lambda c: changed(c, {"snippet": {"categoryId": "22"}})),
    ("description", lambda c: c.begin(description="a > b")),
    ("tags", lambda c: c.begin(tags="a,b")),
    ("tags", lambda c: c.begin(tags=["a b" * 166 + "c"])),
    ("category", lambda c: changed(c, {"snippet": {"title": "t"}})),
    ("category", lambda c: c.begin(categoryId=22)),
    ("publish_at", video_with(privacyStatus="private", publishAt="2027-01-01 00:00")),
    ("publish_at", video_with(privacyStatus="private", publishAt="2027-01-01T00:00:00")),
    ("publish_at", video_with(privacyStatus="unlisted", publishAt="2027-01-01T00:00:00Z")),
    ("publish_at", lambda c: changed(c, {"status": {"privacyStatus": "private", "publishAt": "2027-01-01T00:00:00Z"}},
                                     "status")),
    ("metadata", video_with(containsSyntheticMedia=1)),
    ("metadata", video_with(embeddable="true")),
    ("metadata", lambda c: c.begin(defaultLanguage="Tiếng Việt")),
    ("metadata", lambda c: c.insert({"snippet": "Clip"}, "snippet")),
    ("metadata", lambda c: changed(c, {"status": {"embeddable": True}}, "status")),
    ("privacy", lambda c: changed(c, {"status": {"privacyStatus": "hidden"}}, "status")),
    ("no_video", lambda c: c.update({"id": "404", "snippet": SNIPPET})),
    ("no_video", lambda c: c.call("DELETE", "/youtube/v3/videos?id=404")),
    # the upload
    ("media", lambda c: c.insert({"snippet": SNIPPET}, "snippet", size=0)),
    ("media", lambda c: c.insert({"snippet": SNIPPET}, "snippet", size="?")),
    ("media_type", lambda c: c.insert({"snippet": SNIPPET}, "snippet", X_Upload_Content_Type="image/png")),
    ("media_type", put_as_text),
    ("session", second_channel_with_its_session),
    ("chunk", lambda c: put(c, f"bytes 0-{TOTAL}/{TOTAL + 1}", FILM + b"x")),
    ("chunk", lambda c: put(c, f"bytes 0-9/{TOTAL}", FILM[:20])),
    ("chunk", lambda c: put(c, f"0-{TOTAL - 1}/{TOTAL}", FILM)),
    ("chunk", lambda c: put(c, "", FILM[:262_144])),
    ("chunk", lambda c: put(c, f"bytes */{TOTAL + 1}", b"")),
    # thumbnails
    ("media", lambda c: thumbnail(c, b"", "image/png")),
    ("image", lambda c: thumbnail(c, PNG, "image/jpeg")),
    ("too_large", lambda c: thumbnail(c, io.BytesIO(PNG + b"\0" * 50 * 1024 * 1024), "image/png")),
    # comments
    ("no_text", lambda c: edited(c, "")),
    ("long_text", lambda c: edited(c, "x" * 10_001)),
    ("processing", lambda c: edited(c, 5)),
    ("processing", lambda c: c.post("comments?part=snippet", "x")),
    ("no_comment", lambda c: c.get("comments?part=snippet&parentId=404")),
    ("no_comment", lambda c: c.get("comments?part=snippet&id=404")),
    ("no_comment", lambda c: c.moderate("id=404&moderationStatus=rejected")),
    # figures
    ("query", lambda c: c.report(metrics="views,reach")),
    ("query", lambda c: c.report(dimensions="month")),
    ("query", lambda c: c.report(dimensions="day,video")),
    ("query", lambda c: c.report(dimensions="video")),
    ("query", lambda c: c.report(dimensions="video", sort="-views", maxResults="201")),
    ("query", lambda c: c.report(filters="country==VN")),
    ("query", lambda c: c.report(filters="video==")),
    ("query", lambda c: c.report(sort="likes")),
    ("query", lambda c: c.report(startDate="2026-11-01")),
    ("unreadable", lambda c: c.report(startDate="2026-02-30")),
    ("unreadable", lambda c: c.report(endDate="20261031")),
    ("unreadable", lambda c: c.report(maxResults="0")),
    ("unreadable", lambda c: c.report(startIndex="first")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "way"), WAYS, ids=[f"{n}-{key}" for n, (key, _) in enumerate(WAYS)])
async def test_a_rule_is_broken_in_every_way_there_is(
    key: str, way: Callable[[Client], Awaitable[Any]], sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    client = Client(http, sandbox.youtube, clock)
    await way(client)
    assert client.answer[0] == sandbox.youtube.rules[key].status, client.answer[1]
    assert_refused_by(sandbox.youtube, key)


async def test_the_limits_themselves_are_taken(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    c = Client(http, sandbox.youtube, clock)
    assert await c.begin(title="x" * 100, description="ạ" * 1666 + "xx", tags=["x" * 250, "y" * 249])
    assert await c.begin(tags=["a b" * 166]), "498 characters and two quotes"
    assert await c.insert({"snippet": SNIPPET}, "snippet", size=256 * 1024**3, Slug="clip.mp4")
    assert await c.insert({"snippet": SNIPPET}, "snippet", X_Upload_Content_Type="application/octet-stream")
    await c.comment(await c.video(), "x" * 10_000)
    assert c.answer[0] == 200


async def test_a_refused_update_changes_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    c = Client(http, sandbox.youtube, clock)
    video = await c.video()
    body = {"id": video, "snippet": {"title": "Mới", "categoryId": "22"}, "status": {"privacyStatus": "friends"}}
    await c.update(body, "snippet,status")
    assert_refused_by(sandbox.youtube, "privacy")
    assert (await c.get(f"videos?part=snippet&id={video}"))["items"][0]["snippet"]["title"] == "Clip"


async def test_moderation_takes_all_or_none(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    c = Client(http, sandbox.youtube, clock)
    top = await commented(c)
    await c.moderate(f"id={top},404&moderationStatus=rejected")
    assert_refused_by(sandbox.youtube, "no_comment")
    assert (await c.get(f"comments?part=snippet&id={top}"))["items"][0]["id"] == top
    assert not next(iter(sandbox.youtube.published())).remarks[0].hidden
