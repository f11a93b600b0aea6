"""How much, for how long, with what planted in it, and the habits of the hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

CHANNELS: Final = {"facebook": 0.55, "youtube": 0.18, "zalo": 0.15, "viber": 0.05, "telegram": 0.07}
_HOURS: Final = (2, 1, 1, 1, 1, 3, 6, 9, 10, 9, 9, 10, 12, 10, 8, 8, 8, 9, 11, 14, 15, 13, 9, 5)
"""How much is written in each hour of a working day, whatever the unit."""
_EVENING: Final = (3, 2, 1, 1, 1, 1, 2, 3, 3, 4, 4, 6, 8, 6, 5, 5, 6, 8, 11, 15, 18, 17, 12, 7)
_WEEKEND: Final = {5: 0.85, 6: 0.75}


@dataclass(frozen=True)
class Volume:
    """One size of traffic. `planted` counts the events of each kind, `crowd` says how many write in one, by speed or
    kind; `fresh` is the share of everyday lines that were never written before."""

    name: str
    length: timedelta
    lines: int
    planted: Mapping[str, int]
    crowd: Mapping[str, tuple[int, int]]
    fresh: float
    starts_at_hour: int = 0
    outages: int = 0
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def shifts(self) -> float:
        """How many shifts of twelve hours it lasts."""
        return self.length / timedelta(hours=12)


SPANS: Final = {
    "slow": (8.0, 22.0), "medium": (1.5, 4.0), "explosive": (0.6, 1.5), "scam": (1.0, 5.0), "criticism": (2.0, 6.0),
    "news": (2.0, 5.0), "joke": (2.0, 8.0), "satire": (2.0, 8.0), "copying": (0.2, 1.0), "warning": (0.2, 1.0),
}  # fmt: skip
"""How many hours an event lasts."""

QUIET: Final = Volume(
    "40 days at 200", timedelta(days=40), 8_000,
    {"slow": 8, "medium": 9, "explosive": 7, "scam": 2, "criticism": 8, "news": 5, "joke": 5, "satire": 4, "copying": 6,
     "warning": 4},
    {"slow": (10, 28), "medium": (18, 45), "explosive": (45, 110), "scam": (8, 20), "criticism": (40, 110),
     "news": (40, 100), "joke": (20, 60), "satire": (12, 30), "copying": (15, 30), "warning": (2, 3)},
    fresh=0.6, outages=4,
)  # fmt: skip
BUSY: Final = Volume(
    "10 days at 20,000", timedelta(days=10), 200_000,
    {"slow": 6, "medium": 7, "explosive": 6, "scam": 2, "criticism": 10, "news": 5, "joke": 6, "satire": 4,
     "copying": 6, "warning": 6},
    {"slow": (15, 40), "medium": (40, 90), "explosive": (120, 350), "scam": (15, 40), "criticism": (200, 600),
     "news": (300, 800), "joke": (150, 500), "satire": (50, 150), "copying": (20, 60), "warning": (2, 4)},
    fresh=0.29, outages=3,
)  # fmt: skip
PEAK: Final = Volume(
    "3 hours at 500,000", timedelta(hours=3), 62_500,
    {"medium": 1, "explosive": 2, "criticism": 2, "news": 1, "joke": 1, "copying": 1},
    {"medium": (60, 90), "explosive": (300, 600), "criticism": (300, 600), "news": (2000, 3000), "joke": (500, 900),
     "copying": (40, 60)},
    fresh=0.3, starts_at_hour=18,
    spans={"medium": (1.5, 2.0), "explosive": (0.5, 0.9), "criticism": (1.0, 2.5), "news": (2.0, 2.8),
           "joke": (1.0, 2.0), "copying": (0.2, 0.5)},
)  # fmt: skip
DAY: Final = Volume(
    "a day at 200", timedelta(days=1), 330,
    {"medium": 1, "criticism": 1, "joke": 1, "satire": 1},
    {"medium": (25, 30), "criticism": (60, 70), "joke": (15, 20), "satire": (10, 12)},
    fresh=0.5,
)  # fmt: skip
"""Small enough for the test suite."""
VOLUMES: Final = {"quiet": QUIET, "busy": BUSY, "peak": PEAK, "day": DAY}


def everyday_moments(volume: Volume, count: int, rng: Random) -> list[tuple[timedelta, str]]:
    """When and on which channel everyday lines are written: by the habits of hours, weekends and channels."""
    hours = max(round(volume.length / timedelta(hours=1)), 1)
    slots, weights = [], []
    for hour in range(hours):
        day, of_day = divmod(hour + volume.starts_at_hour, 24)
        for channel, share in CHANNELS.items():
            habit = _EVENING if channel == "youtube" else _HOURS
            slots.append((hour, channel))
            weights.append(share * habit[of_day] / sum(habit) * _WEEKEND.get(day % 7, 1.0))
    drawn = rng.choices(slots, weights, k=count)
    return [(timedelta(hours=hour + rng.random()), channel) for hour, channel in drawn]


def start_of(volume: Volume, span: timedelta, rng: Random) -> timedelta:
    """When an event begins: while people are awake, and so that it ends within the volume."""
    last = volume.length - span
    if volume.length < timedelta(days=1):
        return last * rng.random()
    while True:
        start = volume.length * rng.random()
        of_day = int(start / timedelta(hours=1)) % 24
        if start <= last and rng.random() < _HOURS[of_day] / max(_HOURS):
            return start
