"""Queue slots: the next free one, in the office's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parts import Refused
from bot.publishing.slots import add_slot, remove_slot, slot_times, slots_of
from models.post import Timing
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries
from tests.conftest import FakeClock

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
TUESDAY_8 = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SLOTS = [(1, 8 * 60), (1, 17 * 60), (3, 9 * 60)]


def first_free(
    slots: list[tuple[int, int]], taken: list[datetime], earliest: datetime, zone: ZoneInfo
) -> datetime | None:
    return next((at for at in slot_times(slots, earliest, zone) if at not in taken), None)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], TUESDAY_8),
        ([TUESDAY_8], TUESDAY_8 + timedelta(hours=9)),
        ([TUESDAY_8, TUESDAY_8 + timedelta(hours=9)], TUESDAY_8 + timedelta(days=2, hours=1)),
    ],
)
def test_the_first_free_slot(taken: list[datetime], expected: datetime) -> None:
    assert first_free(SLOTS, taken, TUESDAY_8, HANOI) == expected


def test_no_slots_no_promise() -> None:
    assert first_free([], [], TUESDAY_8, HANOI) is None


def test_a_slot_keeps_its_local_hour_when_the_clocks_change() -> None:
    before = first_free([(5, 480)], [], datetime(2026, 10, 24, 0, 0, tzinfo=UTC), BERLIN)
    after = first_free([(5, 480)], [before], before, BERLIN)
    assert [at.astimezone(BERLIN).hour for at in (before, after)] == [8, 8]
    assert after - before == timedelta(days=7, hours=1)


@given(
    slots=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439)), min_size=1, max_size=20, unique=True),
    earliest=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from([HANOI, BERLIN]),
)
def test_slots_are_given_in_order_and_once(slots: list[tuple[int, int]], earliest: datetime, zone: ZoneInfo) -> None:
    given_out: list[datetime] = []
    for _ in range(len(slots) + 1):
        at = first_free(slots, given_out, earliest, zone)
        assert at is not None
        assert at >= max([earliest, *given_out])
        assert at not in given_out
        local = at.astimezone(zone)
        assert any(w == local.weekday() for w, _ in slots)
        given_out.append(at)


async def test_posts_take_the_next_free_slot_of_each_channel(office: Office, clock: FakeClock) -> None:
    editor = office.people["editor"]
    for channel, minute in (("facebook", 600), ("facebook", 660), ("viber", 900)):
        await add_slot(office.parts, editor, channel, 1, minute)
    posts = [await approved(office, clock, due_at=None, timing=Timing.SLOT) for _ in range(2)]
    due = [{d.channel: d.due_at.astimezone(HANOI) for d in await deliveries(office, p)} for p in posts]
    assert [f"{d['facebook']:%d %H:%M} {d['viber']:%d %H:%M}" for d in due] == [
        "24 10:00 24 15:00",
        "24 11:00 01 15:00",
    ]


async def test_a_channel_without_slots_says_what_to_do(office: Office, clock: FakeClock) -> None:
    with pytest.raises(Refused, match="add slots or choose a time"):
        await approved(office, clock, due_at=None, timing=Timing.SLOT)


async def test_slots_are_kept_once_and_by_the_right_people(office: Office) -> None:
    first = await add_slot(office.parts, office.people["editor"], "zalo", 0, 480)
    assert await add_slot(office.parts, office.people["approver"], "zalo", 0, 480) == first
    for wrong in (("pigeon", 0, 0), ("zalo", 7, 0), ("zalo", 0, 1440)):
        with pytest.raises(Refused):
            await add_slot(office.parts, office.people["editor"], *wrong)
    with pytest.raises(Refused):
        await add_slot(office.parts, office.people["author"], "zalo", 0, 481)
    await remove_slot(office.parts, office.people["editor"], first)
    async with office.parts.db.read() as session:
        assert not await slots_of(session, office.id)
