"""The arithmetic of the figures, against cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from monitor.learning.figures import alarm_rates, auc, average_precision, figure, resamples, threshold


def test_auc_by_hand() -> None:
    once = np.ones((1, 4))
    assert auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]), once)[0] == 0.75
    assert auc(np.array([0.5, 0.5, 0.5, 0.5]), np.array([False, True, False, True]), once)[0] == 0.5


@pytest.mark.parametrize("steps", [2, 5, 1000])
def test_auc_is_that_of_the_library(steps: int) -> None:
    """With many ties, some, and hardly any."""
    rng = np.random.default_rng(steps)
    for rows in (2, 7, 60, 400):
        scores, labels = rng.integers(0, steps, rows) / steps, np.arange(rows) % 2 == rng.integers(0, 2)
        found = auc(scores, labels, np.ones((1, rows)))[0]
        assert found == pytest.approx(roc_auc_score(labels, scores))


def test_a_resample_counts_a_row_as_often_as_it_was_drawn() -> None:
    scores, labels = np.array([0.2, 0.9, 0.5]), np.array([False, True, True])
    weights = np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0]])
    again = auc(np.array([0.2, 0.2, 0.5]), np.array([False, False, True]), np.ones((1, 3)))
    assert auc(scores, labels, weights)[1] == again[0]
    drawn = resamples(50, draws=20)
    assert drawn.shape == (21, 50) and (drawn.sum(axis=1) == 50).all() and (drawn[0] == 1).all()


def test_the_threshold_catches_at_least_its_share() -> None:
    scores = np.array([0.9, 0.8, 0.8, 0.1, 0.05])
    assert threshold(scores, 0.5) == 0.8 and threshold(scores, 0.2) == 0.9 and threshold(scores, 1.0) == 0.05


def test_alarm_rates_by_hand() -> None:
    rates = alarm_rates(np.array([0.9, 0.6, 0.3, 0.2]), np.array([0.7, 0.6, 0.1, 0.0]))
    assert rates[0] == 0.5 and 0.5 < rates[1:].std() + 0.5 < 1


def test_average_precision_by_hand() -> None:
    assert average_precision({"a"}, ["b", "a", "c"]) == 0.5
    assert average_precision({"a", "b"}, ["a", "x", "b"]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision({"z"}, ["a", "b", "c", "d", "e", "z"]) == 0.0


def test_the_interval_of_a_coin() -> None:
    """Of 400 throws with half heads the interval of the share is about 0.45 to 0.55."""
    heads = np.arange(400) % 2
    weights = resamples(400)
    found = figure("coin", "both", weights @ heads / weights.sum(axis=1), 400)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.451, abs=0.01) and found.high == pytest.approx(0.549, abs=0.01)
