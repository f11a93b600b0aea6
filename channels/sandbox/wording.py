"""How the same sentence comes out of different hands: the variant rules of the domain brief, pure and seeded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

_CHOICE: Final = re.compile(r"\{([^{}]*)\}")
_SLANG: Final = {
    "không": ("ko", "k", "hok"), "được": ("dc", "đc"), "rồi": ("r", "rùi"), "với": ("vs",), "người": ("ng",),
    "mọi": ("m",), "gì": ("j",), "biết": ("bt",), "vậy": ("z", "v"), "quá": ("wa", "qá"), "cũng": ("cx",),
    "bây giờ": ("bh",), "anh": ("a",), "em": ("e",), "trước": ("trc",), "mới": ("ms",), "làm": ("lm",),
    "ngay": ("ngay", "lun"), "chia sẻ": ("share",), "luôn": ("lun",), "bảo": ("bẩu",), "nhiều": ("nhìu",),
}  # fmt: skip
_OPENINGS: Final = (
    "",
    "",
    "",
    "trời ơi ",
    "bà con ơi ",
    "mọi người ơi ",
    "nóng: ",
    "nghe kỹ nè, ",
    "nhà em ở gần đó, ",
)
_ENDINGS: Final = ("", "", "", "!!!", " 😱", " huhu", " nha", " đó", "...", " thiệt đó", " nha bà con")


def fill(pattern: str, rng: Random, slots: Mapping[str, Sequence[str]]) -> str:
    """Draw one text from a pattern; choices may be nested, slots are named choices."""
    while True:
        found = _CHOICE.search(pattern)
        if found is None:
            return re.sub(r"\s+", " ", pattern).replace(" ,", ",").strip()
        inner = found[1]
        chosen = rng.choice(slots[inner]) if inner in slots else rng.choice(inner.split("|"))
        pattern = pattern[: found.start()] + chosen + pattern[found.end() :]


def without_marks(text: str) -> str:
    """Typed on a keyboard without Vietnamese."""
    flat = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in flat if not unicodedata.combining(c))


def slang(text: str, rng: Random) -> str:
    """Teencode: most of the words that have a short form."""
    text = text.lower()
    for word, shorts in _SLANG.items():
        if rng.random() < 0.85:
            text = re.sub(rf"(?<!\w){word}(?!\w)", rng.choice(shorts), text)
    return text


def stretched(text: str, rng: Random) -> str:
    """One word with its last letter drawn out."""
    words = text.split()
    if words:
        i = rng.randrange(len(words))
        if words[i][-1:].isalpha():
            words[i] += words[i][-1] * rng.randint(1, 3)
    return " ".join(words)


HANDS: Final = ("plain", "lower", "bare", "slang", "bare_slang", "shout", "stretched", "bare", "slang", "lower")
"""Ten hands: at least two without diacritics and two in teencode."""


def typed(text: str, hand: str, rng: Random) -> str:
    """The text as one kind of hand types it."""
    if hand == "bare":
        return without_marks(text.lower())
    if hand == "slang":
        return slang(text, rng)
    if hand == "bare_slang":
        return without_marks(slang(text, rng))
    if hand == "shout":
        return text.upper()
    if hand == "stretched":
        return stretched(text.lower(), rng)
    return text.lower() if hand == "lower" else text


def variants(wordings: Sequence[str], rng: Random, count: int = 10) -> list[str]:
    """Return `count` different texts that all say what the wordings say."""
    hands = [HANDS[i % len(HANDS)] for i in range(count)]
    rng.shuffle(hands)
    made: list[str] = []
    for number, hand in enumerate(hands):
        while True:
            base = wordings[number % len(wordings)]
            text = typed(rng.choice(_OPENINGS) + base + rng.choice(_ENDINGS), hand, rng)
            if text not in made:
                made.append(text)
                break
    return made
