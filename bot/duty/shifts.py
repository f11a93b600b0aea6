"""Planning the rota: shifts are added and removed; where two overlap or nobody is on duty is told, never forbidden.

What leaves somebody too little rest is refused, unless the planner says why it must be: that goes on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.rest import MOST_NIGHTS, REST, WINDOW, Breach, Rule, breaches
from bot.parts import Actor, NotFound, Parts, Refused
from bot.people import roles_of
from channels.errors import Told
from models.audit import record
from models.db import ROW
from models.duty import ShiftSwap
from models.office import Organisation, Role, RotaShift, User

_MAY_PLAN = (Role.ADMIN, Role.LEADER)
_ON_DUTY = frozenset({Role.DUTY, Role.BACKUP, Role.LEADER, Role.SPOKESPERSON})
"""Roles that can take an alert: a shift of somebody without any would wake a person who may do nothing."""
LONGEST = timedelta(days=14)
HANDOVER_UNTIL = timedelta(hours=6)
MOST_HANDOVER = 2000
MOST_WEEKS = 52

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class ShiftPlan:
    """A shift as planned, people by their logins; the same again every week, `weeks` times. `despite`: why it stands
    although somebody gets too little rest."""

    starts_at: datetime
    ends_at: datetime
    primary: str
    backup: str = ""
    head: str = ""
    note: str = ""
    weeks: int = 1
    despite: str = ""


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
        zone = await zone_of(session, actor.organisation_id)
        people = [await person_for(session, actor, login) for login in (plan.primary, plan.backup, plan.head)]
        named = [p.id for p in people if p is not None]
        if people[0] is None or len(named) != len(set(named)):
            raise Refused(
                "Ca trực cần người trực chính; trực chính, trực phụ và lãnh đạo là những người khác nhau.",
                "A shift needs a primary; primary, backup and head are different people.",
            )
        made = [_shift(actor, plan, number, zone, people) for number in range(plan.weeks)]
        if not plan.despite.strip():
            await check_rest(session, actor.organisation_id, made, zone)
        session.add_all(made)
        await session.flush()
        for shift in made:
            await _record(session, parts, actor, "shift_added", shift, despite=plan.despite.strip())
    return made


async def remove_shift(parts: Parts, actor: Actor, shift_id: int) -> None:
    """Take a shift off the rota."""
    _may(actor)
    async with parts.db.write() as session:
        shift = await shift_of(session, actor, shift_id)
        asked = or_(ShiftSwap.shift_id == shift_id, ShiftSwap.other_shift_id == shift_id)
        await session.exec(delete(ShiftSwap).where(asked))
        await session.delete(shift)
        await _record(session, parts, actor, "shift_removed", shift)


async def leave_handover(parts: Parts, actor: Actor, shift_id: int, text: str) -> None:
    """Write down what a shift leaves to the next; who is on it may, until the next one is half over."""
    async with parts.db.write() as session:
        shift = await shift_of(session, actor, shift_id)
        if actor.user_id not in (shift.primary_id, shift.backup_id, shift.head_id):
            raise Refused("Chỉ người trong ca ghi được bàn giao.", "Only who is on the shift leaves a hand-over.")
        if not shift.starts_at <= parts.now() <= shift.ends_at + HANDOVER_UNTIL:
            raise Refused("Chưa tới ca này, hoặc ca đã qua lâu.", "This shift has not begun, or is long over.")
        if not text.strip() or len(text) > MOST_HANDOVER:
            raise Refused(
                f"Hãy ghi bàn giao, tối đa {MOST_HANDOVER} ký tự.",
                f"Write the hand-over, at most {MOST_HANDOVER} characters.",
            )
        shift.handover, shift.handover_by_id, shift.handover_at = text.strip(), actor.user_id, parts.now()
        await _record(session, parts, actor, "handover_left", shift)


async def check_rest(session: AsyncSession, organisation_id: int, changed: Sequence[RotaShift], zone: ZoneInfo) -> None:
    """Raise `Refused` when these shifts, in the place of those with their ids, leave somebody too little rest who had
    enough before."""
    start, end = min(s.starts_at for s in changed) - WINDOW, max(s.ends_at for s in changed) + WINDOW
    before = await shifts_between(session, organisation_id, start, end)
    ids = {shift.id for shift in changed}
    known = {(b.rule, b.person_id, b.shift.starts_at) for b in breaches(before, zone)}
    planned = [*(shift for shift in before if shift.id not in ids), *changed]
    new = [b for b in breaches(planned, zone) if (b.rule, b.person_id, b.shift.starts_at) not in known]
    if new:
        told = breach_told(new[0], (await session.get_one(User, new[0].person_id)).name, zone)
        raise Refused(
            f"{told.vi} Xếp người khác, hoặc ghi lý do vì sao vẫn phải xếp.",
            f"{told.en} Plan somebody else, or say why it must be.",
        )


def breach_told(breach: Breach, name: str, zone: ZoneInfo) -> Told:
    """Who is on too much, and when."""
    at = f"{breach.shift.starts_at.astimezone(zone):%d/%m %H:%M}"
    if breach.rule is Rule.NIGHTS:
        count, most, days = f"{breach.amount:.0f}", MOST_NIGHTS, WINDOW.days
        return Told(
            vi=f"{name} trực {count} đêm trong {days} ngày (ca {at}), tối đa {most}.",
            en=f"{name} is on {count} nights in {days} days (shift {at}), at most {most}.",
        )
    hours, least = f"{breach.amount:g}", f"{REST.total_seconds() / 3600:g}"
    return Told(
        vi=f"{name} chỉ nghỉ {hours} giờ trước ca {at}, cần {least} giờ.",
        en=f"{name} rests only {hours} hours before the shift {at}, {least} are needed.",
    )


async def shift_of(session: AsyncSession, actor: Actor, shift_id: int) -> RotaShift:
    """Read a shift of the person's organisation and keep its row until the transaction ends."""
    shift = await session.get(RotaShift, shift_id, with_for_update=ROW)
    if shift is None or shift.organisation_id != actor.organisation_id:
        raise NotFound("ca trực này", "such shift")
    return shift


async def zone_of(session: AsyncSession, organisation_id: int) -> ZoneInfo:
    """The zone in which the office's timetable is read."""
    return ZoneInfo((await session.get_one(Organisation, organisation_id)).zone)


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


async def person_for(session: AsyncSession, actor: Actor, login: str) -> User | None:
    """The active person of a login who can take an alert; None for no login."""
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


async def _record(
    session: AsyncSession, parts: Parts, actor: Actor, action: str, shift: RotaShift, **more: str
) -> None:  # fmt: skip
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
        **{name: word for name, word in more.items() if word},
    )
