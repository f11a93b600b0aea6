"""Nights and hours of rest, over whatever shifts and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.duty.rest import MOST_NIGHTS, REST, WINDOW, Rule, breaches, nights_of
from models.office import RotaShift

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, tzinfo=HANOI).astimezone(UTC)
HOUR = timedelta(hours=1)


def shift(number: int, start: float, hours: float, primary: int = 1, backup: int | None = None) -> RotaShift:
    """A shift so many hours after Monday's midnight in Hanoi."""
    begins = MONDAY + start * HOUR
    return RotaShift(
        id=number, organisation_id=1, starts_at=begins, ends_at=begins + hours * HOUR, primary_id=primary,
        backup_id=backup, head_id=9,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("start", "hours", "nights"),
    [
        (19, 12, [23]), (7, 12, []), (18, 6, []), (18, 7, [23]), (0, 3, [22]), (4, 8, []), (19, 36, [23, 24]),
        (0, 24, [22]),
    ],
)  # fmt: skip
def test_a_night_is_three_hours_of_the_dark(start: float, hours: float, nights: list[int]) -> None:
    one = shift(1, start, hours)
    assert nights_of(one.starts_at, one.ends_at, HANOI) == {date(2026, 11, day) for day in nights}


def test_a_night_in_which_the_clock_is_put_back_is_one_night() -> None:
    start, end = (datetime(2026, 10, d, h, tzinfo=BERLIN).astimezone(UTC) for d, h in ((24, 19), (25, 7)))
    assert end - start == 13 * HOUR
    assert nights_of(start, end, BERLIN) == {date(2026, 10, 24)}


def test_the_eighth_night_in_four_weeks_is_too_many_for_primary_and_backup() -> None:
    plan = [shift(n, 24 * n + 19, 12, primary=n, backup=50) for n in range(9)]
    found = [b for b in breaches(plan, HANOI) if b.rule is Rule.NIGHTS]
    assert [(b.person_id, b.shift.id, b.amount) for b in found] == [(50, 7, 8), (50, 8, 9)]
    spread = [shift(n, 24 * 4 * n + 19, 12, primary=1) for n in range(9)]
    assert breaches(spread, HANOI) == [], "nine nights over five weeks"


def test_twelve_hours_lie_between_two_shifts_of_a_primary() -> None:
    plan = [shift(1, 7, 12), shift(2, 30, 12), shift(3, 54, 8), shift(4, 62, 5)]
    assert [(b.shift.id, b.amount) for b in breaches(plan, HANOI)] == [(2, 11), (4, 0)]
    assert breaches([shift(1, 7, 12, primary=1, backup=2), shift(2, 19, 12, primary=2, backup=1)], HANOI) == []


shifts = st.builds(
    shift, st.integers(1, 999), st.integers(0, 24 * 40), st.integers(1, 72), st.sampled_from([1, 2]),
    st.sampled_from([None, 3, 4]),
)  # fmt: skip


@given(st.lists(shifts, max_size=12))
def test_what_is_found_is_so(plan: list[RotaShift]) -> None:
    for breach in breaches(plan, HANOI):
        seats = (breach.shift.primary_id, breach.shift.backup_id)
        assert breach.person_id in seats
        mine = [s for s in plan if breach.person_id in (s.primary_id, s.backup_id)]
        if breach.rule is Rule.NIGHTS:
            nights = frozenset().union(*(nights_of(s.starts_at, s.ends_at, HANOI) for s in mine))
            assert any(sum(n - WINDOW < each <= n for each in nights) > MOST_NIGHTS for n in nights)
        else:
            assert any(
                s is not breach.shift and s.primary_id == breach.person_id and breach.shift.starts_at - s.ends_at < REST
                for s in mine
            )
