"""Reading what Facebook answers: values may be missing, null, of another kind, or numbers written as text."""

from __future__ import annotations

import math
import mimetypes
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from channels.errors import LONGEST_WAIT_S
from channels.reading import of_our_time, unpacked, whole

_WHOLE: Final = re.compile(r"-?[0-9]{1,30}")
_TIME: Final = "%Y-%m-%dT%H:%M:%S%z"
APP_HEADERS: Final = ("x-app-usage",)
PAGE_HEADERS: Final = ("x-page-usage", "x-business-use-case-usage")


def text(value: object) -> str:
    """A text or an id; what is neither is an empty text."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def inner(value: object) -> Mapping[str, Any]:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else is an empty one."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def number(value: object) -> float | None:
    """A finite number, also one written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def count(value: object) -> int | None:
    """A whole number; None when the platform does not say."""
    if isinstance(value, int) and not isinstance(value, bool):
        return whole(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return whole(int(value))  # by way of a float only fifteen digits are exact
    found = number(value)
    return None if found is None else whole(int(found))


def moment(value: object) -> datetime | None:
    """A time as Facebook writes it, or Unix seconds."""
    try:
        if isinstance(value, str) and not value.isdigit():
            return of_our_time(datetime.strptime(value, _TIME).astimezone(UTC))
        seconds = number(value)
        return None if seconds is None else of_our_time(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def suffix(mime: str) -> str:
    """How a file of this type is named at its end."""
    return mimetypes.guess_extension(mime) or ""


def link(value: object) -> str:
    """An address; Facebook writes some without their host."""
    found = text(value)
    return f"https://www.facebook.com{found}" if found.startswith("/") else found


def same(value: object) -> str:
    """A text in the form in which two are compared."""
    return unicodedata.normalize("NFC", text(value).replace("\r\n", "\n")).strip()


def after(paging: Mapping[str, Any]) -> str:
    """The cursor of the next page; empty when there is none. It may stand in the link alone."""
    following = text(paging.get("next"))
    if not following:
        return ""
    try:
        linked = parse_qs(urlsplit(following).query)
    except ValueError:
        linked = {}
    return text(inner(paging.get("cursors")).get("after")) or linked.get("after", [""])[0]


def usage(headers: Mapping[str, str], names: Sequence[str] = (*APP_HEADERS, *PAGE_HEADERS)) -> dict[str, float]:
    """Percent of the call budget used that these headers tell, the highest of each name, and `regain_s` until calls are
    taken again."""
    found: dict[str, float] = {}
    for name in names:
        for row in _usage_rows(headers.get(name, "")):
            for key, value in row.items():
                told = number(value)
                if told is not None:
                    found[key] = max(told, found.get(key, 0.0))
    if found.get("estimated_time_to_regain_access"):
        found["regain_s"] = min(max(0.0, found["estimated_time_to_regain_access"] * 60), LONGEST_WAIT_S)
    return found


def _usage_rows(header: str) -> Iterator[Mapping[str, Any]]:
    """The header's object itself, or what lies in its lists by Page or business id."""
    try:
        told = inner(unpacked(header)) if header else {}
    except ValueError:
        return
    yield told
    for value in told.values():
        yield from rows(value)
