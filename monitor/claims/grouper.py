"""Puts each text to its claim as it comes in, whatever its wording: a claim is what spreads, not a text.

Only a text that asserts something risky founds a claim. Questions, denials and criticism join one but are never counted
as spread. What a person decided stands above likeness: claims that were taken apart stay apart.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from monitor.claims.claim import Claim, Exemplar, Text, exemplar, founds, spreads
from monitor.claims.likeness import likeness
from monitor.claims.stance import stance_towards
from monitor.scoring.base import Vector
from monitor.text import shingles

JOINS: Final = 0.6
JOINS_RISKY: Final = 0.4
"""Least likeness to join a claim, of a text that could itself found one less: two rumours about one thing are hardly
ever two. On the pairs nine in ten of one claim lie above 0.6, one in four of the hardest others (same place, same
thing, another claim), none of any others."""
SPEAKS: Final = 0.6
"""Least likeness of a text that speaks for its claim from then on: what barely joined must not let in the next."""
BECOME_ONE: Final = 0.45
"""Least likeness of two claims that become one."""
NEW_WORDING: Final = 0.97
"""A text more alike than this to one that speaks for the claim already adds nothing."""
NEAR: Final = 0.3
"""Least cosine of a claim that is looked at more closely."""
FORGET_AFTER: Final = timedelta(days=7)
FORGET_SINGLE_AFTER: Final = timedelta(days=2)
MOST_EXEMPLARS: Final = 12
MOST_MEMBERS: Final = 3000
MOST_WORDS: Final = 200_000
TYPICAL_FREQUENCY: Final = 0.02
"""A word of which nothing is known yet is taken for this common."""


class Grouper:
    """Deterministic: the same texts in the same order give the same claims. `apart` holds pairs of keys that a person
    took apart."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.absorbed: dict[str, str] = {}
        self.apart: set[frozenset[str]] = set()
        self._seen = 0
        self._frequency: Counter[str] = Counter()
        self._rarities: dict[str, float] = {}  # until the next text is counted; one text is held against many claims
        self._vectors = np.zeros((256, 384), dtype=np.float32)
        self._owners: list[str] = []
        self._words: dict[str, set[str]] = {}
        self._homes: dict[str, str] = {}

    def assign(self, text: Text) -> Claim | None:
        """Return the claim the text belongs to (a new one when it founds one), or None. A text that comes again was
        edited: as it was it counts no more. In the claim it has the stance it takes towards that claim."""
        self.take_out([text.id])
        self._count(shingles(text.text))
        near = self._nearest(text) if _may_join(text) else None
        if near is None:
            if not founds(text.score):
                return None
            claim, sure = self._found(text.id), 1.0
        else:
            claim, wording, sure = near
            stance = stance_towards(wording.text, text.text, text.score.stance)
            text = replace(text, score=replace(text.score, stance=stance))
        self._add(claim, text, sure)
        return self._absorb_near(claim) if spreads(text.score) else claim

    def _found(self, text_id: str) -> Claim:
        """A new claim, named after the text that founds it. Edited into something else, a founder founds another one:
        the claim that bears its name belongs to those who still say it."""
        names = itertools.chain((text_id,), (f"{text_id}.{n}" for n in itertools.count(2)))
        key = next(name for name in names if name not in self.claims)
        return self.claims.setdefault(key, Claim(key))

    def learn(self, text: str) -> None:
        """Count the words of a text, so that rare ones are known to be rare."""
        self._count(shingles(text))

    def restore(self, key: str, text: Text) -> None:
        """Take back a text whose claim was decided before a restart, by likeness or by a person."""
        self._add(self.claims.setdefault(key, Claim(key)), text, 1.0)

    def take_out(self, ids: Iterable[str]) -> list[str]:
        """Texts that are gone, or are another text now: neither they nor their words speak for a claim any more.
        Return the keys of the claims that lost some."""
        lost: dict[str, set[str]] = {}
        for text_id in ids:
            if text_id in self._homes:
                lost.setdefault(self._homes.pop(text_id), set()).add(text_id)
        for key, gone in lost.items():
            self._lose(self.claims[key], gone)
        if lost:
            self._rebuild()
        return list(lost)

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

    def rarity(self, word: str) -> float:
        """Inverse document frequency, with a prior so that the first texts are not all made of rare words."""
        known = self._rarities.get(word)
        if known is None:
            prior = 200.0
            share = (self._frequency[word] + TYPICAL_FREQUENCY * prior * (" " not in word)) / (self._seen + prior)
            known = self._rarities[word] = min(-math.log(share + 1e-3), 6.0)
        return known

    # -- inside -----------------------------------------------------------------------------------------------------

    def _absorb_near(self, claim: Claim) -> Claim:
        """Two wordings may found two claims before a third hand ties them together: then they become one, the older."""
        near = {key for word in claim.words if " " in word for key in self._words.get(word, ())} - {claim.key}
        for key in sorted(near):
            other = self.claims[key]
            if self._kept_apart(claim, other) or self._between(claim, other) < BECOME_ONE:
                continue
            older, younger = sorted((claim, other), key=lambda c: (c.members[0].at, c.key))
            older.members = sorted([*older.members, *younger.members], key=lambda m: (m.at, m.id))
            older.exemplars = [*older.exemplars, *younger.exemplars][:MOST_EXEMPLARS]
            older.localities += younger.localities
            del self.claims[younger.key]
            self.absorbed[younger.key] = older.key
            self._rebuild()
            claim = older
        return claim

    def _kept_apart(self, one: Claim, other: Claim) -> bool:
        """By what a person said, or by the places that they name."""
        by_place = one.locality and other.locality and one.locality != other.locality
        return bool(by_place) or frozenset((one.key, other.key)) in self.apart

    def _between(self, one: Claim, other: Claim) -> float:
        """How alike two claims are at their nearest."""
        pairs = itertools.product(one.wordings(), other.wordings())
        return max((likeness(a.content, b.content, self.rarity, None, BECOME_ONE) for a, b in pairs), default=0.0)

    def _lose(self, claim: Claim, gone: set[str]) -> None:
        """Without these texts, and without their wordings unless others say the same. A claim whose wordings are all
        gone is spoken for by who else could have founded it."""
        words = {m.text for m in claim.members if m.id in gone}
        claim.localities -= Counter(m.locality for m in claim.members if m.id in gone and m.locality)
        claim.members = [m for m in claim.members if m.id not in gone]
        words -= {m.text for m in claim.members}
        claim.exemplars = [e for e in claim.exemplars if e.text not in words]
        if not claim.members:
            del self.claims[claim.key]
        elif not claim.exemplars:
            claim.exemplars = [exemplar(m) for m in claim.members if founds(m.score)][:1]

    def _count(self, words: Iterable[str]) -> None:
        self._seen += 1
        self._rarities.clear()
        self._frequency.update(words)
        if len(self._frequency) > MOST_WORDS:
            self._thin()

    def _thin(self) -> None:
        """Forget the rarest half of the words, so that it is long until the next time."""
        least = 1
        while len(self._frequency) > MOST_WORDS // 2:
            self._frequency = Counter({w: n for w, n in self._frequency.items() if n > least})
            least *= 2

    def _nearest(self, text: Text) -> tuple[Claim, Exemplar, float] | None:
        """The claim most alike, its nearest wording, and how alike that is; None when none is alike enough."""
        mine, least = exemplar(text), JOINS_RISKY if founds(text.score) else JOINS
        best: tuple[Claim, Exemplar, float] | None = None
        cosines = self._cosines(mine.vector)
        near = {key for key, cosine in cosines.items() if cosine > NEAR}
        for word in mine.words:
            if " " in word or self.rarity(word) > 3.0:
                near |= self._words.get(word, set())
        for key in sorted(near):
            claim = self.claims[key]
            if text.locality and claim.locality and text.locality != claim.locality:
                continue
            cosine = None if mine.vector is None else cosines.get(key, 0.0)
            for wording in claim.wordings():
                sure = likeness(mine.content, wording.content, self.rarity, cosine, least)
                if sure > least:
                    best, least = (claim, wording, sure), sure
        return best

    def _cosines(self, vector: Vector | None) -> dict[str, float]:
        if vector is None or not self._owners:
            return {}
        cosines = self._vectors[: len(self._owners)] @ vector
        found: dict[str, float] = {}
        for row in np.flatnonzero(cosines > 0.0).tolist():  # turned away is the same as at right angles
            key, cosine = self._owners[row], float(cosines[row])
            if cosine > found.get(key, 0.0):
                found[key] = cosine
        return found

    def _add(self, claim: Claim, text: Text, sure: float) -> None:
        claim.members.append(text)
        self._homes[text.id] = claim.key
        if len(claim.members) > MOST_MEMBERS:
            del claim.members[: MOST_MEMBERS // 10]
        if text.locality:
            claim.localities[text.locality] += 1
        # Only what could found the claim speaks for it: one complaint let in by a shared word would let in the next.
        if sure >= SPEAKS and len(claim.exemplars) < MOST_EXEMPLARS and founds(text.score):
            if any(e.text == text.text for e in claim.exemplars):
                return
            made = exemplar(text)
            known = (likeness(made.content, e.content, self.rarity, None) for e in claim.exemplars)
            if max(known, default=0.0) < NEW_WORDING:
                claim.exemplars.append(made)
                self._index(claim.key, made)

    def _index(self, key: str, made: Exemplar) -> None:
        for word in made.words:
            self._words.setdefault(word, set()).add(key)
        if made.vector is not None:
            if len(self._owners) == len(self._vectors):
                self._vectors = np.vstack([self._vectors, np.zeros_like(self._vectors)])
            self._vectors[len(self._owners)] = made.vector
            self._owners.append(key)

    def _rebuild(self) -> None:
        self._owners.clear()
        self._words.clear()
        self._homes = {m.id: claim.key for claim in self.claims.values() for m in claim.members}
        for claim in self.claims.values():
            for made in claim.exemplars:
                self._index(claim.key, made)


def _may_join(text: Text) -> bool:
    return text.score.stance in ("asserts", "comments") or text.score.claim >= 0.02
