"""What hours of the day and days of the week usually do to counts, learned as it goes. In logarithms: twice as much is
one step, at night as at noon.

A day's hour is known from a few days on; until then, and for a weekday seen too rarely, the coarser habit speaks.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from monitor.spikes.calendar import is_day_off, is_holiday

HALF_LIFE: Final = timedelta(days=14)
"""The general level forgets at this pace."""
FEW: Final = 6.0
"""So many hours of one kind weigh as much as the coarser habit does."""
MOST: Final = 8.0
"""Hours of one kind that are remembered: the habit follows when it changes."""
HOUR: Final = 3600.0
_AROUND: Final = ((-1, 0.5), (0, 1.0), (1, 0.5))
"""An hour learns a little from its neighbours."""


class _Mean:
    """A mean that forgets: `weight` is all that was ever learned, only the last `MOST` hours count."""

    __slots__ = ("value", "weight")

    def __init__(self) -> None:
        self.value = self.weight = 0.0

    def learn(self, value: float, weight: float) -> None:
        self.weight += weight
        self.value += weight / min(self.weight, max(MOST, weight)) * (value - self.value)


class Habit:
    """Fed with the logarithm of counts; `at` says how far above or below the general level a time usually is.

    Hours and days are those of `tz`; None: the times say it themselves. `days_off` are the office's own free days.
    """

    def __init__(self, tz: tzinfo | None = None, days_off: Collection[date] = ()) -> None:
        self._tz, self._days_off = tz, days_off
        self._level = self._weight = 0.0
        self._means: dict[tuple[str, int], _Mean] = {}

    @property
    def level(self) -> float:
        """The general level."""
        return self._level

    def learn(self, at: datetime, value: float, seconds: float) -> None:
        """Learn a value that stood for so many seconds, an hour at most."""
        weight = min(seconds, HOUR) / HOUR
        if weight <= 0.0:
            if not self._weight:
                self._level = value
            return
        self._weight = self._weight * 0.5 ** (weight * HOUR / HALF_LIFE.total_seconds()) + weight
        self._level += weight / self._weight * (value - self._level)
        local = self._local(at)
        for kind in self._kinds(local):
            self._means.setdefault((kind, local.hour), _Mean()).learn(value - self._level, weight)

    def at(self, at: datetime) -> float:
        """Return how far from the general level this time usually is."""
        local = self._local(at)
        found = 0.0
        for kind in self._kinds(local):
            near = [(self._means.get((kind, (local.hour + by) % 24)), share) for by, share in _AROUND]
            known = [(mean, share * mean.weight) for mean, share in near if mean is not None]
            total = sum(weight for _, weight in known)
            found = (sum(m.value * weight for m, weight in known) + FEW * found) / (total + FEW)
        return found

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self._tz) if self._tz is not None else at

    def _kinds(self, local: datetime) -> tuple[str, ...]:
        """The kinds of day this is, the coarser first. A holiday is like a weekend, whatever day it falls on."""
        day = local.date()
        if not is_day_off(day, self._days_off):
            return ("work", f"day{day.weekday()}")
        if is_holiday(day) or day in self._days_off:
            return ("off",)
        return ("off", f"day{day.weekday()}")
