"""Several daemons on one PostgreSQL: one of them plays each single role; they start and stop beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlmodel import select

from bot.daemon import Daemon
from bot.settings import read_settings
from models.system import Heartbeat, Lease

KEY = Fernet.generate_key().decode()
SINGLE = {
    "recurring",
    "accounts",
    "moderation",
    "collect",
    "group",
    "duty",
    "weekly",
    "webhooks",
    "labels",
    "retention",
}
ROLES = {"publish", "monitor", "duty"}


def daemon(url: str, folder: Path) -> Daemon:
    """One without console and chat."""
    settings = read_settings(_env_file=None, data_dir=folder, secret_key=KEY, database_url=url, model="lexical")
    return Daemon(settings, roles=ROLES)


@pytest.fixture
async def pair(postgres_database: str, tmp_path: Path) -> AsyncIterator[tuple[Daemon, Daemon]]:
    """Two that have not started."""
    made = daemon(postgres_database, tmp_path / "a"), daemon(postgres_database, tmp_path / "b")
    yield made
    for one in made:
        await one.stop()


async def holders(of: Daemon) -> dict[str, str]:
    """Who plays which role, those that have ended left out."""
    async with of.parts.db.read() as session:
        rows = (await session.exec(select(Lease))).all()
    return {row.name: row.holder for row in rows if row.expires_at > of.parts.now()}


async def until_held(of: Daemon, by: set[str]) -> dict[str, str]:
    """Wait until every single role is held, by these processes alone."""
    async with asyncio.timeout(60):
        while True:
            found = await holders(of)
            if set(found) == SINGLE and set(found.values()) <= by:
                return found
            await asyncio.sleep(0.05)


async def test_each_single_role_has_one_holder_and_the_other_takes_over(pair: tuple[Daemon, Daemon]) -> None:
    first, second = pair
    await first.start()
    await until_held(first, {first.parts.process})
    await second.start()
    await asyncio.sleep(2)
    assert set((await holders(second)).values()) == {first.parts.process}
    assert not SINGLE & set(second.parts.beats), "who waits does not turn"
    assert "publish" in second.parts.beats, "everybody publishes"
    await first.stop()
    stopped = asyncio.get_running_loop().time()
    await until_held(second, {second.parts.process})
    assert asyncio.get_running_loop().time() - stopped < 15
    async with asyncio.timeout(60):
        while not set(second.parts.beats) >= SINGLE:  # noqa: ASYNC110  (plain data)
            await asyncio.sleep(0.05)
    async with second.parts.db.read() as session:
        names = set((await session.exec(select(Heartbeat.name))).all())
    assert {"publish", "collect", "duty"} <= names


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_several_daemons_start_at_once_on_an_empty_database(empty_database_url: str, tmp_path: Path) -> None:
    made = [daemon(empty_database_url, tmp_path / str(n)) for n in range(3)]
    try:
        await asyncio.gather(*(one.start() for one in made))
        await until_held(made[0], {one.parts.process for one in made})
    finally:
        await asyncio.gather(*(one.stop() for one in made))
