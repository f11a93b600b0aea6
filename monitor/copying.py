"""Many people, or a few who paste? Ten copies of one sentence by two authors are not ten voices.

Only counts and keyed hashes go in and only counts come out: nobody sees who pasted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.claims import Text
from monitor.text import shingles

NEARLY: Final = 0.8
"""Words and pairs shared (Jaccard) from which two texts are one wording."""
FEW: Final = 5
"""So many people at most are a few: more who share one sentence are many people sharing it."""
EACH: Final = 3
"""Copies an author, on average, that make pasting of it."""
MOST: Final = 300
"""Newest texts that are held against each other."""


@dataclass(frozen=True)
class Copying:
    """`wordings` are the different ways of saying it. `copies` texts of pasted wordings were written by `authors`;
    both are 0 when nobody pastes. `voices` counts people, the few behind one pasted wording as one."""

    wordings: int
    copies: int
    authors: int
    voices: int


def voices_of(texts: Sequence[Text]) -> int:
    """Count who says it, the few behind one pasted wording as one."""
    often = Counter(m.author for m in texts)
    if max(often.values(), default=0) < EACH:  # nobody pastes: this is what nearly always holds, and it is quick
        return len(often)
    return copying(texts).voices


def copying(texts: Sequence[Text]) -> Copying:
    """Find wordings that a few people paste again and again."""
    groups = _by_wording(texts[-MOST:])
    pasted = [g for g in groups if (few := len({m.author for m in g})) <= FEW and len(g) >= EACH * max(few, 2)]
    of_pasted = {m.id for g in pasted for m in g}
    bands = [{m.author for m in g} for g in pasted]
    older = set[str]().union(*bands) if len(texts) > MOST else set()  # what was not looked at is more of the same
    free = {m.author for m in texts if m.id not in of_pasted} - older
    return Copying(
        wordings=len(groups),
        copies=len(of_pasted),
        authors=len(set[str]().union(*bands)),
        voices=len(free) + sum(not band & free for band in bands),
    )


def _by_wording(texts: Sequence[Text]) -> list[list[Text]]:
    """Put each text to the first wording that it nearly repeats."""
    same: dict[frozenset[str], list[Text]] = defaultdict(list)
    for text in texts:
        words = shingles(text.text)
        known = words if words in same else next((w for w in same if _alike(w, words)), words)
        same[known].append(text)
    return list(same.values())


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    less, more = sorted((len(one), len(other)))
    if less < NEARLY * more:
        return False
    common = len(one & other)
    return common >= NEARLY * (len(one) + len(other) - common)
