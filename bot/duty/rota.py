"""Who is on duty, and who is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.office import Organisation, Role, RotaShift, User, UserRole


@dataclass(frozen=True)
class OnDuty:
    """The chain for one moment: primary, backup, head; missing links are None."""

    primary: User | None
    backup: User | None
    head: User | None

    def step(self, number: int) -> User | None:
        """Return the person told at escalation step `number` (0 primary, 1 backup, 2 head)."""
        return (self.primary, self.backup, self.head)[number]


async def on_duty(session: AsyncSession, organisation: Organisation, at: datetime) -> OnDuty:
    """Return who is on duty at `at`. Without a shift the office's own roles stand in: nobody is not an answer."""
    shift = (
        await session.exec(
            select(RotaShift)
            .where(RotaShift.organisation_id == organisation.id, RotaShift.starts_at <= at, RotaShift.ends_at > at)
            .order_by(col(RotaShift.starts_at).desc())
            .limit(1)
        )
    ).first()
    if shift is not None:
        people = [await session.get(User, i) if i else None for i in (shift.primary_id, shift.backup_id, shift.head_id)]
        return OnDuty(*people)
    return OnDuty(*[await _first(session, organisation, role) for role in (Role.DUTY, Role.BACKUP, Role.LEADER)])


async def with_role(session: AsyncSession, organisation_id: int, role: Role) -> Sequence[User]:
    """Return the active people who hold a role."""
    rows = await session.exec(
        select(User)
        .join(UserRole, col(UserRole.user_id) == User.id)
        .where(UserRole.organisation_id == organisation_id, UserRole.role == role, col(User.active).is_(True))
        .order_by(col(User.id))
    )
    return rows.all()


async def _first(session: AsyncSession, organisation: Organisation, role: Role) -> User | None:
    people = await with_role(session, organisation.id or 0, role)
    return people[0] if people else None
