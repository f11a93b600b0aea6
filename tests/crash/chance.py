"""Kills at random: which engine, which points, in which order things are due. A seed and a number name a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from random import Random

from tests.crash.child import AFTER_COMMIT, BEFORE_COMMIT
from tests.crash.stage import ENGINES, POINTS, Kill, Stage, Verdict

MOST_KILLS, LAST_REQUEST, LAST_COMMIT = 3, 43, 49
"""A run without a kill makes about so many requests and commits."""


@dataclass(frozen=True)
class Plan:
    """One run."""

    number: int
    engine: str
    kills: tuple[Kill, ...]
    order: Random

    def __str__(self) -> str:
        return f"run {self.number}, {self.engine}, killed at: {', '.join(map(str, self.kills))}"


def plan(seed: int, number: int) -> Plan:
    """The run of this number: the same for the same seed."""
    rng = Random(f"{seed}:{number}")
    kills = []
    for _ in range(rng.randint(1, MOST_KILLS)):
        point = rng.choice(POINTS)
        last = LAST_COMMIT if point in (BEFORE_COMMIT, AFTER_COMMIT) else LAST_REQUEST
        kills.append(Kill(point, rng.randint(1, last)))
    return Plan(number, ENGINES[number % len(ENGINES)], tuple(kills), rng)


@dataclass
class Sum:
    """What came of many runs."""

    runs: int = 0
    deliveries: int = 0
    kills: int = 0
    losses: int = 0
    doubles: int = 0
    wrong: int = 0
    unknowns: int = 0
    blind: int = 0
    bad: list[str] = field(default_factory=list)

    def add(self, plan: Plan, verdict: Verdict) -> None:
        """Count one run."""
        self.runs += 1
        self.deliveries += verdict.deliveries
        self.kills += verdict.kills
        self.losses += len(verdict.lost)
        self.doubles += len(verdict.doubled)
        self.wrong += len(verdict.wrong)
        self.unknowns += len(verdict.unknown)
        self.blind += verdict.blind
        if not verdict.well:
            self.bad.append(f"{plan}: {verdict}")

    def rows(self) -> Iterable[tuple[str, int]]:
        """As they are told."""
        return (
            ("runs", self.runs),
            ("deliveries", self.deliveries),
            ("processes killed", self.kills),
            ("losses", self.losses),
            ("doubles", self.doubles),
            ("not finished", self.wrong),
            ("unknown", self.unknowns),
            ("calls in flight on channels that cannot be read", self.blind),
        )


async def at_random(stage: Stage, seed: int, numbers: Iterable[int]) -> AsyncIterator[tuple[Plan, Verdict]]:
    """Play these runs."""
    for number in numbers:
        planned = plan(seed, number)
        yield planned, await stage.run(planned.engine, planned.kills, shuffle=planned.order)
