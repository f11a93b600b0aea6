"""The first message of an incident's thread is edited rather than repeated: what it says and what may be pressed there
stay true. A step is shown at once, new figures every few minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.record import buttons_of
from bot.duty.rota import on_duty
from bot.duty.voice import voice_of
from bot.parts import Parts
from models.db import ROW
from models.incident import Alert, AlertState, Incident
from models.office import Organisation, User

FIGURES_EVERY: Final = timedelta(minutes=5)
"""Edits count against Telegram's limits as messages do."""


async def keep_heads(parts: Parts) -> int:
    """Mark the messages that say something else by now; return how many."""
    async with parts.db.read() as session:
        heads = (
            select(func.max(Alert.id))
            .where(Alert.kind == "opened", Alert.state == AlertState.SENT, col(Alert.message_id).is_not(None))
            .group_by(col(Alert.incident_id), col(Alert.chat_id))
        )
        shown = func.coalesce(Alert.edited_at, Alert.created_at)
        rows = await session.exec(
            select(Alert.id)
            .join(Incident, col(Incident.id) == Alert.incident_id)
            .where(col(Alert.id).in_(heads), col(Alert.stale).is_(False), Incident.updated_at >= shown)
            .order_by(col(Alert.id))
        )
        ids = rows.all()
    changed = sum([await _renew(parts, i) for i in ids if i is not None])
    if changed:
        parts.bell.ring("alert")
    return changed


async def _renew(parts: Parts, alert_id: int) -> bool:
    now = parts.now()
    async with parts.db.read() as session:
        alert = await session.get_one(Alert, alert_id)
        incident = await session.get_one(Incident, alert.incident_id)
        text, buttons = await _as_it_is(session, parts, incident)
    if (text, buttons) == (alert.text, alert.buttons):
        return False
    step = buttons != alert.buttons or text.rpartition("\n")[2] != alert.text.rpartition("\n")[2]
    if not step and not _due(alert, now):
        return False
    async with parts.db.write() as session:
        row = await session.get_one(Alert, alert_id, with_for_update=ROW)
        row.text, row.buttons, row.stale, row.edited_at, row.next_at = text, buttons, True, now, now
    return True


def _due(alert: Alert, now: datetime) -> bool:
    last = alert.edited_at or alert.sent_at or alert.created_at
    return not last <= now < last + FIGURES_EVERY


async def _as_it_is(session: AsyncSession, parts: Parts, incident: Incident) -> tuple[str, list[list[list[str]]]]:
    """What the message should say, and its buttons."""
    organisation = await session.get_one(Organisation, incident.organisation_id)
    voice = voice_of(parts, organisation)
    duty = await on_duty(session, organisation, voice.now)
    taker = await session.get(User, incident.acked_by_id) if incident.acked_by_id else None
    text = texts.alert(
        incident,
        voice,
        on_duty=duty.primary.name if duty.primary else "",
        taken_by=taker.name if taker else "",
    )
    return text, [[list(button) for button in row] for row in buttons_of(incident, voice)]
