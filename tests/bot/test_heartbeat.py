"""One answer to whether everything turns: for the watcher outside and for /readyz."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.console.app import Console
from bot.heartbeat import call_watcher, silent_loops
from bot.loops import DEAD_AFTER, Loop
from bot.parts import Parts
from models.system import Heartbeat
from tests.conftest import FakeClock


async def nothing() -> None:
    """A turn that goes well."""


async def fail() -> None:
    """A turn that does not."""
    raise OSError


class Watcher:
    """Counts its calls."""

    calls = 0
    url = ""

    async def called(self, _: web.Request) -> web.Response:
        self.calls += 1
        return web.Response()


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    """The watcher outside."""
    made = Watcher()
    app = web.Application()
    app.router.add_get("/beat", made.called)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/beat"
    yield made
    await runner.cleanup()


async def test_a_loop_that_fails_every_turn_is_silent_after_a_while(parts: Parts, clock: FakeClock) -> None:
    loop = Loop(parts, "duty", nothing, every_s=5)
    await loop.turn()
    assert await silent_loops(parts) == []
    failing = Loop(parts, "duty", fail, every_s=5)
    clock.forward(seconds=DEAD_AFTER.total_seconds())
    await failing.turn()
    assert await silent_loops(parts) == []
    clock.forward(seconds=6)
    await failing.turn()
    assert await silent_loops(parts) == ["duty"]
    await loop.turn()
    assert await silent_loops(parts) == []


async def test_another_processs_loops_are_known_by_what_they_store(parts: Parts, clock: FakeClock) -> None:
    async with parts.db.write() as session:
        session.add(Heartbeat(name="collect", at=clock(), detail={"every_s": 3600}))
        session.add(Heartbeat(name="publish", at=clock(), detail={"every_s": 1}))
        session.add(Heartbeat(name="webhooks", at=clock(), detail={"every_s": 2}))
        session.add(Heartbeat(name="chat", at=clock(), detail={"every_s": 1}))  # no chat is set up any more
        session.add(Heartbeat(name="renamed long ago", at=clock(), detail={}))
    assert await silent_loops(parts) == []
    clock.forward(minutes=30)
    assert await silent_loops(parts) == ["publish", "webhooks"]
    clock.forward(hours=1)
    assert await silent_loops(parts) == ["collect", "publish", "webhooks"]


async def test_the_watcher_is_called_only_while_everything_turns(
    parts: Parts, clock: FakeClock, watcher: Watcher
) -> None:
    parts = replace(parts, settings=parts.settings.model_copy(update={"heartbeat_url": watcher.url}))
    loop = Loop(parts, "score", nothing, every_s=1)
    await loop.turn()
    assert await call_watcher(parts)
    clock.forward(minutes=10)
    assert not await call_watcher(parts)
    assert watcher.calls == 1
    await loop.turn()
    assert await call_watcher(parts)
    assert watcher.calls == 2


async def test_readyz_tells_which_loop_does_not_turn(parts: Parts, clock: FakeClock) -> None:
    console = Console(parts)
    url = await console.start()
    try:
        await Loop(parts, "publish", nothing, every_s=1).turn()
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/readyz") as answer:
                assert answer.status == 200
            clock.forward(minutes=10)
            async with session.get(f"{url}/readyz") as answer:
                assert answer.status == 503
                assert "publish" in (await answer.json())["problems"][0]
    finally:
        await console.stop()
