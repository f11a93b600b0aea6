"""The curve: what each threshold would have brought, and the choice from a wanted number of alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.claims import Text
from monitor.learning.threshold import STEPS, chosen, curve, peak
from monitor.stream import Stream
from tests.monitor.crowd import MILK, said

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def texts(risks: list[float], *, every: int = 2, **kind: object) -> list[Text]:
    return [
        said(i, MILK[i % 4], AT + timedelta(minutes=every * i), risk=risk, category="misinformation", **kind)
        for i, risk in enumerate(risks)
    ]


def test_a_peak_is_the_highest_threshold_that_still_alarms() -> None:
    """Held against the stream itself: just below it alarms, just above it does not."""
    said = texts([0.5, 0.6, 0.55, 0.7, 0.65], harm=2)
    found = peak(said)
    assert found == pytest.approx(0.6)  # five of them, mean 0.6; the first three have 0.55

    def alarms(sure: float) -> bool:
        stream = Stream(sure=sure)
        return any(stream.feed([text]).raised for text in said)

    assert alarms(found - 0.01) and not alarms(found + 0.01)


def test_who_is_no_spread_has_no_peak() -> None:
    assert peak(texts([0.9, 0.9], harm=3)) == 0.0, "two people"
    assert peak(texts([0.9] * 5, harm=0)) == 0.0, "harmless"
    assert peak(texts([0.9] * 5, harm=1)) == 0.0, "low is not pushed"
    assert peak(texts([0.9] * 5, every=50, harm=3)) == 0.0, "slow talk"
    assert peak(texts([0.9] * 5, harm=3, stance="asks")) == 0.0
    assert peak([]) == 0.0


def test_the_curve_counts_alarms_a_shift_and_what_people_said_of_them() -> None:
    peaks = {1: 0.9, 2: 0.5, 3: 0.41, 4: 0.0}
    points = {p.risk: p for p in curve(peaks, {1: True, 3: False}, timedelta(days=5))}
    assert points[0.4].alarms == pytest.approx(0.3) and (points[0.4].right, points[0.4].wrong) == (1, 1)
    assert points[0.42].alarms == pytest.approx(0.2) and points[0.42].wrong == 0
    assert points[0.94].alarms == 0
    alarms = [points[risk].alarms for risk in STEPS]
    assert alarms == sorted(alarms, reverse=True)


def test_the_choice_is_the_lowest_that_keeps_the_number() -> None:
    points = curve({1: 0.9, 2: 0.5, 3: 0.41}, {}, timedelta(hours=12))
    assert chosen(points, 2).risk == 0.42 and chosen(points, 1).risk == 0.52 and chosen(points, 3).risk == 0.3
    assert chosen(points, 0).risk == 0.92
    assert chosen(curve({1: 0.99}, {}, timedelta(hours=12)), 0).risk == STEPS[-1]
