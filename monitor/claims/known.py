"""What is known already of a claim: settled claims of the library, past corrections, the office's own posts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from models.claim import NewsLabel
from monitor.claims.claim import Exemplar
from monitor.claims.likeness import likeness
from monitor.claims.stance import turns
from monitor.claims.words import content

SUGGEST: Final = 0.4
"""From this likeness on a person is told where to look."""
ACT: Final = 0.6
"""From this likeness on it is said that both speak of one thing: that a post contradicts it, that it is known."""
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
class Compared:
    """How a claim stands to a reference: `likeness` 0..1, and whether one says the opposite of the other."""

    reference: Reference
    likeness: float
    opposite: bool


def compare(
    wordings: Sequence[Exemplar], references: Sequence[Reference], rarity: Callable[[str], float]
) -> list[Compared]:
    """Return the references that speak of the same thing, the likest first."""
    found = []
    for reference in references:
        pairs = [
            (likeness(wording.content, content(sentence), rarity, None), sentence, wording.text)
            for sentence in _SENTENCES.split(reference.text)
            for wording in wordings
        ]
        sure, sentence, text = max(pairs, default=(0.0, "", ""))
        if sure >= SUGGEST:
            found.append(Compared(reference, sure, turns(text, sentence) or turns(sentence, text)))
    return sorted(found, key=lambda compared: -compared.likeness)


def said(compared: Compared) -> tuple[str, str]:
    """Say in both languages what the comparison is worth: "contradicts" only where one says the opposite."""
    reference = compared.reference
    if compared.likeness >= ACT and reference.verdict and not compared.opposite:
        vi, en = _SETTLED[NewsLabel(reference.verdict)]
        return f"giống luận điểm đã kết luận là {vi}: {reference.vi}", f"as a claim settled as {en}: {reference.en}"
    if compared.likeness >= ACT and compared.opposite and reference.verdict in ("", NewsLabel.AUTHENTIC):
        return f"trái với {reference.vi}", f"contradicts {reference.en}"
    return f"cần đối chiếu với {reference.vi}", f"compare with {reference.en}"
