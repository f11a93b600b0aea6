"""Nobody took it in time: the backup is told, then the head, then the head again, each step on the record.

The timer is a time in the incident's row, so a restart loses nothing. It checks itself before it acts: a clock that
jumped ahead makes one step and not many, one that was set back makes nobody wait longer than one span.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import hours, texts
from bot.duty.alerts import duty_chat, queue_alert
from bot.duty.record import buttons_new, note
from bot.duty.rota import on_duty
from bot.duty.telling import alarm_key
from bot.duty.voice import Voice, voice_of
from bot.parts import Actor, Parts
from models.incident import Incident, Level
from models.office import Organisation
from models.states import IncidentState
from monitor.severity import deadlines

LAST_STEP = 2


async def escalate_due(parts: Parts) -> int:
    """Tell the next person in the chain of every incident whose time is up; return how many were passed on."""
    told = 0
    async with parts.db.read() as session:
        rows = await session.exec(
            select(Incident.id)
            .where(Incident.state == IncidentState.NEW, col(Incident.next_escalation_at).is_not(None))
            .order_by(col(Incident.id))
        )
        ids = rows.all()
    for incident_id in ids:
        told += await _escalate_if_due(parts, incident_id or 0)
    if told:
        parts.bell.ring("alert")
        parts.bell.ring("incident")
    return told


async def _escalate_if_due(parts: Parts, incident_id: int) -> bool:
    async with parts.db.read() as session:
        incident = await session.get_one(Incident, incident_id)
        voice = voice_of(parts, await session.get_one(Organisation, incident.organisation_id))
    at = due_at(incident, voice)
    if at is None or (at > voice.now and at == incident.next_escalation_at):
        return False
    async with parts.db.write() as session:
        incident = await session.get_one(Incident, incident_id, with_for_update={"key_share": True})
        at = due_at(incident, voice)
        if incident.state != IncidentState.NEW or at is None:
            return False
        if at > voice.now:
            incident.next_escalation_at = at
            return False
        await escalate_in(session, parts, incident, None)
    return True


def due_at(incident: Incident, voice: Voice) -> datetime | None:
    """When the next person is told, judged by the clock as it is now. Pure.

    Never later than one span from now, and for what may only disturb in office hours, not outside of them.
    """
    if incident.next_escalation_at is None:
        return None
    level = Level(incident.level)
    at = min(incident.next_escalation_at, voice.now + timedelta(minutes=deadlines(level).ack_min))
    return hours.next_open(at, voice.tz) if level is Level.MEDIUM else at


async def escalate_in(session: AsyncSession, parts: Parts, incident: Incident, actor: Actor | None) -> None:
    """Move one step up the chain and say so in the duty chat and to the person."""
    organisation = await session.get_one(Organisation, incident.organisation_id)
    voice = voice_of(parts, organisation)
    incident.escalation_step += 1
    step = min(incident.escalation_step, LAST_STEP)
    incident.next_escalation_at = voice.now + timedelta(minutes=deadlines(Level(incident.level)).ack_min)
    person = (await on_duty(session, organisation, voice.now)).step(step)
    text = texts.escalated(incident, person.name if person else "", step, voice)
    chats = [duty_chat(parts, organisation), person.telegram_id if person else ""]
    for chat in dict.fromkeys(c for c in chats if c):
        await queue_alert(
            session,
            organisation_id=incident.organisation_id,
            incident_id=incident.id,
            kind="escalated",
            key=f"{alarm_key(incident)}:step:{incident.escalation_step}:{chat}",
            chat_id=chat,
            text=text,
            buttons=buttons_new(voice),
            about={"step": str(incident.escalation_step)},
            at=voice.now,
        )
    who = person.name if person else "không có người trong lịch trực"
    await note(session, incident, "escalated", voice.now, actor, why=f"bước {step}: {who}")
