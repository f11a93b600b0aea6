"""How well the detector of bursts does on the Numenta Anomaly Benchmark's series of tweets a company.

`python -m tests.bench.nab [FOLDER]`; the folder holds `*.csv` and `windows.json` and stays outside the project. One
threshold for all series: `monitor.spikes.ALARM`. Each series is also scored alone, and the estimate "elsewhere" takes
for each series the threshold that is best on the others: what is tuned on five series alone would fall there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from monitor.spikes import ALARM
from monitor.spikes.nab import PROFILES, Parts, Series, at_threshold, read_all, scores_of, total

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "nab_tweets"
THRESHOLDS: Final = tuple(i / 50 for i in range(1, 50))


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
    return [f"{part.windows:.0f}", f"{found:.0f}", str(alarms), *(f"{part.score(p):.1f}" for p in PROFILES)]


if __name__ == "__main__":
    main()
