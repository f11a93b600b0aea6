"""The threshold from a wanted number of alarms: what each threshold would have brought, from what was heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from models.incident import Level
from monitor.claims import Text, spreads
from monitor.severity import DEFAULT, WINDOW, above, level_of, spread_of
from monitor.stream import harm_of

SHIFT: Final = timedelta(hours=12)
STEPS: Final = tuple(round(0.30 + 0.02 * i, 2) for i in range(33))
"""The thresholds that are tried: 0.30 to 0.94."""
LATEST: Final = 200
"""So many of a claim's newest texts say how doubtful it is, as in `Claim.doubtful`."""


@dataclass(frozen=True)
class Point:
    """At this threshold: alarms a shift, and of those that people judged how many were right and how many not."""

    risk: float
    alarms: float
    right: int
    wrong: int


def peak(texts: Sequence[Text]) -> float:
    """The highest threshold at which this claim would have been pushed (level medium or worse); 0 for never."""
    texts = sorted(texts, key=lambda t: (t.at, t.id))
    asserting = [t for t in texts if spreads(t.score)]
    best, first = 0.0, 0
    for last, text in enumerate(asserting):
        while asserting[first].at <= text.at - WINDOW:
            first += 1
        hour = asserting[first : last + 1]
        authors, channels = len({t.author for t in hour}), len({t.channel for t in hour})
        if authors < DEFAULT.some:
            continue
        level = level_of(harm_of(hour), spread_of(authors, channels, surge=False))
        if level is not None and above(level, Level.LOW):
            said = [t.score.risk for t in texts if t.at <= text.at and t.score.stance in ("asserts", "comments")]
            mean = sum(t.score.risk for t in hour) / len(hour)
            best = max(best, min(mean, sum(said[-LATEST:]) / len(said[-LATEST:])))
    return best


def curve(peaks: Mapping[int, float], right: Mapping[int, bool], span: timedelta) -> list[Point]:
    """What each threshold would have brought. `peaks` by claim, `right` where a person judged its alarm."""
    shifts = max(1.0, span / SHIFT)
    made = []
    for risk in STEPS:
        raised = [claim for claim, reached in peaks.items() if reached >= risk]
        known = [right[claim] for claim in raised if claim in right]
        made.append(Point(risk, len(raised) / shifts, sum(known), len(known) - sum(known)))
    return made


def chosen(points: Sequence[Point], wanted: float) -> Point:
    """The lowest threshold that brings no more alarms a shift than wanted; the highest tried when none does."""
    return next((p for p in points if p.alarms <= wanted), points[-1])
