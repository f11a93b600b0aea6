"""What is unusual in the last hour, and what explains it: pure, on a known baseline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.surge import SurgeOf
from monitor.spikes import Baseline
from monitor.spikes.surge import Hour, Series, begun, surges

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TOPIC = Series(SurgeOf.TOPIC, "Y_TE")
PAGE, OTHER = (Series(SurgeOf.ACCOUNT, str(i), "facebook") for i in (1, 2))
CHANNEL = Series(SurgeOf.CHANNEL, "facebook")


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    """Three texts an hour in each series, for four weeks; six on the channel."""
    made = Baseline()
    for hour in range(24 * 28, 6, -1):
        at = NOW - timedelta(hours=hour)
        for series, texts in ((TOPIC, 3), (PAGE, 3), (OTHER, 3), (CHANNEL, 6)):
            made.count(series.key, at, texts)
    return made


def told(baseline: Baseline, hour: Hour) -> list[tuple[str, str, int | None]]:
    return [(f.series.kind.value, f.series.name, f.incident) for f in surges(baseline, hour, NOW)]


def test_each_kind_of_series_is_told_with_how_strong_and_how_sure(baseline: Baseline) -> None:
    found = {f.series: f for f in surges(baseline, {TOPIC: {None: 60}, PAGE: {None: 60}}, NOW)}
    assert set(found) == {TOPIC, PAGE}
    assert found[TOPIC].texts == 60 and found[TOPIC].usual == pytest.approx(3)
    assert found[TOPIC].judged.seldom >= timedelta(days=14)


def test_small_numbers_and_what_is_usual_are_no_surge(baseline: Baseline) -> None:
    assert told(baseline, {TOPIC: {None: 8}, PAGE: {None: 12}, CHANNEL: {None: 15}}) == []
    assert told(Baseline(), {TOPIC: {None: 600}}) == [], "less than two weeks: nobody knows what is usual"


def test_what_an_incident_explains_belongs_to_it(baseline: Baseline) -> None:
    assert told(baseline, {TOPIC: {None: 4, 7: 50, 9: 6}}) == [("topic", "Y_TE", 7)]
    assert told(baseline, {TOPIC: {None: 60, 7: 50}}) == [("topic", "Y_TE", None)], "the rest alone would be one"


def test_a_channel_is_not_told_beside_the_account_that_brings_it_all(baseline: Baseline) -> None:
    assert told(baseline, {PAGE: {None: 60}, CHANNEL: {None: 63}}) == [("account", "1", None)]
    spread_out = {PAGE: {None: 60}, OTHER: {None: 60}, CHANNEL: {None: 120}}
    assert [kind for kind, _, _ in told(baseline, spread_out)] == ["account", "account", "channel"]
    assert told(baseline, {PAGE: {None: 4}, CHANNEL: {None: 80}}) == [("channel", "facebook", None)]


def test_since_when_to_ten_minutes() -> None:
    start = NOW - timedelta(minutes=55)
    slow = [start + timedelta(minutes=10 * i) for i in range(3)]
    fast = [start + timedelta(minutes=30, seconds=i) for i in range(20)]
    assert begun([*slow, *fast], usual=3) == start + timedelta(minutes=30)
    assert begun(slow, usual=3) == start
