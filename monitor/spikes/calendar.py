"""Days on which people in Vietnam read and write like on a weekend, whatever weekday it is.

Public holidays: article 112 of the Labour Code 2019, without the office's own days, which a setting adds. The lunar
dates follow the Vietnamese calendar (new moons at UTC+7, Hồ Ngọc Đức's rules); in 2030 Tết is a day before the Chinese
New Year.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

TET: Final = {
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 2),
    2031: date(2031, 1, 23),
}
"""The first day of the lunar year."""
TET_FROM: Final = timedelta(days=-2)
TET_TO: Final = timedelta(days=5)
"""Offices close from about two days before it to the fifth after."""
HUNG_KINGS: Final = {
    2024: date(2024, 4, 18),
    2025: date(2025, 4, 7),
    2026: date(2026, 4, 26),
    2027: date(2027, 4, 16),
    2028: date(2028, 4, 4),
    2029: date(2029, 4, 23),
    2030: date(2030, 4, 12),
    2031: date(2031, 4, 1),
}
"""The tenth day of the third lunar month: Giỗ Tổ Hùng Vương."""
FIXED: Final = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})
"""New Year, Reunification, Labour, National Day, as (month, day)."""


def is_day_off(day: date, own: Collection[date] = ()) -> bool:
    """Say whether a day is a weekend's, a public holiday, one of Tết or one of the office's own."""
    return day.weekday() >= 5 or is_holiday(day) or day in own


def is_holiday(day: date) -> bool:
    """Say whether a day is a public holiday or belongs to Tết."""
    tet = TET.get(day.year)
    if tet is not None and TET_FROM <= day - tet <= TET_TO:
        return True
    return (day.month, day.day) in FIXED or HUNG_KINGS.get(day.year) == day
