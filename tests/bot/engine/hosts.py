"""One daemon's worth of engine, in this process or as a child of it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.background import Background
from bot.engine.base import Engine
from bot.engine.choose import open_engine
from bot.engine.embedded import EmbeddedEngine
from bot.parts import Parts, real_now
from bot.settings import read_settings
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from monitor.scoring import open_scorer

PREPARE_S, SPARE_S = 3.0, 0.3
"""What a dead process was doing is over soon, or every take-over would take minutes."""


@dataclass
class Host:
    """Its own connections, parts and engine."""

    parts: Parts
    engine: Engine
    background: Background = field(repr=False)

    @property
    def db(self) -> Database:
        """Its database."""
        return self.parts.db

    async def close(self, grace_s: float) -> None:
        """Stop as the daemon does."""
        await self.engine.stop(grace_s)
        await self.background.drain("loop", 0)
        await self.parts.door.close()
        await self.db.close()


async def make_host(engine: str, url: str, folder: Path, *, key: str, at_once: int = 20) -> Host:
    """Parts, background and engine, opened."""
    settings = read_settings(
        _env_file=None, data_dir=folder / "var", secret_key=key, database_url=url, deliveries_at_once=at_once
    )
    parts = Parts(settings, Database(url), Vault(key), Door(), real_now, open_scorer("lexical"))
    background = Background()
    made = EmbeddedEngine(parts, background) if engine == "embedded" else open_engine(parts, background)
    parts.nudge = made.nudge
    await made.open()
    return Host(parts, made, background)


@asynccontextmanager
async def child(engine: str, url: str, folder: Path, key: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Such a host as a process that has started; it is killed at the end if it still runs."""
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.engine.engine_child", engine, url, str(folder), key,
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while (line := await process.stdout.readline()) != b"started\n":
                assert line, "the child ended before it started"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
