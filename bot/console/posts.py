"""The list of posts, and one post with everything that happened to it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.comments import heard
from bot.console.guard import CSP
from bot.console.labels import EVERY, WEEKDAYS
from bot.console.lookups import channels_of, deliveries_of, names
from bot.console.options import said_options
from bot.console.paging import Paging, take_page
from bot.console.preview import Shown, Translation, show, show_stored, translation, wrongs
from bot.console.readings import newest_readings
from bot.console.rules import READERS, SETTLERS, WRITERS, Page
from bot.console.show import fragment, page
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.parts import NotFound, Parts
from bot.publishing import answers, approval, writing
from bot.publishing.cautions import cautions_of
from bot.publishing.content import load
from bot.publishing.edits import edits_of
from bot.publishing.holds import active_holds
from bot.publishing.late import answer_by, may_let_go
from bot.publishing.rows import accounts_for, accounts_of, read_post
from bot.publishing.signing import may_sign
from bot.publishing.translations import unsigned_of
from bot.publishing.waiting import Reason, reasons
from channels.base import Can
from channels.errors import Told
from channels.registry import CHANNELS
from models.audit import AuditEntry
from models.delivery import Attempt, Delivery
from models.mention import Mention
from models.post import Media, Post, PostKind, Variant
from models.reading import Reading
from models.states import DeliveryState, PostState

LATEST = 10
_ID = r"{id:\d{1,9}}"


@dataclass(frozen=True)
class Carried:
    """A delivery with its account's name, its attempts, and what a person may decide."""

    delivery: Delivery
    account: str
    attempts: Sequence[Attempt]
    may_settle: bool
    may_retry: bool
    reasons: Sequence[Reason] = ()
    figures: Sequence[Reading] = ()

    @property
    def counts(self) -> bool:
        """Whether it is an item that has figures of its own."""
        return self.delivery.state == DeliveryState.SENT and not self.delivery.target_id

    @property
    def uncounted(self) -> Told | None:
        """Why its channel tells none."""
        return CHANNELS[self.delivery.channel].cannot.get(Can.READ_METRICS)

    @property
    def place(self) -> str:
        """Where it goes: the account, and the item it is written under where it is a comment."""
        return f"{self.account} · {self.delivery.target_id}" if self.delivery.target_id else self.account


@dataclass(frozen=True)
class Deed:
    """One line of a post's history."""

    entry: AuditEntry
    who: str


# -- looking ----------------------------------------------------------------------------------------------------


async def posts(request: web.Request) -> web.StreamResponse:
    """All posts, newest first, by state."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    state = request.query.get("state", "")
    wanted = select(Post).where(Post.organisation_id == viewer.office)
    if state in set(PostState):
        wanted = wanted.where(Post.state == state)
    async with parts.db.read() as session:
        paging: Paging[Post] = await take_page(
            session, wanted.order_by(col(Post.updated_at).desc(), col(Post.id).desc()), request
        )
        channels = await channels_of(session, paging.rows)
        authors = await names(session, {p.author_id for p in paging.rows})
    return page(
        request, "posts.html", paging=paging, channels=channels, authors=authors, state=state, states=list(PostState)
    )


async def post(request: web.Request) -> web.StreamResponse:
    """One post."""
    return page(request, "post.html", **await _gather(request))


async def post_live(request: web.Request) -> web.StreamResponse:
    """Its state and deliveries, kept fresh."""
    return fragment(request, "_post.html", **await _gather(request))


async def _gather(request: web.Request) -> dict[str, Any]:
    viewer, parts = viewer_of(request), request.app[PARTS]
    post_id = int(request.match_info["id"])
    async with parts.db.read() as session:
        found = await read_post(session, viewer.office, post_id)
        bundle = await load(session, found)
        approvals = await approval.approvals_of(session, found)
        deliveries = (await deliveries_of(session, [found])).get(post_id, [])
        history = await _history(session, post_id)
        carried = await _carried(session, viewer, found, deliveries, parts.now())
        signers = (v.signed_by for v in bundle.variants)
        people = await names(session, {found.author_id, *(a.user_id for a in approvals), *signers})
        asked_text = await _asked(session, found)
        asked = await heard(session, [asked_text] if asked_text is not None else [])
        latest = answers.written_to(viewer.office).where(answers.under(post_id)).limit(LATEST)
        comments = await heard(session, (await session.exec(latest)).all())
        edits = (await session.exec(edits_of(post_id))).all()
    problems = await writing.review_post(parts, viewer.office, post_id) if found.state not in _DONE else {}
    return {
        "post": found,
        "bundle": bundle,
        "out": _DONE,
        "problems": wrongs(problems, viewer.actor.language),
        "cautions": await cautions_of(parts, post_id) if found.state in _WAITING else [],
        "answer_by": answer_by(found) if found.state in _WAITING else None,
        "approvals": approvals,
        "needed": approval.approvals_needed(found),
        "may_repeat": WRITERS.admits(viewer.actor) and found.kind == PostKind.ROUTINE and found.state not in _GONE,
        "every": EVERY,
        "weekdays": WEEKDAYS,
        "unsigned": unsigned_of(bundle.variants),
        "may_sign": may_sign(found, viewer.actor),
        "actions": approval.allowed_actions(found, viewer.actor, approvals, deliveries, parts.now()),
        "own": found.author_id == viewer.actor.user_id,
        "carried": carried,
        "shown": _marked(await _shown(parts, viewer, found, bundle.media, carried), bundle.variants),
        "history": history,
        "edits": edits,
        "asked": asked,
        "window": answers.window_told(asked_text, parts.now()) if asked_text is not None else None,
        "comments": comments,
        "unread": [CHANNELS[c] for c in sorted({d.channel for d in deliveries}) if not _tells(c)],
        "may_answer": WRITERS.admits(viewer.actor),
        "people": people,
    }


def _tells(channel: str) -> bool:
    """Whether a channel tells what is written under a post."""
    return Can.READ_COMMENTS in CHANNELS[channel].can


async def _asked(session: AsyncSession, found: Post) -> Mention | None:
    """The citizen's text that an answer is for."""
    return await session.get(Mention, found.answers_id) if found.answers_id is not None else None


_SETTLED = (DeliveryState.CANCELLED, DeliveryState.RETRACTED)
_WAITING = (PostState.IN_REVIEW, PostState.PENDING)
_GONE = (PostState.RETRACTED, PostState.CORRECTED)
_DONE = (PostState.GOING_OUT, PostState.PUBLISHED, PostState.PARTLY_FAILED, PostState.RETRACTED, PostState.CORRECTED)


async def _shown(
    parts: Parts, viewer: Viewer, found: Post, media: Sequence[Media], carried: Sequence[Carried]
) -> list[Shown]:
    """What is sent: what deliveries carry since the approval, else what would be composed now."""
    if carried:
        return [*shown_of(carried, media), *await _still_to_follow(parts, viewer, found, media, carried)]
    composed = await writing.preview_post(parts, viewer.office, found.id or 0)
    named = await _account_names(parts, found)
    return [
        replace(
            show(out, name=named[kind][0], media=media), places=named[kind] if len(named[kind]) > 1 else (), number=n
        )
        for kind, outs in composed.items()
        for n, out in enumerate(outs)
    ]


async def _still_to_follow(
    parts: Parts, viewer: Viewer, found: Post, media: Sequence[Media], carried: Sequence[Carried]
) -> list[Shown]:
    """What will go out once these deliveries are out."""
    waits = {c.delivery.channel for c in carried if c.delivery.state not in (*_SETTLED, DeliveryState.SENT)}
    composed = await writing.preview_post(parts, viewer.office, found.id or 0) if waits else {}
    count = Counter(c.delivery.channel for c in carried)
    return [
        replace(show(out, media=media), number=count[kind] + n)
        for kind in waits
        for n, out in enumerate(composed.get(kind, [])[1:])
    ]


def _marked(shown: Sequence[Shown], variants: Sequence[Variant]) -> list[Shown]:
    """Mark what a machine translated, and say what was chosen of the channel's own words."""
    marks = {v.channel: translation(v) for v in variants}
    chosen = {v.channel: said_options(v.channel, v.options) for v in variants}
    return [
        replace(card, translation=marks.get(card.channel, Translation.NONE), options=chosen.get(card.channel, ()))
        for card in shown
    ]


def shown_of(carried: Sequence[Carried], media: Sequence[Media]) -> list[Shown]:
    """Return every different payload once, with the places it goes to where its channel has more than one."""
    by_payload: dict[tuple[str, str, str], list[Carried]] = {}
    for one in carried:
        payload = json.dumps(one.delivery.composed, sort_keys=True)
        by_payload.setdefault((one.delivery.channel, one.delivery.form, payload), []).append(one)
    places, numbers = Counter(c.delivery.channel for c in carried), Counter[str]()
    found = []
    for (channel, form, _), group in by_payload.items():
        card = show_stored(channel, form, group[0].delivery.composed, name=group[0].account, media=media)
        named = [c.place for c in group] if places[channel] > 1 else []
        found.append(replace(card, places=named, number=numbers[channel]))
        numbers[channel] += 1
    return found


async def _account_names(parts: Parts, found: Post) -> dict[str, list[str]]:
    """Return the names of the accounts of each kind that a post may go to; a preview is composed for the first."""
    async with parts.db.read() as session:
        accounts = await accounts_for(session, found)
    return {kind: [a.name for a in accounts if a.kind == kind] for kind in CHANNELS}


async def _carried(
    session: AsyncSession, viewer: Viewer, found: Post, deliveries: Sequence[Delivery], now: datetime
) -> list[Carried]:
    ids = [d.id for d in deliveries]
    if not ids:
        return []
    rows = await session.exec(
        select(Attempt).where(col(Attempt.delivery_id).in_(ids)).order_by(col(Attempt.number).desc())
    )
    attempts = rows.all()
    accounts = {a.id: a for a in await accounts_of(session, viewer.office)}
    figures = await newest_readings(session, deliveries)
    holds, may = await active_holds(session, viewer.office), SETTLERS.admits(viewer.actor)
    return [
        Carried(
            d,
            accounts[d.account_id].name,
            [a for a in attempts if a.delivery_id == d.id],
            may and d.state == DeliveryState.UNKNOWN,
            may
            and d.state in (DeliveryState.REFUSED, DeliveryState.HELD)
            and may_let_go(found, [d], viewer.actor, now),
            reasons(d, found, accounts[d.account_id], holds, now),
            figures.get(d.id or 0, ()),
        )
        for d in deliveries
    ]


async def _history(session: AsyncSession, post_id: int) -> list[Deed]:
    rows = await session.exec(
        select(AuditEntry).where(AuditEntry.subject == f"post:{post_id}").order_by(col(AuditEntry.id))
    )
    entries = rows.all()
    people = await names(session, {e.user_id for e in entries})
    return [Deed(e, people.get(e.user_id or 0, "Loa")) for e in entries]


async def media_file(request: web.Request) -> web.StreamResponse:
    """The bytes of a file of a post, to look at; `for`: as the picture goes to that channel."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        media = await session.get(Media, int(request.match_info["media_id"]))
        if media is None:
            raise NotFound("tệp này", "such file")
        await read_post(session, viewer.office, media.post_id)
    made = media.renditions.get(request.query.get("for", ""), {"path": media.path, "mime": media.mime})
    if not Path(made["path"]).is_file():
        raise NotFound("tệp này", "such file")
    response = web.FileResponse(made["path"], headers={"Content-Type": made["mime"]})
    response[CSP] = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
    return response


PAGES = (
    Page("GET", "/posts", posts, READERS),
    Page("GET", f"/posts/{_ID}", post, READERS),
    Page("GET", f"/posts/{_ID}/live", post_live, READERS, live=True),
    Page("GET", r"/files/{media_id:\d{1,9}}", media_file, READERS),
)
