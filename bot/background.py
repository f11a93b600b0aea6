"""Tasks that nobody can lose: named, held, their errors logged, drained at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


class Background:
    """Holds every task of the daemon by group; a task that dies is logged and counted, never silent."""

    def __init__(self) -> None:
        self._groups: dict[str, set[asyncio.Task[Any]]] = {}
        self.died = 0

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str, group: str = "loop") -> asyncio.Task[Any]:
        """Start a task and keep it until it ends."""
        task = asyncio.create_task(work, name=name)
        held = self._groups.setdefault(group, set())
        held.add(task)
        task.add_done_callback(held.discard)
        task.add_done_callback(self._report)
        return task

    def _report(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.died += 1
            log.error("task_died", task=task.get_name(), exc_info=error)

    async def wait_for_any(self, group: str) -> None:
        """Wait until one task of the group ends; return at once when there is none."""
        tasks = self._groups.get(group)
        if tasks:
            await asyncio.wait(set(tasks), return_when=asyncio.FIRST_COMPLETED)

    async def drain(self, group: str, grace_s: float) -> None:
        """Give the group's tasks `grace_s` to end, then cancel what remains and wait for it."""
        tasks = set(self._groups.get(group, ()))
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
