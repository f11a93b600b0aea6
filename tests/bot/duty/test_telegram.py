"""The duty chat over real HTTP: presses, commands, strangers, duplicates, and a polling that dies or is refused."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.testing import capture_logs
from telegram import Update
from telegram.error import InvalidToken

from bot.daemon import Daemon
from bot.duty import polling
from bot.duty import telegram as duty_telegram
from bot.duty.telegram import DutyChat
from bot.engine.lease import LeaseLost
from bot.people import make_link_code
from channels.errors import redact
from channels.sandbox.telegram import TelegramSandbox
from models.db import FENCE
from models.incident import Incident
from models.office import Organisation, User
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.conftest import DUTY, SOON_S, look, queue, said, soon, tie
from tests.bot.duty.test_desk import incident, state
from tests.conftest import FakeClock


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


async def answered(telegram: TelegramSandbox, query: str) -> str:
    await soon(telegram, lambda: telegram.answer_of(query) is not None)
    return telegram.answer_of(query) or ""


async def logged(logs: Any, event: str) -> None:
    """Wait for a line of the log."""
    async with asyncio.timeout(SOON_S):
        while not any(line["event"] == event for line in logs):  # noqa: ASYNC110  # the log tells nobody
            await asyncio.sleep(0.01)


def without_buttons(telegram: TelegramSandbox, message: int) -> bool:
    found = telegram.chats[DUTY].find(message)
    return found is not None and not found.keyboard


# -- presses ----------------------------------------------------------------------------------------------------------


async def test_a_press_is_answered_and_takes_the_buttons_away(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    assert await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7)) == "Bạn đã nhận sự cố."
    await soon(telegram, lambda: without_buttons(telegram, message))
    assert await state(office, incident_id) == IncidentState.ACKED


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


async def test_an_edit_that_meets_a_flood_is_done_a_little_later(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    _, message, token = await alarm(office, telegram, chat, clock)
    telegram.flood(DUTY, 1)
    await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7))
    await soon(telegram, lambda: without_buttons(telegram, message))
    assert "flood" in [key for _, key, _ in telegram.refused]


async def test_a_press_that_fails_inside_is_answered_too(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, message, token = await alarm(office, telegram, chat, clock)

    async def broken(*_: Any) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr(duty_telegram, "press", broken)
    with capture_logs() as logs:
        assert "hãy thử lại" in await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7))
        await logged(logs, "chat_handler_failed")


async def test_a_press_in_a_process_that_lost_the_chat_counts_for_nothing(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    """The library's tasks are fenced as the role is in which the chat was started."""
    held = True

    async def ask(_: AsyncSession) -> None:
        if not held:
            raise LeaseLost("chat")

    before = FENCE.set(ask)
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    FENCE.reset(before)
    held = False
    with capture_logs() as logs:
        assert "hãy thử lại" in await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7))
        await logged(logs, "chat_handler_failed")
    assert await state(office, incident_id) == IncidentState.NEW
    held = True
    assert await answered(telegram, telegram.press(DUTY, message, f"ack:{token}", 7)) == "Bạn đã nhận sự cố."


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


async def test_commands_are_answered_to_our_people_in_our_chats_only(
    office: Office, telegram: TelegramSandbox, polling: DutyChat
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


async def test_an_update_that_comes_twice_is_worked_once(
    office: Office, telegram: TelegramSandbox, polling: DutyChat
) -> None:
    await tie(office, telegram, "duty", 7)
    telegram._updates.clear()
    telegram.say("7", 7, "/suco")
    (raw,) = telegram._updates
    for _ in range(3):
        await polling.app.process_update(Update.de_json(raw, polling.app.bot))
    await soon(telegram, lambda: bool(said(telegram, "7")))
    telegram.say("7", 7, "/truc")
    await soon(telegram, lambda: len(said(telegram, "7")) > 1)
    assert [text.split()[0] for text in said(telegram, "7")] == ["Không", "Trực"]


async def test_a_code_ties_in_private_only(office: Office, telegram: TelegramSandbox, polling: DutyChat) -> None:
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


async def test_a_new_group_learns_its_number_once_and_from_our_people_alone(
    office: Office, telegram: TelegramSandbox, polling: DutyChat
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


async def test_the_bot_leaves_groups_that_strangers_add_it_to(
    office: Office, telegram: TelegramSandbox, polling: DutyChat
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


async def test_a_group_that_says_it_moved_is_followed(
    office: Office, telegram: TelegramSandbox, polling: DutyChat
) -> None:
    with capture_logs() as logs:
        new = telegram.migrate(DUTY)
        await logged(logs, "chat_moved")
    async with office.parts.db.read() as session:
        assert (await session.get_one(Organisation, office.id)).duty_chat == new
    await queue(office, "x", new)
    assert await polling.send_due() == 1
    assert not telegram.refused


# -- the polling ------------------------------------------------------------------------------------------------------


async def down(chat: DutyChat) -> None:
    async with asyncio.timeout(SOON_S):
        while chat.running:  # noqa: ASYNC110  # a dying poll tells nobody
            await asyncio.sleep(0.01)


async def works(telegram: TelegramSandbox, words: str = "/suco") -> None:
    """A command of person 7 is answered."""
    before = len(said(telegram, "7"))
    telegram.say("7", 7, words)
    await soon(telegram, lambda: len(said(telegram, "7")) > before)


async def test_a_revoked_token_is_seen_and_a_valid_one_brings_the_chat_back(
    office: Office, telegram: TelegramSandbox, polling: DutyChat
) -> None:
    await tie(office, telegram, "duty", 7)
    await works(telegram)
    token = telegram.token
    telegram.revoke(token)
    await down(polling)
    assert polling.app.updater is not None
    assert polling.app.updater.running, "the library has not noticed"
    with pytest.raises(InvalidToken):
        await polling.start()
    assert not polling.running
    await queue(office, "x")
    telegram.token = token
    await polling.start()
    await works(telegram)
    assert await polling.send_due() == 1
    assert said(telegram) == ["x"]


async def test_a_polling_that_ended_without_a_word_is_found_by_its_silence(
    office: Office, telegram: TelegramSandbox, polling: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tie(office, telegram, "duty", 7)
    updater: Any = polling.app.updater
    updater._Updater__polling_task.cancel()
    await polling.watch()
    assert polling.running, "asked a moment ago"
    monkeypatch.setattr(duty_telegram, "PROBE_EVERY_S", 0.0)
    await polling.watch()
    assert polling.running, "not silent long enough"
    monkeypatch.setattr(duty_telegram, "SILENT_S", 0.0)
    await polling.watch()
    assert not polling.running
    await polling.start()
    await works(telegram)


async def test_a_probe_that_is_refused_ends_it_and_one_that_fails_does_not(
    office: Office, telegram: TelegramSandbox, polling: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_telegram, "PROBE_EVERY_S", 0.0)
    telegram.fail_next("server_error", match="/getMe")
    await polling.watch()
    assert polling.running
    telegram.token = "1:another"
    with capture_logs() as logs:
        await polling.watch()
    assert not polling.running
    assert [line["event"] for line in logs if line["log_level"] == "error"][-1:] == ["chat_token_refused"]


async def test_a_second_process_on_the_same_token_is_told(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_telegram, "CONFLICTS_TOLD", 2)
    await chat.start()
    with capture_logs() as logs:
        telegram.webhook = "https://elsewhere.example/hook"
        telegram.changed.set()
        await logged(logs, "chat_conflict")
    assert chat.running, "the library tries again by itself"
    assert polling.CONFLICTS_TOLD > 1, "one is an overlap of a restart"


async def test_the_daemon_connects_again_after_the_polling_died(
    office: Office, telegram: TelegramSandbox, clock: FakeClock
) -> None:
    settings = office.parts.settings.model_copy(
        update={"telegram_token": SecretStr(telegram.token), "telegram_base_url": telegram.url, "model": "lexical"}
    )
    await tie(office, telegram, "duty", 7)
    daemon = Daemon(settings, now=clock, roles={"duty"})
    await daemon.open()
    try:
        assert daemon.chat is not None
        await daemon.chat_turn()
        await works(telegram)
        old = telegram.token
        telegram.revoke(old)
        await down(daemon.chat)
        with capture_logs() as logs:
            await daemon.chat_turn()
        assert not daemon.chat.running
        assert "chat_token_refused" in [line["event"] for line in logs]
        telegram.token, daemon._chat_not_before = old, 0.0
        await daemon.chat_turn()
        await works(telegram)
    finally:
        await daemon.stop()


async def test_the_token_is_in_no_log_and_in_no_error(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, caplog: pytest.LogCaptureFixture
) -> None:
    token = telegram.token
    with caplog.at_level(logging.INFO), capture_logs() as logs:
        await chat.start()
        await tie(office, telegram, "duty", 7)
        await works(telegram)
        await queue(office, "x")
        telegram.fail_next("drop_after", match="/sendMessage")
        await chat.send_due()
        telegram.revoke(token)
        await down(chat)
        with pytest.raises(InvalidToken) as caught:
            await chat.start()
    assert token not in caplog.text
    assert token not in str(logs)
    assert token in str(caught.value), "the library writes it out"
    assert token not in redact(str(caught.value))
    assert token.split(":")[1] not in redact(f"POST http://127.0.0.1/bot{token}/getMe")
