"""Rest between shifts and nights on duty: what a plan may not ask of a person. Pure.

A night is one of which a shift takes three hours between 22:00 and 06:00 of the office's clock. Nights count for
primary and backup; hours of rest for the primary alone, since a backup sleeps until called. The head is called last and
is on for weeks: neither counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Final

from models.office import RotaShift

MOST_NIGHTS: Final = 7
WINDOW: Final = timedelta(days=28)
REST: Final = timedelta(hours=12)
"""Article 110 of the Labour Code 2019: between one shift and the next."""
_NIGHT_FROM, _NIGHT_TO = time(22), time(6)
_A_NIGHT: Final = timedelta(hours=3)


class Rule(StrEnum):
    NIGHTS = "nights"
    REST = "rest"


@dataclass(frozen=True)
class Breach:
    """A shift that asks too much of a person: how many nights in 28 days, or how many hours since the shift before."""

    rule: Rule
    person_id: int
    shift: RotaShift
    amount: float


def nights_of(start: datetime, end: datetime, tz: tzinfo) -> frozenset[date]:
    """The evenings whose night a span takes."""
    day, found = start.astimezone(tz).date() - timedelta(days=1), set()
    while day <= end.astimezone(tz).date():
        night = (datetime.combine(day, _NIGHT_FROM, tz), datetime.combine(day + timedelta(days=1), _NIGHT_TO, tz))
        begins, ends = (at.astimezone(UTC) for at in night)
        if min(end, ends) - max(start, begins) >= _A_NIGHT:
            found.add(day)
        day += timedelta(days=1)
    return frozenset(found)


def breaches(shifts: Iterable[RotaShift], tz: tzinfo) -> list[Breach]:
    """What the plan asks too much, in the order of its shifts."""
    by_person: dict[int, list[RotaShift]] = defaultdict(list)
    for shift in sorted(shifts, key=lambda s: (s.starts_at, s.id or 0)):
        for person in dict.fromkeys(p for p in (shift.primary_id, shift.backup_id) if p is not None):
            by_person[person].append(shift)
    found = [
        breach
        for person, own in by_person.items()
        for breach in (*_too_little_rest(person, own), *_too_many_nights(person, own, tz))
    ]
    return sorted(found, key=lambda b: (b.shift.starts_at, b.person_id, b.rule))


def _too_little_rest(person: int, own: Sequence[RotaShift]) -> list[Breach]:
    mine = [shift for shift in own if shift.primary_id == person]
    found = []
    for before, shift in pairwise(mine):
        rested = shift.starts_at - before.ends_at
        if rested < REST:
            found.append(Breach(Rule.REST, person, shift, max(0.0, rested / timedelta(hours=1))))
    return found


def _too_many_nights(person: int, own: Sequence[RotaShift], tz: tzinfo) -> list[Breach]:
    """Each shift with which more than seven nights lie in the 28 days that end with its last one."""
    nights: set[date] = set()
    found = []
    for shift in own:
        new = nights_of(shift.starts_at, shift.ends_at, tz)
        nights |= new
        most = max((sum(night - WINDOW < n <= night for n in nights) for night in new), default=0)
        if most > MOST_NIGHTS:
            found.append(Breach(Rule.NIGHTS, person, shift, most))
    return found
