"""One alarm is told once: a lesser one waits behind a worse one, a silence ends by itself and tells what it kept, and
it is said again only when it doubles."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.duty import desk
from bot.duty.escalation import escalate_due
from bot.duty.quiet import LONGEST, inhibits, silences
from bot.duty.silences import Quiet, end_silence, silence, tell_over
from bot.duty.telling import raise_alerts
from bot.parts import NotFound, Refused
from bot.settings import Settings
from models.incident import Incident, Level, Silence
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, events, incident, row_of, set_incident, state
from tests.conftest import BEGIN, FakeClock

PLACE = {"field": "THIEN_TAI", "locality": "Đồi Mây"}


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """The office's settings, on SQLite and on PostgreSQL."""
    return settings.model_copy(update={"database_url": database_url})


async def texts_of(office: Office, kind: str = "") -> list[str]:
    return [a.text for a in await alerts(office, kind)]


# -- lesser ones ------------------------------------------------------------------------------------------------------


async def test_a_lesser_alarm_is_shown_in_the_worse_one_and_told_after_it(office: Office, clock: FakeClock) -> None:
    worse = await incident(office, clock, Level.EMERGENCY, **PLACE)
    await raise_alerts(office.parts)
    lesser = await incident(office, clock, Level.HIGH, **PLACE, claim_text="cầu bị cuốn trôi")
    assert await raise_alerts(office.parts) == await raise_alerts(office.parts) == 0
    opened, shown = await alerts(office)
    assert opened.incident_id == worse == shown.incident_id and shown.about == {"silent": "1"}
    assert f"SC-{lesser:04d} [CAO] “cầu bị cuốn trôi”" in shown.text
    (noted,) = await events(office, lesser, "inhibited")
    assert noted.now == f"SC-{worse:04d}" and (await row_of(office, lesser)).next_escalation_at is None
    clock.forward(hours=1)
    await escalate_due(office.parts)
    assert {a.incident_id for a in await alerts(office, "escalated")} == {worse}
    await desk.false_alarm(office.parts, office.people["duty"], worse, "nhầm")
    assert await raise_alerts(office.parts) == 1
    told = (await alerts(office, "opened"))[-1]
    assert told.incident_id == lesser and (await row_of(office, lesser)).under_id is None
    assert (await row_of(office, lesser)).ack_due_at == clock() + timedelta(minutes=15)


async def test_one_that_nobody_took_yet_falls_behind_a_worse_one_and_comes_back(
    office: Office, clock: FakeClock
) -> None:
    lesser = await incident(office, clock, Level.HIGH, **PLACE)
    await raise_alerts(office.parts)
    worse = await incident(office, clock, Level.EMERGENCY, **PLACE)
    assert await raise_alerts(office.parts) == 1
    await raise_alerts(office.parts)
    clock.forward(minutes=16)
    await escalate_due(office.parts)
    assert {a.incident_id for a in await alerts(office, "escalated")} == {worse}, "one is rung for at a time"
    await desk.acknowledge(office.parts, office.people["duty"], worse)
    await desk.move_incident(office.parts, office.people["duty"], worse, IncidentState.VERIFYING)
    assert await raise_alerts(office.parts) == 0
    await desk.move_incident(office.parts, office.people["duty"], worse, IncidentState.WATCHING, "đã lắng")
    assert await raise_alerts(office.parts) == 1 and await raise_alerts(office.parts) == 0
    last = (await alerts(office))[-1]
    assert (last.incident_id, last.kind) == (lesser, "raised")
    assert (await row_of(office, lesser)).next_escalation_at == clock() + timedelta(minutes=15)


async def test_one_that_was_passed_on_before_it_waited_is_passed_on_anew(office: Office, clock: FakeClock) -> None:
    """Each step of the second run of its chain is told to people, and not only put on record."""
    lesser = await incident(office, clock, Level.HIGH, **PLACE)
    await raise_alerts(office.parts)
    clock.forward(minutes=15)
    assert await escalate_due(office.parts) == 1
    worse = await incident(office, clock, Level.EMERGENCY, **PLACE)
    await raise_alerts(office.parts)
    await raise_alerts(office.parts)
    await desk.false_alarm(office.parts, office.people["duty"], worse, "nhầm")
    assert await raise_alerts(office.parts) == 1
    for _ in range(2):
        clock.forward(minutes=15)
        assert await escalate_due(office.parts) == 1
        told = [a for a in await alerts(office, "escalated") if a.incident_id == lesser]
        assert len(told) == len(await events(office, lesser, "escalated"))
    assert len(told) == 3


async def test_one_that_was_taken_while_it_waited_is_not_rung_for(office: Office, clock: FakeClock) -> None:
    lesser = await incident(office, clock, Level.HIGH, **PLACE)
    await raise_alerts(office.parts)
    worse = await incident(office, clock, Level.EMERGENCY, **PLACE)
    await raise_alerts(office.parts)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], lesser)
    await desk.false_alarm(office.parts, office.people["duty"], worse, "nhầm")
    assert await raise_alerts(office.parts) == 0
    assert (await row_of(office, lesser)).under_id is None and await state(office, lesser) == "acked"


@pytest.mark.parametrize(
    "other",
    [
        {"field": "Y_TE", "locality": "Đồi Mây"},
        {"field": "THIEN_TAI", "locality": "Nắng Mới"},
        {"field": "THIEN_TAI", "locality": ""},
    ],
)
async def test_another_topic_or_place_is_another_alarm(office: Office, clock: FakeClock, other: dict[str, str]) -> None:
    await incident(office, clock, Level.EMERGENCY, **PLACE)
    await incident(office, clock, Level.HIGH, **other)
    assert await raise_alerts(office.parts) == 2


def made(number: int, level: Level, **more: object) -> Incident:
    known = {"organisation_id": 1, "claim_text": "x", "harm": 1, "spread": 1, "started_at": BEGIN, "opened_at": BEGIN}
    return Incident(id=number, level=level, updated_at=BEGIN, **{**known, **PLACE, "told_level": level, **more})


LEVEL, STATE = st.sampled_from(list(Level)), st.sampled_from(list(IncidentState))


@given(LEVEL, LEVEL, STATE, STATE)
def test_nothing_ever_inhibits_the_highest_level_nor_two_each_other(
    one: Level, other: Level, here: IncidentState, there: IncidentState
) -> None:
    a, b = made(1, one, state=here), made(2, other, state=there)
    assert not (inhibits(a, b) and inhibits(b, a)) and not inhibits(a, a)
    assert not (inhibits(a, b) and other in (Level.EMERGENCY, one))


# -- twice as many ----------------------------------------------------------------------------------------------------


async def test_it_is_said_again_when_twice_as_many_say_it_and_not_before(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock, volume=10)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    for volume, minutes, said in ((19, 10, 0), (20, 10, 1), (39, 10, 0), (45, 1, 1), (90, 1, 0), (90, 5, 1)):
        clock.forward(minutes=minutes)
        await set_incident(office, incident_id, volume=volume)
        assert await raise_alerts(office.parts) == said, volume
    assert [e.now for e in await events(office, incident_id, "doubled")] == ["20", "45", "90"]
    first, *_ = await alerts(office, "raised")
    assert "20 bình luận, lần báo trước 10" in first.text and first.chart
    assert await state(office, incident_id) == IncidentState.ACKED, "whoever works on it goes on"


async def test_medium_does_not_double_into_the_night(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock, Level.MEDIUM, volume=5)
    await raise_alerts(office.parts)
    clock.forward(hours=13)
    await set_incident(office, incident_id, volume=50)
    assert await raise_alerts(office.parts) == 0
    clock.forward(hours=11)
    assert await raise_alerts(office.parts) == 1


# -- silence ----------------------------------------------------------------------------------------------------------


async def hush(office: Office, hours: float = 2, **what: str) -> int:
    return await silence(
        office.parts, office.people["duty"], Quiet(**what), lasts=timedelta(hours=hours), why="diễn tập phòng lụt"
    )


async def test_a_silence_ends_by_itself_and_tells_what_it_kept_quiet(office: Office, clock: FakeClock) -> None:
    await hush(office, field="THIEN_TAI")
    kept = await incident(office, clock, **PLACE, claim_text="đập đã vỡ")
    other = await incident(office, clock, field="Y_TE")
    assert await raise_alerts(office.parts) == 1
    assert {a.incident_id for a in await alerts(office, "opened")} == {other}
    await raise_alerts(office.parts)
    assert [e.why for e in await events(office, kept, "silenced")] == ["diễn tập phòng lụt"]
    clock.forward(hours=2)
    assert await tell_over(office.parts) == 1 and await tell_over(office.parts) == 0
    begun, over = await texts_of(office, "notice")
    assert "Duty tắt tiếng Thiên tai" in begun and "đến 10:00: diễn tập phòng lụt" in begun
    assert "1 sự cố đã không báo" in over and f"SC-{kept:04d} [CAO] Mới: “đập đã vỡ”" in over
    assert await raise_alerts(office.parts) == 1, "nobody took it: now it is raised"
    assert (await row_of(office, kept)).ack_due_at == clock() + timedelta(minutes=15)


async def test_what_was_taken_during_a_silence_is_only_listed(office: Office, clock: FakeClock) -> None:
    await hush(office, locality="Đồi Mây")
    kept = await incident(office, clock, **PLACE)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["backup"], kept)
    clock.forward(hours=2)
    await tell_over(office.parts)
    assert await raise_alerts(office.parts) == 0
    assert "Đã nhận" in (await texts_of(office, "notice"))[-1]


async def test_a_silence_is_ended_early_by_a_person(office: Office, clock: FakeClock) -> None:
    number = await hush(office, words="kho muoi")
    await incident(office, clock)
    assert await raise_alerts(office.parts) == 0
    clock.forward(minutes=1)
    await end_silence(office.parts, office.people["backup"], number)
    with pytest.raises(Refused):
        await end_silence(office.parts, office.people["backup"], number)
    await tell_over(office.parts)
    assert await raise_alerts(office.parts) == 1


async def test_a_level_that_becomes_the_highest_breaks_the_silence(office: Office, clock: FakeClock) -> None:
    await hush(office, field="THIEN_TAI")
    kept = await incident(office, clock, **PLACE)
    assert await raise_alerts(office.parts) == 0
    await set_incident(office, kept, level=Level.EMERGENCY)
    assert await raise_alerts(office.parts) == 1


@pytest.mark.parametrize(
    ("who", "what", "hours", "why", "error"),
    [
        ("duty", {"field": "Y_TE"}, 24.1, "x", "24 hours"),
        ("duty", {"field": "Y_TE"}, 0, "x", "24 hours"),
        ("duty", {"field": "Y_TE"}, 1, " ", "Say why"),
        ("duty", {"words": "  "}, 1, "x", "Name a topic"),
        ("duty", {"field": "CHO_TROI"}, 1, "x", "no topic"),
        ("editor", {"field": "Y_TE"}, 1, "x", "may not act"),
    ],
)
async def test_a_silence_is_refused(
    office: Office, who: str, what: dict[str, str], hours: float, why: str, error: str
) -> None:
    with pytest.raises(Refused, match=error):
        await silence(office.parts, office.people[who], Quiet(**what), lasts=timedelta(hours=hours), why=why)
    with pytest.raises(NotFound):
        await end_silence(office.parts, office.people["duty"], 1)


@given(LEVEL, st.sampled_from(["", "THIEN_TAI", "Y_TE"]), st.sampled_from(["", "Đồi Mây", "xã Đồi Mây", "Nắng Mới"]),
       st.sampled_from(["", "vo dap", "vỡ đập", "dap vo"]), st.integers(-60, 30 * 3600))  # fmt: skip
def test_what_a_silence_covers(level: Level, field: str, place: str, words: str, seconds: int) -> None:
    now: datetime = BEGIN + timedelta(seconds=seconds)
    row = Silence(
        organisation_id=1,
        field=field,
        locality=place,
        words=words,
        reason="x",
        begins_at=BEGIN,
        ends_at=BEGIN + LONGEST,
    )
    fits = field in ("", "THIEN_TAI") and place != "Nắng Mới" and words != "dap vo"
    assert silences(row, made(1, level, claim_text="Nghe tin VỠ ĐẬP rồi"), now) == (
        fits and level is not Level.EMERGENCY and 0 <= seconds < 24 * 3600
    )
