"""The webhook of the duty chat over real HTTP: what its door takes, what it refuses, and that it is set again."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram import WebhookInfo

from bot.duty import telegram as duty_telegram
from bot.duty.hook import SECRET_HEADER, hook_address, why_not_called
from bot.duty.telegram import DutyChat
from channels.sandbox.telegram import TelegramSandbox
from tests.bot.conftest import Office
from tests.bot.duty.conftest import (
    by,
    call,
    down,
    queue,
    said,
    soon,
    tie,
    updates,
    worked,
    works,
)
from tests.conftest import BEGIN

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


# -- whether it stands -----------------------------------------------------------------------------------------------


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
