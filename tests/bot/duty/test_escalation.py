"""Nobody answers: the backup at the set minute, then the head, each step once and on the record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.duty import desk
from bot.duty.escalation import escalate_due
from bot.duty.telling import raise_alerts
from bot.parts import Parts, Refused
from bot.settings import Settings
from models.db import Database
from models.incident import Level
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, events, incident, row_of, set_incident, tie, without_chat
from tests.bot.duty.test_telling import came_back
from tests.conftest import FakeClock


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """The office's settings, on SQLite and on PostgreSQL."""
    return settings.model_copy(update={"database_url": database_url})


MINUTES = {Level.MEDIUM: 60, Level.HIGH: 15, Level.EMERGENCY: 5}


async def minutes_told(office: Office, clock: FakeClock, minutes: int) -> list[int]:
    """Let a daemon turn once a minute; return the minutes at which somebody was told."""
    found = []
    for minute in range(1, minutes + 1):
        clock.forward(minutes=1)
        await raise_alerts(office.parts)
        if await escalate_due(office.parts):
            found.append(minute)
    return found


@pytest.mark.parametrize("level", list(MINUTES))
async def test_the_backup_at_the_set_minute_then_the_head_each_step_on_record(
    office: Office, clock: FakeClock, level: Level
) -> None:
    await tie(office, "backup", "8")
    await tie(office, "speaker", "9")
    span = MINUTES[level]
    incident_id = await incident(office, clock, level)
    await raise_alerts(office.parts)
    assert await minutes_told(office, clock, 3 * span + 1) == [span, 2 * span, 3 * span]
    record = await events(office, incident_id, "escalated")
    assert [e.why for e in record] == ["bước 1: Backup", "bước 2: Speaker", "bước 2: Speaker"]
    start = clock() - timedelta(minutes=3 * span + 1)
    assert [e.at - start for e in record] == [timedelta(minutes=span * n) for n in (1, 2, 3)]
    assert {e.user_id for e in record} == {None}, "the system did it"
    told = await alerts(office, "escalated")
    assert [a.chat_id for a in told] == ["-100", "8", "-100", "9", "-100", "9"]
    assert "trực phụ Backup" in told[0].text and "lãnh đạo trực Speaker" in told[2].text


async def test_whoever_takes_it_ends_it(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    assert await minutes_told(office, clock, 16) == [15]
    await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    assert await minutes_told(office, clock, 29) == []
    await desk.move_incident(office.parts, office.people["backup"], incident_id, IncidentState.VERIFYING)
    await desk.move_incident(office.parts, office.people["backup"], incident_id, IncidentState.WATCHING, "chờ")
    assert await minutes_told(office, clock, 60) == []


async def test_the_chain_starts_anew_at_a_higher_level(office: Office, clock: FakeClock) -> None:
    """The messages of the second chain are others than those of the first."""
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await minutes_told(office, clock, 15)
    await set_incident(office, incident_id, level=Level.EMERGENCY)
    await raise_alerts(office.parts)
    before = len(await alerts(office, "escalated"))
    assert await minutes_told(office, clock, 11) == [5, 10]
    assert len(await alerts(office, "escalated")) == before + 2
    assert [e.why for e in await events(office, incident_id, "escalated")] == [
        "bước 1: Backup", "bước 1: Backup", "bước 2: Speaker",
    ]  # fmt: skip


async def test_the_chain_starts_anew_when_the_claim_comes_back(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await minutes_told(office, clock, 15)
    await desk.false_alarm(office.parts, office.people["duty"], incident_id, "nhầm")
    clock.forward(hours=2)
    await came_back(office, clock, incident_id, Level.HIGH)
    await raise_alerts(office.parts)
    assert await minutes_told(office, clock, 31) == [15, 30]
    assert len(await alerts(office, "escalated")) == 3


async def test_a_restart_in_the_middle_loses_and_repeats_nothing(office: Office, clock: FakeClock) -> None:
    await incident(office, clock)
    await raise_alerts(office.parts)
    assert await minutes_told(office, clock, 14) == []
    old = office.parts
    await old.db.close()
    office.parts = Parts(old.settings, Database(old.settings.database), old.vault, old.door, clock, old.scorer)
    try:
        assert await minutes_told(office, clock, 2) == [1]
        assert len(await alerts(office, "escalated")) == 1
    finally:
        await office.parts.db.close()


async def test_two_daemons_make_one_step(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    clock.forward(minutes=15)
    other = Database(office.parts.settings.database)
    old = office.parts
    twin = Parts(old.settings, other, old.vault, old.door, clock, old.scorer)
    assert [await escalate_due(office.parts), await escalate_due(twin)] == [1, 0]
    assert len(await events(office, incident_id, "escalated")) == 1
    await other.close()


async def test_a_clock_that_jumps_ahead_makes_one_step(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    clock.forward(hours=9)
    assert await minutes_told(office, clock, 14) == [1]
    assert [e.why for e in await events(office, incident_id, "escalated")] == ["bước 1: Backup"]


async def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_one_span(
    office: Office, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    clock.forward(hours=-5)
    assert await minutes_told(office, clock, 20) == [16], "a span from when it was noticed"
    assert len(await events(office, incident_id, "escalated")) == 1


async def test_medium_is_not_passed_on_at_night(office: Office, clock: FakeClock) -> None:
    clock.at = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)  # Friday, 17:30 in Hanoi
    await incident(office, clock, Level.MEDIUM)
    await raise_alerts(office.parts)
    told_at = []
    for _ in range(66 * 4):
        clock.forward(minutes=15)
        if await escalate_due(office.parts):
            told_at.append(clock())
    assert told_at[0] == datetime(2026, 11, 30, 0, 0, tzinfo=UTC), "Monday, 07:00 in Hanoi"


async def test_a_person_passes_it_up_once_a_message(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await desk.escalate(office.parts, office.people["duty"], incident_id, seen_step=0)
    with pytest.raises(Refused):
        await desk.escalate(office.parts, office.people["backup"], incident_id, seen_step=0)
    assert [(e.why, e.user_id) for e in await events(office, incident_id, "escalated")] == [
        ("bước 1: Backup", office.people["duty"].user_id)
    ]
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    with pytest.raises(Refused):
        await desk.escalate(office.parts, office.people["duty"], incident_id)
    assert (await row_of(office, incident_id)).state == IncidentState.ACKED


async def test_without_a_chat_the_steps_are_on_record_all_the_same(office: Office, clock: FakeClock) -> None:
    await without_chat(office)
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await minutes_told(office, clock, 31)
    assert [e.why for e in await events(office, incident_id, "escalated")] == ["bước 1: Backup", "bước 2: Speaker"]
    assert await alerts(office) == []
