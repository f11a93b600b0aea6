"""The detector looks only to the left, keeps still on ordinary days, and speaks up for a burst."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.spikes import ALARM, LEAST, Baseline, Detector

START = datetime(2026, 10, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)


def ordinary(days: int, rng: random.Random) -> list[tuple[datetime, float]]:
    """Busy days, quiet nights, more scattered than Poisson."""
    made = []
    for i in range(days * 96):
        at = START + STEP * i
        mean = (20.0 if 7 <= at.hour < 22 else 4.0) * rng.choice((0.7, 1.0, 1.4))
        made.append((at, float(max(0, round(rng.gauss(mean, mean**0.5))))))
    return made


def test_a_burst_is_an_alarm_and_an_ordinary_week_is_not() -> None:
    detector = Detector()
    scores = [detector.update(at, value) for at, value in ordinary(21, random.Random(5))]
    assert max(scores) < ALARM
    assert detector.score(START + timedelta(days=21, hours=3), 600) >= ALARM
    assert not detector.short_history


def test_nothing_is_said_before_enough_is_known() -> None:
    detector = Detector()
    assert detector.short_history and detector.usual(START) == 0.0
    assert [detector.update(START + STEP * i, 1000.0 * i) for i in range(LEAST)] == [0.0] * LEAST


@given(st.lists(st.floats(-10, 1e12), min_size=1, max_size=120), st.integers(1, 119))
def test_cutting_the_future_changes_nothing(values: list[float], cut: int) -> None:
    rows = [(START + STEP * i, value) for i, value in enumerate(values)]
    whole, part = Detector(), Detector()
    all_scores = [whole.update(*row) for row in rows]
    assert [part.update(*row) for row in rows[:cut]] == all_scores[:cut]
    assert all(0.0 <= s <= 1.0 for s in all_scores)


def test_one_burst_is_one_alarm() -> None:
    detector = Detector()
    for row in ordinary(3, random.Random(2)):
        detector.learn(*row)
    scores = [detector.update(START + timedelta(days=3) + STEP * i, 900.0 + i) for i in range(8)]
    assert [s >= ALARM for s in scores] == [True] + [False] * 7
    assert detector.update(START + timedelta(days=4, hours=1), 5000) >= ALARM


def test_more_is_never_less_unusual() -> None:
    detector = Detector()
    for row in ordinary(3, random.Random(2)):
        detector.learn(*row)
    scores = [detector.score(START, value) for value in range(0, 2000, 50)]
    assert scores == sorted(scores)


def test_the_baseline_knows_each_channels_hours() -> None:
    baseline = Baseline()
    for hour in range(24 * 21):
        at = START + timedelta(hours=hour)
        for i in range(12 if 8 <= at.hour < 20 else 2):
            baseline.count("facebook", at + timedelta(minutes=i))
    now = START + timedelta(days=21, hours=9)
    assert not baseline.short_history({"facebook"}) and baseline.short_history({"facebook", "youtube"})
    assert baseline.usual({"facebook"}, now) == pytest.approx(12, abs=0.5)
    assert baseline.usual({"youtube"}, now) == 0.0
    assert baseline.score({"facebook"}, now, 200) >= ALARM > baseline.score({"facebook"}, now, 14)


def test_silence_is_zeros_and_a_late_text_breaks_nothing() -> None:
    baseline = Baseline()
    baseline.count("zalo", START)
    baseline.count("zalo", START - timedelta(hours=5))
    baseline.count("zalo", START + timedelta(days=20))
    assert baseline.usual({"zalo"}, START) == 0.0 and not baseline.short_history({"zalo"})


def test_hours_and_weekends_are_the_offices_own() -> None:
    """Saturday 03:00 in Hanoi is still Friday evening in UTC."""
    hanoi, busy = Detector(tz=ZoneInfo("Asia/Ho_Chi_Minh")), START.replace(hour=0)
    while busy.weekday() != 0:
        busy += timedelta(days=1)
    for hour in range(24 * 28):
        at = busy + timedelta(hours=hour)
        local = at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
        hanoi.learn(at, 100.0 if local.weekday() >= 5 else 4.0)
    friday_20_utc = busy + timedelta(days=28 + 4, hours=20)
    assert friday_20_utc.weekday() == 4
    assert hanoi.usual(friday_20_utc) == pytest.approx(100)
    assert hanoi.usual(friday_20_utc - timedelta(days=1)) == pytest.approx(4)
