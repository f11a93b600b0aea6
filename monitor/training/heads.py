"""Fits the linear heads on what the exported encoder gives, and mixes them with the words.

The encoder's features are those of the file that is shipped, int8 and all. The words are weighed by how rare they are;
that weight is folded into the heads, so nothing but the heads has to be kept. How much encoder and words count in an
answer, and how far the odds are stretched, is chosen on the `dev` files: a handful of numbers for thousands of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from monitor.scoring.base import KINDS
from monitor.scoring.heads import (
    BUCKETS,
    BY_KIND,
    HEADS,
    HEIGHT,
    ROWS,
    WORDS_WIDTH,
    Heads,
    Linear,
    Matrix,
    Mix,
    Words,
    halves,
    meaning,
    signs_of,
    words,
)
from monitor.scoring.transformer import Encoded
from monitor.training.examples import Example

WORDS_C: Final = 3.0
MEANING_C: Final = 1.0
LEAST_ODDS: Final = -20.0
"""Of a class that was never seen."""
LEAST_OF_A_CLASS: Final = 20
"""Rows that a kind needs of yes and of no before it is learned."""
SOLVER: Final[dict[str, Any]] = {"max_iter": 300}
QUICK: Final[dict[str, Any]] = {"max_iter": 100, "tol": 1e-3}
"""For heads of many classes: more steps change no answer."""
VIETNAMESE: Final = ("comment", "post")
"""What the vectors are centred on: with other languages among them, all Vietnamese texts look alike."""
IN_DOUBT: Final = ("post", 4.0)
"""A text that may be talk or a post counts as a post, by these log-odds: unreliable posts are often written like talk
(ROC-AUC on ReINTEL 0.900 -> 0.920), and of everyday comments 3.1 % instead of 0.7 % stand above half of them."""


@dataclass(frozen=True)
class Labelled:
    """Rows that have a label, its number, and how much each counts."""

    rows: NDArray[np.int64]
    numbers: NDArray[np.int64]
    weights: NDArray[np.float64]


def fit(
    examples: Sequence[Example], encoded: Encoded, tuning: Sequence[Example], tuned: Encoded, revision: str
) -> Heads:
    """Fit every head on `examples`, and the mix on `tuning`, whose rows nobody has learned."""
    assert encoded.states is not None and tuned.states is not None
    signs = signs_of([e.text for e in examples])
    bags, rarity = counted([words(e.text, row) for e, row in zip(examples, signs, strict=True)])
    by_words = fit_all(bags @ diags(rarity), examples, WORDS_C)
    by_words = Linear((by_words.weights * rarity[:, None]).astype(np.float32), by_words.bias)
    by_meaning = fit_all(meaning(encoded.states, signs), examples, MEANING_C)
    learned = {name: np.array([_enough(labelled(name, examples, kind).numbers) for kind in KINDS]) for name in BY_KIND}
    vietnamese = np.array([e.kind in VIETNAMESE for e in examples])
    centre = encoded.vectors[vietnamese].mean(axis=0).astype(np.float32)
    made = Heads(by_words, by_meaning, halves(), learned, centre, revision)
    odds = made.odds([e.text for e in tuning], tuned.states)
    mix = mixed(learned, tuning, odds["lexical"], odds["transformer"])
    return Heads(by_words, by_meaning, mix, learned, centre, revision)


def on_unseen_groups(
    examples: Sequence[Example], encoded: Encoded, kind: str, heads: Heads
) -> tuple[list[bool], dict[str, NDArray[Any]]]:
    """The risk of one kind's rows by heads that were fitted without the row's own group (a news event): the labels, and
    the log-odds of words, encoder and both."""
    assert encoded.states is not None
    mine = [i for i, e in enumerate(examples) if e.kind == kind and e.risk is not None]
    some = [examples[i] for i in mine]
    signs = signs_of([e.text for e in some])
    bags, rarity = counted([words(e.text, row) for e, row in zip(some, signs, strict=True)])
    inputs = {"lexical": bags @ diags(rarity), "transformer": meaning(encoded.states[mine], signs)}
    found = {part: np.zeros(len(some)) for part in inputs}
    for group in sorted({e.group for e in some}):
        seen = np.flatnonzero([e.group != group for e in some])
        asked = np.flatnonzero([e.group == group for e in some])
        numbers, weights = np.array([examples[mine[i]].risk for i in seen]), np.array([some[i].weight for i in seen])
        for part, c in (("lexical", WORDS_C), ("transformer", MEANING_C)):
            model = LogisticRegression(C=c, **SOLVER).fit(inputs[part][seen], numbers, sample_weight=weights)
            found[part][asked] = model.decision_function(inputs[part][asked])
    row = ROWS["risk"].start + KINDS.index(kind)
    both = heads.mix.words[row] * found["lexical"] + heads.mix.encoder[row] * found["transformer"]
    return [e.risk == 1 for e in some], found | {"both": both}


def counted(rows: Sequence[Words]) -> tuple[Any, NDArray[np.float64]]:
    """The words of every text as a sparse matrix, and how rare each is: (texts, WORDS_WIDTH) and (WORDS_WIDTH,)."""
    ends = np.cumsum([0, *(len(row.places) for row in rows)])
    places = np.concatenate([row.places for row in rows])
    bags = csr_matrix((np.concatenate([row.amounts for row in rows]), places, ends), shape=(len(rows), WORDS_WIDTH))
    seen = np.bincount(places, minlength=WORDS_WIDTH)
    rarity = np.log((1 + len(rows)) / (1 + seen)) + 1
    rarity[BUCKETS:] = 1.0  # the cues are few and each means something
    return bags, rarity


def fit_all(inputs: Any, examples: Sequence[Example], c: float) -> Linear:
    """All heads by logistic regression; a class that nobody has is never answered."""
    weights = np.zeros((HEIGHT, inputs.shape[1]), dtype=np.float32)
    bias = np.full(HEIGHT, LEAST_ODDS, dtype=np.float32)
    for name in HEADS:
        if name in BY_KIND:
            for row, kind in zip(range(HEIGHT)[ROWS[name]], KINDS, strict=True):
                found = labelled(name, examples, kind)
                if _enough(found.numbers):
                    model = LogisticRegression(C=c, solver="liblinear", random_state=1, **SOLVER)
                    model.fit(inputs[found.rows], found.numbers, sample_weight=found.weights)
                    weights[row], bias[row] = model.coef_[0], model.intercept_[0]
            continue
        found = labelled(name, examples)
        rows = ROWS[name].start + np.unique(found.numbers)
        bias[rows] = 0.0  # the one answer that a set knows is always given
        if len(rows) < 2:
            continue
        model = LogisticRegression(C=c, class_weight="balanced", **QUICK)
        model.fit(inputs[found.rows], found.numbers, sample_weight=found.weights)
        two = np.array([[-0.5], [0.5]])  # of two answers the solver gives one row
        weights[rows] = two * model.coef_ if len(rows) == 2 else model.coef_
        bias[rows] = two[:, 0] * model.intercept_ if len(rows) == 2 else model.intercept_
    kind, more = IN_DOUBT
    bias[ROWS["kind"].start + KINDS.index(kind)] += more
    return Linear(np.ascontiguousarray(weights.T), bias)


def labelled(name: str, examples: Sequence[Example], kind: str | None = None) -> Labelled:
    """The rows that have this head's label, of one kind of writing or of all."""
    answers: list[Any] = [0, 1] if name in BY_KIND else list(HEADS[name])
    rows = [i for i, e in enumerate(examples) if getattr(e, name) is not None and kind in (None, e.kind)]
    numbers = [answers.index(getattr(examples[i], name)) for i in rows]
    return Labelled(
        np.array(rows, dtype=int), np.array(numbers, dtype=int), np.array([examples[i].weight for i in rows])
    )


def mixed(
    learned: dict[str, NDArray[np.bool_]], tuning: Sequence[Example], by_words: Matrix, by_encoder: Matrix
) -> Mix:
    """Risk and claim: two weights and a shift for each kind, by logistic regression on rows that nobody learned. Kinds
    without such rows of both answers take those of posts, which are Vietnamese as well. The other heads: halves."""
    made, fitted = halves(), np.zeros(HEIGHT, dtype=bool)
    for name in BY_KIND:
        for number, kind in enumerate(KINDS):
            found, row = labelled(name, tuning, kind), ROWS[name].start + number
            if not learned[name][number] or not _enough(found.numbers):
                continue
            odds = np.stack([by_words[found.rows, row], by_encoder[found.rows, row]], axis=1)
            model = LogisticRegression(C=1.0, **SOLVER).fit(odds, found.numbers, sample_weight=found.weights)
            made.words[row], made.encoder[row] = np.maximum(0.0, model.coef_[0])
            made.shift[row] = model.intercept_[0]
            fitted[row] = True
        post = ROWS[name].start + KINDS.index(IN_DOUBT[0])
        unfitted = ROWS[name].start + np.flatnonzero(learned[name])
        unfitted = unfitted[~fitted[unfitted]]
        if fitted[post]:
            for part in (made.words, made.encoder, made.shift):
                part[unfitted] = part[post]
    return made


def _enough(numbers: NDArray[np.int64]) -> bool:
    counts = np.bincount(numbers, minlength=2)
    return bool(counts.min() >= LEAST_OF_A_CLASS)
