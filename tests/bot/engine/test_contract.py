"""What an engine owes, whichever it is: run over both engines and both databases, against a platform over HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.parts import Refused
from bot.publishing import in_flight, outcome
from bot.publishing.holds import place_hold, release_hold
from bot.publishing.queueing import cancel_post, hold_post, release_post, reschedule_post
from models.delivery import Delivery
from models.post import Priority
from models.queue import HoldScope
from models.states import DeliveryState
from tests.bot.engine.conftest import NewHost
from tests.bot.engine.hosts import SPARE_S, Host
from tests.bot.engine.tiny import (
    PERSON,
    QUICK_S,
    SENT,
    SETTLE_S,
    Platform,
    StepsChannel,
    attempts,
    office,
    queue,
    row,
    states,
    until,
)


async def test_what_is_due_goes_out_once(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    texts = [f"bài {n}" for n in range(30)]
    await queue(host.parts, texts, account)
    await host.engine.start()
    await until(host.db, sent=30)
    assert sorted(platform.posts) == sorted(texts)


async def test_nothing_goes_out_before_its_time_and_then_at_once(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    await host.engine.start()
    (delivery,) = await queue(host.parts, ["hẹn giờ"], account, in_s=1.2)
    await until(host.db, sent=1)
    (attempt,) = await attempts(host.db, delivery)
    late = attempt.started_at - (await row(host.db, delivery)).due_at
    assert timedelta(0) <= late < timedelta(seconds=2)


async def test_a_correction_overtakes_what_is_routine(new_host: NewHost, platform: Platform) -> None:
    host = await new_host(at_once=1)
    (account,) = await office(host.parts, platform.url)
    platform.delay_s = 0.1
    await queue(host.parts, [f"thường {n}" for n in range(12)], account)
    await host.engine.start()
    await until(host.db, sent=2)
    before = len(platform.posts)
    await queue(host.parts, ["đính chính"], account, priority=Priority.CORRECTION)
    await until(host.db, sent=13)
    assert platform.posts.index("đính chính") <= before + 1, platform.posts


async def test_a_correction_waits_for_no_place_that_an_upload_has(new_host: NewHost, platform: Platform) -> None:
    host = await new_host(at_once=2)
    (account,) = await office(host.parts, platform.url)
    platform.ready.clear()  # the uploads take as long as they like
    await queue(host.parts, [f"thường {n}" for n in range(5)], account)
    await host.engine.start()
    await until(host.db, sending=2, queued=3)
    (correction,) = await queue(host.parts, ["đính chính"], account, priority=Priority.CORRECTION)
    await until(host.db, sending=3, queued=3)
    assert (await row(host.db, correction)).state == DeliveryState.SENDING
    platform.ready.set()
    await until(host.db, sent=6)
    assert not platform.twice


async def test_a_cancelled_post_never_goes_out(new_host: NewHost, platform: Platform) -> None:
    """The claim and the officer race for every row; whoever comes first has it, nobody has it twice."""
    host = await new_host(at_once=2)
    platform.delay_s = 0.1
    (account,) = await office(host.parts, platform.url)
    deliveries = await queue(host.parts, [f"bài {n}" for n in range(20)], account)
    await host.engine.start()
    cancelled = 0
    for delivery in reversed(deliveries):
        found = await row(host.db, delivery)
        try:
            await cancel_post(host.parts, PERSON, found.post_id)
            cancelled += 1
        except Refused:
            pass
    assert cancelled, "the officer starts with the last ones"
    seen = await until(host.db, sent=20 - cancelled, cancelled=cancelled)
    assert seen.total() == 20
    assert len(platform.posts) == 20 - cancelled
    assert not platform.twice


async def test_a_hold_stops_what_was_claimed_before_the_send(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    platform.ready.clear()
    await queue(host.parts, ["giữ lại"], account)
    await host.engine.start()
    await platform.knocked.wait()
    hold = await place_hold(host.parts, PERSON, HoldScope.CHANNEL, "tiny", reason="có tin giả")
    platform.ready.set()
    await until(host.db, queued=1)
    await asyncio.sleep(1.5)  # longer than any engine's look
    assert platform.posts == []
    await release_hold(host.parts, PERSON, hold)
    await until(host.db, sent=1)
    assert platform.posts == ["giữ lại"]


async def test_a_held_post_goes_out_when_it_is_released(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    (delivery,) = await queue(host.parts, ["xem lại"], account, in_s=0.5)
    post = (await row(host.db, delivery)).post_id
    await hold_post(host.parts, PERSON, post, "xem lại")
    await host.engine.start()
    await asyncio.sleep(1.5)
    assert platform.posts == []
    await release_post(host.parts, PERSON, post)
    await until(host.db, sent=1)
    assert platform.posts == ["xem lại"]


async def test_a_moved_post_goes_out_at_its_new_time_only(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    later, earlier = await queue(host.parts, ["muộn hơn", "sớm hơn"], account, in_s=2.0)
    now = host.parts.now()
    await host.engine.start()
    for delivery, in_s in ((later, 3.0), (earlier, 0.1)):
        found = await row(host.db, delivery)
        await reschedule_post(host.parts, PERSON, found.post_id, now + timedelta(seconds=in_s))
    await until(host.db, sent=2)
    assert platform.posts == ["sớm hơn", "muộn hơn"]
    (attempt,) = await attempts(host.db, later)
    assert attempt.started_at >= now + timedelta(seconds=3.0)


async def test_a_prepare_that_hangs_is_given_up_and_tried_again(
    host: Host, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "PREPARE_S", 0.2)
    monkeypatch.setattr(outcome, "BACKOFF_FIRST_S", 0.1)
    (account,) = await office(host.parts, platform.url)
    platform.ready.clear()
    (delivery,) = await queue(host.parts, ["tải lâu"], account)
    await host.engine.start()
    async with asyncio.timeout(60):
        while not (await row(host.db, delivery)).failures:  # noqa: ASYNC110  (the engine is another task)
            await asyncio.sleep(0.02)
    platform.ready.set()
    await until(host.db, sent=1)
    assert platform.posts == ["tải lâu"]


async def test_an_upload_that_goes_on_is_not_given_up_however_long_it_takes(
    host: Host, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "PREPARE_S", 2.0)
    platform.step_s = 0.5
    (account,) = await office(host.parts, platform.url, "steps")
    (delivery,) = await queue(host.parts, ["phim"], account)
    await host.engine.start()
    await until(host.db, sent=1)
    assert platform.knocks == StepsChannel.STEPS
    assert len(await attempts(host.db, delivery)) == 1


async def test_a_torn_upload_is_taken_over_and_goes_on_from_there(
    new_host: NewHost, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await new_host(), await new_host()
    monkeypatch.setattr(in_flight, "PREPARE_S", 5.0)
    platform.free_knocks = 2
    platform.ready.clear()
    (account,) = await office(first.parts, platform.url, "steps")
    (delivery,) = await queue(first.parts, ["phim"], account)
    await first.engine.start()
    async with asyncio.timeout(60):
        while platform.knocks < 3:  # noqa: ASYNC110  (the platform is plain data)
            await asyncio.sleep(0.01)
    await first.engine.stop(0)
    torn = await row(second.db, delivery)
    assert torn.state == DeliveryState.SENDING
    (begun,) = await attempts(second.db, delivery)
    assert torn.next_at > begun.call_deadline, "each step moves it on"
    platform.ready.set()
    await second.engine.start()
    await until(second.db, sent=1)
    assert platform.knocks == 3 + StepsChannel.STEPS - 2, "the two that were told of are not done again"
    assert platform.posts == ["phim"]


async def test_a_torn_call_is_taken_over_after_its_deadline_and_read_back(
    new_host: NewHost, platform: Platform
) -> None:
    """One host is torn away after the platform has accepted and before it answers."""
    first, second = await new_host(), await new_host()
    (account,) = await office(first.parts, platform.url, "quick")
    platform.answers.clear()
    (delivery,) = await queue(first.parts, ["đang gửi"], account)
    await first.engine.start()
    async with asyncio.timeout(60):
        while not platform.posts:  # noqa: ASYNC110  (the platform is plain data)
            await asyncio.sleep(0.01)
    await first.engine.stop(0)
    torn = await row(second.db, delivery)
    assert torn.state == DeliveryState.SENDING
    platform.answers.set()
    await second.engine.start()
    await until(second.db, sent=1)
    sent, look = await attempts(second.db, delivery)
    assert (sent.step, look.step) == ("submit", "look")
    assert look.started_at >= sent.call_deadline + timedelta(seconds=SETTLE_S)
    assert sent.call_deadline - sent.started_at >= timedelta(seconds=QUICK_S + SPARE_S)
    assert platform.posts == ["đang gửi"]


async def test_a_row_that_cannot_be_decided_about_keeps_no_other_back(host: Host, platform: Platform) -> None:
    """Its channel is not there any more."""
    (account,) = await office(host.parts, platform.url)
    (broken,) = await queue(host.parts, ["hỏng"], account, priority=Priority.CORRECTION, nudge=False)
    async with host.db.write() as session:
        (await session.get_one(Delivery, broken)).channel = "gone"
    await queue(host.parts, [f"bài {n}" for n in range(3)], account)
    await host.engine.start()
    await until(host.db, sent=3)
    assert (await row(host.db, broken)).state == DeliveryState.QUEUED


async def test_stopping_claims_nothing_more_and_waits_for_what_is_in_flight(
    new_host: NewHost, platform: Platform
) -> None:
    host = await new_host(at_once=5)
    (account,) = await office(host.parts, platform.url)
    platform.delay_s = 0.4
    await queue(host.parts, [f"bài {n}" for n in range(20)], account)
    await host.engine.start()
    await until(host.db, sending=5)
    await host.engine.stop(10)
    seen = await states(host.db)
    assert seen[DeliveryState.SENDING] == 0
    assert 5 <= seen[SENT] < 20
    assert seen[SENT] == len(platform.posts)
    await asyncio.sleep(0.5)
    assert await states(host.db) == seen, "nothing goes on afterwards"


async def test_two_engines_on_one_database_never_double(
    case: tuple[str, str], new_host: NewHost, platform: Platform
) -> None:
    if "sqlite" in case[1]:
        pytest.skip("SQLite is for one process")
    hosts = [await new_host(), await new_host()]
    accounts = await office(hosts[0].parts, platform.url, accounts=10)
    for host in hosts:
        await host.engine.start()
    for n, account in enumerate(accounts):
        await queue(hosts[n % 2].parts, [f"{n}/{i}" for i in range(6)], account)
    await until(hosts[0].db, sent=60)
    assert len(platform.posts) == 60
    assert not platform.twice


async def test_an_engine_steps_with_a_clock_that_is_moved_by_hand(host: Host, platform: Platform) -> None:
    (account,) = await office(host.parts, platform.url)
    start = host.parts.now()
    host.parts.now = lambda: start
    await queue(host.parts, ["bây giờ"], account)
    await queue(host.parts, ["ngày mai"], account, in_s=86400)
    await host.engine.drain()
    assert platform.posts == ["bây giờ"]
    host.parts.now = lambda: start + timedelta(days=1)
    await host.engine.drain()
    assert platform.posts == ["bây giờ", "ngày mai"]
