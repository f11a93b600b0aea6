"""What is known is held ready sentence by sentence, and found by words and by meaning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from sqlmodel import col, select

from models.claim import KnownClaim, KnownSentence, KnownWord, NewsLabel
from models.db import Database
from models.post import Post, PostKind, Variant
from models.states import PostState
from monitor.claims.claim import exemplar
from monitor.claims.known import MEANING, SUGGEST, Passage, Reference, compare
from monitor.index import Place
from monitor.library import Library
from monitor.library.sentences import changes
from monitor.scoring import open_scorer
from monitor.scoring.base import Score, Scorer
from tests.conftest import BEGIN, FakeClock
from tests.monitor.crowd import WordScorer
from tests.monitor.crowd import said as written
from tests.monitor.stored import OneOffice

SHOTS = "Tiêm cúm miễn phí ở Sao Mai xài thuốc hết hạn từ năm ngoái"
ABROAD = "The free flu shots in Sao Mai use vaccines that expired last year"
RARE = lambda _: 3.7  # noqa: E731


class OneDirection(WordScorer):
    """Every sentence of a topic has one vector; `revision` can be changed as by another model."""

    def __init__(self, revision: str = "made/1") -> None:
        self.revision = revision

    def score(self, texts: Sequence[str]) -> list[Score]:
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector["nước" in text] = 1.0
        return [
            Score(**{**vars(s), "vector": v, "revision": self.revision})
            for s, v in zip(super().score(texts), vectors, strict=True)
        ]


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[OneOffice]:
    db = Database(database_url)
    yield await OneOffice(db, clock).found()
    await db.close()


async def settle(store: OneOffice, *texts: str) -> None:
    """An authority has concluded."""
    async with store.db.write() as session:
        for text in texts:
            row = KnownClaim(organisation_id=1, text=text, verdict=NewsLabel.FALSE, source="Sở", added_at=store.clock())
            session.add(row)


async def publish(store: OneOffice, text: str, kind: str = PostKind.ROUTINE) -> int:
    async with store.db.write() as session:
        now = store.clock()
        post = Post(organisation_id=1, title="Bài", kind=kind, state=PostState.PUBLISHED, published_at=now,
                    created_at=now, updated_at=now)  # fmt: skip
        session.add(post)
        await session.flush()
        session.add(Variant(post_id=post.id or 0, channel="facebook", text=text))
        return post.id or 0


async def found(store: OneOffice, library: Library, text: str, scorer: Scorer) -> list[str]:
    """What is held beside a claim of these words."""
    (score,) = scorer.score([text])
    claim = written(1, text, store.clock())
    wording = exemplar(type(claim)(**{**vars(claim), "score": score}))
    async with store.db.read() as session:
        return [row.text for row in await library.near(session, 1, [wording], RARE)]


async def test_sentences_follow_what_is_settled_and_what_is_out(store: OneOffice) -> None:
    library = Library(Place(store.db), WordScorer(), store.clock)
    await settle(store, "Đập Khe Sương vỡ. Nước tràn về xã!")
    post = await publish(store, "Đập an toàn.\nMời bà con yên tâm.")
    await publish(store, "Đính chính: cầu không sập.", PostKind.CORRECTION)
    await library.turn()
    held = [
        "Đập Khe Sương vỡ.",
        "Nước tràn về xã!",
        "Đập an toàn.",
        "Mời bà con yên tâm.",
        "Đính chính: cầu không sập.",
    ]

    async def texts() -> list[str]:
        await library.turn()
        async with store.db.read() as session:
            rows = await session.exec(select(KnownSentence.text).order_by(col(KnownSentence.id)))
            return [text for text in rows.all() if text != "Bài."]

    assert await texts() == held
    async with store.db.write() as session:
        (await session.get_one(Post, post)).state = PostState.RETRACTED
    assert await texts() == [held[0], held[1], held[4]]
    store.clock.forward(days=20)
    assert await texts() == [held[0], held[1], held[4]], "corrections count for a year"
    async with store.db.write() as session:
        entry = (await session.exec(select(KnownClaim))).one()
        entry.retired_at, entry.split_at = store.clock(), None
    assert await texts() == held[4:]
    async with store.db.read() as session:
        words = set((await session.exec(select(KnownWord.word))).all())
    assert "sap" in words and "dap" not in words, "the words go with their sentences"


async def test_a_post_that_says_nothing_keeps_nobody_busy(store: OneOffice) -> None:
    async with store.db.write() as session:
        now = store.clock()
        session.add(Post(organisation_id=1, title="…", kind=PostKind.ROUTINE, state=PostState.PUBLISHED,
                         published_at=now, created_at=now, updated_at=now))  # fmt: skip
    library = Library(Place(store.db), WordScorer(), store.clock)
    await library.turn()
    async with store.db.read() as session:
        assert not await changes(session, store.clock())


async def test_words_find_what_has_no_vector(store: OneOffice) -> None:
    scorer = WordScorer()
    library = Library(Place(store.db), scorer, store.clock)
    await settle(store, *(f"Nước ở thôn {n} đục" for n in range(70)), "Kho muối Hòn Nhạn cạn sạch")
    await library.turn()
    assert await found(store, library, "kho muoi het sach, nuoc cung duc", scorer) != []
    assert (await found(store, library, "muoi hon nhan", scorer))[-1] == "Kho muối Hòn Nhạn cạn sạch"
    assert await found(store, library, "tuyết rơi ở Cà Mau", scorer) == []


async def test_vectors_follow_the_model_that_scores(store: OneOffice) -> None:
    await settle(store, "Giếng làng cạn, nước bẩn", "Cầu treo đứt cáp")
    for revision in ("made/1", "made/2"):
        scorer = OneDirection(revision)
        library = Library(Place(store.db), scorer, store.clock)
        await library.turn()
        async with store.db.read() as session:
            assert set((await session.exec(select(KnownSentence.revision))).all()) == {revision}
        assert len(await found(store, library, "nước!", scorer)) == 2, "the index proposes the nearest, however far"
    await settle(store, "Ai cũng uống nước sông")
    await library.turn()
    assert len(await found(store, library, "sông?", scorer)) == 3, "it is in the index that is open already"


async def test_a_model_that_fails_is_asked_again(store: OneOffice) -> None:
    class Failing(OneDirection):
        failures = 1

        def score(self, texts: Sequence[str]) -> list[Score]:
            if self.failures:
                self.failures -= 1
                raise RuntimeError("no model")
            return super().score(texts)

    scorer = Failing()
    library = Library(Place(store.db), scorer, store.clock)
    await settle(store, "Giếng làng cạn, nước bẩn")
    await library.turn()
    assert await found(store, library, "trẻ em", WordScorer()) == []
    await library.turn()
    assert await found(store, library, "trẻ em", scorer) == ["Giếng làng cạn, nước bẩn"]


async def test_another_language_is_found_by_meaning(store: OneOffice) -> None:
    """The pair of tests/monitor/pairs that shares a place's name alone."""
    scorer = open_scorer(None)
    library = Library(Place(store.db), scorer, store.clock)
    others = [f"Sao Mai mở hội chợ ở khu {n} từ tuần này" for n in range(30)]
    await settle(store, SHOTS, *others)
    await library.turn()
    assert library._work is not None
    await library._work  # on a slow machine it goes on beside
    assert SHOTS in await found(store, library, ABROAD, scorer)
    mine, theirs = scorer.score([ABROAD, SHOTS])
    claim = written(1, ABROAD, store.clock())
    wording = exemplar(type(claim)(**{**vars(claim), "score": mine}))
    reference = Reference(SHOTS, "“Cúm”", "“Flu”", NewsLabel.FALSE)
    (named,) = compare([wording], [Passage(reference, SHOTS, theirs.vector, scorer.revision)], RARE)
    assert named.likeness >= SUGGEST and float(np.dot(mine.vector, theirs.vector)) >= MEANING  # type: ignore[arg-type]
    assert compare([wording], [Passage(reference, SHOTS)], RARE) == [], "by words alone nobody would be told"


def test_vectors_of_two_models_are_never_compared() -> None:
    claim = written(1, "trẻ uống lạ", BEGIN)
    (score,) = OneDirection().score(["nước"])
    wording = exemplar(type(claim)(**{**vars(claim), "score": score}))
    reference = Reference("Giếng làng cạn", "G", "G")
    for model, named in (("made/1", 1), ("made/2", 0)):
        assert len(compare([wording], [Passage(reference, reference.text, score.vector, model)], RARE)) == named
