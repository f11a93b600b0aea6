"""The Facebook adapter's reels, what goes with a clip, and uploads of any size, against the stand-in."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.base import Content, Notes, Sent
from channels.errors import Rejected, Told, Unclear, Unreachable
from channels.facebook import FacebookChannel
from channels.facebook.composing import CLIP_FORM, fits_reel
from channels.http import Door
from channels.sandbox.facebook import FacebookSandbox
from tests.channels.facebook_wire import (
    FILM,
    SRT,
    Kept,
    Wire,
    beside,
    clip,
    composed,
    upright,
)
from tests.conftest import FakeClock

# -- reels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({}, True),
        ({"width": 540, "height": 960, "duration_s": 3.0}, True),
        ({"width": 1088, "duration_s": 90.0}, True),
        ({"width": 1920, "height": 1080}, False),
        ({"width": 1080, "height": 1080}, False),
        ({"width": 360, "height": 640}, False),
        ({"duration_s": 90.5}, False),
        ({"duration_s": 2.9}, False),
        ({"mime": "video/quicktime"}, False),
        ({"fps": 29.97, "video_codec": "hevc", "audio_codec": "aac"}, True),
        ({"fps": 15.0}, False),
        ({"video_codec": "mpeg4"}, False),
        ({"width": 0, "height": 0}, False),
    ],
)
def test_an_upright_short_clip_is_a_reel(tmp_path: Path, more: dict[str, Any], fits: bool) -> None:
    film = upright(tmp_path, **more)
    assert fits_reel(film) is fits
    assert composed("a", film).form == ("reel" if fits else "video")
    assert composed("a", film, options={CLIP_FORM: "video"}).form == "video"
    chosen = Content("a", media=(film,), options={CLIP_FORM: "reel"})
    assert (FacebookChannel.review(chosen) == []) is fits


async def test_a_reel_goes_out_in_three_steps(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out, kept = composed("Lời", upright(tmp_path), title="Tên"), Kept()
    notes = await page.prepare(out, {}, kept)
    assert kept.saved[0]["upload_url"].startswith(graph.url), "kept before a byte is sent"
    assert await page.find_sent(out, notes, clock()) is None, "uploaded is not published"
    assert await page.prepare(out, notes, kept) == notes
    sent = await page.submit(out, notes)
    reel = graph.items[notes["video_id"]]
    assert (reel.extra["reel"], reel.text, reel.title, reel.live) == (True, "Lời", "Tên", True)
    assert reel.payload["media_sha256"] == out.payload["source"]
    assert (await page.poll(out, sent, notes)).processing
    found = await page.find_sent(out, notes, clock())
    assert found is not None and found.remote_id == sent.remote_id
    clock.forward(seconds=20)
    out_now = await page.poll(out, sent, notes)
    assert (out_now.processing, out_now.permalink) == (False, f"https://www.facebook.com/reel/{sent.remote_id}/")


@pytest.mark.parametrize("form", ["video", "reel"])
async def test_a_correction_that_is_a_clip_is_pinned_as_its_post(
    page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path, form: str
) -> None:
    out = composed("Đính chính", upright(tmp_path), options={CLIP_FORM: form, "pin": "true"})
    notes = await page.prepare(out, {}, Kept())
    sent = await page.submit(out, notes)
    assert page.has_extras(out) and not graph.items[sent.remote_id].pinned
    await page.finish(out, sent, notes)
    assert graph.items[sent.remote_id].pinned


@pytest.mark.parametrize(("post", "pinned"), [("1001_8", "1001_8"), ("8", "1001_8"), (None, "1001_41")])
async def test_the_post_of_a_clip_is_asked_for(
    told: FacebookChannel, wire: Wire, tmp_path: Path, post: str | None, pinned: str
) -> None:
    wire.says({"post_id": post}, {"success": True})
    await told.finish(composed("a", upright(tmp_path), options={"pin": "true"}), Sent("41"), {})
    assert [(method, path) for method, path, _, _ in wire.asked] == [("GET", "/v26.0/41"), ("POST", f"/v26.0/{pinned}")]


async def test_a_reel_that_was_cut_off_goes_on(page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path) -> None:
    data = FILM + b"\1" * 300_000
    out, kept = composed("a", upright(tmp_path, data)), Kept()
    graph.fail_next("drop_after", match="/video-upload")
    with pytest.raises(Unreachable):
        await page.prepare(out, {}, kept)
    notes = await page.prepare(out, kept.saved[0], kept)
    assert graph.calls[f"POST /video-upload/v26.0/{notes['video_id']}"] == 1, "Facebook had every byte"
    await page.submit(out, notes)
    assert graph.items[notes["video_id"]].payload["media_sha256"] == out.payload["source"]


@pytest.mark.parametrize("spelt", ["bytes_transferred", "bytes_transfered"])
async def test_the_rest_of_a_reel_is_sent_from_where_facebook_stands(
    told: FacebookChannel, wire: Wire, spelt: str, tmp_path: Path
) -> None:
    out = composed("a", upright(tmp_path))
    notes = {"video_id": "41", "upload_url": f"{wire.url}/video-upload/v26.0/41"}
    status = {"status": {"video_status": "uploading", "uploading_phase": {spelt: "1000"}}}
    wire.says(status, status, {"success": True})
    await told.prepare(out, notes, Kept())
    assert wire.bodies[-1] == FILM[1000:]
    sent = {name: wire.headers[-1][name] for name in ("Authorization", "offset", "file_size", "Content-Length")}
    assert sent == {
        "Authorization": "OAuth EAAB-secret-token", "offset": "1000", "file_size": str(len(FILM)),
        "Content-Length": str(len(FILM) - 1000),
    }  # fmt: skip


@pytest.mark.parametrize(
    "refusal",
    [
        (100, None, {"message": "OffsetInvalidError"}),
        (100, None, {"type": "PartialRequestError"}),
    ],
)
async def test_a_wrong_offset_is_asked_for(told: FacebookChannel, wire: Wire, refusal: Any, tmp_path: Path) -> None:
    out = composed("a", upright(tmp_path))
    begun = {"video_id": "41", "upload_url": "https://rupload.facebook.com/video-upload/v26.0/41"}
    status = {"status": {"uploading_phase": {"bytes_transferred": 500}}}
    wire.says(begun, refusal, status, {"success": True})
    notes = await told.prepare(out, {}, Kept())
    assert notes["upload_url"] == f"{wire.url}/video-upload/v26.0/41", "Meta's own host is not asked by a stand-in's"
    assert wire.headers[-1]["offset"] == "500"
    wire.says(begun, refusal, status, refusal, status, refusal, status)
    with pytest.raises(Unreachable):
        await told.prepare(out, {}, Kept())


async def test_a_reel_that_facebook_cannot_read_is_rejected(told: FacebookChannel, wire: Wire, tmp_path: Path) -> None:
    begun = {"video_id": "41", "upload_url": f"{wire.url}/up/41"}
    wire.says(begun, {"debug_info": {"retriable": False, "type": "ProcessingFailedError", "message": "no"}})
    with pytest.raises(Rejected) as caught:
        await told.prepare(composed("a", upright(tmp_path)), {}, Kept())
    assert caught.value.code == "ProcessingFailedError"


async def test_the_token_goes_to_no_strange_host(
    told: FacebookChannel, wire: Wire, door: Door, clock: FakeClock, tmp_path: Path
) -> None:
    wire.says({"video_id": "41", "upload_url": "https://rupload.facebook.com.evil.example/41"})
    with pytest.raises(Unreachable, match="foreign"):
        await told.prepare(composed("a", upright(tmp_path)), {}, Kept())


async def test_an_expired_reel_is_begun_anew(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out = composed("a", upright(tmp_path))
    old = await page.prepare(out, {}, Kept())
    clock.forward(days=1, seconds=1)
    new = await page.prepare(out, old, Kept())
    assert new["video_id"] != old["video_id"]
    assert (await page.submit(out, new)).remote_id == new["video_id"]


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
async def test_a_reel_whose_end_is_unclear_is_looked_for(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, fault: str, tmp_path: Path
) -> None:
    out = composed("a", upright(tmp_path))
    notes = await page.prepare(out, {}, Kept())
    graph.fail_next(fault, match="/video_reels")
    with pytest.raises(Unclear):
        await page.submit(out, notes)
    found = await page.find_sent(out, notes, clock())
    assert (found is not None) is (fault == "drop_after")
    assert await page.find_sent(out, {}, clock()) is None


async def test_the_list_of_reels_has_the_last_word(
    told: FacebookChannel, wire: Wire, clock: FakeClock, tmp_path: Path
) -> None:
    out, notes = composed("a", upright(tmp_path)), {"video_id": "41"}
    working = {"status": {"video_status": "processing", "publishing_phase": {"status": "not_started"}}}
    wire.says(working, {"data": [{"id": 41}]})
    assert await told.find_sent(out, notes, clock()) is not None
    wire.says(working, {"data": [{"id": "42"}]})
    assert await told.find_sent(out, notes, clock()) is None
    working["status"]["publishing_phase"] = {"status": "not_started", "publish_status": "published"}
    wire.says(working)
    assert await told.find_sent(out, notes, clock()) is not None


# -- what goes with a clip ----------------------------------------------------------------------------------------


async def test_a_clip_has_captions_and_a_thumbnail(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    jpeg = b"\xff\xd8\xffthumb"
    files = [beside(tmp_path, "captions", SRT), beside(tmp_path, "captions", SRT, "en")]
    for film in (clip(tmp_path), upright(tmp_path)):
        out = composed("a", film, *files, beside(tmp_path, "thumbnail", jpeg))
        assert [c["locale"] for c in out.payload["captions"]] == ["vi_VN", "en_US"]
        notes = await page.prepare(out, {}, Kept())
        sent = await page.submit(out, notes)
        assert page.has_extras(out)
        for _ in range(2):
            await page.finish(out, sent, notes)
        kept = graph.items[sent.remote_id]
        assert {name: c["default"] for name, c in kept.extra["captions"].items()} == {"vi_VN": True, "en_US": False}
        assert kept.picture == jpeg
        assert graph.calls[f"POST /v26.0/{sent.remote_id}/captions"] == 2, "what is there is not sent again"


async def test_one_extra_that_fails_keeps_no_other_back(
    page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path
) -> None:
    out = composed("a", upright(tmp_path), beside(tmp_path, "captions", b"no SubRip"), beside(tmp_path, "thumbnail",
                   b"\xff\xd8\xff1"))  # fmt: skip
    notes = await page.prepare(out, {}, Kept())
    sent = await page.submit(out, notes)
    with pytest.raises(Rejected):
        await page.finish(out, sent, notes)
    assert graph.items[sent.remote_id].picture == b"\xff\xd8\xff1"


# -- big files ----------------------------------------------------------------------------------------------------


async def test_an_upload_says_that_it_goes_on_and_ends_where_it_shall_not(
    page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path
) -> None:
    data = FILM + b"\1" * (9 * 1024 * 1024)
    kept = Kept()
    await page.prepare(composed("a", upright(tmp_path, data)), {}, kept)
    assert len(kept.saved) == 4, "begun, twice on its way, done"

    async def taken_over(notes: Notes) -> None:
        await kept(notes)
        if len(kept.saved) == 6:
            raise Unreachable("taken over", told=Told("a", "b"))

    with pytest.raises(Unreachable, match="taken over"):
        await page.prepare(composed("a", upright(tmp_path, data)), {}, taken_over)


@pytest.mark.parametrize("seconds", [30.0, 600.0])
async def test_a_big_clip_costs_no_memory(
    page: FacebookChannel, graph: FacebookSandbox, seconds: float, tmp_path: Path
) -> None:
    size = 60_000_000
    film = upright(tmp_path, duration_s=seconds)
    with film.path.open("r+b") as file:
        file.truncate(size)  # a hole: no disk either
    film = replace(film, size=size)
    out = composed("a", film)
    assert out.form == ("reel" if seconds < 90 else "video")
    gc.collect()
    tracemalloc.start()
    try:
        notes = await page.prepare(out, {}, Kept())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sent = await page.submit(out, notes)
    assert graph.items[sent.remote_id].extra["size"] == size
    assert peak < 10_000_000, "the stand-in holds a chunk of a megabyte, the adapter none"
