"""One action stops a whole scope before the next send, and its release dumps nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.accounts.standing import pause_account
from bot.parts import Refused
from bot.publishing import claim
from bot.publishing.claim import claim_due
from bot.publishing.holds import active_holds, place_hold, release_hold
from models.post import PostKind
from models.queue import HoldScope
from models.states import DeliveryState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, pending, sign
from tests.conftest import FakeClock


async def channels_claimed(office: Office) -> set[str]:
    taken = {flying.id for flying in await claim_due(office.parts, 100)}
    async with office.parts.db.read() as session:
        from models.delivery import Delivery

        return {(await session.get_one(Delivery, number)).channel for number in taken}


@pytest.mark.parametrize(
    ("scope", "key", "passes"),
    [
        (HoldScope.ORGANISATION, "", set()),
        (HoldScope.CHANNEL, "viber", {"facebook"}),
        (HoldScope.CHANNEL, "zalo", {"facebook", "viber"}),
        (HoldScope.TOPIC, "CHINH_SACH", set()),
        (HoldScope.TOPIC, "Y_TE", {"facebook", "viber"}),
    ],
)
async def test_a_hold_stops_its_scope_and_nothing_else(
    office: Office, clock: FakeClock, scope: HoldScope, key: str, passes: set[str]
) -> None:
    await approved(office, clock)
    hold = await place_hold(office.parts, office.people["duty"], scope, key, reason="sự cố")
    clock.forward(hours=1)
    assert await channels_claimed(office) == passes
    await release_hold(office.parts, office.people["backup"], hold)
    assert await channels_claimed(office) == {"facebook", "viber"} - passes


async def test_everything_is_an_admins_switch(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    with pytest.raises(Refused):
        await place_hold(office.parts, office.people["duty"], HoldScope.EVERYTHING, reason="x")
    hold = await place_hold(office.parts, office.people["admin"], HoldScope.EVERYTHING, reason="diễn tập")
    clock.forward(hours=1)
    assert not await channels_claimed(office)
    with pytest.raises(Refused):
        await release_hold(office.parts, office.people["duty"], hold)


@pytest.mark.parametrize(("scope", "goes"), [(HoldScope.TOPIC, True), (HoldScope.ORGANISATION, False)])
async def test_a_correction_passes_a_topic_hold_but_not_the_red_switch(
    office: Office, clock: FakeClock, scope: HoldScope, goes: bool
) -> None:
    key = "CHINH_SACH" if scope is HoldScope.TOPIC else ""
    await place_hold(office.parts, office.people["duty"], scope, key, reason="sự cố")
    urgent = await pending(office, clock, kind=PostKind.CORRECTION, due_at=None)
    await sign(office, urgent)
    await sign(office, urgent, "speaker")
    assert bool(await channels_claimed(office)) is goes


async def test_after_a_long_hold_what_is_stale_asks_for_a_decision(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    hold = await place_hold(office.parts, office.people["duty"], HoldScope.ORGANISATION, reason="bão")
    clock.forward(hours=3)
    await release_hold(office.parts, office.people["duty"], hold)
    assert not await channels_claimed(office)
    assert {d.state for d in await deliveries(office, post_id)} == {DeliveryState.HELD}


async def test_holds_are_told_and_released_once(office: Office, clock: FakeClock) -> None:
    hold = await place_hold(office.parts, office.people["duty"], HoldScope.CHANNEL, "viber", reason="kênh lỗi")
    async with office.parts.db.read() as session:
        (found,) = await active_holds(session, office.id)
        assert (found.id, found.reason) == (hold, "kênh lỗi")
        assert not await active_holds(session, office.id + 1)
    await release_hold(office.parts, office.people["duty"], hold)
    with pytest.raises(Refused, match="released already"):
        await release_hold(office.parts, office.people["duty"], hold)


@pytest.mark.parametrize("wrong", [(HoldScope.CHANNEL, "pigeon"), (HoldScope.TOPIC, ""), (HoldScope.ORGANISATION, "x")])
async def test_a_hold_of_nothing_is_refused(office: Office, wrong: tuple[HoldScope, str]) -> None:
    with pytest.raises(Refused, match="nothing called"):
        await place_hold(office.parts, office.people["duty"], *wrong, reason="x")


async def test_a_hold_needs_a_reason_and_a_right(office: Office) -> None:
    with pytest.raises(Refused, match="reason"):
        await place_hold(office.parts, office.people["duty"], HoldScope.ORGANISATION, reason=" ")
    for who in ("author", "auditor"):
        with pytest.raises(Refused):
            await place_hold(office.parts, office.people[who], HoldScope.ORGANISATION, reason="x")


@pytest.mark.parametrize("stop", ["hold", "pause"])
async def test_once_a_stop_is_answered_no_claim_decides_without_it(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    """It waits for a claim that is being decided right now, on whatever host, so that none overlooks it."""
    await approved(office, clock)
    clock.forward(hours=1)
    duty, decide = office.people["duty"], claim._affordable
    stops: list[asyncio.Future[Any]] = []

    async def stopped_meanwhile(*args: Any) -> Any:
        act = (
            place_hold(office.parts, duty, HoldScope.ORGANISATION, reason="dừng hết")
            if stop == "hold"
            else pause_account(office.parts, duty, office.accounts["facebook"], "dừng")
        )
        stops.append(asyncio.ensure_future(act))
        done, _ = await asyncio.wait(stops, timeout=0.3)
        assert not done, "the claim has not committed"
        return await decide(*args)

    monkeypatch.setattr(claim, "_affordable", stopped_meanwhile)
    first = await claim_due(office.parts, 1)
    monkeypatch.undo()
    assert len(first) == 1
    await asyncio.gather(*stops)
    assert "facebook" not in await channels_claimed(office)
