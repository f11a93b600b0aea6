"""Who is told of an incident, and when: each level once, in the hours that it may disturb, with its clocks set; again
only when it spreads twice as far. Lesser ones wait behind a worse one on their topic, and a person may silence some.

The monitor writes incidents. Here what nobody was told yet becomes messages, posts on the same topic are held, and the
clocks begin. What was told is remembered on the incident itself, so it also holds in an office without a chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import hours, texts
from bot.duty.alerts import duty_chat, queue_alert
from bot.duty.chain import Chain
from bot.duty.held_posts import hold_topic
from bot.duty.plans import chain_of
from bot.duty.quiet import silence_name, silence_of, worse_one
from bot.duty.record import answer_in_thread, buttons_of, move, note
from bot.duty.rota import OnDuty, on_duty, with_role
from bot.duty.voice import Voice, voice_of
from bot.parts import Parts
from bot.publishing.topics import HOLDS_FROM
from models.db import ROW
from models.incident import Incident, IncidentEvent, Level
from models.office import Organisation, Role
from models.states import OPEN_INCIDENT, IncidentState
from monitor.severity import LEVELS, above, deadlines

AGAIN_AFTER: Final = timedelta(minutes=5)
"""The least time between two words on how far one spreads."""
_DOUBLED = sa.and_(col(Incident.told_volume) > 0, col(Incident.volume) >= col(Incident.told_volume) * 2)
_CALLED = sa.and_(col(Incident.state) == IncidentState.NEW, col(Incident.next_escalation_at).is_not(None))


async def raise_alerts(parts: Parts) -> int:
    """Tell what nobody was told yet: new, reopened and raised incidents, and those that doubled. Return how many
    messages were queued.

    One transaction an incident: its message, its clocks and the posts that it holds stand together or not at all.
    """
    async with parts.db.read() as session:
        rows = await session.exec(
            select(Incident.id)
            .where(col(Incident.state).in_(OPEN_INCIDENT), Incident.level != Level.LOW)
            .where(
                sa.or_(
                    col(Incident.level) != Incident.told_level, _DOUBLED, _CALLED, col(Incident.under_id).is_not(None)
                )
            )
            .order_by(_WORST_FIRST, col(Incident.id))
        )
        ids = rows.all()
    queued = sum([await _tell(parts, i) for i in ids if i is not None])
    if queued:
        parts.bell.ring("incident")
        parts.bell.ring("alert")
    return queued


_WORST_FIRST = sa.case({level: -place for place, level in enumerate(LEVELS)}, value=col(Incident.level), else_=0)


async def _tell(parts: Parts, incident_id: int) -> int:
    async with parts.db.write() as session:
        incident = await session.get_one(Incident, incident_id, with_for_update=ROW)
        if incident.state not in OPEN_INCIDENT:
            return 0
        level = Level(incident.level)
        if level in HOLDS_FROM and incident.held_level != level:
            await hold_topic(session, parts, incident)
        organisation = await session.get_one(Organisation, incident.organisation_id)
        voice = voice_of(parts, organisation)
        if level is Level.MEDIUM and not hours.is_open(voice.now, voice.tz):
            return 0  # told in the morning, with the evidence of the morning
        waited = incident.under_id is not None and incident.state == IncidentState.NEW
        news = waited or above(level, Level(incident.told_level) if incident.told_level else None)
        if await _kept_quiet(session, parts, incident, voice, news=news):
            return 0
        if news:
            return await _alarm(session, parts, incident, organisation, voice)
        return await _doubled(session, parts, incident, organisation, voice)


async def _alarm(
    session: AsyncSession, parts: Parts, incident: Incident, organisation: Organisation, voice: Voice
) -> int:
    """A level that nobody was told of yet."""
    level, told = Level(incident.level), incident.told_level
    if incident.state == IncidentState.ACKED and told:
        await move(session, incident, IncidentState.NEW, voice.now, None, "mức tăng, cần nhận lại")
    chain = await chain_of(session, incident.organisation_id, level, voice.now)
    _start_clocks(incident, level, voice.now, chain)
    queued = await _queue(session, parts, incident, organisation, voice, first=told in ("", Level.LOW))
    _remember(incident, voice.now)
    nobody = "" if queued else "; chưa đặt nhóm trực nên chỉ hiện trên trang"
    await note(session, incident, "told", voice.now, None, why=f"mức {texts.LEVEL_VI[level]}{nobody}")
    return queued


def _remember(incident: Incident, now: datetime) -> None:
    """What people know from now on."""
    incident.told_level, incident.told_at, incident.told_volume = incident.level, now, incident.volume
    incident.under_id = incident.silence_id = None


async def _doubled(
    session: AsyncSession, parts: Parts, incident: Incident, organisation: Organisation, voice: Voice
) -> bool:
    """Twice as many texts as when people were told last: said in the thread, with a sound. Nobody's clock changes."""
    before, now = incident.told_volume, voice.now
    early = incident.told_at is not None and now - incident.told_at < AGAIN_AFTER
    if not before or incident.volume < before * 2 or early:
        return False
    _remember(incident, now)
    await note(session, incident, "doubled", now, None, was=str(before), now=str(incident.volume))
    return await queue_alert(
        session,
        organisation_id=incident.organisation_id,
        incident_id=incident.id,
        kind="raised",
        key=f"{alarm_key(incident)}:volume:{incident.volume}",
        chat_id=duty_chat(parts, organisation),
        text=texts.doubled(incident, before, voice),
        chart=True,
        buttons=buttons_of(incident, voice),
        about={"step": str(incident.escalation_step)},
        at=now,
    )


async def _kept_quiet(session: AsyncSession, parts: Parts, incident: Incident, voice: Voice, *, news: bool) -> bool:
    """Whether nobody hears of it for now; the first time why is put on record. What was told and is not taken yet falls
    silent behind a worse one too, and is told anew after that."""
    called = incident.state == IncidentState.NEW and incident.next_escalation_at is not None
    worse = await worse_one(session, incident) if news or called else None
    if worse is not None:
        if incident.under_id != worse.id:
            incident.under_id, incident.next_escalation_at = worse.id, None
            why = f"cùng chủ đề với {worse.code}, mức {texts.LEVEL_VI[Level(worse.level)]}"
            await note(session, incident, "inhibited", voice.now, None, now=worse.code, why=why)
            said = texts.inhibited(incident, worse, voice)
            await answer_in_thread(session, parts, worse, f"under:{incident.id}", said, silent=True)
        return True
    if not news:  # somebody took it meanwhile
        incident.under_id = None
    silence = await silence_of(session, incident, voice.now)
    if silence is None or not (news or incident.volume >= incident.told_volume * 2 > 0):
        return False
    if incident.silence_id != silence.id:
        incident.silence_id = silence.id
        await note(session, incident, "silenced", voice.now, None, now=silence_name(silence.id), why=silence.reason)
    return True


def _start_clocks(incident: Incident, level: Level, now: datetime, chain: Chain) -> None:
    """Set the deadlines of the level; the one for taking it only while nobody has."""
    due = deadlines(level)
    incident.first_line_due_at = now + timedelta(minutes=due.first_line_min)
    incident.correction_due_at = now + timedelta(minutes=due.correction_min)
    if incident.state == IncidentState.NEW:
        incident.ack_due_at = incident.next_escalation_at = now + chain.wait(0)
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
            key=f"{alarm_key(incident)}:{chat}{_before(incident)}",
            chat_id=chat,
            text=text,
            chart=True,
            buttons=buttons_of(incident, voice),
            about={"step": str(incident.escalation_step)},
            at=voice.now,
        )
    return count


def _before(incident: Incident) -> str:
    """Tells an alarm from one of the same level that was told before it waited behind a worse one."""
    return f":{incident.told_at.isoformat()}" if incident.under_id and incident.told_at else ""


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
