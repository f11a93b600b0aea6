"""The adapter at a Bot API that answers what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from channels.base import Endpoints
from channels.http import Door
from channels.telegram import TelegramChannel
from tests.channels.telegram.bot_api import BotApi, account
from tests.conftest import FakeClock

Open = Callable[[str], TelegramChannel]


@pytest.fixture
async def bot_api() -> AsyncIterator[BotApi]:
    server, app = BotApi(), web.Application()
    app.add_routes([web.post("/{path:.*}", server.handle)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
def opened(door: Door, clock: FakeClock, bot_api: BotApi) -> Open:
    """Opens the adapter for a channel."""

    def open_one(remote_id: str) -> TelegramChannel:
        return TelegramChannel(account(remote_id), door=door, endpoints=Endpoints(telegram=bot_api.url), now=clock)

    return open_one
