"""The duty chat over real HTTP, polled and by webhook: presses, commands, strangers, groups."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.testing import capture_logs

from bot.duty import handlers
from bot.duty.telegram import DutyChat
from bot.engine.lease import LeaseLost
from bot.people import make_link_code
from channels.sandbox.telegram import TelegramSandbox
from models.db import FENCE
from models.incident import Incident
from models.office import Organisation, User
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.conftest import DUTY, answered, down, logged, look, queue, said, soon, tie
from tests.bot.duty.test_desk import incident, state
from tests.conftest import FakeClock

BOTH_WAYS = pytest.mark.parametrize("way", ["poll", "webhook"], indirect=True)


async def alarm(office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock) -> tuple[int, int, str]:
    """An alarm in the duty chat; its incident, message and the token of its buttons. `duty` is person 7."""
    await tie(office, telegram, "duty", 7)
    incident_id = await incident(office, clock)
    await look(office)
    if not chat.running:
        await chat.start()
    assert await chat.send_due() == 1
    (message,) = telegram.messages(DUTY)
    return incident_id, message.message_id, message.buttons[0].data.partition(":")[2]


def without_buttons(telegram: TelegramSandbox, message: int) -> bool:
    found = telegram.chats[DUTY].find(message)
    return found is not None and not found.keyboard


# -- presses ----------------------------------------------------------------------------------------------------------


@BOTH_WAYS
async def test_a_press_is_answered_and_takes_the_buttons_away(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    assert await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7)) == "Bạn đã nhận sự cố."
    await soon(telegram, lambda: without_buttons(telegram, message))
    assert await state(office, incident_id) == IncidentState.ACKED


@BOTH_WAYS
async def test_two_press_at_once_and_the_second_learns_who_was_first(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    _, message, token = await alarm(office, telegram, chat, clock)
    await tie(office, telegram, "backup", 8)
    first = telegram.press(DUTY, message, f"ack:{token}", 7)
    second = telegram.press(DUTY, message, f"ack:{token}", 8)
    stranger = telegram.press(DUTY, message, f"ack:{token}", 9)
    with capture_logs() as logs:
        assert await answered(telegram, first) == "Bạn đã nhận sự cố."
        assert (await answered(telegram, second)).startswith("Duty đã nhận lúc")
        assert "chưa được liên kết" in await answered(telegram, stranger)
    assert not [line for line in logs if line["event"] == "chat_handler_failed"]


@BOTH_WAYS
async def test_a_press_that_is_read_too_late_counts_and_old_messages_lose_their_buttons(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    await chat.stop()
    clock.forward(hours=50)
    query = telegram.press(DUTY, message, f"ack:{token}", 7)
    clock.forward(minutes=5)
    with capture_logs() as logs:
        await chat.start()
        await soon(telegram, lambda: without_buttons(telegram, message))
    assert telegram.answer_of(query) is None
    assert "old_query" in [key for _, key, _ in telegram.refused]
    assert await state(office, incident_id) == IncidentState.ACKED
    assert not [line for line in logs if line["event"] == "chat_handler_failed"]


@BOTH_WAYS
async def test_an_edit_that_meets_a_flood_is_done_a_little_later(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    _, message, token = await alarm(office, telegram, chat, clock)
    telegram.flood(DUTY, 1)
    await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7))
    await soon(telegram, lambda: without_buttons(telegram, message))
    assert "flood" in [key for _, key, _ in telegram.refused]


@BOTH_WAYS
async def test_a_press_that_fails_inside_is_answered_too(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, message, token = await alarm(office, telegram, chat, clock)

    async def broken(*_: Any) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr(handlers, "press", broken)
    with capture_logs() as logs:
        assert "hãy thử lại" in await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7))
        await logged(logs, "chat_handler_failed")


@BOTH_WAYS
async def test_a_press_in_a_process_that_lost_the_chat_is_left_to_whoever_has_it(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    """The tasks of the chat are fenced as the role is in which it was started."""
    held = True

    async def ask(_: AsyncSession) -> None:
        if not held:
            raise LeaseLost("chat")

    before = FENCE.set(ask)
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    FENCE.reset(before)
    held = False
    with capture_logs() as logs:
        query = telegram.press(DUTY, message, f"ack:{token}", 7)
        await down(chat)
        assert telegram.answer_of(query) is None and await state(office, incident_id) == IncidentState.NEW
        await chat.start()  # whoever holds the role
        assert await answered(telegram, query) == "Bạn đã nhận sự cố."
    assert not [line for line in logs if line["event"] == "chat_handler_failed"]


@BOTH_WAYS
async def test_one_message_passes_an_incident_up_one_step_however_often_it_is_pressed(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    assert await answered(telegram, telegram.press(DUTY, message, f"escalate:{token}", 7)) == "Đã chuyển cấp."
    again = await answered(telegram, telegram.press(DUTY, message, f"escalate:{token}", 7))
    assert again == "Sự cố đã được chuyển cấp rồi."
    clock.forward(seconds=3)
    await chat.send_due()
    newer = telegram.messages(DUTY)[-1]
    query = telegram.press(DUTY, newer.message_id, f"escalate:{newer.buttons[0].data.partition(':')[2]}", 7)
    assert await answered(telegram, query) == "Đã chuyển cấp.", "the next step has its own message"
    async with office.parts.db.read() as session:
        assert (await session.get_one(Incident, incident_id)).escalation_step == 2


# -- commands, strangers, duplicates ----------------------------------------------------------------------------------


@BOTH_WAYS
async def test_commands_are_answered_to_our_people_in_our_chats_only(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    private = await tie(office, telegram, "duty", 7)
    telegram.add_person(9, "Lạ")
    telegram.add_chat("-300", "Nhóm lạ")
    with capture_logs() as logs:
        telegram.say("9", 9, "/suco")
        telegram.say("-300", 7, "/suco")
        telegram.say(DUTY, 9, "/suco")
        telegram.say(DUTY, 7, "/suco@loa_demo_bot")
        telegram.say(private, 7, "/trangthai")
        await soon(telegram, lambda: len(said(telegram, private)) == 1)
    assert said(telegram) == ["Không có sự cố đang mở."]
    assert said(telegram, "9") == said(telegram, "-300") == []
    assert sum(line["event"] == "chat_stranger" for line in logs) == 1, "at most one line a minute"


@BOTH_WAYS
async def test_a_code_ties_in_private_only(office: Office, telegram: TelegramSandbox, working: DutyChat) -> None:
    telegram.add_person(7, "Trực")
    code = await make_link_code(office.parts, office.people["duty"].user_id)
    with capture_logs() as logs:
        telegram.say(DUTY, 7, f"/start {code}")
        telegram.say("7", 7, "/start SAI")
        telegram.say("7", 7, f"/start {code}")
        await soon(telegram, lambda: len(said(telegram, "7")) == 2)
    assert said(telegram) == []
    assert said(telegram, "7")[1] == "Đã liên kết với Duty."
    assert [line["chat"] for line in logs if line["event"] == "chat_seen"] == [int(DUTY)]
    async with office.parts.db.read() as session:
        assert (await session.get_one(User, office.people["duty"].user_id)).telegram_id == "7"


@BOTH_WAYS
async def test_a_new_group_learns_its_number_once_and_from_our_people_alone(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    for chat in ("-301", "-302", "-303"):
        telegram.add_chat(chat, "Nhóm mới")
    telegram.say("-301", 9, "/start")  # nobody is tied yet: this is the office setting itself up
    await soon(telegram, lambda: len(said(telegram, "-301")) == 1)
    private = await tie(office, telegram, "duty", 7)
    for chat, person in (("-301", 7), ("-303", 9), (DUTY, 7), ("-302", 7), ("-302", 7)):
        telegram.say(chat, person, "/start")
    telegram.say(private, 7, "/truc")  # all before it is worked by now
    await soon(telegram, lambda: len(said(telegram, private)) == 1)
    assert [len(said(telegram, chat)) for chat in ("-301", "-302", "-303", DUTY)] == [1, 1, 0, 0]
    assert "LOA_DUTY_CHAT=-302" in said(telegram, "-302")[0] and "khởi động lại" in said(telegram, "-302")[0]


@BOTH_WAYS
async def test_the_bot_leaves_groups_that_strangers_add_it_to(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    for chat in ("-301", "-302", "-303"):
        telegram.add_chat(chat, "Nhóm")
        telegram.chats[chat].status = "left"
    with capture_logs() as logs:
        telegram.admit("-301", 9)  # nobody is tied yet: this may be the office setting itself up
        await logged(logs, "chat_joined")
        await tie(office, telegram, "duty", 7)
        telegram.admit("-302", 7)
        telegram.admit("-303", 9)
        await soon(telegram, lambda: telegram.chats["-303"].status == "left")
    assert [telegram.chats[chat].status for chat in ("-301", "-302")] == ["administrator"] * 2


@BOTH_WAYS
async def test_a_group_that_says_it_moved_is_followed(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    with capture_logs() as logs:
        new = telegram.migrate(DUTY)
        await logged(logs, "chat_moved")
    async with office.parts.db.read() as session:
        assert (await session.get_one(Organisation, office.id)).duty_chat == new
    await queue(office, "x", new)
    assert await working.send_due() == 1
    assert not telegram.refused
