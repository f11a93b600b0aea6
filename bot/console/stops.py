"""The red switch: holding everything, a channel or a topic at once, and letting it go on."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.deeds import deed
from bot.console.flash import FLASH
from bot.console.form import Form, read_form
from bot.console.labels import FIELDS
from bot.console.lookups import names
from bot.console.queue_rows import VIEWS, count
from bot.console.rules import STOPPERS, Page
from bot.console.show import page
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import Parts, Refused
from bot.publishing.holds import active_holds, place_hold, release_hold
from bot.publishing.waiting import scope_told
from channels.errors import Told
from channels.registry import CHANNELS
from models.office import Role
from models.queue import Hold, HoldScope

WHOLE = HoldScope.ORGANISATION.value


@dataclass(frozen=True)
class Stop:
    """An active hold as it is shown. `whole`: nothing of the organisation goes out."""

    hold: Hold
    what: Told
    who: str
    may_release: bool

    @property
    def whole(self) -> bool:
        """Whether it stops everything of the organisation."""
        return self.hold.scope in (HoldScope.ORGANISATION, HoldScope.EVERYTHING)


async def stops_of(session: AsyncSession, viewer: Viewer) -> list[Stop]:
    """Read what is stopped now, the widest first."""
    found = await active_holds(session, viewer.office)
    people = await names(session, {h.placed_by for h in found})
    shown = [
        Stop(h, scope_told(HoldScope(h.scope), h.key), people.get(h.placed_by or 0, "Loa"), _may(viewer, h.scope))
        for h in found
    ]
    return sorted(shown, key=lambda s: not s.whole)


def _may(viewer: Viewer, scope: str) -> bool:
    return viewer.actor.has(Role.ADMIN) if scope == HoldScope.EVERYTHING else STOPPERS.admits(viewer.actor)


def scopes_for(viewer: Viewer) -> dict[str, Told]:
    """Return what this person may stop, by the form's value: a scope, or a scope and its key."""
    found = [(WHOLE, HoldScope.ORGANISATION, "")]
    if _may(viewer, HoldScope.EVERYTHING):
        found.append((HoldScope.EVERYTHING.value, HoldScope.EVERYTHING, ""))
    found += [(f"{HoldScope.CHANNEL}:{kind}", HoldScope.CHANNEL, kind) for kind in CHANNELS]
    found += [(f"{HoldScope.TOPIC}:{code}", HoldScope.TOPIC, code) for code in FIELDS]
    return {value: scope_told(scope, key) for value, scope, key in found}


async def stop_page(request: web.Request) -> web.StreamResponse:
    """What will stop, why, and the button: the switch is never one slip of the hand away."""
    asked = request.query.get("scope", WHOLE)
    return await _page(request, asked)


async def _page(request: web.Request, chosen: str, *, why: str = "", refused: Refused | None = None) -> web.Response:
    viewer, parts = viewer_of(request), request.app[PARTS]
    scopes = scopes_for(viewer)
    async with parts.db.read() as session:
        waiting = await count(session, viewer.office, VIEWS["queued"])
        flying = await count(session, viewer.office, VIEWS["in_flight"])
    return page(
        request, "stop.html", status=422 if refused else 200, scopes=scopes, why=why, waiting=waiting, flying=flying,
        chosen=chosen if chosen in scopes else WHOLE, error=refused.text(viewer.actor.language) if refused else "",
    )  # fmt: skip


async def place(request: web.Request) -> web.StreamResponse:
    """Stop a scope."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        chosen, why = sent.text("scope"), sent.text("why", 500)
    scope, _, key = chosen.partition(":")
    if scope not in set(HoldScope):
        raise web.HTTPBadRequest
    try:
        await place_hold(parts, viewer.actor, HoldScope(scope), key, reason=why)
    except Refused as refused:
        return await _page(request, chosen, why=why, refused=refused)
    said = request[WORDS].gettext("Đã tạm dừng. Không có gì được gửi cho đến khi có người cho chạy tiếp.")
    request.app[FLASH].say(viewer.session_id, said, "warn")
    return web.Response(status=303, headers={"Location": "/queue"})


async def _release(parts: Parts, viewer: Viewer, hold_id: int, sent: Form) -> None:
    await release_hold(parts, viewer.actor, hold_id)


PAGES = (
    Page("GET", "/queue/stop", stop_page, STOPPERS),
    Page("POST", "/queue/stop", place, STOPPERS),
    Page(
        "POST",
        r"/holds/{id:\d{1,9}}/release",
        deed(_release, "Đã cho chạy tiếp. Bài nào quá trễ sẽ được giữ lại để hỏi.", "/queue"),
        STOPPERS,
    ),
)
