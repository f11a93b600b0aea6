"""The queue: what waits, what is on its way, what needs a person, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.console.labels import QUEUE_VIEWS
from bot.console.queue_rows import MOST_COUNTED, Row, count, take, views
from bot.console.rules import HOLDERS, READERS, SETTLERS, STOPPERS, WRITERS, Page
from bot.console.show import fragment, page
from bot.console.stops import Stop, stops_of
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.publishing.waiting import Reason, reasons
from bot.publishing.writing import EDITABLE
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.office import Account
from models.post import Post
from models.states import DeliveryState, PostState

_TABS = ("attention", "stuck", "queued", "in_flight", "held")
_OVERVIEW = ("attention", "stuck", "queued")


@dataclass(frozen=True)
class Waiting:
    """One delivery of the queue, why it waits, and what this person may do about it."""

    delivery: Delivery
    post: Post
    account: Account
    reasons: Sequence[Reason]
    may_settle: bool
    may_retry: bool
    may_edit: bool
    may_release: bool


@dataclass(frozen=True)
class Part:
    """One list of the page; `more` is the address of what follows, empty at the end."""

    name: str
    rows: Sequence[Waiting]
    more: str


async def queue(request: web.Request) -> web.StreamResponse:
    """The whole page."""
    return page(request, "queue.html", **await _gather(request))


async def queue_live(request: web.Request) -> web.StreamResponse:
    """The part that is kept fresh."""
    return fragment(request, "_queue.html", **await _gather(request))


async def _gather(request: web.Request) -> dict[str, Any]:
    viewer, parts = viewer_of(request), request.app[PARTS]
    now, known = parts.now(), views(parts.now())
    view, channel = request.query.get("view", ""), request.query.get("channel", "")
    view, channel = view if view in known else "", channel if channel in CHANNELS else ""
    after = request.query.get("after", "") if view else ""

    def address(**more: str) -> str:
        asked = {name: value for name, value in {"view": view, "channel": channel, **more}.items() if value}
        return f"/queue?{urlencode(asked)}" if asked else "/queue"

    shown = []
    async with parts.db.read() as session:
        stops = await stops_of(session, viewer)
        counts = {name: await count(session, viewer.office, known[name], channel=channel) for name in _TABS}
        for name in [view] if view else [n for n in _OVERVIEW if counts[n] or n == "queued"]:
            taken = await take(session, viewer.office, known[name], channel=channel, after=after)
            rows = [_waiting(row, viewer, stops, now) for row in taken.rows]
            shown.append(Part(name, rows, address(view=name, after=taken.after) if taken.after else ""))
    return {
        "view": view,
        "channel": channel,
        "channels": list(CHANNELS),
        "names": QUEUE_VIEWS,
        "tabs": _TABS,
        "counts": counts,
        "most": MOST_COUNTED,
        "shown": shown,
        "stops": stops,
        "may_stop": STOPPERS.admits(viewer.actor),
        "after": after,
        "address": address,
        "here": address(after=after),
        "updated_at": now,
    }


def _waiting(row: Row, viewer: Viewer, stops: Sequence[Stop], now: datetime) -> Waiting:
    delivery, post, account = row
    settles, state = SETTLERS.admits(viewer.actor), delivery.state
    return Waiting(
        delivery,
        post,
        account,
        reasons(delivery, post, account, [s.hold for s in stops], now),
        may_settle=settles and state == DeliveryState.UNKNOWN,
        may_retry=settles
        and state in (DeliveryState.REFUSED, DeliveryState.HELD)
        and post.state in (PostState.GOING_OUT, PostState.PARTLY_FAILED),
        may_edit=WRITERS.admits(viewer.actor) and state == DeliveryState.REFUSED and post.state in EDITABLE,
        may_release=HOLDERS.admits(viewer.actor) and state == DeliveryState.HELD and post.state == PostState.HELD,
    )


PAGES = (
    Page("GET", "/queue", queue, READERS),
    Page("GET", "/queue/live", queue_live, READERS, live=True),
)
