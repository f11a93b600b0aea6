"""Response times, held against what one gets by hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from monitor.response import ResponseTimes, response_times

ASKED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def waits(*minutes: float) -> list[tuple[int, datetime, datetime]]:
    """One text a number, answered so many minutes later."""
    return [(i, ASKED, ASKED + timedelta(minutes=m)) for i, m in enumerate(minutes)]


@pytest.mark.parametrize(
    ("minutes", "median", "p90"),
    [
        ((12,), 12, 12),
        ((10, 20), 15, 20),
        ((30, 5, 90), 30, 90),
        # ten texts: the median lies between the 5th and 6th (25 and 40), nine of ten had theirs within 200
        ((3, 5, 8, 12, 25, 40, 60, 90, 200, 1440), 32.5, 200),
        # eleven: the 6th, and ceil(9.9) = the 10th
        ((3, 5, 8, 12, 25, 40, 60, 90, 200, 300, 1440), 40, 300),
    ],
)
def test_by_hand(minutes: tuple[float, ...], median: float, p90: float) -> None:
    rows = waits(*minutes)
    random.Random(1).shuffle(rows)
    assert response_times(rows) == ResponseTimes(len(minutes), median, p90)


def test_only_the_first_reply_counts_and_none_from_before_the_text() -> None:
    rows = [("a", ASKED, ASKED + timedelta(minutes=m)) for m in (50, 20, -5)]
    assert response_times(rows) == ResponseTimes(1, 20, 20)


def test_nothing_answered_is_not_measured() -> None:
    assert response_times([]) is None
    assert response_times([("a", ASKED, ASKED - timedelta(minutes=1))]) is None
