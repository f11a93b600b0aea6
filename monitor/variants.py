"""The same text as other hands type it: what scoring must see through. Seeded, so that a figure can be had again."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from monitor.text import TEENCODE, strip_marks

Hand = Callable[[str, random.Random], str]

_SLANG: Final = {word: short for short, word in reversed(list(TEENCODE.items())) if " " not in word}
_PHRASES: Final = {word: short for short, word in reversed(list(TEENCODE.items())) if " " in word}
_LIKE: Final = str.maketrans("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ")
"""Latin letters -> Cyrillic ones that look the same."""
_EMOJI: Final = ("😱", "🔥", "😡", "‼️", "🙏", "😭", "👉", "❌")
_TONES: Final = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_SHAPES: Final = {"\u0306": "w", "\u031b": "w"}
_WORD: Final = re.compile(r"[^\W\d_]+")


def bare(text: str, rng: random.Random) -> str:
    """Without diacritics, in lower case."""
    return strip_marks(text.lower())


def teencode(text: str, rng: random.Random) -> str:
    """In slang: most words that have a short form get it."""
    text = text.lower()
    for phrase, short in _PHRASES.items():
        text = text.replace(phrase, short)
    return " ".join(_SLANG.get(word, word) if rng.random() < 0.8 else word for word in text.split())


def capitals(text: str, rng: random.Random) -> str:
    """Shouted."""
    return text.upper() + "!!!"


def spacing(text: str, rng: random.Random) -> str:
    """Words run together, or pulled apart letter by letter, to get past filters."""
    made = ""
    for word in text.split():
        way = rng.random()
        pulled = rng.choice((" ", ".")).join(word) if way < 0.08 and 2 < len(word) < 8 else word
        made += pulled + ("" if way > 0.9 else "  " if way > 0.8 else " ")
    return made.strip()


def homoglyphs(text: str, rng: random.Random) -> str:
    """A third of the words with letters of another script that look the same."""
    return " ".join(word.translate(_LIKE) if rng.random() < 0.35 else word for word in text.split())


def emoji(text: str, rng: random.Random) -> str:
    """With emoji between the words."""
    return " ".join(f"{word} {rng.choice(_EMOJI)}" if rng.random() < 0.2 else word for word in text.split())


def telex(text: str, rng: random.Random) -> str:
    """A third of the words as they are when Telex typing failed: vỡ -> vowx, đập -> ddaapj."""
    return _WORD.sub(lambda found: _keys(found[0]) if rng.random() < 0.35 else found[0], text)


def _keys(word: str) -> str:
    made, tone = "", ""
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONES:
            tone = _TONES[letter]
        elif letter in _SHAPES:
            made += _SHAPES[letter]
        elif letter == "\u0302":
            made += made[-1:]
        else:
            made += {"đ": "dd", "Đ": "DD"}.get(letter, letter)
    return made + tone


HANDS: Final[dict[str, Hand]] = {
    "no_diacritics": bare,
    "teencode": teencode,
    "capitals": capitals,
    "spacing": spacing,
    "homoglyphs": homoglyphs,
    "emoji": emoji,
    "telex": telex,
}
"""Every way of typing, by name."""
