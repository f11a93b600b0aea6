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

    @property
    def people(self) -> tuple[User | None, User | None, User | None]:
        """The chain in its order."""
        return self.primary, self.backup, self.head


async def on_duty(session: AsyncSession, organisation: Organisation, at: datetime) -> OnDuty:
    """Return who is on duty at `at`. Where a shift names nobody, or somebody who is locked out, the office's own roles
    stand in: nobody is not an answer."""
    shift = (
        await session.exec(
            select(RotaShift)
            .where(RotaShift.organisation_id == organisation.id, RotaShift.starts_at <= at, RotaShift.ends_at > at)
            .order_by(col(RotaShift.starts_at).desc())
            .limit(1)
        )
    ).first()
    seats = (shift.primary_id, shift.backup_id, shift.head_id) if shift is not None else (None, None, None)
    chain = [await _active(session, person_id) for person_id in seats]
    for place, role in enumerate((Role.DUTY, Role.BACKUP, Role.LEADER)):
        if chain[place] is None:
            named = {person.id for person in chain if person is not None}
            free = [p for p in await with_role(session, organisation.id or 0, role) if p.id not in named]
            chain[place] = free[0] if free else None
    return OnDuty(*chain)


async def with_role(session: AsyncSession, organisation_id: int, role: Role) -> Sequence[User]:
    """Return the active people who hold a role."""
    rows = await session.exec(
        select(User)
        .join(UserRole, col(UserRole.user_id) == User.id)
        .where(UserRole.organisation_id == organisation_id, UserRole.role == role, col(User.active).is_(True))
        .order_by(col(User.id))
    )
    return rows.all()


async def _active(session: AsyncSession, person_id: int | None) -> User | None:
    person = await session.get(User, person_id) if person_id is not None else None
    return person if person is not None and person.active else None
