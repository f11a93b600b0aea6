"""A scorer that knows the gold. What is missed with it, no better model would find: the grouping or the rules lose it.
It costs next to nothing, so it also shows what the stream alone can take."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from monitor.masking import mask
from monitor.scoring.base import VECTOR_DIM, Score, Vector
from monitor.text import clean
from tests.bench.traffic.made import Traffic

NOISE: Final = 0.7
"""How far two wordings of one event lie apart, as a share of what they have in common."""
_CATEGORIES: Final = {"rumour": "misinformation", "copying": "misinformation", "scam": "scam"}


class PerfectScorer:
    """Scores what is in one traffic."""

    revision, degraded, reason = "perfect", False, ""

    def __init__(self, made: Traffic) -> None:
        lines = {line.row.text: line for line in made.lines}
        self._known = {mask(clean(text)): (line.event, line.stance) for text, line in lines.items()}
        self._events = made.events

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One `Score` per text, in the order given."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Score:
        key, stance = self._known[text]
        event = self._events.get(key)
        false = event is not None and event.harm > 0 and stance == "asserts"
        kind = _CATEGORIES[event.kind] if event is not None and false else "harmless"
        risk = 0.9 if false else 0.05
        harm = event.harm if event is not None and false else 0
        return Score(risk, 0.5, risk, kind, stance, "KHAC", harm, _vector(key, text), self.revision)


def _vector(event: str, text: str) -> Vector:
    made = _direction(text) if not event else _direction(event) + np.float32(NOISE) * _direction(text)
    return (made / np.linalg.norm(made)).astype(np.float32)


def _direction(name: str) -> Vector:
    seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    drawn = np.random.default_rng(seed).standard_normal(VECTOR_DIM).astype(np.float32)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)
