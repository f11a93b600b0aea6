"""A daemon's engine as a process of its own, to be killed or frozen.

python -m tests.bot.engine.engine_child ENGINE URL FOLDER KEY
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from bot.logs import set_up_logs
from bot.publishing import in_flight
from channels.registry import CHANNELS
from tests.bot.engine import hosts, tiny


async def main(engine: str, url: str, folder: Path, key: str) -> None:
    """Deliver until told to end."""
    set_up_logs("WARNING")
    in_flight.PREPARE_S, in_flight.SPARE_S = hosts.PREPARE_S, hosts.SPARE_S
    CHANNELS.update({channel.kind: channel for channel in tiny.CHANNEL_KINDS})
    host = await hosts.make_host(engine, url, folder, key=key)
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    await host.engine.start()
    print("started", flush=True)
    await ending.wait()
    await host.close(5)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
