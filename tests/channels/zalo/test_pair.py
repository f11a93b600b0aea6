"""The pair of tokens around every call."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import AuthLost
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.zalo import ZaloSandbox
from tests.channels.zalo.wire import (
    Store,
    adapter,
    clip_in,
    composed,
    forget,
)
from tests.conftest import FakeClock


async def test_the_pair_rotates_once_for_all_adapters(platform: ZaloSandbox, door: Door, clock: FakeClock) -> None:
    clock.forward(hours=21)
    stores = [Store(), Store(), Store()]
    channels = [adapter(platform, door, clock, store) for store in stores]
    answers = await asyncio.gather(*(c.check_account() for c in channels for _ in range(2)))
    assert all(a.ok for a in answers)
    assert platform.calls["POST /v4/oa/access_token"] == 1
    extra = next(iter(platform.accounts.values())).extra
    for store in stores:
        assert (store.kept[-1]["access_token"], store.kept[-1]["refresh_token"]) == (extra["access"], extra["refresh"])
        assert (store.kept[-1]["refresh_marker"], store.kept[-1]["app_secret"]) == ("", "app-secret")
    first = next(s for s in stores if len(s.kept) == 2).kept
    assert (first[0]["refresh_marker"] != "", first[0]["access_token"] != extra["access"]) == (True, True)
    assert first[1]["expires_at"] == (clock() + timedelta(hours=25)).isoformat()


async def test_a_dead_token_is_renewed_and_the_call_made_once_more(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account, tmp_path: Path
) -> None:
    channel, out = adapter(platform, door, clock, expires_at=""), composed(clip_in(tmp_path))
    platform.revoke(oa.extra["access"])
    notes = await channel.prepare(out, {}, forget)
    assert notes["video_id"]
    assert platform.calls["POST /v2.0/article/upload_video/preparevideo"] == 2
    assert [a.sha256 for a in platform.assets.values()] == [out.media[0].sha256], "the whole file, the second time too"


async def test_a_pair_that_could_not_be_stored_is_not_lost(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    clock.forward(hours=21)
    store = Store()
    store.broken = True
    with pytest.raises(OSError, match="disk full"):
        await adapter(platform, door, clock, store).check_account()
    store.broken = False
    old = {"access_token": "AT-old", "refresh_token": "RT-old"}
    assert oa.extra["refresh"] not in old.values()
    channel = adapter(platform, door, clock, store, **{n: store.kept[0][n] for n in old}, expires_at="")
    platform.revoke(store.kept[0]["access_token"])
    assert (await channel.check_account()).ok
    assert store.kept[-1]["refresh_token"] == oa.extra["refresh"]
    assert platform.calls["POST /v4/oa/access_token"] == 1


async def test_a_rotated_away_token_stops_the_account(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    platform.rotate(oa)
    channel = adapter(platform, door, clock, access_token="AT-dead", refresh_token="RT-dead")
    with pytest.raises(AuthLost) as lost:
        await channel.read_inbox(None)
    assert lost.value.code == "-14014"
    assert (await channel.check_account()).lost
    assert "RT-dead" not in str(lost.value) + lost.value.detail


async def test_a_lost_renewal_is_tried_once_more_and_then_told(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    clock.forward(hours=21)
    store = Store()
    platform.fail_next("drop_after", match="access_token")
    with pytest.raises(AuthLost):
        await adapter(platform, door, clock, store).read_inbox(None)
    assert platform.calls["POST /v4/oa/access_token"] == 2
    assert store.kept[-1]["refresh_marker"], "the outcome stays unknown"


async def test_a_renewal_that_never_arrived_succeeds_the_second_time(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    clock.forward(hours=21)
    platform.fail_next("drop_before", match="access_token")
    assert (await adapter(platform, door, clock).check_account()).ok


async def test_without_a_refresh_token_a_dead_one_is_told_as_it_is(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    channel = adapter(platform, door, clock, access_token="dead", refresh_token="", expires_at="soon")
    with pytest.raises(AuthLost) as lost:
        await channel.read_inbox(None)
    assert (lost.value.code, platform.calls["POST /v4/oa/access_token"]) == ("-216", 0)
