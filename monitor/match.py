"""Which known claims does a text speak of? Vectors and rare words together, best first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.base import Scorer
from monitor.text import plain

K1: Final = 1.2
B: Final = 0.6
LEXICAL_SHARE: Final = 0.5


@dataclass(frozen=True)
class Ranked:
    """The claims for one text, best first, with their scores (0..1, comparable within one text)."""

    claims: list[str]
    scores: list[float]


class Matcher:
    """Holds the claims; `rank` is asked text by text. `claims` are (id, text) pairs."""

    def __init__(self, claims: Sequence[tuple[str, str]], scorer: Scorer) -> None:
        self._ids = [i for i, _ in claims]
        self._scorer = scorer
        self._words = [Counter(plain(text).split()) for _, text in claims]
        lengths = [sum(w.values()) for w in self._words]
        self._mean = (sum(lengths) / len(lengths)) if lengths else 1.0
        self._lengths = np.array(lengths, dtype=np.float32)
        self._postings: dict[str, list[int]] = {}
        for row, words in enumerate(self._words):
            for word in words:
                self._postings.setdefault(word, []).append(row)
        self._vectors = _vectors(scorer, [text for _, text in claims])

    def rank(self, texts: Sequence[str], top: int) -> list[Ranked]:
        """Return the `top` best claims for every text."""
        vectors = _vectors(self._scorer, texts)
        found = []
        for i, text in enumerate(texts):
            score = self._lexical(text) * LEXICAL_SHARE
            if vectors is not None and self._vectors is not None:
                score = score + np.clip(self._vectors @ vectors[i], 0, 1) * (1 - LEXICAL_SHARE)
            order = np.argsort(-score, kind="stable")[:top]
            found.append(Ranked([self._ids[j] for j in order], [round(float(score[j]), 6) for j in order]))
        return found

    def _lexical(self, text: str) -> NDArray[np.float32]:
        """BM25 of the text against every claim, scaled to 0..1 by the best."""
        scores = np.zeros(len(self._ids), dtype=np.float32)
        for word in set(plain(text).split()):
            rows = self._postings.get(word, [])
            idf = math.log(1 + (len(self._ids) - len(rows) + 0.5) / (len(rows) + 0.5))
            for row in rows:
                count = self._words[row][word]
                length = 1 - B + B * float(self._lengths[row]) / self._mean
                scores[row] += idf * count * (K1 + 1) / (count + K1 * length)
        best = float(scores.max()) if len(scores) else 0.0
        return scores / np.float32(best) if best > 0 else scores


def _vectors(scorer: Scorer, texts: Sequence[str]) -> NDArray[np.float32] | None:
    vectors = [score.vector for score in scorer.score(texts)]
    if not vectors or any(v is None for v in vectors):
        return None
    return np.stack([v for v in vectors if v is not None])
