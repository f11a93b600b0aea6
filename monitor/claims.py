"""Groups texts that say the same thing, whatever the wording: a claim is what spreads, not a text.

Two measures together: the angle between sentence vectors, and the rare words two texts share once slang and diacritics
are gone. The first finds paraphrases, the second the same sentence typed in another hand, where the encoder is weak.
Only a text that asserts something risky founds a claim. Questions, denials and criticism join one but are never counted
as spread.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from monitor.scoring.base import Score, Vector
from monitor.text import shingles, unaccented

FOUNDS: Final = 0.35
"""Least risk of a text that founds a claim."""
RISKY_ENOUGH: Final = 0.3
"""Least risk of a text that spreads a claim unless its kind says so: a denial is easily taken for an assertion."""
ALIKE: Final = 0.29
ALIKE_DOUBT: Final = 0.42
ALIKE_HARMLESS: Final = 0.5
"""Least likeness to join: of a text that is itself risky, of a question or denial, of any other assertion. Measured on
pairs: two wordings of one claim lie above 0.28 in nine of ten cases, two claims below 0.29 in 99 of 100."""
FORGET_AFTER: Final = timedelta(days=7)
FORGET_SINGLE_AFTER: Final = timedelta(days=2)
MOST_EXEMPLARS: Final = 12
MOST_MEMBERS: Final = 3000
RISKY: Final = frozenset({"misinformation", "scam"})
TYPICAL_FREQUENCY: Final = 0.02
"""A word of which nothing is known yet is taken for this common."""


@dataclass(frozen=True)
class Text:
    """One citizen's text with its score. `author` is a hash, distinct per person and channel. `item` is the post it
    stands under, "" for an inbox."""

    id: str
    text: str
    at: datetime
    author: str
    channel: str
    score: Score
    item: str = ""
    locality: str = ""
    account: int = 0


@dataclass
class Claim:
    """Texts that say the same. `key` is stable: it comes from the first text."""

    key: str
    members: list[Text] = field(default_factory=list)
    exemplars: list[frozenset[str]] = field(default_factory=list)
    localities: Counter[str] = field(default_factory=Counter)

    @property
    def last_at(self) -> datetime:
        """When it was last heard."""
        return max(m.at for m in self.members[-20:])

    @property
    def locality(self) -> str:
        """The place most of its texts name."""
        return self.localities.most_common(1)[0][0] if self.localities else ""

    def asserting(self, since: datetime | None = None) -> list[Text]:
        """The texts that spread it, oldest first."""
        return [m for m in self.members if spreads(m.score) and (since is None or m.at > since)]

    def doubtful(self) -> float:
        """The mean risk of all who say it, also of those whose wording passed as criticism or small talk: a complaint
        that many people share has a few wordings that score high, a rumour scores high in nearly all."""
        risks = [m.score.risk for m in self.members[-200:] if m.score.stance in ("asserts", "comments")]
        return sum(risks) / len(risks) if risks else 0.0

    def typical(self, most: int = 3) -> list[Text]:
        """The asserting texts that stand nearest to the middle of the claim; the first names it."""
        texts = self.asserting() or self.members
        counts: Counter[str] = Counter()
        words = {m.id: shingles(m.text) for m in texts[-200:]}
        for found in words.values():
            counts.update(found)

        def middle(m: Text) -> float:
            found = words[m.id]
            shared = sum(counts[w] - 1 for w in found) / (len(found) + 6)
            readable = 0.6 if unaccented(m.text) else 1.0  # people will read it, in the alert and in the correction
            return shared * (0.6 + 0.4 * m.score.risk) * readable

        return sorted(texts[-200:], key=lambda m: (-middle(m), m.at, m.id))[:most]


def founds(score: Score) -> bool:
    """Say whether a text may be the first of a claim: it asserts something that needs checking."""
    return score.stance == "asserts" and score.risk >= FOUNDS and score.category in RISKY


def spreads(score: Score) -> bool:
    """Say whether a text of a claim counts as spread."""
    return score.stance == "asserts" and (score.category in RISKY or score.risk >= RISKY_ENOUGH)


class Grouper:
    """Puts each text to its claim. Deterministic: the same texts in the same order give the same claims."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.absorbed: dict[str, str] = {}
        self._seen = 0
        self._frequency: Counter[str] = Counter()
        self._rarities: dict[str, float] = {}  # until the next text is counted; one text is held against many claims
        self._vectors = np.zeros((256, 384), dtype=np.float32)
        self._owners: list[str] = []
        self._words: dict[str, set[str]] = {}
        self._homes: dict[str, str] = {}

    def assign(self, text: Text) -> Claim | None:
        """Return the claim the text belongs to (a new one when it founds one), or None. A text that comes again was
        edited: as it was it counts no more."""
        self._take_out(text.id)
        words = shingles(text.text)
        self._count(words)
        found = self._nearest(text, words) if _may_join(text.score) else None
        if found is None and founds(text.score):
            found = self.claims[text.id] = Claim(text.id)
        if found is None:
            return None
        self._add(found, text, words)
        return self._absorb_near(found) if spreads(text.score) else found

    def learn(self, text: str) -> None:
        """Count the words of a text, so that rare ones are known to be rare."""
        self._count(shingles(text))

    def _absorb_near(self, claim: Claim) -> Claim:
        """Two wordings may found two claims before a third hand ties them together: then they become one, the older."""
        mine = frozenset[str]().union(*claim.exemplars)
        near = {key for word in mine if " " in word for key in self._words.get(word, ())} - {claim.key}
        for key in sorted(near):
            other = self.claims[key]
            theirs = frozenset[str]().union(*other.exemplars)
            apart = claim.locality and other.locality and claim.locality != other.locality
            if apart or self._overlap(mine, theirs) < ALIKE:
                continue
            older, younger = sorted((claim, other), key=lambda c: (c.members[0].at, c.key))
            older.members = sorted([*older.members, *younger.members], key=lambda m: (m.at, m.id))
            older.exemplars = [*older.exemplars, *younger.exemplars][:MOST_EXEMPLARS]
            older.localities += younger.localities
            del self.claims[younger.key]
            self.absorbed[younger.key] = older.key
            self._rebuild()
            claim, mine = older, frozenset[str]().union(*older.exemplars)
        return claim

    def restore(self, key: str, text: Text) -> None:
        """Take back a text whose claim was decided before a restart."""
        self._add(self.claims.setdefault(key, Claim(key)), text, shingles(text.text))

    def forget(self, now: datetime) -> list[str]:
        """Drop what has not been heard for long; return the keys dropped."""
        old = [
            key
            for key, claim in self.claims.items()
            if now - claim.last_at > (FORGET_SINGLE_AFTER if len(claim.members) == 1 else FORGET_AFTER)
        ]
        if old:
            for key in old:
                del self.claims[key]
            self._rebuild()
        return old

    def likeness(self, text: Text, words: frozenset[str], claim: Claim, cosine: float) -> float:
        """Return 0..1: how surely the text says what the claim says."""
        shared = max((self._overlap(words, e) for e in claim.exemplars), default=0.0)
        if len(claim.exemplars) > 1:  # what many hands wrote together says the claim better than any one of them
            shared = max(shared, self._overlap(words, frozenset().union(*claim.exemplars)))
        return shared if text.score.vector is None else 0.3 * max(0.0, cosine) + 0.7 * shared

    # -- inside -----------------------------------------------------------------------------------------------------

    def _take_out(self, text_id: str) -> None:
        claim = self.claims.get(self._homes.pop(text_id, ""))
        if claim is None:
            return
        claim.members = [m for m in claim.members if m.id != text_id]
        if not claim.members:
            del self.claims[claim.key]
            self._rebuild()

    def _count(self, words: Iterable[str]) -> None:
        self._seen += 1
        self._rarities.clear()
        self._frequency.update(words)
        if len(self._frequency) > 200_000:
            self._frequency = Counter({w: n for w, n in self._frequency.items() if n > 1})

    def _rarity(self, word: str) -> float:
        """Inverse document frequency, with a prior so that the first texts are not all made of rare words."""
        known = self._rarities.get(word)
        if known is None:
            prior = 200.0
            share = (self._frequency[word] + TYPICAL_FREQUENCY * prior * (" " not in word)) / (self._seen + prior)
            known = self._rarities[word] = min(-math.log(share + 1e-3), 6.0)
        return known

    def _overlap(self, mine: frozenset[str], other: frozenset[str]) -> float:
        """Shared rarity over the lesser text's: a short text inside a long one is the same claim."""
        common = sum(self._rarity(w) for w in mine & other)
        least = min(sum(self._rarity(w) for w in mine), sum(self._rarity(w) for w in other))
        return common / (least + 12.0) * 1.3 if least else 0.0

    def _nearest(self, text: Text, words: frozenset[str]) -> Claim | None:
        cosines = self._cosines(text.score.vector)
        near = {key for key, cosine in cosines.items() if cosine > 0.3}
        for word in words:
            if " " in word or self._rarity(word) > 3.0:
                near |= self._words.get(word, set())
        best, best_score = None, _least(text.score)
        for key in sorted(near):
            claim = self.claims[key]
            if text.locality and claim.locality and text.locality != claim.locality:
                continue
            score = self.likeness(text, words, claim, cosines.get(key, 0.0))
            if score > best_score:
                best, best_score = claim, score
        return best

    def _cosines(self, vector: Vector | None) -> dict[str, float]:
        if vector is None or not self._owners:
            return {}
        found: dict[str, float] = {}
        for key, cosine in zip(self._owners, (self._vectors[: len(self._owners)] @ vector).tolist(), strict=True):
            if cosine > found.get(key, -1.0):
                found[key] = cosine
        return found

    def _add(self, claim: Claim, text: Text, words: frozenset[str]) -> None:
        claim.members.append(text)
        self._homes[text.id] = claim.key
        if len(claim.members) > MOST_MEMBERS:
            del claim.members[: MOST_MEMBERS // 10]
        if text.locality:
            claim.localities[text.locality] += 1
        # Only what could found the claim speaks for it: one complaint let in by a shared word would let in the next.
        if len(claim.exemplars) < MOST_EXEMPLARS and founds(text.score):
            claim.exemplars.append(words)
            self._index(claim.key, words, text.score.vector)

    def _index(self, key: str, words: frozenset[str], vector: Vector | None) -> None:
        for word in words:
            self._words.setdefault(word, set()).add(key)
        if vector is not None:
            if len(self._owners) == len(self._vectors):
                self._vectors = np.vstack([self._vectors, np.zeros_like(self._vectors)])
            self._vectors[len(self._owners)] = vector
            self._owners.append(key)

    def _rebuild(self) -> None:
        self._owners.clear()
        self._words.clear()
        self._homes = {m.id: claim.key for claim in self.claims.values() for m in claim.members}
        for claim in self.claims.values():
            vectors = [m.score.vector for m in claim.members if founds(m.score)][:MOST_EXEMPLARS]
            for words in claim.exemplars:
                self._index(claim.key, words, vectors.pop() if vectors else None)


def _least(score: Score) -> float:
    """How near a text must be to join a claim."""
    if score.stance in ("asks", "denies"):
        return ALIKE_DOUBT
    return ALIKE if score.risk >= RISKY_ENOUGH and score.category in RISKY else ALIKE_HARMLESS


def _may_join(score: Score) -> bool:
    return score.stance in ("asserts", "comments") or score.claim >= 0.02
