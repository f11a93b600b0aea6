"""Cadence and places."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from monitor.cadence import next_figures_at, next_look_at
from monitor.places import PROVINCES, locality

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_young_and_the_busy_are_looked_at_often() -> None:
    ages = [timedelta(hours=1), timedelta(hours=10), timedelta(days=2), timedelta(days=5), timedelta(days=20)]
    waits = [next_look_at(age, 0, None, NOW) for age in ages]
    assert waits == sorted(w for w in waits if w is not None)
    assert next_look_at(timedelta(days=20), 3, None, NOW) == NOW + timedelta(minutes=1)
    assert next_look_at(timedelta(days=200), 0, None, NOW) is None


def test_after_an_error_nothing_is_asked_at_once_nor_more_often_than_its_age_deserves() -> None:
    assert next_look_at(timedelta(hours=1), 0, "500", NOW) == NOW + timedelta(minutes=5)
    assert next_look_at(timedelta(days=20), 0, "404", NOW) == next_look_at(timedelta(days=20), 0, None, NOW)
    assert next_look_at(timedelta(days=200), 0, "404", NOW) is None
    assert next_figures_at(NOW - timedelta(hours=1, minutes=1), "500", NOW) == NOW + timedelta(minutes=5)


def test_figures_are_kept_at_the_ages_that_weeks_are_compared_at() -> None:
    posted, seen, at = NOW, [], NOW
    while (following := next_figures_at(posted, None, at)) is not None:
        at = following
        seen.append(at - posted)
    assert seen[:2] == [timedelta(hours=1), timedelta(hours=24)] and timedelta(days=7) in seen
    assert all(b - a <= timedelta(days=7) for a, b in itertools.pairwise(seen))
    assert timedelta(days=60) <= seen[-1] < timedelta(days=68)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lũ ở Quảng Nam lớn quá", "Đà Nẵng"),
        ("o binh duong co gi khong", "TP. Hồ Chí Minh"),
        ("Huế mưa", "Huế"),
        ("hue hong ca roi", ""),
        ("đi chợ", ""),
        ("HÀ NỘI tắc đường", "Hà Nội"),
    ],
)
def test_places_are_named_as_they_are_called_today(text: str, place: str) -> None:
    assert locality(text) == place


def test_an_offices_own_places_come_first() -> None:
    own = [{"name": "xã Đồi Sim", "aliases": ["Sim thượng"]}]
    assert locality("ở doi sim gần Hà Nội", own) == "xã Đồi Sim"
    assert locality("sim thuong ngập", own) == "xã Đồi Sim"
    assert len(PROVINCES) == 34
