"""Is this more than usual? One online detector, used by the alerts and by `loa spikes` alike.

It looks only to the left: what it says of a value depends on earlier values alone. Counts of people writing are
overdispersed and have days and weeks, so it compares square roots with a robust middle (median and median absolute
deviation) of the recent past, and of the same hour of the day once two weeks are known.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from datetime import datetime, timedelta, tzinfo
from typing import Final

import numpy as np

ALARM: Final = 0.5
RECENT: Final = 1000
"""Values that make the recent past."""
LEAST: Final = 30
"""With fewer values nothing is said."""
LEAST_IN_SLOT: Final = 6
"""With fewer values of an hour of the day its own middle means nothing."""
ENOUGH_HISTORY: Final = timedelta(days=14)
STEEP: Final = 8.0
"""How many robust deviations above the middle are an alarm in a series of minutes; chosen, like `REST`, on data."""
STEEP_HOURLY: Final = 4.0
"""The same for whole hours of a channel, where chance has evened out and a person has counted three people already."""
REST: Final = timedelta(hours=24)
"""One burst is one alarm: this long after an alarm `update` gives no other."""
HOUR: Final = timedelta(hours=1)
MOST_QUIET: Final = 28 * 24
"""Hours without a text are zeros; a longer silence adds nothing more."""


class Detector:
    """Fed value by value; `update` returns how unusual each is, 0..1, an alarm from `ALARM` on.

    Hours and weekends are those of `tz`, where the people live; None: the times say it themselves.
    """

    def __init__(self, steep: float = STEEP, *, tz: tzinfo | None = None) -> None:
        self._steep, self._tz = steep, tz
        self._rest_until: datetime | None = None
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._slots: dict[int, deque[float]] = {}
        self._first: datetime | None = None
        self._last: datetime | None = None

    @property
    def short_history(self) -> bool:
        """True until two weeks are known; then absolute rules apply and the alert says so."""
        return self._first is None or self._last is None or self._last - self._first < ENOUGH_HISTORY

    def update(self, at: datetime, value: float) -> float:
        """Return the score of this value and learn it. Values must come in order of time."""
        score = self.score(at, value)
        self.learn(at, value)
        if score >= ALARM:
            if self._rest_until is not None and at < self._rest_until:
                return ALARM * 0.98 * score
            self._rest_until = at + REST
        return score

    def learn(self, at: datetime, value: float) -> None:
        """Learn a value without judging it."""
        root = math.sqrt(max(value, 0.0))
        self._recent.append(root)
        self._slots.setdefault(self._slot(at), deque(maxlen=28 * 4)).append(root)
        self._first = self._first or at
        self._last = at

    def score(self, at: datetime, value: float) -> float:
        """Return how unusual a value would be now, without learning it."""
        if len(self._recent) < LEAST:
            return 0.0
        root = math.sqrt(max(value, 0.0))
        recent = np.fromiter(self._recent, dtype=np.float64)
        middle = float(np.median(recent))
        deviation = 1.4826 * float(np.median(np.abs(recent - middle)))
        slot = self._slots.get(self._slot(at), ())
        if not self.short_history and len(slot) >= LEAST_IN_SLOT:
            middle = max(middle, float(np.median(np.fromiter(slot, dtype=np.float64))))
        wide = max(deviation, 0.5 * float(recent.std()), 0.35)
        return float(1.0 / (1.0 + math.exp(min(self._steep - (root - middle) / wide, 700.0))))

    def usual(self, at: datetime) -> float:
        """Return the middle of what is usual at this time, in the values' own unit."""
        slot = self._slots.get(self._slot(at), ())
        values = slot if len(slot) >= LEAST_IN_SLOT else self._recent
        return float(np.median(np.fromiter(values, dtype=np.float64))) ** 2 if values else 0.0

    def _slot(self, at: datetime) -> int:
        """The hour of the day; weekends apart."""
        local = at.astimezone(self._tz) if self._tz is not None else at
        return local.hour + (24 if local.weekday() >= 5 else 0)


class Baseline:
    """How many texts an hour each channel usually brings. Fed text by text; one that comes late counts as of now.

    `tz` as for `Detector`.
    """

    def __init__(self, tz: tzinfo | None = None) -> None:
        self._tz = tz
        self._detectors: dict[str, Detector] = {}
        self._open: dict[str, tuple[datetime, int]] = {}

    def count(self, channel: str, at: datetime, texts: int = 1) -> None:
        """Take the texts of one time. An hour that is over teaches the detector, and so do the silent ones after it."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        start, count = self._open.get(channel, (hour, 0))
        if hour > start:
            detector = self._detectors.setdefault(channel, Detector(STEEP_HOURLY, tz=self._tz))
            detector.learn(start, count)
            quiet = int((hour - start) / HOUR) - 1
            for i in range(min(quiet, MOST_QUIET), 0, -1):
                detector.learn(hour - HOUR * i, 0)
            start, count = hour, 0
        self._open[channel] = (start, count + texts)

    def short_history(self, channels: Collection[str]) -> bool:
        """True when less than two weeks are known of one of the channels."""
        return any(c not in self._detectors or self._detectors[c].short_history for c in channels)

    def usual(self, channels: Collection[str], at: datetime) -> float:
        """Return the texts of a usual hour at this time, summed over channels that are known."""
        return sum(self._detectors[c].usual(at) for c in channels if c in self._detectors)

    def score(self, channels: Collection[str], at: datetime, count: int) -> float:
        """Return how unusual `count` texts in this hour would be, on the channel where they are least so."""
        return min((self._detectors[c].score(at, count) for c in channels if c in self._detectors), default=0.0)
