"""Both engines over both databases, against the tiny platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.publishing import in_flight
from channels.registry import CHANNELS
from tests.bot.engine.hosts import PREPARE_S, SPARE_S, Host, make_host
from tests.bot.engine.tiny import CHANNEL_KINDS, Platform

KEY = Fernet.generate_key().decode()
NewHost = Callable[..., Awaitable[Host]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "PREPARE_S", PREPARE_S)
    monkeypatch.setattr(in_flight, "SPARE_S", SPARE_S)


@pytest.fixture(autouse=True)
def _channels(monkeypatch: pytest.MonkeyPatch) -> None:
    """The channels of the tiny platform are there in these tests alone."""
    for channel in CHANNEL_KINDS:
        monkeypatch.setitem(CHANNELS, channel.kind, channel)


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    """The platform, empty."""
    async with Platform().serve() as served:
        yield served


@pytest.fixture(params=["embedded-sqlite", "embedded-postgresql", "distributed-postgresql"])
def case(request: pytest.FixtureRequest) -> tuple[str, str]:
    """An engine and the address of a fresh database for it."""
    engine, kind = request.param.split("-")
    return engine, request.getfixturevalue(f"{kind.removesuffix('ql')}_database")


@pytest.fixture
async def new_host(case: tuple[str, str], tmp_path: Path) -> AsyncIterator[NewHost]:
    """Make hosts on the case's database; they are stopped at the end."""
    hosts: list[Host] = []

    async def make(*, at_once: int = 20) -> Host:
        host = await make_host(*case, tmp_path, key=KEY, at_once=at_once)
        hosts.append(host)
        return host

    yield make
    for host in hosts:
        await host.close(0)


@pytest.fixture
async def host(new_host: NewHost) -> Host:
    """One host that has not started."""
    return await new_host()
