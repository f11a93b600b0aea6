"""What matching and grouping are worth: known claims found again, and the pairs written by hand.

`python -m tests.bench.claims [--data FOLDER]` prints every figure with its 95 % interval, for the encoder that
LOA_MODEL names (the shipped one without it). FOLDER is that of en_ct20_claims.

`--fit` also fits the weights of `monitor.match` and `monitor.claims.likeness` and the least cosine of
`monitor.claims.known` anew, on the training queries and the open half of the pairs. `--held` runs the held half: once,
at the end, never to tune on. `--lexical` runs without an encoder.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.claims import Grouper, Text, spreads
from monitor.claims.known import MEANING
from monitor.claims.likeness import SMOOTHING
from monitor.claims.words import content
from monitor.match import Matcher
from monitor.scoring import open_scorer
from monitor.scoring.base import Score, Scorer

PAIRS: Final = Path(__file__).parents[1] / "monitor" / "pairs"
AT: Final = datetime(2026, 11, 24, tzinfo=UTC)
BEST: Final = 5
CANDIDATES: Final = 60
STRANGERS: Final = 0.25
"""Of two sentences that share so many of their words nobody knows whether they speak of one thing."""
FALSE: Final = 1 / 2000
"""So many strangers may be taken for the same by their meaning."""


def rows(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean and its 95 % interval, by bootstrap with a fixed seed."""
    all_, rng = np.array(values, dtype=float), np.random.default_rng(0)
    means = [all_[rng.integers(0, len(all_), len(all_))].mean() for _ in range(2000)]
    return float(all_.mean()), *np.percentile(means, [2.5, 97.5]).tolist()


def told(what: str, values: Sequence[float]) -> None:
    """Print one figure."""
    mean, low, high = interval(values)
    print(f"{what:42} {mean:.4f}  (95 %: {low:.3f} to {high:.3f}, n={len(values)})", flush=True)


# -- known claims ---------------------------------------------------------------------------------------------------


def average_precision(ranked: Sequence[str], relevant: Sequence[str]) -> float:
    """Of the best five, as CLEF counts it."""
    hits, total = 0, 0.0
    for place, name in enumerate(ranked[:BEST], 1):
        if name in relevant:
            hits += 1
            total += hits / place
    return total / min(len(relevant), BEST)


def matching(scorer: Scorer, folder: Path, *, fit: bool) -> None:
    """MAP@5, recall@5 and MRR on the dev queries; with `fit` new weights from the training queries."""
    claims = [(c["id"], f"{c['title']} {c['claim']}") for c in rows(folder / "claims.jsonl")]
    matcher = Matcher(claims, scorer)
    queries = rows(folder / "queries_dev.jsonl")
    found = [r.claims for r in matcher.rank([q["text"] for q in queries], 20)]
    relevant = [q["relevant"] for q in queries]
    told("ct20 dev MAP@5", [average_precision(f, r) for f, r in zip(found, relevant, strict=True)])
    told("ct20 dev recall@5", [float(bool(set(f[:BEST]) & set(r))) for f, r in zip(found, relevant, strict=True)])
    places = [next((1 / p for p, n in enumerate(f, 1) if n in r), 0.0) for f, r in zip(found, relevant, strict=True)]
    told("ct20 dev MRR", places)
    if fit:
        _fit_matching(matcher, rows(folder / "queries_train.jsonl"))


def _fit_matching(matcher: Matcher, queries: Sequence[dict[str, Any]]) -> None:
    groups = []
    vectors = matcher.vectors_of([q["text"] for q in queries])
    for i, query in enumerate(queries):
        measures = matcher.measures(query["text"], None if vectors is None else vectors[i])
        near = np.unique(np.argsort(-measures, axis=0, kind="stable")[:CANDIDATES])
        right = np.isin(np.array(matcher.ids)[near], query["relevant"])
        if right.any():
            groups.append((measures[near], right))
    weights = listwise(groups)
    print("monitor.match WEIGHTS:", np.round(weights / weights.sum(), 3).tolist())


def listwise(groups: Sequence[tuple[NDArray[Any], NDArray[Any]]], rounds: int = 400) -> NDArray[Any]:
    """Weights that make the right row of each group the likeliest, by gradient ascent with momentum."""
    weights, speed = np.ones(groups[0][0].shape[1]) * 5, np.zeros(groups[0][0].shape[1])
    for _ in range(rounds):
        slope = np.zeros_like(weights)
        for measures, right in groups:
            chance = np.exp(measures @ weights - (measures @ weights).max())
            chance /= chance.sum()
            slope += measures.T @ (chance * right / max((chance * right).sum(), 1e-300) - chance)
        speed = 0.9 * speed + 3.0 * slope / len(groups)
        weights = weights + speed
    return weights


# -- pairs ----------------------------------------------------------------------------------------------------------

RIGHT: Final[dict[str, Callable[[str], bool]]] = {
    "same": lambda came: came == "asserts",
    "opposite": lambda came: came == "denies",
    "question": lambda came: came == "asks",
    "unrelated": lambda came: came == "apart",
}


def pairs(scorer: Scorer, half: str) -> None:
    """Each pair through the grouper: the first text founds a claim, what becomes of the second?"""
    all_ = rows(PAIRS / f"{half}.jsonl")
    texts = sorted({row[side] for row in all_ for side in ("a", "b")})
    scores = dict(zip(texts, scorer.score(texts), strict=True))
    came = [_second(row, scores) for row in all_]
    print(f"pairs, {half} half: kind -> what became of the second text")
    for kind, right in RIGHT.items():
        mine = [c for row, c in zip(all_, came, strict=True) if row["kind"] == kind]
        named = [row["kind"] == kind for row, c in zip(all_, came, strict=True) if right(c)]
        print(f"  {kind:10} {dict(Counter(mine))}")
        told(f"  {kind}: recall", [float(right(c)) for c in mine])
        told(f"  {kind}: precision", [float(n) for n in named] or [0.0])
    joined = [row["kind"] == "unrelated" for row, c in zip(all_, came, strict=True) if c != "apart"]
    told("  joined that should not have", [float(j) for j in joined])
    spread = [row["kind"] == "same" for row, c in zip(all_, came, strict=True) if c == "asserts"]
    told("  counted as saying the same, and did", [float(s) for s in spread] or [0.0])
    variants = sorted({row["variant"] for row in all_})
    for variant in variants:
        told(
            f"  variant {variant}",
            [float(RIGHT[r["kind"]](c)) for r, c in zip(all_, came, strict=True) if r["variant"] == variant],
        )


def _second(row: dict[str, str], scores: dict[str, Score]) -> str:
    """`apart`, or the stance the second text takes to the claim; who comments without asking or denying repeats it."""
    grouper = Grouper()
    first = dataclasses.replace(scores[row["a"]], risk=0.9, stance="asserts", category="misinformation")
    grouper.assign(Text("a", row["a"], AT, "x", "facebook", first))
    second = dataclasses.replace(scores[row["b"]], claim=1.0)
    claim = grouper.assign(Text("b", row["b"], AT, "y", "facebook", second))
    if claim is None or claim.key != "a":
        return "apart"
    member = claim.member("b")
    stance = member.score.stance if member else "apart"
    return "asserts" if stance == "comments" or (member and spreads(member.score)) else stance


def _fit_likeness(scorer: Scorer) -> None:
    from sklearn.linear_model import LogisticRegression

    all_ = rows(PAIRS / "open.jsonl")
    far = [(one["a"], other["b"]) for one, other in zip(all_, all_[37:] + all_[:37], strict=True)]
    given = [(r["a"], r["b"], r["kind"] != "unrelated") for r in all_] + [(a, b, False) for a, b in far]
    texts = sorted({t for a, b, _ in given for t in (a, b)})
    vectors = dict(zip(texts, (s.vector for s in scorer.score(texts)), strict=True))
    known = np.array([_measures(a, b, vectors) for a, b, _ in given])
    for name, columns in (("WITH_VECTOR", [0, 1, 2]), ("BY_WORDS", [1, 2])):
        model = LogisticRegression(C=30).fit(known[:, columns], [same for _, _, same in given])
        print(f"monitor.claims.likeness {name}:", model.intercept_.round(2).tolist(), model.coef_[0].round(2).tolist())


def _fit_meaning(scorer: Scorer) -> None:
    """The cosine that sentences of different stories hardly ever reach, and whom it finds that shares no words."""
    all_ = [row for half in ("open", "paraphrases_open") for row in rows(PAIRS / f"{half}.jsonl")]
    story = {row[side]: row["template"] for row in all_ for side in ("a", "b")}
    vectors = dict(zip(story, (s.vector for s in scorer.score(list(story))), strict=True))
    known = [(cosine, *shares) for cosine, *shares in _strangers(story, vectors)]
    least = float(np.quantile([cosine for cosine, _, greater in known if greater < STRANGERS], 1 - FALSE))
    print("monitor.claims.known MEANING:", round(least, 2), f"of {len(known)} pairs")


def _strangers(story: dict[str, str], vectors: dict[str, Any]) -> list[list[float]]:
    pairs = itertools.combinations(sorted(story), 2)
    return [_measures(a, b, vectors) for a, b in pairs if story[a] != story[b]]


def paraphrases(scorer: Scorer, half: str) -> None:
    """Which of the sentences that share no words are named beside the claim, out of a library of all claims?"""
    all_ = rows(PAIRS / f"paraphrases_{half}.jsonl")
    texts = sorted({row[side] for row in all_ for side in ("a", "b")})
    vectors = dict(zip(texts, (s.vector for s in scorer.score(texts)), strict=True))
    claims = sorted({row["a"] for row in all_})
    for kind in ("same", "unrelated"):
        mine = [row for row in all_ if row["kind"] == kind]
        cosines = [{a: _measures(a, row["b"], vectors)[0] for a in claims} for row in mine]
        right = [found[row["a"]] for row, found in zip(mine, cosines, strict=True)]
        told(f"paraphrases, {half} half, {kind}: named", [float(c >= MEANING) for c in right])
        if kind == "same":
            first = [float(c == max(found.values())) for c, found in zip(right, cosines, strict=True)]
            told(f"paraphrases, {half} half, {kind}: nearest", first)


def _measures(a: str, b: str, vectors: dict[str, Any]) -> list[float]:
    rarity = 3.7  # of a word of which nothing is known
    mine, other = content(a), content(b)
    common = rarity * len(mine & other)
    shares = sorted(common / (rarity * len(words) + SMOOTHING) for words in (mine, other))
    cosine = 0.0 if vectors[a] is None else max(0.0, float(vectors[a] @ vectors[b]))
    return [cosine, *shares]


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("fit", "held", "lexical"):
        parser.add_argument(f"--{option}", action="store_true")
    parser.add_argument("--data", type=Path, help="the folder of en_ct20_claims; without it only the pairs are run")
    asked = parser.parse_args()
    scorer = open_scorer("lexical" if asked.lexical else os.environ.get("LOA_MODEL") or None)
    print("model", scorer.revision)
    pairs(scorer, "held" if asked.held else "open")
    if not scorer.degraded:
        paraphrases(scorer, "held" if asked.held else "open")
    if asked.fit:
        _fit_likeness(scorer)
        if not scorer.degraded:
            _fit_meaning(scorer)
    if asked.data is not None:
        matching(scorer, asked.data, fit=asked.fit)


if __name__ == "__main__":
    main()
