"""Two `loa serve` on one PostgreSQL: who plays the single roles is killed, then frozen and woken up; how long until the
other plays each of them. With the daemon's own lease times, and with a duty chat.

    python -m tests.crash.roles

`make crash` ends with it. Exit status 1 when a role was taken over later than 15 s, or was played by one that woke up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table
from sqlmodel import func, select

from bot.parts import real_now
from channels.sandbox.telegram import TelegramSandbox
from models.db import Database, UtcDateTime
from models.system import Lease
from tests.databases import running_postgres

SINGLE: Final = frozenset(
    {"recurring", "accounts", "moderation", "collect", "group", "duty", "weekly", "webhooks", "retention", "chat"}
)
ROUNDS: Final = 3
MOST_S: Final = 15.0
STARTS_WITHIN_S: Final = 60.0
FROZEN_S: Final = 20.0
AWAKE_S: Final = 15.0
"""How long the one that slept is watched once it is awake."""
ROOT: Final = Path(__file__).parents[2]

Hold = tuple[int, int]
"""A process and the fence it plays a role under."""


async def holds(db: Database) -> dict[str, Hold]:
    """Who plays which role now, by the database's clock."""
    living = select(Lease).where(Lease.expires_at > func.clock_timestamp(type_=UtcDateTime()))
    async with db.read() as session:
        rows = (await session.exec(living)).all()
    return {row.name: (int(row.holder.split(":")[1]), row.fence) for row in rows}


async def taken_by(db: Database, process: asyncio.subprocess.Process, within_s: float) -> dict[str, float]:
    """Seconds from now until the process plays each role; those that it does not play in time are left out."""
    begun, took = time.monotonic(), dict[str, float]()
    while len(took) < len(SINGLE) and time.monotonic() - begun < within_s:
        for role, (pid, _) in (await holds(db)).items():
            if pid == process.pid:
                took.setdefault(role, time.monotonic() - begun)
        await asyncio.sleep(0.05)
    return took


@asynccontextmanager
async def serving(environment: Mapping[str, str], folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """One `loa serve`; it is killed at the end if it still runs."""
    folder.mkdir()
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "serve", "--role", "publish,monitor,duty",
            cwd=folder, env={**os.environ, **environment, "LOA_DATA_DIR": str(folder)}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def kill(db: Database, holder: asyncio.subprocess.Process, other: asyncio.subprocess.Process) -> dict[str, float]:
    """Kill the holder."""
    holder.kill()
    took = await taken_by(db, other, 2 * MOST_S)
    await holder.wait()
    return took


async def freeze(
    db: Database, holder: asyncio.subprocess.Process, other: asyncio.subprocess.Process
) -> dict[str, float]:
    """Freeze the holder and wake it up later. Roles that it gets hold of once it is awake are left out."""
    holder.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    took = await taken_by(db, other, 2 * MOST_S)
    held = await holds(db)
    await asyncio.sleep(max(0.0, began + FROZEN_S - time.monotonic()))
    holder.send_signal(signal.SIGCONT)
    until = time.monotonic() + AWAKE_S
    while time.monotonic() < until:
        found = await holds(db)
        took = {role: s for role, s in took.items() if found.get(role) == held[role]}
        await asyncio.sleep(0.1)
    return took


async def play(environment: Mapping[str, str], folder: Path, console: Console) -> bool:
    """Play the rounds; True when every role was taken over in time and stayed where it was."""
    db, good = Database(environment["LOA_DATABASE_URL"]), True
    table = Table("role holder", "went", *sorted(SINGLE), "slowest")
    async with AsyncExitStack() as stack:
        holder = await stack.enter_async_context(serving(environment, folder / "0"))
        if len(await taken_by(db, holder, STARTS_WITHIN_S)) < len(SINGLE):
            console.print((folder / "0" / "log").read_text()[-2000:])
            raise TimeoutError("the first daemon did not take every role")
        for number in range(1, 2 * ROUNDS + 1):
            other = await stack.enter_async_context(serving(environment, folder / str(number)))
            while "started" not in (folder / str(number) / "log").read_text():  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.2)
            how = kill if number % 2 else freeze
            took = await how(db, holder, other)
            seconds = [f"{took[role]:.1f} s" if role in took else "never" for role in sorted(SINGLE)]
            table.add_row(str(number), how.__name__, *seconds, f"{max(took.values(), default=0.0):.1f} s")
            good &= set(took) == SINGLE and max(took.values()) <= MOST_S
            if holder.returncode is None:
                holder.kill()
            holder = other
    console.print(table)
    await db.close()
    return good


async def main() -> int:
    """Play it once."""
    console, telegram = Console(width=150), TelegramSandbox(now=real_now)
    await telegram.start()
    try:
        with running_postgres() as server, server.database() as url, tempfile.TemporaryDirectory(prefix="loa-") as f:
            environment = {
                "PYTHONPATH": str(ROOT), "LOA_DATABASE_URL": url, "LOA_SECRET_KEY": Fernet.generate_key().decode(),
                "LOA_MODEL": "lexical", "LOA_TELEGRAM_TOKEN": telegram.token, "LOA_TELEGRAM_BASE_URL": telegram.url,
            }  # fmt: skip
            return 0 if await play(environment, Path(f), console) else 1
    finally:
        await telegram.stop()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
