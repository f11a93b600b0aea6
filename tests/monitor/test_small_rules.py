"""Cadence and places."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.cadence import next_look_at
from monitor.places import PROVINCES, locality

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_young_and_the_busy_are_looked_at_often() -> None:
    ages = [timedelta(hours=1), timedelta(hours=10), timedelta(days=2), timedelta(days=5), timedelta(days=20)]
    waits = [next_look_at(age, 0, None, NOW) for age in ages]
    assert waits == sorted(w for w in waits if w is not None)
    assert next_look_at(timedelta(days=20), 3, None, NOW) == NOW + timedelta(minutes=1)
    assert next_look_at(timedelta(days=200), 0, None, NOW) is None
    assert next_look_at(timedelta(hours=1), 0, "500", NOW) == NOW + timedelta(minutes=5)


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
