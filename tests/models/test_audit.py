"""The audit chain: unbroken however many write at once, and it shows what was changed afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlmodel import select

from models.audit import AuditEntry, first_broken, record
from models.db import Database
from models.office import Organisation, User
from models.system import Heartbeat

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PROCESSES, WRITES, EACH = 4, 200, 2


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.write() as session:
        session.add(Organisation(id=1, name="Sở mẫu"))
        session.add(User(id=1, organisation_id=1, login="an", name="An", created_at=NOW))
    yield database
    await database.close()


async def _entries(db: Database) -> list[AuditEntry]:
    async with db.read() as session:
        return list((await session.exec(select(AuditEntry).order_by(AuditEntry.id))).all())


async def test_a_change_to_an_old_entry_shows(db: Database) -> None:
    async with db.write() as session:
        for number in range(3):
            await record(session, at=NOW, action="tried", subject=f"post:{number}", organisation_id=1, user_id=1)
    async with db.read() as session:
        assert await first_broken(session) is None
    async with db.write() as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.subject == "post:1"))).one()
        entry.action = "never happened"
    async with db.read() as session:
        assert await first_broken(session) == entry.id


async def test_entries_keep_the_order_they_were_recorded_in(db: Database) -> None:
    hanoi = timezone(timedelta(hours=7))
    async with db.write() as session:
        for number in range(50):
            await record(session, at=NOW.astimezone(hanoi), action="tried", subject=str(number), why={"số": [1, None]})
    assert [entry.subject for entry in await _entries(db)] == [str(number) for number in range(50)]
    async with db.read() as session:
        assert await first_broken(session) is None


async def test_a_failed_block_leaves_no_entry(db: Database) -> None:
    with pytest.raises(RuntimeError):
        async with db.write() as session:
            await record(session, at=NOW, action="tried", subject="post:1")
            raise RuntimeError
    with pytest.raises(sa.exc.IntegrityError):
        async with db.write() as session:
            await record(session, at=NOW, action="tried", subject="post:1", organisation_id=404)
    assert await _entries(db) == []


async def test_a_session_for_looking_takes_no_entry(db: Database) -> None:
    async with db.read() as session:
        with pytest.raises(RuntimeError, match="write"):
            await record(session, at=NOW, action="tried", subject="post:1")


async def test_two_hundred_writers_at_once_leave_one_chain(db: Database) -> None:
    processes = [Database(db.url) for _ in range(PROCESSES)]  # each its own connections, no lock shared in Python

    async def deed(number: int) -> None:
        async with processes[number % PROCESSES].write() as session:
            for part in range(EACH):
                await record(session, at=NOW, action="tried", subject=f"{number}:{part}", organisation_id=1, user_id=1)
                session.add(Heartbeat(name=f"{number}:{part}", at=NOW))
                await session.flush()

    await asyncio.gather(*(deed(number) for number in range(WRITES)))
    for process in processes:
        await process.close()
    async with db.read() as session:
        assert await first_broken(session) is None
    subjects = [entry.subject for entry in await _entries(db)]
    assert sorted(subjects) == sorted(f"{number}:{part}" for number in range(WRITES) for part in range(EACH))
    assert all(a.split(":")[0] == b.split(":")[0] for a, b in zip(subjects[::2], subjects[1::2], strict=True))


async def test_writers_that_hold_what_others_record_do_not_block_each_other(postgres_database: str) -> None:
    """Each holds a row that the other's entry names while it records: waiting for the chain must not tie a knot."""
    one, other = Database(postgres_database), Database(postgres_database)
    async with one.write() as session:
        session.add(Organisation(id=1, name="Sở mẫu"))

    async def deed(process: Database, number: int) -> None:
        async with process.write() as session:
            if number % 2:
                await session.exec(select(Organisation).where(Organisation.id == 1).with_for_update())
            await record(session, at=NOW, action="tried", subject=str(number), organisation_id=1)

    await asyncio.gather(*(deed((one, other)[number % 2], number) for number in range(60)))
    assert len(await _entries(one)) == 60
    await one.close()
    await other.close()
