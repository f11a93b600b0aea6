"""Both makings of the index hold what the store holds, find nearly what a comparison with everything finds, and can be
thrown away at any time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from models.claim import KnownSentence
from models.db import Database
from models.office import Organisation
from monitor.index import Place, VectorIndex, bring_up_to_date, open_index
from monitor.index.embedded import EmbeddedIndex
from monitor.index.postgres import PgVectorIndex, has_pgvector
from monitor.library import StoredVectors
from tests.databases import Postgres

COUNT, NEAREST = 2500, 10
MODEL = "e5/1"


class Stock:
    """A store of sentences with vectors that crowd around some topics, and the index over it."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.place = db, Place(db, folder)
        self.file = folder / "known-1.faiss"
        rng = np.random.default_rng(5)
        made = rng.standard_normal((50, 384))[rng.integers(0, 50, COUNT)] + 0.7 * rng.standard_normal((COUNT, 384))
        self.vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)

    async def fill(self) -> None:
        async with self.db.write() as session:
            session.add(Organisation(name="Tỉnh thử"))
            await session.flush()
            rows = [
                {"id": i + 1, "organisation_id": 1, "text": f"{i}", "revision": MODEL,
                 "vector": v.astype(np.float16).tobytes()}
                for i, v in enumerate(self.vectors)
            ]  # fmt: skip
            await (await session.connection()).execute(sa.insert(KnownSentence), rows)

    async def opened(self, model: str = MODEL) -> VectorIndex:
        """As a process finds it that starts now."""
        index = await open_index(self.place, 1, model)
        await bring_up_to_date(index, StoredVectors(self.db, 1, model))
        return index

    async def recall(self, index: VectorIndex) -> float:
        queries = self.vectors[::50]
        found = await index.search(queries, NEAREST)
        right = np.argsort(-(queries @ self.vectors.T), axis=1)[:, :NEAREST] + 1
        hits = [len({h.key for h in mine} & set(true)) for mine, true in zip(found, right.tolist(), strict=True)]
        return sum(hits) / right.size


@pytest.fixture
async def stock(database_url: str, tmp_path: Path) -> AsyncIterator[Stock]:
    db = Database(database_url)
    made = Stock(db, tmp_path / "index")
    await made.fill()
    yield made
    await db.close()


async def in_file(stock: Stock) -> list[int]:
    """What the next process reads, before it looks into the store."""
    return (await (await open_index(stock.place, 1, MODEL)).keys()).tolist()


@pytest.mark.parametrize("exact_most", [10_000, 500])
async def test_it_finds_what_comparing_everything_finds(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, exact_most: int
) -> None:
    """One by one, and in lists of which a search looks into a third."""
    monkeypatch.setattr("monitor.index.base.EXACT_MOST", exact_most)
    monkeypatch.setattr("monitor.index.base.COMPARED", 900)
    index = await stock.opened()
    assert isinstance(index, EmbeddedIndex if stock.db.is_sqlite else PgVectorIndex)
    assert await stock.recall(index) >= 0.95
    (found,) = await index.search(stock.vectors[6:7], 3)
    assert found[0].key == 7 and found[0].cosine == pytest.approx(1, abs=0.01)
    assert [h.cosine for h in found] == sorted((h.cosine for h in found), reverse=True)


async def test_what_is_deleted_from_the_store_is_gone_and_what_is_new_is_there(stock: Stock) -> None:
    await stock.opened()
    gone = list(range(1, 301))
    async with stock.db.write() as session:
        await session.exec(sa.delete(KnownSentence).where(KnownSentence.id.in_(gone)))
        new = np.eye(384, dtype=np.float16)[0].tobytes()
        session.add(KnownSentence(id=9000, organisation_id=1, text="", revision=MODEL, vector=new))
    index = await stock.opened()
    assert (await index.keys()).tolist() == [*range(301, COUNT + 1), 9000] == await in_file(stock)
    hits = await index.search(stock.vectors[:300], NEAREST)
    assert not {hit.key for mine in hits for hit in mine} & set(gone)
    ((best,),) = await index.search(np.eye(384, dtype=np.float32)[:1], 1)
    assert best.key == 9000


async def test_another_model_begins_anew(stock: Stock) -> None:
    await stock.opened()
    assert not len(await (await stock.opened("e5/2")).keys()), "no vector of another model is ever compared"
    async with stock.db.write() as session:
        await session.exec(sa.update(KnownSentence).where(KnownSentence.id <= 40).values(revision="e5/2"))
    assert len(await (await stock.opened("e5/2")).keys()) == 40
    assert len(await (await stock.opened(MODEL)).keys()) == COUNT - 40


async def test_an_office_finds_its_own_alone(stock: Stock) -> None:
    await stock.opened()
    async with stock.db.write() as session:
        session.add(Organisation(name="Tỉnh khác"))
        await session.flush()
        await session.exec(sa.update(KnownSentence).where(KnownSentence.id <= 40).values(organisation_id=2))
    for office, mine in ((1, range(41, COUNT + 1)), (2, range(1, 41))):
        index = await open_index(stock.place, office, MODEL)
        await bring_up_to_date(index, StoredVectors(stock.db, office, MODEL))
        (found,) = await index.search(stock.vectors[:1], COUNT)
        assert {hit.key for hit in found} == set(mine)


@pytest.mark.parametrize("harm", ["gone", "cut", "turned", "half written"])
async def test_a_file_that_is_lost_or_broken_is_made_anew(sqlite_database: str, tmp_path: Path, harm: str) -> None:
    stock = Stock(Database(sqlite_database), tmp_path / "index")
    await stock.fill()
    await stock.opened()
    whole = stock.file.read_bytes()
    if harm == "gone":
        stock.file.unlink()
    elif harm == "cut":
        stock.file.write_bytes(whole[: len(whole) // 2])
    elif harm == "turned":
        stock.file.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    else:
        stock.file.with_suffix(".part").write_bytes(whole[:1000])
    assert (await in_file(stock) == []) is (harm != "half written")
    assert await stock.recall(await stock.opened()) >= 0.95
    assert stock.file.read_bytes() == whole, "the same store makes the same file"
    await stock.db.close()


async def test_who_may_not_add_the_extension_gets_the_index_in_the_process(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.database() as url:
        postgres.run("DROP ROLE IF EXISTS loa_plain")
        postgres.run("CREATE ROLE loa_plain LOGIN")
        db = Database(url.replace("postgres@", "loa_plain@"))
        assert not await has_pgvector(db, add=True)
        assert isinstance(await open_index(Place(db, tmp_path), 1, MODEL), EmbeddedIndex)
        await db.close()
    postgres.run("DROP ROLE loa_plain")
