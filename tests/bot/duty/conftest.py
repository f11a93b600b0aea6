"""An office whose duty chat is on the Telegram stand-in, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from bot import people
from bot.console.app import Console
from bot.daemon import Daemon
from bot.duty.alerts import queue_alert
from bot.duty.hook import SECRET_HEADER
from bot.duty.telegram import DutyChat
from channels.sandbox.telegram import TelegramSandbox
from models.incident import Alert
from models.office import RotaShift, User
from models.webhook import ChatUpdate
from tests.bot.conftest import Office
from tests.conftest import FakeClock

DUTY, LEADERS = "-100", "-200"
SOON_S = 60.0


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody signs in here: a strong hash for every person of every test would only take time."""

    async def quick(password: str) -> str:
        return f"none:{len(password)}"

    monkeypatch.setattr(people, "hash_password", quick)


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[TelegramSandbox]:
    """The Bot API with the office's two groups."""
    made = TelegramSandbox(now=clock, seed=5)
    made.add_chat(DUTY, "Nhóm trực")
    made.add_chat(LEADERS, "Lãnh đạo")
    await made.start()
    yield made
    await made.stop()


def by(way: str) -> pytest.MarkDecorator:
    """Let updates arrive one way only: "poll" or "webhook"."""
    return pytest.mark.parametrize("way", [way], indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest) -> str:
    """How updates arrive, unless a test says otherwise."""
    return str(getattr(request, "param", "poll"))


@pytest.fixture
async def chat(office: Office, telegram: TelegramSandbox, way: str) -> AsyncIterator[DutyChat]:
    """The duty chat, not started yet; where Telegram is to call it, behind the daemon's own door."""
    settings = {"telegram_token": SecretStr(telegram.token), "telegram_base_url": telegram.url, "telegram_updates": way}
    office.parts.settings = office.parts.settings.model_copy(update=settings)
    console = Console(office.parts)
    if way == "webhook":
        public = {"public_url": await console.start()}
        office.parts.settings = office.parts.settings.model_copy(update=public)
    made = DutyChat(office.parts)
    yield made
    await made.stop()
    await console.stop()


@pytest.fixture
async def working(chat: DutyChat) -> DutyChat:
    """The duty chat at work."""
    await chat.start()
    return chat


async def tie(office: Office, telegram: TelegramSandbox, login: str, person: int) -> str:
    """Let a person of the office have a chat account and press Start; return the private chat."""
    telegram.add_person(person, login.title())
    telegram.unblock(person)
    async with office.parts.db.write() as session:
        (await session.get_one(User, office.people[login].user_id)).telegram_id = str(person)
    return str(person)


async def on_duty(office: Office, at: datetime) -> None:
    """A shift: duty, backup, head."""
    async with office.parts.db.write() as session:
        session.add(
            RotaShift(
                organisation_id=office.id,
                starts_at=at - timedelta(hours=1),
                ends_at=at + timedelta(hours=9),
                primary_id=office.people["duty"].user_id,
                backup_id=office.people["backup"].user_id,
                head_id=office.people["speaker"].user_id,
            )
        )


async def queue(office: Office, text: str, chat: str = DUTY, **more: object) -> None:
    """Queue one message."""
    async with office.parts.db.write() as session:
        words = {"kind": "notice", "key": f"{chat}:{text[:40]}", "at": office.parts.now(), **more}
        assert await queue_alert(session, organisation_id=office.id, chat_id=chat, text=text, **words)  # type: ignore[arg-type]


async def look(office: Office) -> None:
    """One turn of the duty desk, as the daemon takes it."""
    settings = office.parts.settings.model_copy(update={"model": "lexical"})
    daemon = Daemon(settings, now=office.parts.now, roles={"duty"})
    try:
        await daemon.watch()
    finally:
        await daemon.parts.db.close()


async def alerts(office: Office) -> list[Alert]:
    """Every message, in the order they were queued."""
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Alert).order_by(col(Alert.id)))).all())


async def states(office: Office) -> list[str]:
    return [alert.state for alert in await alerts(office)]


def said(telegram: TelegramSandbox, chat: str = DUTY) -> list[str]:
    """What the bot wrote into a chat."""
    return [m.text for m in telegram.messages(chat) if m.own]


async def soon(telegram: TelegramSandbox, met: Callable[[], bool]) -> None:
    """Wait for something to become true on the stand-in."""
    assert await telegram.wait_for(met, SOON_S)


async def answered(telegram: TelegramSandbox, query: str) -> str:
    """What a press is answered with."""
    await soon(telegram, lambda: telegram.answer_of(query) is not None)
    return telegram.answer_of(query) or ""


async def logged(logs: Any, event: str) -> None:
    """Wait for a line of the log."""
    async with asyncio.timeout(SOON_S):
        while not any(line["event"] == event for line in logs):  # noqa: ASYNC110  # the log tells nobody
            await asyncio.sleep(0.01)


async def down(chat: DutyChat) -> None:
    """Wait until it is seen that nothing can arrive any more."""
    async with asyncio.timeout(SOON_S):
        while chat.running:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)


async def works(telegram: TelegramSandbox, words: str = "/suco") -> None:
    """A command of person 7 is answered."""
    before = len(said(telegram, "7"))
    telegram.say("7", 7, words)
    await soon(telegram, lambda: len(said(telegram, "7")) > before)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """For whoever calls the webhook by hand."""
    async with aiohttp.ClientSession() as session:
        yield session


async def updates(office: Office) -> Sequence[ChatUpdate]:
    """Every update that was stored."""
    async with office.parts.db.read() as session:
        return (await session.exec(select(ChatUpdate).order_by(col(ChatUpdate.update_id)))).all()


async def worked(office: Office) -> None:
    """Wait until nothing waits."""
    async with asyncio.timeout(SOON_S):
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
