"""The hands that training texts are typed by: those that every figure is told for, and some more."""

from __future__ import annotations

from random import Random
from typing import Final

from monitor.text import strip_marks
from monitor.variants import HANDS, Hand, bare, capitals, emoji, homoglyphs, spacing, teencode, telex


def half_bare(text: str, rng: Random) -> str:
    """Half of the words without diacritics."""
    return " ".join(strip_marks(word) if rng.random() < 0.5 else word for word in text.split(" "))


def bare_slang(text: str, rng: Random) -> str:
    """Slang without diacritics."""
    return bare(teencode(text, rng), rng)


def lower(text: str, rng: Random) -> str:
    """Lower case without a sign at the end."""
    return text.lower().rstrip(".!?")


def stretched(text: str, rng: Random) -> str:
    """One word in eight with its last letter held down."""
    return " ".join(w + w[-1] * rng.randint(2, 4) if w.isalpha() and rng.random() < 1 / 8 else w for w in text.split())


def mistyped(text: str, rng: Random) -> str:
    """Two neighbouring letters swapped in one word of eight."""
    return " ".join(_swapped(word, rng) if len(word) > 3 and rng.random() < 1 / 8 else word for word in text.split(" "))


_OFTEN: Final[dict[Hand, int]] = {
    bare: 7,
    bare_slang: 4,
    teencode: 3,
    half_bare: 3,
    lower: 3,
    telex: 3,
    capitals: 4,
    spacing: 2,
    homoglyphs: 1,
    emoji: 2,
    stretched: 1,
    mistyped: 1,
}
"""How often each is met in life, roughly."""
assert set(HANDS.values()) <= set(_OFTEN), "training leaves out none that is measured"


def typed(text: str, rng: Random) -> str:
    """The text as one of them types it."""
    return rng.choices(list(_OFTEN), list(_OFTEN.values()))[0](text, rng)


def _swapped(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
