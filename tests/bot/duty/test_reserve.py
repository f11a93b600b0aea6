"""The alert itself is watched: what Telegram does not take reaches people by another way, once, and is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlmodel import col, select

from bot.duty import desk
from bot.duty import telegram as duty_telegram
from bot.duty.reserve import MOST_TRIES, due_by, send_reserve, undelivered
from bot.duty.routes import BOT, RouteBook, broken_routes, note_chat
from bot.duty.telegram import DutyChat
from bot.duty.telling import raise_alerts
from bot.duty.ways import BadWay, ways_of
from channels.sandbox.telegram import TelegramSandbox
from models.duty import AlertTry, Route, TryOutcome
from models.incident import AlertState, Level
from models.office import User
from tests.bot.conftest import Office
from tests.bot.duty.conftest import DUTY, said, tie
from tests.bot.duty.steps import alerts, incident
from tests.conftest import BEGIN, FakeClock


class Gateway:
    """A gateway as an office has one: takes JSON over HTTP, or is down."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.down = False
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503)
        told = await request.json()
        self.got.append((told["title"], told["message"]))
        return web.Response()


@pytest.fixture
async def gateway(office: Office) -> AsyncIterator[Gateway]:
    """The office's reserve way."""
    made = Gateway()
    app = web.Application()
    app.router.add_post("/{rest:.*}", made.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"json://127.0.0.1:{runner.addresses[0][1]}/sms"
    targets = {"alert_targets": SecretStr(made.url)}
    office.parts.settings = office.parts.settings.model_copy(update=targets)
    yield made
    await runner.cleanup()


async def tries(office: Office) -> list[tuple[str, str]]:
    """Every try on record."""
    async with office.parts.db.read() as session:
        rows = (await session.exec(select(AlertTry).order_by(col(AlertTry.id)))).all()
    return [(one.way.partition(":")[2].strip() or one.way, one.outcome) for one in rows]


async def test_ten_minutes_without_telegram(
    office: Office, telegram: TelegramSandbox, working: DutyChat, gateway: Gateway, clock: FakeClock
) -> None:
    """After a minute the gateway has it, once; when Telegram is back the chat has it too."""
    await incident(office, clock)
    await raise_alerts(office.parts)
    telegram.fail_often(1.0, ["server_error"])
    reached_at = 0
    for second in range(0, 600, 20):
        await working.send_due()
        if await send_reserve(office.parts):
            reached_at = reached_at or second
        clock.forward(seconds=20)
    assert reached_at == 60
    ((title, body),) = gateway.got
    assert title == "Loa SC-0001 [CAO]" and "kho muối cạn sạch" in body
    assert "Trực: Duty, Backup, Speaker." in body and "<b>" not in body
    assert said(telegram) == []
    telegram.fail_often(0.0, [])
    clock.forward(minutes=5)
    assert await working.send_due() == 1
    assert "kho muối cạn sạch" in said(telegram)[0]
    record = await tries(office)
    assert record[-1] == ("telegram", TryOutcome.SENT) and record.count(("JSON", TryOutcome.SENT)) == 1
    assert record.count(("telegram", TryOutcome.FAILED)) > 3
    async with office.parts.db.read() as session:
        assert await undelivered(session, clock(), office.id) == []


async def test_what_is_unclear_twice_goes_the_other_way_at_once(
    office: Office, telegram: TelegramSandbox, working: DutyChat, gateway: Gateway, clock: FakeClock
) -> None:
    """Connections that are cut: Telegram may have it, and is not written to a third time."""
    await incident(office, clock)
    await raise_alerts(office.parts)
    telegram.fail_next("drop_before", match="sendPhoto", times=2)
    await working.send_due()
    assert await send_reserve(office.parts) == 0
    clock.forward(seconds=20)
    await working.send_due()
    assert await send_reserve(office.parts) == 1
    assert await tries(office) == [
        ("telegram", TryOutcome.UNCLEAR), ("telegram", TryOutcome.UNCLEAR), ("JSON", TryOutcome.SENT),
    ]  # fmt: skip


async def test_a_chat_that_is_gone_is_not_waited_for(
    office: Office, telegram: TelegramSandbox, working: DutyChat, gateway: Gateway, clock: FakeClock
) -> None:
    telegram.kick(DUTY)
    await incident(office, clock)
    await raise_alerts(office.parts)
    await working.send_due()
    assert [a.state for a in await alerts(office, "opened")] == [AlertState.FAILED]
    assert await send_reserve(office.parts) == 2
    assert [title for title, _ in gateway.got] == ["Loa SC-0001 [CAO]", "Loa"]
    assert "Báo động không tới được qua nhóm trực -100 từ 08:00: bot không còn trong nhóm" in gateway.got[1][1]
    assert await send_reserve(office.parts) == 0
    telegram.admit(DUTY)
    async with office.parts.db.write() as session:
        await note_chat(session, DUTY, "", clock())
    assert await send_reserve(office.parts) == 1
    assert gateway.got[2][1] == "Đã thông lại: nhóm trực -100."


async def test_who_blocks_the_bot_is_named(
    office: Office, telegram: TelegramSandbox, working: DutyChat, gateway: Gateway, clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Seen before any alarm, by a look at the chats of those on duty."""
    await incident(office, clock)
    await tie(office, telegram, "backup", 8)
    telegram.block(8)
    monkeypatch.setattr(duty_telegram, "PROBE_CHATS_EVERY_S", 0.0)
    await working.probe_chats()
    async with office.parts.db.read() as session:
        (route,) = await broken_routes(session, clock())
    assert (route.name, route.why) == ("chat:8", "blocked")
    assert await send_reserve(office.parts) == 1
    assert "tin riêng cho Backup" in gateway.got[0][1]
    telegram.unblock(8)
    await working.probe_chats()
    async with office.parts.db.read() as session:
        assert await broken_routes(session, clock()) == []


async def test_a_dead_token_is_told_after_two_minutes_and_once(
    office: Office, gateway: Gateway, clock: FakeClock
) -> None:
    book = RouteBook(office.parts, BOT)
    for minute in range(6):
        await book.note("token")
        assert await send_reserve(office.parts) == (1 if minute == 2 else 0)
        clock.forward(minutes=1)
    await book.note("")
    assert await send_reserve(office.parts) == 1
    assert [body.partition(":")[0] for _, body in gateway.got] == [
        "Báo động không tới được qua bot Telegram từ 08", "Đã thông lại",
    ]  # fmt: skip


async def test_a_gateway_that_is_down_is_tried_again(office: Office, gateway: Gateway, clock: FakeClock) -> None:
    await incident(office, clock)
    await raise_alerts(office.parts)
    clock.forward(seconds=60)
    gateway.down = True
    for _ in range(6):
        assert await send_reserve(office.parts) == 0
        clock.forward(seconds=20)
    gateway.down = False
    clock.forward(minutes=5)
    assert await send_reserve(office.parts) == 1
    assert await send_reserve(office.parts) == 0
    record = await tries(office)
    assert record[-1] == ("JSON", TryOutcome.SENT) and set(record[:-1]) == {("JSON", TryOutcome.FAILED)}


async def test_what_somebody_has_taken_wakes_nobody_else(office: Office, gateway: Gateway, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    clock.forward(minutes=5)
    assert await send_reserve(office.parts) == 0


async def test_the_same_words_to_three_chats_are_one_message_elsewhere(
    office: Office, gateway: Gateway, clock: FakeClock
) -> None:
    for login, number in (("backup", "8"), ("speaker", "9")):
        async with office.parts.db.write() as session:
            (await session.get_one(User, office.people[login].user_id)).telegram_id = number
    await incident(office, clock, Level.EMERGENCY)
    assert await raise_alerts(office.parts) == 3
    clock.forward(minutes=1)
    assert await send_reserve(office.parts) == 1
    assert await send_reserve(office.parts) == 0


outcomes = st.builds(
    AlertTry,
    alert_id=st.just(1), way=st.sampled_from(["a", "b"]), outcome=st.sampled_from(list(TryOutcome)),
    at=st.integers(-900, 900).map(lambda s: BEGIN + timedelta(seconds=s)),
)  # fmt: skip


@given(st.lists(outcomes, max_size=20))
def test_a_way_is_tried_until_it_took_it_and_not_for_ever(record: list[AlertTry]) -> None:
    mine = [one for one in record if one.way == "a"]
    due = due_by("a", record, BEGIN)
    if any(one.outcome == TryOutcome.SENT for one in mine) or len(mine) >= MOST_TRIES:
        assert not due
    elif not mine or BEGIN - mine[-1].at >= timedelta(minutes=5) or mine[-1].at > BEGIN:
        assert due


def test_an_address_that_nobody_knows_is_named_by_its_place_alone() -> None:
    with pytest.raises(BadWay) as caught:
        ways_of(SecretStr("json://127.0.0.1/x carrierpigeon://user:secret@x"))
    assert caught.value.place == 2 and "secret" not in str(caught.value)


async def test_a_route_is_noted_once_a_minute(office: Office, clock: FakeClock) -> None:
    book = RouteBook(office.parts, BOT)
    seen = []
    for _ in range(4):
        await book.note("")
        async with office.parts.db.read() as session:
            seen.append((await session.get_one(Route, BOT)).seen_at)
        clock.forward(seconds=30)
    assert len(set(seen)) == 2
