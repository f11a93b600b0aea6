"""The small head over what the model says: it turns the model's risk by a little, as people's verdicts taught it.

log-odds = scale * (log-odds of the model) + weights . vector + bias. Fitted with numpy by Newton's steps, held towards
"change nothing" (scale 1, the rest 0), so that few labels change little.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.base import VECTOR_DIM, PartedScorer, Score

Floats = NDArray[np.float64]

SURE_OF_SCALE: Final = 20.0
SURE_OF_BIAS: Final = 10.0
SURE_OF_WEIGHTS: Final = 4.0
"""How strongly each part is held where it was: so many labels it takes to move it."""
STEPS: Final = 25
EDGE: Final = 1e-5


@dataclass(frozen=True)
class Head:
    """A fitted head. `name` is what its scores are called by, `base` the revision it was fitted on."""

    name: str
    base: str
    scale: float
    bias: float
    weights: Floats

    def risk(self, risks: Floats, vectors: Floats) -> Floats:
        """The risks as this head turns them."""
        made: Floats = _probability(self.scale * log_odds(risks) + vectors @ self.weights + self.bias)
        return made

    def stored(self) -> bytes:
        """As it lies in the store."""
        return np.concatenate([[self.scale, self.bias], self.weights]).astype(np.float32).tobytes()


def unchanged(base: str) -> Head:
    """The head that changes nothing."""
    return Head("", base, 1.0, 0.0, np.zeros(VECTOR_DIM))


def from_store(name: str, base: str, stored: bytes) -> Head:
    """Read what `stored` gave."""
    scale, bias, *weights = np.frombuffer(stored, dtype=np.float32).astype(np.float64)
    return Head(name, base, float(scale), float(bias), np.array(weights))


def fit(name: str, base: str, risks: Floats, vectors: Floats, right: NDArray[np.bool_]) -> Head:
    """Fit a head to verdicts: `right` says which texts were what the alarm took them for."""
    inputs = np.column_stack([log_odds(risks), np.ones(len(risks)), vectors])
    start = np.zeros(inputs.shape[1])
    start[0] = 1.0
    held = np.full(inputs.shape[1], SURE_OF_WEIGHTS)
    held[:2] = SURE_OF_SCALE, SURE_OF_BIAS
    found = start.copy()
    for _ in range(STEPS):
        guess = _probability(inputs @ found)
        slope = inputs.T @ (guess - right) + held * (found - start)
        curve = (inputs * (guess * (1 - guess))[:, None]).T @ inputs + np.diag(held)
        step = np.linalg.solve(curve, slope)
        found -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return Head(name, base, float(found[0]), float(found[1]), found[2:])


def log_odds(risks: Floats) -> Floats:
    """The log-odds of probabilities, kept finite."""
    kept = np.clip(risks, EDGE, 1 - EDGE)
    made: Floats = np.log(kept / (1 - kept))
    return made


def _probability(odds: Floats) -> Floats:
    made: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -50, 50)))
    return made


def matrix(vectors: Sequence[NDArray[np.float32] | None]) -> Floats:
    """Vectors as rows; a text that no encoder saw is all zeros."""
    rows = [np.zeros(VECTOR_DIM, dtype=np.float32) if v is None else v for v in vectors]
    return np.array(rows, dtype=np.float64).reshape(len(rows), VECTOR_DIM)


class LearningScorer:
    """Scores with the model and the head that was learned here, if there is one for this model.

    `take` may be called while another thread scores: a call of `score` uses one head for all its texts.
    """

    def __init__(self, base: PartedScorer) -> None:
        self.base = base
        self._head: Head | None = None

    @property
    def revision(self) -> str:
        """Model and head."""
        return _revision(self.base, self._head)

    @property
    def degraded(self) -> bool:
        return self.base.degraded

    @property
    def reason(self) -> str:
        return self.base.reason

    def take(self, head: Head | None) -> None:
        """Use this head from now on. One that was fitted on another model changes nothing."""
        self._head = head if head is not None and head.base == self.base.revision else None

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One `Score` per text; the head turns the risk alone."""
        head, scores = self._head, self.base.score(texts)
        if head is None or not scores:
            return scores
        turned = head.risk(np.array([s.risk for s in scores]), matrix([s.vector for s in scores]))
        revision = _revision(self.base, head)
        return [
            dataclasses.replace(s, risk=float(risk), revision=revision) for s, risk in zip(scores, turned, strict=True)
        ]

    def parts(self, texts: Sequence[str]) -> dict[str, list[Score]]:
        """The parts of the model below, without the head."""
        return self.base.parts(texts)


def _revision(base: PartedScorer, head: Head | None) -> str:
    return base.revision if head is None else f"{base.revision}+{head.name}"
