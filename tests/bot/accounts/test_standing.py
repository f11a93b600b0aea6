"""Pause, loss, reconnection: what waits, what goes on, in which order, and what a person must decide."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.accounts.check import check_account
from bot.accounts.standing import pause_account, release_held, resume_account
from bot.duty.notices import tell_troubles
from bot.office_setup import create_organisation
from bot.parts import NotFound, Refused
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.queueing import hold_post
from bot.publishing.settle import overdue, settle
from bot.publishing.writing import VariantDraft
from channels.sandbox.world import Sandbox
from models.audit import AuditEntry
from models.delivery import Delivery, HeldBy
from models.incident import Alert
from models.office import Account, AccountStatus
from models.states import DeliveryState, PostState
from tests.bot.accounts.conftest import account_of, connect
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, state_of
from tests.conftest import FakeClock


async def post(office: Office, clock: FakeClock, minutes: float, **more: object) -> int:
    """A post for Facebook, due in so many minutes."""
    due = clock() + timedelta(minutes=minutes)
    words = {"facebook": VariantDraft(text=f"Lịch tiếp dân {minutes}.")}
    return await approved(office, clock, due_at=due, variants=words, **more)


async def turn(office: Office) -> list[int]:
    """Claim and deliver what is due; return the posts in the order they were sent."""
    sent = []
    for flying in await claim_due(office.parts, 20):
        sent.append(flying.delivery.post_id)
        await deliver(office.parts, flying)
    return sent


async def one(office: Office, post_id: int) -> Delivery:
    return (await deliveries(office, post_id))[0]


async def deeds(office: Office, action: str) -> list[AuditEntry]:
    async with office.parts.db.read() as session:
        return list((await session.exec(select(AuditEntry).where(AuditEntry.action == action))).all())


def kill_page_token(sandbox: Sandbox) -> None:
    sandbox.facebook.kill(next(iter(sandbox.page.tokens)), "password_changed")


def new_page_token(sandbox: Sandbox, token: str = "EAAB-new") -> str:
    sandbox.page.tokens.clear()
    sandbox.page.tokens.add(token)
    return token


# -- lost ---------------------------------------------------------------------------------------------------------


async def test_a_lost_account_waits_is_told_once_and_goes_on_in_order(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    kill_page_token(sandbox)
    first, late, second = await post(office, clock, 2), await post(office, clock, 1), await post(office, clock, 40)
    clock.forward(minutes=1)
    assert await turn(office) == [late]
    delivery = await one(office, late)
    assert (delivery.state, delivery.held_by) == (DeliveryState.HELD, HeldBy.ACCOUNT)
    assert (await account_of(office, "facebook")).status == AccountStatus.LOST
    clock.forward(minutes=1)
    assert await turn(office) == [], "the others wait by the claim's rule"
    assert [await tell_troubles(office.parts) for _ in range(3)] == [1, 0, 0]
    async with office.parts.db.read() as session:
        told = (await session.exec(select(Alert.text))).one()
    assert "Facebook" in told and "loa account connect" in told

    clock.forward(minutes=35)  # 36 after `late` was due, 35 after `first`, 3 before `second`
    new_page_token(sandbox)
    await connect(office, sandbox, "facebook")
    account = await account_of(office, "facebook")
    assert (account.status, account.lost_at, account.status_reason) == (AccountStatus.OK, None, "")
    assert await turn(office) == []
    assert [await state_of(office, p) for p in (late, first)] == [PostState.HELD, PostState.HELD], "too late: a person"
    assert (await one(office, late)).held_by == HeldBy.LATE
    clock.forward(minutes=3)
    assert await turn(office) == [second]
    assert len(sandbox.facebook.published()) == 1
    assert [e.detail.get("code") for e in await deeds(office, "account_lost")] == ["190/460"]


async def test_what_still_fits_goes_out_longest_due_first(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    kill_page_token(sandbox)
    posts = [await post(office, clock, minutes, late_after_min=600) for minutes in (3, 1, 2)]
    clock.forward(minutes=1)
    await turn(office)
    async with office.parts.db.write() as session:  # another one hit it at the same time
        row = await session.get_one(Delivery, (await one(office, posts[2])).id)
        row.state, row.held_by = DeliveryState.HELD, HeldBy.ACCOUNT
    clock.forward(hours=1)
    new_page_token(sandbox)
    await connect(office, sandbox, "facebook")
    assert await turn(office) == [posts[1], posts[2], posts[0]]
    assert [await state_of(office, p) for p in posts] == [PostState.PUBLISHED] * 3


async def test_a_good_answer_ends_the_loss(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    """The right was given back: no new token is needed."""
    token = next(iter(sandbox.page.tokens))
    sandbox.facebook.kill(token, "role_lost")
    post_id = await post(office, clock, 1)
    clock.forward(minutes=1)
    await turn(office)
    assert (await account_of(office, "facebook")).status == AccountStatus.LOST
    assert (await check_account(office.parts, office.accounts["facebook"])).lost
    assert (await one(office, post_id)).state == DeliveryState.HELD
    del sandbox.facebook.logins.why_dead[token]
    sandbox.page.tokens.add(token)
    assert (await check_account(office.parts, office.accounts["facebook"])).ok
    assert (await account_of(office, "facebook")).status == AccountStatus.OK
    assert await turn(office) == [post_id]
    assert len(await deeds(office, "account_recovered")) == 1


async def test_no_answer_stops_no_account(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    before = await account_of(office, "facebook")
    sandbox.facebook.fail_next("drop_before", times=5)
    health = await check_account(office.parts, office.accounts["facebook"])
    assert (health.ok, health.lost) == (False, False)
    after = await account_of(office, "facebook")
    assert (after.status, after.lost_at) == (before.status, before.lost_at) == (AccountStatus.OK, None)
    assert [c["code"] for c in after.concerns] == ["unreachable"]


async def test_an_answer_to_the_old_token_does_not_lose_the_reconnected_account(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    post_id = await post(office, clock, 1)
    clock.forward(minutes=1)
    [flying] = await claim_due(office.parts, 20)
    kill_page_token(sandbox)
    sandbox.facebook.fail_next("delay", match="/feed", seconds=2)

    async def reconnect() -> None:
        new_page_token(sandbox)
        await connect(office, sandbox, "facebook")

    sending = asyncio.create_task(deliver(office.parts, flying))
    while not any("/feed" in call for call in sandbox.facebook.calls):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await reconnect()
    await sending
    assert (await account_of(office, "facebook")).status == AccountStatus.OK
    assert (await one(office, post_id)).state == DeliveryState.QUEUED
    clock.forward(minutes=1)
    assert await turn(office) == [post_id]
    assert await state_of(office, post_id) == PostState.PUBLISHED


async def test_what_was_in_flight_is_looked_at_after_the_reconnection(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    post_id = await post(office, clock, 1)
    clock.forward(minutes=1)
    sandbox.facebook.fail_next("drop_after", match="/feed")
    await turn(office)
    delivery = await one(office, post_id)
    assert delivery.state == DeliveryState.SENDING
    kill_page_token(sandbox)
    clock.forward(minutes=10)
    assert await overdue(office.parts, 5) == [delivery.id]
    await settle(office.parts, delivery.id or 0)
    assert (await account_of(office, "facebook")).status == AccountStatus.LOST
    clock.forward(minutes=10)
    assert await overdue(office.parts, 5) == []
    new_page_token(sandbox)
    await connect(office, sandbox, "facebook")
    assert await overdue(office.parts, 5) == [delivery.id]
    await settle(office.parts, delivery.id or 0)
    assert (await one(office, post_id)).state == DeliveryState.SENT
    assert len(sandbox.facebook.published()) == 1


async def test_a_post_on_hold_stays_on_hold(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    kill_page_token(sandbox)
    both = {"facebook": VariantDraft(text="Lịch."), "viber": VariantDraft(text="Lịch.")}
    post_id = await approved(office, clock, due_at=clock() + timedelta(minutes=1), variants=both)
    clock.forward(minutes=1)
    [flying] = await claim_due(office.parts, 1)
    await deliver(office.parts, flying)
    held = next(d for d in await deliveries(office, post_id) if d.channel == "facebook")
    assert held.held_by == HeldBy.ACCOUNT
    await hold_post(office.parts, office.people["duty"], post_id, "chờ lãnh đạo")
    new_page_token(sandbox)
    await connect(office, sandbox, "facebook")
    held = next(d for d in await deliveries(office, post_id) if d.channel == "facebook")
    assert (held.state, held.held_by) == (DeliveryState.HELD, HeldBy.POST)
    assert await turn(office) == []


async def test_what_a_crash_left_held_is_found(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    kill_page_token(sandbox)
    post_id = await post(office, clock, 1)
    clock.forward(minutes=1)
    await turn(office)
    async with office.parts.db.write() as session:  # well again, and the process died right then
        (await session.get_one(Account, office.accounts["facebook"])).recover()
    assert [await release_held(office.parts) for _ in range(2)] == [1, 0]
    assert (await one(office, post_id)).state == DeliveryState.QUEUED


async def test_another_organisation_cannot_take_the_account(office: Office, sandbox: Sandbox) -> None:
    other = await create_organisation(office.parts, "Đơn vị khác")
    mine, office.id = office.id, other
    with pytest.raises(Refused):
        await connect(office, sandbox, "facebook")
    office.id = mine


# -- paused ---------------------------------------------------------------------------------------------------------


async def test_a_pause_stops_the_next_send_and_a_resume_lets_it_go_on(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    duty, account_id = office.people["duty"], office.accounts["facebook"]
    soon, later = await post(office, clock, 1), await post(office, clock, 50)
    await pause_account(office.parts, duty, account_id, "  Trang bị mạo danh  ")
    assert (await account_of(office, "facebook")).status_reason == "Trang bị mạo danh"
    clock.forward(minutes=49)
    assert await turn(office) == []
    assert sandbox.facebook.published() == []
    await resume_account(office.parts, duty, account_id)
    assert await turn(office) == [] and await state_of(office, soon) == PostState.HELD, "48 minutes late: a person"
    clock.forward(minutes=1)
    assert await turn(office) == [later]
    paused, resumed = await deeds(office, "account_paused"), await deeds(office, "account_resumed")
    assert [(e.user_id, e.detail) for e in paused] == [(duty.user_id, {"reason": "Trang bị mạo danh"})]
    assert [e.user_id for e in resumed] == [duty.user_id]


async def test_a_pause_stops_even_what_was_claimed_where_it_could_not_be_read_back(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    words = {"viber": VariantDraft(text="Lịch tiếp dân.")}
    post_id = await approved(office, clock, due_at=clock() + timedelta(minutes=1), variants=words)
    clock.forward(minutes=1)
    [flying] = await claim_due(office.parts, 20)
    await pause_account(office.parts, office.people["duty"], office.accounts["viber"], "Kênh bị mạo danh")
    await deliver(office.parts, flying)
    assert sandbox.viber.published() == []
    assert (await one(office, post_id)).state == DeliveryState.QUEUED


@pytest.mark.parametrize(("who", "reason"), [("author", "vì"), ("auditor", "vì"), ("duty", "  ")])
async def test_a_pause_needs_a_right_and_a_reason(office: Office, who: str, reason: str) -> None:
    with pytest.raises(Refused):
        await pause_account(office.parts, office.people[who], office.accounts["facebook"], reason)
    assert (await account_of(office, "facebook")).status == AccountStatus.OK


async def test_a_pause_is_placed_and_taken_back_once(office: Office) -> None:
    duty, account_id = office.people["duty"], office.accounts["facebook"]
    with pytest.raises(Refused):
        await resume_account(office.parts, duty, account_id)
    await pause_account(office.parts, duty, account_id, "vì")
    with pytest.raises(Refused):
        await pause_account(office.parts, duty, account_id, "vì")
    with pytest.raises(NotFound):
        await pause_account(office.parts, duty, 999, "vì")


async def test_a_loss_during_a_pause_shows_when_it_is_over(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    duty, account_id = office.people["duty"], office.accounts["facebook"]
    await pause_account(office.parts, duty, account_id, "nghỉ lễ")
    kill_page_token(sandbox)
    assert [(await check_account(office.parts, account_id)).lost for _ in range(2)] == [True, True]
    account = await account_of(office, "facebook")
    assert (account.status, account.status_reason) == (AccountStatus.PAUSED, "nghỉ lễ")
    assert len(await deeds(office, "account_lost")) == 1
    await resume_account(office.parts, duty, account_id)
    account = await account_of(office, "facebook")
    assert account.status == AccountStatus.LOST and "loa account connect" in account.status_reason


async def test_a_reconnection_keeps_the_pause(office: Office, sandbox: Sandbox) -> None:
    await pause_account(office.parts, office.people["duty"], office.accounts["facebook"], "nghỉ lễ")
    await connect(office, sandbox, "facebook")
    account = await account_of(office, "facebook")
    assert (account.status, account.status_reason) == (AccountStatus.PAUSED, "nghỉ lễ")
