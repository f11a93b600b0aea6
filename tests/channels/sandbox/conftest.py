"""The stand-ins on loopback, on a clock that stands, and a plain HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from channels.sandbox.core import Platform
from channels.sandbox.world import Sandbox
from tests.channels.sandbox import facebook_client
from tests.channels.sandbox.viber_client import Client, Office
from tests.conftest import FakeClock


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[Sandbox]:
    made = Sandbox(now=clock, seed=3)
    await made.start()
    yield made
    await made.stop()


def assert_refused_by(platform: Platform, key: str) -> None:
    """The last refusal is this rule's, not another's with the same code."""
    assert [rule for _, rule, _ in platform.refused][-1:] == [key]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """The office's own web server, where Viber finds its files and webhook."""
    made = Office()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def viber_channel(sandbox: Sandbox, http: aiohttp.ClientSession, office: Office) -> Client:
    """A client of the office's Viber channel."""
    return Client(http, sandbox.viber, sandbox.viber_channel, office)


@pytest.fixture
def viber_bot(sandbox: Sandbox, http: aiohttp.ClientSession, office: Office) -> Client:
    """A client of a Viber bot whose webhook is public, so that nobody calls it."""
    account = sandbox.viber.add_bot("pa:7", "Phường hỏi đáp", "bot-token", webhook="https://loa.example/b")
    return Client(http, sandbox.viber, account, office)


@pytest.fixture
def facebook(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> facebook_client.Client:
    """A client of the office's Facebook Page."""
    return facebook_client.Client(http, sandbox.facebook, clock)


@pytest.fixture
async def facebook_files() -> AsyncIterator[str]:
    """The address of a web server of this machine with a picture and a clip."""
    made = facebook_client.files_server()
    await made.start_server()
    yield str(made.make_url("")).rstrip("/")
    await made.close()
