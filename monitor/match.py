"""Which known claims does a text speak of? Words, pieces of words and meaning together, best first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.base import Scorer
from monitor.text import plain

K1: Final = 1.2
B: Final = 0.6
PIECE: Final = 4
"""Letters of the pieces of words: names and compounds that are written in several ways share most of them."""


class Weights(NamedTuple):
    """What each measure counts for. BM25 is taken relative to the best claim, meaning as the cosine.

    A listwise logistic fit on the 796 training queries of CLEF 2020 CheckThat! Task 2; with another encoder
    `python -m tests.bench.claims --fit` prints new ones.
    """

    words: float
    pieces: float
    meaning: float


WEIGHTS: Final = Weights(words=0.113, pieces=0.05, meaning=0.837)

_LINK: Final = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+|@\w+", re.I)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_APOSTROPHE: Final = re.compile(r"['\u2019](?:s\b)?")
_GLUE: Final = """
    the a an of to in and is are was were be been for on at by with that this it its as from or not did does do has have
    had will would you your i me my we our he she they them his her their us but if so just all what when who how out up
    about no can more after than then there over into also one
"""
GLUE: Final = frozenset(_GLUE.split())
_ENDINGS: Final = (
    ("ations", 5), ("ation", 5), ("ingly", 4), ("ings", 4), ("ing", 3), ("edly", 4), ("ies", 2), ("ied", 2), ("ers", 4),
    ("er", 4), ("ed", 3), ("es", 3), ("ly", 4), ("s", 3), ("e", 3),
)  # fmt: skip
"""English endings, and how many letters must stand before them. No Vietnamese syllable has one of the long ones."""


@dataclass(frozen=True)
class Ranked:
    """The claims for one text, best first, with their scores (0..1, comparable within one text)."""

    claims: list[str]
    scores: list[float]


class Matcher:
    """Holds the claims; `rank` is asked text by text. `claims` are (id, text) pairs, each text its title and words.

    A claim that stands there twice is ranked once, under its first id: its repeats come after all others.
    """

    def __init__(self, claims: Sequence[tuple[str, str]], scorer: Scorer, weights: Weights = WEIGHTS) -> None:
        self._scorer, self._weights = scorer, weights
        split = [(name, text, words_of(text)) for name, text in claims]
        firsts = {tuple(words): name for name, _, words in reversed(split)}
        once = [(name, text, words) for name, text, words in split if firsts[tuple(words)] == name]
        self.ids = [name for name, _, _ in once]
        """The claims that are not repeats, in order."""
        self._repeats = [name for name, _, words in split if firsts[tuple(words)] != name]
        self._words = Bm25([words for _, _, words in once])
        self._pieces = Bm25([sorted(pieces(words)) for _, _, words in once])
        self._vectors = self.vectors_of([text for _, text, _ in once])

    def vectors_of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """The sentence vectors, links and tags left out; None when there is no encoder."""
        vectors = [score.vector for score in self._scorer.score([bare(text) for text in texts])]
        if not vectors or any(v is None for v in vectors):
            return None
        return np.stack([v for v in vectors if v is not None])

    def rank(self, texts: Sequence[str], top: int) -> list[Ranked]:
        """Return the `top` best claims for every text."""
        vectors = self.vectors_of(texts)
        found = []
        for i, text in enumerate(texts):
            score = self.measures(text, None if vectors is None else vectors[i]) @ np.array(self._weights)
            order = np.argsort(-score, kind="stable")[:top]
            names = [self.ids[j] for j in order] + self._repeats
            scores = [round(float(score[j]), 6) for j in order] + [0.0] * len(self._repeats)
            found.append(Ranked(names[:top], scores[:top]))
        return found

    def measures(self, text: str, vector: NDArray[np.float32] | None) -> NDArray[np.float64]:
        """Return the three measures of every claim that is not a repeat, in the order of `Weights`: 0..1 each."""
        words = {word for word in words_of(text) if word not in GLUE}
        lexical = (self._words.scores(words), self._pieces.scores(pieces(words)))
        meaning = np.zeros(len(self.ids))
        if vector is not None and self._vectors is not None:
            meaning = np.clip(self._vectors @ vector, 0, 1).astype(np.float64)
        return np.stack([*(each / max(each.max(initial=0.0), 1e-9) for each in lexical), meaning], axis=1)


class Bm25:
    """How well each of the documents answers a set of terms: Okapi BM25 over an inverted index."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._size = len(documents)
        lengths = np.array([len(d) for d in documents], dtype=np.float64)
        norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1.0)) if self._size else lengths
        postings: dict[str, tuple[list[int], list[int]]] = {}
        for row, document in enumerate(documents):
            for term, count in Counter(document).items():
                rows, counts = postings.setdefault(term, ([], []))
                rows.append(row)
                counts.append(count)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for term, (found, often) in postings.items():
            rows_, counts_ = np.array(found), np.array(often, dtype=np.float64)
            idf = math.log(1 + (self._size - len(found) + 0.5) / (len(found) + 0.5))
            self._postings[term] = (rows_, idf * counts_ * (K1 + 1) / (counts_ + norm[rows_]))

    def scores(self, terms: Iterable[str]) -> NDArray[np.float64]:
        """One number a document."""
        made = np.zeros(self._size)
        for term in sorted(terms):
            if term in self._postings:
                rows, weights = self._postings[term]
                made[rows] += weights
        return made


def words_of(text: str) -> list[str]:
    """Plain words, English endings off."""
    return [stem(word) for word in plain(_APOSTROPHE.sub("", bare(text))).split()]


def bare(text: str) -> str:
    """The text without links and tags, hashtags as the words they are made of."""
    return _CAMEL.sub(" ", _LINK.sub(" ", text).replace("#", " ")).strip()


def stem(word: str) -> str:
    """Take one English ending off: a light stemmer, for ranking only."""
    if len(word) < PIECE or word.isdigit():
        return word
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least and not (ending == "s" and word.endswith("ss")):
            return word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
    return word


def pieces(words: Iterable[str]) -> set[str]:
    """The four-letter pieces of words, their ends marked."""
    marked = [f"_{word}_" for word in words]
    return {word[i : i + PIECE] for word in marked for i in range(max(1, len(word) - PIECE + 1))}
