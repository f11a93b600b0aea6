"""The duty desk over a real database: told once, escalated in time, taken by one, corrected by two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.daemon import Daemon
from bot.duty import desk
from bot.duty.correction import draft_correction
from bot.duty.presses import press
from bot.parts import Refused
from bot.publishing.approval import approve_post
from models.claim import Claim
from models.delivery import Delivery
from models.incident import Alert, Incident, IncidentEvent, Level
from models.office import Organisation, RotaShift, User
from models.post import Post
from models.states import IncidentState, PostState
from models.system import Heartbeat
from tests.bot.conftest import Office
from tests.conftest import FakeClock

EVIDENCE = {
    "claim": "kho muối cạn sạch", "official_text": "Kho muối còn đủ dùng.", "official_ref": "bài “Muối” (08:00 24/11)",
    "numbers_vi": "5 bình luận", "why_vi": "không nguồn", "model_vi": "cao", "not_spread_vi": "",
    "series": [["2026-11-24T01:00:00+00:00", 5]], "usual": 1.0,
}  # fmt: skip


async def incident(office: Office, clock: FakeClock, level: Level = Level.HIGH) -> int:
    async with office.parts.db.write() as session:
        claim = Claim(
            organisation_id=office.id, key=f"k{level}", text="kho muối cạn sạch", first_at=clock(), last_at=clock()
        )
        session.add(claim)
        await session.flush()
        row = Incident(
            organisation_id=office.id, claim_id=claim.id, level=level, harm=2, spread=2, field="KINH_TE",
            claim_text="kho muối cạn sạch", evidence=EVIDENCE, channels_hit=["facebook"], started_at=clock(),
            opened_at=clock(), updated_at=clock(),
        )  # fmt: skip
        session.add(row)
        await session.flush()
        people = office.people
        session.add(
            RotaShift(
                organisation_id=office.id,
                starts_at=clock() - timedelta(hours=1),
                ends_at=clock() + timedelta(hours=9),
                primary_id=people["duty"].user_id,
                backup_id=people["backup"].user_id,
                head_id=people["speaker"].user_id,
            )
        )
        return row.id or 0


async def alerts(office: Office) -> list[Alert]:
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Alert).order_by(col(Alert.id)))).all())


async def state(office: Office, incident_id: int) -> str:
    async with office.parts.db.read() as session:
        return (await session.get_one(Incident, incident_id)).state


async def test_an_alarm_is_told_once_however_often_it_is_looked_at(office: Office, clock: FakeClock) -> None:
    await incident(office, clock)
    for _ in range(3):
        await desk.raise_alerts(office.parts)
    (told,) = await alerts(office)
    assert told.chart
    assert "cần kiểm chứng" in told.text
    assert {button[1] for row in told.buttons for button in row} == {"ack", "false_alarm", "escalate", "draft"}


async def test_low_is_for_the_digest_and_wakes_nobody(office: Office, clock: FakeClock) -> None:
    await incident(office, clock, Level.LOW)
    await desk.raise_alerts(office.parts)
    assert await alerts(office) == []


async def test_nobody_answers_so_the_next_is_told(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await desk.raise_alerts(office.parts)
    clock.forward(minutes=14)
    assert await desk.escalate_due(office.parts) == 0
    clock.forward(minutes=2)
    assert await desk.escalate_due(office.parts) == 1
    assert await desk.escalate_due(office.parts) == 0, "once a step"
    assert "Backup" in (await alerts(office))[-1].text
    await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    clock.forward(hours=5)
    assert await desk.escalate_due(office.parts) == 0


async def test_two_take_it_and_one_is_told_who_was_first(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await desk.raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    with pytest.raises(Refused) as caught:
        await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    assert "Duty" in caught.value.vi


async def test_a_higher_level_must_be_taken_anew(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await desk.raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    async with office.parts.db.write() as session:
        (await session.get_one(Incident, incident_id)).level = Level.EMERGENCY
    await desk.raise_alerts(office.parts)
    assert await state(office, incident_id) == IncidentState.NEW


async def test_strangers_press_in_vain(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await desk.raise_alerts(office.parts)
    (told,) = await alerts(office)
    assert (await press(office.parts, "666", f"ack:{told.token}")).alarm
    async with office.parts.db.write() as session:
        (await session.get_one(User, office.people["duty"].user_id)).telegram_id = "7"
    assert (await press(office.parts, "7", "ack:made-up")).alarm
    assert (await press(office.parts, "7", f"approve:{told.token}")).alarm, "not a button of this message"
    assert await state(office, incident_id) == IncidentState.NEW
    assert not (await press(office.parts, "7", f"ack:{told.token}")).alarm
    assert await state(office, incident_id) == IncidentState.ACKED


async def test_a_correction_needs_two_and_goes_to_the_channels_hit(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await desk.raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    assert await draft_correction(office.parts, office.people["duty"], incident_id) == post_id, "one draft"
    async with office.parts.db.read() as session:
        seen = (await session.get_one(Post, post_id)).content_hash
    assert await approve_post(office.parts, office.people["approver"], post_id, seen) == PostState.PENDING
    await approve_post(office.parts, office.people["speaker"], post_id, seen)
    async with office.parts.db.read() as session:
        (row,) = (await session.exec(select(Delivery).where(Delivery.post_id == post_id))).all()
    assert (row.channel, row.priority, row.composed["pin"]) == ("facebook", 100, "true")
    assert row.composed["message"].startswith("Kho muối còn đủ dùng.")


async def test_a_false_alarm_needs_the_desk(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    with pytest.raises(Refused):
        await desk.false_alarm(office.parts, office.people["author"], incident_id, "đùa thôi")
    await desk.false_alarm(office.parts, office.people["duty"], incident_id, "diễn tập")
    assert await state(office, incident_id) == IncidentState.FALSE_ALARM
    async with office.parts.db.read() as session:
        rows = (await session.exec(select(IncidentEvent).where(IncidentEvent.incident_id == incident_id))).all()
    assert "diễn tập" in {r.why for r in rows}


async def test_after_a_gap_the_duty_chat_is_told_what_was_missed(office: Office, clock: FakeClock) -> None:
    async with office.parts.db.write() as session:
        session.add(Heartbeat(name="collect", at=clock() - timedelta(minutes=40)))
    await office.parts.db.close()
    daemon = Daemon(office.parts.settings.model_copy(update={"model": "lexical"}), now=clock, roles={"duty"})
    await daemon.open()
    await daemon.stop()
    (told,) = await alerts(office)
    assert (told.kind, told.chat_id) == ("notice", "-100")
    assert "ngừng từ 07:20" in told.text
    async with office.parts.db.read() as session:
        assert (await session.get_one(Organisation, office.id)).duty_chat == "-100"
