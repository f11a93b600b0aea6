"""Scoring by words alone: what remains when the transformer is missing, and half of every score when it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from numpy.typing import NDArray

from monitor.scoring.base import CATEGORIES, FIELDS, HARMS, STANCES, Score, Vector
from monitor.scoring.heads import Heads, Matrix


class LexicalScorer:
    """Scores without an encoder. `reason` says why it is used."""

    degraded = True

    def __init__(self, heads: Heads, reason: str) -> None:
        self._heads = heads
        self.reason = reason
        self.revision = f"lexical/{heads.revision}"

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One `Score` per text, without a vector."""
        if not texts:
            return []
        return scores_from(self._heads.answer(texts, None), None, self.revision)

    def parts(self, texts: Sequence[str]) -> dict[str, list[Score]]:
        """The words are all there is."""
        return {"lexical": self.score(texts)}


def scores_from(found: Mapping[str, Matrix], vectors: NDArray | None, revision: str) -> list[Score]:  # type: ignore[type-arg]
    """Turn the heads' probabilities into scores, one a row."""
    made = []
    for i in range(len(found["risk"])):
        vector: Vector | None = None if vectors is None else vectors[i]
        made.append(
            Score(
                risk=float(found["risk"][i]),
                claim=float(found["claim"][i]),
                lexical=float(found["lexical"][i]),
                category=CATEGORIES[int(found["category"][i].argmax())],
                stance=STANCES[int(found["stance"][i].argmax())],
                field=FIELDS[int(found["field"][i].argmax())],
                harm=HARMS[int(found["harm"][i].argmax())],
                vector=vector,
                revision=revision,
            )
        )
    return made
