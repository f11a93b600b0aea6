"""The Facebook adapter's deliveries over real HTTP: against the stand-in, and against a server that is told."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from channels.base import Sent
from channels.errors import AuthLost, ChannelError, Rejected, Unclear, Unreachable
from channels.facebook import FacebookChannel
from channels.http import Door
from channels.sandbox.facebook import FacebookSandbox
from channels.sandbox.facebook.rules import CHUNK
from tests.channels.facebook_wire import FILM, JPEG, PAGE, TOKEN, Kept, Wire, adapter, answer, clip, composed, picture
from tests.conftest import FakeClock

VIDEO = Sent(remote_id="41", processing=True)


# -- what goes out ------------------------------------------------------------------------------------------------


async def test_what_was_composed_is_what_arrives(page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path) -> None:
    for out in (
        composed("Thông báo", link="https://binhson.example/tin"),
        composed("", link="https://binhson.example/chỉ-liên-kết"),
        composed("Có hình", picture(tmp_path)),
    ):
        sent = await page.submit(out, {})
        kept = graph.items[sent.remote_id].payload
        shown = {k: v for k, v in out.payload.items() if k != "source"}
        assert kept.items() >= shown.items()
        assert sent.permalink == f"https://www.facebook.com/{sent.remote_id}"
    assert kept["media_sha256"] == hashlib.sha256(JPEG).hexdigest() == out.payload["source"]
    assert kept["alt_text_custom"] == "Cầu"


def test_only_what_says_something_is_composed(tmp_path: Path) -> None:
    assert composed("", link=" https://a.example ").payload == {"link": "https://a.example"}
    assert set(composed("a", clip(tmp_path)).payload) == {"description", "source"}
    both = composed("a", picture(tmp_path), link="https://a.example").payload
    assert both["caption"] == "a\nhttps://a.example"


async def test_a_post_is_one_form_with_the_token_in_the_body(told: FacebookChannel, wire: Wire) -> None:
    wire.says({"id": "1001_7"})
    await told.submit(composed("Xin chào"), {})
    assert wire.asked == [("POST", f"/v26.0/{PAGE}/feed", {}, {"message": "Xin chào", "access_token": TOKEN})], (
        "once, and no token in the address"
    )


async def test_a_picture_goes_without_its_name(told: FacebookChannel, wire: Wire, tmp_path: Path) -> None:
    wire.says({"id": "7", "post_id": "1001_8"})
    assert (await told.submit(composed("a", picture(tmp_path)), {})).remote_id == "1001_8"
    assert wire.files == [("source", "picture.jpg", JPEG)]
    wire.says({"id": "7"})
    assert (await told.submit(composed("a", picture(tmp_path)), {})).remote_id == "7"


async def test_the_proof_goes_with_every_call(door: Door, clock: FakeClock, wire: Wire) -> None:
    channel = adapter(door, clock, wire.url, app_secret="s3cret")
    proof = hmac.new(b"s3cret", TOKEN.encode(), hashlib.sha256).hexdigest()
    wire.says({"id": "1001_7"})
    await channel.submit(composed(), {})
    await channel.read_comments("1001_7", None)
    await channel.withdraw("1001_7")
    assert [{**query, **form}["appsecret_proof"] for _, _, query, form in wire.asked] == [proof] * 3


async def test_a_correction_is_pinned(page: FacebookChannel, graph: FacebookSandbox) -> None:
    out = composed(options={"pin": "true"})
    sent = await page.submit(out, {})
    assert not graph.items[sent.remote_id].pinned
    await page.finish(out, sent, {})
    assert graph.items[sent.remote_id].pinned


@pytest.mark.parametrize("says", [{}, {"id": None}, {"id": ""}, {"success": False}])
async def test_a_success_that_names_nothing_is_unclear(told: FacebookChannel, wire: Wire, says: Any) -> None:
    wire.says(says)
    with pytest.raises(Unclear):
        await told.submit(composed(), {})
    with pytest.raises(Unclear):
        await told.submit(answer("5_6"), {})
    assert len(wire.asked) == 2, "nothing is sent twice"


async def test_a_post_is_withdrawn_once(page: FacebookChannel, graph: FacebookSandbox) -> None:
    sent = await page.submit(composed(), {})
    await page.withdraw(sent.remote_id)
    assert graph.items[sent.remote_id].state == "removed"
    await page.withdraw(sent.remote_id)


async def test_a_deletion_that_did_not_happen_is_unclear(told: FacebookChannel, wire: Wire) -> None:
    wire.says({"success": False})
    with pytest.raises(Unclear):
        await told.withdraw("1001_7")
    wire.says((100, None))
    with pytest.raises(Rejected):
        await told.withdraw("1001_7")


async def test_comments_are_answered(page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock) -> None:
    post = (await page.submit(composed(), {})).remote_id
    question = graph.add_remark(post, "Người dân", "hỏi", clock())
    first = await page.submit(answer(question.remote_id, "đáp"), {})
    second = await page.submit(answer(first.remote_id, "thêm"), {})
    kept = {r.remote_id: r for r in graph.items[post].remarks}
    assert (kept[first.remote_id].text, kept[first.remote_id].parent_id) == ("đáp", question.remote_id)
    assert (kept[second.remote_id].text, kept[second.remote_id].parent_id) == ("thêm", question.remote_id), "one level"
    await page.withdraw(first.remote_id)
    assert [r.remote_id for r in graph.items[post].remarks if r.removed] == [first.remote_id]


# -- clips --------------------------------------------------------------------------------------------------------


async def test_a_clip_goes_up_and_is_polled_until_it_is_ready(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    data = FILM + b"\1" * CHUNK
    out, kept = composed("Lời", clip(tmp_path, data), title="Tên"), Kept()
    notes = await page.prepare(out, {}, kept)
    assert [(n["start"], n["end"]) for n in kept.saved] == [
        ("0", str(CHUNK)),
        (str(CHUNK), str(len(data))),
        (str(len(data)), str(len(data))),
    ], "every step is saved before the next"
    assert await page.find_sent(out, notes, clock()) is None, "uploaded is not published"
    sent = await page.submit(out, notes)
    assert sent.processing
    item = graph.items[sent.remote_id]
    assert (item.title, item.text, item.payload["media_sha256"]) == ("Tên", "Lời", out.payload["source"])
    assert (await page.poll(out, sent, notes)).processing
    clock.forward(seconds=20)
    done = await page.poll(out, sent, notes)
    assert not done.processing
    assert done.permalink == f"https://www.facebook.com/reel/{sent.remote_id}/"


async def test_an_upload_goes_on_after_a_crash(page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path) -> None:
    out, kept = composed("a", clip(tmp_path, FILM + b"\1" * CHUNK)), Kept()
    notes = await page.prepare(out, {}, kept)
    again = await page.prepare(out, kept.saved[1], Kept())
    assert again["upload_session_id"] == notes["upload_session_id"]
    assert await page.submit(out, again)
    assert len(graph.published()) == 1


async def test_a_chunk_whose_answer_was_lost_is_not_sent_again(
    page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path
) -> None:
    out, kept = composed("a", clip(tmp_path, FILM + b"\1" * CHUNK)), Kept()
    await page.prepare(out, {}, kept)
    done = await page.prepare(out, kept.saved[0], Kept())  # our notes say that Facebook has nothing; it has all
    assert done["start"] == done["end"] == str(out.media[0].size)
    await page.submit(out, done)
    assert graph.items[done["video_id"]].payload["media_sha256"] == out.payload["source"]


async def test_an_expired_session_is_begun_anew(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out = composed("a", clip(tmp_path))
    old = await page.prepare(out, {}, Kept())
    clock.forward(days=1, seconds=1)
    new = await page.prepare(out, old, Kept())
    assert new["upload_session_id"] != old["upload_session_id"]
    assert (await page.submit(out, new)).remote_id == new["video_id"]


@pytest.mark.parametrize("refusal", [(6001, 1363030), (6000, None), (100, None)])
async def test_a_session_that_is_refused_is_begun_anew(
    told: FacebookChannel, wire: Wire, refusal: Any, tmp_path: Path
) -> None:
    out, kept = composed("a", clip(tmp_path)), Kept()
    old = {"upload_session_id": "1", "video_id": "2", "start": "0", "end": "9", "other": "stays"}
    size = str(len(FILM))
    begun = {"upload_session_id": 31, "video_id": 41, "start_offset": 0, "end_offset": size}
    wire.says({"status": {"video_status": "uploading"}}, refusal, begun, {"start_offset": size, "end_offset": size})
    done = await told.prepare(out, old, kept)
    assert done == {"upload_session_id": "31", "video_id": "41", "start": size, "end": size, "other": "stays"}
    assert {"other": "stays"} in kept.saved, "the lost session is forgotten first"


async def test_a_new_session_that_is_refused_is_forgotten(told: FacebookChannel, wire: Wire, tmp_path: Path) -> None:
    out, kept = composed("a", clip(tmp_path)), Kept()
    begun = {"upload_session_id": "31", "video_id": "41", "start_offset": "0", "end_offset": "9"}
    wire.says(begun, (6000, 1363019))
    with pytest.raises(Unreachable):
        await told.prepare(out, {}, kept)
    assert kept.saved[-1] == {}
    wire.says(begun, (324, None))
    with pytest.raises(Rejected):
        await told.prepare(out, {}, kept)
    assert kept.saved[-1]["upload_session_id"] == "31", "the file is refused, the session is not"


@pytest.mark.parametrize("answer", [{"start_offset": "0", "end_offset": "9"}, (6001, 1363037, {"error_data": {
    "start_offset": "0", "end_offset": "9"}})])  # fmt: skip
async def test_an_upload_that_does_not_move_is_given_up(
    told: FacebookChannel, wire: Wire, answer: Any, tmp_path: Path
) -> None:
    wire.says({"upload_session_id": "31", "video_id": "41", "start_offset": "0", "end_offset": "9"}, answer)
    with pytest.raises(Unreachable):
        await told.prepare(composed("a", clip(tmp_path)), {}, Kept())
    assert len(wire.asked) < 10


@pytest.mark.parametrize("answer", [{}, {"upload_session_id": "31", "video_id": "41"}, {"start_offset": "0"}])
async def test_a_start_without_a_session_had_no_effect(
    told: FacebookChannel, wire: Wire, answer: Any, tmp_path: Path
) -> None:
    wire.says(answer)
    with pytest.raises(Unreachable):
        await told.prepare(composed("a", clip(tmp_path)), {}, Kept())


async def test_a_start_that_nobody_answers_is_harmless(
    page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path
) -> None:
    graph.fail_next("drop_after", match="/videos")
    with pytest.raises(Unreachable):
        await page.prepare(composed("a", clip(tmp_path)), {}, Kept())


async def test_a_file_that_shrank_is_not_sent(page: FacebookChannel, tmp_path: Path) -> None:
    out = composed("a", clip(tmp_path))
    out.media[0].path.write_bytes(FILM[:2000])
    with pytest.raises(Rejected):
        await page.prepare(out, {}, Kept())


async def test_a_finish_that_fails_is_unclear_and_looked_for(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out = composed("a", clip(tmp_path))
    notes = await page.prepare(out, {}, Kept())
    graph.fail_next("drop_after", match="/videos")
    with pytest.raises(Unclear):
        await page.submit(out, notes)
    found = await page.find_sent(out, notes, clock())
    assert found is not None and (found.remote_id, found.processing) == (notes["video_id"], True)
    assert await page.find_sent(out, {}, clock()) is None
    assert await page.find_sent(out, {"video_id": "404"}, clock()) is None


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        ({"video_status": "ready"}, True),
        ({"video_status": "processing"}, False),
        ({"processing_phase": {"status": "complete"}, "publishing_phase": {"status": "completed"}}, True),
        ({"processing_phase": {"status": "completed"}, "publishing_phase": {"status": "not_started"}}, False),
        ({}, False),
        (None, False),
        ("processing", False),
    ],
)
async def test_a_clip_is_ready_when_all_phases_are(
    told: FacebookChannel, wire: Wire, status: Any, ready: bool, tmp_path: Path
) -> None:
    out = composed("a", clip(tmp_path))
    wire.says({"status": status})
    assert (await told.poll(out, VIDEO, {})).processing is not ready


@pytest.mark.parametrize(
    "status",
    [
        {"video_status": "error", "processing_phase": {"status": "error", "errors": [{"code": 1, "message": "khung"}]}},
        {"video_status": "expired", "uploading_phase": {"error": {"message": "khung"}}},
        {"video_status": "upload_failed", "errors": [{"message": "khung"}]},
        {"video_status": "processing", "publishing_phase": {"status": "error", "error": {"message": "khung"}}},
    ],
)
async def test_a_clip_that_failed_says_why(told: FacebookChannel, wire: Wire, status: Any, tmp_path: Path) -> None:
    out = composed("a", clip(tmp_path))
    wire.says({"status": status})
    with pytest.raises(Rejected, match="khung"):
        await told.poll(out, VIDEO, {})


async def test_a_spoilt_clip_is_rejected(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out = composed("a", clip(tmp_path))
    notes = await page.prepare(out, {}, Kept())
    sent = await page.submit(out, notes)
    graph.spoil(sent.remote_id)
    clock.forward(seconds=20)
    with pytest.raises(Rejected):
        await page.poll(out, sent, notes)


# -- what nobody answered -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop_after", "garbage", "server_error"])
async def test_a_post_that_may_be_out_is_found(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, fault: str
) -> None:
    out = composed("Dòng một\r\nDòng hai  ")
    graph.fail_next(fault, match="/feed")
    with pytest.raises(Unclear):
        await page.submit(out, {})
    assert graph.calls[f"POST /v26.0/{PAGE}/feed"] == 1
    found = await page.find_sent(out, {}, clock() - timedelta(minutes=2))
    if fault == "server_error":
        assert found is None, "it did nothing"
    else:
        assert found is not None and found.remote_id == graph.published()[0].remote_id
        assert found.permalink.startswith("https://www.facebook.com/")


async def test_nothing_is_sent_where_nobody_listens(door: Door, clock: FakeClock, unused_port: int) -> None:
    channel = adapter(door, clock, f"http://127.0.0.1:{unused_port}")
    with pytest.raises(Unreachable):
        await channel.submit(composed(), {})


async def test_only_a_post_of_that_time_is_ours(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock
) -> None:
    out = composed()
    await page.submit(out, {})
    started = clock() + timedelta(microseconds=400_000)  # Facebook writes whole seconds
    assert await page.find_sent(out, {}, started) is not None
    assert await page.find_sent(out, {}, clock() + timedelta(seconds=1)) is None
    assert await page.find_sent(composed("khác"), {}, started) is None


async def test_it_is_looked_for_on_every_page(page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock) -> None:
    first = await page.submit(composed("đầu"), {})
    for number in range(101):
        clock.forward(seconds=1)
        await page.submit(composed(str(number)), {})
    found = await page.find_sent(composed("đầu"), {}, clock() - timedelta(hours=1))
    assert found is not None and found.remote_id == first.remote_id


async def test_odd_rows_are_passed_over(told: FacebookChannel, wire: Wire, clock: FakeClock) -> None:
    at = f"{clock():%Y-%m-%dT%H:%M:%S}+0000"
    wire.says({"data": [None, {"id": "1"}, {"id": "2", "message": "Thông báo", "created_time": "soon"},
                        {"message": "Thông báo", "created_time": at}, {"id": "3", "message": None, "created_time": at},
                        {"id": 4, "message": "Thông báo ", "created_time": at, "permalink_url": "/4"}]})  # fmt: skip
    found = await told.find_sent(composed(), {}, clock())
    assert found is not None
    assert (found.remote_id, found.permalink) == ("4", "https://www.facebook.com/4")
    wire.says({"data": None})
    assert await told.find_sent(composed(), {}, clock()) is None


async def test_no_secret_is_told(told: FacebookChannel, wire: Wire) -> None:
    wire.says((190, 463, {"message": f"access_token={TOKEN} has expired", "error_user_msg": "Hết hạn"}))
    with pytest.raises(AuthLost) as caught:
        await told.submit(composed(), {})
    assert TOKEN not in f"{caught.value!r} {caught.value.detail} {caught.value.told}"
    assert "At1" in caught.value.detail, "the trace goes to the log"


async def test_a_redirect_is_not_followed(told: FacebookChannel, wire: Wire) -> None:
    wire.says(web.Response(status=302, headers={"Location": f"{wire.url}/elsewhere"}))
    with pytest.raises(ChannelError) as caught:
        await told.submit(composed(), {})
    assert isinstance(caught.value, Unclear)
    assert len(wire.asked) == 1
