"""The office's own minutes of escalation: by level, from a day on; what was before stays readable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.chain import DEFAULT, Chain
from bot.parts import Actor, Parts, Refused
from models.audit import record
from models.duty import EscalationPlan
from models.incident import Level
from models.office import Role

MOST_STEPS: Final = 6
LONGEST_MIN: Final = 24 * 60.0
_MAY_SET = (Role.ADMIN, Role.LEADER)


async def chain_of(session: AsyncSession, organisation_id: int, level: Level, at: datetime) -> Chain:
    """The spans that count at a moment."""
    newest = (
        select(EscalationPlan)
        .where(EscalationPlan.organisation_id == organisation_id, EscalationPlan.level == level)
        .where(EscalationPlan.valid_from <= at)
        .order_by(col(EscalationPlan.valid_from).desc(), col(EscalationPlan.id).desc())
        .limit(1)
    )
    plan = (await session.exec(newest)).first()
    if plan is None:
        return DEFAULT[level]
    return Chain(tuple(timedelta(minutes=m) for m in plan.waits_min), timedelta(minutes=plan.ack_lives_min))


async def set_plan(
    parts: Parts, actor: Actor, level: Level, waits_min: Sequence[float], ack_lives_min: float
) -> EscalationPlan:
    """Let these minutes count from now on. Raises `Refused`."""
    if not actor.has(*_MAY_SET):
        raise Refused(
            "Chỉ quản trị hoặc lãnh đạo được đặt thời hạn chuyển cấp.",
            "Only an admin or a leader sets the minutes of escalation.",
        )
    numbers = [*waits_min, ack_lives_min]
    if not 1 <= len(waits_min) <= MOST_STEPS or not all(math.isfinite(n) and 0 < n <= LONGEST_MIN for n in numbers):
        raise Refused(
            f"Cần từ 1 đến {MOST_STEPS} số phút, mỗi số lớn hơn 0 và không quá {LONGEST_MIN:.0f}.",
            f"Give 1 to {MOST_STEPS} numbers of minutes, each above 0 and at most {LONGEST_MIN:.0f}.",
        )
    async with parts.db.write() as session:
        plan = EscalationPlan(
            organisation_id=actor.organisation_id,
            level=level,
            waits_min=list(waits_min),
            ack_lives_min=ack_lives_min,
            valid_from=parts.now(),
            set_by_id=actor.user_id,
        )
        session.add(plan)
        await record(
            session,
            at=parts.now(),
            action="escalation_set",
            subject=f"organisation:{actor.organisation_id}",
            organisation_id=actor.organisation_id,
            user_id=actor.user_id,
            level=level,
            waits_min=list(waits_min),
            ack_lives_min=ack_lives_min,
        )
    return plan
