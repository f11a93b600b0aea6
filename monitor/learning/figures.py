"""Figures of a classifier with their 95 % intervals, from resampling: pure functions over arrays."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS: Final = 1000
SEED: Final = 7


@dataclass(frozen=True)
class Figure:
    """One measured value of one part of the model, over `rows` texts. `low` and `high` bound it with 95 %."""

    name: str
    part: str
    value: float
    low: float
    high: float
    rows: int

    def row(self) -> dict[str, Any]:
        """As plain JSON."""
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}


def resamples(rows: int, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """How often each row is drawn in each resample: (draws + 1, rows); the first is the sample itself."""
    drawn = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), size=draws)
    return np.vstack([np.ones(rows), drawn])


def auc(scores: Floats, labels: NDArray[np.bool_], weights: Floats) -> Floats:
    """ROC-AUC under each row of `weights`: how often a positive stands above a negative, half where they tie."""
    order = np.argsort(scores, kind="stable")
    ties = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    drawn, positive = weights[:, order], labels[order]
    above = np.add.reduceat(drawn * positive, ties, axis=1)
    below = np.add.reduceat(drawn * ~positive, ties, axis=1)
    under = below.cumsum(axis=1) - below / 2
    with np.errstate(invalid="ignore"):
        found: Floats = (above * under).sum(axis=1) / (above.sum(axis=1) * below.sum(axis=1))
    return found


def threshold(scores: Floats, share: float = 0.5) -> float:
    """The highest threshold at which at least this share of the scores are caught (score >= threshold)."""
    return float(np.sort(scores)[::-1][max(0, int(np.ceil(len(scores) * share)) - 1)])


def alarm_rates(positives: Floats, negatives: Floats, *, share: float = 0.5, draws: int = DRAWS) -> Floats:
    """The share of negatives alarmed at the threshold that catches `share` of the positives; then the same for
    resamples of both."""
    rng = np.random.default_rng(SEED)
    rates = [float((negatives >= threshold(positives, share)).mean())]
    for _ in range(draws):
        bar = threshold(rng.choice(positives, len(positives)), share)
        rates.append(float((rng.choice(negatives, len(negatives)) >= bar).mean()))
    return np.array(rates)


def average_precision(relevant: set[str], ranked: list[str], top: int = 5) -> float:
    """Average precision of the first `top`."""
    hits, total = 0, 0.0
    for place, found in enumerate(ranked[:top], 1):
        if found in relevant:
            hits += 1
            total += hits / place
    return total / max(1, min(top, len(relevant)))


def figure(name: str, part: str, found: Floats, rows: int) -> Figure:
    """Make a figure from a value and its resamples."""
    drawn = found[1:][~np.isnan(found[1:])]
    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) else (np.nan, np.nan)
    return Figure(name, part, float(found[0]), float(low), float(high), rows)
