"""The detector looks only to the left, keeps still on ordinary days, and speaks up for a burst."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.spikes import ALARM, Detector
from monitor.spikes.detector import BLOCK, LEAST

START = datetime(2026, 10, 5, tzinfo=UTC)
STEP = timedelta(minutes=15)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
Rows = list[tuple[datetime, float]]


def ordinary(days: int, seed: int = 5, busy: float = 20.0, quiet: float = 4.0, zone: ZoneInfo | None = None) -> Rows:
    """Busy days, quiet nights, more scattered than Poisson."""
    rng, made = random.Random(seed), Rows()
    for i in range(days * 96):
        at = START + STEP * i
        hour = (at if zone is None else at.astimezone(zone)).hour
        mean = (busy if 7 <= hour < 22 else quiet) * rng.choice((0.7, 1.0, 1.4))
        made.append((at, float(max(0, round(rng.gauss(mean, mean**0.5))))))
    return made


def taught(rows: Rows, detector: Detector | None = None) -> Detector:
    detector = detector or Detector()
    for row in rows:
        detector.learn(*row)
    return detector


def scores_of(rows: Rows, detector: Detector | None = None) -> list[float]:
    detector = detector or Detector()
    return [detector.update(*row) for row in rows]


def test_a_burst_is_an_alarm_and_ordinary_weeks_are_not() -> None:
    detector = Detector()
    assert max(scores_of(ordinary(21), detector)) < ALARM
    verdict = detector.judge(START + timedelta(days=21, hours=3), 600)
    assert verdict.score >= ALARM and verdict.seldom > timedelta(days=30)
    assert not detector.short_history


def test_nothing_is_said_before_enough_is_known() -> None:
    detector = Detector()
    assert detector.short_history
    rows = [(START + STEP * i, 1000.0 * i) for i in range(LEAST * int(BLOCK) // 900)]
    assert set(scores_of(rows, detector)) == {0.0}


def test_two_against_a_third_is_no_alarm() -> None:
    """An hour that usually brings a text every three hours brings two, or six; twenty are many."""
    rng = random.Random(3)
    detector = taught([(START + timedelta(hours=i), float(rng.random() < 0.3)) for i in range(24 * 28)])
    at = START + timedelta(days=28, hours=9)
    assert detector.judge(at, 2).score < 0.15
    assert detector.judge(at, 6).score < ALARM <= detector.judge(at, 20).score


def test_never_anything_and_then_one_is_no_alarm() -> None:
    detector = taught([(START + timedelta(hours=i), 0.0) for i in range(24 * 28)])
    assert detector.judge(START + timedelta(days=28), 1).score < 0.3


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-10, 1e12), min_size=1, max_size=200), st.integers(1, 199), st.integers(1, 180))
def test_cutting_the_future_changes_nothing(values: list[float], cut: int, minutes: int) -> None:
    rows = [(START + timedelta(minutes=minutes) * i, value) for i, value in enumerate(values)]
    whole = scores_of(rows)
    assert scores_of(rows[:cut]) == whole[:cut]
    assert all(0.0 <= s <= 1.0 for s in whole)


def test_cutting_the_future_of_a_long_series_changes_nothing() -> None:
    rows = ordinary(9)
    rows[700] = (rows[700][0], 900.0)
    whole = scores_of(rows)
    assert max(whole) >= ALARM
    for cut in (650, 701, 760, len(rows) - 1):
        assert scores_of(rows[:cut]) == whole[:cut]


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 60))
def test_the_size_of_a_series_does_not_matter(times: int) -> None:
    """What is a burst among hundreds is one among tens of thousands."""
    small, large = (taught([(at, (v + 100) * k) for at, v in ordinary(8)]) for k in (1, times))
    at = START + timedelta(days=8, hours=10)
    for value in (90, 300, 900, 4000):
        assert small.judge(at, value).score == pytest.approx(large.judge(at, value * times).score, abs=0.12)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=30), st.integers(0, 23))
def test_more_is_never_less_unusual(values: list[float], hour: int) -> None:
    detector, at = taught(ordinary(3)), START + timedelta(days=3, hours=hour)
    verdicts = [detector.judge(at, value) for value in sorted(values)]
    assert [v.score for v in verdicts] == sorted(v.score for v in verdicts)
    assert [v.seldom for v in verdicts] == sorted(v.seldom for v in verdicts)


def test_one_burst_is_one_alarm() -> None:
    detector = taught(ordinary(3))
    scores = scores_of([(START + timedelta(days=3) + STEP * i, 900.0 + i) for i in range(8)], detector)
    assert [s >= ALARM for s in scores] == [True] + [False] * 7
    assert detector.update(START + timedelta(days=4, hours=1), 9000) >= ALARM


@settings(deadline=None, max_examples=15)
@given(st.integers(100, 700), st.integers(1, 300))
def test_a_gap_is_unknown_and_no_alarm(first: int, length: int) -> None:
    """Rows that are missing change neither what is usual nor raise anything when they go on."""
    rows = ordinary(10)
    with_gap = rows[:first] + rows[first + length :]
    assert max(scores_of(with_gap)) < ALARM
    at = START + timedelta(days=10, hours=10)
    whole, gap = taught(rows).judge(at, 60).score, taught(with_gap).judge(at, 60).score
    assert gap == pytest.approx(whole, abs=0.2)


def test_zeros_instead_of_a_gap_would_bend_it() -> None:
    """Why gaps are left out: taught as zeros, ordinary peaks look higher than they are."""
    rows = ordinary(10)
    blind = [(at, 0.0 if i % 96 >= 48 else v) for i, (at, v) in enumerate(rows)]
    left_out = [row for i, row in enumerate(rows) if i % 96 < 48]
    at = START + timedelta(days=10, hours=14)
    assert taught(blind).judge(at, 45).score > taught(left_out).judge(at, 45).score


def test_hours_are_the_peoples_own() -> None:
    """The same burst weighs more at night; night is where the people live."""
    rows = ordinary(28, busy=60.0, quiet=3.0, zone=HANOI)[::4]
    detector = taught(rows, Detector(tz=HANOI))
    night = datetime(2026, 11, 2, 2, tzinfo=HANOI).astimezone(UTC)
    noon = datetime(2026, 11, 2, 12, tzinfo=HANOI).astimezone(UTC)
    assert detector.judge(night, 110).score > 1.5 * detector.judge(noon, 110).score
    other = taught(rows, Detector(tz=ZoneInfo("America/New_York")))
    assert detector.judge(night, 110).score > other.judge(night, 110).score


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Ho_Chi_Minh", "UTC"])
def test_a_change_of_clocks_is_no_alarm(zone: str) -> None:
    """Berlin's clocks go back on 25 October 2026: an hour comes twice, and none of the rows is lost."""
    tz = ZoneInfo(zone)
    rows = [(at.astimezone(tz), v) for at, v in ordinary(28, zone=tz)]
    assert max(scores_of(rows, Detector(tz=tz))) < ALARM
    utc = [(at.astimezone(UTC), v) for at, v in rows]
    assert scores_of(rows, Detector(tz=tz)) == scores_of(utc, Detector(tz=tz))


def test_weekends_have_habits_of_their_own() -> None:
    rows = [(START + timedelta(hours=i), 0.0) for i in range(24 * 28)]
    rows = [(at, 100.0 if at.weekday() >= 5 else 4.0) for at, _ in rows]
    detector, saturday = taught(rows), START + timedelta(days=28 + 5, hours=10)
    assert saturday.weekday() == 5
    assert detector.judge(saturday, 160).score < detector.judge(saturday - timedelta(days=1), 160).score


def test_the_offices_own_days_off_are_like_weekends() -> None:
    day = date(2026, 11, 4)
    rows = [(START + timedelta(hours=i), 0.0) for i in range(24 * 28)]
    rows = [(at, 100.0 if at.weekday() >= 5 else 4.0) for at, _ in rows]
    at = datetime(2026, 11, 4, 10, tzinfo=UTC)
    assert taught(rows, Detector(days_off={day})).judge(at, 160).score < taught(rows).judge(at, 160).score
