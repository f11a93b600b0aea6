"""How long people's words are kept: rules with a day on which they begin, each with who set it and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, Parts, Refused
from models.mention import RetentionDays
from models.office import Role, User
from monitor.retention import days_of, set_days

LEAST, MOST = 7, 3650


async def set_retention(parts: Parts, actor: Actor, days: int, since: datetime | None, why: str) -> datetime:
    """Set the days from a day on (None: at once); return when they begin. What was erased before stays erased."""
    if not actor.has(Role.ADMIN):
        raise Refused("Chỉ quản trị được đổi số ngày lưu.", "Only an admin changes how long texts are kept.")
    if not LEAST <= days <= MOST:
        raise Refused(f"Số ngày lưu từ {LEAST} đến {MOST}.", f"Between {LEAST} and {MOST} days.")
    if not why.strip():
        raise Refused("Hãy ghi căn cứ hoặc lý do.", "Say which rule or decision asks for it.")
    now = parts.now()
    if since is not None and since < now:
        raise Refused(
            "Ngày bắt đầu đã qua: quy định mới chỉ có hiệu lực từ nay.", "That day is past: a new rule begins now."
        )
    begins = since or now
    async with parts.db.write() as session:
        await set_days(session, actor.organisation_id, days, begins, why.strip(), actor.user_id, now)
    return begins


async def retention_now(session: AsyncSession, parts: Parts, organisation_id: int) -> int:
    """The days that count now."""
    return await days_of(session, organisation_id, parts.now(), parts.settings.retention_days)


async def rules_of(session: AsyncSession, organisation_id: int) -> Sequence[tuple[RetentionDays, str | None]]:
    """Every rule that the office has set with the name of who did, the newest first."""
    query = (
        select(RetentionDays, User.name)
        .join(User, col(User.id) == RetentionDays.user_id, isouter=True)
        .where(RetentionDays.organisation_id == organisation_id)
        .order_by(col(RetentionDays.since).desc(), col(RetentionDays.id).desc())
    )
    return (await session.exec(query)).all()
