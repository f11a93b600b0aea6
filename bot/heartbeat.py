"""Whether everything turns: asked by the outside watcher's call and by /readyz, answered in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from sqlmodel import select

from bot.duty.routes import BOT, broken_routes
from bot.loops import DEAD_AFTER
from bot.parts import Parts
from channels.errors import ChannelError
from models.system import Heartbeat

log = structlog.get_logger()

_EVERYWHERE: Final = frozenset(
    {
        "publish", "recurring", "accounts", "moderation", "collect", "webhooks", "score", "group", "retention", "duty",
        "chat", "reserve",
    }
)  # fmt: skip
"""Loops that, once they have turned somewhere in the installation, must go on."""


async def silent_loops(parts: Parts) -> list[str]:
    """Return the loops that have not turned well for too long: this process's by its own memory, those that another
    process plays by the heartbeats it stores. Raises what the database raises."""
    now = parts.now()
    silent = {name for name, until in parts.beats.items() if now > until}
    async with parts.db.read() as session:
        stored = (await session.exec(select(Heartbeat))).all()
    settings = parts.settings
    unset = {"chat": settings.telegram_token, "reserve": settings.alert_targets}
    expected = _EVERYWHERE - {name for name, setting in unset.items() if not setting.get_secret_value()}
    for beat in stored:
        lives_until = beat.at + DEAD_AFTER + timedelta(seconds=float(beat.detail.get("every_s", 0)))
        if beat.name in expected and beat.name not in parts.beats and now > lives_until:
            silent.add(beat.name)
    return sorted(silent)


async def nobody_can_be_told(parts: Parts) -> bool:
    """True when the bot does not work and no reserve way has taken the word of it."""
    if not parts.settings.telegram_token.get_secret_value():
        return False
    async with parts.db.read() as session:
        broken = [route for route in await broken_routes(session, parts.now()) if route.name == BOT]
    return any(route.told_at is None for route in broken)


async def call_watcher(parts: Parts) -> bool:
    """Call LOA_HEARTBEAT_URL if it is set, every loop turns and alerts get out by some way; True when the watcher
    answered well.

    The call is left out otherwise, and also when the database does not answer: then the watcher raises the alarm.
    """
    url = parts.settings.heartbeat_url
    if not url:
        return False
    if silent := await silent_loops(parts):
        log.error("loops_silent", loops=silent)
        return False
    if await nobody_can_be_told(parts):
        log.error("alerts_cut_off", hint="LOA_TELEGRAM_TOKEN, the network, LOA_ALERT_TARGETS")
        return False
    try:
        answer = await parts.door.call("GET", url, writes=False, timeout_s=10)
    except ChannelError as error:
        log.warning("watcher_unreachable", detail=error.detail)
        return False
    return answer.status < 400
