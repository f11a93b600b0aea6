"""Both engines over both databases, against the tiny platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet

from bot.background import Background
from bot.engine.base import Engine
from bot.engine.choose import open_engine
from bot.engine.embedded import EmbeddedEngine
from bot.parts import Parts, real_now
from bot.publishing import deliver
from bot.settings import read_settings
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from monitor.scoring import open_scorer
from tests.bot.engine.tiny import Platform

KEY = Fernet.generate_key().decode()
SPARE_S = 0.3


@dataclass
class Host:
    """One daemon's worth: its own connections, parts and engine."""

    parts: Parts
    engine: Engine
    background: Background = field(repr=False)

    @property
    def db(self) -> Database:
        """Its database."""
        return self.parts.db


NewHost = Callable[..., Awaitable[Host]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call's recorded end lies close behind its time-out, or every take-over would take five seconds more."""
    monkeypatch.setattr(deliver, "SPARE_S", SPARE_S)


@pytest.fixture(autouse=True)
def _plain_tracebacks() -> Iterator[None]:
    """The default ones show every local and hold the event loop for seconds."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
    yield
    structlog.reset_defaults()


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
        host = await make_host(*case, tmp_path, at_once=at_once)
        hosts.append(host)
        return host

    yield make
    for host in hosts:
        await host.engine.stop(0)
        await host.background.drain("loop", 0)
        await host.parts.door.close()
        await host.db.close()


@pytest.fixture
async def host(new_host: NewHost) -> Host:
    """One host that has not started."""
    return await new_host()


async def make_host(engine: str, url: str, folder: Path, *, at_once: int = 20) -> Host:
    """Parts, background and engine, opened."""
    settings = read_settings(
        _env_file=None, data_dir=folder / "var", secret_key=KEY, database_url=url, deliveries_at_once=at_once
    )
    parts = Parts(settings, Database(url), Vault(KEY), Door(), real_now, open_scorer("lexical"))
    background = Background()
    made = EmbeddedEngine(parts, background) if engine == "embedded" else open_engine(parts, background)
    parts.nudge = made.nudge
    await made.open()
    return Host(parts, made, background)
