"""Three daemons on one PostgreSQL: one is killed, one stands still for a minute and wakes up, the database restarts.

    python -m tests.crash.hosts

Part of `make crash`. Exit status 1 when a delivery was lost, is there twice, or is not done.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet
from rich.console import Console
from sqlmodel import col, select, update

from channels.registry import CHANNELS
from models.delivery import Delivery
from models.states import DeliveryState
from tests.bot.engine.hosts import Host, child, make_host
from tests.bot.engine.tiny import CALL_S, SETTLE_S, Platform, TinyChannel, office, queue, states, until
from tests.databases import Postgres, running_postgres

DELIVERIES, ACCOUNTS, ANSWER_S = 2000, 100, 0.2
KILL_AT, FREEZE_AT, RESTART_AT = 300, 700, 1100
"""Deliveries sent by then."""
FROZEN_S: Final = 60.0
WITHIN_S: Final = 300.0
AWAKE_S: Final = 15.0
"""How long the one that slept is watched once it is awake."""


@dataclass
class Story:
    """What happened when, and which deliveries were on their way when a daemon went."""

    at: dict[str, float] = field(default_factory=dict)
    in_flight: dict[str, set[int]] = field(default_factory=dict)

    async def went(self, what: str, host: Host) -> None:
        """Note the moment and what is being sent."""
        self.at[what] = time.time()
        async with host.db.read() as session:
            query = select(Delivery.id).where(Delivery.state == DeliveryState.SENDING)
            self.in_flight[what] = {i for i in (await session.exec(query)).all() if i is not None}


async def play(server: Postgres, url: str, folder: Path, platform: Platform, console: Console) -> bool:
    """Let it all happen; True when nothing was lost and nothing is there twice."""
    key, story = Fernet.generate_key().decode(), Story()
    host = await make_host("distributed", url, folder, key=key)
    for account in await office(host.parts, platform.url, TinyChannel.kind, ACCOUNTS):
        texts = [f"bài {account} {n}" for n in range(DELIVERIES // ACCOUNTS)]
        await queue(host.parts, texts, account, in_s=3600, nudge=False)
    async with AsyncExitStack() as stack:
        dies, sleeps, _ = [await stack.enter_async_context(child("distributed", url, folder, key)) for _ in range(3)]
        due = host.parts.now() + timedelta(seconds=1)
        async with host.db.write() as session:
            await session.exec(update(Delivery).values(due_at=due, next_at=due))
        begun = time.time()
        await until(host.db, WITHIN_S, sent=KILL_AT)
        dies.kill()
        await story.went("killed", host)
        await until(host.db, WITHIN_S, sent=FREEZE_AT)
        sleeps.send_signal(signal.SIGSTOP)
        await story.went("frozen", host)
        await until(host.db, WITHIN_S, sent=RESTART_AT)
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        console.print(f"database restarted after {time.time() - begun:.1f} s")
        await until(host.db, WITHIN_S, sent=DELIVERIES)
        done = time.time() - begun
        await asyncio.sleep(max(0.0, story.at["frozen"] + FROZEN_S - time.time()))
        sleeps.send_signal(signal.SIGCONT)
        await asyncio.sleep(AWAKE_S)
    found = await states(host.db)
    console.print(
        f"{DELIVERIES} deliveries done after {done:.1f} s: {dict(found)}; at the platform {len(platform.posts)}"
    )
    for what in story.at:
        console.print(f"{what}: {await taken_over(host, story, what)}")
    await host.close(0)
    lost = DELIVERIES - len(set(platform.posts))
    console.print(f"lost {lost}, twice {len(platform.twice)}")
    return not lost and not platform.twice and found == {DeliveryState.SENT: DELIVERIES}


async def taken_over(host: Host, story: Story, what: str) -> str:
    """How long what the daemon left behind waited for another: it is sent later than a call takes."""
    gone = datetime.fromtimestamp(story.at[what], UTC)
    async with host.db.read() as session:
        query = select(Delivery.sent_at).where(col(Delivery.id).in_(story.in_flight[what]))
        waited = [(at - gone).total_seconds() for at in (await session.exec(query)).all() if at is not None]
    left = sorted(s for s in waited if s > SETTLE_S + ANSWER_S)
    if not left:
        return "it left nothing behind"
    return f"{len(left)} left behind, sent {left[0]:.1f} to {left[-1]:.1f} s later (a call may take {CALL_S:.0f} s)"


async def main() -> int:
    """Play it once."""
    CHANNELS[TinyChannel.kind] = TinyChannel
    console, platform = Console(width=150), Platform()
    platform.delay_s = ANSWER_S
    with running_postgres() as server, server.database() as url, tempfile.TemporaryDirectory(prefix="loa-hosts-") as f:
        async with platform.serve():
            return 0 if await play(server, url, Path(f), platform, console) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
