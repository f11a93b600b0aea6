"""One daemon of a measurement, as a process: `python -m tests.bench.daemon URL FOLDER KEY AT_ONCE`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import structlog

import tests.bench.platform  # noqa: F401  (registers the channel)
from tests.bot.engine.hosts import make_host


async def run(url: str, folder: str, key: str, at_once: str) -> None:
    """Deliver until killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # nobody reads on in the other pipe
    engine = "embedded" if url.startswith("sqlite") else "distributed"
    host = await make_host(engine, url, Path(folder), key=key, at_once=int(at_once))
    await host.engine.start()
    sys.stdout.write("started\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
