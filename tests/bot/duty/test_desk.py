"""What people do with an incident over a real database: taken by one, judged by the desk, answered by two."""

from __future__ import annotations

import pytest
from sqlmodel import select

from bot.duty import desk
from bot.duty.presses import press
from bot.duty.telling import raise_alerts
from bot.parts import Refused
from models.incident import Incident, Level
from models.learning import Label, Verdict
from models.mention import Mention
from models.states import IllegalMove, IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, events, incident, row_of, set_incident, state, tie
from tests.conftest import FakeClock


async def test_two_take_it_and_one_is_told_who_was_first(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    with pytest.raises(Refused) as caught:
        await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    assert caught.value.vi == "Duty đã nhận lúc 08:00."
    clock.forward(days=1)
    with pytest.raises(Refused) as caught:
        await desk.acknowledge(office.parts, office.people["backup"], incident_id)
    assert caught.value.vi == "Duty đã nhận lúc 08:00 ngày 24/11." and caught.value.en.endswith("08:00 on 24 Nov.")


async def test_strangers_press_in_vain(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    (told,) = await alerts(office)
    assert (await press(office.parts, "666", f"ack:{told.token}")).alarm
    await tie(office, "duty", "7")
    assert (await press(office.parts, "7", "ack:made-up")).alarm
    assert (await press(office.parts, "7", f"approve:{told.token}")).alarm, "not a button of this message"
    assert await state(office, incident_id) == IncidentState.NEW
    assert not (await press(office.parts, "7", f"ack:{told.token}")).alarm
    assert await state(office, incident_id) == IncidentState.ACKED


async def test_a_button_takes_it_once(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    (told,) = await alerts(office)
    await tie(office, "duty", "7")
    await tie(office, "backup", "8")
    assert not (await press(office.parts, "7", f"ack:{told.token}")).alarm
    again = await press(office.parts, "8", f"ack:{told.token}")
    assert again.alarm and again.text == "Duty đã nhận lúc 08:00."
    assert [(e.was, e.now, e.user_id) for e in await events(office, incident_id, "moved")] == [
        ("new", "acked", office.people["duty"].user_id)
    ]
    assert [a.kind for a in await alerts(office)] == ["opened", "update"]


async def test_a_false_alarm_needs_the_desk(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    with pytest.raises(Refused):
        await desk.false_alarm(office.parts, office.people["author"], incident_id, "đùa thôi")
    await desk.false_alarm(office.parts, office.people["duty"], incident_id, "diễn tập")
    assert await state(office, incident_id) == IncidentState.FALSE_ALARM
    assert "diễn tập" in {e.why for e in await events(office, incident_id)}


@pytest.mark.parametrize("to", [IncidentState.CORRECTED, IncidentState.AFTERCARE, IncidentState.NEW])
@pytest.mark.parametrize("was", list(IncidentState))
async def test_nobody_sets_by_hand_what_only_a_publication_does(
    office: Office, clock: FakeClock, was: IncidentState, to: IncidentState
) -> None:
    incident_id = await incident(office, clock, state=was)
    with pytest.raises(Refused):
        await desk.move_incident(office.parts, office.people["duty"], incident_id, to, "xong rồi")
    assert await state(office, incident_id) == was
    assert await events(office, incident_id) == []


async def test_the_way_by_hand_is_the_table_and_each_move_is_on_record(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    duty = office.people["duty"]
    with pytest.raises(IllegalMove):
        await desk.move_incident(office.parts, duty, incident_id, IncidentState.WATCHING)
    way = ("acked", "verifying", "watching", "closed", "reviewed")
    for to in way:
        await desk.move_incident(office.parts, duty, incident_id, IncidentState(to), f"bước {to}")
    assert tuple(e.now for e in await events(office, incident_id, "moved")) == way
    assert {e.user_id for e in await events(office, incident_id, "moved")} == {duty.user_id}


async def test_what_is_offered_is_what_is_taken(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    for was in IncidentState:
        await set_incident(office, incident_id, state=was)
        async with office.parts.db.read() as session:
            (found, *_) = await desk.open_incidents(session, office.id) or [None]
        if found is not None:
            assert desk.incident_actions(found, office.people["author"]) == set()
            assert not {"corrected", "aftercare"} & desk.incident_actions(found, office.people["duty"])


async def test_the_worst_is_first(office: Office, clock: FakeClock) -> None:
    levels = (Level.MEDIUM, Level.EMERGENCY, Level.LOW, Level.HIGH)
    for level in levels:
        await incident(office, clock, level)
    async with office.parts.db.read() as session:
        found = await desk.open_incidents(session, office.id)
    assert [i.level for i in found] == ["emergency", "high", "medium", "low"]


# -- verdicts ---------------------------------------------------------------------------------------------------------


async def verdicts(office: Office) -> list[str]:
    async with office.parts.db.read() as session:
        return [row.verdict for row in (await session.exec(select(Label))).all()]


async def heard(office: Office, clock: FakeClock, incident_id: int) -> None:
    """A text that raised the incident."""
    async with office.parts.db.write() as session:
        row = await session.get_one(Incident, incident_id)
        session.add(
            Mention(
                organisation_id=office.id, account_id=office.accounts["facebook"], channel="facebook", remote_id="m1",
                text="kho muối cạn sạch, giấu dân", written_at=clock(), fetched_at=clock(), scored_at=clock(),
                model="m", risk=0.8, category="misinformation", stance="asserts", claim_id=row.claim_id,
            )
        )  # fmt: skip


async def test_a_false_alarm_is_a_verdict_and_the_chat_may_say_what_it_was(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await heard(office, clock, incident_id)
    await raise_alerts(office.parts)
    await tie(office, "duty", "7")
    (told,) = await alerts(office)
    await press(office.parts, "7", f"false_alarm:{told.token}")
    assert (await row_of(office, incident_id)).verdict == "false_alarm" and await verdicts(office) == ["false_alarm"]
    (update,) = await alerts(office, "update")
    assert [b[1] for row in update.buttons for b in row] == ["criticism", "wrong_group"]
    assert (await press(office.parts, "7", f"criticism:{told.token}")).alarm, "not a button of that message"
    assert not (await press(office.parts, "7", f"criticism:{update.token}")).alarm
    assert (await row_of(office, incident_id)).verdict == "criticism" and await verdicts(office) == ["criticism"]
    assert [(e.was, e.now, e.user_id) for e in await events(office, incident_id, "judged")] == [
        ("", "false_alarm", office.people["duty"].user_id),
        ("false_alarm", "criticism", office.people["duty"].user_id),
    ]


async def test_who_judges_has_taken_it_and_is_on_the_desk(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    with pytest.raises(Refused):
        await desk.judge(office.parts, office.people["duty"], incident_id, Verdict.RIGHT)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    with pytest.raises(Refused):
        await desk.judge(office.parts, office.people["author"], incident_id, Verdict.RIGHT)
    await desk.judge(office.parts, office.people["duty"], incident_id, Verdict.RIGHT)
    assert await state(office, incident_id) == IncidentState.ACKED, "a verdict moves nothing"
