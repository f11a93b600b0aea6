"""One article, from the upload of its clip to its address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from channels.base import Sent
from channels.errors import Rejected, Unclear
from channels.http import Door
from channels.sandbox.zalo import ZaloSandbox
from tests.channels.zalo.wire import (
    adapter,
    clip_in,
    composed,
    forget,
    picture_at,
    published,
)
from tests.conftest import FakeClock


async def test_an_article_goes_out(platform: ZaloSandbox, door: Door, clock: FakeClock, files: str) -> None:
    platform.settle = timedelta(seconds=3)
    channel, out = adapter(platform, door, clock), composed(picture_at(f"{files}/a.jpg"))
    sent = await channel.submit(out, {})
    assert (sent.processing, sent.remote_id) == (True, "")
    assert (await channel.poll(out, sent, sent.notes)).processing
    clock.forward(seconds=3)
    done = await channel.poll(out, sent, sent.notes)
    item = platform.items[done.remote_id]
    assert (done.processing, done.permalink) == (False, item.permalink)
    assert {name: item.payload[name] for name in out.payload} == out.payload


async def test_a_clip_goes_out(platform: ZaloSandbox, door: Door, clock: FakeClock, tmp_path: Path) -> None:
    channel, out, saved = adapter(platform, door, clock), composed(clip_in(tmp_path)), list[Mapping[str, str]]()

    async def save(notes: Mapping[str, str]) -> None:
        saved.append(dict(notes))

    notes = await channel.prepare(out, {}, save)
    assert [sorted(n) for n in saved] == [["upload"], ["upload", "video_id"]]
    assert await channel.prepare(out, notes, save) == notes
    sent = await channel.submit(out, notes)
    done = await channel.poll(out, sent, sent.notes)
    assert platform.items[done.remote_id].payload["video_id"] == notes["video_id"]
    assert [a.sha256 for a in platform.assets.values()] == [out.media[0].sha256]


async def test_an_upload_that_is_gone_is_made_again(
    platform: ZaloSandbox, door: Door, clock: FakeClock, tmp_path: Path
) -> None:
    channel, out = adapter(platform, door, clock), composed(clip_in(tmp_path))
    notes = await channel.prepare(out, {"upload": "vt+/gone="}, forget)
    assert notes["upload"] in platform.assets
    platform.assets[notes["upload"]].state = 5
    again = await channel.prepare(out, {"upload": notes["upload"]}, forget)
    assert again["upload"] != notes["upload"]


@pytest.mark.parametrize("state", [2, 4])
async def test_a_clip_that_zalo_gives_up_is_refused(
    state: int, platform: ZaloSandbox, door: Door, clock: FakeClock, tmp_path: Path
) -> None:
    channel, out = adapter(platform, door, clock), composed(clip_in(tmp_path))
    notes = await channel.prepare(out, {}, forget)
    platform.assets[notes["upload"]].state = state
    with pytest.raises(Rejected, match="not converted"):
        await channel.prepare(out, {"upload": notes["upload"]}, forget)
    assert len(platform.assets) == 1


async def test_a_picture_that_cannot_be_fetched_ends_the_verification(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    channel, out = adapter(platform, door, clock), composed(picture_at("http://127.0.0.1:9/a.jpg"))
    sent = await channel.submit(out, {})
    with pytest.raises(Rejected) as refused:
        await channel.poll(out, sent, sent.notes)
    assert refused.value.code == "-200"


@pytest.mark.parametrize("fault", ["drop_after", "garbage"])
async def test_a_lost_answer_to_create_is_unclear_and_nothing_is_found(
    fault: str, platform: ZaloSandbox, door: Door, clock: FakeClock, files: str
) -> None:
    channel, out = adapter(platform, door, clock), composed(picture_at(f"{files}/a.jpg"))
    platform.fail_next(fault, match="create")
    with pytest.raises(Unclear):
        await channel.submit(out, {})
    assert platform.calls["POST /v2.0/article/create"] == 1
    assert await channel.find_sent(out, {}, clock()) is None


async def test_what_was_sent_is_told_from_its_namesake(
    platform: ZaloSandbox, door: Door, clock: FakeClock, files: str
) -> None:
    channel, cover = adapter(platform, door, clock), picture_at(f"{files}/a.jpg")
    one = composed(cover, text="Tin\n\nThứ nhất & <hai>", link="https://x.vn/a")
    other = composed(cover, text="Tin\n\nKhác")
    sent = await published(channel, one)
    assert await channel.find_sent(other, {}, clock() - timedelta(minutes=2)) is None
    found = await channel.find_sent(one, {}, clock() - timedelta(minutes=2))
    assert found == Sent(remote_id=sent.remote_id, permalink=sent.permalink)
    assert await channel.find_sent(one, {}, clock() + timedelta(seconds=1)) is None
    held = await channel.find_sent(one, {"token": "tok"}, clock())
    assert held is not None
    assert (held.processing, held.notes) == (True, {"token": "tok"})


async def test_taken_down_twice_is_taken_down(platform: ZaloSandbox, door: Door, clock: FakeClock, files: str) -> None:
    channel = adapter(platform, door, clock)
    sent = await published(channel, composed(picture_at(f"{files}/a.jpg")))
    await channel.withdraw(sent.remote_id)
    await channel.withdraw(sent.remote_id)
    assert platform.items[sent.remote_id].state == "removed"
