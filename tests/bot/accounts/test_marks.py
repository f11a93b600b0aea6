"""When an account must be checked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.accounts.marks import must_check

DUE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("checked", "now", "must"),
    [
        (DUE - 30 * HOUR, DUE - 24 * HOUR - MINUTE, False),
        (DUE - 30 * HOUR, DUE - 24 * HOUR, True),
        (DUE - 24 * HOUR, DUE - 2 * HOUR, False),
        (DUE - 24 * HOUR, DUE - HOUR, True),
        (DUE - HOUR + MINUTE, DUE - 6 * MINUTE, False),
        (DUE - HOUR, DUE - 5 * MINUTE, True),
        (DUE - 5 * MINUTE, DUE - MINUTE, False),
        (DUE - 6 * MINUTE, DUE - MINUTE, True),
    ],
)
def test_a_mark_is_done_by_a_check_after_it(checked: datetime, now: datetime, must: bool) -> None:
    assert must_check(checked, DUE, now) is must


@pytest.mark.parametrize("due", [None, DUE + 30 * DAY])
def test_every_account_is_checked_once_a_day(due: datetime | None) -> None:
    assert must_check(None, due, DUE)
    assert not must_check(DUE - DAY + MINUTE, due, DUE)
    assert must_check(DUE - DAY, due, DUE)


def test_a_check_from_the_future_counts_for_nothing() -> None:
    assert must_check(DUE + HOUR, None, DUE), "the clock was put back"


def test_posts_close_together_share_their_checks() -> None:
    checked, checks, now = DUE - 30 * HOUR, 0, DUE - 26 * HOUR
    dues = [DUE + n * timedelta(seconds=10) for n in range(60)]  # ten minutes of posts
    while now < dues[-1]:
        coming = min(due for due in dues if due > now)
        if must_check(checked, coming, now):
            checked, checks = now, checks + 1
        now += timedelta(seconds=30)
    assert checks <= 6, "24 h, 1 h, 5 min, and one more every five minutes"
