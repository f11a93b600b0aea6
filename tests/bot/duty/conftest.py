"""An office whose duty chat is on the Telegram stand-in, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from bot import people
from bot.daemon import Daemon
from bot.duty.alerts import queue_alert
from bot.duty.telegram import DutyChat
from channels.sandbox.telegram import TelegramSandbox
from models.incident import Alert
from models.office import RotaShift, User
from tests.bot.conftest import Office
from tests.conftest import FakeClock

DUTY, LEADERS = "-100", "-200"
SOON_S = 10.0


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


@pytest.fixture
async def chat(office: Office, telegram: TelegramSandbox) -> AsyncIterator[DutyChat]:
    """The duty chat, not started yet."""
    office.parts.settings = office.parts.settings.model_copy(
        update={"telegram_token": SecretStr(telegram.token), "telegram_base_url": telegram.url}
    )
    made = DutyChat(office.parts)
    yield made
    await made.stop()


@pytest.fixture
async def polling(chat: DutyChat) -> DutyChat:
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
