"""Places in shifts that people give away or change among themselves: one asks, the other agrees, both on record.

Nothing changes before both have said so, and only while the rota still is as it was when one asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.alerts import Buttons, duty_chat, queue_alert
from bot.duty.shifts import check_rest, person_for, shift_of, zone_of
from bot.duty.voice import Voice, voice_of
from bot.parts import Actor, NotFound, Parts, Refused
from models.audit import record
from models.db import ROW
from models.duty import ShiftSwap, SwapState
from models.office import Organisation, RotaShift, User

SWAP_YES, SWAP_NO = "swap_yes", "swap_no"
"""Buttons under the question."""
SEATS: Final = ("primary_id", "backup_id", "head_id")


async def ask_swap(
    parts: Parts, actor: Actor, shift_id: int, to_login: str, *, other_shift_id: int | None = None, note: str = ""
) -> ShiftSwap:
    """Ask somebody to take one's place; with `other_shift_id`, for theirs there. Raises `Refused`."""
    async with parts.db.write() as session:
        shift = await shift_of(session, actor, shift_id)
        other = await shift_of(session, actor, other_shift_id) if other_shift_id is not None else None
        to = await person_for(session, actor, to_login)
        assert to is not None and to.id is not None, "a login that is given names somebody"
        _may_change(shift, other, actor.user_id, to.id)
        if min(s.ends_at for s in (shift, other) if s is not None) <= parts.now():
            raise Refused("Ca trực này đã qua.", "This shift is over already.")
        swap = ShiftSwap(
            organisation_id=actor.organisation_id, shift_id=shift_id, other_shift_id=other_shift_id,
            from_id=actor.user_id, to_id=to.id, note=note[:500], asked_at=parts.now(),
        )  # fmt: skip
        await _rest_allows(session, shift, other, swap)
        session.add(swap)
        await session.flush()
        await _record(session, parts, actor, "swap_asked", swap)
        await _tell(session, parts, swap, shift, other, actor.name, to)
    parts.bell.ring("alert")
    return swap


async def answer_swap(parts: Parts, actor: Actor, swap_id: int, *, agree: bool) -> SwapState:
    """Agree or decline, once. Agreed, the places change in the same transaction."""
    async with parts.db.write() as session:
        swap = await _open(session, actor, swap_id)
        if actor.user_id != swap.to_id:
            raise Refused("Chỉ người được nhờ mới trả lời được.", "Only whoever was asked can answer.")
        swap.state, swap.answered_at = SwapState.DECLINED, parts.now()
        if agree:
            swap.state = await _change(session, parts, swap)
        await _record(session, parts, actor, f"swap_{swap.state}", swap)
        await _tell_answer(session, parts, swap, actor.name)
        state = SwapState(swap.state)
    parts.bell.ring("alert")
    return state


async def withdraw_swap(parts: Parts, actor: Actor, swap_id: int) -> None:
    """Take the question back before it is answered."""
    async with parts.db.write() as session:
        swap = await _open(session, actor, swap_id)
        if actor.user_id != swap.from_id:
            raise Refused("Chỉ người nhờ mới rút lại được.", "Only whoever asked can take it back.")
        swap.state, swap.answered_at = SwapState.WITHDRAWN, parts.now()
        await _record(session, parts, actor, "swap_withdrawn", swap)


async def open_swaps(session: AsyncSession, actor: Actor) -> Sequence[ShiftSwap]:
    """The questions that wait, of this person and to this person."""
    mine = or_(ShiftSwap.from_id == actor.user_id, ShiftSwap.to_id == actor.user_id)
    query = select(ShiftSwap).where(ShiftSwap.state == SwapState.ASKED, mine).order_by(col(ShiftSwap.id))
    return (await session.exec(query)).all()


def seat_of(shift: RotaShift, person_id: int) -> str:
    """The place that a person has in a shift; empty when none."""
    return next((seat for seat in SEATS if getattr(shift, seat) == person_id), "")


# -- within -----------------------------------------------------------------------------------------------------------


def _may_change(shift: RotaShift, other: RotaShift | None, from_id: int, to_id: int) -> None:
    """Raise `Refused` when these two cannot change these places."""
    if not seat_of(shift, from_id) or (other is not None and not seat_of(other, to_id)):
        raise Refused("Mỗi người chỉ đổi được ca của mình.", "Each can change their own shift only.")
    if seat_of(shift, to_id) or (other is not None and seat_of(other, from_id)):
        raise Refused("Một người không giữ hai vị trí trong một ca.", "Nobody has two places in one shift.")


async def _open(session: AsyncSession, actor: Actor, swap_id: int) -> ShiftSwap:
    swap = await session.get(ShiftSwap, swap_id, with_for_update=ROW)
    if swap is None or swap.organisation_id != actor.organisation_id:
        raise NotFound("lời nhờ đổi ca này", "such request")
    if swap.state != SwapState.ASKED:
        raise Refused("Lời nhờ này đã được trả lời.", "This request has been answered.")
    return swap


async def _change(session: AsyncSession, parts: Parts, swap: ShiftSwap) -> SwapState:
    """Let the places change, unless the rota is another by now or the shift is over."""
    shift = await session.get_one(RotaShift, swap.shift_id, with_for_update=ROW)
    other = await session.get_one(RotaShift, swap.other_shift_id, with_for_update=ROW) if swap.other_shift_id else None
    try:
        _may_change(shift, other, swap.from_id, swap.to_id)
    except Refused:
        return SwapState.VOID
    if min(s.ends_at for s in (shift, other) if s is not None) <= parts.now():
        return SwapState.VOID
    await _rest_allows(session, shift, other, swap)
    setattr(shift, seat_of(shift, swap.from_id), swap.to_id)
    if other is not None:
        setattr(other, seat_of(other, swap.to_id), swap.from_id)
    return SwapState.AGREED


async def _rest_allows(session: AsyncSession, shift: RotaShift, other: RotaShift | None, swap: ShiftSwap) -> None:
    """Raise `Refused` when one of the two would be on too much."""
    changed = [_with(shift, swap.from_id, swap.to_id)]
    if other is not None:
        changed.append(_with(other, swap.to_id, swap.from_id))
    zone = await zone_of(session, swap.organisation_id)
    await check_rest(session, swap.organisation_id, changed, zone)


def _with(shift: RotaShift, was: int, now: int) -> RotaShift:
    """The shift as it would be."""
    return RotaShift(**shift.model_dump() | {seat_of(shift, was): now})


async def _tell(
    session: AsyncSession, parts: Parts, swap: ShiftSwap, shift: RotaShift, other: RotaShift | None, name: str, to: User
) -> None:
    voice = voice_of(parts, await session.get_one(Organisation, swap.organisation_id))
    when, theirs = _span(shift, voice), _span(other, voice) if other is not None else ""
    text = voice.say(
        f"🔁 {name} nhờ {to.name} trực thay ca {when}" + (f", đổi lấy ca {theirs}." if theirs else "."),
        f"🔁 {name} asks {to.name} to take the shift {when}" + (f", for the one {theirs}." if theirs else "."),
    )
    if swap.note:
        text += f"\n“{swap.note}”"
    yes, no = voice.say("✅ Đồng ý", "✅ Agree"), voice.say("✖️ Không", "✖️ No")
    await _say(session, parts, swap, "asked", text, to.telegram_id, (((yes, SWAP_YES), (no, SWAP_NO)),))


async def _tell_answer(session: AsyncSession, parts: Parts, swap: ShiftSwap, name: str) -> None:
    voice = voice_of(parts, await session.get_one(Organisation, swap.organisation_id))
    when = _span(await session.get_one(RotaShift, swap.shift_id), voice)
    asker = await session.get_one(User, swap.from_id)
    word = {
        SwapState.AGREED: voice.say("đã đổi", "changed"),
        SwapState.DECLINED: voice.say("không đổi được, ca giữ nguyên", "declined, the shift stays"),
    }.get(SwapState(swap.state), voice.say("lịch đã khác, ca giữ nguyên", "the rota is another by now"))
    await _say(session, parts, swap, "answered", f"🔁 {asker.name} ↔ {name}, {when}: {word}.", asker.telegram_id)


async def _say(
    session: AsyncSession, parts: Parts, swap: ShiftSwap, what: str, text: str, person: str, buttons: Buttons = ()
) -> None:
    """To the duty chat, and to the person where there is a private chat."""
    chats = [duty_chat(parts, await session.get_one(Organisation, swap.organisation_id)), person]
    for chat in dict.fromkeys(chat for chat in chats if chat):
        await queue_alert(
            session, organisation_id=swap.organisation_id, kind="rota", key=f"swap:{swap.id}:{what}:{chat}",
            chat_id=chat, text=escape(text, quote=False), buttons=buttons, about={"swap": str(swap.id)},
            at=parts.now(),
        )  # fmt: skip


def _span(shift: RotaShift, voice: Voice) -> str:
    start, end = shift.starts_at.astimezone(voice.tz), shift.ends_at.astimezone(voice.tz)
    return f"{start:%H:%M %d/%m}–{end:%H:%M %d/%m}"


async def _record(session: AsyncSession, parts: Parts, actor: Actor, action: str, swap: ShiftSwap) -> None:
    await record(
        session, at=parts.now(), action=action, subject=f"shift:{swap.shift_id}",
        organisation_id=actor.organisation_id, user_id=actor.user_id, swap=swap.id, from_id=swap.from_id,
        to_id=swap.to_id, other_shift=swap.other_shift_id,
    )  # fmt: skip
