"""What is known already of a claim: settled claims of the library, past corrections, the office's own posts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from models.claim import NewsLabel
from monitor.claims.claim import Exemplar
from monitor.claims.likeness import MEANING_ALONE, likeness
from monitor.claims.stance import turns
from monitor.claims.words import content
from monitor.scoring.base import Vector

SUGGEST: Final = 0.4
"""From this likeness on a person is told where to look."""
ACT: Final = 0.6
"""From this likeness on it is said that both speak of one thing: that a post contradicts it, that it is known."""
MEANING: Final = 0.52
"""From this cosine on a person is told where to look though no words are shared: of 2,000 pairs of sentences that have
nothing to do with each other one reaches it (`python -m tests.bench.claims --fit` prints it for any model)."""
_SENTENCES: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_SETTLED: Final = {
    NewsLabel.FALSE: ("tin giả", "false"),
    NewsLabel.MISLEADING: ("tin sai sự thật", "untrue"),
    NewsLabel.AUTHENTIC: ("tin xác thực", "authentic"),
}


@dataclass(frozen=True)
class Reference:
    """A text to hold a claim against, and how it is called in both languages. `verdict` is a library entry's."""

    text: str
    vi: str
    en: str
    verdict: str = ""


@dataclass(frozen=True)
class Passage:
    """One sentence of a reference, and the vector that `model` made of it, if any has yet."""

    reference: Reference
    sentence: str
    vector: Vector | None = None
    model: str = ""


@dataclass(frozen=True)
class Compared:
    """How a claim stands to a reference: `likeness` 0..1, and whether one says the opposite of the other."""

    reference: Reference
    likeness: float
    opposite: bool


def sentences_of(text: str) -> list[str]:
    """The sentences that say something."""
    return [sentence.strip() for sentence in _SENTENCES.split(text) if content(sentence)]


def compare(
    wordings: Sequence[Exemplar], passages: Sequence[Passage], rarity: Callable[[str], float]
) -> list[Compared]:
    """Return the references that speak of the same thing, the likest first."""
    best: dict[Reference, tuple[float, str, str]] = {}
    for passage in passages:
        words = content(passage.sentence)
        for wording in wordings:
            by_words = likeness(wording.content, words, rarity, None)
            sure = max(by_words, _by_meaning(_cosine(wording, passage)))
            if sure >= SUGGEST and (sure, passage.sentence, wording.text) > best.get(passage.reference, (0.0, "", "")):
                best[passage.reference] = sure, passage.sentence, wording.text
    found = [
        Compared(reference, sure, turns(text, sentence) or turns(sentence, text))
        for reference, (sure, sentence, text) in best.items()
    ]
    return sorted(found, key=lambda compared: -compared.likeness)


def _by_meaning(cosine: float | None) -> float:
    """How surely two texts speak of one thing, by what they mean: to act on, only where nothing else can be meant."""
    if cosine is None or cosine < MEANING:
        return 0.0
    return cosine if cosine >= MEANING_ALONE else SUGGEST + (ACT - SUGGEST) * (cosine - MEANING) / (1 - MEANING)


def _cosine(wording: Exemplar, passage: Passage) -> float | None:
    """None where there are no two vectors of one model."""
    if wording.vector is None or passage.vector is None or wording.model != passage.model:
        return None
    return float(wording.vector @ passage.vector)


def said(compared: Compared) -> tuple[str, str]:
    """Say in both languages what the comparison is worth: "contradicts" only where one says the opposite."""
    reference = compared.reference
    if compared.likeness >= ACT and reference.verdict and not compared.opposite:
        vi, en = _SETTLED[NewsLabel(reference.verdict)]
        return f"giống luận điểm đã kết luận là {vi}: {reference.vi}", f"as a claim settled as {en}: {reference.en}"
    if compared.likeness >= ACT and compared.opposite and reference.verdict in ("", NewsLabel.AUTHENTIC):
        return f"trái với {reference.vi}", f"contradicts {reference.en}"
    return f"cần đối chiếu với {reference.vi}", f"compare with {reference.en}"
