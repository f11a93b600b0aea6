"""Every request that the YouTube adapter makes is one that Google's discovery documents describe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from channels.base import AccountRef, Content, MediaFile
from channels.sandbox.pictures import picture
from channels.sandbox.youtube import YouTubeSandbox
from channels.sandbox.youtube.base import Playlist
from channels.youtube import YouTubeChannel
from tests.channels.discovery import Call, Document, call_of
from tests.channels.youtube_wire import CHANNEL, FILM, Adapter, composed, correction, keep_nothing
from tests.conftest import FakeClock

DATA, ANALYTICS = Document("youtube", "v3"), Document("youtubeAnalytics", "v2")
METHODS = {
    "youtube.videos.insert", "youtube.videos.list", "youtube.videos.update", "youtube.videos.delete",
    "youtube.playlistItems.list", "youtube.playlistItems.insert", "youtube.captions.list", "youtube.captions.insert",
    "youtube.thumbnails.set", "youtube.commentThreads.list", "youtube.commentThreads.insert", "youtube.comments.list",
    "youtube.comments.insert", "youtube.comments.update", "youtube.comments.delete",
    "youtube.comments.setModerationStatus", "youtube.channels.list", "youtubeAnalytics.reports.query",
}  # fmt: skip
REF = AccountRef("youtube", CHANNEL)


@pytest.fixture
async def watched(clock: FakeClock) -> AsyncIterator[tuple[YouTubeSandbox, list[Call]]]:
    """The stand-in, and every request that came to it."""
    platform, calls = YouTubeSandbox(now=clock, seed=1), list[Call]()
    inside = platform._around

    @web.middleware
    async def around(request: web.Request, handler: Any) -> web.StreamResponse:
        if "upload_id" not in request.query and request.path != "/token":  # those two are not in the document
            calls.append(await call_of(request))
        return await inside(request, handler)

    platform._around = around  # type: ignore[method-assign]
    platform.add_channel(CHANNEL, "UBND", client_id="c", client_secret="s", refresh_token="r")
    platform.playlists["PL1"] = Playlist("PL1", CHANNEL, "Lũ", "public", clock())
    await platform.start()
    yield platform, calls
    await platform.stop()


def said(text: str, target: str, form: str, **words: str) -> Any:
    return YouTubeChannel.compose(Content(text, "Tên", options={"form": form, "target": target, **words}), REF)


def files(folder: Path) -> tuple[MediaFile, ...]:
    given = (
        ("clip", "video/mp4", FILM), ("captions", "text/vtt", b"WEBVTT\n\n00:00.000 --> 00:02.000\nA\n"),
        ("thumbnail", "image/jpeg", picture("Bìa", 1, (64, 36))),
    )  # fmt: skip
    found = []
    for number, (kind, mime, data) in enumerate(given):
        (folder / kind).write_bytes(data)
        found.append(MediaFile(folder / kind, kind, mime, len(data), f"{number:064}", language="vi"))
    return tuple(found)


async def use_everything(adapter: YouTubeChannel, youtube: YouTubeSandbox, media: tuple[MediaFile, ...]) -> None:
    """Every form out, every reading, every deed."""
    words = {"tags": "a, b c", "playlist": "PL1", "notify": "false", "synthetic": "true", "privacy": "unlisted"}
    film = composed(media[0], media=media, options=words)
    notes = await adapter.prepare(film, {}, keep_nothing)
    sent = await adapter.submit(film, notes)
    await adapter.poll(film, sent, notes)
    await adapter.finish(film, sent, notes)
    await adapter.find_sent(film, {}, adapter.now())
    note = correction(sent.remote_id)
    comment = await adapter.submit(note, {})
    await adapter.finish(note, comment, {})
    spam = youtube.add_remark(sent.remote_id, "Lan", "Hỏi", adapter.now())
    for number in range(8):  # more than a thread shows
        await adapter.submit(said(f"Đáp {number}", spam.remote_id, "reply"), {})
    for target in (sent.remote_id, comment.remote_id):
        out = said("Lời mới", target, "edit", tags="c")
        await adapter.submit(out, {})
        await adapter.find_sent(out, {}, adapter.now())
    for hidden in (True, False):
        await adapter.hide_comment(spam.remote_id, hidden)
    await adapter.check_account()
    await adapter.read_items(adapter.now() - timedelta(days=1))
    await adapter.read_metrics(sent.remote_id)
    await adapter.read_account_metrics(adapter.now() - timedelta(days=9), adapter.now())
    assert len(await adapter.read_comments(sent.remote_id, None)) == 10
    for gone in (comment.remote_id, sent.remote_id):
        await adapter.withdraw(gone)


async def test_every_request_is_one_that_google_describes(
    watched: tuple[YouTubeSandbox, list[Call]], opened: Adapter, tmp_path: Path
) -> None:
    youtube, calls = watched
    await use_everything(opened(youtube.url), youtube, files(tmp_path))
    wrong = {}
    for call in calls:
        document = ANALYTICS if call.path.startswith("/v2/") else DATA
        if faults := document.faults(call):
            wrong[f"{call.method} {call.path}?{call.query}"] = faults
    assert wrong == {}
    assert {DATA.named(c) or ANALYTICS.named(c) for c in calls} == METHODS
    assert not youtube.refused or {key for _, key, _ in youtube.refused} == {"no_video"}, "a comment's id is no video's"


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (("GET", "videos", "id=v", None), "missing parameter part"),
        (("GET", "videos", "part=id&ids=v", None), "unknown parameter ids"),
        (("GET", "playlistItems", "part=id&maxResults=all", None), "maxResults=all"),
        (("GET", "film", "", None), "no method GET /youtube/v3/film"),
        (("PUT", "videos", "part=snippet", b'{"id":"v","snippet":{"titel":"t"}}'), "unknown field Video.snippet.titel"),
        (("PUT", "videos", "part=id", b'{"id":"v","snippet":{}}'), "snippet is not in part"),
        (("PUT", "videos", "part=snippet", b'{"snippet":{"tags":"a"}}'), "Video.snippet.tags is no array: 'a'"),
        (("PUT", "videos", "part=status", b'{"status":{"license":"mine"}}'),
         "Video.status.license is none of its values: 'mine'"),
        (("DELETE", "videos", "id=v", b"{}"), "a body where there is none, or none where there is one"),
    ],
)  # fmt: skip
def test_a_wrong_request_would_be_seen(call: tuple[str, str, str, bytes | None], fault: str) -> None:
    method, path, query, body = call
    made = Call(method, f"/youtube/v3/{path}", query, body or b"", "application/json" if body else "")
    assert fault in DATA.faults(made)
