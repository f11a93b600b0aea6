"""What the distributed engine does in the database: jobs only with the commit and for what is due, swept up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from bot.engine import jobs
from bot.engine.distributed import DistributedEngine
from models.db import Database, DatabaseBroken
from models.delivery import Delivery
from models.post import Post, Priority
from models.states import DeliveryState, PostState
from tests.bot.engine.conftest import KEY
from tests.bot.engine.hosts import Host, make_host
from tests.bot.engine.tiny import Platform, attempts, office, queue, row, until


@pytest.fixture
async def host(postgres_database: str, tmp_path: Path) -> AsyncIterator[Host]:
    """One host that has not started."""
    made = await make_host("distributed", postgres_database, tmp_path, key=KEY)
    yield made
    await made.close(0)


@pytest.fixture
def engine(host: Host) -> DistributedEngine:
    """Its engine."""
    assert isinstance(host.engine, DistributedEngine)
    return host.engine


async def nothing(_: int) -> None:
    """A job that does nothing."""


async def ask(db: Database, statement: str) -> list[Any]:
    """The first column of a query's rows."""
    async with db.engine.begin() as connection:
        return list((await connection.execute(sa.text(statement))).scalars())


async def waiting(db: Database) -> list[int]:
    """The deliveries that have a job which waits, in the order in which workers take them."""
    return await ask(
        db,
        "SELECT (args->>'delivery_id')::int FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id",
    )


async def test_several_daemons_at_once_make_the_tables_once(postgres_database: str) -> None:
    databases = [Database(postgres_database) for _ in range(3)]
    await asyncio.gather(*(jobs.apply_schema(db) for db in databases))
    await jobs.apply_schema(databases[0])
    newest = await ask(databases[0], "SELECT obj_description('procrastinate_jobs'::regclass)")
    assert newest == [max(jobs.migrations())]
    for db in databases:
        await db.close()


async def test_tables_of_an_older_package_are_brought_up_to_date(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer package brings one more migration: it is run once."""
    db = Database(postgres_database)
    await jobs.apply_schema(db)
    names, read = [*jobs.migrations(), "99.00.00_01_pre_more.sql"], jobs.read_migration
    monkeypatch.setattr(jobs, "migrations", lambda: names)
    more = "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE more ();"
    monkeypatch.setattr(jobs, "read_migration", lambda name: more if name == names[-1] else read(name))
    await jobs.apply_schema(db)
    await jobs.apply_schema(db)
    assert await ask(db, "SELECT more()") == [1]
    await db.close()


async def test_a_database_that_allows_no_tables_is_told_in_one_line(postgres_database: str) -> None:
    db = Database(postgres_database)
    async with db.engine.begin() as connection:
        await connection.execute(sa.text("CREATE ROLE poor LOGIN"))
    poor = Database(postgres_database.replace("postgres@", "poor@"))
    try:
        with pytest.raises(DatabaseBroken, match="permission denied"):
            await jobs.apply_schema(poor)
    finally:
        await poor.close()
        async with db.engine.begin() as connection:
            await connection.execute(sa.text("DROP ROLE poor"))
        await db.close()


async def test_jobs_that_ended_long_ago_are_deleted(host: Host, engine: DistributedEngine, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    await queue(host.parts, ["cũ", "mới"], account)
    app, _ = jobs.make_app(host.db, nothing)
    async with host.db.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE procrastinate_jobs SET status = 'aborted'"))
        await connection.execute(
            sa.text("UPDATE procrastinate_events SET at = at - interval '25 hours' WHERE job_id = 1")
        )
    async with app.open_async():
        await app.tasks["loa.delete_old_jobs"](timestamp=0)
    assert await ask(host.db, "SELECT id FROM procrastinate_jobs") == [2]


async def test_a_nudge_is_there_only_if_the_transaction_is_stored(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    (delivery,) = await queue(host.parts, ["bài"], account, nudge=False)
    with pytest.raises(ZeroDivisionError):
        async with host.db.write() as session:
            await host.engine.nudge(session, [delivery])
            raise ZeroDivisionError
    assert await waiting(host.db) == []
    async with host.db.write() as session:
        await host.engine.nudge(session, [delivery])
    assert await waiting(host.db) == [delivery]
    assert (await row(host.db, delivery)).nudged_at is not None


async def test_only_what_is_due_gets_a_job_and_only_one(
    host: Host, engine: DistributedEngine, platform: Platform
) -> None:
    (account,) = await office(host.parts, platform.url)
    due = await queue(host.parts, ["a", "b"], account, nudge=False)
    urgent = await queue(host.parts, ["c"], account, priority=Priority.CORRECTION, nudge=False)
    await queue(host.parts, ["xa"], account, in_s=3600)
    assert await engine.feed() == 3
    assert await waiting(host.db) == [*urgent, *due]
    async with host.db.write() as session:
        await session.exec(sa.update(Delivery).values(nudged_at=None))
    assert await engine.feed() == 0, "they have jobs"


async def test_feeders_of_several_daemons_share_the_work(
    host: Host, postgres_database: str, platform: Platform, tmp_path: Path
) -> None:
    others = [await make_host("distributed", postgres_database, tmp_path, key=KEY) for _ in range(2)]
    (account,) = await office(host.parts, platform.url)
    made = await queue(host.parts, [str(n) for n in range(60)], account, nudge=False)
    fed = await asyncio.gather(*(h.engine.feed() for h in (host, *others) if isinstance(h.engine, DistributedEngine)))
    assert sum(fed) == 60
    assert sorted(await waiting(host.db)) == made
    for other in others:
        await other.close(0)


async def test_an_account_that_needs_pauses_gets_one_job_at_a_time_and_the_urgent_one_first(
    host: Host, engine: DistributedEngine, platform: Platform
) -> None:
    (account,) = await office(host.parts, platform.url, "spaced")
    await queue(host.parts, ["a", "b", "c"], account, nudge=False)
    urgent = await queue(host.parts, ["đính chính"], account, priority=Priority.CORRECTION, nudge=False)
    assert await engine.feed() == 1
    assert await waiting(host.db) == urgent
    await host.engine.start()
    await until(host.db, sent=4)
    assert platform.posts == ["đính chính", "a", "b", "c"]
    times = [platform.times[text] for text in platform.posts]
    assert all(later - earlier > 0.4 for earlier, later in pairwise(times))


async def test_a_nudge_starts_at_once(host: Host, platform: Platform) -> None:
    """Woken by the commit, not found by the next look a second later."""
    (account,) = await office(host.parts, platform.url)
    await host.engine.start()
    await queue(host.parts, ["warm"], account)
    await until(host.db, sent=1)
    waits = []
    for n in range(10):
        (delivery,) = await queue(host.parts, [f"bài {n}"], account)
        await until(host.db, sent=n + 2)
        found = await row(host.db, delivery)
        waits.append(((await attempts(host.db, delivery))[0].started_at - found.due_at).total_seconds())
    print(f"nudge to claim: median {sorted(waits)[5] * 1000:.0f} ms, longest {max(waits) * 1000:.0f} ms")
    assert sorted(waits)[5] < 0.5


async def test_what_a_dead_daemon_had_fetched_is_freed(
    host: Host, engine: DistributedEngine, platform: Platform
) -> None:
    """It died between the fetch and the claim: the job stays with a worker that is silent."""
    (account,) = await office(host.parts, platform.url)
    (delivery,) = await queue(host.parts, ["bài"], account)
    async with host.db.engine.begin() as connection:
        await connection.execute(
            sa.text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute');")
        )
        await connection.execute(
            sa.text(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)"
            )
        )
    assert await engine.feed() == 0
    await host.engine.start()
    await until(host.db, sent=1)
    assert len(await attempts(host.db, delivery)) == 1
    assert await ask(host.db, "SELECT count(*) FROM procrastinate_jobs") == [0]


async def test_a_job_that_was_aborted_leaves_its_row_to_the_next_feeder(
    host: Host, engine: DistributedEngine, platform: Platform
) -> None:
    (account,) = await office(host.parts, platform.url)
    (delivery,) = await queue(host.parts, ["bài"], account)
    async with host.db.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE procrastinate_jobs SET status = 'aborted'"))
        await connection.execute(sa.text("UPDATE delivery SET nudged_at = now() - interval '2 seconds'"))
    assert await engine.feed() == 1
    assert await waiting(host.db) == [delivery]


async def test_a_late_or_second_job_changes_nothing(host: Host, engine: DistributedEngine, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    (delivery,) = await queue(host.parts, ["bài"], account)
    await engine.drain()
    async with host.db.write() as session:
        await session.exec(sa.update(Post).values(state=PostState.SCHEDULED))
        queued = {"state": DeliveryState.QUEUED, "next_at": Delivery.due_at, "nudged_at": None}
        await session.exec(sa.update(Delivery).values(**queued))
        await host.engine.nudge(session, [delivery])
        await session.exec(sa.update(Delivery).values(state=DeliveryState.SENT))
    assert await waiting(host.db) == [delivery]
    await engine.drain()
    assert platform.posts == ["bài"]
    assert len(await attempts(host.db, delivery)) == 1


async def test_a_worker_that_dies_is_begun_anew(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    await host.engine.start()
    await queue(host.parts, ["trước"], account)
    await until(host.db, sent=1)
    async with host.db.engine.begin() as connection:  # every connection of Procrastinate's is cut
        await connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'loa engine'")
        )
    await queue(host.parts, ["sau"], account)
    await until(host.db, sent=2)
    assert platform.posts == ["trước", "sau"]
    async with host.db.read() as session:
        assert len((await session.exec(select(Delivery.id))).all()) == 2
