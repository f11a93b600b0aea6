"""Looks for what identifies a person in anything that Loa keeps or shows. It knows nothing of how Loa masks.

Blanks, dots and dashes between figures do not hide a number from it, nor do escapes in JSON and HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_BETWEEN = re.compile(r"(?<=\d)[\s.\-_()·–\ufe0f\u20e3]+(?=\d)")
_HOUSE = re.compile(
    r"(?i)(?<!\w)(?:số\s*nhà|so\s*nha|nhà\s*số|nha\s*so|s\.?n)\s*\d|"
    r"(?<![\d/])\d{1,3}\s(?:ngõ|ngo|hẻm|hem)\s\d|12/3|12 L[êe] L[ợo]i"
)
_PLATE = re.compile(r"(?i)(?<![\w])(?:29A|59-?X1|30H)[- .]?\d{3}[. ]?\d{2}")


def traces(content: str | bytes, personal: Iterable[str], words: Iterable[str] = ()) -> list[str]:
    """What is found of these personal details: as they were typed, their figures in any spacing, any house or plate;
    and of these words."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    text = html.unescape(_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text))
    close, lowered = _BETWEEN.sub("", text), text.lower()
    found = [word for word in (*personal, *words) if word.lower() in lowered]
    found += [number for number in _numbers(personal) if number in close]
    return found + [m[0] for m in (*_HOUSE.finditer(text), *_PLATE.finditer(text))]


def _numbers(texts: Iterable[str]) -> set[str]:
    """The figures of numbers long enough to be one person's, without what is the same for many."""
    found = {re.sub(r"\D", "", _BETWEEN.sub("", text)) for text in texts}
    return {re.sub(r"^(?:0*84)?0*", "", number) for number in found if len(number) >= 7}
