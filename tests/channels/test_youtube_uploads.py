"""A clip of several chunks on its way to YouTube: all but the last are sent before the irreversible call."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from channels.base import MediaFile, Notes
from channels.errors import Throttled, Unclear, Unreachable
from channels.sandbox.core import Account
from channels.sandbox.youtube import YouTubeSandbox
from channels.youtube.uploads import CHUNK
from tests.channels.scripted import Scripted
from tests.channels.youtube_wire import Adapter, composed, keep_nothing

PUT = "PUT /upload/youtube/v3/videos"
SIZE = CHUNK * 2 + 200_000


@pytest.fixture
def long_clip(tmp_path: Path) -> MediaFile:
    path = tmp_path / "long.mp4"
    with path.open("wb") as file:
        file.write(b"\0\0\0\x18ftypmp42")
        file.truncate(SIZE)
    return MediaFile(path, "clip", "video/mp4", SIZE, "a" * 64, duration_s=5)


class Kept:
    """Keeps notes as the caller does."""

    def __init__(self) -> None:
        self.all: list[Notes] = []

    async def __call__(self, notes: Notes) -> None:
        self.all.append(dict(notes))


async def test_all_chunks_but_the_last_go_before_the_irreversible_call(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, long_clip: MediaFile
) -> None:
    adapter, out, kept = opened(youtube.url), composed(long_clip), Kept()
    notes = await adapter.prepare(out, {}, kept)
    [session] = youtube.sessions.values()
    assert (session.stored, youtube.published()) == (2 * CHUNK, [])
    assert [n["uploaded"] for n in kept.all] == ["0", str(CHUNK), str(2 * CHUNK)]
    assert kept.all[-1] == notes
    sent = await adapter.submit(out, notes)
    assert [item.remote_id for item in youtube.published()] == [sent.remote_id]
    assert youtube.calls[PUT] == 2 + 2, "two chunks, a question, the last chunk"


@pytest.mark.parametrize("fault", ["server_error", "server_error_after", "drop_before", "drop_after", "garbage"])
async def test_a_chunk_that_fails_is_certainly_no_video_and_the_next_try_goes_on(
    fault: str, youtube: YouTubeSandbox, channel: Account, opened: Adapter, long_clip: MediaFile
) -> None:
    adapter, out, kept = opened(youtube.url), composed(long_clip), Kept()
    youtube.fail_next("delay", match=PUT)
    youtube.fail_next(fault, match=PUT)
    with pytest.raises(Unreachable):
        await adapter.prepare(out, {}, kept)
    notes = await adapter.prepare(out, kept.all[-1], kept)
    await adapter.submit(out, notes)
    [session] = youtube.sessions.values()
    assert session.stored == SIZE
    assert len(youtube.published()) == 1


async def test_too_many_chunks_are_waited_for(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, long_clip: MediaFile
) -> None:
    youtube.fail_next("too_many", match=PUT, seconds=7)
    with pytest.raises(Throttled) as caught:
        await opened(youtube.url).prepare(composed(long_clip), {}, keep_nothing)
    assert caught.value.retry_after_s == 7


async def test_a_session_lost_between_the_chunks_is_opened_anew(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, long_clip: MediaFile
) -> None:
    adapter, out, kept = opened(youtube.url), composed(long_clip), Kept()
    youtube.fail_next("delay", match=PUT)
    youtube.fail_next("refuse", match=PUT, rule="session_expired")
    with pytest.raises(Unreachable):
        await adapter.prepare(out, {}, kept)
    youtube.sessions.clear()
    notes = await adapter.prepare(out, kept.all[-1], kept)
    await adapter.submit(out, notes)
    assert len(youtube.published()) == 1


async def test_while_more_than_the_last_chunk_is_missing_nothing_irreversible_is_sent(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, long_clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(long_clip)
    notes = await adapter.prepare(out, {}, keep_nothing)
    [session] = youtube.sessions.values()
    session.stored = 0
    calls = youtube.calls[PUT]
    with pytest.raises(Unreachable):
        await adapter.submit(out, notes)
    assert youtube.calls[PUT] == calls + 1, "only the question"


async def test_a_chunk_taken_in_part_goes_on_where_it_was_cut(
    scripted: Scripted, opened: Adapter, long_clip: MediaFile
) -> None:
    scripted.answers = [
        web.Response(headers={"Location": f"{scripted.url}/s"}),
        web.Response(status=308, headers={"Range": "bytes=0-262143"}),
        web.Response(status=308, headers={"Range": f"bytes=0-{262_144 + CHUNK - 1}"}),
    ]
    notes = await opened(scripted.url, access_token="t").prepare(composed(long_clip), {}, keep_nothing)
    assert notes["uploaded"] == str(262_144 + CHUNK)
    assert [len(body) for _, _, body in scripted.calls[1:]] == [CHUNK, CHUNK]
    scripted.answers = [
        web.Response(status=308, headers={"Range": f"bytes=0-{262_144 + CHUNK - 1}"}),
        web.Response(status=308, headers={"Range": f"bytes=0-{2 * CHUNK - 1}"}),
        web.json_response({"id": "v1"}, status=201),
    ]
    sent = await opened(scripted.url, access_token="t").submit(composed(long_clip), notes)
    assert sent.remote_id == "v1"
    assert [len(body) for _, _, body in scripted.calls[4:]] == [SIZE - CHUNK - 262_144, SIZE - 2 * CHUNK]


async def test_a_session_that_stands_still_is_given_up_for_now(
    scripted: Scripted, opened: Adapter, long_clip: MediaFile
) -> None:
    adapter = opened(scripted.url, access_token="t")
    scripted.answers = [web.Response(status=308), web.Response(status=308)]
    with pytest.raises(Unreachable):
        await adapter.prepare(composed(long_clip), {"session": f"{scripted.url}/s"}, keep_nothing)
    assert len(scripted.calls) == 2
    almost = {"Range": f"bytes=0-{2 * CHUNK - 1}"}
    scripted.answers = [web.Response(status=308, headers=almost), web.Response(status=308, headers=almost)]
    with pytest.raises(Unclear):
        await adapter.submit(composed(long_clip), {"session": f"{scripted.url}/s"})


@pytest.mark.parametrize("odd", ["weird", "0-x", "bytes=5-9", "-"])
async def test_a_session_that_does_not_say_where_it_stands_is_asked_again_later(
    odd: str, scripted: Scripted, opened: Adapter, long_clip: MediaFile
) -> None:
    scripted.answers = [web.Response(status=308, headers={"Range": odd})]
    with pytest.raises(Unreachable):
        await opened(scripted.url, access_token="t").submit(composed(long_clip), {"session": f"{scripted.url}/s"})
