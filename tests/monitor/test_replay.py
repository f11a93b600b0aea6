"""One rumour among two thousand everyday lines: exactly one incident, and it is the rumour."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.replay import TimedText, replay
from monitor.scoring import open_scorer
from monitor.scoring.base import Score, Scorer
from tests.monitor.crowd import RUMOURS, RandomScorer, WordScorer, day, everyday, ids, variants

START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


class Remembering:
    """The shipped scorer; a text that comes again is not scored again."""

    def __init__(self) -> None:
        self._scorer = open_scorer(None, threads=2)
        self.revision, self.degraded, self.reason = (
            getattr(self._scorer, n) for n in ("revision", "degraded", "reason")
        )
        self._known: dict[str, Score] = {}

    def score(self, texts: Sequence[str]) -> list[Score]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= zip(new, self._scorer.score(new), strict=True)
        return [self._known[text] for text in texts]


@pytest.fixture(scope="module")
def shipped() -> Scorer:
    return Remembering()


@pytest.mark.parametrize("rumour", RUMOURS)
@pytest.mark.parametrize("seed", [1, 2])
def test_one_rumour_is_one_incident(rumour: str, seed: int) -> None:
    rows = day(START, rumour, random.Random(seed))
    (told,) = replay(rows, WordScorer())
    assert ids(told["mention_ids"], "r") == {f"r{i}" for i in range(10)}
    assert not ids(told["mention_ids"], "q")
    third = next(r.at for r in rows if r.id == "r2")
    assert datetime.fromisoformat(told["raised_at"]) == third
    assert datetime.fromisoformat(told["started_at"]) == third - timedelta(minutes=6)
    levels = [level for _, level in told["levels"]]
    assert levels == ["high", "emergency"] and told["level"] == "emergency"


def test_the_same_input_gives_the_same_output() -> None:
    rows = day(START, "milk", random.Random(4), quiet=300)
    assert replay(rows, WordScorer()) == replay(rows, WordScorer())


@pytest.mark.parametrize("seed", range(3))
def test_random_scores_single_nothing_out(seed: int) -> None:
    told = replay(day(START, "milk", random.Random(seed)), RandomScorer(seed))
    found = len(told) == 1 and len(ids(told[0]["mention_ids"], "r")) >= 8 and not ids(told[0]["mention_ids"], "q")
    assert not found


def test_a_missing_author_is_somebody_else() -> None:
    texts = variants("milk", 3, random.Random(1))
    assert replay([TimedText(str(i), t, START) for i, t in enumerate(texts)], WordScorer())
    assert not replay([TimedText(str(i), t, START, "one") for i, t in enumerate(texts)], WordScorer())


def test_nothing_in_nothing_out() -> None:
    assert replay([], WordScorer()) == []


@pytest.mark.parametrize("rumour", RUMOURS)
def test_the_shipped_model_finds_the_rumour(shipped: Scorer, rumour: str) -> None:
    assert not shipped.degraded, shipped.reason
    (told,) = replay(day(START, rumour, random.Random(7), quiet=600), shipped)
    assert len(ids(told["mention_ids"], "r")) >= 8 and not ids(told["mention_ids"], "q")


def test_the_shipped_model_is_not_alarmed_by_an_ordinary_day(shipped: Scorer) -> None:
    rows = [
        TimedText(str(i), text, START + timedelta(seconds=20 * i), f"p{i}")
        for i, text in enumerate(everyday(600, random.Random(7)))
    ]
    assert replay(rows, shipped) == []
