"""Office hours: when people are pushed at for what can wait, and when a working day begins. Pure.

Weekends are known; public holidays are not (an office that closes then gets a medium alert on that morning).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from typing import Final

OPENS: Final = time(7)
CLOSES: Final = time(18)
_SATURDAY: Final = 5


def is_open(at: datetime, tz: tzinfo) -> bool:
    """True on a working day between opening and closing."""
    local = at.astimezone(tz)
    return local.weekday() < _SATURDAY and OPENS <= local.time() < CLOSES


def next_open(at: datetime, tz: tzinfo) -> datetime:
    """The first moment from `at` on at which the office is open."""
    if is_open(at, tz):
        return at
    local = at.astimezone(tz)
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, tz).astimezone(at.tzinfo)


def last_opening(at: datetime, tz: tzinfo) -> datetime:
    """When the newest working day that has begun by `at` began."""
    local = at.astimezone(tz)
    day = local.date() if local.time() >= OPENS else local.date() - timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, OPENS, tz).astimezone(at.tzinfo)


def closing(at: datetime, tz: tzinfo) -> datetime:
    """The end of the working day that `at` lies in, or of the next one."""
    local = next_open(at, tz).astimezone(tz)
    return datetime.combine(local.date(), CLOSES, tz).astimezone(at.tzinfo)
