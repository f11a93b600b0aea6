"""The rota seen from a distance: what is not planned or planned too hard is told long before, holidays first.

Told in the first hour of a working day, fourteen days before, then seven, three and one: each once. What a shift leaves
to the next is told as the shift begins.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from html import escape
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import hours
from bot.duty.alerts import SILENT, duty_chat, queue_alert, untold
from bot.duty.desk import open_incidents
from bot.duty.rest import WINDOW, breaches
from bot.duty.rota import on_duty
from bot.duty.shifts import Span, breach_told, gaps, shifts_between, zone_of
from bot.duty.texts import cut
from bot.duty.voice import Voice, voice_of
from bot.parts import Parts
from channels.errors import Told
from models.incident import Notice
from models.office import Organisation, RotaShift, User
from models.states import INCIDENT, IncidentState
from monitor.spikes.calendar import is_holiday

MARKS: Final = (14, 7, 3, 1)
"""Days before at which it is said again."""
AHEAD: Final = timedelta(days=max(MARKS))
MORNING: Final = timedelta(hours=1)
MOST_LINES: Final = 10
BEGAN_WITHIN: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Trouble:
    """Something about the plan that somebody must put right. `key` names it, whatever is near it."""

    key: str
    at: datetime
    told: Told


async def troubles_ahead(
    session: AsyncSession, organisation_id: int, now: datetime, until: datetime, days_off: Collection[date] = ()
) -> list[Trouble]:
    """What stands in the plan's way between two moments, the soonest first."""
    zone = await zone_of(session, organisation_id)
    shifts = await shifts_between(session, organisation_id, now - WINDOW, until)
    near = [shift for shift in shifts if shift.ends_at > now]
    found = [_gap(span, _place(span, now, until), zone, days_off) for span in gaps(near, now, until)]
    for breach in breaches(shifts, zone):
        if breach.shift.ends_at > now:
            told = breach_told(breach, (await session.get_one(User, breach.person_id)).name, zone)
            key = f"{breach.rule}:{breach.shift.id}:{breach.person_id}"
            found.append(Trouble(key, max(now, breach.shift.starts_at), told))
    return sorted(found, key=lambda t: (t.at, t.key))


def span_said(span: Span, zone: tzinfo) -> str:
    """A span on the office's clock."""
    start, end = (at.astimezone(zone) for at in span)
    return f"{start:%H:%M %d/%m} – " + (f"{end:%H:%M}" if start.date() == end.date() else f"{end:%H:%M %d/%m}")


def holidays_in(span: Span, zone: tzinfo, days_off: Collection[date] = ()) -> list[date]:
    """The public holidays and days off of the office that a span touches."""
    start, end = (at.astimezone(zone) for at in span)
    days = [start.date() + timedelta(days=n) for n in range((end.date() - start.date()).days + 1)]
    if end.time() == time(0) and len(days) > 1:
        days.pop()
    return [day for day in days if is_holiday(day) or day in days_off]


def _place(span: Span, now: datetime, until: datetime) -> str:
    """What stays the same of a gap while time goes on: where it begins, or else where it ends."""
    return next((at.isoformat() for at in span if now < at < until), "all")


def _gap(span: Span, place: str, zone: tzinfo, days_off: Collection[date]) -> Trouble:
    free = holidays_in(span, zone, days_off)
    said = span_said(span, zone)
    days = ", ".join(f"{day:%d/%m}" for day in free[:4]) + ("…" if len(free) > 4 else "")
    return Trouble(
        f"gap:{place}",
        span[0],
        Told(
            vi=f"{said}: chưa xếp ca trực" + (f", có ngày lễ, ngày nghỉ ({days})." if free else "."),
            en=f"{said}: nobody is planned" + (f", among it holidays ({days})." if free else "."),
        ),
    )


async def tell_ahead(parts: Parts) -> int:
    """Tell every office that keeps a rota what is not in order; return how many were told."""
    async with parts.db.read() as session:
        offices = (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all()
    return sum([await _tell(parts, office) for office in offices if duty_chat(parts, office)])


async def _tell(parts: Parts, office: Organisation) -> bool:
    voice = voice_of(parts, office)
    if not hours.is_open(voice.now, voice.tz) or voice.now - hours.last_opening(voice.now, voice.tz) >= MORNING:
        return False
    async with parts.db.read() as session:
        if not await _keeps_a_rota(session, office, voice.now):
            return False
        until = voice.now + AHEAD
        found = await troubles_ahead(session, office.id or 0, voice.now, until, parts.settings.free_days)
        keyed = {f"rota:{office.id}:{t.key}:{mark_of(t.at, voice.now)}": t for t in found}
        new = await untold(session, list(keyed))
    if not new:
        return False
    lines = [voice.say(t.told.vi, t.told.en) for key, t in keyed.items() if key in new]
    async with parts.db.write() as session:
        session.add_all(Notice(key=key, at=voice.now) for key in sorted(new))
        return await queue_alert(
            session,
            organisation_id=office.id or 0,
            kind="rota",
            key=f"rota:{office.id}:{voice.now.isoformat()}",
            chat_id=duty_chat(parts, office),
            text=_message(lines, voice),
            at=voice.now,
        )


def mark_of(at: datetime, now: datetime) -> int:
    """The nearest mark that has been reached. Pure."""
    days = max(0.0, (at - now) / timedelta(days=1))
    return min((mark for mark in MARKS if mark >= days), default=max(MARKS))


def _message(lines: Sequence[str], voice: Voice) -> str:
    head = voice.say("🗓 <b>Lịch trực cần xếp lại</b>", "🗓 <b>The rota needs a look</b>")
    more = [f"… +{len(lines) - MOST_LINES}"] if len(lines) > MOST_LINES else []
    todo = voice.say(
        "Việc cần làm: xếp ca ở trang Lịch trực. Lúc không có ca, Loa báo cho người có vai trò trực.",
        "What to do: plan the shifts on the rota page. Where nobody is planned, Loa tells whoever has the duty role.",
    )
    return "\n".join([head, *(f"• {escape(line)}" for line in lines[:MOST_LINES]), *more, todo])


async def _keeps_a_rota(session: AsyncSession, office: Organisation, now: datetime) -> bool:
    recent = (RotaShift.organisation_id == office.id, RotaShift.ends_at > now - WINDOW)
    return (await session.exec(select(RotaShift.id).where(*recent).limit(1))).first() is not None


# -- from one shift to the next ---------------------------------------------------------------------------------------


async def tell_handover(parts: Parts) -> int:
    """As a shift begins, say in the duty chat who is on, what the last one leaves, and what is open; once a shift."""
    now = parts.now()
    async with parts.db.read() as session:
        begun = (RotaShift.starts_at <= now, RotaShift.starts_at > now - BEGAN_WITHIN, RotaShift.ends_at > now)
        shifts = (await session.exec(select(RotaShift).where(*begun).order_by(col(RotaShift.starts_at)))).all()
        keys = await untold(session, [_key(shift) for shift in shifts])
    told = sum([await _hand_over(parts, shift) for shift in shifts if _key(shift) in keys])
    if told:
        parts.bell.ring("alert")
    return told


def _key(shift: RotaShift) -> str:
    """Names a shift also where the number of one that was removed is given again."""
    return f"handover:{shift.id}:{shift.starts_at.isoformat()}:{shift.primary_id}"


async def _hand_over(parts: Parts, shift: RotaShift) -> bool:
    async with parts.db.write() as session:
        office = await session.get_one(Organisation, shift.organisation_id)
        voice = voice_of(parts, office)
        before = await session.exec(
            select(RotaShift)
            .where(RotaShift.organisation_id == office.id, RotaShift.starts_at < shift.starts_at)
            .order_by(col(RotaShift.starts_at).desc())
            .limit(1)
        )
        last = before.first()
        session.add(Notice(key=_key(shift), at=voice.now))
        if last is None:  # the first shift of all takes over from nobody
            return False
        text = await _handover_text(session, shift, last, office, voice)
        primary = (await on_duty(session, office, voice.now)).primary
        queued = 0
        for chat in dict.fromkeys([duty_chat(parts, office), primary.telegram_id if primary else ""]):
            queued += await queue_alert(
                session, organisation_id=office.id or 0, kind="rota", key=f"{_key(shift)}:{chat}", chat_id=chat,
                text=text, about={SILENT: "1"}, at=voice.now,
            )  # fmt: skip
    return bool(queued)


async def _handover_text(
    session: AsyncSession, shift: RotaShift, last: RotaShift, office: Organisation, voice: Voice
) -> str:
    duty = await on_duty(session, office, voice.now)
    primary, backup, head = (escape(cut(p.name, 40)) if p else "–" for p in duty.people)
    until = voice.clock(shift.ends_at)
    lines = [
        voice.say(
            f"🔄 <b>Đổi ca</b>, đến {until}. Trực chính: {primary} · Trực phụ: {backup} · Lãnh đạo: {head}",
            f"🔄 <b>Change of shift</b>, until {until}. Primary: {primary} · Backup: {backup} · Head: {head}",
        )
    ]
    if shift.note:
        lines.append(f"📌 {escape(cut(shift.note, 300))}")
    left = escape(cut(last.handover, 1200)) if last.handover else voice.say("chưa ghi", "nothing was written")
    lines.append(voice.say("Ca trước bàn giao", "The last shift leaves") + f": {left}")
    incidents = await open_incidents(session, office.id or 0)
    lines.append(voice.say(f"Sự cố đang mở: {len(incidents)}", f"Open incidents: {len(incidents)}"))
    lines += [
        f"• {i.code} [{voice.level(i.level)}] "
        + voice.say(INCIDENT.labels[IncidentState(i.state)], i.state.replace("_", " "))
        + f": “{escape(cut(i.claim_text, 90))}”"
        for i in incidents[:MOST_LINES]
    ]
    return "\n".join(lines)
