"""The platform that is posted to: a process of its own that answers every post after 200 ms.

`python -m tests.bench.platform` prints its address and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from typing import ClassVar

from aiohttp import web

from channels.base import Outgoing
from channels.registry import CHANNELS
from tests.bot.engine.tiny import TinyChannel

ANSWER_S = 0.2


class BenchChannel(TinyChannel):
    """One HTTP call a post and nothing before it, as the bare client makes it."""

    kind: ClassVar[str] = "bench"
    label: ClassVar[str] = "Bench"

    def prepares(self, out: Outgoing) -> bool:
        """Nothing is uploaded."""
        return False


CHANNELS.setdefault(BenchChannel.kind, BenchChannel)


async def serve() -> None:
    """Answer until killed."""
    numbers = itertools.count(1)

    async def post(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(ANSWER_S)
        return web.json_response({"id": str(next(numbers))})

    app = web.Application()
    app.router.add_post("/posts", post)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
