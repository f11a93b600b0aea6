"""The table of lunar dates against the moon itself, and what is a day off."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.spikes.calendar import HUNG_KINGS, TET, is_day_off, is_holiday


def new_moons(year: int) -> list[date]:
    """Vietnamese days (UTC+7) on which the moon is new: mean new moons and their main corrections (Meeus)."""
    found = []
    for k in range(round((year - 2000) * 12.3685) - 1, round((year - 2000) * 12.3685) + 14):
        t = k / 1236.85
        sun, moon, node = (
            math.radians(x)
            for x in (
                2.5534 + 29.1053567 * k,
                201.5643 + 385.81693528 * k + 0.0107582 * t * t,
                160.7108 + 390.67050284 * k,
            )
        )
        day = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t - 0.4072 * math.sin(moon) + 0.17241 * math.sin(sun)
        day += 0.01608 * math.sin(2 * moon) + 0.01039 * math.sin(2 * node) + 0.00739 * math.sin(moon - sun)
        day += 0.00208 * math.sin(2 * sun) - 0.00514 * math.sin(moon + sun)
        at = datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=day - 2451545.0) - timedelta(seconds=72)
        found.append((at + timedelta(hours=7)).date())
    return found


@pytest.mark.parametrize("year", sorted(TET))
def test_tet_is_the_new_moon_nearest_to_the_start_of_february(year: int) -> None:
    """And Giỗ Tổ is the tenth day of the third lunar month, or of the third after a leap month."""
    moons = new_moons(year)
    assert TET[year] in moons and date(year, 1, 21) <= TET[year] <= date(year, 2, 20)
    assert HUNG_KINGS[year] - timedelta(days=9) in moons
    assert (HUNG_KINGS[year] - TET[year]).days in (67, 68, 69)


def test_days_off() -> None:
    assert is_holiday(date(2027, 2, 4)) and is_holiday(date(2027, 2, 11))
    assert not is_holiday(date(2027, 2, 3)) and not is_holiday(date(2027, 2, 12))
    assert is_holiday(date(2026, 9, 2)) and is_holiday(date(2026, 4, 26)) and not is_holiday(date(2026, 9, 4))
    assert is_day_off(date(2026, 11, 28)) and not is_day_off(date(2026, 11, 27))
    assert is_day_off(date(2026, 11, 27), {date(2026, 11, 27)})
    assert not is_holiday(date(2050, 1, 20)), "beyond the table only fixed days are known"
