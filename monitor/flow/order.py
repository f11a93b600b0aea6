"""Which texts are scored first when more wait than can be scored at once. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.text import plain


@dataclass(frozen=True)
class Waiting:
    """A text that waits for its score; `item` is what it stands under."""

    id: int
    text: str
    item: str
    written_at: datetime


def words_key(text: str) -> str:
    """The same for texts that differ in spacing only, so that one score holds for all of them. Capitals, marks and
    signs stay: the score depends on them."""
    return hashlib.blake2b(" ".join(text.split()).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def first_of_a_flood(rows: Sequence[Waiting], most: int) -> list[Waiting]:
    """Choose so many wordings, and every row that repeats one of them: wordings that nobody typed in another hand
    come first, then those under the busiest posts, then the youngest. Nothing is dropped: the others wait."""
    by_words = defaultdict[str, list[Waiting]](list)
    for row in rows:
        by_words[words_key(row.text)].append(row)
    busy = Counter(row.item for row in rows if row.item)
    newest_first = sorted(by_words.values(), key=lambda same: (-same[-1].written_at.timestamp(), same[-1].id))
    hands: Counter[str] = Counter()
    ranked = []
    for same in newest_first:
        alike = plain(same[0].text)
        ranked.append((hands[alike], -max(busy[row.item] for row in same), same))
        hands[alike] += 1
    ranked.sort(key=lambda found: found[:2])
    return [row for _, _, same in ranked[:most] for row in same]
