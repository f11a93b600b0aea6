"""What follows a publication is neither lost by a crash nor by an error, and never undoes the publication."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.publishing import extras
from models.states import DeliveryState
from tests.bot.engine.conftest import NewHost
from tests.bot.engine.hosts import Host
from tests.bot.engine.tiny import Platform, TinyChannel, office, queue, row

pytestmark = pytest.mark.parametrize("case", ["embedded-sqlite", "distributed-postgresql"], indirect=True)


async def pinned(host: Host, platform: Platform, text: str = "ghim bài") -> int:
    """Queue a post that is pinned once it is out."""
    (account,) = await office(host.parts, platform.url)
    (delivery,) = await queue(host.parts, [text], account)
    return delivery


def later(host: Host, **span: float) -> None:
    """Move the host's clock on."""
    now = host.parts.now
    host.parts.now = lambda: now() + timedelta(**span)


async def test_it_follows_at_once(host: Host, platform: Platform) -> None:
    delivery = await pinned(host, platform)
    await host.engine.drain()
    assert platform.pins == ["id ghim bài"]
    found = await row(host.db, delivery)
    assert (found.state, found.extras_at, found.error_vi) == (DeliveryState.SENT, None, "")
    later(host, days=2)
    await host.engine.drain()
    assert len(platform.pins) == 1


async def test_a_crash_in_it_is_made_good_by_the_next_process(new_host: NewHost, platform: Platform) -> None:
    first, second = await new_host(), await new_host()
    delivery = await pinned(first, platform)
    platform.may_pin.clear()
    await first.engine.start()
    await asyncio.wait_for(platform.pin_asked.wait(), 60)
    await first.engine.stop(0)
    assert (await row(second.db, delivery)).state == DeliveryState.SENT
    platform.may_pin.set()
    later(second, minutes=2)
    await second.engine.drain()
    assert platform.pins == ["id ghim bài"]
    assert platform.posts == ["ghim bài"]


async def test_trouble_is_tried_again_later(host: Host, platform: Platform) -> None:
    delivery = await pinned(host, platform)
    platform.pin_status = 503
    await host.engine.drain()
    assert (await row(host.db, delivery)).state == DeliveryState.SENT
    platform.pin_status = 200
    await host.engine.drain()
    assert platform.pins == [], "not at once"
    later(host, minutes=2)
    await host.engine.drain()
    assert platform.pins == ["id ghim bài"]


async def test_an_unexpected_error_is_tried_again_later(
    host: Host, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = await pinned(host, platform)
    finish = TinyChannel.finish

    async def bug(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(TinyChannel, "finish", bug)
    await host.engine.drain()
    assert (await row(host.db, delivery)).state == DeliveryState.SENT
    monkeypatch.setattr(TinyChannel, "finish", finish)
    later(host, minutes=2)
    await host.engine.drain()
    assert platform.pins == ["id ghim bài"]


async def test_what_is_refused_or_too_old_is_given_up_and_told(host: Host, platform: Platform) -> None:
    delivery = await pinned(host, platform)
    platform.pin_status = 403
    await host.engine.drain()
    found = await row(host.db, delivery)
    assert (found.state, found.extras_at, found.error_code) == (DeliveryState.SENT, None, "403")
    assert "không được ghim" in found.error_vi


async def test_a_day_later_it_is_given_up_and_told(host: Host, platform: Platform) -> None:
    delivery = await pinned(host, platform)
    platform.pin_status = 503
    await host.engine.drain()
    later(host, seconds=extras.GIVE_UP.total_seconds() + 60)
    await host.engine.drain()
    found = await row(host.db, delivery)
    assert (found.state, found.extras_at) == (DeliveryState.SENT, None)
    assert "bằng tay" in found.error_vi
