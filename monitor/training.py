"""Fits the small heads from data: `python -m monitor.training DATA OUT`. Needs scikit-learn, the product does not.

From `DATA` only what exists is read (see the project's notes on data): posts labelled unreliable give weak positives,
everyday comments give negatives. The own lines (`training_lines.txt`, data beside this file that is not installed) give
what no public set has: stance, field, harm, and criticism that is not misinformation. Every text is also learned
without diacritics and in slang.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.base import CATEGORIES, FIELDS, HARMS, STANCES
from monitor.scoring.heads import HEADS, Heads, Linear, Matrix, meaning, words
from monitor.scoring.transformer import SHIPPED, Encoder, centred
from monitor.text import TEENCODE, strip_marks

LINES: Final = Path(__file__).with_name("training_lines.txt")
DRAWS: Final = 12
CALM_DRAWS: Final = 24
"""Wordings drawn from each own line; more of what is no rumour, as in life."""
PLACES: Final = (
    "Suối Cát",
    "Suối Đá",
    "Đồi Sim",
    "Bến Tắm",
    "Khe Lau",
    "Gò Đất",
    "Nắng Ấm",
    "Đá Bạc",
    "Vườn Cau",
    "Hồ Sen",
    "Sông Trong",
    "Núi Voi",
    "Cầu Tre",
    "phường Tây",
    "xã Đông",
    "khu phố 4",
    "thôn Thượng",
    "đường Lê Lai",
    "hẻm 9",
    "phố Mới",
)
"""Named in every kind of text alike: where something is must not say what it is."""
NEGATIVES: Final = 5000
POSITIVES: Final = 300
OWN_WEIGHT: Final = 4.0
EVERYDAY_WEIGHT: Final = 0.3
"""An own rumour stands for many, an everyday comment for few: chosen so that rumours of themes that were held out reach
the threshold of an alarm while criticism stays far below it (tests/monitor/test_quality.py)."""
RISK_C: Final = 0.3
FITS: Final = 5
"""Each with wordings, hands and everyday texts of its own; the mean of the heads is what is kept. A single draw decides
too much: between two of them the mean risk of one rumour moved from 0.48 to 0.61."""
_CHOICE: Final = re.compile(r"\{([^{}]*)\}")
_SLANG: Final = {word: short for short, word in reversed(list(TEENCODE.items())) if " " not in word}


@dataclass(frozen=True)
class Example:
    """A text and the label of each head; None where nobody knows."""

    text: str
    risk: int
    claim: int | None = None
    category: str | None = None
    stance: str | None = None
    field: str | None = None
    harm: int | None = None
    weight: float = 1.0


def own_lines() -> list[str]:
    """The own lines, one pattern each: `category|stance|field|harm|text`."""
    return [line for line in LINES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def own_examples(rng: random.Random) -> list[Example]:
    """Draw wordings of the own lines, as typed by different hands."""
    made = []
    for line in own_lines():
        category, stance, field, harm, pattern = line.split("|", 4)
        asserted = category in ("misinformation", "scam")
        claim = int(asserted or stance == "denies" or category in ("warning", "urgent"))
        made += [
            Example(
                _typed(text, rng),
                int(asserted),
                claim,
                category,
                stance,
                field,
                int(harm),
                weight=OWN_WEIGHT if asserted else 1.0,
            )
            for text in sorted({_draw(pattern, rng) for _ in range(DRAWS if asserted else CALM_DRAWS)})
        ]
    return made


def _draw(pattern: str, rng: random.Random) -> str:
    text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), pattern)
    way = rng.random()
    if way < 0.3:
        return f"{text} ở {rng.choice(PLACES)}"
    if way < 0.45:
        return f"{rng.choice(PLACES)} {text[:1].lower()}{text[1:]}"
    return text


def _typed(text: str, rng: random.Random) -> str:
    """One of: as it is, lower case, slang, without diacritics, both, shouted."""
    way = rng.random()
    if way < 0.3:
        return text
    if way < 0.45:
        return text.lower()
    if way < 0.6:
        return _slang(text.lower(), rng)
    if way < 0.82:
        return strip_marks(text.lower())
    if way < 0.94:
        return strip_marks(_slang(text.lower(), rng))
    return text.upper() + "!!!"


def _slang(text: str, rng: random.Random) -> str:
    return " ".join(_SLANG.get(word, word) if rng.random() < 0.8 else word for word in text.split())


def public_examples(data: Path, rng: random.Random) -> list[Example]:
    """Weak positives and everyday negatives from the public sets, as far as they are there."""
    made: list[Example] = []
    everyday = [*_rows(data / "vi_comments" / "unlabelled.jsonl"), *_rows(data / "vi_hsd" / "train.jsonl")]
    usable = [r["text"] for r in everyday if len(r["text"]) < 400 and not r.get("label")]
    made += [
        Example(_typed(text, rng) if rng.random() < 0.3 else text, 0, weight=EVERYDAY_WEIGHT)
        for text in rng.sample(usable, min(NEGATIVES, len(usable)))
    ]
    unreliable = [r["text"] for r in _rows(data / "vi_reintel" / "train.jsonl") if r["label"] == 1]
    unreliable = rng.sample(unreliable, min(POSITIVES, len(unreliable)))
    made += [Example(text[:600], 1, 1, weight=0.25) for text in unreliable]
    reliable = [r["text"] for r in _rows(data / "vi_reintel" / "train.jsonl") if r["label"] == 0]
    reliable = rng.sample(reliable, min(POSITIVES * 2, len(reliable)))
    made += [Example(text[:600], 0, 1, weight=0.4) for text in reliable]
    return made


def _rows(file: Path) -> Iterable[dict[str, Any]]:
    if file.is_file():
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)


def fit(data: Path, out: Path, *, seed: int = 1, encoder_folder: Path = SHIPPED) -> dict[str, float]:
    """Fit every head `FITS` times, write the mean to `out`, return the mean of the figures on each held-back fifth."""
    encoder = Encoder(encoder_folder, threads=2)
    fits, figures = zip(*(_fit_once(data, encoder, seed + i) for i in range(FITS)), strict=True)
    _mean(fits, f"heads-{seed}x{FITS}").save(out)
    return {name: float(np.mean([found[name] for found in figures])) for name in figures[0]}


def _fit_once(data: Path, encoder: Encoder, seed: int) -> tuple[Heads, dict[str, float]]:
    examples = own_examples(random.Random(seed)) + public_examples(data, random.Random(seed))
    random.Random(seed).shuffle(examples)
    texts = [e.text for e in examples]
    raw = encoder.encode(texts)
    centre = raw.mean(axis=0).astype(np.float32)
    inputs = {"words": _sparse(texts), "meaning": meaning(texts, centred(raw, centre))}
    cut = len(examples) * 4 // 5
    heads: dict[str, dict[str, Linear]] = {}
    for kind, features in inputs.items():
        heads[kind] = {name: _fit_head(name, features, examples, cut) for name in HEADS}
    made = Heads(heads["words"], heads["meaning"], centre, f"heads-{seed}")
    return made, _figures(made, texts[cut:], raw[cut:], examples[cut:])


def _mean(fits: Sequence[Heads], revision: str) -> Heads:
    """The heads that answer with the mean of the fits' log-odds: the mean of linear heads is a linear head."""

    def mean(heads: Sequence[Linear]) -> Linear:
        weights, biases = zip(*((h.weights / h.temperature, h.bias / h.temperature) for h in heads), strict=True)
        return Linear(np.stack(weights).mean(axis=0), np.stack(biases).mean(axis=0))

    return Heads(
        {name: mean([fit.words[name] for fit in fits]) for name in HEADS},
        {name: mean([fit.meaning[name] for fit in fits]) for name in HEADS},
        np.stack([fit.centre for fit in fits]).mean(axis=0),
        revision,
    )


def _sparse(texts: Sequence[str]) -> Any:
    """The words as a sparse matrix: nearly all of it is zero, and as a dense one it would take most of the memory."""
    from scipy.sparse import csr_matrix, vstack

    return vstack([csr_matrix(words(list(texts[i : i + 500]))) for i in range(0, len(texts), 500)], format="csr")


def _labels(name: str, examples: Sequence[Example]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Rows that have this label, their class numbers, their weights."""
    classes = list(HEADS[name])
    rows = [i for i, e in enumerate(examples) if getattr(e, name) is not None]
    numbers = np.array([classes.index(getattr(examples[i], name)) for i in rows])
    weights = np.array([examples[i].weight for i in rows])
    return np.array(rows), numbers, weights


def _fit_head(name: str, features: Any, examples: Sequence[Example], cut: int) -> Linear:
    from sklearn.linear_model import LogisticRegression

    rows, numbers, weights = _labels(name, examples[:cut])
    risk = name == "risk"
    model = LogisticRegression(C=RISK_C if risk else 1.0, max_iter=400, class_weight=None if risk else "balanced")
    model.fit(features[rows], numbers, sample_weight=weights)
    size = len(HEADS[name])
    coefficients = np.zeros((size, features.shape[1]), dtype=np.float32)
    bias = np.full(size, -20.0, dtype=np.float32)
    if len(model.classes_) == 2:
        low, high = model.classes_
        coefficients[high], bias[high] = model.coef_[0] / 2, model.intercept_[0] / 2
        coefficients[low], bias[low] = -model.coef_[0] / 2, -model.intercept_[0] / 2
    else:
        coefficients[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
    head = Linear(coefficients, bias)
    held, held_numbers, held_weights = _labels(name, examples[cut:])
    return _calibrated(head, features[cut:][held], held_numbers, held_weights)


def _calibrated(head: Linear, features: Any, numbers: NDArray[Any], weights: NDArray[Any]) -> Linear:
    """Choose the temperature with the least log-loss on held-back rows."""
    odds = head.log_odds(features).astype(np.float64)

    def loss(temperature: float) -> float:
        scaled = odds / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-(weights * logs[np.arange(len(numbers)), numbers]).sum() / weights.sum())

    best = min(np.geomspace(0.3, 4.0, 40), key=loss)
    return Linear(head.weights, head.bias, float(best))


def _figures(heads: Heads, texts: list[str], raw: Matrix, examples: Sequence[Example]) -> dict[str, float]:
    from sklearn.metrics import roc_auc_score

    found = heads.answer(texts, centred(raw, heads.centre))
    made = {"risk_auroc": float(roc_auc_score([e.risk for e in examples], found["risk"][:, 1]))}
    for name, classes in (("category", CATEGORIES), ("stance", STANCES), ("field", FIELDS), ("harm", HARMS)):
        rows, numbers, _ = _labels(name, examples)
        made[name] = float((found[name][rows].argmax(axis=1) == numbers).mean())
        assert len(classes) == found[name].shape[1]
    return made


if __name__ == "__main__":
    figures = fit(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
