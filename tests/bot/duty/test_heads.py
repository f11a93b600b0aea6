"""The first message of a thread follows its incident, over real HTTP: edited, not repeated."""

from __future__ import annotations

from bot.duty import desk
from bot.duty.heads import FIGURES_EVERY, keep_heads
from bot.duty.telegram import DutyChat
from channels.sandbox.telegram import TelegramSandbox
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.conftest import DUTY, alerts, answered, look, said, soon, tie
from tests.bot.duty.steps import EVIDENCE, incident, set_incident, state
from tests.conftest import FakeClock


async def turn(office: Office, chat: DutyChat, clock: FakeClock, minutes: float = 0.1) -> None:
    """Some time goes by, the desk looks, the chat says what there is to say."""
    clock.forward(minutes=minutes)
    await look(office)
    while await chat.send_due():
        clock.forward(seconds=5)


async def test_it_shows_who_took_it_and_new_figures_and_says_nothing_twice(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    await tie(office, telegram, "duty", 7)
    incident_id = await incident(office, clock)
    await turn(office, working, clock)
    (head,) = telegram.messages(DUTY)
    assert "Cần nhận trước" in head.text and len(head.buttons) == 4
    token = head.buttons[0].data.partition(":")[2]
    assert await answered(telegram, telegram.press(DUTY, head.message_id, f"ack:{token}", 7)) == "Bạn đã nhận sự cố."
    await turn(office, working, clock)
    assert "📍 Đã nhận · Duty 08:00" in head.text and "Cần nhận trước" not in head.text
    assert [b.data.partition(":")[0] for b in head.buttons] == ["draft", "false_alarm", "verify"]
    await answered(telegram, telegram.press(DUTY, head.message_id, f"verify:{token}", 7))
    assert await state(office, incident_id) == IncidentState.VERIFYING
    await turn(office, working, clock)
    assert "📍 Đang xác minh" in head.text
    edits, before = head.edits, len(said(telegram))
    picture = head.photo
    more = EVIDENCE | {"numbers_vi": "7 bình luận", "series": [["2026-11-24T01:00:00+00:00", 7]]}
    await set_incident(office, incident_id, evidence=more, updated_at=clock())
    await turn(office, working, clock)
    assert head.edits == edits, "figures alone wait a little"
    await set_incident(office, incident_id, updated_at=clock())
    await turn(office, working, clock, FIGURES_EVERY.total_seconds() / 60)
    assert head.edits == edits + 1 and "7 bình luận" in head.text and head.photo != picture
    assert len(said(telegram)) == before and not (await alerts(office))[0].stale


async def test_a_message_that_is_gone_stops_nothing(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock)
    await turn(office, working, clock)
    telegram.chats[DUTY].messages.clear()
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    await turn(office, working, clock)
    assert not (await alerts(office))[0].stale
    assert any("Duty đã nhận" in text for text in said(telegram)), "the word in the thread is said all the same"
    assert await keep_heads(office.parts) == 0


async def test_a_flood_makes_edits_wait_and_none_is_lost(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock)
    await turn(office, working, clock)
    (head,) = telegram.messages(DUTY)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    await turn(office, working, clock)
    await desk.move_incident(office.parts, office.people["duty"], incident_id, IncidentState.VERIFYING)
    telegram.flood(DUTY, 30)
    await turn(office, working, clock)
    assert "Đã nhận" in head.text
    await turn(office, working, clock, 1)
    await soon(telegram, lambda: "Đang xác minh" in head.text)
