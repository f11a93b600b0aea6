"""The index in the database: pgvector's table beside ours, where the server has the extension.

Half-precision vectors, compared one by one while there are few, then in lists around centres (IVFFlat), for the reasons
that the embedded index has; one for all daemons. The table is no part of the schema: a server without the extension
could not have it, and it can be dropped any time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from models.db import Database
from monitor.index.base import Hit, Keys, Rows, Vectors, lists_for, searched_of, too_few_or_many
from monitor.scoring.base import VECTOR_DIM

log = structlog.get_logger()

BUILD_MEMORY: Final = "512MB"
"""Enough to learn the centres of a few million vectors."""
PIECE: Final = 50_000
_EXISTS: Final = sa.text("SELECT 1 FROM pg_extension WHERE extname = 'vector'")
_TABLE: Final = f"""
CREATE TABLE IF NOT EXISTS knownvector (
    sentence_id bigint PRIMARY KEY REFERENCES knownsentence ON DELETE CASCADE,
    organisation_id integer NOT NULL,
    model text NOT NULL,
    embedding halfvec({VECTOR_DIM}) NOT NULL
)"""
_LISTS: Final = (
    "CREATE INDEX knownvector_lists ON knownvector USING ivfflat (embedding halfvec_ip_ops) WITH (lists = {})"
)
_LISTS_MADE: Final = sa.text("""
    SELECT split_part(option, '=', 2)::int FROM pg_class, unnest(reloptions) option
    WHERE oid = to_regclass('knownvector_lists') AND option LIKE 'lists=%'""")
_COPY: Final = "COPY knownvector (sentence_id, organisation_id, model, embedding) FROM STDIN (FORMAT BINARY)"
_NEAREST: Final = sa.text("""
    SELECT sentence_id, -(embedding <#> CAST(:asked AS halfvec)) FROM knownvector
    WHERE organisation_id = :office AND model = :model
    ORDER BY embedding <#> CAST(:asked AS halfvec) LIMIT :most""")
_AS_FAR: Final = sa.text(
    # a search goes on until it has enough of this office's
    "SELECT set_config('ivfflat.probes', :lists, true), set_config('ivfflat.iterative_scan', 'relaxed_order', true)"
)
_KEYS: Final = sa.text("""
    SELECT sentence_id FROM knownvector WHERE organisation_id = :office AND model = :model AND sentence_id > :after
    ORDER BY sentence_id LIMIT :most""")
_OTHERS: Final = sa.text("DELETE FROM knownvector WHERE organisation_id = :office AND model <> :model")
_ALL: Final = sa.text("DELETE FROM knownvector WHERE organisation_id = :office")
_GONE: Final = sa.text("DELETE FROM knownvector WHERE sentence_id = ANY(:keys)")
_COPY_HEAD, _COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_PATIENCE: Final = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


async def has_pgvector(db: Database, *, add: bool = False) -> bool:
    """Say whether the database has the extension. `add`: have it added where it has not, as a superuser's account
    can."""
    if db.is_sqlite:
        return False
    async with db.read() as session:
        if (await (await session.connection()).execute(_EXISTS)).first():
            return True
    if not add:
        return False
    try:
        async with db.write() as session:
            await (await session.connection()).execute(sa.text("CREATE EXTENSION IF NOT EXISTS vector"))
    except DBAPIError as error:  # the server has no such extension, or this user may not add it
        log.info("no_pgvector", reason=type(error.orig).__name__)
        return False
    return True


class PgVectorIndex:
    """The vectors of one office in pgvector's table. `open` makes the table and drops what another model made."""

    name = "pgvector"

    def __init__(self, db: Database, organisation_id: int, model: str) -> None:
        self._db, self._model = db, model
        self._lists = self._count = 0
        self._mine: dict[str, Any] = {"office": organisation_id, "model": model}

    async def open(self) -> None:
        """Make ready."""
        async with self._changing() as connection:
            await connection.execute(sa.text(_TABLE))
            await connection.execute(_OTHERS, self._mine)
            self._lists = (await connection.execute(_LISTS_MADE)).scalar() or 0

    async def keys(self) -> Keys:
        found, after = [np.empty(0, dtype=np.int64)], 0
        while True:  # in pieces: a transaction that stands idle while a million are counted is ended by the server
            async with self._db.read() as session:
                asked = {**self._mine, "after": after, "most": PIECE}
                rows = (await (await session.connection()).execute(_KEYS, asked)).scalars().all()
            if not rows:
                break
            found.append(np.array(rows, dtype=np.int64))
            after = rows[-1]
        keys: Keys = np.concatenate(found)
        self._count = len(keys)
        return keys

    async def add(self, keys: Keys, vectors: Vectors) -> None:
        async with self._changing() as connection:
            await self._copy(connection, keys, vectors)

    async def remove(self, keys: Keys) -> None:
        async with self._changing() as connection:
            await connection.execute(_GONE, {"keys": keys.tolist()})

    async def search(self, vectors: Vectors, most: int) -> Sequence[Sequence[Hit]]:
        found = []
        async with self._db.read() as session:
            connection = await session.connection()
            await connection.execute(_AS_FAR, {"lists": str(searched_of(self._lists, self._count))})
            for vector in vectors:
                asked = {**self._mine, "asked": f"[{','.join(map(str, vector.tolist()))}]", "most": most}
                rows = (await connection.execute(_NEAREST, asked)).all()
                found.append([Hit(key, cosine) for key, cosine in rows])
        return found

    async def rebuild(self, rows: Rows) -> None:
        async with self._changing() as connection:
            await connection.execute(sa.text("DROP INDEX IF EXISTS knownvector_lists"))
            await connection.execute(_ALL, self._mine)
            async for keys, vectors in rows.batches():
                await self._copy(connection, keys, vectors)
            await connection.execute(sa.text(f"SET LOCAL maintenance_work_mem = '{BUILD_MEMORY}'"))
            if lists := _lists_for(rows.count):
                await connection.execute(sa.text(_LISTS.format(lists)))
            await connection.execute(sa.text("ANALYZE knownvector"))  # else the planner would not take the lists
        self._lists, self._count = lists, rows.count

    def outgrown(self, count: int) -> bool:
        return too_few_or_many(self._lists, _lists_for(count))

    async def save(self) -> None:
        """The database keeps it."""

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may take its time."""
        async with self._db.write() as session:
            connection = await session.connection()
            for limit in _PATIENCE:
                await connection.execute(sa.text(f"SET LOCAL {limit} = 0"))
            yield connection

    async def _copy(self, connection: AsyncConnection, keys: Keys, vectors: Vectors) -> None:
        """Take rows in by a binary COPY, within the transaction."""
        raw: Any = (await connection.get_raw_connection()).driver_connection
        async with raw.cursor() as cursor, cursor.copy(_COPY) as copy:
            await copy.write(_COPY_HEAD + self._packed(keys, vectors) + _COPY_END)

    def _packed(self, keys: Keys, vectors: Vectors) -> bytes:
        """Rows as COPY takes them; a halfvec is its length and its numbers, the bytes in the network's order."""
        model = self._model.encode()
        layout = np.dtype([
            ("fields", ">i2"),
            ("key_size", ">i4"), ("key", ">i8"),
            ("office_size", ">i4"), ("office", ">i4"),
            ("model_size", ">i4"), ("model", f"S{len(model)}"),
            ("vector_size", ">i4"), ("dimensions", ">i2"), ("unused", ">i2"), ("vector", ">f2", VECTOR_DIM),
        ])  # fmt: skip
        rows = np.zeros(len(keys), dtype=layout)
        rows["fields"], rows["key_size"], rows["office_size"], rows["model_size"] = 4, 8, 4, len(model)
        rows["key"], rows["office"], rows["model"] = keys, self._mine["office"], model
        rows["vector_size"], rows["dimensions"], rows["vector"] = 4 + 2 * VECTOR_DIM, VECTOR_DIM, vectors
        return rows.tobytes()


def _lists_for(count: int) -> int:
    """Half as many as the embedded index: what is learned from is held in memory, every vector against every list."""
    return lists_for(count) // 2
