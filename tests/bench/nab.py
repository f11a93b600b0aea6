"""How well the detector of bursts finds what people marked: the Numenta Anomaly Benchmark's score (1.1) on its series
of tweets a company.

`python -m tests.bench.nab [FOLDER]`; the folder holds `*.csv` and `windows.json` and stays outside the project. One
threshold for all series: `monitor.spikes.ALARM`. Each series is also scored alone, and the estimate "elsewhere" takes
for each series the threshold that is best on the others: what is tuned on five series alone would fall there.
"""

from __future__ import annotations

import csv
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from monitor.spikes import ALARM, Detector

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "nab_tweets"
PROBATION: Final = 0.15
LONGEST_PROBATION: Final = 750
FALSE_ALARM: Final = 0.11
PROFILES: Final = {"standard": (FALSE_ALARM, 1.0), "low_FP": (2 * FALSE_ALARM, 1.0), "low_FN": (FALSE_ALARM, 2.0)}
"""What an alarm outside the windows costs, and a window without one."""
THRESHOLDS: Final = tuple(i / 50 for i in range(1, 50))


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
    missed: int
    lost: float
    windows: int

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
    """Read every series of the folder that has windows."""
    marked = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    found = []
    for name, spans in sorted(marked.items()):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows = [(datetime.fromisoformat(r["timestamp"]), float(r["value"])) for r in csv.DictReader(file)]
        times = [at for at, _ in rows]
        bounds = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in spans]
        within = [[i for i, at in enumerate(times) if a <= at <= b] for a, b in bounds]
        found.append(Series(name, times, [v for _, v in rows], [(w[0], w[-1]) for w in within]))
    return found


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


def elsewhere(every: Sequence[Series], scores: Sequence[Sequence[float]]) -> float:
    """The standard score when each series is heard at the threshold that is best on the others."""
    held = []
    for i in range(len(every)):
        others = [j for j in range(len(every)) if j != i]
        best = max(THRESHOLDS, key=lambda t: (total([at_threshold(every[j], scores[j], t) for j in others]).score(), t))
        held.append(at_threshold(every[i], scores[i], best))
    return total(held).score()


def main() -> None:
    """Print the scores."""
    every = read_all(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    began = time.perf_counter()
    scores = [scores_of(series) for series in every]
    took = time.perf_counter() - began
    table = Table("series", "windows", "found", "alarms", *PROFILES)
    parts = [at_threshold(series, row) for series, row in zip(every, scores, strict=True)]
    for series, row, part in zip(every, scores, parts, strict=True):
        table.add_row(series.name, *_cells(part, sum(s >= ALARM for s in row)))
    table.add_section()
    table.add_row("all", *_cells(total(parts), sum(s >= ALARM for row in scores for s in row)))
    console = Console()
    console.print(table)
    console.print(f"threshold from the other series: standard {elsewhere(every, scores):.1f}")
    console.print(f"{sum(map(len, scores))} rows in {took:.1f} s")


def _cells(part: Parts, alarms: int) -> list[str]:
    found = part.windows - part.missed
    return [str(part.windows), str(found), str(alarms), *(f"{part.score(p):.1f}" for p in PROFILES)]


if __name__ == "__main__":
    main()
