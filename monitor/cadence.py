"""How often to look at an item: often while it is young or busy, seldom when it is old and quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_BY_AGE: Final = (
    (timedelta(hours=2), timedelta(minutes=1)),
    (timedelta(hours=24), timedelta(minutes=3)),
    (timedelta(days=3), timedelta(minutes=15)),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=30), timedelta(hours=12)),
)
_WHOLE: Final = (
    (timedelta(hours=24), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=12)),
    (timedelta(days=30), timedelta(days=7)),
)
BUSY: Final = timedelta(minutes=1)
AFTER_ERROR: Final = timedelta(minutes=5)
_QUIET: Final = timedelta(days=3)
LOOKED_AT_FOR: Final = timedelta(days=90)
"""Older items are not looked at any more."""
_SNAPSHOTS: Final = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7))
"""Ages at which figures are kept, so that weeks compare alike; daily in between."""
_FIGURES_FOR: Final = timedelta(days=60)


def next_look_at(age: timedelta, new: int, error: str | None, now: datetime) -> datetime | None:
    """Return when to read an item again, None for never. `new` is how many comments the last look brought; with an
    `error` it is not looked at more often than is usual at its age, and never within `AFTER_ERROR`."""
    if age > LOOKED_AT_FOR:
        return None
    usual = next((every for limit, every in _BY_AGE if age <= limit), _QUIET)
    if error:
        return now + max(AFTER_ERROR, usual)
    return now + (BUSY if new else usual)


def is_whole_due(published_at: datetime, last: datetime | None, now: datetime) -> bool:
    """Say whether an item's comments are to be read from the first one again: only so are late edits and deletions
    seen. `last` is when they were."""
    if last is None:
        return True
    every = next((every for limit, every in _WHOLE if now - published_at <= limit), None)
    return every is not None and now - last >= every


def next_figures_at(published_at: datetime, error: str | None, now: datetime) -> datetime | None:
    """Return when to read an item's figures again, None for never."""
    if error:
        return next_look_at(now - published_at, 0, error, now)
    for age in _SNAPSHOTS:
        if now < published_at + age:
            return min(published_at + age, now + timedelta(hours=24))
    return now + timedelta(days=7) if now - published_at < _FIGURES_FOR else None
