"""How well the detector of bursts finds what people marked: the Numenta Anomaly Benchmark's score (1.1).

A folder of it holds `*.csv` (timestamp,value) and `windows.json`, the marked spans of each file. One threshold for all
series: `ALARM`.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from monitor.spikes.detector import ALARM, Detector

PROBATION: Final = 0.15
LONGEST_PROBATION: Final = 750
FALSE_ALARM: Final = 0.11
PROFILES: Final = {"standard": (FALSE_ALARM, 1.0), "low_FP": (2 * FALSE_ALARM, 1.0), "low_FN": (FALSE_ALARM, 2.0)}
"""What an alarm outside the windows costs, and a window without one."""


@dataclass(frozen=True)
class Series:
    """One file: its rows in order of time, and its windows as (first row, last row)."""

    name: str
    times: list[datetime]
    values: list[float]
    windows: list[tuple[int, int]]


@dataclass(frozen=True)
class Parts:
    """What a score is made of: the alarms' worth inside windows, the windows missed, the worth of false alarms."""

    gained: float
    missed: float
    lost: float
    windows: float

    def __add__(self, other: Parts) -> Parts:
        return Parts(
            self.gained + other.gained, self.missed + other.missed, self.lost + other.lost, self.windows + other.windows
        )

    def score(self, profile: str = "standard") -> float:
        """0 for a detector that never speaks, 100 for a perfect one."""
        false_alarm, miss = PROFILES[profile]
        raw = self.gained - miss * self.missed - false_alarm * self.lost
        return 100 * (raw + miss * self.windows) / ((1 + miss) * self.windows)


def sigma(position: float) -> float:
    """How much an alarm is worth there: nearly 1 at the start of a window (-1), 0 at its end, nearly -1 far past it."""
    return 2 / (1 + math.exp(5 * position)) - 1


def parts_of(rows: int, windows: Sequence[tuple[int, int]], alarms: Sequence[int]) -> Parts:
    """Score the alarms (row numbers) of a series of so many rows."""
    heard = [i for i in alarms if i >= min(math.floor(PROBATION * rows), LONGEST_PROBATION)]
    best = dict.fromkeys(windows, 0.0)
    lost, found = 0.0, set[tuple[int, int]]()
    for i in heard:
        inside = next((w for w in windows if w[0] <= i <= w[1]), None)
        if inside is None:
            lost += _cost(i, windows)
        else:
            found.add(inside)
            length = inside[1] - inside[0] + 1
            best[inside] = max(best[inside], sigma(-(inside[1] - i + 1) / length) / sigma(-1))
    return Parts(sum(best.values()), len(windows) - len(found), lost, len(windows))


def _cost(i: int, windows: Sequence[tuple[int, int]]) -> float:
    before = [w for w in windows if w[1] < i]
    if not before:
        return 1.0
    first, last = max(before)
    past = (i - last) / (last - first)
    return 1.0 if past > 3 else -sigma(past)


def read_all(folder: Path) -> list[Series]:
    """Read every series of the folder that has windows. Raises `ValueError` with file, line and field of what is
    wrong."""
    file = folder / "windows.json"
    try:
        marked = json.loads(file.read_text(encoding="utf-8"))
        spans = {name: [_span(*span) for span in its] for name, its in marked.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: {error}") from error
    return [_read(folder / name, its) for name, its in sorted(spans.items())]


def _span(first: str, last: str) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(first), datetime.fromisoformat(last)


def _read(file: Path, spans: Sequence[tuple[datetime, datetime]]) -> Series:
    times, values = [], []
    with file.open(encoding="utf-8", newline="") as rows:
        for line, row in enumerate(csv.DictReader(rows), 2):
            try:
                times.append(datetime.fromisoformat(row["timestamp"]))
                values.append(float(row["value"]))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{file}, line {line}: timestamp,value: {error}") from error
    within = [[i for i, at in enumerate(times) if a <= at <= b] for a, b in spans]
    if not all(within):
        raise ValueError(f"{file}: a window without rows")
    return Series(file.name, times, values, [(w[0], w[-1]) for w in within])


def scores_of(series: Series) -> list[float]:
    """What the detector says of each row, left to right."""
    detector = Detector()
    return [detector.update(at, value) for at, value in zip(series.times, series.values, strict=True)]


def at_threshold(series: Series, scores: Sequence[float], threshold: float = ALARM) -> Parts:
    """Score a series at one threshold."""
    alarms = [i for i, score in enumerate(scores) if score >= threshold]
    return parts_of(len(scores), series.windows, alarms)


def total(parts: Sequence[Parts]) -> Parts:
    """Add up several series."""
    return sum(parts[1:], parts[0])
