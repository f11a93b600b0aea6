"""An article that its author sends to the OA's followers: once, after it is out, by day, and never again by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlmodel import select

from bot.publishing.queueing import settle_unknown
from channels.zalo.codes import HANOI
from models.delivery import Delivery
from models.states import DeliveryState
from tests.crash.forms import Form
from tests.journeys.faulty import Day, a_day, is_told

TARGET: Final = {"broadcast_ages": "2,3,4", "broadcast_cities": "20"}
FORM: Final = Form("to followers", "zalo", "picture", {"broadcast": "true", **TARGET})
SEND: Final = "POST /v2.0/oa/message"


@pytest.fixture
async def day(tmp_path: Path, sqlite_database: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, sqlite_database) as made:
        yield made


async def broadcast_of(day: Day, article: int) -> Delivery:
    """The delivery that followed the article."""
    first = await day.row(article)
    assert first.state == DeliveryState.SENT
    async with day.parts.db.read() as session:
        query = select(Delivery).where(Delivery.form == "broadcast", Delivery.target_id == first.remote_id)
        return (await session.exec(query)).one()


async def test_the_article_goes_to_its_readers_once(day: Day) -> None:
    article = await day.queue(FORM)
    await day.go_on()
    follower = await broadcast_of(day, article)
    [(remote_id, sent)] = day.sandbox.zalo.broadcasts.items()
    assert (follower.state, follower.remote_id) == (DeliveryState.SENT, remote_id)
    assert (sent.articles, sent.target) == ((follower.target_id,), {"ages": "2,3,4", "cities": "20"})
    assert 0 < sent.reached < day.sandbox.zalo.accounts[sent.oa].followers


async def test_by_night_the_article_is_out_at_once_and_its_readers_get_it_in_the_morning(day: Day) -> None:
    day.times.at += timedelta(hours=15)  # 23:00 in Hanoi
    morning = day.times.at + timedelta(hours=7, minutes=5)
    article = await day.queue(FORM)
    for _ in range(3):  # created, verified, put off
        await day.engine.drain()
        day.times.at += timedelta(minutes=1)
    waits = await broadcast_of(day, article)
    assert (waits.state, waits.next_at) == (DeliveryState.QUEUED, morning)
    assert "06:05" in waits.error_vi and is_told(waits)
    await day.go_on()
    [sent] = day.sandbox.zalo.broadcasts.values()
    assert sent.at == morning
    assert day.sandbox.zalo.calls[SEND] == 1, "nobody knocked by night"


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "server_error_after", "garbage"])
async def test_an_unclear_end_is_for_a_person(day: Day, kind: str) -> None:
    day.sandbox.zalo.fail_next(kind, match=SEND)
    article = await day.queue(FORM)
    await day.go_on()
    follower = await broadcast_of(day, article)
    assert follower.state == DeliveryState.UNKNOWN
    assert is_told(follower)
    there = kind != "drop_before"
    assert (len(day.sandbox.zalo.broadcasts), day.sandbox.zalo.calls[SEND]) == (there, 1)
    await settle_unknown(day.parts, day.office.people["truc"], follower.id or 0, there=there)
    await day.go_on()
    assert ((await broadcast_of(day, article)).state, len(day.sandbox.zalo.broadcasts)) == (DeliveryState.SENT, 1)


async def test_readers_who_had_their_share_get_it_the_next_day(day: Day) -> None:
    first, second = [await day.queue(Form(name, "zalo", "picture", {"broadcast": "true"})) for name in ("một", "hai")]
    await day.go_on()
    zalo = day.sandbox.zalo
    assert [(await broadcast_of(day, article)).state for article in (first, second)] == [DeliveryState.SENT] * 2
    one, two = sorted(zalo.broadcasts.values(), key=lambda sent: sent.at)
    assert [f"{sent.at.astimezone(HANOI):%d %H:%M}" for sent in (one, two)] == ["24 08:00", "25 06:05"]


async def test_an_oa_that_may_not_send_to_followers_still_publishes(day: Day) -> None:
    next(iter(day.sandbox.zalo.accounts.values())).extra["unverified"] = True
    article = await day.queue(FORM)
    await day.go_on()
    refused = await broadcast_of(day, article)
    assert refused.state == DeliveryState.REFUSED
    assert "xác thực" in refused.error_vi
    assert (await day.account("zalo")).status == "ok"
    assert day.shown(FORM) == 1
