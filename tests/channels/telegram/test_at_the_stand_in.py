"""The adapter against the stand-in: what it sends stands in the channel, and faults end as the promise says."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from channels.base import EDIT, AccountRef, Content, Endpoints, MediaFile, Outgoing, Sent
from channels.errors import AuthLost, Rejected, Throttled, Unclear, Unreachable
from channels.files import UNREADABLE
from channels.http import Door
from channels.media import probe
from channels.sandbox.pictures import clip, picture
from channels.sandbox.telegram import POST, ChatMessage, TelegramSandbox
from channels.telegram import TelegramChannel
from tests.conftest import FakeClock

CHAT = "-1003"


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[TelegramSandbox]:
    platform = TelegramSandbox(now=clock, seed=1)
    platform.add_channel(CHAT, "Xã Đá Xanh", username="daxanh", followers=500)
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
def channel(door: Door, clock: FakeClock, telegram: TelegramSandbox) -> TelegramChannel:
    account = AccountRef("telegram", "@daxanh", secrets={"bot_token": telegram.token})
    return TelegramChannel(account, door=door, endpoints=Endpoints(telegram=telegram.url), now=clock)


@pytest.fixture
def files(tmp_path: Path) -> list[MediaFile]:
    """Two pictures and a clip."""
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(picture(name, 1, (400, 210)))
    (tmp_path / "c.mp4").write_bytes(clip("Phim", 1, seconds=1))
    return [probe(tmp_path / name, alt_text="Hình") for name in ("a.jpg", "b.jpg", "c.mp4")]


def there(telegram: TelegramSandbox) -> list[ChatMessage]:
    return telegram.messages(CHAT)


async def send(channel: TelegramChannel, content: Content) -> tuple[Outgoing, Sent]:
    assert channel.review(content) == []
    out = channel.compose(content, channel.account)
    return out, await channel.submit(out, {})


async def test_every_form_stands_in_the_channel(
    channel: TelegramChannel, telegram: TelegramSandbox, files: list[MediaFile], clock: FakeClock
) -> None:
    a, b, film = files
    for media in ((), (a,), (film,), (a, b, film)):
        clock.forward(minutes=1)
        await send(channel, Content("5 < 7 & <b>đậm</b>", media=media))
    found = there(telegram)
    assert [m.text for m in found] == ["5 < 7 & <b>đậm</b>"] * 4 + ["", ""]
    data = [m.file.data if m.file else b"" for m in found]
    assert data == [b"", *(file.path.read_bytes() for file in (a, film, a, b, film))]
    assert all(m.file.width and m.file.seconds == 1 for m in found if m.file and m.video)
    assert not any(m.entities for m in found), "plain words"


async def test_an_edit_and_a_withdrawal_reach_every_form(
    channel: TelegramChannel, telegram: TelegramSandbox, files: list[MediaFile], clock: FakeClock
) -> None:
    for media in ((), (files[0],), tuple(files)):
        clock.forward(minutes=1)
        _, sent = await send(channel, Content("Cũ", media=media))
        edit = Content("Mới", options={"form": EDIT, "target": sent.remote_id})
        for _ in ("once", "and again, which changes nothing"):
            _, edited = await send(channel, edit)
            assert edited == Sent(sent.remote_id, sent.permalink)
        assert [m.text for m in there(telegram)] == ["Mới", "", ""][: max(1, len(media))]
        for _ in ("once", "and again, when nothing is left"):
            await channel.withdraw(sent.remote_id)
        assert there(telegram) == []


async def test_a_correction_is_pinned_once(channel: TelegramChannel, telegram: TelegramSandbox) -> None:
    out, sent = await send(channel, Content("Đính chính", options={"pin": "true"}))
    for _ in range(2):
        await channel.finish(out, sent, {})
    assert [m.pinned for m in there(telegram)] == [True]
    assert [times for call, times in telegram.calls.items() if "pinChatMessage" in call] == [1]


@pytest.mark.parametrize(
    ("fault", "count"),
    [("drop_before", 0), ("server_error", 0), ("drop_after", 1), ("server_error_after", 1), ("garbage", 1),
     ("truncated", 1)],
)  # fmt: skip
@pytest.mark.parametrize("size", [0, 1, 3])
async def test_a_lost_answer_is_unclear_and_nothing_is_sent_twice(
    channel: TelegramChannel, telegram: TelegramSandbox, files: list[MediaFile], fault: str, count: int, size: int
) -> None:
    telegram.fail_next(fault, match="/send")
    with pytest.raises(Unclear):
        await send(channel, Content("Tin", media=tuple(files[:size])))
    assert len(there(telegram)) == count * max(1, size)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "server_error", "server_error_after", "garbage"])
async def test_an_edit_that_is_cut_is_made_again_without_harm(
    channel: TelegramChannel, telegram: TelegramSandbox, fault: str
) -> None:
    _, sent = await send(channel, Content("Cũ"))
    edit = Content("Mới", options={"form": EDIT, "target": sent.remote_id})
    telegram.fail_next(fault, match="/editMessageText")
    with pytest.raises(Unreachable):
        await send(channel, edit)
    await send(channel, edit)
    assert [(m.text, m.edits) for m in there(telegram)] == [("Mới", 1)]


async def test_what_stands_in_the_way(channel: TelegramChannel, telegram: TelegramSandbox, clock: FakeClock) -> None:
    telegram.flood(CHAT, 7)
    with pytest.raises(Throttled) as caught:
        await send(channel, Content("Tin"))
    assert caught.value.retry_after_s == 7
    _, sent = await send(channel, Content("Tin"))
    clock.forward(hours=48)
    with pytest.raises(Rejected, match="can't be deleted"):
        await channel.withdraw(sent.remote_id)
    telegram.set_rights(CHAT, frozenset({"can_edit_messages"}))
    with pytest.raises(AuthLost):
        await send(channel, Content("Tin"))
    telegram.kick(CHAT)
    with pytest.raises(AuthLost):
        await send(channel, Content("Tin"))
    telegram.revoke(telegram.token)
    with pytest.raises(AuthLost):
        await send(channel, Content("Tin"))
    assert len(there(telegram)) == 1


async def test_the_account(channel: TelegramChannel, telegram: TelegramSandbox) -> None:
    health = await channel.check_account()
    assert (health.ok, health.name, health.followers, health.concerns) == (True, "Xã Đá Xanh", 501, ())
    telegram.set_rights(CHAT, frozenset({POST}))
    assert [c.code for c in (await channel.check_account()).concerns] == ["rights:can_edit_messages"]
    telegram.kick(CHAT)
    assert (await channel.check_account()).lost


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"half")])
async def test_a_file_that_is_gone_or_cut_short_is_refused_before_the_call(
    channel: TelegramChannel, telegram: TelegramSandbox, files: list[MediaFile], harm: object
) -> None:
    harm(files[2].path)  # type: ignore[operator]
    with pytest.raises(Rejected) as caught:
        await send(channel, Content("Tin", media=tuple(files)))
    assert caught.value.code == UNREADABLE and not telegram.calls


async def test_a_clip_is_not_read_into_memory(door: Door, clock: FakeClock, tmp_path: Path) -> None:
    size, taken, path = 49_000_000, 0, tmp_path / "lớn.mp4"
    path.write_bytes(b"\0" * size)

    async def take(request: web.Request) -> web.Response:
        nonlocal taken
        async for part in request.content.iter_any():
            taken += len(part)
        return web.json_response({"ok": True, "result": {"message_id": 1}})

    app = web.Application()
    app.add_routes([web.post("/{path:.*}", take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ends = Endpoints(telegram=f"http://127.0.0.1:{runner.addresses[0][1]}")
    channel = TelegramChannel(
        AccountRef("telegram", CHAT, secrets={"bot_token": "1:x"}), door=door, endpoints=ends, now=clock
    )
    film = MediaFile(path, "clip", "video/mp4", size, "a" * 64)
    tracemalloc.start()
    try:
        await send(channel, Content("", media=(film,)))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        await runner.cleanup()
    assert taken > size and most < 8_000_000
