"""Platform limits: written down as told, renewed in time, spent by priority, never twice by two processes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.publishing import budget
from bot.publishing.budget import UsageBook, budgets_of
from bot.publishing.claim import claim_due
from channels.base import Usage
from models.db import Database, DatabaseAway
from models.post import PostKind
from models.queue import Budget, Purpose
from models.states import DeliveryState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, pending, sign
from tests.conftest import FakeClock

KEY = "facebook:page:100001"


def used(share: float, clock: FakeClock, **more: object) -> Usage:
    return Usage(KEY, "percent", 100.0, share, 0.0, clock() + timedelta(hours=1), **more)  # type: ignore[arg-type]


async def told(office: Office, *words: Usage) -> None:
    for word in words:
        office.parts.usage.tell(office.accounts["facebook"], word)
    await office.parts.usage.flush(office.parts.db, office.parts.now())


async def row(office: Office, key: str = KEY) -> Budget:
    async with office.parts.db.read() as session:
        return await session.get_one(Budget, key)


@pytest.mark.parametrize(
    ("share", "read", "routine", "urgent"),
    [(70, True, True, True), (76, False, True, True), (91, False, False, True), (101, False, False, False)],
)
def test_reading_stops_first_and_the_last_tenth_is_for_corrections(
    clock: FakeClock, share: float, read: bool, routine: bool, urgent: bool
) -> None:
    budget = Budget(key=KEY, unit="percent", used=share, most=100)
    allowed = [budget.allows(0, purpose, clock()) for purpose in (Purpose.READ, Purpose.ROUTINE, Purpose.URGENT)]
    assert allowed == [read, routine, urgent]


async def test_what_a_platform_tells_replaces_what_we_counted(office: Office, clock: FakeClock) -> None:
    await told(office, used(40, clock), Usage(KEY, "percent", 100.0, spent=3.0), used(12, clock))
    assert (await row(office)).used == 12
    await told(office, Usage(KEY, "percent", 100.0, spent=3.0))
    assert (await row(office)).used == 15


async def test_a_count_begins_anew_when_its_time_is_over(office: Office, clock: FakeClock) -> None:
    await told(office, used(95, clock))
    clock.forward(hours=1)
    await told(office, Usage(KEY, "percent", 100.0, spent=2.0))
    assert (await row(office)).used == 2


async def test_routine_waits_and_a_correction_goes_out_on_what_is_left(office: Office, clock: FakeClock) -> None:
    routine = await approved(office, clock)
    urgent = await pending(office, clock, kind=PostKind.CORRECTION)
    await sign(office, urgent)
    await sign(office, urgent, "speaker")
    clock.forward(hours=1)
    await told(office, used(95, clock))
    taken = {flying.id for flying in await claim_due(office.parts, 100)}
    facebook = {
        d.post_id: d for post in (routine, urgent) for d in await deliveries(office, post) if d.channel[0] == "f"
    }
    assert facebook[urgent].id in taken
    waits = facebook[routine]
    assert (waits.state, waits.error_code) == (DeliveryState.QUEUED, "budget")
    assert "đính chính vẫn đi trước" in waits.error_vi
    clock.forward(minutes=59)
    assert waits.id not in {flying.id for flying in await claim_due(office.parts, 100)}


async def test_nothing_goes_while_the_platform_refuses_everything(office: Office, clock: FakeClock) -> None:
    urgent = await pending(office, clock, kind=PostKind.CORRECTION, due_at=None)
    await sign(office, urgent)
    await sign(office, urgent, "speaker")
    await told(office, used(100, clock, blocked_until=clock() + timedelta(minutes=20)))
    rows = {d.channel: d.id for d in await deliveries(office, urgent)}
    assert {flying.id for flying in await claim_due(office.parts, 100)} == {rows["viber"]}
    clock.forward(minutes=20)
    assert {flying.id for flying in await claim_due(office.parts, 100)} == {rows["facebook"]}


async def test_words_from_threads_and_two_books_add_up(office: Office, settings: object, clock: FakeClock) -> None:
    other, db = UsageBook(), Database(office.parts.settings.database)
    one = Usage("youtube:units:p", "units", 10_000, spent=1.0)

    def tell_many() -> None:
        for _ in range(50):
            office.parts.usage.tell(None, one)
            other.tell(None, one)

    await asyncio.gather(*(asyncio.to_thread(tell_many) for _ in range(4)))
    await asyncio.gather(office.parts.usage.flush(office.parts.db, clock()), other.flush(db, clock()))
    assert (await row(office, one.key)).used == 400
    async with db.read() as session:
        assert [b.key for b in await budgets_of(session, office.id, clock())] == [one.key]
    await db.close()


async def test_while_the_database_is_away_words_are_kept_and_one_try_serves_all_who_wait(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty calls that end meanwhile must not wait for one time-out after the other."""
    book, db, tries = office.parts.usage, office.parts.db, 0

    async def away(*_: object) -> None:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        raise DatabaseAway("gone")

    book.tell(None, Usage("youtube:units:p", "units", 10_000.0, spent=50.0))
    monkeypatch.setattr(budget, "_write", away)
    await asyncio.gather(*(book.flush_if_can(db, clock()) for _ in range(50)))
    assert tries == 1
    monkeypatch.undo()
    assert await book.flush(db, clock()) == 1
