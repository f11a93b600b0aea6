"""Which posts speak of what an open incident is about. They wait for a person while it is high or worse.

Each post is held on its own and not by a `Hold` row on its topic: a row would stop other places too, would leave the
post `scheduled` without a word to its author, and one release would let all of them go.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.audit import AuditEntry
from models.incident import Incident, IncidentEvent, Level
from models.post import Post, PostKind, VafcField
from models.states import OPEN_INCIDENT, PostState
from monitor.text import plain

HOLDS_FROM = (Level.HIGH, Level.EMERGENCY)
"""Levels of an incident that hold what is scheduled on its topic."""
STOPPABLE = (PostState.APPROVED, PostState.SCHEDULED, PostState.GOING_OUT)
"""States of a post of which something may still be held back."""


def same_topic(post: Post, incident: Incident) -> bool:
    """Same field and, where both name a place, the same place."""
    if post.field != incident.field or post.field == VafcField.OTHER:
        return False
    return not post.locality.strip() or not incident.locality.strip() or same_place(post.locality, incident.locality)


def same_place(one: str, other: str) -> bool:
    """A place inside another counts as the same; no place is the same as no place alone."""
    a, b = f" {plain(one)} ", f" {plain(other)} "
    if not a.strip() or not b.strip():
        return a.strip() == b.strip()
    return a in b or b in a


def held_for(incident: Incident) -> str:
    """The reason of such a hold, as it stands on the post."""
    return f"cùng chủ đề với sự cố {incident.code}"


async def new_alarms(session: AsyncSession) -> Sequence[Incident]:
    """Grave incidents whose topic the duty desk has not held yet: it may be slow, away or on another machine."""
    query = select(Incident).where(
        col(Incident.state).in_(OPEN_INCIDENT),
        col(Incident.level).in_(HOLDS_FROM),
        Incident.held_level != Incident.level,
    )
    return (await session.exec(query.order_by(col(Incident.id)))).all()


def alarm_on_topic(alarms: Sequence[Incident], post: Post) -> Incident | None:
    """The first of these that a routine post has to wait for. Pure."""
    if post.kind != PostKind.ROUTINE or post.state not in STOPPABLE:
        return None
    return next((i for i in alarms if i.organisation_id == post.organisation_id and same_topic(post, i)), None)


async def released_since(session: AsyncSession, post: Post, incident: Incident) -> bool:
    """A person let the post go since the alarm was raised last: that word stands, also where the desk is late."""
    alarms = select(func.max(IncidentEvent.at)).where(
        IncidentEvent.incident_id == incident.id, col(IncidentEvent.action).in_(("opened", "reopened", "raised"))
    )
    since = (await session.exec(alarms)).one() or incident.opened_at
    released = select(AuditEntry.id).where(
        AuditEntry.action == "post_released", AuditEntry.subject == f"post:{post.id}", AuditEntry.at >= since
    )
    return (await session.exec(released.limit(1))).first() is not None


async def incident_on_topic(session: AsyncSession, post: Post) -> Incident | None:
    """The open incident that a routine post has to wait for, None when there is none."""
    if post.kind != PostKind.ROUTINE:
        return None
    rows = await session.exec(
        select(Incident)
        .where(
            Incident.organisation_id == post.organisation_id,
            Incident.field == post.field,
            col(Incident.state).in_(OPEN_INCIDENT),
            col(Incident.level).in_(HOLDS_FROM),
        )
        .order_by(col(Incident.id))
    )
    return next((i for i in rows.all() if same_topic(post, i)), None)
