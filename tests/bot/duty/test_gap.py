"""After a gap the duty chat learns from when to when, and what becomes of the posts that were due meanwhile."""

from __future__ import annotations

from datetime import timedelta

from bot.duty.gap import tell_gap
from models.system import Heartbeat
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts
from tests.bot.publishing.steps import pending, sign
from tests.conftest import FakeClock


async def beat(office: Office, clock: FakeClock) -> None:
    async with office.parts.db.write() as session:
        await session.merge(Heartbeat(name="collect", at=clock()))


async def test_a_gap_is_told_once_with_what_becomes_of_each_post(office: Office, clock: FakeClock) -> None:
    await sign(office, await pending(office, clock, title="Bài cũ <b>", due_at=clock() + timedelta(minutes=10)))
    await sign(office, await pending(office, clock, title="Bài mới", due_at=clock() + timedelta(minutes=85)))
    await beat(office, clock)
    clock.forward(minutes=90)
    for _ in range(2):
        await tell_gap(office.parts)
    (told,) = await alerts(office)
    assert (told.kind, told.chat_id) == ("notice", "-100")
    assert "ngừng từ 08:00 đến 09:30" in told.text and "Bài đến giờ trong lúc ngừng: 4." in told.text
    assert "Bài cũ &lt;b&gt; (Facebook): quá giờ hẹn, được giữ lại chờ người quyết định" in told.text
    assert "Bài mới (Viber): đăng ngay bây giờ" in told.text and "Chờ đăng" not in told.text


async def test_a_gap_over_midnight_carries_its_day(office: Office, clock: FakeClock) -> None:
    await beat(office, clock)
    clock.forward(hours=20)
    await tell_gap(office.parts)
    assert "ngừng từ 08:00 ngày 24/11 đến 04:00." in (await alerts(office))[0].text


async def test_a_restart_is_no_gap(office: Office, clock: FakeClock) -> None:
    await beat(office, clock)
    clock.forward(minutes=2)
    await tell_gap(office.parts)
    assert await alerts(office) == []
