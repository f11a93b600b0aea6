"""Daemons on one PostgreSQL that are killed or frozen, and whose database goes away, against a platform over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from bot.parts import real_now
from models.states import DeliveryState
from tests.bot.engine.conftest import KEY, NewHost
from tests.bot.engine.hosts import child
from tests.bot.engine.tiny import SETTLE_S, Platform, attempts, office, queue, row, until
from tests.databases import Postgres

pytestmark = pytest.mark.parametrize("case", ["distributed-postgresql"], indirect=True)


async def _posted(platform: Platform, count: int) -> None:
    async with asyncio.timeout(60):
        while len(platform.posts) < count:  # noqa: ASYNC110  (the platform is plain data)
            await asyncio.sleep(0.01)


async def test_a_killed_process_is_taken_over_and_nothing_is_doubled(
    case: tuple[str, str], new_host: NewHost, platform: Platform, tmp_path: Path
) -> None:
    """Killed with calls in flight that the platform has accepted, and with others waiting behind them."""
    survivor = await new_host()
    (account,) = await office(survivor.parts, platform.url, "quick")
    platform.answers.clear()
    texts = [f"bài {n}" for n in range(30)]
    deliveries = await queue(survivor.parts, texts, account)
    async with child(*case, tmp_path, KEY) as process:
        await _posted(platform, 20)
        process.kill()
        await process.wait()
    killed_at = real_now()
    platform.answers.set()
    await survivor.engine.start()
    await until(survivor.db, sent=30)
    took = (real_now() - killed_at).total_seconds()
    assert sorted(platform.posts) == sorted(texts)
    looked_at = 0
    for delivery in deliveries:
        first, *later = await attempts(survivor.db, delivery)
        if later:
            looked_at += 1
            settle_s = SETTLE_S if first.step == "submit" else 0
            assert later[0].started_at >= first.call_deadline + timedelta(seconds=settle_s)
    assert looked_at >= 20
    print(f"killed with 20 calls in flight: all done after {took:.1f} s")
    assert took < 40, f"{took:.1f} s"


async def test_a_frozen_process_that_wakes_doubles_nothing(
    case: tuple[str, str], new_host: NewHost, platform: Platform, tmp_path: Path
) -> None:
    """Frozen before the send, taken over, then woken: it must not send what another has sent meanwhile."""
    survivor = await new_host()
    (account,) = await office(survivor.parts, platform.url, "quick")
    platform.answers.clear()
    texts = [f"bài {n}" for n in range(30)]
    await queue(survivor.parts, texts, account)
    async with child(*case, tmp_path, KEY) as process:
        await _posted(platform, 20)
        os.kill(process.pid, signal.SIGSTOP)
        frozen_at = real_now()
        platform.answers.set()
        await survivor.engine.start()
        await until(survivor.db, sent=30)
        print(f"frozen with 20 calls in flight: all done after {(real_now() - frozen_at).total_seconds():.1f} s")
        os.kill(process.pid, signal.SIGCONT)
        await queue(survivor.parts, ["sau đó"], account)
        await until(survivor.db, sent=31)
        process.terminate()
        async with asyncio.timeout(60):
            await process.wait()
    assert sorted(platform.posts) == sorted([*texts, "sau đó"])


async def test_a_database_that_restarts_loses_and_doubles_nothing(
    postgres: Postgres, new_host: NewHost, platform: Platform
) -> None:
    host = await new_host()
    (account,) = await office(host.parts, platform.url, "quick")
    platform.delay_s = 0.2
    texts = [f"bài {n}" for n in range(80)]
    await queue(host.parts, texts, account)
    await host.engine.start()
    await _posted(platform, 20)
    await asyncio.to_thread(postgres.stop)
    try:
        await asyncio.sleep(1)
    finally:
        await asyncio.to_thread(postgres.start)
    back_at = real_now()
    await until(host.db, sent=80)
    took = (real_now() - back_at).total_seconds()
    assert sorted(platform.posts) == sorted(texts)
    print(f"the database restarted: all done {took:.1f} s after it was back")
    assert took < 40, f"{took:.1f} s"


async def test_a_process_that_is_told_to_end_leaves_nothing_in_flight(
    case: tuple[str, str], new_host: NewHost, platform: Platform, tmp_path: Path
) -> None:
    survivor = await new_host()
    (account,) = await office(survivor.parts, platform.url)
    platform.delay_s = 0.5
    (delivery,) = await queue(survivor.parts, ["đang gửi"], account)
    async with child(*case, tmp_path, KEY) as process:
        await _posted(platform, 1)
        process.terminate()
        async with asyncio.timeout(60):
            assert await process.wait() == 0
    assert (await row(survivor.db, delivery)).state == DeliveryState.SENT
    assert len(await attempts(survivor.db, delivery)) == 1
