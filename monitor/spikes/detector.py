"""The detector of bursts: fed row by row, it looks only to the left.

Counts of people writing are heavy-tailed: every quiet day has its little peaks, and how high they are differs between
series by far more than how high the middle is. So a value is compared with peaks: the highest of every three hours of
the last two weeks, in logarithms, over ten minutes and over an hour together. Peaks of that kind follow
Gumbel's law, which says how seldom chance alone brings one as high.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

import numpy as np

from monitor.spikes.habit import Habit

ALARM: Final = 0.5
STEEP: Final = 2.1
"""Deviations above the usual peak that make an alarm: chance brings one in about three and a half days. Chosen, like
`REST`, on data."""
REST: Final = timedelta(hours=24)
"""One burst is one alarm: this long after an alarm `update` gives no other."""
ENOUGH_HISTORY: Final = timedelta(days=14)
WINDOWS: Final = (600.0, 3600.0)
"""Seconds over which values are averaged."""
BLOCK: Final = 3 * 3600.0
"""Seconds of which the highest value is one peak."""
BLOCKS: Final = 112
"""Peaks that are remembered: two weeks of them."""
LEAST: Final = 8
"""With fewer peaks nothing is said."""
PRIOR: Final = (0.35, 3.0)
"""How far peaks scatter before anything is known, and how many peaks that guess is worth."""
EVEN: Final = 0.25
"""Least scatter of peaks: however even a series is, a burst is at least 1.7 times its usual peak."""
FLOOR: Final = 2.0
"""Added to a row before the logarithm is taken, so that one text after none is not infinitely more."""
HABIT: Final = 0.5
"""How much of the habit is taken off: quiet hours scatter more, and a burst is rarer there than the whole would say."""
LONGEST: Final = timedelta(days=365)
"""Nothing rarer is claimed of chance."""
NORMAL_90: Final = 1.2816
"""Deviations from the middle to the ninth tenth."""
GUMBEL: Final = math.pi / math.sqrt(6)
EULER: Final = 0.5772156649


@dataclass(frozen=True)
class Judgement:
    """What is said of a value. `score` is 0..1, an alarm from `ALARM` on; `seldom` is after how long chance alone
    brings a peak as high, on average."""

    score: float
    seldom: timedelta


NOTHING: Final = Judgement(0.0, timedelta())


class Detector:
    """Fed value by value; `update` returns how unusual each is, 0..1, an alarm from `ALARM` on.

    Hours and days are those of `tz`, where the people live; None: the times say it themselves. A row that is missing
    is not known, never zero: leave it out.
    """

    def __init__(self, *, tz: tzinfo | None = None, days_off: Collection[date] = ()) -> None:
        self._habit = Habit(tz, days_off)
        self._rows: deque[tuple[float, float]] = deque()
        self._first: float | None = None
        self._block_from = 0.0
        self._highest = [-math.inf] * len(WINDOWS)
        self._peaks = tuple(deque[float](maxlen=BLOCKS) for _ in WINDOWS)
        self._usual_peaks: list[tuple[float, float]] = []
        self._rest_until = -math.inf

    @property
    def short_history(self) -> bool:
        """True until two weeks are known; then absolute rules apply and the alert says so."""
        return self._first is None or self._rows[-1][0] - self._first < ENOUGH_HISTORY.total_seconds()

    def update(self, at: datetime, value: float) -> float:
        """Return the score of this value and learn it. Values must come in order of time."""
        score, now = self.judge(at, value).score, seconds_of(at)
        self.learn(at, value)
        if score >= ALARM and now < self._rest_until:
            return ALARM * 0.98 * score
        if score >= ALARM:
            self._rest_until = now + REST.total_seconds()
        return score

    def judge(self, at: datetime, value: float) -> Judgement:
        """Say how unusual a value would be now, without learning it."""
        if len(self._peaks[0]) < LEAST:
            return NOTHING
        self._usual_peaks = self._usual_peaks or [_middle_and_spread(peaks) for peaks in self._peaks]
        habit, above = self._habit.at(at), 0.0
        levels = _levels((seconds_of(at), max(value, 0.0)), self._rows, habit)
        for (level, rows), (middle, spread) in zip(levels, self._usual_peaks, strict=True):
            chance = math.exp(-(middle + HABIT * habit) / 2) / math.sqrt(rows)  # what Poisson's law scatters that peak
            above += (level - middle) / max(spread, chance, EVEN)
        return _verdict(above / len(levels))

    def learn(self, at: datetime, value: float) -> None:
        """Learn a value without judging it."""
        row = (seconds_of(at), max(value, 0.0))
        since = row[0] - self._rows[-1][0] if self._rows else 0.0
        if self._first is None:
            self._first = self._block_from = row[0]
        if row[0] - self._block_from >= BLOCK:
            self._close_block(row[0])
        levels = _levels(row, self._rows, self._habit.at(at))
        self._highest = [max(high, level) for high, (level, _) in zip(self._highest, levels, strict=True)]
        self._rows.append(row)
        while row[0] - self._rows[0][0] >= WINDOWS[-1]:
            self._rows.popleft()
        mean = sum(v for _, v in self._rows) / len(self._rows)
        self._habit.learn(at, math.log(mean + 0.5), since)

    def _close_block(self, now: float) -> None:
        """Three hours are over: their highest are peaks. What was not heard meanwhile makes none."""
        for peaks, high in zip(self._peaks, self._highest, strict=True):
            peaks.append(high)
        self._highest = [-math.inf] * len(WINDOWS)
        self._block_from, self._usual_peaks = now, []


def seconds_of(at: datetime) -> float:
    """The moment in seconds; a time without a zone counts as UTC, so that no change of clocks bends it."""
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def _levels(newest: tuple[float, float], rows: deque[tuple[float, float]], habit: float) -> list[tuple[float, int]]:
    """The logarithm of the mean of each window, without half of the habit, and how many rows it is made of."""
    now, total = newest
    older, found, count = reversed(rows), list[tuple[float, int]](), 1
    row = next(older, None)
    for window in WINDOWS:
        while row is not None and now - row[0] < window:
            total += row[1]
            count += 1
            row = next(older, None)
        found.append((math.log(total / count + FLOOR / math.sqrt(count)) - HABIT * habit, count))
    return found


def _verdict(above: float) -> Judgement:
    """What it means to be so many deviations above the usual peak. The score weighs how seldom chance brings it
    against how seldom it brings the least of an alarm."""
    score = 1.0 / (1.0 + math.exp(min(GUMBEL * (STEEP - above), 700.0)))
    share = -math.expm1(-math.exp(min(-GUMBEL * above - EULER, 700.0)))  # of blocks, that chance gives such a peak
    return Judgement(score, timedelta(seconds=min(BLOCK / max(share, 1e-9), LONGEST.total_seconds())))


def _middle_and_spread(found: deque[float]) -> tuple[float, float]:
    """The middle of the peaks of a window and how far the higher ones scatter; single giants change neither."""
    middle, high = np.quantile(np.fromiter(found, dtype=np.float64), (0.5, 0.9)).tolist()
    guess, worth = PRIOR
    variance = (len(found) * ((high - middle) / NORMAL_90) ** 2 + worth * guess**2) / (len(found) + worth)
    return middle, math.sqrt(variance)
