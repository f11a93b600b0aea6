"""A person silences alarms of one kind for a while: with who, why and until when. It ends by itself, and what it kept
quiet is told then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.alerts import SILENT, duty_chat, queue_alert
from bot.duty.desk import on_the_desk
from bot.duty.quiet import LONGEST, silence_name
from bot.duty.voice import voice_of
from bot.parts import Actor, NotFound, Parts, Refused
from models.audit import record
from models.db import ROW
from models.incident import Incident, IncidentEvent, Silence
from models.office import Organisation
from models.post import VafcField
from models.states import OPEN_INCIDENT, IncidentState


@dataclass(frozen=True)
class Quiet:
    """What is not to be heard of: at least one of field, place and words."""

    field: str = ""
    locality: str = ""
    words: str = ""


async def silence(parts: Parts, actor: Actor, what: Quiet, *, lasts: timedelta, why: str) -> int:
    """Tell no alarm that fits for a while, at most 24 hours. The highest level is told all the same."""
    on_the_desk(actor)
    if not why.strip():
        raise Refused("Hãy ghi lý do tắt tiếng.", "Say why.", at="why")
    if not timedelta(0) < lasts <= LONGEST:
        raise Refused("Tắt tiếng tối đa 24 giờ.", "A silence lasts 24 hours at most.", at="hours")
    what = Quiet(what.field, what.locality.strip(), what.words.strip())
    if what == Quiet():
        raise Refused("Hãy nêu chủ đề, nơi hoặc từ ngữ cần tắt tiếng.", "Name a topic, a place or words.", at="field")
    if what.field not in ("", *VafcField):
        raise Refused(f"Không có chủ đề “{what.field}”.", f"There is no topic {what.field!r}.", at="field")
    now = parts.now()
    async with parts.db.write() as session:
        row = Silence(
            organisation_id=actor.organisation_id, field=what.field, locality=what.locality, words=what.words,
            reason=why.strip(), begins_at=now, ends_at=now + lasts, placed_by_id=actor.user_id,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        await _record(session, parts, actor, "silence_placed", row)
        await _say(session, parts, row, actor.name)
    parts.bell.ring("alert")
    return row.id or 0


async def end_silence(parts: Parts, actor: Actor, silence_id: int) -> None:
    """End a silence before its time."""
    on_the_desk(actor)
    async with parts.db.write() as session:
        row = await session.get(Silence, silence_id, with_for_update=ROW)
        if row is None or row.organisation_id != actor.organisation_id:
            raise NotFound("lần tắt tiếng này", "such silence")
        if row.ends_at <= parts.now():
            raise Refused("Lần tắt tiếng này đã hết.", "This silence is over.")
        row.ends_at, row.ended_by_id = parts.now(), actor.user_id
        await _record(session, parts, actor, "silence_ended", row)
    parts.bell.ring("incident")


async def tell_over(parts: Parts) -> int:
    """Tell of each silence that is over what it kept quiet; what is still new is raised as any alarm right after."""
    async with parts.db.read() as session:
        over = select(Silence.id).where(col(Silence.ends_at) <= parts.now(), col(Silence.told_at).is_(None))
        ids = (await session.exec(over.order_by(col(Silence.id)))).all()
    for silence_id in ids:
        await _over(parts, silence_id or 0)
    if ids:
        parts.bell.ring("alert")
    return len(ids)


async def _over(parts: Parts, silence_id: int) -> None:
    async with parts.db.write() as session:
        row = await session.get_one(Silence, silence_id, with_for_update=ROW)
        if row.told_at is not None:
            return
        row.told_at = parts.now()
        kept = await kept_quiet(session, row)
        taken = col(Incident.state).in_(OPEN_INCIDENT - {IncidentState.NEW})
        mine = col(Incident.silence_id) == row.id
        await session.exec(update(Incident).where(mine, taken).values(told_level=Incident.level))  # they know
        await session.exec(update(Incident).where(mine).values(silence_id=None))
        organisation = await session.get_one(Organisation, row.organisation_id)
        await queue_alert(
            session,
            organisation_id=row.organisation_id,
            kind="notice",
            key=f"silence:{row.id}:over",
            chat_id=duty_chat(parts, organisation),
            text=texts.silence_over(row, kept, voice_of(parts, organisation)),
            about=None if kept else {SILENT: "1"},
            at=parts.now(),
        )


async def kept_quiet(session: AsyncSession, row: Silence) -> Sequence[Incident]:
    """The incidents that a silence kept quiet at one time or other."""
    noted = select(IncidentEvent.incident_id).where(
        IncidentEvent.action == "silenced", IncidentEvent.now == silence_name(row.id)
    )
    query = select(Incident).where(col(Incident.id).in_(noted), Incident.organisation_id == row.organisation_id)
    return (await session.exec(query.order_by(col(Incident.id)))).all()


async def _say(session: AsyncSession, parts: Parts, row: Silence, name: str) -> None:
    """The chat learns that it will hear less, without a sound."""
    organisation = await session.get_one(Organisation, row.organisation_id)
    await queue_alert(
        session,
        organisation_id=row.organisation_id,
        kind="notice",
        key=f"silence:{row.id}",
        chat_id=duty_chat(parts, organisation),
        text=texts.silenced(row, name, voice_of(parts, organisation)),
        about={SILENT: "1"},
        at=parts.now(),
    )


async def _record(session: AsyncSession, parts: Parts, actor: Actor, action: str, row: Silence) -> None:
    await record(
        session, at=parts.now(), action=action, subject=f"silence:{row.id}", organisation_id=row.organisation_id,
        user_id=actor.user_id, surface=actor.surface, field=row.field, locality=row.locality, words=row.words,
        why=row.reason, until=row.ends_at.isoformat(),
    )  # fmt: skip
