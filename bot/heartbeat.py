"""A sign of life for a watcher outside: called only while every loop turns, silent otherwise."""

from __future__ import annotations

import structlog

from bot.background import Background
from bot.parts import Parts
from channels.errors import ChannelError

log = structlog.get_logger()


async def call_watcher(parts: Parts, background: Background) -> bool:
    """Call LOA_HEARTBEAT_URL if it is set and no task has died; True when the watcher answered well.

    A died task means that something no longer turns: then the call is left out and the watcher raises the alarm.
    """
    url = parts.settings.heartbeat_url
    if not url or background.died:
        return False
    try:
        answer = await parts.door.call("GET", url, writes=False, timeout_s=10)
    except ChannelError as error:
        log.warning("watcher_unreachable", detail=error.detail)
        return False
    return answer.status < 400
