"""Figures with their intervals, as the rows of one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import fmean, median
from typing import Final

from tests.bench.traffic.gold import Alarm, Found, Truth
from tests.bench.traffic.made import START
from tests.bench.traffic.volumes import Volume

RESAMPLES: Final = 1000
HARMLESS: Final = ("criticism", "joke", "news", "satire", "warning", "everyday")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def interval(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of a figure over these values."""
    rng = Random("bootstrap")
    found = sorted(of(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES) - 1]


def told(values: Sequence[float], of: Callable[[Sequence[float]], float], form: str = ".2f") -> str:
    """The figure and its interval, as `0.95 (0.90 to 1.00)`."""
    if not values:
        return "-"
    low, high = interval(values, of)
    return f"{of(values):{form}} ({low:{form}} to {high:{form}})"


def shift_counts(alarms: Sequence[Alarm], volume: Volume) -> list[float]:
    """New incidents in each shift of twelve hours, also in those without any."""
    shifts = [0.0] * max(round(volume.shifts), 1)
    for alarm in alarms:
        shift = int((alarm.at - START).total_seconds() // 43_200)
        shifts[min(shift, len(shifts) - 1)] += alarm.opens
    return shifts


def rows(found: Sequence[Found], alarms: Sequence[Sequence[Alarm]], volume: Volume) -> dict[str, str]:
    """The figures of one detector over all seeds of a volume, by name."""
    minutes = [m for f in found for m in f.minutes.values()]
    in_hour = [m for f in found for m in f.minutes_in_hour.values()]
    shifts = [count for made in alarms for count in shift_counts(made, volume)]
    raised = sum(f.messages for f in found) / (volume.shifts * len(found))
    made = {
        "recall of rumours that reach high": told([float(hit) for f in found for hit in f.high.values()], fmean),
        "precision of new incidents": told([float(hit) for f in found for hit in f.right], fmean),
        "minutes from the third author, median": told(minutes, median, ".1f"),
        "  p90": told(minutes, lambda values: percentile(values, 0.9), ".1f"),
        "minutes from the third author in an hour, median": told(in_hour, median, ".1f"),
        "  p90 in an hour": told(in_hour, lambda values: percentile(values, 0.9), ".1f"),
        "new incidents a shift": told(shifts, fmean),
        "messages a shift, raised levels too": f"{raised:.2f}",
    }
    for kind in HARMLESS:
        made[f"alarms from {kind} alone"] = str(sum(f.by_kind[kind] for f in found))
    made["alarms about copying by few hands"] = str(sum(f.by_kind["copying"] for f in found))
    return made


def by_speed(found: Sequence[Found], golds: Sequence[Mapping[str, Truth]]) -> dict[str, str]:
    """Found of those that reach high, by how quickly they spread."""
    made: dict[str, list[bool]] = {}
    for one, gold in zip(found, golds, strict=True):
        for key, hit in one.high.items():
            made.setdefault(gold[key].event.speed, []).append(hit)
    return {speed: f"{sum(hits)} of {len(hits)}" for speed, hits in made.items()}
