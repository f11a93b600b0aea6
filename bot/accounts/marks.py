"""When an account must be checked: before its next post is due, and once a day. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

MARKS = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=5))
"""So long before a post is due its account is looked at: time to reconnect it, to call somebody, to know."""
AT_LEAST = timedelta(hours=24)


def must_check(checked_at: datetime | None, next_due: datetime | None, now: datetime) -> bool:
    """Say whether an account must be checked now: it was not since the last mark before its next post, or for a day.

    A check from the future means that the clock was put back since: nobody knows when it really was.
    """
    if checked_at is None or checked_at > now or now - checked_at >= AT_LEAST:
        return True
    passed = [next_due - mark for mark in MARKS if next_due - mark <= now] if next_due is not None else []
    return bool(passed) and checked_at < max(passed)
