"""Loops survive whatever a turn raises, and say truthfully whether they turn."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.background import Background, keep_up
from bot.engine.lease import LeaseLost
from bot.loops import DEAD_AFTER, Loop
from bot.parts import Parts
from models.system import Heartbeat
from tests.conftest import FakeClock


class Turns:
    """Counts its turns and raises what is wanted."""

    def __init__(self) -> None:
        self.count = 0
        self.raises: list[Exception | None] = []
        self.seen = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self.seen.set()
        if self.raises and (error := self.raises.pop(0)) is not None:
            raise error


async def stored(parts: Parts, name: str) -> Heartbeat | None:
    """The heartbeat as other processes see it."""
    async with parts.db.read() as session:
        return await session.get(Heartbeat, name)


async def test_an_error_is_logged_once_a_kind_and_the_loop_goes_on(parts: Parts) -> None:
    turns = Turns()
    turns.raises = [OSError(), OSError(), ValueError(), None]
    loop = Loop(parts, "x", turns, every_s=1)
    with capture_logs() as logs:
        for _ in range(4):
            await loop.turn()
    assert [line["event"] for line in logs] == ["loop_trouble", "loop_trouble", "loop_well_again"]
    assert turns.count == 4


async def test_only_a_good_turn_leaves_a_heartbeat(parts: Parts, clock: FakeClock) -> None:
    turns = Turns()
    turns.raises = [OSError(), None]
    loop = Loop(parts, "x", turns, every_s=30)
    await loop.turn()
    assert await stored(parts, "x") is None
    await loop.turn()
    beat = await stored(parts, "x")
    assert beat is not None
    assert beat.at == clock()
    assert parts.beats["x"] == clock() + timedelta(seconds=30) + DEAD_AFTER
    clock.forward(seconds=25)
    await loop.turn()
    again = await stored(parts, "x")
    assert again is not None
    assert again.at == clock()


async def test_a_lost_role_is_no_trouble_of_the_turn(parts: Parts) -> None:
    turns = Turns()
    turns.raises = [LeaseLost("x")]
    with pytest.raises(LeaseLost):
        await Loop(parts, "x", turns, every_s=1).turn()


async def test_a_ring_during_a_turn_makes_another_one(parts: Parts) -> None:
    count, twice = 0, asyncio.Event()

    async def turn() -> None:
        nonlocal count
        count += 1
        if count == 1:
            parts.bell.ring("other")
            parts.bell.ring("wanted")
        else:
            twice.set()

    running = asyncio.create_task(Loop(parts, "x", turn, every_s=600, topics={"wanted"}).run())
    async with asyncio.timeout(60):
        await twice.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert count == 2
    assert "x" not in parts.beats, "whoever has ended owes no heartbeat"


async def test_the_end_lets_the_turn_in_progress_be_the_last(parts: Parts) -> None:
    entered, go_on, done = asyncio.Event(), asyncio.Event(), []

    async def turn() -> None:
        entered.set()
        await go_on.wait()
        done.append(True)

    loop = Loop(parts, "x", turn, every_s=600)
    running = asyncio.create_task(loop.run())
    await entered.wait()
    loop.end()
    go_on.set()
    async with asyncio.timeout(60):
        await running
    assert done == [True]


async def test_what_comes_first_is_repeated_until_it_goes_well(parts: Parts) -> None:
    order: list[str] = []
    fails = [True, False]
    seen = asyncio.Event()

    async def first() -> None:
        order.append("first")
        if fails.pop(0):
            raise OSError

    async def turn() -> None:
        order.append("turn")
        seen.set()

    running = asyncio.create_task(Loop(parts, "x", turn, every_s=0.01, first=first).run())
    async with asyncio.timeout(60):
        await seen.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert order[:3] == ["first", "first", "turn"]


async def test_a_task_that_dies_is_said_once_and_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.background.AGAIN_S", 0)
    lives = Turns()
    lives.raises = [OSError(), OSError(), None]
    with capture_logs() as logs:
        await keep_up("x", lives)
    assert lives.count == 3
    assert [line["event"] for line in logs] == ["task_died"]


async def test_draining_waits_for_what_is_started_meanwhile_and_cancels_the_rest_at_the_end() -> None:
    background, ended = Background(), []

    async def short() -> None:
        await asyncio.sleep(0.05)
        ended.append("short")

    async def starts_another() -> None:
        await asyncio.sleep(0.02)
        background.spawn(short(), name="b", group="g")

    background.spawn(starts_another(), name="a", group="g")
    await background.drain("g", 5)
    assert ended == ["short"]
    endless = background.spawn(asyncio.sleep(600), name="c", group="g")
    await background.drain("g", 0.01)
    assert endless.cancelled()
    assert background.count("g") == 0
