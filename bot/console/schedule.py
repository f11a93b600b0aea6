"""Queue slots a channel, and posts that recur."""

from __future__ import annotations

from datetime import datetime, time

from aiohttp import web
from sqlmodel import col, select

from bot.console.deeds import deed
from bot.console.form import BadField, Form, moment, read_form
from bot.console.labels import WEEKDAYS
from bot.console.rules import PLANNERS, READERS, WRITERS, Page
from bot.console.show import page
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.parts import Parts, Refused
from bot.publishing.recurring import end_recurrence, note_of, recurrences_of, repeat_post
from bot.publishing.slots import add_slot, remove_slot, slots_of
from channels.registry import CHANNELS
from models.post import Post
from models.queue import Every

_ID = r"{id:\d{1,9}}"


async def schedule(request: web.Request) -> web.StreamResponse:
    """The page."""
    return await _page(request)


async def _page(request: web.Request, refused: Refused | None = None) -> web.Response:
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        slots = await slots_of(session, viewer.office)
        recurring = await recurrences_of(session, viewer.office, parts.now())
        ids = {r.post_id for r in recurring}
        titles = dict((await session.exec(select(Post.id, Post.title).where(col(Post.id).in_(ids)))).all())
    return page(
        request, "schedule.html", status=422 if refused else 200,
        recurring=[(r, note_of(r)) for r in recurring], titles=titles,
        slots={kind: [s for s in slots if s.channel == kind] for kind in CHANNELS}, weekdays=WEEKDAYS,
        may_plan=PLANNERS.admits(viewer.actor), may_end=WRITERS.admits(viewer.actor),
        error=refused.text(viewer.actor.language) if refused else "", wrong_field=refused.at if refused else "",
    )  # fmt: skip


async def add(request: web.Request) -> web.StreamResponse:
    """Add a slot, on one day or on every working day."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        try:
            minute = _minute(sent)
            days = range(5) if sent.text("weekday") == "workdays" else [sent.number("weekday", 0, 6)]
            for weekday in days:
                await add_slot(parts, viewer.actor, sent.text("channel"), weekday, minute)
        except Refused as refused:
            return await _page(request, refused)
    return web.Response(status=303, headers={"Location": "/schedule"})


def _minute(sent: Form) -> int:
    """Return a time of the day as minutes since midnight. Raises `BadField`."""
    try:
        at = time.fromisoformat(sent.text("time"))
    except ValueError:
        raise BadField(
            "time", "Giờ không đúng dạng; ví dụ 08:30.", "That is no time of the day; for example 08:30."
        ) from None
    return at.hour * 60 + at.minute


async def _remove(parts: Parts, viewer: Viewer, slot_id: int, sent: Form) -> None:
    await remove_slot(parts, viewer.actor, slot_id)


async def _repeat(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    every = sent.text("every")
    if every not in set(Every):
        raise web.HTTPBadRequest
    await repeat_post(
        parts, viewer.actor, post_id, Every(every), minute=_minute(sent), weekday=sent.number("weekday", 0, 6),
        day=sent.number("day", 1, 31), ahead_h=sent.number("ahead_h", 1, 24 * 30), until=_end_of_day(sent, viewer),
    )  # fmt: skip


def _end_of_day(sent: Form, viewer: Viewer) -> datetime | None:
    text = sent.text("until", 10)
    return moment(f"{text}T23:59", "until", viewer.tz) if text else None


async def _end(parts: Parts, viewer: Viewer, recurrence_id: int, sent: Form) -> None:
    await end_recurrence(parts, viewer.actor, recurrence_id)


PAGES = (
    Page("GET", "/schedule", schedule, READERS),
    Page("POST", "/schedule", add, PLANNERS),
    Page(
        "POST",
        f"/slots/{_ID}/remove",
        deed(_remove, "Đã bỏ khung giờ. Bài đã xếp vào đó vẫn giữ giờ.", "/schedule"),
        PLANNERS,
    ),
    Page(
        "POST",
        f"/posts/{_ID}/repeat",
        deed(_repeat, "Đã đặt lịch lặp lại. Mỗi bản sao vẫn phải được duyệt.", "/schedule"),
        WRITERS,
    ),
    Page(
        "POST",
        f"/recurrences/{_ID}/end",
        deed(_end, "Đã dừng lặp lại. Những bản sao đã có vẫn còn.", "/schedule"),
        WRITERS,
    ),
)
