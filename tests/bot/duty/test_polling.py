"""The polling of the duty chat over real HTTP: a token that is refused, a poll that hangs, another process."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest
from pydantic import SecretStr
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.testing import capture_logs
from telegram.error import InvalidToken

from bot.daemon import Daemon
from bot.duty import polling
from bot.duty import telegram as duty_telegram
from bot.duty.inbox import Arrived
from bot.duty.telegram import DutyChat
from channels.errors import redact
from channels.sandbox.telegram import TelegramSandbox
from tests.bot.conftest import Office
from tests.bot.duty.conftest import down, logged, queue, said, soon, tie, works
from tests.conftest import FakeClock

# -- the polling ------------------------------------------------------------------------------------------------------


async def test_a_revoked_token_is_seen_and_a_valid_one_brings_the_chat_back(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    await tie(office, telegram, "duty", 7)
    await works(telegram)
    token = telegram.token
    telegram.revoke(token)
    await down(working)
    with pytest.raises(InvalidToken):
        await working.start()
    assert not working.running
    await queue(office, "x")
    telegram.token = token
    await working.start()
    await works(telegram)
    assert await working.send_due() == 1
    assert said(telegram) == ["x"]


async def test_a_polling_that_hangs_is_found_by_its_silence(
    office: Office, telegram: TelegramSandbox, working: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tie(office, telegram, "duty", 7)
    await works(telegram)
    monkeypatch.setattr(duty_telegram, "SILENT_S", 0.0)
    await working.watch()
    assert working.running, "asked a moment ago"
    monkeypatch.setattr(duty_telegram, "PROBE_EVERY_S", 0.0)
    await working.watch()
    assert not working.running
    await working.start()
    await works(telegram)


async def test_a_poll_that_cannot_be_stored_is_not_confirmed(
    office: Office, telegram: TelegramSandbox, working: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tie(office, telegram, "duty", 7)
    await works(telegram)
    keep = polling.keep_updates
    full = True

    async def keep_unless_full(session: AsyncSession, arrived: Sequence[Arrived]) -> Sequence[None]:
        if full:
            raise OSError("no space left on the device")
        return await keep(session, arrived)

    monkeypatch.setattr(polling, "keep_updates", keep_unless_full)
    monkeypatch.setattr(polling, "FIRST_PAUSE_S", 0.01)
    telegram.say("7", 7, "/truc")
    with capture_logs() as logs:
        await logged(logs, "chat_poll_failed")
        assert telegram._updates and working.running
        full = False
        await soon(telegram, lambda: len(said(telegram, "7")) == 2)


async def test_a_probe_that_is_refused_ends_it_and_one_that_fails_does_not(
    office: Office, telegram: TelegramSandbox, working: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_telegram, "PROBE_EVERY_S", 0.0)
    telegram.fail_next("server_error", match="/getMe")
    await working.watch()
    assert working.running
    telegram.token = "1:another"
    with capture_logs() as logs:
        await working.watch()
    assert not working.running
    assert [line["event"] for line in logs if line["log_level"] == "error"][-1:] == ["chat_token_refused"]


async def test_a_second_process_on_the_same_token_is_told(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "CONFLICTS_TOLD", 2)
    monkeypatch.setattr(polling, "FIRST_PAUSE_S", 0.01)
    await chat.start()
    with capture_logs() as logs:
        telegram.webhook = "https://elsewhere.example/hook"
        telegram.changed.set()
        await logged(logs, "chat_conflict")
    assert chat.running, "it tries again by itself"


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
