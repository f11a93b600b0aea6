"""How many texts an hour each series usually brings: a channel, an account, a topic. Texts count in the hour in which
they were written, however late they come; hours in which nobody could read are not known, never zero.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from statistics import median
from typing import Final

from monitor.spikes.calendar import is_day_off
from monitor.spikes.detector import NOTHING, Detector, Judgement

HOUR: Final = timedelta(hours=1)
HOLD: Final = timedelta(hours=6)
"""So long texts of an hour may come before it teaches what is usual."""
MOST_QUIET: Final = timedelta(days=28)
"""Hours without a text are zeros; a longer silence adds nothing more."""
LEAST_IN_SLOT: Final = 6
"""With fewer values of an hour of the day its own middle means nothing."""
QUIET: Final = 10.0
"""So many texts must be missing before silence means something: of texts that come one by one, chance leaves out as
many once in twenty thousand times."""
QUIET_TIMES: Final = 2
"""And the silence must be so many times the longest one of the last weeks: people do not write one by one."""
REMEMBERED: Final = 28
"""Values of one hour of the day."""


@dataclass(frozen=True)
class Silence:
    """Nothing came since then, where usually so many texts come in that time."""

    since: datetime
    expected: float


class Baseline:
    """Fed text by text, in about the order in which they were written. `tz` as for `Detector`."""

    def __init__(self, tz: tzinfo | None = None, days_off: Collection[date] = ()) -> None:
        self._tz, self._days_off = tz, days_off
        self._series: dict[str, _Series] = {}
        self._gaps: dict[str, list[tuple[datetime, datetime]]] = {}
        self.unread: Mapping[str, datetime] = {}
        """Since when nobody can read a series, of those that nobody can read now: a gap without an end yet, in which
        a webhook may still bring single texts."""

    def count(self, key: str, at: datetime, texts: int = 1) -> None:
        """Take the texts of one time."""
        if key not in self._series:
            detector = Detector(tz=self._tz, days_off=self._days_off)
            self._series[key] = _Series(detector, partial(self._blind, key), self._slot)
        series = self._series[key]
        series.add(_hour_of(at), texts)
        series.learn_to(at)

    def gap(self, key: str, since: datetime, until: datetime) -> None:
        """From then until then nobody could read it: what these hours brought is not known."""
        self._gaps.setdefault(key, []).append((since, until))

    def short_history(self, keys: Collection[str]) -> bool:
        """True when less than two weeks are known of one of them."""
        return any(k not in self._series or self._series[k].detector.short_history for k in keys)

    def usual(self, keys: Collection[str], at: datetime) -> float:
        """Return the texts of a usual hour at this time, summed over what is known."""
        return sum(self._known(k, at).usual(at) for k in keys if k in self._series)

    def judge(self, keys: Collection[str], at: datetime, count: int) -> Judgement:
        """Say how unusual `count` texts in this hour would be, for the one of them where they are least so."""
        found = [self._known(k, at).detector.judge(at, count) for k in keys if k in self._series]
        return min(found, key=lambda v: v.score, default=NOTHING)

    def silence(self, key: str, now: datetime) -> Silence | None:
        """Say since when a series brings nothing for longer than chance explains, if it does."""
        return self._known(key, now).silence(now) if key in self._series else None

    def _known(self, key: str, at: datetime) -> _Series:
        self._series[key].learn_to(at)
        return self._series[key]

    def _blind(self, key: str, hour: datetime) -> bool:
        """Could nobody read it in some part of this hour?"""
        since = self.unread.get(key)
        if since is not None and since < hour + HOUR:
            return True
        return any(since < hour + HOUR and hour < until for since, until in self._gaps.get(key, ()))

    def _slot(self, hour: datetime) -> int:
        """The hour of the day; days off apart."""
        local = hour.astimezone(self._tz) if self._tz is not None else hour
        return local.hour + (24 if is_day_off(local.date(), self._days_off) else 0)


class _Series:
    """Hours that are still open, and what the closed ones taught."""

    def __init__(self, detector: Detector, blind: Callable[[datetime], bool], slot: Callable[[datetime], int]) -> None:
        self.detector, self._blind, self._slot = detector, blind, slot
        self._open: dict[datetime, int] = {}
        self._next: datetime | None = None
        self._slots: dict[int, deque[int]] = {}
        self._last: datetime | None = None
        self._silences: deque[tuple[datetime, int]] = deque()

    def add(self, hour: datetime, texts: int) -> None:
        """Take texts of an hour; of one that is closed they come too late to change what is usual."""
        if self._next is None:
            self._next = hour
        self._last = max(hour, self._last or hour)
        if hour >= self._next:
            self._open[hour] = self._open.get(hour, 0) + texts

    def learn_to(self, now: datetime) -> None:
        """Close the hours that no text is waited for any more, the silent ones too."""
        if self._next is None:
            return
        end = _hour_of(now - HOLD)
        while self._next < end:
            if not self._open and end - self._next > MOST_QUIET:
                self._next = end - MOST_QUIET
            count = self._open.pop(self._next, 0)
            if not self._blind(self._next):
                self.detector.learn(self._next, count)
                self._slots.setdefault(self._slot(self._next), deque(maxlen=REMEMBERED)).append(count)
                self._note_silence(count)
            self._next += HOUR

    def _note_silence(self, count: int) -> None:
        """Remember how long each silence lasted, in hours; the last entry is the one that goes on, or 0."""
        assert self._next is not None, "an hour was closed"
        _, hours = self._silences.pop() if self._silences else (self._next, 0)
        self._silences.append((self._next, hours if count else hours + 1))
        if count and hours:
            self._silences.append((self._next, 0))
        while self._next - self._silences[0][0] > MOST_QUIET:
            self._silences.popleft()

    def silence(self, now: datetime) -> Silence | None:
        """Since when nothing comes, when chance does not explain it. Hours in which nobody could read say nothing."""
        if self._last is None or self.detector.short_history:
            return None
        hours, hour = list[datetime](), self._last + HOUR
        while hour + HOUR <= now and len(hours) * HOUR < MOST_QUIET:
            if not self._blind(hour):
                hours.append(hour)
            hour += HOUR
        longest = max((n for end, n in self._silences if end <= self._last), default=0)
        expected = sum(self._mean(h) for h in hours)
        if expected < QUIET or len(hours) <= QUIET_TIMES * longest:
            return None
        return Silence(self._last + HOUR, expected)

    def _mean(self, at: datetime) -> float:
        slot = self._slots.get(self._slot(at), ())
        return sum(slot) / len(slot) if slot else 0.0

    def usual(self, at: datetime) -> float:
        """The middle of this hour of the day; of all hours until enough are known."""
        slot = self._slots.get(self._slot(at), ())
        values = slot if len(slot) >= LEAST_IN_SLOT else [v for s in self._slots.values() for v in s]
        return float(median(values)) if values else 0.0


def account_key(account: int) -> str:
    """The series of one account, beside its channel's."""
    return f"account:{account}"


def topic_key(field: str) -> str:
    """The series of a topic, on whatever channel it is spoken of."""
    return f"topic:{field}"


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
