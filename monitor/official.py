"""Which of the office's own posts speaks of the same thing as a claim: the one to compare with, and to correct from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.text import shingles

ENOUGH: Final = 3
"""So many neighbouring pairs of words are shared by chance hardly ever; the same field counts as one."""
ENOUGH_RARE: Final = 2
RARE_SHARE: Final = 0.1
"""A pair that stands in hardly any other own post, such as the name of a bridge, says more than the commune's name."""


@dataclass(frozen=True)
class OwnText:
    """Title and texts of one own post, and its field."""

    words: str
    field: str


def about_the_same(claim_words: frozenset[str], field: str, own: Sequence[OwnText]) -> int | None:
    """Return the index of the own post that a claim is about, the first of the best; None when there is none. Pure.

    `claim_words` are the shingles of what spreads, `field` is what the model took it for: it may be wrong, so that two
    rare pairs are enough without.
    """
    pairs = [{word for word in shingles(text.words) if " " in word} for text in own]
    known = Counter(pair for each in pairs for pair in each)
    most = max(1, int(len(own) * RARE_SHARE))
    best, found = (0, 0), None
    for index, (text, each) in enumerate(zip(own, pairs, strict=True)):
        shared = each & claim_words
        score = len(shared) + (text.field == field)
        rare = sum(known[pair] <= most for pair in shared)
        if (score >= ENOUGH or rare >= ENOUGH_RARE) and (score, rare) > best:
            best, found = (score, rare), index
    return found
