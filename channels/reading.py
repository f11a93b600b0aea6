"""Reading what a platform answers, as far as it is the same for all: JSON that can be kept, and numbers."""

from __future__ import annotations

import json
import re
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

_DEEPEST: Final = 100
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_REST: Final = re.compile(r"[^\[\]{}]+")
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
_LARGEST: Final = 2**63 - 1


def nests_too_deep(text: str) -> bool:
    """Whether this JSON nests deeper than any honest answer. It is counted before it is read: a reader at the end of
    the stack leaves none to the destructors that run meanwhile, and what they fail to do nobody hears of."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    steps = (1 if bracket in "[{" else -1 for bracket in _REST.sub("", _STRING.sub("", text)))
    return max(accumulate(steps), default=0) > _DEEPEST


def unpacked(text: str | bytes) -> Any:
    """What this JSON says, see `kept`. Raises `ValueError` for what is none, or nests too deep."""
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")  # as `json.loads` does
    if nests_too_deep(text):
        raise ValueError("nested too deep")
    return kept(json.loads(text))


def kept(value: Any) -> Any:
    """The same with words that every database takes: a NUL, or half a letter (an emoji that was cut in two), is
    U+FFFD."""
    if isinstance(value, str):
        return _NO_TEXT.sub("\ufffd", value)
    if isinstance(value, list):
        return [kept(one) for one in value]
    if isinstance(value, dict):
        return {kept(name): kept(one) for name, one in value.items()}
    return value


def of_our_time(at: datetime) -> datetime | None:
    """A time with which one can reckon in any zone; None for one that is none of these decades."""
    return at if 1990 <= at.year < 2200 else None


def whole(value: int) -> int | None:
    """A number that a database takes as one; None for a larger one, which counts nothing."""
    return value if abs(value) <= _LARGEST else None
