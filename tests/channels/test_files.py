"""A file of ours that cannot be read is refused by name, before or instead of anything that could be out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from channels.base import AccountRef, Channel, Content, Endpoints, MediaFile, Notes, Outgoing
from channels.errors import Rejected
from channels.files import UNREADABLE, read_part
from channels.http import Door
from channels.registry import CHANNELS
from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import sandbox as sandbox
from tests.conftest import FakeClock

BYTES = b"film" * 5_000_000  # more than one chunk of any platform


async def nothing(_: Notes) -> None:
    return None


def adapter(sandbox: Sandbox, kind: str, door: Door, clock: FakeClock) -> Channel:
    given = next(c for c in sandbox.credentials() if c.kind == kind)
    ref = AccountRef(kind, given.remote_id, given.name, given.settings, given.secrets)
    at = sandbox.urls()
    ends = Endpoints(
        facebook=at["facebook"], facebook_video=at["facebook"], zalo=at["zalo"], zalo_oauth=at["zalo"],
        youtube=at["youtube"], google_oauth=at["youtube"],
    )  # fmt: skip
    return CHANNELS[kind](ref, door=door, endpoints=ends, now=clock)


def made(channel: Channel, folder: Path, kind: str) -> tuple[Outgoing, Path]:
    path = folder / ("hình lũ.jpg" if kind == "picture" else "phim lũ.mp4")
    path.write_bytes(BYTES)
    mime = "image/jpeg" if kind == "picture" else "video/mp4"
    file = MediaFile(path, kind, mime, len(BYTES), "a" * 64, duration_s=5)
    return channel.compose(Content("Lời", "Tên", media=(file,)), channel.account), path


def cut(path: Path) -> None:
    path.write_bytes(BYTES[:-1])


async def refused(call: Callable[[], Awaitable[object]], path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        await call()
    assert caught.value.code == UNREADABLE
    assert path.name in caught.value.told.vi and "đính lại tệp" in caught.value.told.vi
    assert path.name in caught.value.told.en


@pytest.mark.parametrize("harm", [Path.unlink, cut])
async def test_a_picture_is_refused_before_the_call(
    sandbox: Sandbox, door: Door, clock: FakeClock, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    channel = adapter(sandbox, "facebook", door, clock)
    out, path = made(channel, tmp_path, "picture")
    harm(path)
    await refused(lambda: channel.submit(out, {}), path)
    assert not any("photos" in call for call in sandbox.facebook.calls)


@pytest.mark.parametrize("kind", ["facebook", "zalo", "youtube"])
async def test_a_clip_is_refused_in_its_upload(
    sandbox: Sandbox, door: Door, clock: FakeClock, tmp_path: Path, kind: str
) -> None:
    channel = adapter(sandbox, kind, door, clock)
    out, path = made(channel, tmp_path, "clip")
    path.unlink()
    await refused(lambda: channel.prepare(out, {}, nothing), path)


@pytest.mark.parametrize("harm", [Path.unlink, cut])
async def test_a_clip_that_goes_while_its_bytes_are_sent_is_refused_and_not_out(
    sandbox: Sandbox, door: Door, clock: FakeClock, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    channel = adapter(sandbox, "youtube", door, clock)
    out, path = made(channel, tmp_path, "clip")
    notes = await channel.prepare(out, {}, nothing)
    harm(path)
    await refused(lambda: channel.submit(out, notes), path)
    assert sandbox.youtube.published() == []


async def test_a_clip_that_is_out_needs_its_file_no_more(
    sandbox: Sandbox, door: Door, clock: FakeClock, tmp_path: Path
) -> None:
    channel = adapter(sandbox, "youtube", door, clock)
    out, path = made(channel, tmp_path, "clip")
    notes = await channel.prepare(out, {}, nothing)
    sent = await channel.submit(out, notes)
    path.unlink()
    assert (await channel.submit(out, notes)).remote_id == sent.remote_id


async def test_at_the_end_of_a_file_there_is_less_to_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"0123456789")
    file = MediaFile(path, "clip", "video/mp4", 10, "a" * 64)
    assert (read_part(file, 8, 5), read_part(file, 10, 5)) == (b"89", b"")
