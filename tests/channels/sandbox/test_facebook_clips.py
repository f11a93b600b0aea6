"""Clips and reels on their way in: chunks, sessions, handles, states, and the limit of a day."""

from __future__ import annotations

import hashlib

from channels.sandbox.facebook.rules import CHUNK
from channels.sandbox.facebook.uploads import MOST_REELS
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.facebook_client import FILM, Client

STATUS = "status,published,post_id,permalink_url"


async def test_a_clip_goes_up_in_the_chunks_that_are_asked_for(facebook: Client) -> None:
    data = FILM + b"\1" * (2 * CHUNK)
    said = await facebook.phase("start", file_size=str(len(data)))
    assert (said["start_offset"], said["end_offset"]) == ("0", str(CHUNK))
    video, session, sizes = said["video_id"], said["upload_session_id"], []
    while said["start_offset"] != said["end_offset"]:
        start, end = int(said["start_offset"]), int(said["end_offset"])
        waiting = await facebook.get(video, fields="status")
        assert waiting["status"]["uploading_phase"]["bytes_transferred"] == start
        assert waiting["status"]["video_status"] == "uploading"
        sizes.append(end - start)
        words = {"upload_session_id": session, "start_offset": str(start)}
        said = await facebook.phase("transfer", {"video_file_chunk": data[start:end]}, **words)
    assert sizes == [CHUNK, CHUNK, len(FILM)]
    assert (await facebook.get(video, fields="status"))["status"]["video_status"] == "upload_complete"
    assert await facebook.phase("finish", upload_session_id=session, title="Tên", description="Lời") == {
        "success": True
    }
    kept = facebook.platform.items[video]
    assert (kept.title, kept.text) == ("Tên", "Lời")
    assert kept.payload["media_sha256"] == hashlib.sha256(data).hexdigest()


async def test_less_than_was_asked_for_is_taken(facebook: Client) -> None:
    said = await facebook.phase("start", file_size=str(len(FILM)))
    words = {"upload_session_id": said["upload_session_id"], "start_offset": "0"}
    said = await facebook.phase("transfer", {"video_file_chunk": FILM[:100]}, **words)
    assert said == {"start_offset": "100", "end_offset": str(len(FILM))}


async def test_a_clip_is_worked_on_and_then_ready(facebook: Client) -> None:
    video = (await facebook.video())["id"]
    status = (await facebook.get(video, fields="status"))["status"]
    assert (status["video_status"], status["processing_phase"]["status"]) == ("processing", "in_progress")
    assert status["publishing_phase"]["status"] == "in_progress"
    facebook.clock.forward(seconds=20)
    read = await facebook.get(video, fields=STATUS)
    assert read["status"]["video_status"] == "ready"
    assert read["status"]["uploading_phase"] == {
        "status": "completed",
        "bytes_transferred": len(FILM),
        "source_file_size": len(FILM),
    }
    assert read["status"]["publishing_phase"]["publish_status"] == "published"
    assert read["status"]["publishing_phase"]["status"] == "completed"
    assert (read["published"], read["post_id"]) == (True, f"{facebook.id}_{video}")
    assert read["permalink_url"] == f"/reel/{video}/"
    assert await facebook.ids("videos") == [video]
    assert await facebook.ids("published_posts") == [f"{facebook.id}_{video}"]


async def test_a_clip_may_fail_in_the_works(facebook: Client) -> None:
    video = (await facebook.video())["id"]
    facebook.platform.spoil(video)
    assert (await facebook.get(video, fields="status"))["status"]["video_status"] == "processing"
    facebook.clock.forward(seconds=20)
    status = (await facebook.get(video, fields="status"))["status"]
    assert (status["video_status"], status["processing_phase"]["status"]) == ("error", "error")
    assert status["processing_phase"]["errors"][0]["code"] == 1363019


async def test_a_scheduled_clip_is_ready_before_it_appears(facebook: Client) -> None:
    video = (await facebook.video(published="false", scheduled_publish_time=facebook.ahead(hours=1)))["id"]
    facebook.clock.forward(minutes=1)
    phase = (await facebook.get(video, fields="status"))["status"]["publishing_phase"]
    assert (phase["status"], phase["publish_status"]) == ("not_started", "scheduled")
    facebook.clock.forward(minutes=59)
    read = await facebook.get(video, fields="status,published")
    assert read["status"]["video_status"] == "ready"
    assert read["published"] is True


async def test_a_clip_by_address_or_by_handle(facebook: Client, facebook_files: str) -> None:
    by_address = (await facebook.post(f"{facebook.id}/videos", file_url=f"{facebook_files}/a.mp4"))["id"]
    page_token, person = facebook.token, await facebook.log_in()
    place = (await facebook.post("900/uploads", file_name="a.mp4", file_length=str(len(FILM)), file_type="video/mp4"))[
        "id"
    ]
    assert place.startswith("upload:")
    head = {"Authorization": f"OAuth {person}"}
    await facebook.call("POST", f"/v26.0/{place}", data=FILM[:99], headers={**head, "file_offset": "0"})
    assert (await facebook.call("GET", f"/v26.0/{place}", headers=head))["file_offset"] == 99
    done = await facebook.call("POST", f"/v26.0/{place}", data=FILM[99:], headers={**head, "file_offset": "99"})
    facebook.token = page_token
    by_handle = (await facebook.post(f"{facebook.id}/videos", fbuploader_video_file_chunk=done["h"]))["id"]
    for video in (by_address, by_handle):
        assert facebook.platform.items[video].payload["media_sha256"] == hashlib.sha256(FILM).hexdigest()


async def test_a_session_ends_after_a_day(facebook: Client) -> None:
    video = (await facebook.phase("start", file_size="5000"))["video_id"]
    facebook.clock.forward(days=1)
    assert (await facebook.get(video, fields="status"))["status"]["video_status"] == "uploading"
    facebook.clock.forward(seconds=1)
    assert (await facebook.get(video, fields="status"))["status"]["video_status"] == "expired"


async def test_a_reel_goes_through_its_three_steps(facebook: Client) -> None:
    video, url = await facebook.reel_start()
    assert await facebook.bytes(url, FILM[:2000], file_size=str(len(FILM))) == {"success": True}
    status = (await facebook.get(video, fields="status"))["status"]
    assert status["uploading_phase"]["bytes_transferred"] == 2000, "that is where to go on"
    await facebook.bytes(url, FILM[2000:], offset="2000", file_size=str(len(FILM)))
    assert await facebook.reel_end(video, title="Tên", description="Lời #tag") == {"success": True}
    assert await facebook.rows("video_reels") == [
        {"id": video, "description": "Lời #tag", "updated_time": f"{facebook.clock():%Y-%m-%dT%H:%M:%S}+0000"}
    ]
    assert await facebook.ids("video_reels", since=facebook.ahead(seconds=1)) == []
    assert await facebook.ids("video_reels", until=facebook.ahead(seconds=-1)) == []
    assert await facebook.ids("published_posts") == [], "reels come from /video_reels"
    assert facebook.platform.items[video].payload["media_sha256"] == hashlib.sha256(FILM).hexdigest()


async def test_a_reel_by_address_a_draft_and_a_scheduled_one(facebook: Client, facebook_files: str) -> None:
    video, url = await facebook.reel_start()
    await facebook.bytes(url, b"", file_url=f"{facebook_files}/a.mp4")
    assert await facebook.reel_end(video, upload_phase="FINISH") == {"success": True}
    draft, later = (
        await facebook.reel("DRAFT"),
        await facebook.reel("SCHEDULED", scheduled_publish_time=facebook.ahead(days=1)),
    )
    assert await facebook.ids("video_reels") == [video]
    assert (await facebook.get(draft, fields="status"))["status"]["publishing_phase"]["publish_status"] == "draft"
    facebook.clock.forward(days=1)
    assert await facebook.ids("video_reels") == [later, video]


async def test_thirty_reels_fit_in_every_day(facebook: Client) -> None:
    await facebook.reel("DRAFT")
    for _ in range(MOST_REELS):
        await facebook.reel()
        assert facebook.answer[0] == 200, "a draft does not count"
    facebook.clock.forward(hours=23, minutes=59)
    await facebook.reel()
    assert_refused_by(facebook.platform, "reel_limit")
    facebook.clock.forward(minutes=1)
    await facebook.reel()
    assert facebook.answer[0] == 200
