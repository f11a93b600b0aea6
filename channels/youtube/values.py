"""Reading what YouTube answers: values may be missing, of another kind, or numbers written as text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from channels.reading import of_our_time, whole

PACIFIC: Final = ZoneInfo("America/Los_Angeles")


def rows(body: Mapping[str, Any], name: str = "items") -> list[Mapping[str, Any]]:
    """The objects of a list in an answer; none where it is missing or something else."""
    found = body.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def inner(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in an object; empty where it is missing or something else."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def moment(text: object) -> datetime | None:
    """A time with its zone (UTC where none is told); None for what is no time."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return of_our_time(found if found.tzinfo else found.replace(tzinfo=UTC))


def day(text: object) -> date | None:
    """A day; None for what is none."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def count(value: object) -> int | None:
    """A whole number, exact however large and whether it comes as text or number; None when the platform does not
    say."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return whole(int(value))
    try:
        return whole(int(str(value)))
    except ValueError:
        return None


def same(one: str, other: str) -> bool:
    """True for one text, however its accents are stored and whatever blanks surround it."""
    return _plain(one) == _plain(other)


def alike(one: object, other: object) -> bool:
    """True for one value: words as `same` has it, lists word by word in any order."""
    if isinstance(one, str):
        return same(one, str(other or ""))
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(_plain, one)) == sorted(map(_plain, other))
    return one == other


def _plain(word: object) -> str:
    return unicodedata.normalize("NFC", str(word)).strip()


def watch(video: str, *, short: bool = False) -> str:
    """The address where a video is seen; a Short's is of another kind."""
    return f"https://www.youtube.com/{'shorts/' if short else 'watch?v='}{video}" if video else ""


def until_midnight_s(now: datetime) -> float:
    """Until the quotas are renewed: midnight in Pacific time, and a minute more."""
    local = now.astimezone(PACIFIC)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return (midnight.astimezone(UTC) - now).total_seconds()  # two times of one zone would leave its summer time out
