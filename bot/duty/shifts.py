"""Planning the rota: shifts are added and removed; where two overlap or nobody is on duty is told, never forbidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.people import roles_of
from models.audit import record
from models.office import Organisation, Role, RotaShift, User

_MAY_PLAN = (Role.ADMIN, Role.LEADER)
_ON_DUTY = frozenset({Role.DUTY, Role.BACKUP, Role.LEADER, Role.SPOKESPERSON})
"""Roles that can take an alert: a shift of somebody without any would wake a person who may do nothing."""
LONGEST = timedelta(days=14)
MOST_WEEKS = 52

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class ShiftPlan:
    """A shift as planned, people by their logins; the same again every week, `weeks` times."""

    starts_at: datetime
    ends_at: datetime
    primary: str
    backup: str = ""
    head: str = ""
    note: str = ""
    weeks: int = 1


async def add_shifts(parts: Parts, actor: Actor, plan: ShiftPlan) -> list[RotaShift]:
    """Store the shifts of a plan. Raises `Refused` for times or people that cannot be."""
    _may(actor)
    if not timedelta(0) < plan.ends_at - plan.starts_at <= LONGEST or not 1 <= plan.weeks <= MOST_WEEKS:
        raise Refused(
            f"Ca trực phải kết thúc sau khi bắt đầu, dài tối đa {LONGEST.days} ngày, lặp tối đa {MOST_WEEKS} tuần.",
            f"A shift ends after it starts, lasts at most {LONGEST.days} days, repeats at most {MOST_WEEKS} weeks.",
        )
    if plan.ends_at <= parts.now():
        raise Refused("Ca trực này đã qua.", "This shift is over already.")
    async with parts.db.write() as session:
        zone = ZoneInfo((await session.get_one(Organisation, actor.organisation_id)).zone)
        people = [await _person(session, actor, login) for login in (plan.primary, plan.backup, plan.head)]
        named = [p.id for p in people if p is not None]
        if people[0] is None or len(named) != len(set(named)):
            raise Refused(
                "Ca trực cần người trực chính; trực chính, trực phụ và lãnh đạo là những người khác nhau.",
                "A shift needs a primary; primary, backup and head are different people.",
            )
        made = [_shift(actor, plan, number, zone, people) for number in range(plan.weeks)]
        session.add_all(made)
        await session.flush()
        for shift in made:
            await _record(session, parts, actor, "shift_added", shift)
    return made


async def remove_shift(parts: Parts, actor: Actor, shift_id: int) -> None:
    """Take a shift off the rota."""
    _may(actor)
    async with parts.db.write() as session:
        shift = await session.get(RotaShift, shift_id)
        if shift is None or shift.organisation_id != actor.organisation_id:
            raise NotFound("ca trực này", "such shift")
        await session.delete(shift)
        await _record(session, parts, actor, "shift_removed", shift)


async def shifts_between(
    session: AsyncSession, organisation_id: int, start: datetime, end: datetime
) -> Sequence[RotaShift]:
    """Read the shifts that touch the span, in their order."""
    query = select(RotaShift).where(
        RotaShift.organisation_id == organisation_id, RotaShift.ends_at > start, RotaShift.starts_at < end
    )
    return (await session.exec(query.order_by(col(RotaShift.starts_at), col(RotaShift.id)))).all()


def gaps(shifts: Sequence[RotaShift], start: datetime, end: datetime) -> list[Span]:
    """Return the spans in which nobody has a shift. Pure; `shifts` in their order."""
    found, covered = [], start
    for shift in shifts:
        if shift.starts_at > covered:
            found.append((covered, min(shift.starts_at, end)))
        covered = max(covered, shift.ends_at)
    if covered < end:
        found.append((covered, end))
    return found


def overlaps(shifts: Sequence[RotaShift]) -> list[tuple[RotaShift, RotaShift]]:
    """Return the pairs that overlap; of each the one that starts later counts meanwhile. Pure; `shifts` in order."""
    return [
        (one, other)
        for number, one in enumerate(shifts)
        for other in shifts[number + 1 :]
        if other.starts_at < one.ends_at
    ]


def _shift(actor: Actor, plan: ShiftPlan, number: int, zone: ZoneInfo, people: Sequence[User | None]) -> RotaShift:
    """The shift so many weeks later, at the same hours of the office's clock."""
    times = [(at.astimezone(zone) + timedelta(weeks=number)).astimezone(UTC) for at in (plan.starts_at, plan.ends_at)]
    ids = [p.id if p is not None else None for p in people]
    assert ids[0] is not None, "the caller has seen to a primary"
    return RotaShift(
        organisation_id=actor.organisation_id,
        starts_at=times[0],
        ends_at=times[1],
        primary_id=ids[0],
        backup_id=ids[1],
        head_id=ids[2],
        note=plan.note,
    )


async def _person(session: AsyncSession, actor: Actor, login: str) -> User | None:
    if not login.strip():
        return None
    found = select(User).where(User.login == login.strip().lower(), User.organisation_id == actor.organisation_id)
    user = (await session.exec(found)).first()
    if user is None or not user.active:
        raise NotFound(f"người dùng {login} đang hoạt động", f"active person {login}")
    if not _ON_DUTY & await roles_of(session, user):
        raise Refused(
            f"{login} không có vai trò nào để nhận báo động (oncall, backup, leader, spokesperson).",
            f"{login} has no role that can take an alert (oncall, backup, leader, spokesperson).",
        )
    return user


def _may(actor: Actor) -> None:
    if not actor.has(*_MAY_PLAN):
        raise Refused("Chỉ quản trị hoặc lãnh đạo được xếp lịch trực.", "Only an admin or a leader plans the rota.")


async def _record(session: AsyncSession, parts: Parts, actor: Actor, action: str, shift: RotaShift) -> None:
    await record(
        session,
        at=parts.now(),
        action=action,
        subject=f"shift:{shift.id}",
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        starts_at=shift.starts_at.isoformat(),
        ends_at=shift.ends_at.isoformat(),
        people=[shift.primary_id, shift.backup_id, shift.head_id],
    )
