"""What should have been said of the traffic, and what was: alarms held against the hidden gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.incident import Level
from monitor.severity import WINDOW, above, level_of, spread_of
from tests.bench.traffic.events import Event
from tests.bench.traffic.made import Line, Traffic

PUSHED: Final = (Level.MEDIUM, Level.HIGH, Level.EMERGENCY)
FALSE_CLAIMS: Final = ("rumour", "scam", "copying")


@dataclass(frozen=True)
class Alarm:
    """One pushed message: when, about which event ("" when it mixes several or none), how bad, and whether it opens."""

    at: datetime
    event: str
    level: Level
    opens: bool = True


@dataclass(frozen=True)
class Truth:
    """What an event came to by gold: the worst level, and when the third author had asserted it: ever, and within an
    hour as the rule for severity asks."""

    event: Event
    level: Level | None
    onset: datetime | None
    onset_in_hour: datetime | None

    @property
    def must_push(self) -> bool:
        """Is an alarm about it right?"""
        return self.event.kind in FALSE_CLAIMS and self.event.harm > 0 and self.onset_in_hour is not None

    @property
    def is_high(self) -> bool:
        """Did it reach `high` or more?"""
        return self.level in (Level.HIGH, Level.EMERGENCY)


def truths(made: Traffic) -> dict[str, Truth]:
    """The truth of every event. A text counts when it was written; nothing is known before it was."""
    asserted: dict[str, list[Line]] = {key: [] for key in made.events}
    for line in sorted(made.lines, key=lambda line: line.row.at):
        if line.event and line.stance == "asserts":
            asserted[line.event].append(line)
    return {key: _truth(event, asserted[key]) for key, event in made.events.items()}


def _truth(event: Event, lines: list[Line]) -> Truth:
    worst: Level | None = None
    onset = onset_in_hour = None
    ever: set[str] = set()
    for i, line in enumerate(lines):
        ever.add(line.row.author)
        hour = [other.row for other in lines[: i + 1] if line.row.at - other.row.at < WINDOW]
        authors = {row.author for row in hour}
        if onset is None and len(ever) >= 3:
            onset = line.row.at
        if onset_in_hour is None and len(authors) >= 3:
            onset_in_hour = line.row.at
        level = level_of(event.harm, spread_of(len(authors), len({row.channel for row in hour}), surge=False))
        if level is not None and above(level, worst):
            worst = level
    return Truth(event, worst, onset, onset_in_hour)


def about(ids: Iterable[str], lines: Mapping[str, Line]) -> str:
    """The event that most of these texts belong to, "" when no event has half of them."""
    counts = Counter(lines[i].event for i in ids)
    if not counts:
        return ""
    event, count = counts.most_common(1)[0]
    return event if 2 * count >= counts.total() else ""


@dataclass(frozen=True)
class Found:
    """What one detector did with one traffic. `minutes` are those to the first alarm of each found high rumour."""

    high: dict[str, bool]
    minutes: dict[str, float]
    minutes_in_hour: dict[str, float]
    right: list[bool]
    messages: int
    by_kind: Counter[str]

    @property
    def recall(self) -> float:
        """Of the rumours that reach high."""
        return sum(self.high.values()) / len(self.high) if self.high else float("nan")


def judge(alarms: Collection[Alarm], gold: Mapping[str, Truth]) -> Found:
    """Hold the alarms of one detector against the truth."""
    high = {key: False for key, truth in gold.items() if truth.is_high and truth.event.kind in ("rumour", "scam")}
    minutes: dict[str, float] = {}
    in_hour: dict[str, float] = {}
    right, by_kind = [], Counter[str]()
    for alarm in sorted(alarms, key=lambda alarm: alarm.at):
        truth = gold.get(alarm.event)
        if alarm.opens:
            right.append(truth is not None and truth.must_push)
            by_kind[truth.event.kind if truth is not None else "everyday"] += 1
        if truth is None or alarm.event not in high or high[alarm.event]:
            continue
        high[alarm.event] = True
        for since, kept in ((truth.onset, minutes), (truth.onset_in_hour, in_hour)):
            if since is not None:
                kept[alarm.event] = (alarm.at - since).total_seconds() / 60
    return Found(high, minutes, in_hour, right, len(alarms), by_kind)
