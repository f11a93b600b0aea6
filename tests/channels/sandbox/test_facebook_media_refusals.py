"""Photos, clips, reels and files by handle: every way to break the rules of what comes in as bytes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from channels.sandbox.facebook.rules import CHUNK, MOST_VIDEO
from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.facebook_client import FILM, Client
from tests.channels.sandbox.test_facebook import reel_bytes
from tests.conftest import FakeClock

Way = Callable[[Client], Awaitable[Any]]


async def with_media(c: Client, media: str, **words: str) -> None:
    await c.feed(attached_media=media, **words)


async def expired_photo(c: Client) -> None:
    photo = (await c.photo(published="false"))["id"]
    c.clock.forward(hours=24, seconds=1)
    await with_media(c, json.dumps([{"media_fbid": photo}]))


async def same_photo_twice(c: Client) -> None:
    media = [{"media_fbid": (await c.photo(published="false"))["id"]}]
    await with_media(c, json.dumps(media * 2))


async def public_photo(c: Client) -> None:
    await with_media(c, json.dumps([{"media_fbid": (await c.photo())["id"]}]))


async def chunk(c: Client, size: int, data: bytes, start: str = "0", **words: str) -> None:
    begun = await c.phase("start", file_size=str(size))
    told = {"upload_session_id": begun["upload_session_id"], "start_offset": start, **words}
    await c.phase("transfer", {"video_file_chunk": data} if data else None, **told)


async def unfinished(c: Client, data: bytes = FILM, **words: str) -> None:
    """All the bytes told of but one, or `data` in their place; then finish."""
    begun = await c.phase("start", file_size=str(len(FILM)))
    session = begun["upload_session_id"]
    await c.phase("transfer", {"video_file_chunk": data}, upload_session_id=session, start_offset="0")
    await c.phase("finish", upload_session_id=session, **words)


async def cancelled(c: Client) -> None:
    begun = await c.phase("start", file_size=str(len(FILM)))
    await c.phase("cancel", upload_session_id=begun["upload_session_id"])
    assert c.answer[1] == {"success": True}
    await c.phase("finish", upload_session_id=begun["upload_session_id"])


async def others_session(c: Client) -> None:
    begun = await c.phase("start", file_size=str(len(FILM)))
    c.platform.add_page("999", "Trang khác", "other")
    c.token, c.id = "other", "999"
    await c.phase("finish", upload_session_id=begun["upload_session_id"])


async def reel_beyond(c: Client) -> None:
    _, url = await c.reel_start()
    await c.bytes(url, FILM[:2000], file_size=str(len(FILM)))
    await c.bytes(url, FILM, offset="2000", file_size=str(len(FILM)))


async def reel_of_another_size(c: Client) -> None:
    _, url = await c.reel_start()
    await c.bytes(url, FILM[:2000], file_size=str(len(FILM)))
    await c.bytes(url, FILM[2000:], offset="2000", file_size="9999")


async def reel_half(c: Client) -> None:
    video, url = await c.reel_start()
    await c.bytes(url, FILM[:2000], file_size=str(len(FILM)))
    await c.reel_end(video)


async def reel_twice(c: Client) -> None:
    await c.reel_end(await c.reel())


async def handle(c: Client, **words: str) -> None:
    await c.log_in()
    await c.post("900/uploads", **words)


async def unknown_phase(c: Client) -> None:
    begun = await c.phase("start", file_size="5000")
    await c.phase("pause", upload_session_id=begun["upload_session_id"])


async def handle_at(c: Client, offset: str) -> None:
    await c.log_in()
    place = (await c.post("900/uploads", file_name="a.mp4", file_length="5", file_type="video/mp4"))["id"]
    headers = {"Authorization": f"OAuth {c.token}", "file_offset": offset}
    await c.call("POST", f"/v26.0/{place}", data=b"12", headers=headers)


async def on_video(c: Client, what: Callable[[str], Awaitable[Any]]) -> None:
    await what((await c.video())["id"])


WAYS: list[tuple[str, Way]] = [
    # photos
    ("bad_image", lambda c: c.post(f"{c.id}/photos")),
    ("bad_image", lambda c: c.photo(b"RIFF\0\0\0\0WEBPVP8 ")),
    ("bad_image", lambda c: c.post(f"{c.id}/photos", url="https://example.com/a.jpg")),
    ("bad_image", lambda c: c.post(f"{c.id}/videos", {"source": FILM, "thumb": b"<html>"})),
    ("missing", lambda c: with_media(c, '[{"media_fbid":"404"}]')),
    ("missing", expired_photo),
    ("missing", lambda c: on_video(c, lambda video: with_media(c, json.dumps([{"media_fbid": video}])))),
    ("already_posted", same_photo_twice),
    ("already_posted", public_photo),
    # videos in chunks
    ("parameter", lambda c: c.post(f"{c.id}/videos", title="t")),
    ("parameter", lambda c: c.phase("start")),
    ("parameter", lambda c: c.phase("start", file_size="4 MB")),
    ("parameter", lambda c: c.phase("start", file_size="5000", file_url="http://127.0.0.1/a")),
    ("parameter", lambda c: c.phase("transfer")),
    ("parameter", lambda c: chunk(c, 5000, b"")),
    ("parameter", lambda c: c.phase("begin", upload_session_id="1")),
    ("parameter", others_session),
    ("parameter", cancelled),
    ("parameter", unknown_phase),
    ("parameter", lambda c: c.post(f"{c.id}/videos", fbuploader_video_file_chunk="4:none")),
    ("small_video", lambda c: c.phase("start", file_size="1023")),
    ("small_video", lambda c: reel_bytes(c, FILM[:1023])),
    ("big_video", lambda c: reel_bytes(c, file_size=str(MOST_VIDEO + 1))),
    ("bad_video", lambda c: unfinished(c, FILM[:-1])),
    ("bad_video", lambda c: unfinished(c, b"x" * len(FILM))),
    ("schedule_live", lambda c: unfinished(c, scheduled_publish_time=c.ahead(hours=1))),
    ("offset", lambda c: chunk(c, 5000, b"x" * 5001)),
    ("offset", lambda c: chunk(c, CHUNK * 2, b"x" * (CHUNK + 1))),
    ("offset", lambda c: chunk(c, 5000, b"x", start="")),
    ("cannot_fetch", lambda c: c.post(f"{c.id}/videos", file_url=f"{c.platform.url}/v26.0/me")),
    # reels
    ("parameter", lambda c: c.post(f"{c.id}/video_reels")),
    ("parameter", lambda c: c.post(f"{c.id}/video_reels", upload_phase="transfer")),
    ("parameter", lambda c: c.reel("LIVE")),
    ("missing", lambda c: c.reel_end("404")),
    ("missing", reel_twice),
    ("missing", lambda c: c.bytes("/video-upload/v26.0/404")),
    ("reel_offset", lambda c: reel_bytes(c, offset="")),
    ("reel_offset", reel_beyond),
    ("reel_partial", lambda c: reel_bytes(c, file_size="")),
    ("reel_partial", reel_of_another_size),
    ("reel_partial", reel_half),
    ("cannot_fetch", lambda c: reel_bytes(c, file_url="https://example.com/a.mp4")),
    # files by handle
    ("parameter", lambda c: handle(c, file_type="video/mp4")),
    ("parameter", lambda c: handle(c, file_length="5000")),
    ("missing", lambda c: c.call("GET", "/v26.0/upload:404", headers={"Authorization": f"OAuth {c.token}"})),
    ("no_token", lambda c: c.call("GET", "/v26.0/upload:404")),
    ("file_length", lambda c: handle_at(c, "1")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "way"), WAYS, ids=[f"{n}-{key}" for n, (key, _) in enumerate(WAYS)])
async def test_a_rule_is_broken_in_every_way_there_is(
    key: str, way: Way, sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    client = Client(http, sandbox.facebook, clock)
    await way(client)
    assert client.answer[0] == sandbox.facebook.rules[key].status, client.answer[1]
    assert_refused_by(sandbox.facebook, key)


async def test_a_refused_finish_can_be_said_again(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    c = Client(http, sandbox.facebook, clock)
    begun = await c.phase("start", file_size=str(len(FILM)))
    session = begun["upload_session_id"]
    await c.phase("transfer", {"video_file_chunk": FILM}, upload_session_id=session, start_offset="0")
    await c.phase("finish", upload_session_id=session, scheduled_publish_time=c.ahead(hours=1))
    assert_refused_by(sandbox.facebook, "schedule_live")
    assert not sandbox.facebook.published()
    assert await c.phase("finish", upload_session_id=session) == {"success": True}
    assert [i.remote_id for i in sandbox.facebook.published()] == [begun["video_id"]]
