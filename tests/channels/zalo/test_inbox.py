"""The OA's inbox and the office's answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels.base import Sent
from channels.errors import Rejected, Unclear
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.zalo import ZaloSandbox
from tests.channels.zalo.wire import (
    adapter,
    answer,
)
from tests.conftest import FakeClock


async def test_the_inbox_is_read_to_the_end(platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account) -> None:
    channel = adapter(platform, door, clock)
    start = clock()
    for number in range(23):
        platform.add_message(oa.remote_id, "Lan", f"Tin {number}", clock.forward(seconds=1))
    photo = {"url": "https://x.vn/a.jpg", "description": "ảnh ngập"}
    platform.add_message(oa.remote_id, "Lan", "", clock.forward(seconds=1), kind="photo", more=photo)
    platform.add_message(oa.remote_id, "Lan", "", clock.forward(seconds=1), kind="sticker")
    heard = await channel.read_inbox(None)
    assert [c.text for c in heard] == [*(f"Tin {n}" for n in range(23)), "ảnh ngập"]
    assert (heard[0].author_key, heard[0].author_name) == (platform.author_id("Lan"), "Lan")
    assert heard[0].created_at == start + timedelta(seconds=1)
    assert [c.text for c in await channel.read_inbox(start + timedelta(seconds=22))] == ["Tin 21", "Tin 22", "ảnh ngập"]
    await channel.submit(answer(heard[0].remote_id), {})
    assert len(await channel.read_inbox(None)) == 24, "our own answer is none of a citizen's"


async def test_an_answer_goes_to_the_message_then_to_its_author(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    heard = platform.add_message(oa.remote_id, "Lan", "Đường ngập", clock())
    sent = await adapter(platform, door, clock).submit(answer(heard.remote_id, "Cảm ơn ba\u0300"), {})
    mine = oa.inbox[-1]
    assert (sent, mine.text, mine.parent_id) == (Sent(remote_id=mine.remote_id), "Cảm ơn bà", heard.author_id)
    clock.forward(hours=49)
    platform.rotate(oa)
    late = await adapter(platform, door, clock).submit(answer(heard.remote_id, "Xin lỗi vì muộn"), {})
    assert (late.notes, oa.inbox[-1].text) == ({"charged": "yes"}, "Xin lỗi vì muộn")
    clock.forward(days=6)
    platform.rotate(oa)
    with pytest.raises(Rejected) as over:
        await adapter(platform, door, clock).submit(answer(heard.remote_id, "Quá muộn"), {})
    assert over.value.code == "-230"


async def test_a_lost_answer_to_a_reply_is_not_sent_again(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    heard = platform.add_message(oa.remote_id, "Lan", "Đường ngập", clock())
    platform.fail_next("drop_after", match="/cs")
    with pytest.raises(Unclear):
        await adapter(platform, door, clock).submit(answer(heard.remote_id), {})
    assert [r.text for r in oa.inbox] == ["Đường ngập", "Vâng"]


# -- reactions ------------------------------------------------------------------------------------------------------


async def test_a_message_is_marked_as_read_and_the_mark_is_taken_back(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    channel = adapter(platform, door, clock)
    platform.add_message(oa.remote_id, "Minh", "Chào", clock())
    heard = platform.add_message(oa.remote_id, "Lan", "Đường ngập", clock.forward(seconds=1))
    await channel.like_comment(heard.remote_id, True)
    kept = platform.said[heard.remote_id]["reactions"]
    assert kept == ["/-strong"]
    for _ in range(60):
        await channel.like_comment(heard.remote_id, True)
    assert len(kept) == 50, "more than Zalo takes is no error: it is marked"
    await channel.like_comment(heard.remote_id, False)
    assert kept == []
    assert len(oa.inbox) == 2, "a mark is no message"


async def test_a_message_that_is_no_longer_listed_cannot_be_marked(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    with pytest.raises(Rejected, match="no longer listed") as gone:
        await adapter(platform, door, clock).like_comment("mid_none", True)
    assert "ứng dụng OA" in gone.value.told.vi
