"""The database: one code for SQLite (embedded) and PostgreSQL, UTC in and out, migrations from the first release on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar
from weakref import WeakSet

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
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


class DatabaseAway(Exception):
    """The database server does not answer or cut the connection; the next call tries anew.

    When it comes out of the end of `write()`, nobody knows whether the change is stored: who must know, looks.
    """


class AdvisoryLock(IntEnum):
    """PostgreSQL's locks of the application's own, held until the transaction ends. Two numbers name one: this
    project's and the purpose's."""

    MIGRATION = 1
    AUDIT = 2
    SENDING = 3  # shared by whoever decides that something is sent, alone for whoever stops a whole scope
    INTAKE = 4  # for whoever stores what people wrote: reading and webhooks tell of the same texts

    async def take(self, connection: AsyncConnection, *, shared: bool = False) -> None:
        """Wait for the lock. On SQLite a transaction that writes is alone already."""
        if connection.dialect.name == "postgresql":
            take = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
            await connection.execute(sa.select(take(_LOA, self.value)))


_LOA = 0x10A

ROW: Final[dict[str, bool]] = {"key_share": True}
"""`session.get(..., with_for_update=ROW)`: keep this row until the transaction ends; others may still point at it."""

LastAct = Callable[[AsyncSession], Awaitable[None]]
_LAST_ACTS = "loa_last_acts"

FENCE: Final[ContextVar[LastAct | None]] = ContextVar("loa_fence", default=None)
"""What every `write()` of this context and of the tasks begun in it asks before its commit: the work of a role that
another process plays by now is refused by it, and nothing of it is stored."""


def before_commit(session: AsyncSession, act: LastAct) -> None:
    """Have `act(session)` done once, after everything else of the `write()` block and right before its commit."""
    try:
        acts: list[LastAct] = session.info[_LAST_ACTS]
    except KeyError:
        raise RuntimeError("only a session of Database.write() can change anything") from None
    acts.append(act)


A = TypeVar("A")
R = TypeVar("R")
Work = Callable[[AsyncSession, Sequence[A]], Awaitable[Sequence[R]]]
MOST_TOGETHER: Final = 100
"""So many share one transaction at most: one broken disk must not fail a whole night's."""


THREAD_S: Final = 15.0
"""A statement may wait ten seconds for another process's lock; a thread that hangs must not keep the daemon from
ending."""


class _Gatherer:
    """What waits for one work while its last transaction is written."""

    def __init__(self, db: Database, work: Work[Any, Any], most: int, rest_s: float) -> None:
        self._db, self._work, self._most, self._rest_s = db, work, most, rest_s
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def ask(self, item: Any) -> Any:
        """Hand in one thing; return or raise what came of it."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="write together")
        return await done

    async def close(self) -> None:
        """Wait until nothing is being written."""
        if self._writer is not None:
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while batch := self._waiting[: self._most]:
            del self._waiting[: self._most]
            try:
                await self._write_batch(batch)
            except BaseException as error:  # the task was cancelled: whoever waits must not wait for ever
                for _, done in batch:
                    _fail(done, error)
                raise
            if self._rest_s:
                await asyncio.sleep(self._rest_s)

    async def _write_batch(self, batch: Sequence[tuple[Any, asyncio.Future[Any]]]) -> None:
        try:
            async with self._db.write() as session:
                results = await self._work(session, [item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  # it belongs to whoever asked for the work
            if len(batch) == 1 or isinstance(error, DatabaseAway):
                for _, done in batch:
                    _fail(done, error)
                return
            for one in batch:  # nothing was changed; now each by itself, so that one keeps none of the others back
                await self._write_batch([one])
            return
        for (_, done), result in zip(batch, results, strict=True):
            if not done.done():  # else its caller was cancelled meanwhile
                done.set_result(result)


def _fail(done: asyncio.Future[Any], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)


class Database:
    """Opens sessions. `async with db.read() as s` to look, `async with db.write() as s` to change.

    `write()` commits at the end and rolls back on an error. On SQLite it takes the write lock at BEGIN: a
    transaction that first read and then wrote would otherwise fail under a concurrent writer. Attempts are
    written before a platform is called, so SQLite runs with synchronous=FULL (a power cut keeps them).

    On PostgreSQL writers run side by side. A row that is read in order to be changed is read
    `with_for_update(key_share=True)` (SQLite leaves the words out), or changed by one guarded UPDATE.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._threads = WeakSet[Thread]()
        given = _sqlite(self._threads) if self.is_sqlite else _postgresql(sa.make_url(url))
        # What is stored is people's: no error and so no log line shows it.
        self.engine: AsyncEngine = create_async_engine(url, hide_parameters=True, **given)
        if self.is_sqlite:
            _set_up_sqlite(self.engine)
        self._writing = self.engine.execution_options(loa_write=True)
        self._lock = asyncio.Lock() if self.is_sqlite else None
        self._gatherers: dict[Work[Any, Any], _Gatherer] = {}

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Yield a session for looking; nothing is committed."""
        with self._away_told():
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def write(self, *, fenced: bool = True) -> AsyncIterator[AsyncSession]:
        """Yield a session that commits when the block ends and rolls back when it raises.

        `fenced` False: for what is true whoever plays the role, such as that a message is out.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(self._away_told())
            if self._lock is not None:
                await stack.enter_async_context(self._lock)
            session = await stack.enter_async_context(AsyncSession(self._writing, expire_on_commit=False))
            acts: list[LastAct] = session.info.setdefault(_LAST_ACTS, [])
            yield session
            await session.flush()
            if fenced and (ask := FENCE.get()) is not None:
                await ask(session)
            for act in acts:
                await act(session)
            await session.commit()

    async def together(self, work: Work[A, R], item: A, *, most: int = MOST_TOGETHER, rest_s: float = 0.0) -> R:
        """Do `work(session, items)` as in `write()`, in one transaction for all items that wait at the same time (at
        most `most`), and return this item's result.

        A transaction costs a flush to the disk and several round trips, whatever is in it, so a burst would crawl with
        one each. When the work raises, nothing is changed and each item is tried by itself. Cancelling the caller does
        not take back what was begun. After a transaction the next one waits `rest_s`, so that more can share it and
        others can write meanwhile.
        """
        gatherer = self._gatherers.setdefault(work, _Gatherer(self, work, most, rest_s))
        result: R = await gatherer.ask(item)
        return result

    async def migrate(self) -> None:
        """Bring the schema to the newest version; of several processes at once one does it, the others wait.

        Raises `DatabaseBroken` when it cannot be done, for instance because the file is not a database.
        """
        if self.is_sqlite and (path := self.path) is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # The lock first: Alembic keeps its state in the process, so no two may even begin.
            async with self._writing.begin() as connection:
                if not self.is_sqlite:
                    await connection.execute(sa.text(_NO_LIMITS))
                await AdvisoryLock.MIGRATION.take(connection)
                await connection.run_sync(_upgrade)
        except (sa.exc.DBAPIError, OSError, NotMigrated) as error:
            raise DatabaseBroken(
                f"{self.safe_url}: the database cannot be used ({type(error.__cause__ or error).__name__}: "
                f"{str(error.__cause__ or error)[:200]}). {self._remedy(error)}; nothing was changed."
            ) from error

    async def close(self) -> None:
        """Close every connection, after what is being written and after what a cancelled task had begun: SQLite's own
        threads end it, and would tell an event loop that is gone."""
        for gatherer in self._gatherers.values():
            await gatherer.close()
        await self.engine.dispose()
        for thread in list(self._threads):
            await asyncio.to_thread(thread.join, THREAD_S)

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None."""
        database = self.engine.url.database
        return Path(database) if self.is_sqlite and database and database != ":memory:" else None

    @property
    def safe_url(self) -> str:
        """The address without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def _away_told(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            if not self.is_sqlite and _is_away(error):
                raise DatabaseAway(f"{self.safe_url}: {error.orig}") from error
            raise

    def _remedy(self, error: Exception) -> str:
        if not self.is_sqlite and isinstance(error, sa.exc.DBAPIError) and _is_away(error):
            return "See that the server runs and LOA_DATABASE_URL names the right host, user and database"
        return "Put the last good copy in its place or name another with LOA_DATABASE_URL"


# -- PostgreSQL -----------------------------------------------------------------------------------------------------

CONNECT: Final[dict[str, Any]] = {
    "application_name": "loa",
    "connect_timeout": 5,
    # a host that is gone without a word is noticed within seconds, not after the kernel's two hours
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
    # A frozen process keeps its locks no longer than 10 s, which is shorter than a lease, and whoever waits for
    # them waits long enough to get them.
    "options": "-c idle_in_transaction_session_timeout=10s -c lock_timeout=15s -c statement_timeout=60s",
}
"""How every connection of ours to PostgreSQL is made, unless the address itself says otherwise."""


def _postgresql(url: sa.URL) -> dict[str, Any]:
    """The engine's options."""
    return {
        "pool_pre_ping": True,  # after a restart of the server the pool holds dead connections
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": 30,
        "connect_args": {name: value for name, value in CONNECT.items() if name not in url.query},
    }


_NO_LIMITS = (
    "SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN"
    " ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')"
)
"""A long migration, and the wait for the one another process is doing, are no trouble."""


def _is_away(error: sa.exc.DBAPIError) -> bool:
    """Say whether the server is the trouble, not what was asked: no answer at all (no code), connection trouble
    (08), it goes down or comes up (57P), it has no connection left, it cut one that stood idle in a transaction."""
    code = getattr(error.orig, "sqlstate", None)
    if code is None:
        return error.connection_invalidated or isinstance(error, sa.exc.OperationalError)
    return code.startswith(("08", "57P")) or code in ("53300", "25P03")


# -- SQLite ---------------------------------------------------------------------------------------------------------


def _sqlite(threads: WeakSet[Thread]) -> dict[str, Any]:
    """The engine's options; `threads` gets each connection's, also of one that was cancelled while it was opened."""

    def opened(*args: Any, **kwargs: Any) -> aiosqlite.Connection:
        connection = aiosqlite.connect(*args, **kwargs)
        thread = connection._thread  # aiosqlite shows it nowhere else
        thread.daemon = True  # one that hangs keeps no process from ending
        threads.add(thread)
        return connection

    return {"connect_args": {"async_creator_fn": opened}}


_PRAGMAS: Final = (
    "busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
    "secure_delete=ON",  # what is erased is not left in the file
)  # fmt: skip


def _set_up_sqlite(engine: AsyncEngine) -> None:
    """Prepare each connection."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(raw: Any, _: object) -> None:
        raw.isolation_level = None  # BEGIN is ours, see _begin
        cursor = raw.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("loa_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# -- migrations -----------------------------------------------------------------------------------------------------

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


class NotMigrated(Exception):
    """Alembic knows no way from the database's version to ours."""


def newest_revision() -> str:
    """The revision that the last migration leads to: what its file's name begins with."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _upgrade(connection: sa.Connection) -> None:
    if _revision(connection) == newest_revision():
        return
    from alembic import command  # here alone: it takes half a second to load, and every command opens the database
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()  # there is no alembic.ini, the scripts travel inside the package
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise NotMigrated(str(error)) from error


def _revision(connection: sa.Connection) -> str:
    """The version of the schema, empty when there is none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or "")
