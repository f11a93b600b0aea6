"""Which series bring more than usual in the last hour, and which incident explains that. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.surge import SurgeOf
from monitor.spikes.baseline import Baseline, account_key, topic_key
from monitor.spikes.detector import ALARM, Judgement

LEAST: Final = 10
"""So many texts more than usual are no small number."""
TIMES: Final = 3.0
SELDOM: Final = timedelta(days=14)
"""An office has a dozen series or two: of each alone chance may bring a surge once in so long at most."""
NO_TOPIC: Final = "KHAC"
"""What is about nothing in particular is no topic."""


@dataclass(frozen=True, order=True)
class Series:
    """A topic, an account or a channel; of an account also the channel that it is on."""

    kind: SurgeOf
    name: str
    channel: str = ""

    @property
    def key(self) -> str:
        """Its name in the baseline."""
        if self.kind is SurgeOf.TOPIC:
            return topic_key(self.name)
        return account_key(int(self.name)) if self.kind is SurgeOf.ACCOUNT else self.name


@dataclass(frozen=True)
class Found:
    """A series that brings more than usual. `incident` explains it: without that incident's texts it would not."""

    series: Series
    texts: int
    usual: float
    judged: Judgement
    incident: int | None


Hour = Mapping[Series, Mapping[int | None, int]]
"""The texts of the last hour in each series, by the open incident that they belong to (None: to none)."""


def surges(baseline: Baseline, hour: Hour, now: datetime) -> list[Found]:
    """Find what is unusual. A channel is not named beside the account of it that brings it all."""
    found = [one for series in sorted(hour) if (one := _look(baseline, series, hour[series], now)) is not None]
    accounts = [f for f in found if f.series.kind is SurgeOf.ACCOUNT]
    return [f for f in found if not any(_explains(baseline, a, f, now) for a in accounts)]


def begun(times: Sequence[datetime], usual: float, step: timedelta = timedelta(minutes=10)) -> datetime:
    """Since when an hour's texts come faster than twice the usual, to ten minutes; `times` in order, not empty."""
    slots = Counter((at - times[0]) // step for at in times)
    fast = 2 * usual * (step / timedelta(hours=1))
    return times[0] + step * min((slot for slot, count in slots.items() if count > max(fast, 1)), default=0)


def _look(baseline: Baseline, series: Series, counts: Mapping[int | None, int], now: datetime) -> Found | None:
    texts = sum(counts.values())
    judged = _unusual(baseline, series.key, texts, now)
    if judged is None:
        return None
    incident = None
    if _unusual(baseline, series.key, counts.get(None, 0), now) is None:
        incident = max((i for i in counts if i is not None), key=lambda i: (counts[i], -i), default=None)
    return Found(series, texts, baseline.usual({series.key}, now), judged, incident)


def _explains(baseline: Baseline, account: Found, other: Found, now: datetime) -> bool:
    if other.series.kind is not SurgeOf.CHANNEL or other.series.name != account.series.channel:
        return False
    return _unusual(baseline, other.series.key, other.texts - account.texts, now) is None


def _unusual(baseline: Baseline, key: str, texts: int, now: datetime) -> Judgement | None:
    """What is said of so many texts in this hour; None when that is nothing to speak of."""
    if baseline.short_history({key}):
        return None
    usual, judged = baseline.usual({key}, now), baseline.judge({key}, now, texts)
    enough = texts - usual >= LEAST and texts >= TIMES * usual
    return judged if enough and judged.score >= ALARM and judged.seldom >= SELDOM else None
