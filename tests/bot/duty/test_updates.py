"""What Telegram tells the duty chat's bot: stored first, worked once, over duplicates, kills and changes of the way."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.duty import handlers, inbox
from bot.duty import telegram as duty_telegram
from bot.duty.inbox import Arrived, keep_updates, number_of
from bot.duty.telegram import DutyChat
from bot.parts import Parts
from bot.vault import Vault
from channels.sandbox.telegram import TelegramSandbox
from models.states import IncidentState
from models.webhook import ChatUpdate
from tests.bot.conftest import KEY, Office
from tests.bot.duty.conftest import (
    DUTY,
    answered,
    by,
    call,
    logged,
    said,
    soon,
    taken_from,
    tie,
    updates,
    worked,
    works,
)
from tests.bot.duty.steps import events, state
from tests.bot.duty.test_telegram import BOTH_WAYS, alarm
from tests.conftest import FakeClock

# -- once -------------------------------------------------------------------------------------------------------------


@by("webhook")
async def test_an_update_that_comes_again_does_nothing_also_after_a_restart(
    office: Office, telegram: TelegramSandbox, working: DutyChat, http: aiohttp.ClientSession
) -> None:
    await tie(office, telegram, "duty", 7)
    telegram._updates.clear()
    telegram.say("7", 7, "/suco")
    (raw,) = taken_from(telegram)
    assert await asyncio.gather(*(call(http, telegram, raw) for _ in range(5))) == [200] * 5
    await soon(telegram, lambda: len(said(telegram, "7")) == 1)
    await working.start()
    assert await call(http, telegram, raw) == 200
    await works(telegram, "/truc")
    assert [text.split()[0] for text in said(telegram, "7")] == ["Không", "Trực"]


@by("webhook")
async def test_what_waits_is_worked_in_the_order_in_which_it_happened(
    office: Office, telegram: TelegramSandbox, working: DutyChat, http: aiohttp.ClientSession
) -> None:
    await tie(office, telegram, "duty", 7)
    await worked(office)
    await working.stop()
    for words in ("/suco", "/truc", "/trogiup"):
        telegram.say("7", 7, words)
    for raw in reversed(taken_from(telegram)):
        assert await call(http, telegram, raw) == 200
    await working.start()
    await soon(telegram, lambda: len(said(telegram, "7")) == 3)
    assert [text.split()[0] for text in said(telegram, "7")] == ["Không", "Trực", "/truc"]


@BOTH_WAYS
async def test_a_press_that_was_stored_when_the_process_died_is_not_done_again(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies right after the commit, before anything is answered: what was done says itself that it was."""
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    press, presses, done = handlers.press, 0, asyncio.Event()

    async def press_and_die(parts: Parts, person: str, data: str) -> Any:
        nonlocal presses
        presses += 1
        await press(parts, person, data)
        done.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(handlers, "press", press_and_die)
    monkeypatch.setattr(duty_telegram, "ENDS_WITHIN_S", 0.0)
    query = telegram.press(DUTY, message, f"ack:{token}", 7)
    await asyncio.wait_for(done.wait(), 60)
    await chat.stop()
    await chat.start()
    await works(telegram)
    assert (presses, telegram.answer_of(query)) == (1, None)
    assert await state(office, incident_id) == IncidentState.ACKED
    assert len([one for one in await events(office, incident_id) if one.now == IncidentState.ACKED]) == 1


@BOTH_WAYS
async def test_a_press_that_was_not_stored_when_the_process_died_is_done_by_the_next(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident_id, message, token = await alarm(office, telegram, chat, clock)
    begun = asyncio.Event()

    async def die(*_: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(handlers, "press", die)
        patch.setattr(duty_telegram, "ENDS_WITHIN_S", 0.0)
        query = telegram.press(DUTY, message, f"ack:{token}", 7)
        await asyncio.wait_for(begun.wait(), 60)
        await chat.stop()
    assert await state(office, incident_id) == IncidentState.NEW
    await chat.start()
    assert await answered(telegram, query) == "Bạn đã nhận sự cố."


async def test_an_update_waits_for_the_key_that_opens_it(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    """Another host has the new secret key already."""
    await tie(office, telegram, "duty", 7)
    await worked(office)
    await working.stop()
    new = Fernet.generate_key().decode()
    telegram.say("7", 7, "/suco")
    raw = taken_from(telegram)[-1]
    sealed = Vault(new).seal_bytes(json.dumps(raw).encode())
    bot = telegram.token.split(":")[0]
    async with office.parts.db.write() as session:
        await keep_updates(session, [Arrived(bot, raw["update_id"], sealed, clock())])
    with capture_logs() as logs:
        await working.start()
        await logged(logs, "chat_update_wrong_key")
    await works(telegram, "/truc")
    lasting = office.parts.vault.lasting
    office.parts.vault = Vault(new, KEY)
    office.parts.vault.keep(lasting)
    clock.forward(minutes=6)
    await working.start()
    await soon(telegram, lambda: len(said(telegram, "7")) == 2)
    await worked(office)
    assert {row.problem for row in await updates(office)} == {""}


async def test_numbers_are_kept_a_week_and_words_a_day(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    await tie(office, telegram, "duty", 7)
    await works(telegram)
    await worked(office)
    bot = telegram.token.split(":")[0]
    async with office.parts.db.write() as session:
        for number, days in ((900, 8), (901, 2)):
            at = clock() - timedelta(days=days)
            session.add(ChatUpdate(bot="1", update_id=number, received_at=at, due_at=at, sealed=b"x"))
    clock.forward(seconds=90)
    await inbox.Inbox(office.parts, bot, working._handlers.work).turn()
    (old,) = [row for row in await updates(office) if row.bot == "1"]
    assert (old.update_id, old.due_at, old.sealed, old.problem) == (901, None, b"", "too_old")


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["update_id", "message", "a"]), inner),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_any_bytes_have_a_number_or_none(body: bytes) -> None:
    number = number_of(body)
    assert number is None or 0 <= number < 2**63


# -- from one way to the other ----------------------------------------------------------------------------------------


def now_by(office: Office, way: str) -> None:
    office.parts.settings = office.parts.settings.model_copy(update={"telegram_updates": way})


@by("webhook")
async def test_from_webhook_to_polling_and_back_nothing_is_lost_or_worked_twice(
    office: Office, telegram: TelegramSandbox, working: DutyChat, http: aiohttp.ClientSession
) -> None:
    await tie(office, telegram, "duty", 7)
    await works(telegram, "/suco")
    telegram.say("7", 7, "/truc")
    (raw,) = telegram._updates
    await soon(telegram, lambda: len(said(telegram, "7")) == 2)
    await working.stop()
    telegram._updates.insert(0, raw)  # its answer was lost on the way
    now_by(office, "poll")
    await working.start()
    assert telegram.webhook == "" and working.running
    await works(telegram, "/trogiup")
    assert telegram.polls > 0
    telegram.say("7", 7, "/suco")
    (raw,) = telegram._updates
    await soon(telegram, lambda: len(said(telegram, "7")) == 4)
    await working.stop()
    telegram._updates = [raw]  # nobody has confirmed the last poll
    now_by(office, "webhook")
    await working.start()
    await soon(telegram, lambda: not telegram._updates)
    await works(telegram, "/hangdoi")
    assert [text.split()[1] for text in said(telegram, "7")] == ["có", "chính:", "ai", "có", "có"]
