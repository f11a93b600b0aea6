"""Silencing alarms of one kind for a while, and ending that early: on the list of incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.deeds import after_deed, deed
from bot.console.form import Form, read_form
from bot.console.lookups import names
from bot.console.rules import DESK, Page
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.duty.quiet import LONGEST, active_silences
from bot.duty.silences import Quiet, end_silence, silence
from bot.parts import Parts
from models.incident import Silence

HOURS = (1, 2, 4, 8, 12, 24)
assert max(HOURS) <= LONGEST / timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """A silence that holds, and who placed it."""

    silence: Silence
    who: str


async def silences_of(session: AsyncSession, viewer: Viewer, parts: Parts) -> list[Shown]:
    """Read the silences that hold now."""
    rows = await active_silences(session, viewer.office, parts.now())
    people = await names(session, {row.placed_by_id for row in rows})
    return [Shown(row, people.get(row.placed_by_id or 0, "Loa")) for row in rows]


async def place(request: web.Request) -> web.StreamResponse:
    """Silence what the form names."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        what = Quiet(field=sent.text("field"), locality=sent.text("locality", 80), words=sent.text("words", 120))
        hours, why = sent.text("hours"), sent.text("why", 300)
    if hours not in {str(number) for number in HOURS}:
        raise web.HTTPBadRequest
    await silence(parts, viewer.actor, what, lasts=timedelta(hours=int(hours)), why=why)
    return after_deed(request, "Đã tắt tiếng. Hết giờ Loa tự báo lại.", "/incidents")


async def _end(parts: Parts, viewer: Viewer, silence_id: int, sent: Form) -> None:
    await end_silence(parts, viewer.actor, silence_id)


PAGES = (
    Page("POST", "/silences", place, DESK),
    Page("POST", r"/silences/{id:\d{1,9}}/end", deed(_end, "Đã bật lại tiếng.", "/incidents"), DESK),
)
