"""The rota among people: places given away by consent, rest kept, hand-over told, gaps seen from far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from bot.duty import swaps
from bot.duty.ahead import mark_of, tell_ahead, tell_handover, troubles_ahead
from bot.duty.presses import press
from bot.duty.rota import on_duty
from bot.duty.shifts import ShiftPlan, add_shifts, leave_handover, remove_shift
from bot.parts import Refused
from models.audit import AuditEntry
from models.duty import SwapState
from models.incident import Notice
from models.office import Organisation, RotaShift, User
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, incident, tie
from tests.conftest import FakeClock

DAY = timedelta(days=1)
MORNING = datetime(2026, 11, 26, 0, 20, tzinfo=UTC)  # Thursday, 07:20 in Hanoi


async def plan(office: Office, clock: FakeClock, *, after: float = 24, hours: float = 12, **more: Any) -> list[int]:
    """Shifts planned by the admin; the first one begins so many hours from now."""
    start = clock() + timedelta(hours=after)
    wanted = {"primary": "duty", "backup": "backup", "head": "speaker", **more}
    planned = ShiftPlan(start, start + timedelta(hours=hours), **wanted)
    made = await add_shifts(office.parts, office.people["admin"], planned)
    return [shift.id or 0 for shift in made]


async def seats(office: Office, shift_id: int) -> list[str]:
    """Who sits where."""
    async with office.parts.db.read() as session:
        shift = await session.get_one(RotaShift, shift_id)
        ids = (shift.primary_id, shift.backup_id, shift.head_id)
        return [(await session.get_one(User, i)).login if i is not None else "" for i in ids]


# -- swaps ------------------------------------------------------------------------------------------------------------


async def test_a_place_changes_only_when_both_say_so(office: Office, clock: FakeClock) -> None:
    (shift_id,) = await plan(office, clock, backup="")
    await tie(office, "backup", "8")
    duty, backup = office.people["duty"], office.people["backup"]
    swap = await swaps.ask_swap(office.parts, duty, shift_id, "backup", note="con ốm <b>")
    assert (await seats(office, shift_id))[0] == "duty"
    asked = await alerts(office, "rota")
    assert [a.chat_id for a in asked] == ["-100", "8"] and "con ốm &lt;b&gt;" in asked[0].text
    for stranger in ("duty", "admin", "speaker"):
        with pytest.raises(Refused):
            await swaps.answer_swap(office.parts, office.people[stranger], swap.id or 0, agree=True)
    assert (await press(office.parts, "8", f"swap_yes:{asked[1].token}")).text == "Đã đổi ca."
    assert (await seats(office, shift_id))[0] == "backup"
    assert (await press(office.parts, "8", f"swap_no:{asked[1].token}")).alarm, "answered once"
    with pytest.raises(Refused):
        await swaps.answer_swap(office.parts, backup, swap.id or 0, agree=False)
    async with office.parts.db.read() as session:
        entries = (await session.exec(select(AuditEntry).where(AuditEntry.subject == f"shift:{shift_id}"))).all()
    assert [(e.action, e.user_id) for e in entries][1:] == [
        ("swap_asked", duty.user_id), ("swap_agreed", backup.user_id),
    ]  # fmt: skip


async def test_two_change_shifts(office: Office, clock: FakeClock) -> None:
    (one,) = await plan(office, clock, backup="")
    (two,) = await plan(office, clock, after=72, primary="backup", backup="")
    swap = await swaps.ask_swap(office.parts, office.people["duty"], one, "backup", other_shift_id=two)
    assert await swaps.answer_swap(office.parts, office.people["backup"], swap.id or 0, agree=True) is SwapState.AGREED
    assert [(await seats(office, n))[0] for n in (one, two)] == ["backup", "duty"]


async def test_no_stays_no_and_a_rota_that_changed_meanwhile_stands(office: Office, clock: FakeClock) -> None:
    (shift_id,) = await plan(office, clock, backup="")
    duty, backup = office.people["duty"], office.people["backup"]
    first = await swaps.ask_swap(office.parts, duty, shift_id, "backup")
    assert await swaps.answer_swap(office.parts, backup, first.id or 0, agree=False) is SwapState.DECLINED
    second = await swaps.ask_swap(office.parts, duty, shift_id, "backup")
    async with office.parts.db.write() as session:
        (await session.get_one(RotaShift, shift_id)).primary_id = office.people["speaker"].user_id
        (await session.get_one(RotaShift, shift_id)).head_id = None
    assert await swaps.answer_swap(office.parts, backup, second.id or 0, agree=True) is SwapState.VOID
    assert (await seats(office, shift_id))[0] == "speaker"


async def test_what_is_withdrawn_or_over_is_not_answered(office: Office, clock: FakeClock) -> None:
    (shift_id,) = await plan(office, clock, backup="")
    duty, backup = office.people["duty"], office.people["backup"]
    swap = await swaps.ask_swap(office.parts, duty, shift_id, "backup")
    with pytest.raises(Refused):
        await swaps.withdraw_swap(office.parts, backup, swap.id or 0)
    await swaps.withdraw_swap(office.parts, duty, swap.id or 0)
    with pytest.raises(Refused):
        await swaps.answer_swap(office.parts, backup, swap.id or 0, agree=True)
    late = await swaps.ask_swap(office.parts, duty, shift_id, "backup")
    clock.forward(days=3)
    assert await swaps.answer_swap(office.parts, backup, late.id or 0, agree=True) is SwapState.VOID
    with pytest.raises(Refused):
        await swaps.ask_swap(office.parts, duty, shift_id, "backup")


@pytest.mark.parametrize(
    ("who", "to"), [("backup", "admin"), ("author", "backup"), ("duty", "speaker"), ("duty", "duty")]
)
async def test_a_swap_that_cannot_be_is_refused(office: Office, clock: FakeClock, who: str, to: str) -> None:
    (shift_id,) = await plan(office, clock)
    with pytest.raises(Refused):
        await swaps.ask_swap(office.parts, office.people[who], shift_id, to)


async def test_a_shift_that_is_removed_takes_its_questions_along(office: Office, clock: FakeClock) -> None:
    (shift_id,) = await plan(office, clock, backup="")
    await swaps.ask_swap(office.parts, office.people["duty"], shift_id, "backup")
    await remove_shift(office.parts, office.people["admin"], shift_id)
    async with office.parts.db.read() as session:
        assert await swaps.open_swaps(session, office.people["backup"]) == []


async def test_a_button_of_a_question_that_is_gone_answers_no_later_one(office: Office, clock: FakeClock) -> None:
    await tie(office, "backup", "8")
    duty, admin = office.people["duty"], office.people["admin"]
    (shift_id,) = await plan(office, clock, backup="")
    await swaps.ask_swap(office.parts, duty, shift_id, "backup")
    (old,) = [a for a in await alerts(office, "rota") if a.chat_id == "8"]
    await remove_shift(office.parts, admin, shift_id)
    (later,) = await plan(office, clock, after=48, backup="")
    await swaps.ask_swap(office.parts, duty, later, "backup")
    assert [a.chat_id for a in await alerts(office, "rota")] == ["-100", "8"] * 2, "the later one is told as well"
    assert (await press(office.parts, "8", f"swap_yes:{old.token}")).alarm
    assert (await seats(office, later))[0] == "duty"


# -- rest -------------------------------------------------------------------------------------------------------------


async def test_too_little_rest_is_refused_or_said_why(office: Office, clock: FakeClock) -> None:
    await plan(office, clock)
    with pytest.raises(Refused) as caught:
        await plan(office, clock, after=40)
    assert caught.value.vi.startswith("Duty chỉ nghỉ 4 giờ trước ca 26/11 00:00, cần 12 giờ.")
    (shift_id,) = await plan(office, clock, after=40, despite="bão, thiếu người")
    async with office.parts.db.read() as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.subject == f"shift:{shift_id}"))).one()
    assert entry.detail["despite"] == "bão, thiếu người"


async def test_an_eighth_night_is_refused_also_by_swap(office: Office, clock: FakeClock) -> None:
    await plan(office, clock, after=11, hours=24 * 7 - 1, primary="backup", backup="")
    (free,) = await plan(office, clock, after=24 * 10 + 11, backup="")
    with pytest.raises(Refused) as caught:
        await swaps.ask_swap(office.parts, office.people["duty"], free, "backup")
    assert "trực 8 đêm trong 28 ngày" in caught.value.vi


# -- seen from far ----------------------------------------------------------------------------------------------------


async def test_a_gap_is_told_on_working_days_fourteen_seven_and_three_days_before(
    office: Office, clock: FakeClock
) -> None:
    clock.at = MORNING
    await plan(office, clock, after=-1, hours=24 * 10, despite="nghỉ lễ")
    told = []
    for day in range(10):
        before = len(await alerts(office, "rota"))
        for _ in range(3):
            await tell_ahead(office.parts)
            clock.forward(minutes=5)
        if len(await alerts(office, "rota")) > before:
            told.append(day)
        clock.forward(days=1, minutes=-15)
    assert told == [0, 4, 7], "Thursday, Monday after the weekend, Thursday; the last day is a Saturday"
    assert "chưa xếp ca trực" in (await alerts(office, "rota"))[0].text


async def test_an_office_without_a_rota_is_left_alone_and_so_is_everybody_at_noon(
    office: Office, clock: FakeClock
) -> None:
    clock.at = MORNING
    assert await tell_ahead(office.parts) == 0
    await plan(office, clock)
    clock.forward(hours=4)
    assert await tell_ahead(office.parts) == 0


async def test_a_holiday_in_a_gap_is_named(office: Office, clock: FakeClock) -> None:
    clock.at = datetime(2026, 12, 28, 0, 20, tzinfo=UTC)
    async with office.parts.db.read() as session:
        (gap,) = await troubles_ahead(session, office.id, clock(), clock() + 7 * DAY)
    assert "có ngày lễ, ngày nghỉ (01/01)" in gap.told.vi and "holidays (01/01)" in gap.told.en


@pytest.mark.parametrize(
    ("days", "mark"), [(13.5, 14), (14, 14), (7, 7), (6.9, 7), (3, 3), (2.9, 3), (0.2, 1), (-1, 1)]
)
def test_marks(days: float, mark: int) -> None:
    assert mark_of(MORNING + days * DAY, MORNING) == mark


# -- from one shift to the next ---------------------------------------------------------------------------------------


async def test_the_next_shift_hears_who_is_on_what_is_left_and_what_is_open(office: Office, clock: FakeClock) -> None:
    (first,) = await plan(office, clock, after=1, hours=12)
    (second,) = await plan(office, clock, after=13, hours=12, primary="backup", backup="", note="Chìa khóa ở tủ")
    await tie(office, "backup", "8")
    clock.forward(hours=12)
    await incident(office, clock)
    async with office.parts.db.write() as session:  # the one that comes with an incident is not of this story
        for row in (await session.exec(select(RotaShift).where(col(RotaShift.id) > second))).all():
            await session.delete(row)
    with pytest.raises(Refused):
        await leave_handover(office.parts, office.people["author"], first, "x")
    await leave_handover(office.parts, office.people["duty"], first, "Đập <Khe Sương> đã hỏi Sở, chờ trả lời")
    assert await tell_handover(office.parts) == 0
    clock.forward(hours=1)
    assert [await tell_handover(office.parts) for _ in range(2)] == [1, 0]
    told = await alerts(office, "rota")
    assert [a.chat_id for a in told] == ["-100", "8"]
    assert "Trực chính: Backup" in told[0].text and "Chìa khóa ở tủ" in told[0].text
    assert "Đập &lt;Khe Sương&gt; đã hỏi Sở" in told[0].text
    assert "Sự cố đang mở: 1" in told[0].text and "SC-0001 [CAO] Mới" in told[0].text


async def test_a_shift_in_the_place_of_one_that_was_removed_is_handed_over_too(
    office: Office, clock: FakeClock
) -> None:
    """On SQLite it has the number of the removed one."""
    await plan(office, clock, after=1, hours=12)
    (gone,) = await plan(office, clock, after=13, primary="backup", backup="")
    clock.forward(hours=13)
    assert await tell_handover(office.parts) == 1
    await remove_shift(office.parts, office.people["admin"], gone)
    await plan(office, clock, after=0, primary="speaker", backup="", head="")
    assert await tell_handover(office.parts) == 1


async def test_the_first_shift_of_all_is_looked_at_once(office: Office, clock: FakeClock) -> None:
    await plan(office, clock, after=0, hours=12)
    assert await tell_handover(office.parts) == 0
    async with office.parts.db.read() as session:
        assert len((await session.exec(select(Notice.key).where(col(Notice.key).startswith("handover:")))).all()) == 1
    assert await alerts(office, "rota") == []


async def test_somebody_locked_out_is_replaced_by_their_role(office: Office, clock: FakeClock) -> None:
    await plan(office, clock, after=1, primary="speaker", backup="duty", head="")
    clock.forward(hours=2)
    async with office.parts.db.write() as session:
        (await session.get_one(User, office.people["speaker"].user_id)).active = False
    async with office.parts.db.read() as session:
        duty = await on_duty(session, await session.get_one(Organisation, office.id), clock())
    assert [p.login if p else "" for p in duty.people] == ["", "duty", ""], "the only one with the role is the backup"
