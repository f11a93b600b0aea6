"""How surely two texts speak of one claim: shared rare words over each of both, and the angle of their vectors.

The words are held against both texts, since a short text inside a long one is the same claim, and two long texts that
share a bridge's name are not. The weights are a logistic fit on pairs of tests/monitor/pairs/open.jsonl
(`python -m tests.bench.claims --fit` prints them for any model).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

SMOOTHING: Final = 8.0
"""Rarity that is added to each side: two words alone prove nothing."""


class Weights(NamedTuple):
    """A logistic fit: `lesser` and `greater` are the shares of the two texts' rarity that they have in common."""

    bias: float
    cosine: float
    lesser: float
    greater: float


WITH_VECTOR: Final = Weights(-5.7, 1.0, 4.5, 8.4)
BY_WORDS: Final = Weights(-5.5, 0.0, 4.6, 8.8)
MEANING_ALONE: Final = 0.86
"""From this cosine on, meaning alone joins: the same sentence in another language shares no word."""


def likeness(
    mine: frozenset[str],
    other: frozenset[str],
    rarity: Callable[[str], float],
    cosine: float | None,
    least: float = 0.0,
) -> float:
    """Return 0..1: how surely two texts, given by their content words, speak of one claim. `cosine` None: no vector.
    What cannot reach `least` is 0: most pairs share so little that the rest of their words need not be looked at."""
    common = sum(map(rarity, mine & other))
    if least and (cosine is None or cosine < MEANING_ALONE):
        most = common / (common + SMOOTHING)  # neither side is less than what both share
        if _probability(most, most, cosine) < least:
            return 0.0
    lesser, greater = sorted(common / (sum(map(rarity, words)) + SMOOTHING) for words in (mine, other))
    found = _probability(lesser, greater, cosine)
    return max(found, cosine) if cosine is not None and cosine >= MEANING_ALONE else found


def _probability(lesser: float, greater: float, cosine: float | None) -> float:
    by = BY_WORDS if cosine is None else WITH_VECTOR
    log_odds = by.bias + by.cosine * max(0.0, cosine or 0.0) + by.lesser * lesser + by.greater * greater
    return 1.0 / (1.0 + math.exp(-log_odds))
