"""The stand-ins on loopback, on a clock that stands, and a plain HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from channels.sandbox.core import Platform
from channels.sandbox.world import Sandbox
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
