"""How bad it is: two scores and a table (domain brief 6.1). Deterministic, and shown in the alert.

Harm is proposed by the model and set by a person; spread is counted. Every number here is data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from models.incident import Level
from models.outlet import OutletKind

WINDOW: Final = timedelta(minutes=60)
"""Distinct authors are counted over this time."""


@dataclass(frozen=True)
class Deadlines:
    """Minutes from the alert; None where the table demands nothing."""

    ack_min: int
    first_line_min: int
    correction_min: int


_DAY: Final = 24 * 60
_DEADLINES: Final = {
    Level.LOW: Deadlines(_DAY, 3 * _DAY, 3 * _DAY),
    Level.MEDIUM: Deadlines(60, 240, _DAY),
    Level.HIGH: Deadlines(15, 60, 240),
    Level.EMERGENCY: Deadlines(5, 30, 120),
}


def deadlines(level: Level) -> Deadlines:
    """Return when a level must be acknowledged, answered and corrected. `low` means the next working day."""
    return _DEADLINES[level]


@dataclass(frozen=True)
class Thresholds:
    """When spread counts as 1, 2 and 3: distinct authors within the hour, or one page with more followers than that."""

    some: int = 3
    many: int = 10
    quick: int = 5
    times_usual: float = 3.0
    most: int = 30
    followers: int = 100_000


DEFAULT: Final = Thresholds()


def spread_of(authors: int, channels: int, *, surge: bool, widely_heard: bool = False, t: Thresholds = DEFAULT) -> int:
    """Return the spread 0-3 of a claim by the distinct authors of the last hour. `widely_heard`: the press or a big
    public page is one of them (`widely_heard_by`).

    `surge`: the hour is at least three times the usual hour of the channel. With less than two weeks of history
    nobody knows what is usual: then pass False and the absolute rules stand alone.
    """
    if authors >= t.most or widely_heard:
        return 3
    if authors >= t.many or (authors >= t.quick and (surge or channels >= 2)):
        return 2
    return 1 if authors >= t.some else 0


def widely_heard_by(kind: str, followers: int | None, t: Thresholds = DEFAULT) -> bool:
    """Say whether what an outlet writes reaches many at once: the press does, a page by its followers."""
    return kind == OutletKind.PRESS or (followers is not None and followers > t.followers)


_TABLE: Final = {
    1: (None, Level.LOW, Level.LOW, Level.MEDIUM),
    2: (Level.LOW, Level.MEDIUM, Level.HIGH, Level.HIGH),
    3: (Level.MEDIUM, Level.HIGH, Level.EMERGENCY, Level.EMERGENCY),
}
LEVELS: Final = (Level.LOW, Level.MEDIUM, Level.HIGH, Level.EMERGENCY)


def level_of(harm: int, spread: int) -> Level | None:
    """Return the level of a claim; None is logged only. Harm 0 never alerts."""
    return None if harm <= 0 else _TABLE[min(harm, 3)][max(0, min(spread, 3))]


def above(level: Level, other: Level | None) -> bool:
    """Say whether a level is worse than another (or than none)."""
    return other is None or LEVELS.index(level) > LEVELS.index(other)
