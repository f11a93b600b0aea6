"""The database keeps its promises: UTC only, one writer at a time, migrations equal to the tables."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel, select

from models import tables
from models.audit import AuditEntry, first_broken, record
from models.db import Database, DatabaseBroken
from models.office import Organisation, User
from models.system import Heartbeat


@pytest.fixture
async def db(tmp_path: Path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/loa.db")
    await database.migrate()
    yield database
    await database.close()


async def test_the_migrations_make_exactly_the_tables(db: Database) -> None:
    assert tables.__all__

    def differences(connection: sa.Connection) -> list:
        return compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)

    async with db.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(db: Database) -> None:
    await db.migrate()


async def test_times_come_back_in_utc(db: Database) -> None:
    hanoi = timezone(timedelta(hours=7))
    async with db.write() as session:
        session.add(Heartbeat(name="x", at=datetime(2026, 11, 24, 8, 0, tzinfo=hanoi)))
    async with db.read() as session:
        assert (await session.get_one(Heartbeat, "x")).at == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


async def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        async with db.write() as session:
            session.add(Heartbeat(name="x", at=datetime(2026, 11, 24, 8, 0)))


async def test_a_failed_block_leaves_nothing(db: Database) -> None:
    with pytest.raises(RuntimeError):
        async with db.write() as session:
            session.add(Heartbeat(name="x", at=datetime(2026, 1, 1, tzinfo=UTC)))
            raise RuntimeError
    async with db.read() as session:
        assert await session.get(Heartbeat, "x") is None


async def test_many_writers_that_read_first_all_get_through(db: Database) -> None:
    async with db.write() as session:
        session.add(Organisation(name="0"))

    async def add_one(other: Database) -> None:
        async with other.write() as session:
            row = (await session.exec(select(Organisation))).one()
            await asyncio.sleep(0)
            row.name = str(int(row.name) + 1)

    second = Database(db.url)  # another process's view: its own connections, no shared lock
    await asyncio.gather(*(add_one(d) for _ in range(20) for d in (db, second)))
    await second.close()
    async with db.read() as session:
        assert (await session.exec(select(Organisation))).one().name == "40"


async def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "loa.db"
    file.write_bytes(b"this is not a database" * 100)
    database = Database(f"sqlite+aiosqlite:///{file}")
    with pytest.raises(DatabaseBroken, match=r"loa\.db.*LOA_DATABASE_URL"):
        await database.migrate()
    await database.close()
    assert file.read_bytes() == b"this is not a database" * 100


async def test_the_audit_chain_shows_what_was_changed(db: Database) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    async with db.write() as session:
        session.add(Organisation(id=1, name="Sở mẫu"))
        session.add(User(id=1, organisation_id=1, login="an", name="An", created_at=now))
        await session.flush()
        for number in range(3):
            await record(session, at=now, action="tried", subject=f"post:{number}", organisation_id=1, user_id=1)
    async with db.read() as session:
        assert await first_broken(session) is None
    async with db.write() as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.subject == "post:1"))).one()
        entry.action = "never happened"
    async with db.read() as session:
        assert await first_broken(session) == entry.id
