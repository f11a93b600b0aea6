"""When the next person is told, when an acknowledgement ends: what the timers decide. Pure; the time is an argument.

A timer is a time that is stored, and judged again by the clock as it is: one that jumped ahead makes one step and not
many, one that was set back makes nobody wait longer than one span.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import Enum, auto
from typing import Final, TypeVar

from bot.duty import hours
from models.incident import Level
from models.states import IncidentState

LAST_STEP: Final = 2
"""Primary, backup, head: the head is told again and again."""
BEGUN: Final = frozenset({IncidentState.ACKED, IncidentState.VERIFYING})
"""Taken, and not yet decided: such an acknowledgement can end."""
_IN_HAND: Final = BEGUN | {IncidentState.RESPONDING}
P = TypeVar("P")


@dataclass(frozen=True)
class Chain:
    """The spans of one level: until the next person is told, step by step (the last one again and again), and until an
    acknowledgement that nothing follows ends."""

    waits: tuple[timedelta, ...]
    ack_lives: timedelta

    def wait(self, step: int) -> timedelta:
        """How long whoever is told at `step` has."""
        return self.waits[min(step, len(self.waits) - 1)]


def _minutes(*waits: float, lives: float) -> Chain:
    return Chain(tuple(timedelta(minutes=w) for w in waits), timedelta(minutes=lives))


DEFAULT: Final = {
    Level.LOW: _minutes(24 * 60, lives=24 * 60),
    Level.MEDIUM: _minutes(60, lives=240),
    Level.HIGH: _minutes(15, lives=30),
    Level.EMERGENCY: _minutes(5, lives=15),
}
"""Where an office set nothing else (domain brief 6.1)."""


@dataclass(frozen=True)
class Standing:
    """What a timer looks at. `deed_at`: when a person last did something to the incident; `seconded`: a second person
    stands by."""

    state: IncidentState
    level: Level
    step: int
    next_at: datetime | None
    expires_at: datetime | None
    deed_at: datetime | None
    seconded: bool


class Act(Enum):
    """What is due now."""

    REST = auto()
    PASS_ON = auto()
    ASK_SECOND = auto()
    EXPIRE = auto()
    REMIND = auto()


@dataclass(frozen=True)
class Decision:
    """What is done now, and the timers as they stand from now on if nothing is."""

    act: Act
    next_at: datetime | None
    expires_at: datetime | None


def decide(standing: Standing, chain: Chain, now: datetime, tz: tzinfo) -> Decision:
    """Judge the timers of one incident. What may only disturb in office hours waits for these."""
    next_at, expires_at = _next(standing, chain, now), _expires(standing, chain, now)
    if standing.level is Level.MEDIUM:
        next_at, expires_at = (hours.next_open(max(at, now), tz) if at else None for at in (next_at, expires_at))
    return Decision(_act(standing, next_at, expires_at, now), next_at, expires_at)


def needs_second(state: IncidentState, level: Level, *, seconded: bool) -> bool:
    """True while one person alone has the highest level in hand."""
    return level is Level.EMERGENCY and state in _IN_HAND and not seconded


def _act(standing: Standing, next_at: datetime | None, expires_at: datetime | None, now: datetime) -> Act:
    expired = expires_at is not None and expires_at <= now
    if expired and standing.state is IncidentState.ACKED:
        return Act.EXPIRE
    if standing.next_at is None and next_at is not None:
        return Act.ASK_SECOND
    if next_at is not None and next_at <= now:
        return Act.PASS_ON
    return Act.REMIND if expired else Act.REST


def _next(standing: Standing, chain: Chain, now: datetime) -> datetime | None:
    wait = chain.wait(standing.step)
    if standing.state is IncidentState.NEW:  # without a time nobody was told of it yet
        return min(standing.next_at, now + wait) if standing.next_at else None
    if needs_second(standing.state, standing.level, seconded=standing.seconded):
        return min(standing.next_at or now + wait, now + wait)
    return None


def _expires(standing: Standing, chain: Chain, now: datetime) -> datetime | None:
    if standing.state not in BEGUN:
        return None
    done = standing.deed_at if standing.deed_at is not None and standing.deed_at <= now else None
    at = min(standing.expires_at or (done or now) + chain.ack_lives, now + chain.ack_lives)
    return max(at, done + chain.ack_lives) if done else at


def next_person(people: Sequence[P | None], step: int, *, apart_from: Collection[P] = ()) -> P | None:
    """Who is told at a step: the one in that place, or the nearest after it who is there, or before it; None when
    nobody is."""
    there = [person if person not in apart_from else None for person in people]
    step = min(step, len(there) - 1)
    return next((person for person in [*there[step:], *reversed(there[:step])] if person is not None), None)
