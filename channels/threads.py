"""Synchronous client libraries run here: a bounded pool of their own, so that a slow platform cannot fill asyncio's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="channel")


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in the channels' pool. Cancelling the caller does not undo what the thread already sent."""
    return await asyncio.get_running_loop().run_in_executor(_pool, work)
