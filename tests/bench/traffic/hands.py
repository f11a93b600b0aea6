"""How the same words come out of different hands: the sandbox's, with slips of the finger and a little English."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from channels.sandbox.wording import fill, typed

_HANDS: Final = {
    "plain": 30, "lower": 18, "bare": 14, "slang": 12, "bare_slang": 6, "shout": 5, "stretched": 6, "slip": 7,
    "mixed": 2,
}  # fmt: skip
_OPENINGS: Final = ("mn ơi ", "bà con ơi ", "trời đất ơi ", "nghe nè ", "alo alo, ", "cả nhà ơi ", "ad ơi ", "khẩn: ")
_ENDINGS: Final = ("!!!", " 😱", " 😡", " huhu", " nha", " đó", "...", " luôn", " thiệt chứ", " 🙏", " nha mn", "!!")
_TAGS: Final = (" omg", " fake hay real đây", " no joke", " share pls", " check đi", " so sad")


def say(patterns: Sequence[str], rng: Random, *, dressed: float = 0.35) -> str:
    """One text from the patterns as one hand types it; `dressed` is how often it is opened or ended with feeling."""
    text = fill(rng.choice(patterns), rng, {})
    if rng.random() < dressed:
        text = rng.choice(_OPENINGS) + text
    if rng.random() < dressed:
        text += rng.choice(_ENDINGS)
    return by_hand(text, rng)


def by_hand(text: str, rng: Random) -> str:
    """The text as some hand types it: with marks or without, in teencode, loud, with slips."""
    hand = rng.choices(list(_HANDS), list(_HANDS.values()))[0]
    if hand == "slip":
        return slip(text, rng)
    return text + rng.choice(_TAGS) if hand == "mixed" else typed(text, hand, rng)


def slip(text: str, rng: Random) -> str:
    """One or two letters that changed places or are missing."""
    for _ in range(rng.randint(1, 2)):
        i = rng.randrange(max(len(text) - 2, 1))
        if text[i : i + 2].isalpha():
            text = text[:i] + (text[i + 1] + text[i] if rng.random() < 0.5 else text[i]) + text[i + 2 :]
    return text
