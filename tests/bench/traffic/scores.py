"""Scores kept in a file beside the project, so that a second run costs nothing. The file is named by what the model
says of one sentence: another model, or other heads, gets another file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from monitor.scoring.base import Score, Scorer

PROBE: Final = "Hồ chứa phía trên bản sắp tràn, bà con lên chỗ cao, trên loa không ai nói gì"
_FIELDS: Final = ("risk", "claim", "lexical", "category", "stance", "field", "harm", "vector")
_ASK: Final = 400
"""Texts asked for in one query."""
_AHEAD: Final = 512


class KeptScorer:
    """A scorer that scores each distinct text once, ever. `told` hears how many were scored just now."""

    def __init__(self, scorer: Scorer, folder: Path) -> None:
        self._scorer = scorer
        self.revision, self.degraded, self.reason = scorer.revision, scorer.degraded, scorer.reason
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"scores-{_mark(scorer)}.sqlite"
        self._db = sqlite3.connect(self.file)
        self._db.execute(f"CREATE TABLE IF NOT EXISTS scores (text TEXT PRIMARY KEY, {', '.join(_FIELDS)})")
        self._known: dict[str, Score] = {}

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def ahead(self, texts: Sequence[str], told: Callable[[int, int], None]) -> None:
        """Score what is not known yet, those of like length together; `told` hears how many are done, of how many."""
        self._read(list(dict.fromkeys(texts)))
        unknown = sorted({text for text in texts if text not in self._known}, key=len)
        for start in range(0, len(unknown), _AHEAD):
            self.score(unknown[start : start + _AHEAD])
            told(min(start + _AHEAD, len(unknown)), len(unknown))

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One `Score` per text, in the order given."""
        unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._read(unknown)
        new = [text for text in unknown if text not in self._known]
        if new:
            found = self._scorer.score(new)
            self._known |= zip(new, found, strict=True)
            rows = [(text, *_row(score)) for text, score in zip(new, found, strict=True)]
            self._db.executemany(f"INSERT OR REPLACE INTO scores VALUES ({', '.join('?' * 9)})", rows)
            self._db.commit()
        return [self._known[text] for text in texts]

    def _read(self, texts: list[str]) -> None:
        for start in range(0, len(texts), _ASK):
            some = texts[start : start + _ASK]
            marks = ", ".join("?" * len(some))
            for text, *rest in self._db.execute(f"SELECT * FROM scores WHERE text IN ({marks})", some):
                self._known[text] = _score(rest, self.revision)


def _mark(scorer: Scorer) -> str:
    [score] = scorer.score([PROBE])
    told = repr((scorer.revision, *_row(score)))
    return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()


def _row(score: Score) -> tuple[Any, ...]:
    vector = None if score.vector is None else score.vector.astype(np.float32).tobytes()
    return (
        float(score.risk), float(score.claim), float(score.lexical), score.category, score.stance, score.field,
        int(score.harm), vector,
    )  # fmt: skip


def _score(row: Sequence[Any], revision: str) -> Score:
    *plain, vector = row
    made = None if vector is None else np.frombuffer(vector, dtype=np.float32)
    return Score(*plain, vector=made, revision=revision)
