"""The small trained part: linear heads over features, kept in one .npz file, read without scikit-learn.

Two sets of heads: over words alone (hashed n-grams and cues), and over the encoder's features and cues. The answer is
a weighed sum of both in log-odds, so each helps where the other is weak: words on slang and on sets with a wording of
their own, the encoder on paraphrase.

Risk and claim have an answer for each kind of writing, weighed by how likely the text is of that kind (a mixture of
experts, Jacobs et al. 1991): what is suspicious in a post is usual in a debate.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.base import BOTH, CATEGORIES, FIELDS, HARMS, KINDS, STANCES
from monitor.scoring.cues import WIDTH, features
from monitor.text import one_script, plain

Matrix = NDArray[np.float32]

BUCKETS: Final = 1 << 16
"""Hashed n-grams."""
MOST_GRAMS: Final = 4000
MOST_CHARS: Final = 2500
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
BY_KIND: Final = ("risk", "claim")
"""Heads that answer yes or no, once for each kind of writing."""
HEADS: Final[dict[str, tuple[Any, ...]]] = {
    "kind": KINDS,
    "risk": KINDS,
    "claim": KINDS,
    "category": CATEGORIES,
    "stance": STANCES,
    "field": FIELDS,
    "harm": HARMS,
}
"""What each head answers, one row of weights an answer."""
_ENDS: Final = list(itertools.accumulate(len(answers) for answers in HEADS.values()))
ROWS: Final = {name: slice(end - len(HEADS[name]), end) for name, end in zip(HEADS, _ENDS, strict=True)}
"""Where a head's rows lie among all."""
HEIGHT: Final = _ENDS[-1]
HEADS_FILE: Final = "heads.npz"
"""Beside the encoder whose features they read."""


@dataclass(frozen=True)
class Words:
    """The words of one text as numbers: which features (int64) and how much of each (float32)."""

    places: NDArray[np.int64]
    amounts: Matrix


WORDS_WIDTH: Final = BUCKETS + WIDTH


def words(text: str, signs: Matrix) -> Words:
    """Return hashed counts of words and pairs as they are written, of plain four-letter pieces, and the cues (WIDTH,).

    What is written keeps its marks and signs, since they tell press from talk; the pieces have none, so that slang and
    missing accents still share most of them. Both kinds have unit length.
    """
    text = one_script(text[:MOST_CHARS])
    tokens = _TOKEN.findall(text.lower())
    joined = plain(text)
    written = tokens + [f"{a}_{b}" for a, b in itertools.pairwise(tokens)]
    pieces = [f"#{joined[i : i + 4]}" for i in range(len(joined) - 3)]
    counts: dict[int, float] = {}
    for grams in (written, pieces):
        found = Counter(zlib.crc32(gram.encode()) % BUCKETS for gram in grams[:MOST_GRAMS])
        amounts = {place: math.log1p(count) for place, count in found.items()}
        length = math.sqrt(sum(a * a for a in amounts.values())) or 1.0
        for place, amount in amounts.items():
            counts[place] = counts.get(place, 0.0) + amount / length
    used = np.flatnonzero(signs)
    places = np.concatenate([np.fromiter(counts, dtype=np.int64, count=len(counts)), BUCKETS + used])
    hashed = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
    return Words(places, np.concatenate([hashed, signs[used]]))


def meaning(states: Matrix, signs: Matrix) -> Matrix:
    """Return the encoder's features, rows of length 4, and the cues side by side: (n, 384 + WIDTH)."""
    lengths = np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-9)
    made: Matrix = np.hstack([states * (4.0 / lengths), signs]).astype(np.float32)
    return made


def signs_of(texts: Sequence[str]) -> Matrix:
    """Return the cues of each text: (n, WIDTH)."""
    return np.stack([features(text) for text in texts]) if texts else np.zeros((0, WIDTH), dtype=np.float32)


@dataclass(frozen=True)
class Linear:
    """All heads over one kind of input: `weights` (features, HEIGHT), `bias` (HEIGHT,)."""

    weights: Matrix
    bias: Matrix

    def log_odds(self, inputs: Matrix) -> Matrix:
        """Return unnormalised log-probabilities, shape (n, HEIGHT)."""
        raw: Matrix = inputs @ self.weights + self.bias
        return raw

    def of_words(self, rows: Sequence[Words]) -> Matrix:
        """The same for texts as words."""
        return np.stack([row.amounts @ self.weights[row.places] + self.bias for row in rows])


@dataclass(frozen=True)
class Mix:
    """How much words and encoder weigh in each answer, in log-odds, and what is added: (HEIGHT,) each."""

    words: Matrix
    encoder: Matrix
    shift: Matrix

    def of(self, by_words: Matrix, by_encoder: Matrix) -> Matrix:
        """Both together, (n, HEIGHT)."""
        made: Matrix = self.words * by_words + self.encoder * by_encoder + self.shift
        return made


def halves() -> Mix:
    """Both alike."""
    return Mix(*np.outer([0.5, 0.5, 0.0], np.ones(HEIGHT)).astype(np.float32))


@dataclass(frozen=True)
class Heads:
    """All heads, how they are mixed, and the centre of the vectors they were fitted beside. `learned` says for each
    head of `BY_KIND` of which kinds it has learned anything, (len(KINDS),) bool."""

    words: Linear
    meaning: Linear
    mix: Mix
    learned: Mapping[str, NDArray[np.bool_]]
    centre: Matrix
    revision: str

    def answer(self, texts: Sequence[str], states: Matrix | None) -> dict[str, Matrix]:
        """Return the probabilities of every head: (n,) of risk and claim, (n, classes) of the others; `lexical` is the
        risk of words alone. `states` are the encoder's features, (n, 384), None without an encoder."""
        odds = self.odds(texts, states)
        risk = self._yes("risk", odds["lexical"])
        return {"lexical": risk} | self._probabilities(odds["lexical" if states is None else BOTH])

    def parts(self, texts: Sequence[str], states: Matrix | None) -> dict[str, dict[str, Matrix]]:
        """Return what each part answers alone, and both together."""
        odds = self.odds(texts, states)
        risk = self._yes("risk", odds["lexical"])
        return {part: {"lexical": risk} | self._probabilities(one) for part, one in odds.items()}

    def odds(self, texts: Sequence[str], states: Matrix | None) -> dict[str, Matrix]:
        """Return the log-odds of each part and of both, (n, HEIGHT) each."""
        signs = signs_of(texts)
        odds = {"lexical": self.words.of_words([words(text, row) for text, row in zip(texts, signs, strict=True)])}
        if states is not None:
            odds["transformer"] = self.meaning.log_odds(meaning(states, signs))
            odds[BOTH] = self.mix.of(odds["lexical"], odds["transformer"])
        return odds

    def _probabilities(self, odds: Matrix) -> dict[str, Matrix]:
        return {name: self._yes(name, odds) if name in BY_KIND else softmax(odds[:, ROWS[name]]) for name in HEADS}

    def _yes(self, name: str, odds: Matrix) -> Matrix:
        share = softmax(odds[:, ROWS["kind"]]) * self.learned[name]
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
        made: Matrix = (share * _probability(odds[:, ROWS[name]])).sum(axis=1)
        return made

    def save(self, file: Path) -> None:
        """Write the heads as float16 arrays."""
        arrays: dict[str, Any] = {"centre": self.centre.astype(np.float32)}
        for part, heads in (("words", self.words), ("meaning", self.meaning)):
            arrays[f"{part}.weights"] = np.ascontiguousarray(heads.weights.T).astype(np.float16)
            arrays[f"{part}.bias"] = heads.bias.astype(np.float32)
        arrays["mix"] = np.stack([self.mix.words, self.mix.encoder, self.mix.shift]).astype(np.float32)
        arrays |= {f"learned.{name}": self.learned[name] for name in BY_KIND}
        about = json.dumps({"revision": self.revision, "heads": HEADS})
        np.savez_compressed(file, about=np.frombuffer(about.encode(), dtype=np.uint8), **arrays)


def load_heads(file: Path) -> Heads:
    """Read heads. Raises `OSError` or `ValueError` when the file is missing, broken, or answers something else."""
    with file.open("rb") as raw, np.load(raw, allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        if about.get("heads") != json.loads(json.dumps(HEADS)):
            raise ValueError("made for another version of Loa")
        made = [
            Linear(np.ascontiguousarray(stored[f"{part}.weights"].T).astype(np.float32), stored[f"{part}.bias"])
            for part in ("words", "meaning")
        ]
        learned = {name: stored[f"learned.{name}"] for name in BY_KIND}
        return Heads(made[0], made[1], Mix(*stored["mix"]), learned, stored["centre"], str(about["revision"]))


def softmax(odds: NDArray[Any]) -> Matrix:
    """Probabilities from log-odds along the last axis."""
    shifted = np.exp(odds - odds.max(axis=-1, keepdims=True))
    made: Matrix = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
    return made


def _probability(odds: Matrix) -> Matrix:
    made: Matrix = (1.0 / (1.0 + np.exp(-np.clip(odds, -50, 50)))).astype(np.float32)
    return made
