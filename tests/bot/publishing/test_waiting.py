"""Why something waits, in words."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlmodel import select, update

from bot.publishing.claim import held
from bot.publishing.holds import active_holds
from bot.publishing.queueing import hold_post
from bot.publishing.waiting import Why, reasons, stops
from models.delivery import Delivery, HeldBy
from models.office import Account, AccountStatus
from models.post import Post, Priority
from models.queue import Hold, HoldScope
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved
from tests.conftest import FakeClock


async def rows_of(office: Office) -> list[tuple[Delivery, Post, Account]]:
    async with office.parts.db.read() as session:
        query = (
            select(Delivery, Post, Account)
            .join(Post, Post.id == Delivery.post_id)  # type: ignore[arg-type]
            .join(Account, Account.id == Delivery.account_id)  # type: ignore[arg-type]
            .order_by(Delivery.channel)
        )
        return list((await session.exec(query)).all())


async def whys(office: Office) -> list[list[Why]]:
    async with office.parts.db.read() as session:
        holds = await active_holds(session, office.id)
    return [[r.why for r in reasons(d, p, a, holds, office.parts.now())] for d, p, a in await rows_of(office)]


async def test_what_waits_for_its_time_alone_has_no_reason(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    assert await whys(office) == [[], []]


async def test_a_held_post_tells_its_reason(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    await hold_post(office.parts, office.people["editor"], post_id, "chờ Sở xác nhận")
    delivery, post, account = (await rows_of(office))[0]
    (reason,) = reasons(delivery, post, account, [], clock())
    assert reason.why is Why.POST and "chờ Sở xác nhận" in reason.told.vi


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": AccountStatus.PAUSED}, Why.ACCOUNT),
        ({"status": AccountStatus.LOST}, Why.ACCOUNT),
        ({"throttled_until": timedelta(minutes=5)}, Why.PLATFORM),
    ],
)
async def test_an_account_that_does_not_send_is_named(
    office: Office, clock: FakeClock, changes: dict[str, object], why: Why
) -> None:
    await approved(office, clock)
    values = {name: clock() + v if isinstance(v, timedelta) else v for name, v in changes.items()}
    async with office.parts.db.write() as session:
        await session.exec(update(Account).where(Account.kind == "facebook").values(**values))  # type: ignore[arg-type]
    assert await whys(office) == [[why], []]


async def test_times_of_their_own_are_told_with_their_end(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    delivery, post, account = (await rows_of(office))[0]
    later = clock() + timedelta(hours=3)
    delivery.embargo_until, delivery.next_at = later, later
    delivery.error_code, delivery.error_vi = "budget", "Hạn mức gần hết."
    found = reasons(delivery, post, account, [], clock())
    assert [(r.why, r.until) for r in found] == [(Why.EMBARGO, later), (Why.BUDGET, later)]
    delivery.embargo_until, delivery.error_code, delivery.failures = None, "unreachable", 2
    assert [(r.why, r.until) for r in reasons(delivery, post, account, [], clock())] == [(Why.AGAIN, later)]
    delivery.state, delivery.held_by = "held", HeldBy.LATE
    assert [r.why for r in reasons(delivery, post, account, [], clock())] == [Why.LATE]


async def test_a_person_reads_what_the_claim_asks_of_holds(office: Office, clock: FakeClock) -> None:
    """The pure rule and the one in the row agree, for every scope, office, channel, topic and priority."""
    await approved(office, clock)
    scopes = [
        (HoldScope.EVERYTHING, ""), (HoldScope.ORGANISATION, ""), (HoldScope.CHANNEL, "viber"),
        (HoldScope.TOPIC, "CHINH_SACH"), (HoldScope.TOPIC, "Y_TE"),
    ]  # fmt: skip
    seen = set()
    for (scope, key), own, priority in itertools.product(scopes, (True, False), (0, Priority.CORRECTION)):
        async with office.parts.db.write() as session:
            await session.exec(update(Delivery).values(priority=priority))
            owner = None if scope is HoldScope.EVERYTHING else office.id
            hold = Hold(scope=scope, organisation_id=owner, key=key, reason="thử", placed_at=clock())
            session.add(hold)
            await session.flush()
            asked = (await session.exec(select(Delivery.id, held()).join(Post))).all()
            by_row = dict(asked)
            hold.released_at = clock()
        if not own:
            hold.organisation_id = None if owner is None else office.id + 1
            by_row = dict.fromkeys(by_row, owner is None)
        for delivery, post, _ in await rows_of(office):
            assert stops(hold, delivery, post) == by_row[delivery.id], (scope, key, own, priority, delivery.channel)
            seen.add(by_row[delivery.id])
    assert seen == {True, False}
