"""Nobody answers, in real time with short minutes: chat, backup, head, each once, by three daemons that share one role
and of which the one at work is stopped in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlmodel import col, select

from bot.daemon import Daemon
from bot.duty import desk
from bot.duty.plans import set_plan
from bot.parts import Parts, real_now
from bot.settings import Settings, read_settings
from bot.vault import Vault
from channels.http import Door
from channels.sandbox.telegram import TelegramSandbox
from models.db import Database
from models.incident import Incident, IncidentEvent, Level
from models.office import RotaShift, User
from models.states import IncidentState
from models.system import Lease
from monitor.scoring import open_scorer
from tests.bot.conftest import Office, found_office
from tests.bot.duty.steps import EVIDENCE

DUTY = "-100"
SHORT_MIN = 0.05
LONG_S = 60.0
pytestmark = pytest.mark.slow


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """The Bot API with the duty group and two people."""
    made = TelegramSandbox(now=real_now, seed=9)
    made.add_chat(DUTY, "Nhóm trực")
    for person, name in ((8, "Backup"), (9, "Speaker")):
        made.add_person(person, name)
        made.unblock(person)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def settings(tmp_path: Path, postgres_database: str, telegram: TelegramSandbox) -> Settings:
    """Three hosts, one database, one bot."""
    return read_settings(
        _env_file=None, data_dir=tmp_path, secret_key=Fernet.generate_key().decode(), database_url=postgres_database,
        duty_chat=DUTY, telegram_token=telegram.token, telegram_base_url=telegram.url, model="lexical",
    )  # fmt: skip


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    """An office with short minutes and a shift."""
    vault = Vault(*settings.keys)
    async with Door() as door:
        parts = Parts(settings, Database(settings.database), vault, door, real_now, open_scorer("lexical"))
        made = await found_office(parts)
        await set_plan(parts, made.people["admin"], Level.HIGH, [SHORT_MIN], 10)
        await _shift(made)
        yield made
        await parts.db.close()


async def _shift(office: Office) -> None:
    people, now = office.people, datetime.now(UTC)
    async with office.parts.db.write() as session:
        session.add(
            RotaShift(
                organisation_id=office.id, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=3),
                primary_id=people["duty"].user_id, backup_id=people["backup"].user_id,
                head_id=people["speaker"].user_id,
            )
        )  # fmt: skip
        for login, number in (("backup", "8"), ("speaker", "9")):
            (await session.get_one(User, people[login].user_id)).telegram_id = number


async def _alarm(office: Office) -> int:
    now = datetime.now(UTC)
    async with office.parts.db.write() as session:
        row = Incident(
            organisation_id=office.id, level=Level.HIGH, harm=2, spread=2, field="KINH_TE",
            claim_text="kho muối cạn sạch", evidence=EVIDENCE, started_at=now, opened_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        return row.id or 0


def heard(telegram: TelegramSandbox, chat: str) -> list[str]:
    """What the bot said in a chat."""
    return [message.text for message in telegram.messages(chat) if message.own]


async def _holder(office: Office, daemons: list[Daemon]) -> Daemon:
    async with office.parts.db.read() as session:
        lease = await session.get_one(Lease, "duty")
    return next(daemon for daemon in daemons if daemon.parts.process == lease.holder)


async def test_three_daemons_tell_each_person_once_though_the_one_at_work_stops(
    office: Office, telegram: TelegramSandbox, settings: Settings
) -> None:
    daemons = [Daemon(settings, roles={"duty"}) for _ in range(3)]
    for daemon in daemons:
        await daemon.start()
    try:
        incident_id = await _alarm(office)
        await soon(telegram, lambda: len(heard(telegram, "8")) == 1)
        working = await _holder(office, daemons)
        daemons.remove(working)
        await working.stop()
        await soon(telegram, lambda: len(heard(telegram, "9")) >= 2)
        await desk.acknowledge(office.parts, office.people["speaker"], incident_id)
        async with asyncio.timeout(LONG_S):
            while not any("đã nhận lúc" in text for text in heard(telegram, DUTY)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        for daemon in daemons:
            await daemon.stop()
    async with office.parts.db.read() as session:
        rows = await session.exec(
            select(IncidentEvent).where(IncidentEvent.incident_id == incident_id).order_by(col(IncidentEvent.id))
        )
        record = rows.all()
        assert (await session.get_one(Incident, incident_id)).state == IncidentState.ACKED
    steps = [event for event in record if event.action == "escalated"]
    assert [event.why for event in steps][:2] == ["bước 1: Backup", "bước 2: Speaker"]
    assert len(heard(telegram, "8")) == 1, "the backup once"
    assert len(heard(telegram, "9")) <= len(steps) - 1, "the head once a step"
    group = heard(telegram, DUTY)
    assert len([text for text in group if "chuyển tới trực phụ Backup" in text]) == 1
    assert len([text for text in group if "Luận điểm" in text and "chuyển tới" not in text]) == 1, "one alarm"
    told = next(event for event in record if event.action == "told")
    wait = steps[0].at - told.at
    assert timedelta(minutes=SHORT_MIN) <= wait < timedelta(seconds=30)


async def soon(telegram: TelegramSandbox, met: Callable[[], bool]) -> None:
    """Wait for something to become true on the stand-in."""
    assert await telegram.wait_for(met, LONG_S)
