"""The duty rota: who is on when, what is not planned, places that change, what one shift leaves to the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.deeds import deed
from bot.console.form import BadField, Form, read_form
from bot.console.lookups import names
from bot.console.rules import DESK, READERS, ROTA_PLANNERS, Page
from bot.console.show import page
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.duty import swaps
from bot.duty.ahead import troubles_ahead
from bot.duty.plans import chain_of
from bot.duty.shifts import HANDOVER_UNTIL, ShiftPlan, add_shifts, leave_handover, remove_shift, shifts_between
from bot.parts import Actor, Parts, Refused
from models.incident import Level
from models.office import RotaShift, User, UserRole
from models.states import DESK as DESK_ROLES

SHOWN: Final = timedelta(days=28)
_ID = r"{id:\d{1,9}}"


async def rota(request: web.Request) -> web.StreamResponse:
    """The page."""
    return await _page(request)


async def _page(request: web.Request, refused: Refused | None = None, sent: Form | None = None) -> web.Response:
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        found = await _gather(session, parts, viewer)
    return page(
        request, "rota.html", status=422 if refused else 200, sent=sent,
        error=refused.text(viewer.actor.language) if refused else "", wrong_field=refused.at if refused else "",
        **found,
    )  # fmt: skip


async def _gather(session: AsyncSession, parts: Parts, viewer: Viewer) -> dict[str, Any]:
    now, actor = parts.now(), viewer.actor
    shifts = await shifts_between(session, viewer.office, now - HANDOVER_UNTIL, now + SHOWN)
    asked = await swaps.open_swaps(session, actor)
    ids = {getattr(s, seat) for s in shifts for seat in swaps.SEATS} | {i for s in asked for i in (s.from_id, s.to_id)}
    known = {shift.id: shift for shift in shifts}
    chains = [(level, await chain_of(session, viewer.office, level, now)) for level in list(Level)[1:]]
    return {
        "shifts": shifts,
        "by_id": known,
        "people": await names(session, ids),
        "officers": await _officers(session, viewer.office),
        "swaps": asked,
        "mine": {s.id for s in shifts if swaps.seat_of(s, actor.user_id) and s.ends_at > now},
        "to_hand_over": _to_hand_over(shifts, actor, parts),
        "troubles": await troubles_ahead(session, viewer.office, now, now + SHOWN, parts.settings.free_days),
        "chains": chains,
        "may_plan": ROTA_PLANNERS.admits(actor),
    }


async def _officers(session: AsyncSession, office: int) -> Sequence[User]:
    """Whoever may sit in a shift."""
    held = select(UserRole.user_id).where(UserRole.organisation_id == office, col(UserRole.role).in_(DESK_ROLES))
    rows = await session.exec(
        select(User).where(col(User.id).in_(held), col(User.active).is_(True)).order_by(col(User.name))
    )
    return rows.all()


def _to_hand_over(shifts: Sequence[RotaShift], actor: Actor, parts: Parts) -> RotaShift | None:
    """The person's own shift that has begun and can still leave something."""
    begun = [s for s in shifts if s.starts_at <= parts.now() and swaps.seat_of(s, actor.user_id)]
    return begun[-1] if begun else None


async def add(request: web.Request) -> web.StreamResponse:
    """Plan a shift, or the same for some weeks."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        try:
            await add_shifts(parts, viewer.actor, _plan(sent, viewer))
        except Refused as refused:
            return await _page(request, refused, sent)
    return web.Response(status=303, headers={"Location": "/rota"})


def _plan(sent: Form, viewer: Viewer) -> ShiftPlan:
    start, end = sent.moment("start", viewer.tz), sent.moment("end", viewer.tz)
    if start is None or end is None:
        raise BadField("start", "Hãy chọn giờ bắt đầu và kết thúc.", "Choose when it starts and ends.")
    return ShiftPlan(
        start, end, sent.text("primary"), sent.text("backup"), sent.text("head"), sent.text("note", 500),
        sent.number("weeks", 1, 52), sent.text("despite", 500),
    )  # fmt: skip


async def _remove(parts: Parts, viewer: Viewer, shift_id: int, sent: Form) -> None:
    await remove_shift(parts, viewer.actor, shift_id)


async def _hand_over(parts: Parts, viewer: Viewer, shift_id: int, sent: Form) -> None:
    await leave_handover(parts, viewer.actor, shift_id, sent.text("text", 2000))


async def _swap(parts: Parts, viewer: Viewer, shift_id: int, sent: Form) -> None:
    other = sent.number("other", 0, 999_999_999)
    await swaps.ask_swap(
        parts, viewer.actor, shift_id, sent.text("to"), other_shift_id=other or None, note=sent.text("note", 500)
    )


async def _answer(parts: Parts, viewer: Viewer, swap_id: int, sent: Form) -> None:
    await swaps.answer_swap(parts, viewer.actor, swap_id, agree=sent.text("answer") == "yes")


async def _withdraw(parts: Parts, viewer: Viewer, swap_id: int, sent: Form) -> None:
    await swaps.withdraw_swap(parts, viewer.actor, swap_id)


PAGES = (
    Page("GET", "/rota", rota, READERS),
    Page("POST", "/rota", add, ROTA_PLANNERS),
    Page("POST", f"/rota/{_ID}/remove", deed(_remove, "Đã bỏ ca trực.", "/rota"), ROTA_PLANNERS),
    Page("POST", f"/rota/{_ID}/handover", deed(_hand_over, "Đã ghi bàn giao cho ca sau.", "/rota"), DESK),
    Page("POST", f"/rota/{_ID}/swap", deed(_swap, "Đã gửi lời nhờ; chờ người kia đồng ý.", "/rota"), DESK),
    Page("POST", f"/swaps/{_ID}/answer", deed(_answer, "Đã trả lời lời nhờ đổi ca.", "/rota"), DESK),
    Page("POST", f"/swaps/{_ID}/withdraw", deed(_withdraw, "Đã rút lời nhờ.", "/rota"), DESK),
)
