"""Tasks that nobody can lose: named, held, their errors logged, drained at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger()

AGAIN_S = 1.0


class Background:
    """Holds every task of the daemon by group; a task that dies is logged, never silent."""

    def __init__(self) -> None:
        self._groups: dict[str, set[asyncio.Task[Any]]] = {}

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str, group: str = "loop") -> asyncio.Task[Any]:
        """Start a task and keep it until it ends."""
        task = asyncio.create_task(work, name=name)
        held = self._groups.setdefault(group, set())
        held.add(task)
        task.add_done_callback(held.discard)
        task.add_done_callback(_report)
        return task

    def count(self, group: str) -> int:
        """How many tasks of the group run."""
        return len(self._groups.get(group, ()))

    async def wait_for_any(self, group: str) -> None:
        """Wait until one task of the group ends; return at once when there is none."""
        tasks = self._groups.get(group)
        if tasks:
            await asyncio.wait(set(tasks), return_when=asyncio.FIRST_COMPLETED)

    async def drain(self, group: str, grace_s: float) -> None:
        """Wait until the group is empty, those included that were started meanwhile; after `grace_s` cancel the rest
        and wait for it."""
        clock = asyncio.get_running_loop().time
        until = clock() + grace_s
        held = self._groups.get(group, set())
        while held and (left := until - clock()) > 0:
            await asyncio.wait(set(held), timeout=left)
        while held:
            late = set(held)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def keep_up(name: str, run: Callable[[], Awaitable[object]]) -> None:
    """Await `run` until it ends by itself; when it dies, say so once a kind of error and begin it anew a second
    later."""
    trouble = ""
    while True:
        try:
            await run()
        except Exception as error:
            if type(error).__name__ != trouble:
                log.exception("task_died", task=name)
            trouble = type(error).__name__
            await asyncio.sleep(AGAIN_S)
        else:
            return


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task_died", task=task.get_name(), exc_info=error)
