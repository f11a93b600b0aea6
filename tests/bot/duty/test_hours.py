"""Office hours and times as people read them: zones, weekends, the day when it is not today."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.console.words import words
from bot.duty import hours
from bot.duty.voice import Voice
from models.names import FIELDS, LEVELS

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A local time of November 2026, as UTC: the 24th is a Tuesday, the 27th a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(24, 8), at(24, 8)),
        (at(24, 7), at(24, 7)),
        (at(24, 6, 59), at(24, 7)),
        (at(24, 18), at(25, 7)),
        (at(24, 23), at(25, 7)),
        (at(27, 18, 30), at(30, 7)),
        (at(28, 9), at(30, 7)),
        (at(29, 6), at(30, 7)),
    ],
)
def test_the_office_opens_on_working_days(now: datetime, opens: datetime) -> None:
    assert hours.next_open(now, HANOI) == opens
    assert hours.is_open(now, HANOI) == (now == opens)


@pytest.mark.parametrize(
    ("now", "opened", "closes"),
    [
        (at(24, 8), at(24, 7), at(24, 18)),
        (at(24, 6), at(23, 7), at(24, 18)),
        (at(24, 20), at(24, 7), at(25, 18)),
        (at(29, 12), at(27, 7), at(30, 18)),
        (at(30, 5), at(27, 7), at(30, 18)),
    ],
)
def test_a_working_day_has_a_beginning_and_an_end(now: datetime, opened: datetime, closes: datetime) -> None:
    assert hours.last_opening(now, HANOI) == opened
    assert hours.closing(now, HANOI) == closes


def test_the_office_is_where_its_zone_is() -> None:
    eight_in_hanoi = at(24, 8)
    assert hours.is_open(eight_in_hanoi, HANOI) and not hours.is_open(eight_in_hanoi, ZoneInfo("Europe/Paris"))


def test_a_time_of_another_day_carries_its_day() -> None:
    vi, en = (Voice(language, HANOI, at(24, 23, 50)) for language in ("vi", "en"))
    assert (vi.clock(at(24, 20, 47)), vi.clock(None)) == ("20:47", "–")
    assert vi.clock(at(25, 0, 5)) == "00:05 ngày 25/11"
    assert en.clock(at(25, 0, 5)) == "00:05 on 25 Nov"
    assert Voice("vi", ZoneInfo("UTC"), at(25, 6)).clock(at(25, 0, 5)) == "17:05", "today is today there"


def test_levels_and_fields_are_named_alike_on_every_surface() -> None:
    """One table; the console's catalogue, which also holds every other word, says the same English."""
    english = words("en").gettext
    for vi, en in (*LEVELS.values(), *FIELDS.values()):
        assert english(vi) == en
    vi_voice, en_voice = (Voice(language, HANOI, at(24, 8)) for language in ("vi", "en"))
    assert (vi_voice.level("emergency"), en_voice.level("emergency")) == ("KHẨN CẤP", "EMERGENCY")
    assert (vi_voice.field("THIEN_TAI"), en_voice.field("")) == ("Thiên tai, dịch bệnh", "Other")
