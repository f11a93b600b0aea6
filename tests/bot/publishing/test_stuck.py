"""Nothing waits unseen: each way to stand past one's time is told with its own reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.publishing import queueing
from bot.publishing.holds import place_hold
from bot.publishing.stuck import Why, stuck
from models.delivery import Delivery
from models.office import Account, AccountStatus
from models.queue import HoldScope
from models.states import DeliveryState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries
from tests.conftest import FakeClock


async def found(office: Office) -> dict[str, Why]:
    async with office.parts.db.read() as session:
        rows = await stuck(session, office.parts.now(), office.id)
        assert not await stuck(session, office.parts.now(), office.id + 1)
    assert all(row.told.vi and row.since <= office.parts.now() for row in rows)
    return {row.delivery.channel: row.why for row in rows}


async def test_what_is_on_its_way_is_not_stuck(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    assert await found(office) == {}
    clock.forward(hours=1, seconds=59)
    assert await found(office) == {}
    clock.forward(seconds=1)
    assert await found(office) == {"facebook": Why.ENGINE, "viber": Why.ENGINE}


@pytest.mark.parametrize(
    ("status", "why"), [(AccountStatus.LOST, Why.ACCOUNT_LOST), (AccountStatus.PAUSED, Why.ACCOUNT_PAUSED)]
)
async def test_an_account_that_stands_is_named(
    office: Office, clock: FakeClock, status: AccountStatus, why: Why
) -> None:
    await approved(office, clock)
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).status = status
    clock.forward(hours=2)
    assert await found(office) == {"facebook": why, "viber": Why.ENGINE}


async def test_holds_throttling_and_doubt_are_told_apart(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    clock.forward(hours=2)
    await place_hold(office.parts, office.people["duty"], HoldScope.CHANNEL, "viber", reason="kênh lỗi")
    async with office.parts.db.write() as session:
        account = await session.get_one(Account, office.accounts["facebook"])
        account.throttled_until = clock() + timedelta(minutes=5)
    assert await found(office) == {"facebook": Why.THROTTLED, "viber": Why.SCOPE_HELD}
    async with office.parts.db.write() as session:
        rows = {d.channel: d.id for d in await deliveries(office, post_id)}
        (await session.get_one(Delivery, rows["facebook"])).state = DeliveryState.UNKNOWN
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "chờ")
    assert await found(office) == {"facebook": Why.UNKNOWN, "viber": Why.HELD}
