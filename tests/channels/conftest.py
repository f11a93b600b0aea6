"""What the adapters' tests share: the door to the network, and a server that answers what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from channels.base import MediaFile
from channels.facebook import FacebookChannel
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.facebook import FacebookSandbox
from channels.sandbox.youtube import YouTubeSandbox
from tests.channels.facebook_wire import PAGE, TOKEN, Wire, adapter
from tests.channels.scripted import Scripted
from tests.channels.youtube_wire import CHANNEL, FILM, Adapter
from tests.conftest import FakeClock


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with Door(connect_s=60) as opened:  # on a busy machine even the loopback takes its time
        yield opened


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    server, app = Scripted(), web.Application(client_max_size=16 * 1024 * 1024)
    app.add_routes([web.route("*", "/{path:.*}", server.handle)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def graph(clock: FakeClock) -> AsyncIterator[FacebookSandbox]:
    platform = FacebookSandbox(now=clock, seed=1)
    platform.add_page(PAGE, "UBND", TOKEN, followers=500)
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
def page(door: Door, clock: FakeClock, graph: FacebookSandbox) -> FacebookChannel:
    return adapter(door, clock, graph.url)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    server, app = Wire(), web.Application(client_max_size=8 * 1024 * 1024)
    app.add_routes([web.route("*", "/{path:.*}", server.handle)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
def told(door: Door, clock: FakeClock, wire: Wire) -> FacebookChannel:
    """The adapter at a server that answers what it is told."""
    return adapter(door, clock, wire.url)


@pytest.fixture
async def youtube(clock: FakeClock) -> AsyncIterator[YouTubeSandbox]:
    platform = YouTubeSandbox(now=clock, seed=1)
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
def channel(youtube: YouTubeSandbox) -> Account:
    """The office's channel at the stand-in."""
    return youtube.add_channel(CHANNEL, "UBND", client_id="c", client_secret="s", refresh_token="r", followers=9)


@pytest.fixture
def opened(door: Door, clock: FakeClock) -> Adapter:
    """Opens the YouTube adapter at an address."""
    return Adapter(door, clock)


@pytest.fixture
def clip(tmp_path: Path) -> MediaFile:
    """A clip on disk."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(FILM)
    return MediaFile(path, "clip", "video/mp4", len(FILM), "a" * 64, duration_s=5)
