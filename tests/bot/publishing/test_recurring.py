"""Recurring posts: the right days, one copy each, approved like any post, nothing dumped after a stop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from bot.parts import Refused
from bot.publishing import queueing
from bot.publishing.recurring import (
    end_recurrence,
    make_due_copies,
    next_occurrence,
    note_of,
    recurrences_of,
    repeat_post,
)
from models.audit import AuditEntry
from models.delivery import Delivery
from models.post import Post, PostKind
from models.queue import Every, Recurrence
from models.states import DeliveryState, PostState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, pending, post_of, sign
from tests.conftest import FakeClock

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOT_MADE = "Its copy could not be made; Loa tries again every minute. The administrator finds the reason in the log."
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Tuesday 08:00 in Hanoi


@pytest.mark.parametrize(
    ("every", "weekday", "day", "minute", "expected"),
    [
        (Every.DAY, 0, 1, 480, "25/11 08:00"),
        (Every.DAY, 0, 1, 481, "24/11 08:01"),
        (Every.WEEK, 1, 1, 480, "01/12 08:00"),
        (Every.WEEK, 0, 1, 420, "30/11 07:00"),
        (Every.MONTH, 0, 31, 540, "30/11 09:00"),
        (Every.MONTH, 0, 1, 540, "01/12 09:00"),
    ],
)
def test_the_next_occurrence(every: Every, weekday: int, day: int, minute: int, expected: str) -> None:
    at = next_occurrence(every, weekday, day, minute, NOW, HANOI)
    assert f"{at.astimezone(HANOI):%d/%m %H:%M}" == expected


@given(
    every=st.sampled_from(Every),
    weekday=st.integers(0, 6),
    day=st.integers(1, 31),
    minute=st.integers(0, 1439),
    after=st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)),
)
def test_occurrences_go_on_and_never_stand_still(
    every: Every, weekday: int, day: int, minute: int, after: datetime
) -> None:
    first = next_occurrence(every, weekday, day, minute, after, HANOI)
    second = next_occurrence(every, weekday, day, minute, first, HANOI)
    most = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31}[every]
    assert after < first <= after + timedelta(days=most)
    assert timedelta(0) < second - first <= timedelta(days=most)


async def test_copies_wait_for_their_own_approval_and_go_on_by_themselves(office: Office, clock: FakeClock) -> None:
    source = await pending(office, clock)
    await repeat_post(office.parts, office.people["author"], source, Every.WEEK, weekday=4, minute=480, ahead_h=24)
    assert await make_due_copies(office.parts) == []
    clock.forward(days=2)
    (copy,) = await make_due_copies(office.parts)
    assert await make_due_copies(office.parts) == []
    made, old = await post_of(office, copy), await post_of(office, source)
    assert (made.state, made.title) == (PostState.PENDING, old.title)
    assert f"{made.due_at.astimezone(HANOI):%a %d/%m %H:%M}" == "Fri 27/11 08:00"
    with pytest.raises(Refused):
        await sign(office, copy, "author")
    assert await sign(office, copy) == PostState.SCHEDULED
    clock.forward(days=7)
    assert len(await make_due_copies(office.parts)) == 1


async def test_a_stop_of_weeks_makes_one_copy_not_a_heap(office: Office, clock: FakeClock) -> None:
    source = await pending(office, clock)
    await repeat_post(office.parts, office.people["author"], source, Every.DAY, minute=480, ahead_h=2)
    clock.forward(days=20, hours=23)
    assert await make_due_copies(office.parts) == []
    clock.forward(minutes=1)
    assert len(await make_due_copies(office.parts)) == 1


async def test_it_ends_by_a_person_or_by_its_date(office: Office, clock: FakeClock) -> None:
    source, author = await pending(office, clock), office.people["author"]
    one = await repeat_post(office.parts, author, source, Every.DAY, minute=480, ahead_h=1)
    until = clock() + timedelta(days=2)
    await repeat_post(office.parts, author, source, Every.DAY, minute=500, ahead_h=1, until=until)
    await end_recurrence(office.parts, author, one)
    made = 0
    for _ in range(24 * 4):
        made += len(await make_due_copies(office.parts))
        clock.forward(hours=1)
    assert made == 2
    async with office.parts.db.read() as session:
        assert not await recurrences_of(session, office.id, clock())


@pytest.mark.parametrize("kind", [kind for kind in PostKind if kind != PostKind.ROUTINE])
async def test_only_routine_posts_recur(office: Office, clock: FakeClock, kind: PostKind) -> None:
    source = await pending(office, clock, kind=kind)
    with pytest.raises(Refused, match="Only routine posts recur"):
        await repeat_post(office.parts, office.people["author"], source, Every.DAY, minute=480)


async def notes(office: Office, clock: FakeClock) -> list[str]:
    async with office.parts.db.read() as session:
        rules = await recurrences_of(session, office.id, clock())
    return [note.en if (note := note_of(rule)) else "" for rule in rules]


async def cancel(office: Office, source: int) -> None:
    await queueing.cancel_post(office.parts, office.people["editor"], source)


async def cancel_in_part(office: Office, source: int) -> None:
    """One channel has it already and keeps it."""
    async with office.parts.db.write() as session:
        rows = (await session.exec(select(Delivery).where(Delivery.post_id == source))).all()
        rows[0].state = DeliveryState.SENT
    await cancel(office, source)


async def correct(office: Office, source: int) -> None:
    async with office.parts.db.write() as session:
        (await session.get_one(Post, source)).state = PostState.CORRECTED


@pytest.mark.parametrize(
    ("undo", "why"),
    [(cancel, "cancelled or taken down"), (cancel_in_part, "cancelled or taken down"), (correct, "was corrected")],
)
async def test_a_post_that_no_longer_stands_is_not_copied_and_the_list_says_why(
    office: Office, clock: FakeClock, undo: Callable[[Office, int], Awaitable[None]], why: str
) -> None:
    source = await approved(office, clock)
    await repeat_post(office.parts, office.people["author"], source, Every.DAY, minute=480, ahead_h=1)
    assert await notes(office, clock) == [""]
    await undo(office, source)
    assert await make_due_copies(office.parts) == []
    (note,) = await notes(office, clock)
    assert why in note, "told before its next copy was due"
    clock.forward(hours=23)
    assert await make_due_copies(office.parts) == []
    with pytest.raises(Refused, match="cannot recur"):
        await repeat_post(office.parts, office.people["author"], source, Every.DAY, minute=480)
    async with office.parts.db.read() as session:
        entries = await session.exec(select(AuditEntry.action).where(AuditEntry.subject == f"post:{source}"))
        assert entries.all().count("recurrence_ended") == 1
    clock.forward(days=14)
    assert await notes(office, clock) == []


async def test_a_rule_that_fails_is_shown_and_stops_no_other(office: Office, clock: FakeClock) -> None:
    author = office.people["author"]
    bad, good = [
        await repeat_post(office.parts, author, await pending(office, clock), Every.DAY, minute=480, ahead_h=24)
        for _ in range(2)
    ]
    async with office.parts.db.write() as session:
        (await session.get_one(Recurrence, bad)).every = "hour"
    clock.forward(hours=1)
    for copies in (1, 0):
        made = await make_due_copies(office.parts)
        assert len(made) == copies
        assert sorted(await notes(office, clock)) == ["", NOT_MADE]
    async with office.parts.db.write() as session:
        assert len((await session.exec(select(Post.id))).all()) == 3, "nothing of the failed one is stored"
        (await session.get_one(Recurrence, bad)).every = Every.DAY
    (copy,) = await make_due_copies(office.parts)
    assert (await post_of(office, copy)).recurrence_id == bad
    assert await notes(office, clock) == ["", ""] and good
