"""The list of incidents, and one incident: what is said, by how many, where, and what may be done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.comments import heard
from bot.console.deeds import deed
from bot.console.form import Form
from bot.console.labels import FIELDS, VERDICTS
from bot.console.lookups import names
from bot.console.paging import Paging, take_page
from bot.console.rules import DESK, READERS, WRITERS, Page
from bot.console.show import fragment, page
from bot.console.silences import HOURS, silences_of
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.duty import desk, joining
from bot.duty.correction import draft_correction
from bot.duty.regroup import merge
from bot.parts import Parts
from models.incident import Incident, IncidentEvent
from models.learning import Verdict
from models.mention import Mention
from models.post import Post
from models.states import INCIDENT_MOVES, OPEN_INCIDENT, IncidentState

MOST_TEXTS = 40
_OWN_FORM = frozenset({"ack", "false_alarm"})
MOVES = tuple(move for move in INCIDENT_MOVES if move.roles and move.name not in _OWN_FORM)
"""Moves that are nothing else; the others have forms of their own."""
_ID = r"{id:\d{1,9}}"
_HOME = "/incidents/{id}"


async def incidents(request: web.Request) -> web.StreamResponse:
    """All incidents, newest first."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    wanted = select(Incident).where(Incident.organisation_id == viewer.office).order_by(col(Incident.id).desc())
    async with parts.db.read() as session:
        paging: Paging[Incident] = await take_page(session, wanted, request)
        silent = await silences_of(session, viewer, parts)
    return page(
        request, "incidents.html", paging=paging, silences=silent, fields=FIELDS, hours=HOURS,
        may_silence=DESK.admits(viewer.actor),
    )  # fmt: skip


async def incident(request: web.Request) -> web.StreamResponse:
    """One incident."""
    return page(request, "incident.html", **await _gather(request))


async def incident_live(request: web.Request) -> web.StreamResponse:
    """Its figures, kept fresh."""
    return fragment(request, "_incident.html", **await _gather(request))


async def _gather(request: web.Request) -> dict[str, Any]:
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        found = await desk.incident_in(session, viewer.actor, int(request.match_info["id"]))
        texts = await heard(session, await _texts(session, found))
        events = await _events(session, found)
        others = await _others(session, viewer, found)
        posts = (await session.exec(select(Post).where(Post.incident_id == found.id))).all()
        people = await names(session, {found.acked_by_id, found.seconded_by_id, *(e.user_id for e in events)})
    return {
        "incident": found,
        "evidence": found.evidence,
        "series": [(datetime.fromisoformat(at), count) for at, count in found.evidence.get("series", [])],
        "moves": [move for move in MOVES if IncidentState(found.state) in move.sources],
        "verdicts": VERDICTS,
        "texts": texts,
        "may_answer": WRITERS.admits(viewer.actor),
        "events": events,
        "posts": posts,
        "people": people,
        "may_second": joining.may_second(found, viewer.actor),
        "may_say_still": joining.may_say_still(found, viewer.actor),
        "actions": desk.incident_actions(found, viewer.actor),
        "others": others,
    }


async def _texts(session: AsyncSession, found: Incident) -> Sequence[Mention]:
    """The newest texts of the claim; never who wrote them."""
    rows = await session.exec(
        select(Mention)
        .where(Mention.claim_id == found.claim_id, col(Mention.deleted_at).is_(None), Mention.text != "")
        .order_by(col(Mention.written_at).desc())
        .limit(MOST_TEXTS)
    )
    return rows.all()


async def _others(session: AsyncSession, viewer: Viewer, found: Incident) -> Sequence[Incident]:
    """Open incidents that this one may turn out to be part of, for whoever may say so."""
    if not DESK.admits(viewer.actor) or found.state not in OPEN_INCIDENT:
        return []
    return [i for i in await desk.open_incidents(session, viewer.office) if i.id != found.id]


async def _events(session: AsyncSession, found: Incident) -> Sequence[IncidentEvent]:
    rows = await session.exec(
        select(IncidentEvent).where(IncidentEvent.incident_id == found.id).order_by(col(IncidentEvent.id))
    )
    return rows.all()


async def chart(request: web.Request) -> web.StreamResponse:
    """The picture that went to the chat, as it would be drawn now."""
    from bot.reports.charts import incident_chart

    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        found = await desk.incident_in(session, viewer.actor, int(request.match_info["id"]))
    drawn = await asyncio.to_thread(incident_chart, found.evidence, language=viewer.actor.language, tz=viewer.tz)
    return web.Response(body=drawn, content_type="image/png")


# -- doing ------------------------------------------------------------------------------------------------------------


async def _ack(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    await desk.acknowledge(parts, viewer.actor, incident_id)


async def _false_alarm(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    await desk.false_alarm(parts, viewer.actor, incident_id, sent.text("why", 500))


async def _draft(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    await draft_correction(parts, viewer.actor, incident_id)


async def _merge(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    into = sent.text("into")
    if not into.isascii() or not into.isdigit():
        raise await _bad(parts, viewer, incident_id)
    await merge(parts, viewer.actor, incident_id, int(into), sent.text("why", 500))


async def _escalate(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    await desk.escalate(parts, viewer.actor, incident_id)


async def _second(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    await joining.second(parts, viewer.actor, incident_id)


async def _still(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    await joining.still_on_it(parts, viewer.actor, incident_id)


async def _move(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    to = sent.text("to")
    if to not in set(IncidentState):
        raise await _bad(parts, viewer, incident_id)
    await desk.move_incident(parts, viewer.actor, incident_id, IncidentState(to), sent.text("why", 500))


async def _judge(parts: Parts, viewer: Viewer, incident_id: int, sent: Form) -> None:
    verdict = sent.text("verdict")
    if verdict not in set(Verdict):
        raise await _bad(parts, viewer, incident_id)
    await desk.judge(parts, viewer.actor, incident_id, Verdict(verdict))


async def _bad(parts: Parts, viewer: Viewer, incident_id: int) -> web.HTTPBadRequest:
    """A form that lacks something; a stranger hears that there is no such incident."""
    async with parts.db.read() as session:
        await desk.incident_in(session, viewer.actor, incident_id)
    return web.HTTPBadRequest()


PAGES = (
    Page("GET", "/incidents", incidents, READERS),
    Page("GET", f"/incidents/{_ID}", incident, READERS),
    Page("GET", f"/incidents/{_ID}/live", incident_live, READERS, live=True),
    Page("GET", f"/incidents/{_ID}/chart.png", chart, READERS, live=True),
    Page("POST", f"/incidents/{_ID}/ack", deed(_ack, "Bạn đã nhận sự cố.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/false-alarm", deed(_false_alarm, "Đã ghi nhận báo nhầm.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/judge", deed(_judge, "Đã ghi kết luận để hệ thống học.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/draft", deed(_draft, "Đã soạn đính chính; cần hai người duyệt.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/merge", deed(_merge, "Đã gộp hai sự cố.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/escalate", deed(_escalate, "Đã chuyển cấp.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/second", deed(_second, "Bạn là người thứ hai của sự cố.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/still", deed(_still, "Đã ghi: bạn vẫn đang xử lý.", _HOME), DESK),
    Page("POST", f"/incidents/{_ID}/move", deed(_move, "Đã chuyển bước.", _HOME), DESK),
)
