"""What every test gets: no network beyond this machine, no LOA_ settings from outside, a fixed clock."""

from __future__ import annotations

import gc
import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.databases import (
    EMPTY,
    Postgres,
    compiled_once,
    migrate,
    running_postgres,
    sqlite_url,
    without_waiting_for_the_disk,
)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two more than there are cores: the longest tests mostly wait."""
    return min(6, (os.cpu_count() or 1) + 2)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, or one of them is alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


BEGIN = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        """Move on and return the new time."""
        self.at += timedelta(**span)
        return self.at


@pytest.fixture
def clock() -> FakeClock:
    """Tuesday 24 November 2026, 08:00 in Hanoi."""
    return FakeClock(BEGIN)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in [n for n in os.environ if n.startswith("LOA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _plain_log() -> Iterator[None]:
    """However a test, or a command it ran, set the log up, the next one begins anew. Tracebacks are plain: the default
    ones show every local and hold the event loop for seconds."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2 with the least work: its strength is the library's affair, and tests make hundreds of people."""
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr("bot.people._hasher", quick)


@pytest.fixture(autouse=True)
def _closed_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that tries to leave this machine, whichever library it uses."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def local(address: Any) -> bool:
        return not isinstance(address, tuple) or str(address[0]) in ("127.0.0.1", "::1", "localhost", "0.0.0.0")

    def guarded(self: socket.socket, address: Any) -> None:
        if not local(address):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not local(address):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port of this machine where nobody listens. It stays bound, so that no other test is given it meanwhile; a
    server that may share its address, as ours do, can still take it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        yield int(probe.getsockname()[1])


@pytest.fixture(autouse=True, scope="session")
def _quick_databases() -> Iterator[None]:
    without_waiting_for_the_disk()
    with compiled_once():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this run, started when the first test asks for it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and no rows, to be copied."""
    file = tmp_path_factory.mktemp("template") / "loa.db"
    migrate(sqlite_url(file))
    return file


@pytest.fixture
def sqlite_database(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database with the newest schema."""
    return sqlite_url(Path(shutil.copy(migrated_sqlite, tmp_path / "loa.db")))


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[str]:
    """The address of a fresh PostgreSQL database with the newest schema."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with the newest schema and no rows: the test runs on both kinds."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.lent() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, of both kinds."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database(EMPTY) as url:
        yield url
