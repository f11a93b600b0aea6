"""From a verdict to a head that scores, over a real database: labels, refit, versions, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import col, select

from models.audit import AuditEntry
from models.claim import Claim
from models.db import Database
from models.incident import Incident
from models.learning import Label, LearnedHead, Verdict
from models.mention import Mention
from models.office import Account, Organisation
from monitor.learning import store
from monitor.learning.alarms import choose, heard, threshold_of
from monitor.learning.choice import LEAST_LABELS, Line
from monitor.scoring.base import VECTOR_DIM, Score
from monitor.stream import SURE
from tests.monitor.crowd import score

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


FROZEN = [Line(f"{'Kho' if i % 2 else 'Vé'} {i}", i % 2 == 1, i % 2 == 0) for i in range(12)]


class Axis:
    """Scores by words it knows; the theme decides the vector, so that a head can tell themes apart."""

    degraded, reason = False, ""
    THEMES = ("kênh", "vé", "kho")

    def __init__(self, revision: str = "axis/1") -> None:
        self.revision = revision
        self.scored: list[str] = []

    def score(self, texts: Sequence[str]) -> list[Score]:
        self.scored += texts
        return [score(0.55, vector=self._vector(text), revision=self.revision) for text in texts]

    def parts(self, texts: Sequence[str]) -> dict[str, list[Score]]:
        return {"both": self.score(texts)}

    def _vector(self, text: str) -> np.ndarray:
        made = np.full(VECTOR_DIM, 0.01, dtype=np.float32)
        for i, theme in enumerate(self.THEMES):
            made[i] = float(theme in text.lower())
        return made / np.linalg.norm(made)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.write() as session:
        session.add(Organisation(id=1, name="Xã mẫu"))
        await session.flush()
        session.add(Account(id=1, organisation_id=1, kind="facebook", remote_id="1", name="Trang", created_at=NOW))
    yield database
    await database.close()


async def incident(
    db: Database, number: int, theme: str, texts: int = 6, verdict: Verdict | None = None, **kind: object
) -> None:
    """An incident about one theme, with texts that raised it."""
    async with db.write() as session:
        session.add(Claim(id=number, organisation_id=1, key=f"k{number}", text=theme, first_at=NOW, last_at=NOW))
        await session.flush()
        row = Incident(
            id=number, organisation_id=1, claim_id=number, level="high", harm=2, spread=1, claim_text=theme,
            started_at=NOW, opened_at=NOW, updated_at=NOW,
        )  # fmt: skip
        session.add(row)
        for i in range(texts):
            values = {
                "organisation_id": 1, "account_id": 1, "channel": "facebook", "remote_id": f"{number}-{i}",
                "text": f"Chuyện {theme} lần {number}-{i}", "author_hash": f"h{i}", "fetched_at": NOW,
                "written_at": NOW - timedelta(minutes=10 - i), "scored_at": NOW, "model": "axis/1", "risk": 0.55,
                "category": "misinformation", "stance": "asserts", "harm": 2, "claim_id": number,
            }  # fmt: skip
            session.add(Mention(**(values | kind)))
        await session.flush()
        if verdict is not None:
            row.verdict = verdict
            await store.label_texts(session, row, verdict, None, NOW)


async def labels(db: Database) -> Sequence[Label]:
    async with db.read() as session:
        return (await session.exec(select(Label).order_by(col(Label.id)))).all()


async def two_themes(db: Database) -> None:
    """People say that one theme is a false alarm and the other right, again and again; incidents 5 and 10 are kept
    back."""
    for number in range(1, 11):
        right = number % 2 == 0
        await incident(db, number, "Kho" if right else "Vé", verdict=Verdict.RIGHT if right else Verdict.FALSE_ALARM)


def quiet(done: int) -> None:
    """Nobody watches."""


async def refit(db: Database, base: Axis) -> store.Learned:
    return await store.refit(db, base, user_id=None, now=NOW, step=quiet)


async def test_a_verdict_labels_the_texts_that_raised_it_and_a_later_one_replaces_it(db: Database) -> None:
    await incident(db, 1, "Kho", 3)
    await incident(db, 2, "Vé", 2, stance="asks")
    async with db.write() as session:
        first, second = [await session.get_one(Incident, i) for i in (1, 2)]
        assert await store.label_texts(session, first, Verdict.FALSE_ALARM, None, NOW) == 3
        assert await store.label_texts(session, second, Verdict.FALSE_ALARM, None, NOW) == 0, "who asks raised nothing"
    async with db.write() as session:
        first = await session.get_one(Incident, 1)
        assert await store.label_texts(session, first, Verdict.CRITICISM, None, NOW) == 3
    found = await labels(db)
    assert [label.verdict for label in found] == ["criticism"] * 3
    assert found[0].text_hash == store.text_hash("CHUYEN kho lan 1-0") != found[1].text_hash


async def test_labels_die_with_their_texts(db: Database) -> None:
    await incident(db, 1, "Kho", 3, verdict=Verdict.RIGHT)
    async with db.write() as session:
        rows = (await session.exec(select(Mention).order_by(col(Mention.id)))).all()
        rows[0].deleted_at, rows[1].text = NOW, ""
    async with db.write() as session:
        assert await store.forget_dead(session) == 2
    assert len(await labels(db)) == 1


async def test_too_few_verdicts_teach_nothing(db: Database) -> None:
    await incident(db, 1, "Kho", LEAST_LABELS - 1, verdict=Verdict.RIGHT)
    found = await refit(db, Axis())
    assert found.name == "" and found.labels == LEAST_LABELS - 1
    async with db.read() as session:
        assert (await session.exec(select(LearnedHead))).all() == []


async def test_a_head_that_learned_the_difference_scores_from_then_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "frozen_lines", lambda: FROZEN)
    await two_themes(db)
    base = Axis()
    found = await refit(db, base)
    assert (found.name, found.refused) == ("h1", []) and found.labels == 60
    assert found.old is not None and found.new is not None and found.new.loss < found.old.loss
    async with db.read() as session:
        head = await store.active_head(session)
        entries = (await session.exec(select(AuditEntry.action))).all()
    assert head is not None and head.name == "h1" and entries == ["head_taken"]
    scores = base.score(["Kho", "Vé"])
    turned = head.risk(np.array([0.55, 0.55]), np.stack([s.vector for s in scores]))
    assert turned[0] > 0.6 and turned[1] < 0.5


async def test_what_was_scored_once_is_not_scored_again(db: Database) -> None:
    await two_themes(db)
    base, again, other = Axis(), Axis(), Axis("axis/2")
    await refit(db, base)
    await refit(db, again)
    assert len([t for t in base.scored if t.startswith("Chuyện")]) == 60
    assert not [t for t in again.scored if t.startswith("Chuyện")]
    assert await store.waiting_labels(db, other) == 60
    await refit(db, other)
    assert len([t for t in other.scored if t.startswith("Chuyện")]) == 60, "another model says something else"


async def test_a_head_that_is_worse_on_the_frozen_lines_is_kept_out(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People who call every rumour a false alarm do not switch the alarm off."""
    monkeypatch.setattr(store, "frozen_lines", lambda: FROZEN)
    for number in (1, 2, 3):
        await incident(db, number, "Kho", 20, verdict=Verdict.FALSE_ALARM)
    found = await refit(db, Axis())
    assert found.refused and found.name == "h1"
    async with db.read() as session:
        assert await store.active_head(session) is None
        row = (await session.exec(select(LearnedHead))).one()
        assert not row.accepted and row.figures["refused"] == found.refused
        assert (await session.exec(select(AuditEntry.action))).all() == ["head_refused"]


async def test_wrong_groups_say_nothing_of_the_risk(db: Database) -> None:
    for number in (1, 2, 3):
        await incident(db, number, "Kho", 10, verdict=Verdict.WRONG_GROUP)
    assert (await refit(db, Axis())).name == ""


async def test_the_way_back_leads_to_the_model_as_it_was_shipped(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "frozen_lines", lambda: FROZEN)
    await two_themes(db)
    await refit(db, Axis())
    for number in range(11, 21):
        await incident(db, number, "Kho", 20, verdict=Verdict.RIGHT)
        await incident(db, number + 10, "Vé", 20, verdict=Verdict.CRITICISM)
    assert (await refit(db, Axis())).name == "h2"
    steps = []
    for _ in range(3):
        async with db.write() as session:
            steps.append(await store.roll_back(session, None, NOW))
    assert steps == [("h2", "h1"), ("h1", "shipped"), ("", "")]
    async with db.read() as session:
        assert await store.active_head(session) is None
        actions = (await session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id)))).all()
    assert actions == ["head_taken", "head_taken", "head_rolled_back", "head_rolled_back"]


# -- the threshold --------------------------------------------------------------------------------------------------


async def test_a_choice_counts_from_its_day_on_and_the_newest_one(db: Database) -> None:
    async with db.write() as session:
        assert await threshold_of(session, 1, NOW) == SURE
        await choose(session, 1, 0.5, 2, None, NOW)
        await choose(session, 1, 0.6, 1, None, NOW + timedelta(days=1))
    async with db.read() as session:
        at = [await threshold_of(session, 1, NOW + timedelta(days=d)) for d in (-1, 0, 2)]
        assert at == [SURE, 0.5, 0.6]
        assert await threshold_of(session, 2, NOW) == SURE, "another office's choice is its own"
        entries = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
    assert [e.detail["now"] for e in entries] == [0.5, 0.6]


async def test_the_curve_comes_from_what_was_stored(db: Database) -> None:
    await incident(db, 1, "Kho", verdict=Verdict.RIGHT)
    await incident(db, 2, "Vé", verdict=Verdict.CRITICISM, risk=0.8)
    await incident(db, 3, "kênh", 2)
    found = await heard(db, 1, NOW)
    points = {p.risk: p for p in found.points}
    assert found.texts == 14
    assert (points[0.3].alarms, points[0.3].right, points[0.3].wrong) == (2, 1, 1)
    assert (points[0.6].alarms, points[0.6].right, points[0.6].wrong) == (1, 0, 1)
    assert points[0.82].alarms == 0
    assert (await heard(db, 1, NOW + timedelta(days=40))).texts == 0
