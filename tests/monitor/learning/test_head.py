"""The small head: few verdicts change little, many move the risk the way they say; a worse one is refused."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.learning.choice import Judged, Trial, frozen_lines, refusals, trial
from monitor.learning.head import Head, LearningScorer, fit, from_store, matrix, unchanged
from monitor.scoring import open_scorer
from monitor.scoring.base import VECTOR_DIM
from tests.monitor.criticism import BRIEF, HELD_OUT

RNG = np.random.default_rng(3)


def vectors(count: int, direction: int) -> np.ndarray:
    """Unit vectors around one axis."""
    made = RNG.normal(0, 0.02, (count, VECTOR_DIM))
    made[:, direction] += 1
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_it_learns_what_the_model_below_cannot_tell() -> None:
    """All have the same risk; the theme that people call a false alarm sinks, the other one rises."""
    both = np.vstack([vectors(60, 0), vectors(60, 1)])
    right = np.arange(120) < 60
    head = fit("h1", "m", np.full(120, 0.6), both, right)
    new = head.risk(np.full(2, 0.6), np.vstack([vectors(1, 0), vectors(1, 1)]))
    assert new[0] > 0.75 and new[1] < 0.4


def test_few_verdicts_change_little_and_none_change_nothing() -> None:
    head = fit("h1", "m", np.array([0.7, 0.7]), vectors(2, 0), np.array([False, False]))
    assert 0.45 < head.risk(np.array([0.7]), vectors(1, 0))[0] < 0.69
    assert 0.6 < head.risk(np.array([0.7]), vectors(1, 5))[0] < 0.7, "another theme hardly"
    risks = np.array([0.0, 0.2, 0.9, 1.0])
    assert unchanged("m").risk(risks, vectors(4, 0)) == pytest.approx(risks, abs=1e-4)


def test_a_head_comes_back_from_the_store() -> None:
    head = fit("h1", "m", np.full(40, 0.6), vectors(40, 2), np.arange(40) % 2 == 0)
    again = from_store("h1", "m", head.stored())
    risks, seen = np.array([0.3, 0.8]), vectors(2, 2)
    assert again.risk(risks, seen) == pytest.approx(head.risk(risks, seen), abs=1e-5)


def test_the_scorer_takes_a_head_and_lets_it_go() -> None:
    base = open_scorer("lexical")
    scorer, texts = LearningScorer(base), ["Kho xăng sắp nổ, chạy ngay", "Cảm ơn trang"]
    plain = scorer.score(texts)
    scorer.take(Head("h4", base.revision, 1.0, -2.0, np.zeros(VECTOR_DIM)))
    turned = scorer.score(texts)
    assert all(t.risk < p.risk and t.lexical == p.lexical for t, p in zip(turned, plain, strict=True))
    assert {t.revision for t in turned} == {scorer.revision} == {f"{base.revision}+h4"}
    scorer.take(Head("h5", "another model", 1.0, -2.0, np.zeros(VECTOR_DIM)))
    assert scorer.score(texts) == plain and scorer.revision == base.revision
    assert scorer.score([]) == []


# -- the choice -----------------------------------------------------------------------------------------------------


def judged(risks: list[float], right: list[bool], criticism: list[bool]) -> Judged:
    return Judged(np.array(risks), matrix([None] * len(risks)), np.array(right), np.array(criticism))


FROZEN = judged([0.7, 0.6, 0.3, 0.35], [True, True, False, False], [False, False, True, True])
NONE = judged([], [], [])


def head(scale: float, bias: float) -> Head:
    return Head("", "m", scale, bias, np.zeros(VECTOR_DIM))


def test_a_better_head_may_replace_the_old_one() -> None:
    old, new = (trial(h, FROZEN, NONE, 0.42) for h in (unchanged("m"), head(2.0, 0.0)))
    assert new.loss < old.loss and refusals(old, new) == []


@pytest.mark.parametrize(
    ("worse", "word"),
    [
        (head(0.5, 0.0), "not better"),
        (head(-1.0, 0.0), "apart less well"),
        (head(1.0, 1.0), "alarms more criticism"),
        (head(1.0, 0.1), "more risky"),
        (unchanged("m"), "not better"),
    ],
)
def test_a_worse_head_is_refused_with_its_reason(worse: Head, word: str) -> None:
    old, new = (trial(h, FROZEN, NONE, 0.42) for h in (unchanged("m"), worse))
    assert any(word in reason for reason in refusals(old, new))


def test_labels_that_were_kept_back_count_as_much_as_the_shipped_lines() -> None:
    kept_back = judged([0.9], [False], [True])
    alone, with_it = (trial(unchanged("m"), FROZEN, k, 0.42) for k in (NONE, kept_back))
    assert with_it.loss == pytest.approx((alone.loss + -np.log(0.1)) / 2)
    assert with_it.criticism_alarmed == alone.criticism_alarmed + 1 == 1


def test_better_for_rumours_at_the_cost_of_critics_is_not_better() -> None:
    old = Trial(0.30, 0.95, 0.20, 0)
    assert refusals(old, Trial(0.20, 0.97, 0.20, 1)) and refusals(old, Trial(0.20, 0.97, 0.25, 0))
    assert refusals(old, Trial(0.20, 0.97, 0.20, 0)) == []


def test_the_frozen_lines_are_ours_and_in_no_other_set() -> None:
    lines = frozen_lines()
    texts = {line.text for line in lines}
    assert len(texts) == len(lines) >= 60
    assert sum(line.right for line in lines) >= 20 and sum(line.criticism for line in lines) >= 15
    assert not texts & {*BRIEF.values(), *HELD_OUT}
    assert not any(line.right and line.criticism for line in lines)


@pytest.mark.parametrize("model", [None, "lexical"])
def test_the_shipped_model_tells_the_frozen_lines_apart(model: str | None) -> None:
    """Else a better head would be no news."""
    scorer, lines = open_scorer(model), frozen_lines()
    scores = scorer.score([line.text for line in lines])
    known = Judged(
        np.array([s.risk for s in scores]),
        matrix([s.vector for s in scores]),
        np.array([line.right for line in lines]),
        np.array([line.criticism for line in lines]),
    )
    found = trial(unchanged(scorer.revision), known, NONE, 0.42)
    assert 0.8 < found.auc <= 1 and found.criticism_alarmed <= 3
