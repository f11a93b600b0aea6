"""What a person can do to the queue, and that nothing goes out that must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.parts import Refused
from bot.publishing import queueing
from bot.publishing.approval import allowed_actions
from bot.publishing.claim import claim_due
from bot.publishing.outcome import Next, Outcome, finish
from bot.publishing.slots import add_slot
from channels.base import Sent
from channels.errors import AuthLost, Throttled, Told
from channels.facebook import FacebookChannel
from models.delivery import Delivery, HeldBy
from models.office import Account, AccountStatus
from models.post import PostKind, Timing
from models.states import DeliveryState, IllegalMove, PostState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, pending, post_of, sign, state_of
from tests.conftest import FakeClock

HOUR = timedelta(hours=1)


async def claimed(office: Office) -> set[int]:
    """Claim everything there is; accounts that space their posts get the time for it."""
    taken: set[int] = set()
    while True:
        now = {flying.id for flying in await claim_due(office.parts, 100)}
        if not now:
            return taken
        taken |= now
        office.parts.now.forward(seconds=2)  # type: ignore[attr-defined]


async def test_hold_stops_the_queue_and_release_lets_it_go(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "đang có sự cố")
    assert {r.state for r in await deliveries(office, post_id)} == {DeliveryState.HELD}
    clock.forward(hours=1)
    assert not await claimed(office)
    await queueing.release_post(office.parts, office.people["duty"], post_id)
    assert {r.state for r in await deliveries(office, post_id)} == {DeliveryState.QUEUED}
    assert len(await claimed(office)) == 2


async def test_another_offices_post_is_not_found(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    stranger = replace(office.people["approver"], organisation_id=office.id + 1)
    with pytest.raises(Refused, match="There is no such post"):
        await queueing.hold_post(office.parts, stranger, post_id, "x")


async def test_nothing_is_due_before_its_time_and_everything_at_it(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    clock.forward(minutes=59, seconds=59)
    assert not await claimed(office)
    clock.forward(seconds=1)
    assert len(await claimed(office)) == 2
    assert not await claimed(office)


async def test_after_a_long_stop_what_is_stale_is_held_for_a_decision_not_dumped(
    office: Office, clock: FakeClock
) -> None:
    stale = await approved(office, clock)
    urgent = await pending(office, clock, kind=PostKind.CORRECTION)
    await sign(office, urgent)
    await sign(office, urgent, "speaker")
    fresh = await approved(office, clock, due_at=clock() + 3 * HOUR - timedelta(minutes=29))
    clock.forward(hours=3)
    taken = await claimed(office)
    assert taken == {d.id for post in (urgent, fresh) for d in await deliveries(office, post)}
    rows = await deliveries(office, stale)
    assert {(r.state, r.attempt_no) for r in rows} == {(DeliveryState.HELD, 0)}
    assert "120 phút" in rows[0].error_vi
    assert await state_of(office, stale) == PostState.HELD
    await queueing.release_post(office.parts, office.people["duty"], stale)
    assert await claimed(office) == {r.id for r in rows}


async def test_a_correction_overtakes_everything_routine(office: Office, clock: FakeClock) -> None:
    for _ in range(3):
        await approved(office, clock)
    urgent = await pending(office, clock, kind=PostKind.CORRECTION)
    await sign(office, urgent)
    await sign(office, urgent, "speaker")
    clock.forward(hours=1)
    first = await claim_due(office.parts, 2)
    assert {flying.id for flying in first} == {d.id for d in await deliveries(office, urgent)}


async def test_a_paused_or_lost_account_waits_alone(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).status = AccountStatus.PAUSED
    clock.forward(hours=1)
    rows = {d.channel: d.id for d in await deliveries(office, post_id)}
    assert await claimed(office) == {rows["viber"]}
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).status = AccountStatus.OK
    assert await claimed(office) == {rows["facebook"]}


async def test_cancel_wins_until_the_claim_and_not_after(office: Office, clock: FakeClock) -> None:
    early, late = await approved(office, clock), await approved(office, clock)
    await queueing.cancel_post(office.parts, office.people["duty"], early)
    clock.forward(hours=1)
    assert await claimed(office) == {d.id for d in await deliveries(office, late)}
    with pytest.raises(Refused):
        await queueing.cancel_post(office.parts, office.people["duty"], late)
    assert {d.state for d in await deliveries(office, early)} == {DeliveryState.CANCELLED}
    assert await state_of(office, early) == PostState.RETRACTED


async def test_cancelling_the_rest_of_a_post_leaves_what_is_out(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    one, other = await deliveries(office, post_id)
    async with office.parts.db.write() as session:
        row = await session.get_one(Delivery, one.id)
        row.state, row.attempt_no, row.sent_at = DeliveryState.SENT, 1, clock()
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "chờ")
    await queueing.cancel_post(office.parts, office.people["duty"], post_id)
    states = {d.id: d.state for d in await deliveries(office, post_id)}
    assert states == {one.id: DeliveryState.SENT, other.id: DeliveryState.CANCELLED}
    assert await state_of(office, post_id) == PostState.PUBLISHED


async def test_release_after_everything_got_out_says_published(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    clock.forward(hours=1)
    await claimed(office)
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "chờ")
    async with office.parts.db.write() as session:
        for row in await deliveries(office, post_id):
            delivery = await session.get_one(Delivery, row.id)
            delivery.state, delivery.sent_at = DeliveryState.SENT, clock()
    await queueing.release_post(office.parts, office.people["duty"], post_id)
    assert await state_of(office, post_id) == PostState.PUBLISHED


# -- moving -----------------------------------------------------------------------------------------------------


async def test_inside_the_window_the_approval_stays_outside_it_is_void(office: Office, clock: FakeClock) -> None:
    window = {"window_from": clock() + HOUR, "window_to": clock() + 5 * HOUR}
    post_id = await approved(office, clock, **window)
    before = [d.composed for d in await deliveries(office, post_id)]
    await queueing.reschedule_post(office.parts, office.people["author"], post_id, clock() + 2 * HOUR)
    assert await state_of(office, post_id) == PostState.SCHEDULED
    rows = await deliveries(office, post_id)
    assert {d.due_at for d in rows} == {clock() + 2 * HOUR}
    assert [d.composed for d in rows] == before
    clock.forward(hours=1)
    assert not await claimed(office)
    await queueing.reschedule_post(office.parts, office.people["author"], post_id, clock() + 6 * HOUR)
    assert await state_of(office, post_id) == PostState.PENDING
    clock.forward(hours=1)
    assert not await claimed(office)


@pytest.mark.parametrize("who", ["approver", "admin", "auditor"])
async def test_only_writers_move_a_post(office: Office, clock: FakeClock, who: str) -> None:
    post_id = await approved(office, clock)
    with pytest.raises(Refused):
        await queueing.reschedule_post(office.parts, office.people[who], post_id, clock() + 2 * HOUR)
    assert await state_of(office, post_id) == PostState.SCHEDULED


async def test_what_was_claimed_cannot_be_moved(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    clock.forward(hours=1)
    await claimed(office)
    with pytest.raises((Refused, IllegalMove)):
        await queueing.reschedule_post(office.parts, office.people["author"], post_id, clock() + HOUR)


# -- embargo ----------------------------------------------------------------------------------------------------


async def test_nothing_leaves_before_the_embargo_whoever_asks(office: Office, clock: FakeClock) -> None:
    until = clock() + 4 * HOUR
    post_id = await approved(office, clock, due_at=None, timing=Timing.NOW, embargo_until=until)
    rows = await deliveries(office, post_id)
    assert {(d.due_at, d.embargo_until) for d in rows} == {(until, until)}
    async with office.parts.db.write() as session:
        for row in rows:
            (await session.get_one(Delivery, row.id)).next_at = clock()
    assert not await claimed(office)
    with pytest.raises(Refused, match="embargo"):
        await queueing.reschedule_post(office.parts, office.people["author"], post_id, clock() + HOUR)
    clock.forward(hours=4)
    assert len(await claimed(office)) == 2


# -- decisions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("there", "to"), [(True, DeliveryState.SENT), (False, DeliveryState.QUEUED)])
async def test_a_person_settles_what_nobody_can_know(
    office: Office, clock: FakeClock, there: bool, to: DeliveryState
) -> None:
    post_id = await approved(office, clock)
    clock.forward(hours=1)
    first, _ = await claim_due(office.parts, 2)
    number = first.id
    async with office.parts.db.write() as session:
        (await session.get_one(Delivery, number)).state = DeliveryState.UNKNOWN
    with pytest.raises(Refused):
        await queueing.settle_unknown(office.parts, office.people["author"], number, there=there)
    await queueing.settle_unknown(office.parts, office.people["duty"], number, there=there)
    assert {d.id: d.state for d in await deliveries(office, post_id)}[number] == to
    for again in (True, False):
        with pytest.raises(Refused, match="not unknown"):
            await queueing.settle_unknown(office.parts, office.people["duty"], number, there=again)


async def test_release_leaves_a_lost_accounts_delivery_where_it_is(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "chờ")
    first = (await deliveries(office, post_id))[0]
    async with office.parts.db.write() as session:
        (await session.get_one(Delivery, first.id)).held_by = HeldBy.ACCOUNT
    await queueing.release_post(office.parts, office.people["duty"], post_id)
    assert {d.id: d.state for d in await deliveries(office, post_id)}[first.id] == DeliveryState.HELD


# -- past the time that was approved ----------------------------------------------------------------------------


@pytest.mark.parametrize("window", [False, True])
async def test_past_its_approved_time_a_post_goes_out_only_by_somebody_who_did_not_write_it(
    office: Office, clock: FakeClock, window: bool
) -> None:
    due = clock() + HOUR
    more = {"due_at": due, "window_from": due, "window_to": due + HOUR} if window else {}
    post_id = await approved(office, clock, **more)
    await queueing.hold_post(office.parts, office.people["author"], post_id, "đợi")
    clock.forward(hours=3)
    for writer in ("author", "editor"):
        with pytest.raises(Refused, match="approver or duty officer"):
            await queueing.release_post(office.parts, office.people[writer], post_id)
    assert not await claimed(office)
    await queueing.release_post(office.parts, office.people["duty"], post_id)
    assert len(await claimed(office)) == 2


async def test_holding_and_releasing_again_and_again_does_not_put_off_what_is_too_late(
    office: Office, clock: FakeClock
) -> None:
    author, post_id = office.people["author"], await approved(office, clock)
    clock.forward(minutes=80)
    await queueing.hold_post(office.parts, author, post_id, "đợi")
    await queueing.release_post(office.parts, author, post_id)
    clock.forward(minutes=9)
    await queueing.hold_post(office.parts, author, post_id, "đợi")
    clock.forward(minutes=9)
    with pytest.raises(Refused, match="approver or duty officer"):
        await queueing.release_post(office.parts, author, post_id)


async def test_who_may_not_let_a_late_post_go_is_not_offered_to(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)

    async def offered(who: str) -> set[str]:
        post, rows = await post_of(office, post_id), await deliveries(office, post_id)
        return allowed_actions(post, office.people[who], [], rows, clock())

    await queueing.hold_post(office.parts, office.people["author"], post_id, "đợi")
    assert "release" in await offered("author")
    clock.forward(hours=3)
    assert "release" not in await offered("author")
    assert "release" in await offered("duty")
    assert "cancel" in await offered("author")
    await queueing.cancel_post(office.parts, office.people["author"], post_id)
    assert not await offered("author") & {"release", "cancel"}


async def test_what_is_put_back_before_its_time_waits_for_its_time(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    row = (await deliveries(office, post_id))[0]
    async with office.parts.db.write() as session:
        held = await session.get_one(Delivery, row.id)
        held.state, held.held_by = DeliveryState.HELD, HeldBy.ACCOUNT
    await queueing.retry_delivery(office.parts, office.people["duty"], row.id or 0)
    assert not await claimed(office)
    clock.forward(hours=1)
    assert len(await claimed(office)) == 2


async def test_inside_its_approved_time_its_author_may_let_a_post_go(office: Office, clock: FakeClock) -> None:
    due = clock() + HOUR
    post_id = await approved(office, clock, due_at=due, window_from=due, window_to=due + 2 * HOUR)
    await queueing.hold_post(office.parts, office.people["author"], post_id, "đợi")
    clock.forward(hours=2)
    await queueing.release_post(office.parts, office.people["author"], post_id)
    assert len(await claimed(office)) == 2


async def test_what_missed_its_window_waits_for_a_decision(office: Office, clock: FakeClock) -> None:
    due = clock() + HOUR
    post_id = await approved(office, clock, due_at=due, window_from=due, window_to=due + HOUR / 6)
    clock.forward(minutes=75)
    assert not await claimed(office)
    assert await state_of(office, post_id) == PostState.HELD


async def test_a_late_channel_does_not_hold_those_whose_time_is_still_to_come(office: Office, clock: FakeClock) -> None:
    monday = clock().astimezone(office.parts.settings.tz).weekday()
    for channel, hour in (("facebook", 9), ("viber", 20)):
        await add_slot(office.parts, office.people["editor"], channel, (monday + 1) % 7, hour * 60)
    post_id = await approved(office, clock, due_at=None, timing=Timing.SLOT)
    morning, evening = sorted(await deliveries(office, post_id), key=lambda row: row.due_at)
    clock.forward(seconds=(morning.due_at - clock()).total_seconds() + 3600)
    assert not await claimed(office)
    assert {r.id: r.state for r in await deliveries(office, post_id)} == {
        morning.id: DeliveryState.HELD,
        evening.id: DeliveryState.QUEUED,
    }
    clock.forward(seconds=(evening.due_at - clock()).total_seconds())
    assert await claimed(office) == {evening.id}


# -- after a try that certainly sent nothing --------------------------------------------------------------------


async def throttled(office: Office, clock: FakeClock) -> int:
    """A post that was tried on each channel and sent nowhere."""
    post_id = await approved(office, clock)
    clock.forward(hours=1)
    for flying in await claim_due(office.parts, 10):
        error = Throttled("429", told=Told("chờ", "wait"), retry_after_s=86_400)
        assert await finish(office.parts, flying, flying.number, Outcome(Next.THROTTLED, error=error))
    return post_id


async def test_what_was_certainly_not_sent_is_scheduled_again_and_can_be_cancelled(
    office: Office, clock: FakeClock
) -> None:
    post_id = await throttled(office, clock)
    assert await state_of(office, post_id) == PostState.SCHEDULED
    await queueing.cancel_post(office.parts, office.people["duty"], post_id)
    assert await state_of(office, post_id) == PostState.RETRACTED


async def test_what_was_certainly_not_sent_can_be_moved_and_needs_a_new_yes(office: Office, clock: FakeClock) -> None:
    post_id = await throttled(office, clock)
    await queueing.reschedule_post(office.parts, office.people["editor"], post_id, clock() + 5 * HOUR)
    assert await state_of(office, post_id) == PostState.PENDING
    await sign(office, post_id)
    clock.forward(hours=30)  # past the pause that the platform asked for
    assert not await claimed(office)
    assert await state_of(office, post_id) == PostState.HELD


async def partly(office: Office, clock: FakeClock, outcome: Outcome) -> int:
    """A post that is out on Facebook while its Viber delivery ended as given."""
    post_id = await approved(office, clock)
    clock.forward(hours=1)
    for flying in await claim_due(office.parts, 10):
        out = Outcome(Next.SENT, sent=Sent("1001_7")) if flying.delivery.channel == "facebook" else outcome
        assert await finish(office.parts, flying, flying.number, out)
    return post_id


LOST = Outcome(Next.LOST, error=AuthLost("190", told=Told("kết nối lại", "reconnect")))


async def test_the_rest_of_a_partly_failed_post_can_be_cancelled(office: Office, clock: FakeClock) -> None:
    post_id = await partly(office, clock, LOST)
    assert await state_of(office, post_id) == PostState.PARTLY_FAILED
    await queueing.cancel_post(office.parts, office.people["duty"], post_id)
    assert await state_of(office, post_id) == PostState.PUBLISHED
    with pytest.raises(Refused, match="Nothing of it waits"):
        await queueing.cancel_post(office.parts, office.people["duty"], post_id)


@pytest.fixture
def facebook_takes_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async def withdraw(self: FacebookChannel, remote_id: str) -> None:
        """The platform's side of it is tested with the adapter."""

    monkeypatch.setattr(FacebookChannel, "withdraw", withdraw)


@pytest.mark.usefixtures("facebook_takes_down")
async def test_taking_down_a_partly_failed_post_calls_off_the_rest(office: Office, clock: FakeClock) -> None:
    post_id = await partly(office, clock, LOST)
    assert await queueing.withdraw_post(office.parts, office.people["approver"], post_id, "sai số liệu") == []
    assert {r.channel: r.state for r in await deliveries(office, post_id)} == {
        "facebook": DeliveryState.RETRACTED,
        "viber": DeliveryState.CANCELLED,
    }
    assert await state_of(office, post_id) == PostState.RETRACTED


@pytest.mark.usefixtures("facebook_takes_down")
async def test_what_may_be_out_is_named_and_never_sent_after_its_post_was_taken_down(
    office: Office, clock: FakeClock
) -> None:
    post_id = await partly(office, clock, Outcome(Next.UNKNOWN))
    assert await queueing.withdraw_post(office.parts, office.people["approver"], post_id, "sai") == ["viber"]
    viber = next(r for r in await deliveries(office, post_id) if r.channel == "viber")
    await queueing.settle_unknown(office.parts, office.people["approver"], viber.id or 0, there=False)
    assert {r.state for r in await deliveries(office, post_id)} == {DeliveryState.RETRACTED, DeliveryState.CANCELLED}
    assert await state_of(office, post_id) == PostState.RETRACTED
    assert not await claimed(office)
