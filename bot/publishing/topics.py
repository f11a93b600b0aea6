"""Which posts speak of what an open incident is about. They wait for a person while it is high or worse.

Each post is held on its own and not by a `Hold` row on its topic: a row would stop other places too, would leave the
post `scheduled` without a word to its author, and one release would let all of them go.
"""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.incident import Incident, Level
from models.post import Post, PostKind, VafcField
from models.states import OPEN_INCIDENT
from monitor.text import plain

HOLDS_FROM = (Level.HIGH, Level.EMERGENCY)
"""Levels of an incident that hold what is scheduled on its topic."""


def same_topic(post: Post, incident: Incident) -> bool:
    """Same field and, where both name a place, the same place. A place inside another counts as the same."""
    if post.field != incident.field or post.field == VafcField.OTHER:
        return False
    one, other = f" {plain(post.locality)} ", f" {plain(incident.locality)} "
    return one in other or other in one or not one.strip() or not other.strip()


def held_for(incident: Incident) -> str:
    """The reason of such a hold, as it stands on the post."""
    return f"cùng chủ đề với sự cố {incident.code}"


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
