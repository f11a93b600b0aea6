"""What a claim is: texts that say the same thing, and which of them spread it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from monitor.claims.words import content
from monitor.scoring.base import Score, Vector, model_of
from monitor.text import shingles, unaccented

FOUNDS: Final = 0.35
"""Least risk of a text that founds a claim."""
RISKY_ENOUGH: Final = 0.3
"""Least risk of a text that spreads a claim unless its kind says so: a denial is easily taken for an assertion."""
RISKY: Final = frozenset({"misinformation", "scam"})


@dataclass(frozen=True)
class Text:
    """One text with its score. `author` is a hash, distinct per person and channel. `item` is the post it stands under,
    "" for an inbox. `widely_heard`: the press wrote it, or a public page that very many follow."""

    id: str
    text: str
    at: datetime
    author: str
    channel: str
    score: Score
    item: str = ""
    locality: str = ""
    account: int = 0
    widely_heard: bool = False


@dataclass(frozen=True)
class Exemplar:
    """A wording that speaks for its claim: its text, words and neighbouring pairs, content words, and the vector with
    the model that made it."""

    text: str
    words: frozenset[str]
    content: frozenset[str]
    vector: Vector | None
    model: str = ""


def exemplar(text: Text) -> Exemplar:
    """Make a wording of a text."""
    return Exemplar(text.text, shingles(text.text), content(text.text), text.score.vector,
                    model_of(text.score.revision))  # fmt: skip


@dataclass
class Claim:
    """Texts that say the same. `key` is stable: it comes from the first text."""

    key: str
    members: list[Text] = field(default_factory=list)
    exemplars: list[Exemplar] = field(default_factory=list)
    localities: Counter[str] = field(default_factory=Counter)

    @property
    def last_at(self) -> datetime:
        """When it was last heard."""
        return max(m.at for m in self.members[-20:])

    @property
    def words(self) -> frozenset[str]:
        """Words and neighbouring pairs of all its wordings."""
        return frozenset[str]().union(*(e.words for e in self.exemplars))

    def wordings(self) -> list[Exemplar]:
        """Its wordings, and all of them together: what many hands wrote says the claim better than any one of them."""
        if len(self.exemplars) < 2:
            return self.exemplars
        whole = frozenset[str]().union(*(e.content for e in self.exemplars))
        return [*self.exemplars, Exemplar(self.exemplars[0].text, self.words, whole, None)]

    def member(self, text_id: str) -> Text | None:
        """A text as it stands in the claim."""
        return next((m for m in reversed(self.members) if m.id == text_id), None)

    @property
    def locality(self) -> str:
        """The place most of its texts name."""
        return self.localities.most_common(1)[0][0] if self.localities else ""

    def asserting(self, since: datetime | None = None) -> list[Text]:
        """The texts that spread it, oldest first."""
        return [m for m in self.members if (since is None or m.at > since) and spreads(m.score)]

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
