"""The rota's page: planned by who may, refused beside the form, swapped by two, handed over by who is on."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.duty.swaps import ask_swap
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open, give
from tests.conftest import FakeClock

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def form(clock: FakeClock, after: float, **more: str) -> dict[str, str]:
    """A shift of twelve hours so many hours from now."""
    start = clock().astimezone(HANOI) + timedelta(hours=after)
    times = {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{start + timedelta(hours=12):%Y-%m-%dT%H:%M}"}
    return {**times, "primary": "duty", "backup": "", "head": "speaker", "weeks": "1", **more}


async def test_a_shift_is_planned_refused_and_removed(office: Office, clock: FakeClock, sign_in: Open) -> None:
    admin = await sign_in("admin")
    page = await (await admin.get("/rota")).text()
    assert "Chưa xếp ca nào" in page and "chưa xếp ca trực" in page
    assert (await give(admin, "/rota", page, **form(clock, 24))).status == 303
    page = await (await admin.get("/rota")).text()
    assert "Trực chính: Duty" in page
    refused = await give(admin, "/rota", page, **form(clock, 40))
    text = await refused.text()
    assert refused.status == 422 and "Duty chỉ nghỉ 4 giờ" in text and 'value="2026-11-26T00:00"' in text
    assert (await give(admin, "/rota", text, **form(clock, 40, despite="bão"))).status == 303
    assert (await give(admin, "/rota/1/remove", page)).status == 303
    assert (await (await admin.get("/rota")).text()).count("Trực chính: Duty") == 1
    author = await sign_in("author")
    seen = await (await author.get("/rota")).text()
    assert "Xếp ca trực" not in seen
    assert (await give(author, "/rota", seen, **form(clock, 90))).status == 403


async def test_a_request_is_answered_on_the_page_and_a_hand_over_is_left(
    office: Office, clock: FakeClock, sign_in: Open
) -> None:
    admin = await sign_in("admin")
    seen = await (await admin.get("/rota")).text()
    await give(admin, "/rota", seen, **form(clock, 0.1))
    await ask_swap(office.parts, office.people["duty"], 1, "backup", note="con ốm")
    backup = await sign_in("backup")
    page = await (await backup.get("/rota")).text()
    assert "con ốm" in page
    assert (await give(backup, "/swaps/1/answer", page, answer="yes")).status == 303
    page = await (await backup.get("/rota")).text()
    assert "Trực chính: Backup" in page and "con ốm" not in page
    clock.forward(minutes=12)
    page = await (await backup.get("/rota")).text()
    assert "Bàn giao cho ca sau" in page
    assert (await give(backup, "/rota/1/handover", page, text="Chờ Sở trả lời")).status == 303
    assert "Chờ Sở trả lời" in await (await admin.get("/rota")).text()
