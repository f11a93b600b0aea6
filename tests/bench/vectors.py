"""What an index over very many stored vectors costs and finds, embedded and in PostgreSQL.

`python -m tests.bench.vectors [--count 1000000] [--only faiss|pgvector] [--data FOLDER]` stores so many vectors as the
library does, has an index made from the store, and prints: seconds to make it, memory, size, milliseconds of a search
(median, 99th percentile), and the share of the ten nearest, found by comparing all, that it finds.

The vectors are like real ones: a few thousand texts (of FOLDER, else of the pairs and the traffic of the tests) are
encoded, and each stored one is a real one moved along the directions in which real ones differ, by up to their own
spread. The queries are texts that none was made from, and moved ones, half each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import sqlalchemy as sa
from numpy.typing import NDArray

from models.claim import KnownSentence
from models.db import Database
from models.office import Organisation
from monitor.index import Place, Stored, VectorIndex, bring_up_to_date, open_index
from monitor.library import StoredVectors
from monitor.scoring import open_scorer
from monitor.scoring.base import VECTOR_DIM
from tests.databases import running_postgres, sqlite_url

Floats = NDArray[np.float32]

TEXTS: Final = 3000
QUERIES: Final = 200
NEAREST: Final = 10
CHUNK: Final = 20_000
SPREAD: Final = (0.2, 1.0)
"""How far a stored vector is from the real one it was made from, against the spread of all real ones."""
MODEL: Final = "bench"
SETS: Final = ("vi_comments/unlabelled", "vi_reintel/unlabelled", "vi_hsd/dev", "en_constraint/dev", "multi_ct22/dev")
PAIRS: Final = Path(__file__).parents[1] / "monitor" / "pairs"


def real_vectors(folder: Path | None, most: int = TEXTS) -> Floats:
    """Encode texts that people wrote."""
    files = [PAIRS / "open.jsonl"] if folder is None else [folder / f"{name}.jsonl" for name in SETS]
    texts: list[str] = []
    for file in files:
        with file.open(encoding="utf-8") as source:
            rows = [json.loads(line) for line in source]
        found = sorted({row[name][:300] for row in rows for name in ("text", "a", "b") if name in row})
        texts += np.random.default_rng(0).permutation(found)[: most // len(files)].tolist()
    return np.stack(
        [s.vector for s in open_scorer(os.environ.get("LOA_MODEL") or None).score(texts) if s.vector is not None]
    )


class Made:
    """Vectors made from real ones; the same numbers give the same vectors."""

    def __init__(self, real: Floats) -> None:
        real = np.random.default_rng(1).permutation(real)
        self._kept, self._base = real[: QUERIES // 2], real[QUERIES // 2 :]
        spread = np.cov(self._base.T) + 1e-6 * np.eye(VECTOR_DIM)
        self._turn = np.linalg.cholesky(spread).T.astype(np.float32)

    def chunk(self, number: int, size: int = CHUNK) -> Floats:
        """The chunk of that number, rounded as the store rounds."""
        rng = np.random.default_rng((2, number))
        far = rng.uniform(*SPREAD, (size, 1)).astype(np.float32)
        moved = rng.standard_normal((size, VECTOR_DIM), dtype=np.float32) @ self._turn
        made = self._base[rng.integers(0, len(self._base), size)] + far * moved
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)

    def chunks(self, count: int) -> Iterator[tuple[int, Floats]]:
        """All of them, each with the number of its first."""
        for start in range(0, count, CHUNK):
            yield start, self.chunk(start, min(CHUNK, count - start))

    def queries(self) -> Floats:
        """Half real texts that none was made from."""
        return np.concatenate([self._kept, self.chunk(-1 % 2**31, QUERIES // 2)])

    def truth(self, count: int) -> tuple[Floats, NDArray[np.int64]]:
        """For each query the cosines and numbers of the ten nearest of all, by comparing it with every one."""
        queries = self.queries()
        best = np.full((len(queries), NEAREST), -2, dtype=np.float32)
        keys = np.zeros((len(queries), NEAREST), dtype=np.int64)
        for start, chunk in self.chunks(count):
            cosines = np.concatenate([best, queries @ chunk.T], axis=1)
            mine = np.broadcast_to(np.arange(start, start + len(chunk)), (len(queries), len(chunk)))
            names = np.concatenate([keys, mine], axis=1)
            top = np.argpartition(-cosines, NEAREST - 1, axis=1)[:, :NEAREST]
            best, keys = np.take_along_axis(cosines, top, 1), np.take_along_axis(names, top, 1)
        return best, keys


class Generated:
    """The vectors as if they were stored: PostgreSQL is asked for the index alone, its rows are empty."""

    def __init__(self, made: Made, count: int) -> None:
        self._made, self._count = made, count

    async def keys(self) -> NDArray[np.int64]:
        """One for each."""
        return np.arange(1, self._count + 1)

    async def vectors(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
        """Those of a whole chunk."""
        return keys, self._made.chunk(int(keys[0]) - 1, len(keys))


async def store(db: Database, made: Made, count: int) -> tuple[int, Stored]:
    """Put them into the store as sentences; return the office, and them."""
    async with db.write() as session:
        office = Organisation(name="Bench", zone="Asia/Ho_Chi_Minh")
        session.add(office)
        await session.flush()
        connection = await session.connection()
        if not db.is_sqlite:
            rows = (
                "INSERT INTO knownsentence SELECT n, :office, NULL, NULL, '', :model FROM generate_series(1, :count) n"
            )
            given = {"office": office.id, "model": MODEL, "count": count}
            await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            await connection.execute(sa.text(rows), given)
            return office.id or 0, Generated(made, count)
        for start, chunk in made.chunks(count):
            raw: list[dict[str, Any]] = [
                {
                    "id": start + i + 1,
                    "organisation_id": office.id,
                    "text": "",
                    "revision": MODEL,
                    "vector": v.tobytes(),
                }
                for i, v in enumerate(chunk.astype(np.float16))
            ]
            await connection.execute(sa.insert(KnownSentence), raw)
    return office.id or 0, StoredVectors(db, office.id or 0, MODEL)


async def measure(db: Database, folder: Path, made: Made, count: int, truth: NDArray[np.int64]) -> dict[str, float]:
    """Store, build, search, print."""
    figures, process = dict[str, float](), psutil.Process()
    began = time.perf_counter()
    office, stored = await store(db, made, count)
    print(f"stored in {time.perf_counter() - began:.0f} s", flush=True)
    before, began = process.memory_info().rss, time.perf_counter()
    index = await open_index(Place(db, folder), office, MODEL)
    await bring_up_to_date(index, stored)
    figures["build_s"] = time.perf_counter() - began
    figures["memory_mb"] = (process.memory_info().rss - before) / 1e6
    figures["size_mb"] = await size(db, folder)
    took, hits, busy = [], 0, await cpu_seconds(db)
    for query, right in zip(made.queries(), truth, strict=True):
        began = time.perf_counter()
        (found,) = await index.search(query[None], NEAREST)
        took.append(1000 * (time.perf_counter() - began))
        hits += len({hit.key - 1 for hit in found} & set(right.tolist()))
    figures["p50_ms"], figures["p99_ms"] = np.percentile(took, [50, 99]).tolist()
    figures["cpu_ms"] = 1000 * (await cpu_seconds(db) - busy) / len(took)
    figures["recall"] = hits / truth.size
    told(index, count, figures)
    began = time.perf_counter()
    again = await open_index(Place(db, folder), office, MODEL)
    await bring_up_to_date(again, stored)
    figures["reopen_s"] = time.perf_counter() - began
    print(f"{again.name}: opened again in {figures['reopen_s']:.1f} s", flush=True)
    return figures


async def cpu_seconds(db: Database) -> float:
    """What this process and the server's have computed: beside other work the clock tells little."""
    numbers = [os.getpid()]
    if not db.is_sqlite:
        async with db.read() as session:
            mine = sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            numbers += (await (await session.connection()).execute(mine)).scalars().all()
    spent = [psutil.Process(number).cpu_times() for number in numbers]
    return sum(each.user + each.system for each in spent)


async def size(db: Database, folder: Path) -> float:
    """Megabytes of the index on the disk."""
    if files := list(folder.glob("*.faiss")):
        return sum(file.stat().st_size for file in files) / 1e6
    async with db.read() as session:
        asked = sa.text("SELECT pg_total_relation_size('knownvector')")
        return float((await (await session.connection()).execute(asked)).scalar_one()) / 1e6


def told(index: VectorIndex, count: int, figures: dict[str, float]) -> None:
    """Print one line."""
    print(
        f"{index.name}, {count} vectors:",
        ", ".join(f"{name} {value:.3g}" for name, value in figures.items()),
        flush=True,
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("faiss", "pgvector"))
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    made = Made(real_vectors(asked.data))
    cosines, truth = made.truth(asked.count)
    print(
        "cosine of the nearest and the tenth:",
        np.median(cosines.max(axis=1)).round(2),
        np.median(cosines.min(axis=1)).round(2),
    )
    for kind in ("faiss", "pgvector"):
        if asked.only in (None, kind):
            with tempfile.TemporaryDirectory() as folder:
                asyncio.run(_one(kind, Path(folder), made, asked.count, truth))


async def _one(kind: str, folder: Path, made: Made, count: int, truth: NDArray[np.int64]) -> None:
    if kind == "faiss":
        await _on(sqlite_url(folder / "loa.db"), folder, made, count, truth)
        return
    with running_postgres() as server, server.database() as url:
        await _on(url, folder, made, count, truth)


async def _on(url: str, folder: Path, made: Made, count: int, truth: NDArray[np.int64]) -> None:
    db = Database(url)
    await db.migrate()
    try:
        await measure(db, folder, made, count, truth)
    finally:
        await db.close()


if __name__ == "__main__":
    main()
