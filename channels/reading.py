"""Reading what a platform answers, as far as it is the same for all: JSON that can be kept, and numbers."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, Final

_DEEPEST: Final = 100
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
_LARGEST: Final = 2**63 - 1


def unpacked(text: str | bytes) -> Any:
    """What this JSON says, see `kept`. Raises `ValueError` for what is none."""
    try:
        return kept(json.loads(text))
    except RecursionError:
        raise ValueError("nested too deep") from None


def kept(value: Any, deepest: int = _DEEPEST) -> Any:
    """The same with words that every database takes: a NUL, or half a letter (an emoji that was cut in two), is
    U+FFFD. Raises `ValueError` for what nests deeper than any honest answer."""
    if isinstance(value, str):
        return _NO_TEXT.sub("\ufffd", value)
    if isinstance(value, dict | list) and not deepest:
        raise ValueError("nested too deep")
    if isinstance(value, list):
        return [kept(one, deepest - 1) for one in value]
    if isinstance(value, dict):
        return {kept(name): kept(one, deepest - 1) for name, one in value.items()}
    return value


def of_our_time(at: datetime) -> datetime | None:
    """A time with which one can reckon in any zone; None for one that is none of these decades."""
    return at if 1990 <= at.year < 2200 else None


def whole(value: int) -> int | None:
    """A number that a database takes as one; None for a larger one, which counts nothing."""
    return value if abs(value) <= _LARGEST else None
