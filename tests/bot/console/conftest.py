"""The console over real HTTP and a real database, for people who sign in with the real form."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.console.app import make_app
from tests.bot.conftest import PASSWORD, Office

Client = TestClient[web.Request, web.Application]
Open = Callable[[str], Awaitable[Client]]


def token(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


async def give(client: Client, path: str, seen: str, **fields: str) -> ClientResponse:
    return await client.post(path, data={"csrf": token(seen), **fields}, allow_redirects=False)


@pytest.fixture
async def sign_in(office: Office) -> AsyncIterator[Open]:
    server = TestServer(make_app(office.parts))
    clients: list[Client] = []

    async def one(login: str) -> Client:
        client: Client = TestClient(server)
        await client.start_server()
        clients.append(client)
        if login:
            seen = await (await client.get("/login")).text()
            assert (await give(client, "/login", seen, login=login, password=PASSWORD)).status == 303
        return client

    yield one
    for client in clients:
        await client.close()
