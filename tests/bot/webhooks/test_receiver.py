"""What the door takes and what it refuses, over real HTTP: signature first, once on the disk, only then 200."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from structlog.testing import capture_logs

from bot.vault import Vault
from bot.webhooks.address import verify_word
from bot.webhooks.receiver import CALLS
from bot.webhooks.store import Arrival, keep_arrivals
from bot.webhooks.worker import Worker
from channels.hooks import hmac_sha256
from channels.registry import HOOKS
from models.db import Database
from models.office import Account, Organisation
from models.webhook import WebhookEvent
from tests.bot.conftest import KEY
from tests.bot.webhooks.conftest import APP_SECRET, PAGE, Called, comment
from tests.conftest import BEGIN, FakeClock

AT = int(BEGIN.timestamp())


def counted(kind: str, outcome: str) -> float:
    return CALLS.labels(kind, outcome)._value.get()


def words(**more: Any) -> bytes:
    told = {"event": "message", "timestamp": AT * 1000, "message_token": 7, "sender": {"id": "01="},
            "message": {"type": "text", "text": "ngập"}, **more}  # fmt: skip
    return json.dumps(told).encode()


async def test_an_event_is_stored_sealed_before_it_is_taken(called: Called) -> None:
    assert await called.facebook(comment("add", "5_1", AT, "Bí mật")) == 200
    (event,) = await called.events()
    assert event.due_at is not None and event.worked_at is None
    assert b"m\\u1eadt" not in event.sealed and "Bí mật".encode() not in event.sealed
    assert b"m\\u1eadt" in called.office.parts.vault.open_bytes(event.sealed)
    await called.worker.turn()
    (event,) = await called.events()
    assert event.worked_at is not None and event.due_at is None and not event.sealed, "the raw body is deleted at once"


async def test_a_replay_is_taken_and_stored_once(called: Called) -> None:
    for _ in range(3):
        assert await called.viber(words()) == 200
        assert await called.viber(words(chat_hostname="another device")) == 200
        await called.worker.turn()
    assert len(await called.events()) == len(await called.mentions()) == 1


async def test_many_at_once_are_each_stored_once(called: Called) -> None:
    bodies = [words(message_token=n % 20) for n in range(200)]
    assert set(await asyncio.gather(*(called.viber(body) for body in bodies))) == {200}
    assert len(await called.events()) == 20


async def test_a_bad_signature_is_told_nothing_and_counted(called: Called) -> None:
    before = counted("viber_bot", "refused")
    with capture_logs() as logs:
        assert await called.viber(words(), token="another") == 403
        assert await called.post("viber_bot", words(), {}) == 403
        assert await called.facebook(comment("add", "5_1", AT, "bí mật"), secret="x") == 403
    assert not await called.events() and counted("viber_bot", "refused") == before + 2
    (line,) = [one for one in logs if one["event"] == "webhook_refused"]
    assert line["accounts"] == {called.office.accounts["viber_bot"]: 1}
    assert "ngập" not in str(logs) and "mật" not in str(logs) and "01=" not in str(logs)


async def test_another_accounts_event_is_not_taken_here(called: Called) -> None:
    """Signed by one account's secret, sent to another's address."""
    body = words()
    headers = {"X-Viber-Content-Signature": hmac_sha256("t-t-t", body)}  # the office's channel, not its bot
    assert await called.post("viber_bot", body, headers) == 403


async def test_a_page_that_shares_no_secret_is_not_spoken_for(called: Called) -> None:
    other = await called.account("facebook")
    assert other.remote_id == PAGE
    with capture_logs() as logs:
        assert await called.facebook(comment("add", "5_1", AT, "ngập", page="100001")) == 200  # known, another token
        assert await called.facebook(comment("add", "5_2", AT, "ngập", page="999")) == 200  # nobody's
        await called.worker.turn()
    assert not await called.mentions()
    assert [one["event"] for one in logs if one["event"].startswith("webhook")] == ["webhook_of_another"] * 2


async def test_one_address_serves_every_page_of_an_app(called: Called) -> None:
    from bot.office_setup import add_account

    office = called.office
    second = await add_account(
        office.parts, office.id, kind="facebook", remote_id="777", name="Trang hai", settings={},
        secrets={"page_token": "q", "app_secret": APP_SECRET},
    )  # fmt: skip
    both = (comment("add", "5_1", AT, "một"), comment("add", "7_1", AT, "hai", page="777"))
    assert await called.facebook(*both) == 200
    await called.worker.turn()
    assert [(m.account_id, m.text) for m in await called.mentions()] == [
        (office.accounts["facebook"], "một"), (second, "hai")
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/hooks/viber/1-aaaaaaaaaaaa", "/hooks/x/1-aaaaaaaaaaaa", "/hooks/viber/", "/hooks"])
async def test_what_is_no_address_is_not_there(called: Called, path: str) -> None:
    base = called.office.parts.settings.public_url
    async with called.http.post(base + path, data=words()) as answer:
        assert answer.status in (403, 404)
    kind = (await called.address("viber_bot")).replace("/viber_bot/", "/zalo/")
    async with called.http.post(kind, data=words()) as answer:
        assert answer.status == 404


async def test_the_challenge_is_answered_to_whoever_knows_the_word(called: Called) -> None:
    word = verify_word(await called.account("facebook"))
    for given, status, text in ((word, 200, "1158201444"), ("x", 403, "")):
        asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": given}
        async with called.http.get(await called.address("facebook"), params=asked) as answer:
            assert (answer.status, await answer.text()) == (status, text)


async def test_an_account_that_cannot_be_opened_is_no_error_page(called: Called) -> None:
    address = await called.address("facebook")
    async with called.office.parts.db.write() as session:
        (await session.get_one(Account, called.office.accounts["facebook"])).sealed = b"by another key"
    async with called.http.get(address, params={"hub.mode": "subscribe"}) as asked:
        assert (asked.status, await asked.read()) == (503, b"")
    assert await called.facebook(comment("add", "5_1", AT, "x")) == 503


async def test_an_unsigned_probe_is_answered_and_forgotten(called: Called) -> None:
    assert await called.post("zalo", b"{}", {}) == 200
    assert await called.post("viber_bot", json.dumps({"event": "webhook", "timestamp": 1}).encode(), {}) == 200
    assert not await called.events()


@pytest.mark.parametrize("kind", sorted(HOOKS))
async def test_a_huge_body_is_refused_before_it_is_read(called: Called, kind: str) -> None:
    most = HOOKS[kind].most_bytes
    with BytesIO(b"x" * (most + 1)) as told:  # says its length, which is enough
        async with called.http.post(await called.address(kind), data=told) as answer:
            assert answer.status == 413

    async def endless() -> Any:
        for _ in range(most // 65_536 + 2):
            yield b"x" * 65_536

    async with called.http.post(await called.address(kind), data=endless()) as answer:
        assert answer.status == 413
    assert not await called.events()


async def test_a_slow_client_holds_nobody_up(called: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.hooks.READ_S", 1.0)
    host, _, rest = (await called.address("viber_bot")).removeprefix("http://").partition("/")
    name, port = host.split(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(f"POST /{rest} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\n{{".encode())
    assert await called.viber(words()) == 200, "others are served meanwhile"
    try:
        assert (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 408")
    finally:
        writer.close()
        await writer.wait_closed()
    assert len(await called.events()) == 1


async def test_garbage_with_a_right_signature_is_put_aside_once(called: Called) -> None:
    assert await called.viber(b"[1, 2") == 200
    assert await called.viber(words(message_token=8)) == 200
    await called.worker.turn()
    odd, good = await called.events()
    assert (odd.problem, odd.due_at, odd.worked_at) == ("unreadable", None, None) and odd.sealed
    assert good.worked_at is not None and len(await called.mentions()) == 1
    assert await called.worker.turn() == 0, "it is not tried again"
    called.clock.forward(hours=25)
    await called.worker.turn()
    assert not (await called.events())[0].sealed, "no raw body is older than a day"


async def test_what_a_key_of_tomorrow_sealed_waits_for_that_key(called: Called) -> None:
    """The key is changed host by host: one receives with the new one, another works with the old one."""
    parts, newer = called.office.parts, Fernet.generate_key().decode()
    async with parts.db.write() as session:
        event = {"account_id": called.office.accounts["viber_bot"], "key": "k", "received_at": called.clock()}
        sealed = Vault(newer, KEY).seal_bytes(words())
        session.add(WebhookEvent(**event, sealed=sealed, due_at=called.clock()))
    await called.worker.turn()
    (waiting,) = await called.events()
    assert (waiting.problem, waiting.worked_at) == ("wrong_key", None) and waiting.sealed
    called.office.parts = replace(parts, vault=Vault(newer, KEY))
    called.clock.forward(minutes=6)
    await Worker(called.office.parts).turn()
    (worked,) = await called.events()
    assert (worked.problem, worked.sealed) == ("", b"") and len(await called.mentions()) == 1


async def test_what_cannot_be_stored_is_refused_and_comes_again(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = called.office.parts.db
    async with db.write() as session:
        await session.exec(sa.text("ALTER TABLE webhookevent RENAME TO away"))  # type: ignore[call-overload]
    assert await called.viber(words()) == 503
    async with db.write() as session:
        await session.exec(sa.text("ALTER TABLE away RENAME TO webhookevent"))  # type: ignore[call-overload]
    assert await called.viber(words()) == 200
    assert len(await called.events()) == 1


async def test_a_database_that_hangs_is_refused_in_time(called: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.webhooks.receiver.STORE_S", 0.3)
    await called.viber(words())  # the account is known
    async with called.office.parts.db.write() as session:
        await session.exec(sa.text("DELETE FROM webhookevent"))  # type: ignore[call-overload]
        assert await called.viber(words(message_token=9)) == 503
    monkeypatch.setattr("bot.webhooks.receiver.STORE_S", 60.0)
    for _ in range(3000):
        if await called.events():
            break
        await asyncio.sleep(0.02)
    assert await called.viber(words(message_token=9)) == 200, "what was begun is stored after all, and known"
    assert len(await called.events()) == 1


async def test_no_cookie_and_no_form_token_is_asked_for(called: Called) -> None:
    called.http.cookie_jar.update_cookies({"loa_session": "x"})
    assert await called.viber(words()) == 200
    async with called.http.post(called.office.parts.settings.public_url + "/login") as answer:
        assert answer.status == 403, "every other form still is"


async def test_a_known_key_is_forgotten_after_a_week(called: Called, clock: FakeClock) -> None:
    await called.viber(words())
    await called.worker.turn()
    clock.forward(days=8)
    await called.worker.turn()
    assert not await called.events()
    await called.viber(words())
    await called.worker.turn()
    assert len(await called.mentions()) == 1, "and still nothing is there twice"


async def test_arrivals_share_a_commit_on_both_databases(database_url: str) -> None:
    db = Database(database_url)
    async with db.write() as session:
        session.add(Organisation(id=1, name="UBND"))
        await session.flush()
        session.add(Account(id=1, organisation_id=1, kind="viber", remote_id="1", name="x", created_at=BEGIN))
    made = [Arrival(1, f"k{n % 3}", b"x", BEGIN + timedelta(seconds=n)) for n in range(7)]
    await asyncio.gather(*(db.together(keep_arrivals, one) for one in made))
    await db.together(keep_arrivals, made[0])
    async with db.read() as session:
        stored = (await session.exec(sa.select(WebhookEvent.key, WebhookEvent.received_at))).all()  # type: ignore[call-overload]
    assert sorted(key for key, _ in stored) == ["k0", "k1", "k2"]
    await db.close()
