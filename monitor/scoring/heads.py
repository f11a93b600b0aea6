"""The small trained part: linear heads over features, kept in one .npz file, read without scikit-learn.

Two sets of heads: over words alone (hashed n-grams and cues), and over the sentence vector and cues. The answer is the
mean of both in log-odds, so each helps where the other is weak: words on slang and missing accents, the vector on
paraphrase.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.base import BOTH, CATEGORIES, FIELDS, HARMS, STANCES
from monitor.scoring.cues import WIDTH, features
from monitor.text import plain

Matrix = NDArray[np.float32]

BUCKETS: Final = 1 << 13
"""Hashed word n-grams: small on purpose, the set they are learned from is small too."""
HEADS: Final[dict[str, tuple[Any, ...]]] = {
    "risk": (0, 1),
    "claim": (0, 1),
    "category": CATEGORIES,
    "stance": STANCES,
    "field": FIELDS,
    "harm": HARMS,
}
FILE: Final = Path(__file__).with_name("weights") / "heads.npz"


def words(texts: list[str], signs: Matrix | None = None) -> Matrix:
    """Return hashed counts of plain words, pairs and character trigrams, rows of unit length: (n, BUCKETS + WIDTH).
    `signs` are the texts' cues where they are known already."""
    made = np.zeros((len(texts), BUCKETS + WIDTH), dtype=np.float32)
    made[:, BUCKETS:] = signs_of(texts) if signs is None else signs
    for row, text in zip(made, texts, strict=True):
        tokens = plain(text).split()
        grams = tokens + [f"{a}_{b}" for a, b in itertools.pairwise(tokens)]
        joined = " ".join(tokens)
        grams += [f"#{joined[i : i + 4]}" for i in range(len(joined) - 3)]
        for bucket, count in Counter(zlib.crc32(gram.encode()) % BUCKETS for gram in grams[:2000]).items():
            row[bucket] = count
        np.log1p(row[:BUCKETS], out=row[:BUCKETS])
        row[:BUCKETS] *= 4.0 / max(float(np.linalg.norm(row[:BUCKETS])), 1.0)
    return made


def meaning(texts: list[str], vectors: Matrix, signs: Matrix | None = None) -> Matrix:
    """Return sentence vectors and cues side by side: (n, 384 + WIDTH), scaled to weigh alike."""
    return np.hstack([vectors * 4.0, signs_of(texts) if signs is None else signs]).astype(np.float32)


def signs_of(texts: list[str]) -> Matrix:
    """Return the cues of each text: (n, WIDTH)."""
    return np.stack([features(text) for text in texts]) if texts else np.zeros((0, WIDTH), dtype=np.float32)


@dataclass(frozen=True)
class Linear:
    """One head: `weights` (classes, features), `bias` (classes,), `temperature` calibrates its log-odds."""

    weights: Matrix
    bias: Matrix
    temperature: float = 1.0

    def log_odds(self, inputs: Matrix) -> Matrix:
        """Return unnormalised log-probabilities, shape (n, classes)."""
        raw: Matrix = (inputs @ self.weights.T + self.bias) / np.float32(self.temperature)
        return raw


@dataclass(frozen=True)
class Heads:
    """All heads of one kind of input, with the centre of the vectors they were fitted on."""

    words: dict[str, Linear]
    meaning: dict[str, Linear]
    centre: Matrix
    revision: str

    def answer(self, texts: list[str], vectors: Matrix | None) -> dict[str, Matrix]:
        """Return the probabilities of every head, (n, classes); `lexical` is the risk of words alone."""
        odds = self._odds(texts, vectors)
        return _probabilities(odds, "lexical" if vectors is None else BOTH)

    def parts(self, texts: list[str], vectors: Matrix | None) -> dict[str, dict[str, Matrix]]:
        """Return what each part answers alone, and both together."""
        odds = self._odds(texts, vectors)
        return {part: _probabilities(odds, part) for part in odds}

    def _odds(self, texts: list[str], vectors: Matrix | None) -> dict[str, dict[str, Matrix]]:
        signs = signs_of(texts)
        counted = words(texts, signs)
        odds = {"lexical": {name: head.log_odds(counted) for name, head in self.words.items()}}
        if vectors is not None:
            inputs = meaning(texts, vectors, signs)
            odds["transformer"] = {name: head.log_odds(inputs) for name, head in self.meaning.items()}
            pairs = {name: (one, odds["transformer"][name]) for name, one in odds["lexical"].items()}
            odds[BOTH] = {name: np.mean(pair, axis=0) for name, pair in pairs.items()}
        return odds

    def save(self, file: Path) -> None:
        """Write the heads as float16 arrays."""
        arrays: dict[str, Any] = {"centre": self.centre.astype(np.float32)}
        temperatures = {}
        for kind, heads in (("words", self.words), ("meaning", self.meaning)):
            for name, head in heads.items():
                arrays[f"{kind}.{name}.weights"] = head.weights.astype(np.float16)
                arrays[f"{kind}.{name}.bias"] = head.bias.astype(np.float32)
                temperatures[f"{kind}.{name}"] = head.temperature
        about = json.dumps({"revision": self.revision, "temperatures": temperatures})
        np.savez_compressed(file, about=np.frombuffer(about.encode(), dtype=np.uint8), **arrays)


def load_heads(file: Path = FILE) -> Heads:
    """Read the shipped heads. Raises `OSError` or `ValueError` when the file is missing or broken."""
    with file.open("rb") as raw, np.load(raw, allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        made: dict[str, dict[str, Linear]] = {"words": {}, "meaning": {}}
        for kind, heads in made.items():
            for name in HEADS:
                heads[name] = Linear(
                    stored[f"{kind}.{name}.weights"].astype(np.float32),
                    stored[f"{kind}.{name}.bias"],
                    float(about["temperatures"][f"{kind}.{name}"]),
                )
        return Heads(made["words"], made["meaning"], stored["centre"], str(about["revision"]))


def _probabilities(odds: dict[str, dict[str, Matrix]], part: str) -> dict[str, Matrix]:
    return {"lexical": softmax(odds["lexical"]["risk"])} | {name: softmax(one) for name, one in odds[part].items()}


def softmax(odds: NDArray[Any]) -> Matrix:
    """Probabilities from log-odds along the last axis."""
    shifted = np.exp(odds - odds.max(axis=-1, keepdims=True))
    made: Matrix = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
    return made
