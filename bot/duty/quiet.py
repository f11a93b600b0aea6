"""Alarms that nobody hears of for now: a worse one on the same topic and place is being worked on, or a person silenced
such alarms. Neither ever keeps the highest level quiet, nor lets posts on the topic go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.publishing.topics import same_place
from models.incident import Incident, Level, Silence
from models.post import VafcField
from models.states import IncidentState
from monitor.severity import LEVELS, above
from monitor.text import plain

LONGEST: Final = timedelta(hours=24)
WORKED_ON: Final = (IncidentState.NEW, IncidentState.ACKED, IncidentState.VERIFYING, IncidentState.RESPONDING)
"""While somebody is called or busy with it, an incident inhibits lesser ones; one that is only watched does not."""


def inhibits(worse: Incident, incident: Incident) -> bool:
    """Whether people who hear of `worse` need not be told of `incident` too. Pure."""
    return (
        worse.id != incident.id
        and worse.organisation_id == incident.organisation_id
        and worse.state in WORKED_ON
        and worse.told_level not in ("", Level.LOW)
        and above(Level(worse.level), Level(incident.level))
        and worse.field == incident.field != VafcField.OTHER
        and same_place(worse.locality, incident.locality)
    )


def silences(silence: Silence, incident: Incident, now: datetime) -> bool:
    """Whether a person's silence covers an alarm now. Pure."""
    if incident.level == Level.EMERGENCY or silence.organisation_id != incident.organisation_id:
        return False
    if not silence.begins_at <= now < silence.ends_at:
        return False
    return (
        silence.field in ("", incident.field)
        and (not silence.locality or same_place(silence.locality, incident.locality))
        and f" {plain(silence.words)} ".replace("  ", " ") in f" {plain(incident.claim_text)} "
    )


def silence_name(number: int | None) -> str:
    """What a silence is called on the record."""
    return f"TT-{number or 0:04d}"


async def worse_one(session: AsyncSession, incident: Incident) -> Incident | None:
    """The worst incident that inhibits this one."""
    rows = await session.exec(
        select(Incident).where(
            Incident.organisation_id == incident.organisation_id,
            Incident.field == incident.field,
            col(Incident.state).in_(WORKED_ON),
        )
    )
    found = [other for other in rows.all() if inhibits(other, incident)]
    return max(found, key=lambda other: (LEVELS.index(Level(other.level)), -(other.id or 0)), default=None)


async def silence_of(session: AsyncSession, incident: Incident, now: datetime) -> Silence | None:
    """The silence that covers an alarm, the one that lasts longest."""
    rows = await session.exec(
        select(Silence).where(Silence.organisation_id == incident.organisation_id, col(Silence.ends_at) > now)
    )
    return max((s for s in rows.all() if silences(s, incident, now)), key=lambda s: s.ends_at, default=None)


async def active_silences(session: AsyncSession, organisation_id: int, now: datetime) -> Sequence[Silence]:
    """The silences of an organisation that hold now, the first to end first."""
    query = select(Silence).where(Silence.organisation_id == organisation_id, col(Silence.ends_at) > now)
    return (await session.exec(query.order_by(col(Silence.ends_at), col(Silence.id)))).all()
