"""The database keeps its promises: UTC only, one writer at a time, migrations equal to the tables."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import models
from models import tables
from models.audit import AuditEntry, first_broken, record
from models.db import Database, DatabaseAway, DatabaseBroken, newest_revision
from models.office import Account, Organisation
from models.post import Post, Variant, text_hash
from models.system import Heartbeat
from tests.databases import DURABLE, Postgres

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SETTINGS = "SELECT name, setting::int FROM pg_settings WHERE name LIKE '%\\_timeout' AND setting ~ '^[0-9]+$'"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_in_earnest_a_commit_waits_for_the_disk(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.db, "_PRAGMAS", DURABLE)
    db = Database(sqlite_database)
    async with db.read() as session:
        assert (await session.exec(sa.text("PRAGMA synchronous"))).one() == (2,)  # type: ignore[call-overload]
    await db.close()


async def test_the_migrations_make_exactly_the_tables(db: Database) -> None:
    assert tables.__all__

    def differences(connection: sa.Connection) -> list:
        return compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)

    async with db.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_a_migrations_file_begins_with_its_revision() -> None:
    """By that alone a database is known to be up to date."""
    scripts = ScriptDirectory(str(Path(models.__file__).parent / "migrations"))
    assert newest_revision() == scripts.get_current_head()


async def test_texts_that_were_there_before_get_their_hash(db: Database) -> None:
    texts = [f"Bài {n}" for n in range(3)] + [""]
    async with db.write() as session:
        session.add(Organisation(id=1, name="UBND"))
        await session.flush()
        for number, text in enumerate(texts, 1):
            session.add(Post(id=number, organisation_id=1, title="x", created_at=NOW, updated_at=NOW))
            await session.flush()
            session.add(Variant(post_id=number, channel="facebook", text=text))
    scripts = ScriptDirectory(str(Path(models.__file__).parent / "migrations"))
    module = next(r.module for r in scripts.walk_revisions() if hasattr(r.module, "_fill"))
    module.AT_ONCE = 2

    def once_more(connection: sa.Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            module.downgrade()
            module.upgrade()

    async with db.engine.begin() as connection:
        await connection.run_sync(once_more)
    async with db.read() as session:
        found = (await session.exec(select(Variant.text_hash).order_by(col(Variant.id)))).all()
    assert found == [text_hash(text) for text in texts] and found[-1] == "" and len(set(found)) == 4


async def test_a_bot_that_was_connected_as_a_channel_is_a_kind_of_its_own(db: Database) -> None:
    settings = [{"product": "bot", "webhook": "w"}, {"product": "channel"}, {}]
    async with db.write() as session:
        session.add(Organisation(id=1, name="UBND"))
        await session.flush()
        session.add_all(
            Account(id=n, organisation_id=1, kind="viber", remote_id=f"pa:{n}", name="", settings=s, created_at=NOW)
            for n, s in enumerate(settings, 1)
        )
    scripts = ScriptDirectory(str(Path(models.__file__).parent / "migrations"))
    module = next(r.module for r in scripts.walk_revisions() if hasattr(r.module, "_move"))

    def upgrade(connection: sa.Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            module.upgrade()

    async with db.engine.begin() as connection:
        await connection.run_sync(upgrade)
    async with db.read() as session:
        found = (await session.exec(select(Account).order_by(col(Account.id)))).all()
    assert [(a.kind, a.settings) for a in found] == [
        ("viber_bot", {"webhook": "w"}), ("viber", {"product": "channel"}), ("viber", {}),
    ]  # fmt: skip


async def test_migrating_twice_changes_nothing(db: Database) -> None:
    await db.migrate()


async def test_daemons_that_start_at_once_migrate_one_after_the_other(empty_database_url: str) -> None:
    daemons = [Database(empty_database_url) for _ in range(4)]
    await asyncio.gather(*(daemon.migrate() for daemon in daemons))
    async with daemons[0].write() as session:
        session.add(Heartbeat(name="x", at=NOW))
    async with daemons[3].read() as session:
        assert await session.get(Heartbeat, "x") is not None
    for daemon in daemons:
        await daemon.close()


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
            row = (await session.exec(select(Organisation).with_for_update(key_share=True))).one()
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


async def test_every_kind_of_column_comes_back_as_it_went_in(db: Database) -> None:
    async with db.write() as session:
        session.add(Organisation(id=1, name="Sở mẫu", places=[{"name": "Mẫu", "aliases": ["ấp \U0001f33e"]}]))
        await session.flush()
        account = Account(organisation_id=1, kind="facebook", remote_id="1", name="x", created_at=NOW)
        account.sealed, account.followers = bytes(range(256)), 2**40
        session.add(account)
    async with db.read() as session:
        stored = (await session.exec(select(Account))).one()
        assert (stored.sealed, stored.followers, stored.created_at) == (bytes(range(256)), 2**40, NOW)
        assert (await session.get_one(Organisation, 1)).places == [{"name": "Mẫu", "aliases": ["ấp \U0001f33e"]}]


async def test_a_restart_of_the_server_is_told_and_the_next_call_works(
    postgres: Postgres, postgres_database: str
) -> None:
    db = Database(postgres_database)
    try:
        with pytest.raises(DatabaseAway, match=r"postgresql\+psycopg"):
            async with db.write() as session:
                session.add(Heartbeat(name="cut", at=NOW))
                await session.flush()
                await asyncio.to_thread(postgres.stop)
        with pytest.raises(DatabaseAway):
            async with db.read() as session:
                await session.get(Heartbeat, "cut")
        with pytest.raises(DatabaseBroken, match="See that the server runs"):
            await db.migrate()
    finally:
        await asyncio.to_thread(postgres.start)
    async with db.write() as session:
        session.add(Heartbeat(name="next", at=NOW))
    async with db.read() as session:
        assert (await session.exec(select(Heartbeat.name))).all() == ["next"]
    await db.close()


async def test_a_refused_row_is_no_trouble_of_the_server(db: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with db.write() as session:
            session.add(Account(organisation_id=404, kind="facebook", remote_id="1", name="x", created_at=NOW))


async def test_no_lock_outlives_its_frozen_holder(postgres: Postgres, postgres_database: str) -> None:
    """A process that stands still in a transaction is cut by the server before a lease runs out."""
    db = Database(postgres_database)
    async with db.read() as session:
        limits = dict((await session.exec(sa.text(SETTINGS))).all())
    await db.close()
    kinder = Database(f"{postgres_database}&options=-c lock_timeout=1234")
    async with kinder.read() as session:
        assert (await session.exec(sa.text("SHOW lock_timeout"))).one() == ("1234ms",), "what the address says wins"
    await kinder.close()
    assert limits["idle_in_transaction_session_timeout"] < limits["lock_timeout"] < limits["statement_timeout"]
    with pytest.raises(DatabaseAway):
        async with db.write() as session:
            await session.exec(sa.text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
            session.add(Heartbeat(name="x", at=NOW))
            await session.flush()
            await asyncio.to_thread(_until_cut, postgres)
    await db.close()


def _until_cut(postgres: Postgres) -> None:
    idle = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'loa' AND state = 'idle in transaction'"
    for _ in range(1200):
        if not postgres.run(idle):
            return
        time.sleep(0.05)
    raise AssertionError("the server let the transaction stand")


async def test_works_written_together_share_a_commit_and_fail_apart(db: Database) -> None:
    commits = 0

    def count(_: sa.Connection) -> None:
        nonlocal commits
        commits += 1

    sa.event.listen(db.engine.sync_engine, "commit", count)

    async def note(session: AsyncSession, names: Sequence[str]) -> list[str]:
        for name in names:
            session.add(Heartbeat(name=name, at=NOW))
            await session.flush()
            await record(session, at=NOW, action="noted", subject=name)
            if name == "bad":
                raise RuntimeError(name)
        return list(names)

    names = ["bad", *(f"n{i}" for i in range(40))]
    found = await asyncio.gather(*(db.together(note, n) for n in names), return_exceptions=True)
    assert [str(f) for f in found] == names
    assert isinstance(found[0], RuntimeError)
    before = commits
    later = [f"later {n}" for n in range(40)]
    assert await asyncio.gather(*(db.together(note, n) for n in later)) == later
    assert commits == before + 1
    kept = {*names, *later} - {"bad"}
    async with db.read() as session:
        assert {h.name for h in (await session.exec(select(Heartbeat))).all()} == kept
        assert {a.subject for a in (await session.exec(select(AuditEntry))).all()} == kept
        assert await first_broken(session) is None


async def test_no_error_of_the_database_shows_what_was_stored(db: Database) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    async with db.write() as session:
        session.add(Heartbeat(name="số 0912 345 678", at=now))
    with pytest.raises(sa.exc.IntegrityError) as caught:
        async with db.write() as session:
            await session.exec(sa.insert(Heartbeat).values(name="số 0912 345 678", at=now))
    said = f"{caught.value}".replace("Key (name)=(số 0912 345 678)", "")  # PostgreSQL's own words name the key
    assert "0912" not in said, said


async def test_a_cancelled_caller_takes_nothing_back(db: Database) -> None:
    started = asyncio.Event()

    async def slow(session: AsyncSession, names: Sequence[str]) -> list[None]:
        started.set()
        await asyncio.sleep(0.05)
        session.add_all(Heartbeat(name=name, at=NOW) for name in names)
        return [None] * len(names)

    caller = asyncio.create_task(db.together(slow, "kept"))
    await started.wait()
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await db.together(slow, "other")
    async with db.read() as session:
        assert {h.name for h in (await session.exec(select(Heartbeat))).all()} == {"kept", "other"}


def test_what_a_cancelled_task_had_begun_is_over_when_the_database_is_closed(sqlite_database: str) -> None:
    """Else its thread tells an event loop that is gone: a traceback at every Ctrl+C."""
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n"
    others = set(threading.enumerate())

    async def cancelled_midway() -> None:
        db = Database(sqlite_database)
        begun = asyncio.Event()

        async def look() -> None:
            async with db.read() as session:
                connection = await session.connection()
                begun.set()
                await connection.exec_driver_sql(count)

        task = asyncio.create_task(look())
        await begun.wait()
        await asyncio.sleep(0.05)
        for _ in range(2):  # the second time nobody waits for the connection to be closed in peace
            task.cancel()
            await asyncio.sleep(0.01)
        await asyncio.wait({task})
        await db.close()
        assert not [t for t in threading.enumerate() if t not in others and "_connection_worker" in t.name]

    asyncio.run(cancelled_midway())


def test_a_connection_whose_opening_was_cancelled_is_over_when_the_database_is_closed(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = set(threading.enumerate())
    real, opening = sqlite3.connect, threading.Event()

    def slow(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        opening.set()
        time.sleep(0.3)  # a disk that is busy
        return real(*args, **kwargs)

    async def cancelled_at_the_door() -> None:
        db = Database(sqlite_database)

        async def look() -> None:
            async with db.read() as session:
                await session.connection()

        monkeypatch.setattr(sqlite3, "connect", slow)
        task = asyncio.create_task(look())
        await asyncio.to_thread(opening.wait)
        task.cancel()
        await asyncio.wait({task})
        await db.close()
        assert not [t for t in threading.enumerate() if t not in others and "_connection_worker" in t.name]

    asyncio.run(cancelled_at_the_door())
