"""Zalo's stand-in with one OA, the server its pictures lie on, and a server that answers whatever it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import AccountRef, Endpoints
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.zalo import ZaloSandbox
from channels.zalo import ZaloChannel
from tests.channels.zalo.wire import JPEG, Store, Told
from tests.conftest import FakeClock


@pytest.fixture
async def platform(clock: FakeClock) -> AsyncIterator[ZaloSandbox]:
    made = ZaloSandbox(now=clock, seed=5, settle=timedelta(0))
    made.add_oa("388613000000001", "UBND Phường", app_id="42", app_secret="app-secret", followers=7)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def files() -> AsyncIterator[str]:
    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=JPEG)

    app = web.Application()
    app.router.add_get("/{path:.+}", picture)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
def oa(platform: ZaloSandbox) -> Account:
    return next(iter(platform.accounts.values()))


@pytest.fixture
async def told(door: Door, clock: FakeClock) -> AsyncIterator[tuple[Told, ZaloChannel]]:
    """Such a server and an adapter pointed at it."""
    made = Told()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        held = {"access_token": "AT-secret", "app_secret": "s"}
        ref = AccountRef("zalo", "1", "UBND", {"app_id": "42"}, held)
        ends = Endpoints(zalo=url, zalo_oauth=url)
        yield made, ZaloChannel(ref, door=door, endpoints=ends, now=clock, save_secrets=Store())
