"""The first page: what needs this person, what goes out today, what came in, and how the channels are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.comments import heard
from bot.console.lookups import channels_of, deliveries_of
from bot.console.rules import READERS, WRITERS, Page
from bot.console.show import fragment, page
from bot.console.stops import stops_of
from bot.console.viewer import PARTS, Viewer, day_bounds, viewer_of
from bot.duty.desk import open_incidents
from bot.publishing import answers
from bot.publishing.approval import allowed_actions
from bot.publishing.late import answer_by
from models.delivery import Delivery
from models.mention import Mention
from models.office import Account, AccountStatus
from models.post import Approval, Post
from models.states import DeliveryState, PostState
from monitor.flow.waiting import backlog
from monitor.silence import Unheard, unheard
from monitor.surges import lately, sentence

LATEST = 10
_WAITING = (PostState.IN_REVIEW, PostState.PENDING, PostState.RETURNED, PostState.HELD)
_STUCK = (DeliveryState.UNKNOWN, DeliveryState.REFUSED, DeliveryState.HELD)


@dataclass(frozen=True)
class Outgoing:
    """A post of today with its deliveries."""

    post: Post
    at: datetime | None
    deliveries: Sequence[Delivery]
    channels: Sequence[str]


@dataclass(frozen=True)
class Waiting:
    """A post that this person can move on, the deed that is asked for, and until when a yes makes sense."""

    post: Post
    deed: str
    answer_by: datetime | None


async def today(request: web.Request) -> web.StreamResponse:
    """The whole page."""
    return page(request, "today.html", **await _gather(request))


async def today_live(request: web.Request) -> web.StreamResponse:
    """The part that is kept fresh."""
    return fragment(request, "_today.html", **await _gather(request))


async def _gather(request: web.Request) -> dict[str, Any]:
    viewer, parts = viewer_of(request), request.app[PARTS]
    now = parts.now()
    start, end = day_bounds(now, viewer.tz)
    async with parts.db.read() as session:
        return {
            "stops": await stops_of(session, viewer),
            "incidents": await open_incidents(session, viewer.office),
            "waiting": await _waiting(session, viewer, now),
            "stuck": await _stuck(session, viewer),
            "outgoing": await _outgoing(session, viewer, start, end),
            "counts": await _counts(session, viewer, start, end),
            "unscored": await backlog(session, viewer.office),
            "heard": await heard(session, (await session.exec(answers.written_to(viewer.office).limit(LATEST))).all()),
            "may_answer": WRITERS.admits(viewer.actor),
            "surges": [(row, name, sentence(row)) for row, name in await lately(session, viewer.office, now)],
            "troubled": await troubled_accounts(session, viewer.office, now),
            "updated_at": now,
        }


async def _waiting(session: AsyncSession, viewer: Viewer, now: datetime) -> list[Waiting]:
    """Posts whose next step is this person's."""
    rows = await session.exec(
        select(Post)
        .where(Post.organisation_id == viewer.office, col(Post.state).in_(_WAITING))
        .order_by(col(Post.due_at).asc().nulls_first(), col(Post.id))
        .limit(200)
    )
    posts = rows.all()
    signed, deliveries = await _approvals(session, posts), await deliveries_of(session, posts)
    found = []
    for post in posts:
        approvals, its = [a for a in signed if _counts_for(a, post)], deliveries.get(post.id or 0, [])
        allowed = allowed_actions(post, viewer.actor, approvals, its, now)
        deed = next((d for d in ("approve", "forward", "release") if d in allowed), "")
        if post.state == PostState.RETURNED and post.author_id == viewer.actor.user_id:
            deed = "edit"
        if deed:
            found.append(Waiting(post, deed, answer_by(post) if deed in ("approve", "forward") else None))
    return found


async def _approvals(session: AsyncSession, posts: Sequence[Post]) -> Sequence[Approval]:
    ids = [p.id for p in posts]
    return (await session.exec(select(Approval).where(col(Approval.post_id).in_(ids)))).all() if ids else []


def _counts_for(approval: Approval, post: Post) -> bool:
    return approval.post_id == post.id and approval.voided_at is None and approval.content_hash == post.content_hash


async def _stuck(session: AsyncSession, viewer: Viewer) -> Sequence[tuple[Delivery, Post]]:
    """Deliveries that wait for a person."""
    rows = await session.exec(
        select(Delivery, Post)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(Post.organisation_id == viewer.office, col(Delivery.state).in_(_STUCK))
        .where(Post.state != PostState.HELD)
        .order_by(col(Delivery.due_at))
        .limit(50)
    )
    return rows.all()


async def _outgoing(session: AsyncSession, viewer: Viewer, start: datetime, end: datetime) -> list[Outgoing]:
    """Posts due or published today, and approved ones that go out at once."""
    due = sa.and_(col(Post.due_at) >= start, col(Post.due_at) < end)
    out = sa.and_(col(Post.published_at) >= start, col(Post.published_at) < end)
    at_once = sa.and_(col(Post.due_at).is_(None), col(Post.state).in_([PostState.SCHEDULED, PostState.GOING_OUT]))
    rows = await session.exec(
        select(Post)
        .where(Post.organisation_id == viewer.office, sa.or_(due, out, at_once), Post.state != PostState.DRAFT)
        .order_by(sa.func.coalesce(Post.due_at, Post.published_at, Post.updated_at), col(Post.id))
        .limit(100)
    )
    posts = rows.all()
    deliveries = await deliveries_of(session, posts)
    planned = await channels_of(session, posts)
    return [
        Outgoing(p, p.due_at or p.published_at, deliveries.get(p.id or 0, []), planned.get(p.id or 0, []))
        for p in posts
    ]


async def _counts(session: AsyncSession, viewer: Viewer, start: datetime, end: datetime) -> Sequence[tuple[str, int]]:
    """Texts of citizens today by channel; channels that can be read and brought none are said with 0."""
    rows = await session.exec(
        select(Mention.channel, sa.func.count(col(Mention.id)))
        .where(Mention.organisation_id == viewer.office, col(Mention.own).is_(False))
        .where(Mention.written_at >= start, Mention.written_at < end)
        .group_by(Mention.channel)
        .order_by(Mention.channel)
    )
    return [(channel, count) for channel, count in rows.all()]


async def troubled_accounts(
    session: AsyncSession, organisation_id: int, now: datetime
) -> list[tuple[Account, Unheard | None]]:
    """Return accounts that need a person: lost, paused, not read for an hour, or read and unusually silent."""
    rows = await session.exec(
        select(Account).where(Account.organisation_id == organisation_id).order_by(Account.kind, Account.name)
    )
    found = [(account, unheard(account, now)) for account in rows.all()]
    return [(a, silence) for a, silence in found if a.status != AccountStatus.OK or silence is not None]


PAGES = (
    Page("GET", "/", today, READERS),
    Page("GET", "/today/live", today_live, READERS, live=True),
)
