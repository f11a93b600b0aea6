"""A channel that is read and brings nothing, and one that could not be read, through the store."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from models.mention import Mention
from models.office import Account
from models.reading import ReadingGap
from monitor.spikes import ALARM
from tests.conftest import FakeClock
from tests.monitor.test_pipeline import Office, office

__all__ = ["office"]
HOUR = timedelta(hours=1)


async def weeks(office: Office, end: datetime, days: int = 21) -> None:
    """Three texts every hour on the first account, known since long."""
    async with office.db.write() as session:
        for hour in range(24 * days):
            for i in range(3):
                at = end - HOUR * (hour + 1) + timedelta(minutes=i)
                session.add(
                    Mention(
                        organisation_id=1, account_id=1, channel="facebook", remote_id=f"h{hour}-{i}", text="Cảm ơn",
                        author_hash=f"a{hour}", written_at=at, fetched_at=at, scored_at=at,
                    )
                )  # fmt: skip


async def read(office: Office, at: datetime) -> None:
    async with office.db.write() as session:
        for account in (await session.exec(select(Account))).all():
            account.read_at = at


async def quiet(office: Office) -> list[tuple[datetime | None, int]]:
    async with office.db.read() as session:
        rows = (await session.exec(select(Account).order_by("id"))).all()
        return [(a.quiet_since, a.quiet_missing) for a in rows]


async def test_an_account_that_falls_silent_is_noted_until_it_speaks_again(office: Office, clock: FakeClock) -> None:
    start = clock().replace(minute=0, second=0, microsecond=0)
    await weeks(office, start)
    await read(office, clock())
    await office.pipeline.group()
    assert await quiet(office) == [(None, 0), (None, 0)]
    clock.forward(hours=9)
    await read(office, clock())
    await office.pipeline.group()
    ((since, missing), other) = await quiet(office)
    assert since == start and 24 <= missing <= 27 and other == (None, 0)
    await office.restarted().group()
    assert (await quiet(office))[0][0] == start
    await office.write("Chào ad", minutes_ago=1)
    clock.forward(minutes=2)
    await office.pipeline.turn()
    clock.forward(minutes=2)
    await office.pipeline.turn()
    assert await quiet(office) == [(None, 0), (None, 0)]


async def test_an_account_that_cannot_be_read_is_not_quiet(office: Office, clock: FakeClock) -> None:
    await weeks(office, clock())
    await read(office, clock())
    clock.forward(hours=9)
    await office.pipeline.group()
    assert await quiet(office) == [(None, 0), (None, 0)]


async def test_hours_in_which_it_could_not_be_read_are_unknown_after_a_restart_too(
    office: Office, clock: FakeClock
) -> None:
    end = clock().replace(minute=0, second=0, microsecond=0)
    await weeks(office, end - 10 * HOUR)
    async with office.db.write() as session:
        session.add(ReadingGap(account_id=1, since=end - 10 * HOUR, until=end))
    await read(office, clock())
    await office.pipeline.group()
    assert await quiet(office) == [(None, 0), (None, 0)]
    assert office.pipeline._streams[1].baseline.usual({"facebook"}, end - 5 * HOUR) == 3


@pytest.mark.parametrize("restart", [False, True])
async def test_what_a_webhook_brings_during_an_outage_teaches_no_zeros(
    office: Office, clock: FakeClock, restart: bool
) -> None:
    """Reading fails for three days; somebody is heard by webhook every seven hours, and nobody knows of the rest."""
    end = clock().replace(minute=0, second=0, microsecond=0)
    await weeks(office, end)
    await read(office, clock())
    await office.pipeline.group()
    for _ in range(12):
        clock.forward(hours=7)
        await office.write("Chào ad", minutes_ago=1)
        await office.pipeline.turn()
    pipeline = office.restarted() if restart else office.pipeline
    clock.forward(hours=7)
    await pipeline.group()
    assert pipeline._streams[1].baseline.unread == {"facebook": end, "account:1": end, **both(end)}
    async with office.db.write() as session:
        session.add(ReadingGap(account_id=1, since=end, until=clock()))
    await read(office, clock())
    clock.forward(minutes=2)
    await pipeline.group()
    baseline = pipeline._streams[1].baseline
    assert baseline.unread == {}
    assert baseline.usual({"facebook"}, clock()) == 3
    assert baseline.judge({"facebook"}, clock(), 4).score < ALARM <= baseline.judge({"facebook"}, clock(), 40).score


def both(end: datetime) -> dict[str, datetime]:
    """The other account was read last at the same time."""
    return {"youtube": end, "account:2": end}
