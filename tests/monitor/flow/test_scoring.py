"""From stored mention to stored score: each text once, by any number of processes, whoever dies on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import numpy as np
import pytest
from sqlmodel import col, select

from models.db import Database
from models.mention import Mention
from monitor.flow import waiting
from monitor.flow.score import Scoring
from monitor.flow.waiting import backlog
from monitor.scoring.base import Score
from tests.conftest import FakeClock
from tests.monitor.crowd import score
from tests.monitor.stored import OneOffice


class CountingScorer:
    """Remembers what it was asked; its vector is the length of the text."""

    degraded, reason = False, ""

    def __init__(self, revision: str = "count/1") -> None:
        self.revision, self.asked, self.fails = revision, list[str](), False

    def score(self, texts: Sequence[str]) -> list[Score]:
        if self.fails:
            raise RuntimeError("no model")
        self.asked += texts
        return [score(0.5, vector=np.full(384, len(t) / 100, dtype=np.float32), revision=self.revision) for t in texts]


class Store(OneOffice):
    async def write(self, *texts: str, minutes_ago: float = 5, item: str = "") -> None:
        now = self.clock()
        async with self.db.write() as session:
            for text in texts:
                self.number += 1
                session.add(
                    Mention(
                        organisation_id=1, account_id=1, channel="facebook", remote_id=f"m{self.number}", text=text,
                        item_id=item, written_at=now - timedelta(minutes=minutes_ago, seconds=-self.number / 1000),
                        fetched_at=now,
                    )
                )  # fmt: skip

    async def rows(self) -> Sequence[Mention]:
        async with self.db.read() as session:
            return (await session.exec(select(Mention).order_by(col(Mention.id)))).all()

    async def waiting(self) -> int:
        async with self.db.read() as session:
            return (await backlog(session)).texts


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    db = Database(database_url)
    yield await Store(db, clock).found()
    await db.close()


async def test_one_text_pasted_often_is_scored_once_and_known_after_a_restart(store: Store) -> None:
    scorer = CountingScorer()
    await store.write("tin đồn", "lời chào", "tin  đồn", "tin đồn")
    assert await Scoring(store.db, scorer, now=store.clock).turn() == 4
    assert [t.split() for t in sorted(scorer.asked)] == [["lời", "chào"], ["tin", "đồn"]]
    await store.write("tin đồn", "điều khác")
    assert await Scoring(store.db, scorer, now=store.clock).turn() == 2
    assert scorer.asked[2:] == ["điều khác"]
    rows = await store.rows()
    assert all(r.model == "count/1" and r.risk == 0.5 and r.scored_at == store.clock() for r in rows)
    assert rows[4].vector == rows[0].vector != rows[1].vector


async def test_another_model_scores_anew(store: Store) -> None:
    first, second = CountingScorer(), CountingScorer("count/2")
    await store.write("tin đồn")
    await Scoring(store.db, first, now=store.clock).turn()
    await store.write("tin đồn")
    await Scoring(store.db, second, now=store.clock).turn()
    assert second.asked == ["tin đồn"]


async def test_two_processes_share_the_work_and_repeat_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "ROUND", 8)
    monkeypatch.setattr(waiting, "LOOKED_AT", 16)
    await store.write(*[f"câu số {i}" for i in range(100)])
    scorers = [CountingScorer(), CountingScorer()]
    done = await asyncio.gather(*[Scoring(store.db, s, now=store.clock).turn() for s in scorers])
    assert sum(done) == 100 and all(done)
    assert sorted(scorers[0].asked + scorers[1].asked) == sorted(f"câu số {i}" for i in range(100))
    assert all(r.scored_at for r in await store.rows())


async def test_who_dies_gives_its_texts_back(store: Store) -> None:
    await store.write("tin đồn")
    assert len(await waiting.take(store.db, store.clock())) == 1  # by a process that dies now
    scoring = Scoring(store.db, CountingScorer(), now=store.clock)
    assert await scoring.turn() == 0 and await store.waiting() == 1
    store.clock.forward(seconds=61)
    assert await scoring.turn() == 1 and await store.waiting() == 0


async def test_a_model_that_fails_leaves_every_text_free(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "ROUND", 2)
    scorer = CountingScorer()
    scoring = Scoring(store.db, scorer, now=store.clock)
    await store.write("a", "b", "c", "d", "e")
    scorer.fails = True
    with pytest.raises(RuntimeError):
        await scoring.turn()
    assert await store.waiting() == 5
    scorer.fails = False
    assert await scoring.turn() == 5


async def test_words_that_change_while_they_are_scored_are_scored_again(store: Store) -> None:
    await store.write("như cũ")
    scorer = CountingScorer()
    scoring = Scoring(store.db, scorer, now=store.clock)
    (row,) = await waiting.take(store.db, store.clock())
    async with store.db.write() as session:
        (await session.get_one(Mention, row.id)).text = "đã sửa"
    await scoring._store([row], await scoring._score([row]))
    assert await store.waiting() == 1
    store.clock.forward(seconds=61)
    await scoring.turn()
    assert scorer.asked == ["như cũ", "đã sửa"] and await store.waiting() == 0


async def test_in_a_flood_the_last_hour_comes_first_and_the_rest_follows(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "ROUND", 3)
    await store.write(*[f"cũ {i}" for i in range(4)], minutes_ago=300)
    await store.write("mới, bài vắng", minutes_ago=2, item="1")
    await store.write("mới, bài đông", "mới nữa, bài đông", minutes_ago=30, item="2")
    await store.write("mới, bài vắng 2", minutes_ago=1, item="3")
    rounds = []
    while taken := await waiting.take(store.db, store.clock()):
        rounds.append({row.text for row in taken})
    assert rounds[0] == {"mới, bài đông", "mới nữa, bài đông", "mới, bài vắng 2"}
    assert rounds[1] == {"mới, bài vắng", "cũ 0", "cũ 1"} and rounds[2] == {"cũ 2", "cũ 3"}


async def test_what_fits_into_a_round_is_taken_in_order_of_time(store: Store) -> None:
    await store.write("sau", minutes_ago=1)
    await store.write("trước", minutes_ago=300)
    assert [row.text for row in await waiting.take(store.db, store.clock())] == ["trước", "sau"]
