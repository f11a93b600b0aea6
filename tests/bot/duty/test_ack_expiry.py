"""Taken and then left lying: it is raised again. Taken by one alone at the highest level: a second person is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.duty import desk, joining
from bot.duty.escalation import escalate_due
from bot.duty.plans import chain_of, set_plan
from bot.duty.presses import press
from bot.duty.telling import raise_alerts
from bot.parts import Refused
from models.incident import Level
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, events, incident, row_of, state, tie
from tests.bot.duty.test_escalation import minutes_told
from tests.conftest import FakeClock


async def taken(office: Office, clock: FakeClock, level: Level = Level.HIGH) -> int:
    """An incident that the primary has taken; backup and head can be written to."""
    for login, number in (("duty", "7"), ("backup", "8"), ("speaker", "9")):
        await tie(office, login, number)
    incident_id = await incident(office, clock, level)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    return incident_id


async def test_what_was_taken_and_left_is_raised_again_and_climbs_anew(office: Office, clock: FakeClock) -> None:
    incident_id = await taken(office, clock)
    assert await minutes_told(office, clock, 61) == [30, 45, 60]
    row = await row_of(office, incident_id)
    assert (row.state, row.ack_expiries, row.ack_expires_at) == (IncidentState.NEW, 1, None)
    again = [a for a in await alerts(office, "escalated") if "báo lại" in a.text]
    assert [a.chat_id for a in again] == ["-100", "7", "8"], "the chat, whoever fell asleep, the backup"
    assert "Duty đã nhận nhưng 30 phút nay không có động tác nào" in again[0].text
    (moved,) = [e for e in await events(office, incident_id, "moved") if e.now == "new"]
    assert (moved.was, moved.user_id) == ("acked", None) and "hết hạn" in moved.why
    assert [e.why for e in await events(office, incident_id, "escalated")] == ["bước 2: Speaker", "bước 2: Speaker"]
    assert not (await press(office.parts, "8", f"ack:{again[0].token}")).alarm
    assert await state(office, incident_id) == IncidentState.ACKED


async def test_each_time_it_is_left_it_is_raised_again(office: Office, clock: FakeClock) -> None:
    """The messages of the second time are others than those of the first."""
    incident_id = await taken(office, clock)
    assert await minutes_told(office, clock, 30) == [30]
    await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    assert await minutes_told(office, clock, 46) == [30, 45]
    assert (await row_of(office, incident_id)).ack_expiries == 2
    told = [a for a in await alerts(office, "escalated") if a.chat_id == "-100"]
    assert len(told) == 3 and "Backup đã nhận nhưng" in told[1].text


async def test_a_deed_and_a_word_keep_it_alive(office: Office, clock: FakeClock) -> None:
    incident_id, duty = await taken(office, clock), office.people["duty"]
    assert await minutes_told(office, clock, 29) == []
    await joining.still_on_it(office.parts, duty, incident_id)
    assert await minutes_told(office, clock, 29) == []
    await desk.move_incident(office.parts, duty, incident_id, IncidentState.VERIFYING)
    assert await minutes_told(office, clock, 61) == [30, 60], "asked, and asked again; the state stays"
    asked = [a for a in await alerts(office, "escalated") if "đứng yên" in a.text]
    assert [a.chat_id for a in asked] == ["-100", "7", "-100", "7"]
    assert await state(office, incident_id) == IncidentState.VERIFYING
    assert not (await press(office.parts, "7", f"still:{asked[0].token}")).alarm
    assert (await press(office.parts, "8", f"still:{asked[0].token}")).alarm, "whoever has it says so"
    assert await minutes_told(office, clock, 29) == []


async def test_a_clock_that_is_set_back_ends_no_acknowledgement_early_or_hours_late(
    office: Office, clock: FakeClock
) -> None:
    incident_id = await taken(office, clock)
    await escalate_due(office.parts)
    clock.forward(hours=-5)
    assert await minutes_told(office, clock, 31) == [31]
    assert await state(office, incident_id) == IncidentState.NEW


async def test_the_highest_level_asks_for_a_second_person_until_one_comes(office: Office, clock: FakeClock) -> None:
    incident_id = await taken(office, clock, Level.EMERGENCY)
    assert await escalate_due(office.parts) == 1
    asked = await alerts(office, "escalated")
    assert [a.chat_id for a in asked] == ["-100", "8", "9"] and "cần người thứ hai" in asked[0].text
    assert await minutes_told(office, clock, 11) == [5, 10]
    assert [e.why for e in await events(office, incident_id, "escalated")] == [
        "bước 1: Backup; người thứ hai", "bước 2: Speaker; người thứ hai",
    ]  # fmt: skip
    assert (await press(office.parts, "7", f"second:{asked[0].token}")).alarm, "one person is not two"
    assert not (await press(office.parts, "9", f"second:{asked[0].token}")).alarm
    late = await press(office.parts, "8", f"second:{asked[0].token}")
    assert late.alarm and late.text == "Speaker đã là người thứ hai."
    row = await row_of(office, incident_id)
    assert (row.seconded_by_id, row.next_escalation_at) == (office.people["speaker"].user_id, None)
    await joining.still_on_it(office.parts, office.people["speaker"], incident_id)
    assert await minutes_told(office, clock, 14) == []


async def test_whoever_took_it_is_passed_over_when_a_second_person_is_sought(office: Office, clock: FakeClock) -> None:
    await tie(office, "backup", "8")
    incident_id = await incident(office, clock, Level.EMERGENCY)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    await escalate_due(office.parts)
    assert await minutes_told(office, clock, 6) == [5]
    assert [e.why for e in await events(office, incident_id, "escalated")] == ["bước 1: Speaker; người thứ hai"]


async def test_a_lower_level_takes_one_person(office: Office, clock: FakeClock) -> None:
    incident_id = await taken(office, clock)
    assert await escalate_due(office.parts) == 0
    with pytest.raises(Refused):
        await joining.second(office.parts, office.people["backup"], incident_id)


async def test_a_new_taking_needs_a_new_second_person(office: Office, clock: FakeClock) -> None:
    incident_id = await taken(office, clock, Level.EMERGENCY)
    await joining.second(office.parts, office.people["backup"], incident_id)
    assert await minutes_told(office, clock, 15) == [15], "both fell asleep"
    assert (await row_of(office, incident_id)).seconded_by_id is None
    await desk.acknowledge(office.parts, office.people["speaker"], incident_id)
    assert await escalate_due(office.parts) == 1


async def test_an_office_sets_its_own_minutes_from_now_on(office: Office, clock: FakeClock) -> None:
    admin = office.people["admin"]
    begun = clock()
    clock.forward(minutes=1)
    await set_plan(office.parts, admin, Level.HIGH, [10, 2], 7)
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    assert (await row_of(office, incident_id)).ack_due_at == clock() + timedelta(minutes=10)
    assert await minutes_told(office, clock, 15) == [10, 12, 14]
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    assert await minutes_told(office, clock, 7) == [7]
    async with office.parts.db.read() as session:
        before = await chain_of(session, office.id, Level.HIGH, begun)
    assert before.wait(0) == timedelta(minutes=15), "what counted then can still be read"


@pytest.mark.parametrize(("waits", "lives"), [([], 5), ([0], 5), ([5], float("nan")), ([5], 1e9), ([1] * 7, 5)])
async def test_minutes_that_cannot_be_are_refused(
    office: Office, clock: FakeClock, waits: list[float], lives: float
) -> None:
    with pytest.raises(Refused):
        await set_plan(office.parts, office.people["admin"], Level.HIGH, waits, lives)


async def test_only_an_admin_or_leader_sets_minutes(office: Office, clock: FakeClock) -> None:
    with pytest.raises(Refused):
        await set_plan(office.parts, office.people["duty"], Level.HIGH, [5], 5)
