"""What Telegram tells the duty chat's bot: stored first, worked once, over duplicates, kills and changes of the way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select
from structlog.testing import capture_logs
from telegram import WebhookInfo

from bot.duty import handlers, inbox
from bot.duty import telegram as duty_telegram
from bot.duty.hook import SECRET_HEADER, hook_address, why_not_called
from bot.duty.inbox import Arrived, keep_updates, number_of
from bot.duty.telegram import DutyChat
from bot.parts import Parts
from bot.vault import Vault
from channels.sandbox.telegram import TelegramSandbox
from models.states import IncidentState
from models.webhook import ChatUpdate
from tests.bot.conftest import KEY, Office
from tests.bot.duty.conftest import DUTY, answered, by, down, logged, queue, said, soon, tie, works
from tests.bot.duty.steps import events, state
from tests.bot.duty.test_telegram import BOTH_WAYS, alarm
from tests.conftest import BEGIN, FakeClock


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def updates(office: Office) -> Sequence[ChatUpdate]:
    async with office.parts.db.read() as session:
        return (await session.exec(select(ChatUpdate).order_by(col(ChatUpdate.update_id)))).all()


async def worked(office: Office) -> None:
    """Wait until nothing waits."""
    async with asyncio.timeout(10):
        while any(row.due_at for row in await updates(office)):  # noqa: ASYNC110  # the store tells nobody
            await asyncio.sleep(0.01)


def taken_from(telegram: TelegramSandbox) -> list[dict[str, Any]]:
    """What waits at the stand-in, which has it no more."""
    found = list(telegram._updates)
    telegram._updates.clear()
    return found


async def call(
    http: aiohttp.ClientSession, telegram: TelegramSandbox, body: object, *, secret: str | None = None
) -> int:
    """Call the address that Telegram was given, with its secret unless another is given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {SECRET_HEADER: telegram.secret if secret is None else secret}
    async with http.post(telegram.webhook, data=raw, headers=headers) as answer:
        assert not await answer.read(), "it says nothing"
        return answer.status


# -- the webhook ------------------------------------------------------------------------------------------------------


@by("webhook")
async def test_telegram_is_told_where_to_call_and_what_to_send(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    assert telegram.webhook.startswith(f"{office.parts.settings.public_url}/hooks/duty/")
    assert len(telegram.secret) == 64 and telegram.secret not in telegram.webhook
    assert (telegram._connections, sorted(telegram._allowed)) == (4, ["callback_query", "message", "my_chat_member"])
    first = telegram.secret
    await working.start()
    assert telegram.secret == first, "every process makes the same"


@by("webhook")
async def test_what_waited_before_the_webhook_was_set_is_not_dropped(
    office: Office, telegram: TelegramSandbox, chat: DutyChat
) -> None:
    await tie(office, telegram, "duty", 7)
    telegram.say("7", 7, "/suco")
    await chat.start()
    await soon(telegram, lambda: len(said(telegram, "7")) == 1)
    assert telegram.polls == 0


@by("webhook")
async def test_an_update_is_sealed_while_it_waits_and_its_words_are_deleted_once_it_is_worked(
    office: Office, telegram: TelegramSandbox, working: DutyChat, http: aiohttp.ClientSession
) -> None:
    await tie(office, telegram, "duty", 7)
    await working.stop()
    telegram.say("7", 7, "/suco bí mật")
    await soon(telegram, lambda: not telegram._updates)
    row = (await updates(office))[-1]
    assert row.due_at and b"/suco" not in row.sealed and b"/suco" in office.parts.vault.open_bytes(row.sealed)
    assert said(telegram, "7") == []
    await working.start()
    await soon(telegram, lambda: len(said(telegram, "7")) == 1)
    await worked(office)
    assert {(row.sealed, row.problem) for row in await updates(office)} == {(b"", "")}


@by("webhook")
async def test_a_call_without_the_secret_is_refused_and_stores_nothing(
    office: Office, telegram: TelegramSandbox, working: DutyChat, http: aiohttp.ClientSession
) -> None:
    body = {"update_id": 1, "message": {"text": "/suco bí mật"}}
    with capture_logs() as logs:
        assert [await call(http, telegram, body, secret=s) for s in ("", "x", telegram.secret[:-1])] == [403] * 3
        async with http.post(telegram.webhook, json=body) as answer:
            assert answer.status == 403
    assert not await updates(office)
    assert [line["event"] for line in logs] == ["chat_call_refused"], "one line a minute"
    assert "mật" not in str(logs) and telegram.secret not in str(logs)


@by("webhook")
async def test_only_the_address_itself_is_there(
    office: Office, telegram: TelegramSandbox, working: DutyChat, http: aiohttp.ClientSession
) -> None:
    headers, right = {SECRET_HEADER: telegram.secret}, telegram.webhook
    for url, status in ((right[:-32] + "0" * 32, 404), (right[:-1], 403), (right, 200)):
        async with http.post(url, data=b'{"update_id":1}', headers=headers) as answer:
            assert answer.status == status
    working._parts.settings = working._parts.settings.model_copy(
        update={"telegram_token": type(working._parts.settings.telegram_token)("")}
    )
    async with http.post(right, data=b'{"update_id":2}', headers=headers) as answer:
        assert answer.status == 404, "without a bot nobody is called"
    assert [row.update_id for row in await updates(office)] == [1]


@by("webhook")
async def test_what_is_no_update_or_too_long_is_refused(
    office: Office, telegram: TelegramSandbox, working: DutyChat, http: aiohttp.ClientSession
) -> None:
    for body in (b"", b"{", b"[]", b"{}", b'{"update_id":"1"}', b'{"update_id":true}', b'{"update_id":-1}'):
        assert await call(http, telegram, body) == 400
    assert await call(http, telegram, {"update_id": 2**63}) == 400
    assert await call(http, telegram, b" " * (256 * 1024 + 1)) == 413
    assert not await updates(office)
    for number, body in enumerate(({"message": 7}, {"callback_query": {}}, {"message": {"date": 10**30}})):
        assert await call(http, telegram, {"update_id": 1000 + number, **body}) == 200
    await worked(office)
    assert {row.problem for row in await updates(office)} == {"unreadable"}
    await tie(office, telegram, "duty", 7)
    await works(telegram)


@by("webhook")
async def test_a_disk_that_is_full_has_telegram_call_again(
    office: Office, telegram: TelegramSandbox, working: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TelegramSandbox, "webhook_pause_s", 0.01)
    together, fails = type(office.parts.db).together, 2

    async def full(*given: Any, **named: Any) -> Any:
        nonlocal fails
        fails -= 1
        if fails >= 0:
            raise OSError("no space left on the device")
        return await together(*given, **named)

    monkeypatch.setattr(type(office.parts.db), "together", full)
    await tie(office, telegram, "duty", 7)
    await works(telegram)
    assert telegram._webhook_error["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


HERE = "https://loa.example/hooks/duty/x"
FAILED: Any = {"last_error_message": "Wrong response from the webhook: 502 Bad Gateway", "url": HERE}


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({"url": HERE}, ""),
        ({"url": ""}, "holds no webhook address"),
        ({"url": HERE + "y"}, "calls another address"),
        ({"url": HERE, "allowed_updates": ["message", "callback_query"]}, "not tell every kind"),
        ({"url": HERE, "allowed_updates": ["message", "callback_query", "my_chat_member", "poll"]}, ""),
        ({**FAILED, "pending_update_count": 3, "last_error_date": BEGIN - timedelta(days=1)}, "3 updates wait"),
        ({**FAILED, "last_error_date": BEGIN - timedelta(minutes=9)}, "502 Bad Gateway"),
        ({**FAILED, "last_error_date": BEGIN - timedelta(minutes=61)}, ""),
    ],
)
def test_why_nothing_can_arrive(info: dict[str, Any], why: str) -> None:
    told = why_not_called(
        WebhookInfo(**{"has_custom_certificate": False, "pending_update_count": 0, **info}), HERE, BEGIN
    )
    assert why in told.en if told and why else (told is None and not why)


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
    await asyncio.wait_for(done.wait(), 10)
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
        await asyncio.wait_for(begun.wait(), 10)
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


@by("webhook")
async def test_a_webhook_that_was_lost_is_set_again(
    office: Office, telegram: TelegramSandbox, working: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_telegram, "PROBE_EVERY_S", 0.0)
    monkeypatch.setattr(TelegramSandbox, "webhook_pause_s", 0.01)
    await tie(office, telegram, "duty", 7)
    right = telegram.webhook
    with capture_logs() as logs:
        await working.watch()
        assert not logs, "all is well"
        for lost in ("", "https://elsewhere.example/hook"):
            telegram.webhook = lost
            await working.watch()
            assert telegram.webhook == right
            await works(telegram)
        telegram.secret = "another"
        telegram.say("7", 7, "/truc")
        await soon(telegram, lambda: bool(telegram._webhook_error))
        await working.watch()
        await soon(telegram, lambda: len(said(telegram, "7")) == 3)
    why = [line["why"] for line in logs if line["event"] == "chat_webhook_fails"]
    assert why[:2] == ["Telegram holds no webhook address any more", "Telegram calls another address"]
    assert "403 Forbidden" in why[2] and working.running


@by("webhook")
async def test_where_the_webhook_is_refused_alarms_go_out_all_the_same(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_telegram, "PROBE_EVERY_S", 0.0)
    here = office.parts.settings.public_url
    office.parts.settings = office.parts.settings.model_copy(update={"public_url": "https://loa.example:8081"})
    with capture_logs() as logs:
        await chat.start()
    (line,) = [line for line in logs if line["event"] == "chat_webhook_refused"]
    assert "ports 80, 88, 443 or 8443" in line["detail"] and chat.running
    await queue(office, "x")
    assert await chat.send_due() == 1
    office.parts.settings = office.parts.settings.model_copy(update={"public_url": here})
    await chat.watch()
    assert telegram.webhook == hook_address(office.parts)


@by("webhook")
async def test_a_revoked_token_is_seen_by_webhook_too(
    office: Office, telegram: TelegramSandbox, working: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_telegram, "PROBE_EVERY_S", 0.0)
    telegram.fail_next("server_error", match="/getWebhookInfo")
    await working.watch()
    assert working.running
    telegram.revoke(telegram.token)
    with capture_logs() as logs:
        await working.watch()
    await down(working)
    assert [line["event"] for line in logs] == ["chat_token_refused"]


@by("webhook")
async def test_the_secret_is_in_no_log(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        await chat.start()
        await tie(office, telegram, "duty", 7)
        await works(telegram)
        telegram.fail_next("drop_after", match="/setWebhook")
        await chat.start()
    assert telegram.secret and telegram.secret not in caplog.text and telegram.secret not in str(logs)
