"""The database: one code for SQLite (embedded) and PostgreSQL, UTC in and out, migrations from the first release on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator
from sqlmodel.ext.asyncio.session import AsyncSession


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes only, stored and returned in UTC. A naive value is a bug and raises `ValueError`."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseBroken(Exception):
    """The database cannot be opened or read; the message says which one and what to do."""


class Database:
    """Opens sessions. `async with db.read() as s` to look, `async with db.write() as s` to change.

    `write()` commits at the end and rolls back on an error. On SQLite it takes the write lock at BEGIN: a
    transaction that first read and then wrote would otherwise fail under a concurrent writer. Attempts are
    written before a platform is called, so SQLite runs with synchronous=FULL (a power cut keeps them).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_pre_ping": True}
        self.engine: AsyncEngine = create_async_engine(url, **options)
        if self.is_sqlite:
            _set_up_sqlite(self.engine)
        self._writing = self.engine.execution_options(loa_write=True)
        self._lock = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Yield a session for looking; nothing is committed."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that commits when the block ends and rolls back when it raises."""
        async with AsyncExitStack() as stack:
            if self._lock is not None:
                await stack.enter_async_context(self._lock)
            session = await stack.enter_async_context(AsyncSession(self._writing, expire_on_commit=False))
            yield session
            await session.commit()

    async def migrate(self) -> None:
        """Bring the schema to the newest version. Raises `DatabaseBroken` when the file is not a database."""
        if self.is_sqlite and (path := self.path) is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            async with self.engine.connect() as connection:
                await connection.run_sync(_upgrade)
                await connection.commit()
        except (sa.exc.DBAPIError, OSError, CommandError) as error:
            raise DatabaseBroken(
                f"{self.safe_url}: the database cannot be used ({type(error.__cause__ or error).__name__}: "
                f"{str(error.__cause__ or error)[:200]}). Put the last good copy in its place or name another with "
                "LOA_DATABASE_URL; nothing was changed."
            ) from error

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None."""
        database = self.engine.url.database
        return Path(database) if self.is_sqlite and database and database != ":memory:" else None

    @property
    def safe_url(self) -> str:
        """The address without its password."""
        return self.engine.url.render_as_string(hide_password=True)


def _set_up_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(raw: Any, _: object) -> None:
        raw.isolation_level = None  # BEGIN is ours, see _begin
        cursor = raw.cursor()
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("loa_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def alembic_config(connection: sa.Connection | None = None) -> Config:
    """Return Alembic's configuration; there is no alembic.ini, the scripts travel inside the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: sa.Connection) -> None:
    command.upgrade(alembic_config(connection), "head")
