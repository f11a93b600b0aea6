"""The queue: what waits, what is on its way, what needs a person, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.labels import QUEUE_VIEWS
from bot.console.queue_rows import MOST_COUNTED, VIEWS, Row, count, take
from bot.console.rules import HOLDERS, READERS, SETTLERS, STOPPERS, WRITERS, Page
from bot.console.show import fragment, page
from bot.console.stops import Stop, stops_of
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.parts import Parts
from bot.publishing.late import may_let_go
from bot.publishing.stuck import OWN_FAULT, Stuck, stuck
from bot.publishing.stuck import Why as Late
from bot.publishing.waiting import Reason, reasons
from bot.publishing.writing import EDITABLE
from channels.errors import Told
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.office import Account
from models.post import Post
from models.states import ON_ITS_WAY, DeliveryState, PostState

_TABS = ("attention", "stuck", "queued", "in_flight", "held")


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
    todo: Told | None = None


@dataclass(frozen=True)
class Asked:
    """Which part of the queue, of which channel, from where on; all empty: an overview."""

    view: str = ""
    channel: str = ""
    after: str = ""

    @classmethod
    def by(cls, request: web.Request) -> Asked:
        """Read the address; what it names that is not there counts as empty."""
        view, channel = request.query.get("view", ""), request.query.get("channel", "")
        view, channel = view if view in QUEUE_VIEWS else "", channel if channel in CHANNELS else ""
        return cls(view, channel, request.query.get("after", "") if view else "")

    def address(self, **other: str) -> str:
        """Return the address of this part, or of another."""
        words = {"view": self.view, "channel": self.channel, "after": "", **other}
        query = urlencode({name: value for name, value in words.items() if value})
        return f"/queue?{query}" if query else "/queue"

    @property
    def here(self) -> str:
        """The address of this very look."""
        return self.address(after=self.after)


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
    viewer, parts, asked = viewer_of(request), request.app[PARTS], Asked.by(request)
    async with parts.db.read() as session:
        look = _Look(session, viewer, asked, parts, parts.now(), await stops_of(session, viewer))
        late = await look.late()
        counts = {name: await look.count(name) for name in VIEWS} | {"stuck": len(late)}
        unseen = [s for s in late if asked.view or not _has_own_part(s)]
        has = {"attention": counts["attention"], "stuck": len(unseen), "queued": True}
        names = [asked.view] if asked.view else [name for name, some in has.items() if some]
        shown = [look.of_late(unseen) if name == "stuck" else await look.part(name) for name in names]
    return {
        "asked": asked,
        "channels": list(CHANNELS),
        "names": QUEUE_VIEWS,
        "tabs": _TABS,
        "counts": counts,
        "most": MOST_COUNTED,
        "shown": shown,
        "stops": look.stops,
        "may_stop": STOPPERS.admits(viewer.actor),
        "updated_at": look.now,
    }


def _has_own_part(late: Stuck) -> bool:
    """True for what the overview shows in another part too, with its reason."""
    in_flight = late.delivery.state in (DeliveryState.SENDING, DeliveryState.CHECKING)
    return not in_flight and late.why not in (*OWN_FAULT, Late.BUSY)


@dataclass(frozen=True)
class _Look:
    """One look at the queue by one person."""

    session: AsyncSession
    viewer: Viewer
    asked: Asked
    parts: Parts
    now: datetime
    stops: Sequence[Stop]

    async def count(self, name: str) -> int:
        return await count(self.session, self.viewer.office, VIEWS[name], channel=self.asked.channel)

    async def late(self) -> list[Stuck]:
        found = await stuck(self.session, self.parts, self.viewer.office)
        return [s for s in found if self.asked.channel in ("", s.delivery.channel)]

    def of_late(self, late: Sequence[Stuck]) -> Part:
        rows = [replace(self._waiting((s.delivery, s.post, s.account)), todo=s.told) for s in late]
        return Part("stuck", rows, "")

    async def part(self, name: str) -> Part:
        taken = await take(
            self.session, self.viewer.office, VIEWS[name], channel=self.asked.channel, after=self.asked.after
        )
        more = self.asked.address(view=name, after=taken.after) if taken.after else ""
        return Part(name, [self._waiting(row) for row in taken.rows], more)

    def _waiting(self, row: Row) -> Waiting:
        delivery, post, account = row
        state, holds, settles = delivery.state, [s.hold for s in self.stops], SETTLERS.admits(self.viewer.actor)
        mends = state in (DeliveryState.REFUSED, DeliveryState.HELD) and post.state in ON_ITS_WAY
        lets_go = may_let_go(post, [delivery], self.viewer.actor, self.now)
        return Waiting(
            delivery,
            post,
            account,
            reasons(delivery, post, account, holds, self.now),
            may_settle=settles and state == DeliveryState.UNKNOWN,
            may_retry=settles and mends and lets_go,
            may_edit=WRITERS.admits(self.viewer.actor) and state == DeliveryState.REFUSED and post.state in EDITABLE,
            may_release=lets_go
            and HOLDERS.admits(self.viewer.actor)
            and state == DeliveryState.HELD
            and post.state == PostState.HELD,
        )


PAGES = (
    Page("GET", "/queue", queue, READERS),
    Page("GET", "/queue/live", queue_live, READERS, live=True),
)
