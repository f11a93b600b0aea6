"""What a claim writes down before anything is sent."""

from __future__ import annotations

from datetime import timedelta

from bot.publishing.claim import claim_due
from bot.publishing.waiting import Why, reasons
from channels.base import SLOWEST_LINE
from models.delivery import Delivery
from models.office import Account
from models.post import Media
from models.states import DeliveryState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, post_of
from tests.conftest import FakeClock


async def test_the_recorded_end_of_a_claim_leaves_its_files_the_time_they_take(
    office: Office, clock: FakeClock
) -> None:
    post_id = await approved(office, clock)
    async with office.parts.db.write() as session:
        for position in (0, 1):
            session.add(
                Media(post_id=post_id, position=position, kind="clip", mime="video/mp4", path="x.mp4", size=3 * 10**9,
                      sha256=f"{position}" * 64, width=1, height=1, duration_s=1, alt_text="")
            )  # fmt: skip
    clock.forward(hours=1)
    assert {flying.size for flying in await claim_due(office.parts, 10)} == {6 * 10**9}
    least = clock() + timedelta(seconds=6 * 10**9 / SLOWEST_LINE)
    assert all(row.call_deadline and row.call_deadline > least for row in await deliveries(office, post_id))


async def test_what_the_platform_takes_by_day_alone_waits_for_the_morning_and_is_not_late_then(
    office: Office, clock: FakeClock
) -> None:
    post_id = await approved(office, clock, late_after_min=30)
    clock.forward(hours=14, minutes=20)  # 22:20 in Hanoi
    async with office.parts.db.write() as session:
        rows = await deliveries(office, post_id)
        session.add(
            Delivery(post_id=post_id, variant_id=rows[0].variant_id, account_id=office.accounts["zalo"], channel="zalo",
                     target_id="art_1", form="broadcast", composed={"recipient": {"target": {}}}, due_at=clock(),
                     next_at=clock())
        )  # fmt: skip
    assert await claim_due(office.parts, 10) == []
    [waits] = [row for row in await deliveries(office, post_id) if row.form == "broadcast"]
    morning = clock() + timedelta(hours=7, minutes=45)
    assert (waits.state, waits.next_at, waits.due_at) == (DeliveryState.QUEUED, morning, morning)
    async with office.parts.db.read() as session:
        account = await session.get_one(Account, waits.account_id)
    [why] = reasons(waits, await post_of(office, post_id), account, [], clock())
    assert (why.why, why.until) == (Why.PLATFORM, morning)
    assert ("06:05 25/11" in why.told.vi, "06:05 25/11" in why.told.en) == (True, True)
    clock.forward(hours=7, minutes=44)
    assert await claim_due(office.parts, 10) == []
    clock.forward(minutes=2)
    assert [(f.id, f.out.form) for f in await claim_due(office.parts, 10)] == [(waits.id, "broadcast")]
