"""Procrastinate itself: its app, its one task, its tables in the app's database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from importlib import resources
from typing import Any, Final

import psycopg
import psycopg_pool
import sqlalchemy as sa
from procrastinate import App, PsycopgConnector
from procrastinate.schema import SchemaManager
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import CONNECT, AdvisoryLock, Database, DatabaseBroken

QUEUE: Final = "delivery"
KEPT_HOURS: Final = 24
"""Jobs that did not end well are kept so long, for whoever wants to know."""
_OPEN_S: Final = 3.0

Job = Callable[[int], Awaitable[None]]
Nudge = Callable[[Any, Sequence[tuple[int, int]]], Awaitable[None]]
"""Writes a job for each (delivery id, priority) on a psycopg connection, inside its transaction."""


class _Pool(psycopg_pool.AsyncConnectionPool[Any]):
    """Says soon that the database is away: whoever opens it tries again."""

    async def open(self, wait: bool = False, timeout: float = _OPEN_S) -> None:
        await super().open(wait, timeout)


def make_app(db: Database, job: Job) -> tuple[App, Nudge]:
    """Return an app whose one queue runs `job(delivery_id)`, and what makes such jobs (for that the app need not be
    open)."""
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    kwargs = {**CONNECT, "application_name": "loa engine"}
    connector = PsycopgConnector(
        conninfo=address, min_size=1, max_size=4, timeout=10, kwargs=kwargs, pool_factory=_Pool
    )
    app = App(connector=connector)

    @app.task(name="loa.deliver", queue=QUEUE)
    async def deliver(delivery_id: int) -> None:
        await job(delivery_id)

    # A worker notices that its heartbeat or its listener has died only while it has something periodic.
    @app.periodic(cron="17 * * * *")
    @app.task(name="loa.delete_old_jobs", queue=QUEUE)
    async def delete_old_jobs(timestamp: int) -> None:
        await app.job_manager.delete_old_jobs(
            KEPT_HOURS, QUEUE, include_failed=True, include_cancelled=True, include_aborted=True
        )

    async def nudge(connection: Any, deliveries: Sequence[tuple[int, int]]) -> None:
        jobs = [
            deliver.configure(priority=priority, queueing_lock=str(delivery_id)).make_new_job(delivery_id=delivery_id)
            for delivery_id, priority in deliveries
        ]
        await app.job_manager.batch_defer_jobs_async(jobs, connection=connection)

    return app, nudge


_JOBS: Final = sa.table("procrastinate_jobs", sa.column("queueing_lock"))


def is_waiting(delivery_id: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
    """True for a delivery that has a job which waits or runs."""
    theirs = _JOBS.c.queueing_lock == sa.cast(delivery_id, sa.Text())
    return sa.exists(sa.select(1).select_from(_JOBS).where(theirs, sa.text("status IN ('todo', 'doing')")))


async def forget(session: AsyncSession, delivery_ids: Collection[int]) -> None:
    """Take back the jobs that wait for these deliveries: they were taken without."""
    mine = _JOBS.c.queueing_lock.in_([str(delivery_id) for delivery_id in delivery_ids])
    await session.exec(sa.delete(_JOBS).where(mine, sa.text("status = 'todo'")))


async def apply_schema(db: Database) -> None:
    """Make Procrastinate's tables, or run the migrations that its package brought since. Of several processes one
    does it, the others wait. The table's comment remembers the newest migration.

    Raises `DatabaseBroken` when it cannot be done, for instance because the user may not make tables.
    """
    try:
        async with db.engine.begin() as connection:
            await AdvisoryLock.MIGRATION.take(connection)
            await _bring_up_to_date(connection)
    except (sa.exc.SQLAlchemyError, psycopg.Error) as error:
        raise DatabaseBroken(
            f"{db.safe_url}: the queue's tables cannot be made ({error}). The database user needs the right to make "
            "tables, types and functions; nothing was changed."
        ) from error


async def _bring_up_to_date(connection: AsyncConnection) -> None:
    exists = (await connection.execute(sa.text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL"))).scalar()
    names = migrations()
    if not exists:
        await _run(connection, SchemaManager.get_schema())
    else:
        comment = "SELECT obj_description('procrastinate_jobs'::regclass)"
        done = (await connection.execute(sa.text(comment))).scalar() or names[-1]
        names = [name for name in names if name > done]
        for name in names:
            await _run(connection, read_migration(name))
    if names:
        await _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{names[-1]}'")


_FILES: Final = resources.files("procrastinate.sql.migrations")


def migrations() -> list[str]:
    """Return the names of the package's migrations, oldest first."""
    return sorted(file.name for file in _FILES.iterdir() if file.name.endswith(".sql"))


def read_migration(name: str) -> str:
    """Return one migration's statements."""
    return _FILES.joinpath(name).read_text("utf-8")


async def _run(connection: AsyncConnection, statements: str) -> None:
    """Run several statements at once, which only the driver's own cursor can."""
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None, "the connection is open"
    await raw.execute(statements)
