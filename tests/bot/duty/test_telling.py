"""Who is told, when and how often: each level once, remembered on the incident, in the hours that it may disturb."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from bot.duty import desk, texts
from bot.duty.escalation import escalate_due
from bot.duty.telling import raise_alerts, send_digest
from bot.duty.voice import Voice
from bot.settings import Settings
from models.audit import AuditEntry
from models.incident import Incident, IncidentEvent, Level
from models.office import Organisation
from models.states import IncidentState
from monitor.incidents import _reopen
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, events, incident, row_of, set_incident, state, tie, without_chat
from tests.conftest import FakeClock


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """The office's settings, on SQLite and on PostgreSQL."""
    return settings.model_copy(update={"database_url": database_url})


TUESDAY_EVENING = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 20:00 in Hanoi
FRIDAY_EVENING = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)


async def came_back(office: Office, clock: FakeClock, incident_id: int, level: Level) -> None:
    """The monitor reopens an incident that was closed."""
    async with office.parts.db.write() as session:
        _reopen(session, await session.get_one(Incident, incident_id), level, clock())


async def test_an_alarm_is_told_once_however_often_it_is_looked_at(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    for _ in range(3):
        await raise_alerts(office.parts)
    (told,) = await alerts(office)
    assert told.chart
    assert "cần kiểm chứng" in told.text and "[CAO · Kinh tế, tài chính]" in told.text
    assert "Cần nhận trước 08:15" in told.text and "Thông báo ban đầu trước 09:00" in told.text
    assert {button[1] for row in told.buttons for button in row} == {"ack", "false_alarm", "escalate", "draft"}
    assert (await row_of(office, incident_id)).told_level == Level.HIGH


@pytest.mark.parametrize("level", [Level.MEDIUM, Level.HIGH, Level.EMERGENCY])
async def test_an_office_without_a_chat_is_not_told_for_ever(office: Office, clock: FakeClock, level: Level) -> None:
    """What was told is remembered on the incident: the clock does not move on, and what somebody took stays taken."""
    await without_chat(office)
    incident_id = await incident(office, clock, level)
    await raise_alerts(office.parts)
    due = (await row_of(office, incident_id)).ack_due_at
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    for _ in range(5):
        clock.forward(seconds=5)
        assert await raise_alerts(office.parts) == 0
    row = await row_of(office, incident_id)
    assert (row.state, row.ack_due_at) == (IncidentState.ACKED, due)
    assert [e.action for e in await events(office, incident_id)] == ["told", "moved"]
    assert "chưa đặt nhóm trực" in (await events(office, incident_id, "told"))[0].why
    async with office.parts.db.read() as session:
        entries = (await session.exec(select(AuditEntry).where(AuditEntry.action == "incident_told"))).all()
    assert len(entries) == 1


async def test_a_higher_level_must_be_taken_anew_and_only_once(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    await set_incident(office, incident_id, level=Level.EMERGENCY)
    await raise_alerts(office.parts)
    assert await state(office, incident_id) == IncidentState.NEW
    assert [a.kind for a in await alerts(office)] == ["opened", "update", "raised"]
    await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    await raise_alerts(office.parts)
    assert await state(office, incident_id) == IncidentState.ACKED


async def test_the_same_level_is_news_when_the_claim_comes_back(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await desk.false_alarm(office.parts, office.people["duty"], incident_id, "nhầm")
    clock.forward(days=1)
    await came_back(office, clock, incident_id, Level.HIGH)
    assert await raise_alerts(office.parts) == 1
    assert [a.kind for a in await alerts(office)] == ["opened", "update", "opened"]
    assert (await row_of(office, incident_id)).ack_due_at == clock() + timedelta(minutes=15)


async def test_an_emergency_also_goes_to_backup_head_and_spokesperson(office: Office, clock: FakeClock) -> None:
    await tie(office, "backup", "8")
    await tie(office, "speaker", "9")
    await incident(office, clock, Level.EMERGENCY)
    assert await raise_alerts(office.parts) == 3
    assert [a.chat_id for a in await alerts(office)] == ["-100", "8", "9"]


async def test_medium_waits_for_the_morning_and_is_told_with_its_evidence(office: Office, clock: FakeClock) -> None:
    clock.at = TUESDAY_EVENING
    incident_id = await incident(office, clock, Level.MEDIUM)
    assert await raise_alerts(office.parts) == 0
    assert (await row_of(office, incident_id)).told_level == ""
    await set_incident(office, incident_id, claim_text="kho muối ở Đồi Mây cạn sạch")
    clock.forward(hours=11)
    assert await raise_alerts(office.parts) == 1
    (told,) = await alerts(office)
    assert "Đồi Mây" in told.text and "Cần nhận trước 08:00 " in told.text


async def test_medium_does_not_disturb_a_weekend(office: Office, clock: FakeClock) -> None:
    clock.at = FRIDAY_EVENING
    await incident(office, clock, Level.MEDIUM)
    told_at = []
    for _ in range(4 * 24):
        clock.forward(hours=1)
        if await raise_alerts(office.parts):
            told_at.append(clock())
    assert told_at == [datetime(2026, 11, 30, 0, 0, tzinfo=UTC)], "Monday, 07:00 in Hanoi"


@pytest.mark.parametrize("level", [Level.HIGH, Level.EMERGENCY])
async def test_high_and_emergency_go_at_any_hour(office: Office, clock: FakeClock, level: Level) -> None:
    clock.at = FRIDAY_EVENING + timedelta(hours=20)
    await incident(office, clock, level)
    assert await raise_alerts(office.parts) == 1


async def test_what_somebody_took_by_hand_is_told_without_asking_again(office: Office, clock: FakeClock) -> None:
    """A medium incident of the night was taken in the console; the chat hears of it and nobody is hurried."""
    clock.at = TUESDAY_EVENING
    incident_id = await incident(office, clock, Level.MEDIUM)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    clock.forward(hours=11)
    assert await raise_alerts(office.parts) == 1
    row = await row_of(office, incident_id)
    assert (row.state, row.next_escalation_at) == (IncidentState.ACKED, None)
    assert "ack" not in {button[1] for rows in (await alerts(office))[0].buttons for button in rows}


async def test_times_are_those_of_the_organisation(office: Office, clock: FakeClock) -> None:
    """Beijing is an hour ahead of the installation's zone."""
    async with office.parts.db.write() as session:
        (await session.get_one(Organisation, office.id)).zone = "Asia/Shanghai"
    clock.at = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 23:30 there
    await incident(office, clock)
    await raise_alerts(office.parts)
    text = (await alerts(office))[0].text
    assert "Cần nhận trước 23:45 ·" in text and "Thông báo ban đầu trước 00:30 ngày 25/11" in text


async def test_the_chat_speaks_the_language_that_is_set(office: Office, clock: FakeClock) -> None:
    office.parts.settings = office.parts.settings.model_copy(update={"language": "en"})
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    clock.forward(minutes=15)
    await escalate_due(office.parts)
    await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    opened, escalated, update = await alerts(office)
    assert (
        "[HIGH · Economy, finance]" in opened.text and "5 comments" in opened.text and "Why: no source." in opened.text
    )
    assert "Take it before 08:15" in opened.text and [b[0] for b in opened.buttons[0]] == ["✅ Take", "✋ False alarm"]
    assert "passed on to the backup Backup" in escalated.text
    assert update.text == f"✅ SC-{incident_id:04d}: Backup took it at 08:15."


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_fullest_alarm_fits_under_its_picture(office: Office, clock: FakeClock, language: str) -> None:
    incident_id = await incident(office, clock, Level.MEDIUM, locality="x" * 400, claim_text="<&🔴ạ " * 90)
    row, full = await row_of(office, incident_id), "<&🔴ạ " * 90
    row.evidence = {f"{name}_{language}": full for name in ("numbers", "why", "model", "not_spread")}
    row.field = "THIEN_TAI"
    row.ack_due_at = row.first_line_due_at = clock() + timedelta(days=3)
    text = texts.alert(row, Voice(language, ZoneInfo("Asia/Ho_Chi_Minh"), clock()), on_duty=full)
    assert texts.units(texts.plain(text)) <= texts.MOST_CAPTION


# -- the digest -----------------------------------------------------------------------------------------------------


async def test_low_wakes_nobody_and_comes_in_the_morning_in_one_message(office: Office, clock: FakeClock) -> None:
    first = await incident(office, clock, Level.LOW)
    second = await incident(office, clock, Level.LOW, claim_text="trạm xá hết thuốc")
    for _ in range(22):
        clock.forward(hours=1)
        assert await raise_alerts(office.parts) == 0
        assert await send_digest(office.parts) == 0
    clock.forward(hours=1)  # Wednesday, 07:00
    assert await send_digest(office.parts) == 1
    assert await send_digest(office.parts) == 0
    (told,) = await alerts(office)
    assert told.kind == "digest" and "2 sự cố mức THẤP" in told.text
    assert f"SC-{first:04d}" in told.text and "trạm xá hết thuốc" in told.text and "trước 18:00." in told.text
    for incident_id in (first, second):
        row = await row_of(office, incident_id)
        assert (row.told_level, row.next_escalation_at) == (Level.LOW, None)
        assert row.ack_due_at == datetime(2026, 11, 25, 11, 0, tzinfo=UTC), "the end of that working day"
        assert [e.why for e in await events(office, incident_id, "told")] == ["bản tổng hợp ngày"]


async def test_the_digest_of_a_weekend_comes_on_monday(office: Office, clock: FakeClock) -> None:
    clock.at = FRIDAY_EVENING
    await incident(office, clock, Level.LOW)
    for _ in range(58):
        clock.forward(hours=1)
        assert await send_digest(office.parts) == 0
    clock.forward(hours=1)
    assert await send_digest(office.parts) == 1


async def test_a_low_incident_that_grows_opens_a_thread(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock, Level.LOW)
    clock.forward(hours=23)
    await send_digest(office.parts)
    await set_incident(office, incident_id, level=Level.HIGH)
    await raise_alerts(office.parts)
    assert [a.kind for a in await alerts(office)] == ["digest", "opened"]
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    assert (await alerts(office))[-1].kind == "update"


async def test_one_that_came_back_today_waits_for_tomorrow(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock, Level.LOW)
    clock.forward(hours=23)
    await send_digest(office.parts)
    await desk.false_alarm(office.parts, office.people["duty"], incident_id, "nhầm")
    clock.forward(hours=3)
    await came_back(office, clock, incident_id, Level.LOW)
    assert await send_digest(office.parts) == 0
    clock.forward(hours=24)
    assert await send_digest(office.parts) == 1
    async with office.parts.db.read() as session:
        told = await session.exec(
            select(IncidentEvent.at).where(IncidentEvent.action == "told").order_by(col(IncidentEvent.id))
        )
        assert len(told.all()) == 2
