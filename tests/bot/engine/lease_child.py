"""A process for the lease's tests: plays a role and leaves a line for every step of its work.

    python -m tests.bot.engine.lease_child URL FILE TTL_S

SIGUSR1 freezes it (SIGSTOP) between two steps of its event loop, SIGUSR2 in a guarded transaction; SIGCONT wakes it.
It ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.engine.lease import Lease, Timing, run_single
from bot.parts import real_now
from models.db import Database
from models.system import Heartbeat


async def main(url: str, file: Path, ttl_s: float) -> None:
    """Work until told to end."""
    db, freeze = Database(url), asyncio.Event()

    async def work(lease: Lease) -> None:
        while True:
            with file.open("a") as lines:
                lines.write(f"{lease.fence}\n")
            async with db.write() as session:
                await lease.guard()(session)
                if freeze.is_set():
                    freeze.clear()
                    os.kill(os.getpid(), signal.SIGSTOP)
                await session.merge(Heartbeat(name="child", at=real_now(), detail={"fence": lease.fence}))
            await asyncio.sleep(0.01)

    timing = Timing(ttl_s, ttl_s / 4, ttl_s / 12)
    playing = asyncio.create_task(run_single(Lease(db, "chat", holder="child", now=real_now, timing=timing), work))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, os.kill, os.getpid(), signal.SIGSTOP)
    loop.add_signal_handler(signal.SIGUSR2, freeze.set)
    loop.add_reader(sys.stdin, playing.cancel)
    await asyncio.wait({playing})
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
