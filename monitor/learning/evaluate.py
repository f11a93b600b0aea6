"""All figures of the model that scores now and of the detector of bursts, from a folder of labelled texts and series:
`loa evaluate`.

Each of the model is given for the transformer alone, for the words alone and for both. The texts are scored once; what
is not in the folder is left out and named.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from monitor.learning.figures import Figure, Floats, alarm_rates, auc, average_precision, figure, resamples
from monitor.match import Matcher, bare
from monitor.scoring.base import BOTH, PARTS, PartedScorer, Score, Scorer
from monitor.spikes.nab import Parts, Series, at_threshold, scores_of
from monitor.variants import HANDS

Rows = Callable[[str], list[dict[str, Any]]]
"""Reads one file of the folder; no rows where it is not there."""

BATCH: Final = 256
COMMENTS: Final = 2000
"""So many of the everyday comments are enough for a share."""
UNRELIABLE: Final = "vi_reintel"
FAIR: Final = ("yes_blame_authorities", "yes_calls_for_action", "yes_asks_question")
"""What a tweet may do to the authorities without misinforming anybody (CheckThat! 2022)."""
TOP: Final = 5
BURSTS: Final = "nab_tweets"
"""The set of series, and its folder."""


@dataclass(frozen=True)
class Labelled:
    """A set whose label one head answers: `head` is risk or claim."""

    name: str
    head: str
    texts: list[str]
    labels: list[bool]


@dataclass(frozen=True)
class Material:
    """Everything that is measured on."""

    labelled: list[Labelled]
    calm: dict[str, list[str]]
    variants: dict[str, list[str]]
    claims: list[tuple[str, str]]
    queries: list[tuple[str, set[str]]]
    series: list[Series] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def texts(self) -> list[str]:
        """Every text once, the longest last."""
        found: dict[str, None] = {}
        for texts in (*(s.texts for s in self.labelled), *self.calm.values(), *self.variants.values()):
            found |= dict.fromkeys(texts)
        matched = (*(text for _, text in self.claims), *(text for text, _ in self.queries))
        found |= dict.fromkeys(bare(text) for text in matched)  # which is what the matcher asks for
        return sorted(found, key=len)


_LABELLED: Final = (
    # name, file, head, label
    ("vi_reintel", "vi_reintel/dev.jsonl", "risk", "label"),
    ("en_constraint", "en_constraint/dev.jsonl", "risk", "label"),
    ("multi_ct22 harmful", "multi_ct22/dev.jsonl", "risk", "harmful"),
    ("multi_ct22 claim", "multi_ct22/dev.jsonl", "claim", "claim"),
    ("en_pheme", "en_pheme/dev.jsonl", "risk", "label"),
    ("de_germeval21", "de_germeval21/dev.jsonl", "claim", "label"),
    ("en_covid_rumor", "en_covid_rumor/dev.jsonl", "risk", "label"),
    ("vi_vfnd", "vi_vfnd/dev.jsonl", "risk", "label"),
)


def gather(rows: Rows, criticism: Sequence[str] = (), series: Sequence[Series] = ()) -> Material:
    """Read what is there. Labels other than 0 and 1 (unverified, unknown) are left out. `series`: counts with the
    bursts that people marked."""
    labelled, missing = [], []
    for name, file, head, label in _LABELLED:
        known = [r for r in rows(file) if r.get(label) in (0, 1)]
        if {r[label] for r in known} == {0, 1}:
            labelled.append(Labelled(name, head, [r["text"] for r in known], [r[label] == 1 for r in known]))
        else:
            missing.append(name)
    calm = {
        "vi_hsd clean": [r["text"] for r in rows("vi_hsd/dev.jsonl") if r.get("label") == 0],
        "vi_comments": _some([r["text"] for r in rows("vi_comments/unlabelled.jsonl")], COMMENTS),
        "multi_ct22 criticism": [
            r["text"] for r in rows("multi_ct22/dev.jsonl") if r.get("attention") in FAIR and r.get("harmful") == 0
        ],
        "criticism file": list(criticism),
    }
    missing += [name for name, texts in calm.items() if not texts]
    claims = [(r["id"], f"{r.get('title', '')} {r['claim']}") for r in rows("en_ct20_claims/claims.jsonl")]
    queries = [(r["text"], set(r["relevant"])) for r in rows("en_ct20_claims/queries_dev.jsonl")]
    if not (claims and queries):
        missing.append("en_ct20_claims")
    if not series:
        missing.append(BURSTS)
    retyped = next((s.texts for s in labelled if s.name == UNRELIABLE), [])
    return Material(
        labelled,
        {name: texts for name, texts in calm.items() if texts},
        {hand: _retyped(hand, retyped) for hand in HANDS} if retyped else {},
        claims,
        queries if claims else [],
        list(series),
        missing,
    )


def _some(texts: Sequence[str], most: int) -> list[str]:
    return random.Random(1).sample(list(texts), min(most, len(texts)))


def _retyped(hand: str, texts: Sequence[str]) -> list[str]:
    rng = random.Random(hand)
    return [HANDS[hand](text, rng) for text in texts]


class Scored:
    """What each part of the model says of each text. A scorer for one part, for those who ask one."""

    def __init__(self, scorer: PartedScorer) -> None:
        self._scorer = scorer
        self._known: dict[str, dict[str, Score]] = {}

    @property
    def parts(self) -> list[str]:
        """The parts that answered, in the order of `PARTS`."""
        return [part for part in PARTS if part in self._known]

    def take(self, texts: Sequence[str], step: Callable[[int], None]) -> None:
        """Score texts; `step` hears how many characters are done: long ones take their time."""
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            for part, scores in self._scorer.parts(batch).items():
                self._known.setdefault(part, {}).update(zip(batch, scores, strict=True))
            step(sum(map(len, batch)))

    def answers(self, part: str, head: str, texts: Iterable[str]) -> Floats:
        """The probabilities of one head."""
        known = self._known[part]
        return np.array([getattr(known[text], head) for text in texts], dtype=np.float64)

    def alone(self, part: str) -> Scorer:
        """A scorer that remembers what this part said."""
        return _Remembered(self._scorer, part, self._known[part])


class _Remembered:
    degraded, reason = False, ""

    def __init__(self, scorer: PartedScorer, part: str, known: Mapping[str, Score]) -> None:
        self._scorer, self._part, self._known = scorer, part, dict(known)
        self.revision = scorer.revision

    def score(self, texts: Sequence[str]) -> list[Score]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._scorer.parts(new)[self._part], strict=True))
        return [self._known[text] for text in texts]


def measure(material: Material, scored: Scored) -> list[Figure]:
    """Every figure, part by part. Pure once the texts are scored."""
    made = [f for part in scored.parts for f in _discrimination(material, scored, part)]
    made += [f for part in scored.parts for f in _false_alarms(material, scored, part)]
    made += [f for part in scored.parts for f in _losses(material, scored, part)]
    return made + _retrieval(material, scored) + _bursts(material.series)


def _discrimination(material: Material, scored: Scored, part: str) -> list[Figure]:
    made = []
    for known in material.labelled:
        answers = scored.answers(part, known.head, known.texts)
        found = auc(answers, np.array(known.labels), resamples(len(known.texts)))
        made.append(figure(f"ROC-AUC {known.name}", part, found, len(known.texts)))
    return made


def _false_alarms(material: Material, scored: Scored, part: str) -> list[Figure]:
    known = next((s for s in material.labelled if s.name == UNRELIABLE), None)
    if known is None:
        return []
    bad = scored.answers(part, "risk", [t for t, label in zip(known.texts, known.labels, strict=True) if label])
    calm = dict(material.calm)
    if len(calm) > 1:
        calm["all of these"] = [text for texts in calm.values() for text in texts]
    return [
        figure(f"false alarms {name}", part, alarm_rates(bad, scored.answers(part, "risk", texts)), len(texts))
        for name, texts in calm.items()
    ]


def _losses(material: Material, scored: Scored, part: str) -> list[Figure]:
    """ROC-AUC lost when the same posts are typed otherwise; both on the same resamples."""
    known = next((s for s in material.labelled if s.name == UNRELIABLE), None)
    if known is None:
        return []
    labels, weights = np.array(known.labels), resamples(len(known.texts))
    whole = auc(scored.answers(part, "risk", known.texts), labels, weights)
    return [
        figure(
            f"loss {hand}", part, whole - auc(scored.answers(part, "risk", texts), labels, weights), len(known.texts)
        )
        for hand, texts in material.variants.items()
    ]


def _retrieval(material: Material, scored: Scored) -> list[Figure]:
    """MAP@5 of the known claims: words alone and both as the matcher weighs them, the vectors alone by cosine."""
    if not material.queries:
        return []
    texts = [text for text, _ in material.queries]
    weights = resamples(len(texts))
    made = []
    for part in scored.parts:
        if part in (BOTH, "lexical"):
            found = Matcher(material.claims, scored.alone(part)).rank(texts, TOP)
            ranked = [one.claims for one in found]
        else:
            ranked = _by_cosine(material.claims, texts, scored.alone(part))
        each = [average_precision(rel, r, TOP) for (_, rel), r in zip(material.queries, ranked, strict=True)]
        precision = weights @ np.array(each) / weights.sum(axis=1)
        made.append(figure("MAP@5 en_ct20_claims", part, precision, len(texts)))
    return made


def _bursts(series: Sequence[Series]) -> list[Figure]:
    """The benchmark's standard score of the detector; the interval is over the series, which are few."""
    if not series:
        return []
    parts = [at_threshold(one, scores_of(one)) for one in series]
    gained, missed, lost, windows = np.array([(p.gained, p.missed, p.lost, p.windows) for p in parts]).T
    found = np.array(
        [Parts(w @ gained, w @ missed, w @ lost, w @ windows).score() for w in resamples(len(series))], dtype=np.float64
    )
    return [figure(f"NAB standard {BURSTS}", "detector", found, sum(len(one.values) for one in series))]


def _by_cosine(claims: Sequence[tuple[str, str]], texts: Sequence[str], scorer: Scorer) -> list[list[str]]:
    ids = [i for i, _ in claims]
    known, asked = (
        np.stack([s.vector for s in scorer.score(ts) if s.vector is not None]) for ts in ([t for _, t in claims], texts)
    )
    nearest = np.argsort(-(asked @ known.T), axis=1, kind="stable")[:, :TOP]
    return [[ids[j] for j in row] for row in nearest]
