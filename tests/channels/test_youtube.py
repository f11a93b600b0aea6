"""The YouTube adapter over real HTTP: against the stand-in, and against a server that answers what it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from channels.base import Content, MediaFile, Notes
from channels.errors import Unclear, Unreachable
from channels.sandbox.core import Account
from channels.sandbox.youtube import YouTubeSandbox
from channels.youtube import YouTubeChannel
from tests.channels.scripted import Scripted
from tests.channels.youtube_wire import FILM, Adapter, answering, composed, correction, keep_nothing, uploaded


def second_put(youtube: YouTubeSandbox, kind: str) -> None:
    """A fault at the bytes; the first PUT asks where the session stands."""
    youtube.fail_next("delay", match="PUT /upload")
    youtube.fail_next(kind, match="PUT /upload")


# -- a clip -----------------------------------------------------------------------------------------------------------


async def test_a_clip_goes_up_as_composed(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip, link="https://binhson.example", options={"tags": "a, b c"})
    kept: list[Notes] = []

    async def keep(notes: Notes) -> None:
        kept.append(notes)

    notes = await adapter.prepare(out, {}, keep)
    assert kept == [notes]
    assert youtube.published() == []
    sent = await adapter.submit(out, notes)
    item = youtube.items[sent.remote_id]
    assert {k: item.payload[k] for k in ("snippet", "status")} == {k: out.payload[k] for k in ("snippet", "status")}
    assert item.payload["snippet"]["description"] == "Mô tả\nhttps://binhson.example"
    assert (await adapter.poll(out, sent, notes)).processing
    opened.clock.forward(minutes=1)
    assert not (await adapter.poll(out, sent, notes)).processing


@pytest.mark.parametrize("fault", ["drop_after", "garbage"])
async def test_a_lost_last_answer_is_settled_by_the_session(
    fault: str, youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip)
    notes = await adapter.prepare(out, {}, keep_nothing)
    second_put(youtube, fault)
    with pytest.raises(Unclear):
        await adapter.submit(out, notes)
    found = await adapter.find_sent(out, notes, opened.clock() - timedelta(hours=1))
    assert found is not None
    assert [item.remote_id for item in youtube.published()] == [found.remote_id]
    assert (await adapter.submit(out, await adapter.prepare(out, notes, keep_nothing))).remote_id == found.remote_id
    assert len(youtube.published()) == 1


async def test_a_broken_upload_goes_on_in_its_session(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip)
    notes = await adapter.prepare(out, {}, keep_nothing)
    second_put(youtube, "server_error")
    with pytest.raises(Unclear):
        await adapter.submit(out, notes)
    assert await adapter.find_sent(out, notes, opened.clock()) is None
    assert await adapter.prepare(out, notes, keep_nothing) == notes
    await adapter.submit(out, notes)
    assert len(youtube.sessions) == len(youtube.published()) == 1


async def test_a_session_that_is_gone_is_opened_anew(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip)
    notes = await adapter.prepare(out, {}, keep_nothing)
    opened.clock.forward(days=8)
    with pytest.raises(Unreachable):
        await adapter.submit(out, notes)
    assert await adapter.find_sent(out, notes, opened.clock() - timedelta(hours=1)) is None
    renewed = await adapter.prepare(out, notes, keep_nothing)
    assert renewed["session"] != notes["session"]
    await adapter.submit(out, renewed)
    assert len(youtube.published()) == 1


async def test_a_session_lost_under_the_bytes_is_unclear(scripted: Scripted, opened: Adapter, clip: MediaFile) -> None:
    scripted.answers = [web.Response(status=308), web.Response(status=410)]
    with pytest.raises(Unclear):
        await opened(scripted.url, access_token="t").submit(composed(clip), {"session": f"{scripted.url}/s"})


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=308, headers={"Range": f"bytes=0-{len(FILM) - 1}"}),
        web.json_response({}),
        web.json_response({"id": ""}),
        web.Response(text="<html>", content_type="text/html"),
    ],
)
async def test_bytes_without_a_video_are_unclear(
    answer: web.Response, scripted: Scripted, opened: Adapter, clip: MediaFile
) -> None:
    scripted.answers = [web.Response(status=308), answer]
    with pytest.raises(Unclear):
        await opened(scripted.url, access_token="t").submit(composed(clip), {"session": f"{scripted.url}/s"})
    assert len(scripted.calls) == 2


async def test_without_session_the_uploads_tell_twins_apart(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, since = opened(youtube.url), opened.clock() + timedelta(milliseconds=400)
    other = await uploaded(adapter, composed(clip, text="Bản khác"))
    out = composed(clip, title=" Thông báo ", text="Mô tả ")
    assert await adapter.find_sent(out, {}, since) is None
    mine = await uploaded(adapter, out)
    assert mine != other
    found = await adapter.find_sent(out, {}, since)
    assert found is not None
    assert found.remote_id == mine
    assert await adapter.find_sent(out, {}, since + timedelta(seconds=1)) is None


# -- corrections ------------------------------------------------------------------------------------------------------


async def test_a_correction_is_a_comment_and_a_note(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip, options={"tags": "a"}))
    youtube.items[video].payload["snippet"]["defaultAudioLanguage"] = "vi"
    before = dict(youtube.items[video].payload["snippet"])
    out = correction(video)
    assert await adapter.find_sent(out, {}, opened.clock()) is None
    sent = await adapter.submit(out, {})
    assert await adapter.find_sent(out, {}, opened.clock()) == replace(sent, permalink="")
    for _ in range(2):
        await adapter.finish(out, sent, {})
    after = youtube.items[video].payload["snippet"]
    assert after == {**before, "description": "Thông tin đúng\n———\nMô tả"}


async def test_withdrawing_takes_down_what_the_id_names(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    comment = (await adapter.submit(correction(video), {})).remote_id
    await adapter.withdraw(comment)
    assert [r.removed for r in youtube.items[video].remarks] == [True]
    await adapter.withdraw(video)
    assert youtube.items[video].state == "removed"
    await adapter.withdraw(video)


@pytest.mark.parametrize("comment", [True, False])
async def test_an_answer_without_an_id_is_unclear(comment: bool, scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"kind": "youtube#comment"})
    with pytest.raises(Unclear):
        await opened(scripted.url, access_token="t").submit(correction("v") if comment else answering("T1"), {})
    assert len(scripted.calls) == 1


# -- review -----------------------------------------------------------------------------------------------------------

LINK = "https://x.example"


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ({"text": "ạ" * 1666 + "xx"}, []),
        ({"text": "ạ" * 1667}, ["text_too_long"]),
        ({"text": "x" * (5000 - 1 - len(LINK)), "link": LINK}, []),
        ({"text": "x" * (5000 - len(LINK)), "link": LINK}, ["text_too_long"]),
        ({"title": "x" * 101}, ["title_too_long"]),
        ({"title": ""}, ["title_missing"]),
        ({"text": "a < b"}, ["text_brackets"]),
        ({"link": "https://x.example/?a=<b"}, ["link_brackets"]),
        ({"media": ()}, ["media_missing"]),
        ({"options": {"tags": ",".join(["x" * 99] * 5)}}, []),
        ({"options": {"tags": ",".join(["x" * 99] * 4 + ["y" * 98 + " z"])}}, ["tags_too_long"]),
        ({"options": {"form": "comment"}, "media": (), "title": ""}, []),
    ],
)
def test_what_would_be_refused_is_told_before(words: dict[str, Any], codes: list[str], clip: MediaFile) -> None:
    content = Content(**{"text": "Mô tả", "title": "Clip", "media": (clip,), **words})
    assert [problem.code for problem in YouTubeChannel.review(content)] == codes
