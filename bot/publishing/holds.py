"""Holding a whole scope at once: one row, asked by every claim, effective before the next send."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from channels.registry import CHANNELS
from models.audit import record
from models.db import ROW, AdvisoryLock
from models.office import Role
from models.post import VafcField
from models.queue import Hold, HoldScope

_MAY_HOLD = (Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON, Role.LEADER, Role.ADMIN)


async def place_hold(parts: Parts, actor: Actor, scope: HoldScope, key: str = "", *, reason: str) -> int:
    """Stop everything in a scope: a channel kind, a topic code, the actor's organisation, or the whole installation.

    What was claimed already and waits for its upload stops too, before it is sent. Corrections pass a topic hold.
    """
    _may(actor, scope)
    if not reason.strip():
        raise Refused("Hãy ghi lý do tạm giữ.", "Give a reason for the hold.")
    known: set[str] = {HoldScope.CHANNEL: set(CHANNELS), HoldScope.TOPIC: {str(f) for f in VafcField}}.get(scope, {""})
    if key not in known:
        raise Refused(f"Không có gì tên là {key!r} để giữ.", f"There is nothing called {key!r} to hold.")
    office = None if scope is HoldScope.EVERYTHING else actor.organisation_id
    async with parts.db.write() as session:
        await AdvisoryLock.SENDING.take(await session.connection())
        hold = Hold(
            scope=scope,
            organisation_id=office,
            key=key,
            reason=reason.strip(),
            placed_by=actor.user_id,
            placed_at=parts.now(),
        )
        session.add(hold)
        await session.flush()
        await _record(session, parts, actor, "hold_placed", hold)
    parts.bell.ring("delivery")
    assert hold.id is not None, "a stored row has an id"
    return hold.id


async def release_hold(parts: Parts, actor: Actor, hold_id: int) -> None:
    """Let a scope go on. What has become too late meanwhile is not dumped: the late policy asks a person for each."""
    async with parts.db.write() as session:
        hold = await session.get(Hold, hold_id, with_for_update=ROW)
        if hold is None or hold.organisation_id not in (None, actor.organisation_id):
            raise NotFound("lệnh giữ này", "such hold")
        _may(actor, HoldScope(hold.scope))
        if hold.released_at is not None:
            raise Refused("Lệnh giữ này đã được thả.", "This hold was released already.")
        hold.released_at, hold.released_by = parts.now(), actor.user_id
        await _record(session, parts, actor, "hold_released", hold)
    parts.bell.ring("delivery")


async def active_holds(session: AsyncSession, organisation_id: int) -> Sequence[Hold]:
    """Read the holds that stop something of this organisation now, newest first."""
    of_office = sa.or_(col(Hold.organisation_id).is_(None), col(Hold.organisation_id) == organisation_id)
    query = select(Hold).where(col(Hold.released_at).is_(None), of_office).order_by(col(Hold.id).desc())
    return (await session.exec(query)).all()


def _may(actor: Actor, scope: HoldScope) -> None:
    allowed = (Role.ADMIN,) if scope is HoldScope.EVERYTHING else _MAY_HOLD
    if not actor.has(*allowed):
        raise Refused("Bạn không có quyền giữ hay thả cả nhóm bài này.", "You may not hold or release these posts.")


async def _record(session: AsyncSession, parts: Parts, actor: Actor, action: str, hold: Hold) -> None:
    await record(
        session,
        at=parts.now(),
        action=action,
        subject=f"hold:{hold.id}",
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        scope=hold.scope,
        key=hold.key,
        reason=hold.reason,
    )
