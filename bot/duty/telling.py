"""Who is told of an incident, and when: each level once, in the hours that it may disturb, with its clocks set.

The monitor writes incidents. Here what nobody was told yet becomes messages, posts on the same topic are held, and the
clocks begin. What was told is remembered on the incident itself, so it also holds in an office without a chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import hours, texts
from bot.duty.alerts import duty_chat, queue_alert
from bot.duty.record import buttons_new, buttons_taken, move, note
from bot.duty.rota import OnDuty, on_duty, with_role
from bot.duty.voice import Voice, voice_of
from bot.parts import Parts
from bot.publishing.queueing import hold_in
from bot.publishing.rows import deliveries_of
from bot.publishing.topics import HOLDS_FROM, held_for, same_topic
from models.db import ROW
from models.incident import Incident, IncidentEvent, Level
from models.office import Organisation, Role
from models.post import Post, PostKind
from models.states import OPEN_INCIDENT, DeliveryState, IncidentState, PostState
from monitor.severity import above, deadlines

_STOPPABLE = (PostState.APPROVED, PostState.SCHEDULED, PostState.GOING_OUT)


async def raise_alerts(parts: Parts) -> int:
    """Tell what nobody was told yet: new, reopened and raised incidents. Return how many messages were queued.

    One transaction an incident: its message, its clocks and the posts that it holds stand together or not at all.
    """
    async with parts.db.read() as session:
        rows = await session.exec(
            select(Incident.id)
            .where(col(Incident.state).in_(OPEN_INCIDENT), Incident.level != Incident.told_level)
            .where(Incident.level != Level.LOW)
            .order_by(col(Incident.id))
        )
        ids = rows.all()
    queued = sum([await _tell(parts, i) for i in ids if i is not None])
    if queued:
        parts.bell.ring("incident")
        parts.bell.ring("alert")
    return queued


async def _tell(parts: Parts, incident_id: int) -> int:
    now = parts.now()
    async with parts.db.write() as session:
        incident = await session.get_one(Incident, incident_id, with_for_update=ROW)
        level, told = Level(incident.level), incident.told_level
        if incident.state not in OPEN_INCIDENT or not above(level, Level(told) if told else None):
            return 0
        organisation = await session.get_one(Organisation, incident.organisation_id)
        voice = voice_of(parts, organisation)
        if level is Level.MEDIUM and not hours.is_open(now, voice.tz):
            return 0  # told in the morning, with the evidence of the morning
        if incident.state == IncidentState.ACKED and told:
            await move(session, incident, IncidentState.NEW, now, None, "mức tăng, cần nhận lại")
        _start_clocks(incident, level, now)
        incident.told_level = level
        queued = await _queue(session, parts, incident, organisation, voice, first=told in ("", Level.LOW))
        nobody = "" if queued else "; chưa đặt nhóm trực nên chỉ hiện trên trang"
        await note(session, incident, "told", now, None, why=f"mức {texts.LEVEL_VI[level]}{nobody}")
        if level in HOLDS_FROM:
            await _hold_topic(session, parts, incident)
    return queued


def _start_clocks(incident: Incident, level: Level, now: datetime) -> None:
    """Set the deadlines of the level; the one for taking it only while nobody has."""
    due = deadlines(level)
    incident.first_line_due_at = now + timedelta(minutes=due.first_line_min)
    incident.correction_due_at = now + timedelta(minutes=due.correction_min)
    if incident.state == IncidentState.NEW:
        incident.ack_due_at = incident.next_escalation_at = now + timedelta(minutes=due.ack_min)
        incident.escalation_step = 0


async def _queue(
    session: AsyncSession, parts: Parts, incident: Incident, organisation: Organisation, voice: Voice, *, first: bool
) -> int:
    duty = await on_duty(session, organisation, voice.now)
    text = texts.alert(incident, voice, on_duty=duty.primary.name if duty.primary else "")
    count = 0
    for chat in await _chats(session, parts, organisation, Level(incident.level), duty):
        count += await queue_alert(
            session,
            organisation_id=incident.organisation_id,
            incident_id=incident.id,
            kind="opened" if first else "raised",
            key=f"{alarm_key(incident)}:{chat}",
            chat_id=chat,
            text=text,
            chart=True,
            buttons=buttons_new(voice) if incident.state == IncidentState.NEW else buttons_taken(voice),
            about={"step": str(incident.escalation_step)},
            at=voice.now,
        )
    return count


def alarm_key(incident: Incident) -> str:
    """Names one alarm: the incident, how often it came back, and the level."""
    return f"incident:{incident.id}:{incident.reopened}:{incident.level}"


async def _chats(
    session: AsyncSession, parts: Parts, organisation: Organisation, level: Level, duty: OnDuty
) -> list[str]:
    """The duty chat always; at the highest level backup, head and spokespeople in private as well."""
    chats = [duty_chat(parts, organisation)]
    if level is Level.EMERGENCY:
        people = [duty.backup, duty.head, *await with_role(session, organisation.id or 0, Role.SPOKESPERSON)]
        chats += [p.telegram_id for p in people if p is not None and p.telegram_id]
    return list(dict.fromkeys(c for c in chats if c))


async def _hold_topic(session: AsyncSession, parts: Parts, incident: Incident) -> None:
    """Hold what is on its way on the same topic, in the transaction that raises the alarm. `notices` tells authors."""
    rows = await session.exec(
        select(Post)
        .where(
            Post.organisation_id == incident.organisation_id,
            Post.kind == PostKind.ROUTINE,
            Post.field == incident.field,
            col(Post.state).in_(_STOPPABLE),
        )
        .order_by(col(Post.id))
        .with_for_update(key_share=True)
    )
    for post in [p for p in rows.all() if same_topic(p, incident)]:
        if post.state == PostState.GOING_OUT and not await deliveries_of(session, post, DeliveryState.QUEUED):
            continue  # nothing of it can be stopped any more
        await hold_in(session, parts, post, held_for(incident), None)
        parts.bell.ring("delivery")


# -- the daily digest -------------------------------------------------------------------------------------------


async def send_digest(parts: Parts) -> int:
    """On the morning of a working day, tell the low incidents in one message. Return how many offices were told."""
    async with parts.db.read() as session:
        organisations = (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all()
    sent = sum([await _digest(parts, organisation) for organisation in organisations])
    if sent:
        parts.bell.ring("incident")
        parts.bell.ring("alert")
    return sent


async def _digest(parts: Parts, organisation: Organisation) -> bool:
    voice = voice_of(parts, organisation)
    opening = hours.last_opening(voice.now, voice.tz)
    async with parts.db.read() as session:
        waiting = await _small(session, organisation, opening)
    if not waiting:
        return False
    async with parts.db.write() as session:
        rows = await _small(session, organisation, opening)
        for incident in rows:
            incident.told_level, incident.ack_due_at = Level.LOW, hours.closing(voice.now, voice.tz)
            await note(session, incident, "told", voice.now, None, why="bản tổng hợp ngày")
        return bool(rows) and await queue_alert(
            session,
            organisation_id=organisation.id or 0,
            kind="digest",
            key=f"digest:{organisation.id}:{opening.isoformat()}:{alarm_key(rows[0])}",
            chat_id=duty_chat(parts, organisation),
            text=texts.digest(rows, voice),
            at=voice.now,
        )


async def _small(session: AsyncSession, organisation: Organisation, opening: datetime) -> Sequence[Incident]:
    """Low incidents that nobody was told of and nobody took, and that came (or came back) before the office opened."""
    came_back = (
        select(func.max(IncidentEvent.at))
        .where(IncidentEvent.incident_id == Incident.id, IncidentEvent.action == "reopened")
        .scalar_subquery()
    )
    rows = await session.exec(
        select(Incident)
        .where(
            Incident.organisation_id == organisation.id,
            Incident.state == IncidentState.NEW,
            Incident.level == Level.LOW,
            Incident.told_level == "",
            func.coalesce(came_back, Incident.opened_at) < opening,
        )
        .order_by(col(Incident.id))
        .with_for_update(key_share=True)
    )
    return rows.all()
