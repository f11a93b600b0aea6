"""What an hour usually brings: texts count when they were written, and what could not be read is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.spikes import ALARM, Baseline

START = datetime(2026, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def office_hours(baseline: Baseline, days: int, start: datetime = START) -> datetime:
    """Twelve texts an hour by day, two at night; returns when it ends."""
    for hour in range(24 * days):
        at = start + HOUR * hour
        for i in range(12 if 8 <= at.hour < 20 else 2):
            baseline.count("facebook", at + timedelta(minutes=i))
    return start + timedelta(days=days)


def test_it_knows_each_channels_hours() -> None:
    baseline = Baseline()
    now = office_hours(baseline, 25) + 9 * HOUR
    assert not baseline.short_history({"facebook"}) and baseline.short_history({"facebook", "youtube"})
    assert baseline.usual({"facebook"}, now) == pytest.approx(12)
    assert baseline.usual({"facebook"}, now + 14 * HOUR) == pytest.approx(2)
    assert baseline.usual({"youtube"}, now) == 0.0
    assert baseline.judge({"facebook"}, now, 200).score >= ALARM > baseline.judge({"facebook"}, now, 14).score
    assert baseline.judge({"youtube"}, now, 200).score == 0.0


def test_silence_is_zeros() -> None:
    baseline = Baseline()
    baseline.count("zalo", START)
    baseline.count("zalo", START - 5 * HOUR)
    baseline.count("zalo", START + timedelta(days=60))
    assert baseline.usual({"zalo"}, START) == 0.0 and not baseline.short_history({"zalo"})


def test_late_texts_count_when_they_were_written() -> None:
    """The texts of three hours come together in the fourth, in any order; later ones teach as if they had come live."""
    live, late = Baseline(), Baseline()
    now = office_hours(live, 21)
    assert office_hours(late, 21) == now
    for hour in (3, 1, 2):
        for i in range(50):
            late.count("facebook", now + HOUR * hour + timedelta(seconds=i))
    for hour in (1, 2, 3):
        live.count("facebook", now + HOUR * hour, 50)
    for baseline in (live, late):
        office_hours(baseline, 2, now + 4 * HOUR)
    at = now + timedelta(days=2, hours=2)
    assert late.judge({"facebook"}, at, 70) == live.judge({"facebook"}, at, 70)
    assert late.usual({"facebook"}, at) == live.usual({"facebook"}, at)


def test_what_came_after_its_hour_was_closed_changes_nothing() -> None:
    one, other = Baseline(), Baseline()
    now = office_hours(one, 21)
    office_hours(other, 21)
    other.count("facebook", now - timedelta(days=3), 500)
    assert one.judge({"facebook"}, now, 70) == other.judge({"facebook"}, now, 70)


def test_hours_in_which_nobody_could_read_are_no_zeros() -> None:
    """Blind in every second night and day: the rest says what is usual."""
    blind, zeros = Baseline(), Baseline()
    for day in range(24):
        at = START + timedelta(days=day)
        if day % 2:
            blind.gap("facebook", at, at + timedelta(days=1))
            continue
        for baseline in (blind, zeros):
            office_hours(baseline, 1, at)
    now = START + timedelta(days=24, hours=10)
    assert blind.usual({"facebook"}, now) == pytest.approx(12)
    assert zeros.usual({"facebook"}, now) < 12


def test_what_a_webhook_brings_while_nobody_can_read_teaches_no_zeros() -> None:
    """A text every seven hours, through a month in which the rest could not be read."""
    baseline = Baseline()
    end = office_hours(baseline, 21)
    before = baseline.usual({"facebook"}, end + 9 * HOUR)
    baseline.unread = {"facebook": end}
    for hour in range(0, 24 * 30, 7):
        baseline.count("facebook", end + HOUR * hour)
    assert baseline.usual({"facebook"}, end + timedelta(days=30, hours=9)) == before == pytest.approx(12)
    baseline.gap("facebook", end, end + timedelta(days=30))
    baseline.unread = {}
    assert baseline.usual({"facebook"}, end + timedelta(days=30, hours=9)) == before


def test_hours_and_days_off_are_the_offices_own() -> None:
    """Saturday 03:00 in Hanoi is still Friday evening in UTC."""
    hanoi, monday = Baseline(ZoneInfo("Asia/Ho_Chi_Minh")), START
    for hour in range(24 * 28):
        at = monday + HOUR * hour
        hanoi.count("zalo", at, 100 if at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).weekday() >= 5 else 4)
    friday_20_utc = monday + timedelta(days=28 + 4, hours=20)
    assert friday_20_utc.weekday() == 4
    assert hanoi.usual({"zalo"}, friday_20_utc) == pytest.approx(100)
    assert hanoi.usual({"zalo"}, friday_20_utc - timedelta(days=1)) == pytest.approx(4)


def test_the_offices_own_free_days_are_compared_with_days_off() -> None:
    free = date(2026, 11, 4)
    plain, knowing = Baseline(), Baseline(days_off={free})
    for hour in range(24 * 28):
        at = START + HOUR * hour
        for baseline in (plain, knowing):
            baseline.count("zalo", at, 100 if at.weekday() >= 5 else 4)
    at = datetime(2026, 11, 4, 10, tzinfo=UTC)
    assert (plain.usual({"zalo"}, at), knowing.usual({"zalo"}, at)) == (4, 100)


# -- silence --------------------------------------------------------------------------------------------------------


def test_silence_that_chance_does_not_explain_is_named_with_its_start() -> None:
    baseline = Baseline()
    end = office_hours(baseline, 21)
    assert baseline.silence("facebook", end + 4 * HOUR) is None, "eight are missing: it is night"
    found = baseline.silence("facebook", end + 20 * HOUR)
    assert found is not None and found.since == end
    assert 150 < found.expected <= 20 * 2 + 12 * 10
    baseline.count("facebook", end + 20 * HOUR)
    assert baseline.silence("facebook", end + 21 * HOUR) is None


def test_what_is_often_silent_is_not_told_of() -> None:
    """Texts come in bunches of thirty every second day: a day without any is nothing new."""
    baseline = Baseline()
    for day in range(0, 28, 2):
        baseline.count("zalo", START + timedelta(days=day, hours=9), 30)
    last = START + timedelta(days=26, hours=9)
    assert baseline.silence("zalo", last + timedelta(days=3)) is None
    assert baseline.silence("zalo", last + timedelta(days=6)) is not None


def test_nobody_knows_silence_before_two_weeks_or_where_little_comes() -> None:
    young, small = Baseline(), Baseline()
    end = office_hours(young, 10)
    assert young.silence("facebook", end + timedelta(days=3)) is None
    for day in range(21):
        small.count("facebook", START + timedelta(days=day, hours=9))
    assert small.silence("facebook", START + timedelta(days=24)) is None
    assert small.silence("youtube", START) is None


def test_blind_hours_are_no_silence() -> None:
    baseline = Baseline()
    end = office_hours(baseline, 21)
    baseline.gap("facebook", end - HOUR, end + 20 * HOUR)
    assert baseline.silence("facebook", end + 21 * HOUR) is None
