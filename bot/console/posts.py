"""The list of posts, one post with everything that happened to it, and what may be done with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.deeds import deed
from bot.console.flash import FLASH
from bot.console.form import Form, read_form
from bot.console.guard import CSP
from bot.console.paging import Paging, take_page
from bot.console.preview import Shown, show, show_stored, wrongs
from bot.console.rules import (
    EDITORS,
    HOLDERS,
    READERS,
    RETURNERS,
    SETTLERS,
    SIGNERS,
    WITHDRAWERS,
    WRITERS,
    Page,
)
from bot.console.show import fragment, page
from bot.console.today import channels_of, deliveries_of
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import NotFound, Parts, Refused
from bot.publishing import approval, queueing, writing
from bot.publishing.cautions import cautions_of
from bot.publishing.content import load
from bot.publishing.rows import accounts_of
from channels.registry import CHANNELS
from models.audit import AuditEntry
from models.delivery import Attempt, Delivery
from models.office import User
from models.post import Media, Post
from models.states import DeliveryState, PostState

_ID = r"{id:\d{1,9}}"


@dataclass(frozen=True)
class Carried:
    """A delivery with its account's name, its attempts, and what a person may decide."""

    delivery: Delivery
    account: str
    attempts: Sequence[Attempt]
    may_settle: bool
    may_retry: bool

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
        found = await own_post(session, viewer, post_id)
        bundle = await load(session, found)
        approvals = await approval.approvals_of(session, found)
        deliveries = (await deliveries_of(session, [found])).get(post_id, [])
        history = await _history(session, post_id)
        carried = await _carried(session, viewer, deliveries)
        people = await names(session, {found.author_id, *(a.user_id for a in approvals)})
    problems = await writing.review_post(parts, viewer.office, post_id) if found.state not in _DONE else {}
    return {
        "post": found,
        "bundle": bundle,
        "out": _DONE,
        "problems": wrongs(problems, viewer.actor.language),
        "cautions": await cautions_of(parts, post_id) if found.state in _WAITING else [],
        "answer_by": approval.answer_by(found) if found.state in _WAITING else None,
        "approvals": approvals,
        "needed": approval.approvals_needed(found),
        "actions": approval.allowed_actions(found, viewer.actor, approvals),
        "own": found.author_id == viewer.actor.user_id,
        "carried": carried,
        "shown": await _shown(parts, viewer, found, bundle.media, carried),
        "history": history,
        "people": people,
    }


_WAITING = (PostState.IN_REVIEW, PostState.PENDING)
_DONE = (PostState.GOING_OUT, PostState.PUBLISHED, PostState.PARTLY_FAILED, PostState.RETRACTED, PostState.CORRECTED)


async def _shown(
    parts: Parts, viewer: Viewer, found: Post, media: Sequence[Media], carried: Sequence[Carried]
) -> list[Shown]:
    """What is sent: what deliveries carry since the approval, else what would be composed now."""
    if carried:
        return shown_of(carried, media)
    composed = await writing.preview_post(parts, viewer.office, found.id or 0)
    named = await _account_names(parts, viewer.office)
    return [
        replace(show(out, name=named[kind][0], media=media), places=named[kind] if len(named[kind]) > 1 else ())
        for kind, out in composed.items()
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


async def _account_names(parts: Parts, office: int) -> dict[str, list[str]]:
    """Return the names of the accounts of each kind; a preview is composed for the first."""
    async with parts.db.read() as session:
        accounts = await accounts_of(session, office)
    return {kind: [a.name for a in accounts if a.kind == kind] for kind in CHANNELS}


async def _carried(session: AsyncSession, viewer: Viewer, deliveries: Sequence[Delivery]) -> list[Carried]:
    ids = [d.id for d in deliveries]
    if not ids:
        return []
    rows = await session.exec(
        select(Attempt).where(col(Attempt.delivery_id).in_(ids)).order_by(col(Attempt.number).desc())
    )
    attempts = rows.all()
    accounts = {a.id: a.name for a in await accounts_of(session, viewer.office)}
    may = SETTLERS.admits(viewer.actor)
    return [
        Carried(
            d,
            accounts.get(d.account_id, ""),
            [a for a in attempts if a.delivery_id == d.id],
            may and d.state == DeliveryState.UNKNOWN,
            may and d.state in (DeliveryState.REFUSED, DeliveryState.HELD),
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


async def names(session: AsyncSession, ids: set[int | None]) -> dict[int, str]:
    """Return the names of people by id."""
    known = [i for i in ids if i is not None]
    if not known:
        return {}
    rows = await session.exec(select(User.id, User.name).where(col(User.id).in_(known)))
    return {user_id: name for user_id, name in rows.all() if user_id is not None}


async def own_post(session: AsyncSession, viewer: Viewer, post_id: int) -> Post:
    """Return a post of the viewer's organisation. Raises `NotFound` for any other."""
    found = await session.get(Post, post_id)
    if found is None or found.organisation_id != viewer.office:
        raise NotFound("bài này", "such post")
    return found


async def media_file(request: web.Request) -> web.StreamResponse:
    """The bytes of a picture or clip of a post, to look at."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        media = await session.get(Media, int(request.match_info["media_id"]))
        if media is None:
            raise NotFound("tệp này", "such file")
        await own_post(session, viewer, media.post_id)
    if not Path(media.path).is_file():
        raise NotFound("tệp này", "such file")
    response = web.FileResponse(media.path, headers={"Content-Type": media.mime})
    response[CSP] = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
    return response


# -- doing ------------------------------------------------------------------------------------------------------


async def _submit(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.submit_post(parts, viewer.actor, post_id)


async def _forward(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.forward_post(parts, viewer.actor, post_id)


async def _approve(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.approve_post(parts, viewer.actor, post_id, sent.text("content_hash"))


async def _return(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await approval.return_post(parts, viewer.actor, post_id, sent.text("why", 500))


async def _hold(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    why = sent.text("why", 500)
    if not why:
        raise Refused("Hãy ghi lý do giữ bài.", "Give a reason for holding it.")
    await queueing.hold_post(parts, viewer.actor, post_id, why)


async def _release(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await queueing.release_post(parts, viewer.actor, post_id)


async def _cancel(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    await queueing.cancel_post(parts, viewer.actor, post_id)


async def _reschedule(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    due_at = sent.moment("due", viewer.tz)
    if due_at is not None and due_at < parts.now():
        raise Refused("Giờ đăng đã qua; hãy chọn giờ sau bây giờ.", "That time has passed; choose a later one.")
    await queueing.reschedule_post(parts, viewer.actor, post_id, due_at)


async def _withdraw(parts: Parts, viewer: Viewer, post_id: int, sent: Form) -> None:
    left = await queueing.withdraw_post(parts, viewer.actor, post_id, sent.text("why", 500))
    if left:
        where = ", ".join(left)
        raise Refused(
            f"Đã gỡ ở các kênh cho phép. Còn phải gỡ bằng tay trên: {where}.",
            f"Taken down where possible. Take it down by hand on: {where}.",
        )


async def settle(request: web.Request) -> web.StreamResponse:
    """A person looked at the channel: it is there, or send again."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    delivery_id = int(request.match_info["id"])
    async with read_form(request) as sent:
        answer = sent.raw("there")
        if answer not in ("yes", "no"):
            raise web.HTTPBadRequest
        await queueing.settle_unknown(parts, viewer.actor, delivery_id, there=answer == "yes")
    return await _back_to_post(request, delivery_id)


async def retry(request: web.Request) -> web.StreamResponse:
    """Send a refused or held delivery again."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    delivery_id = int(request.match_info["id"])
    await queueing.retry_delivery(parts, viewer.actor, delivery_id)
    return await _back_to_post(request, delivery_id)


async def _back_to_post(request: web.Request, delivery_id: int) -> web.Response:
    async with request.app[PARTS].db.read() as session:
        delivery = await session.get_one(Delivery, delivery_id)
    request.app[FLASH].say(viewer_of(request).session_id, request[WORDS].gettext("Đã ghi nhận."))
    return web.Response(status=303, headers={"Location": f"/posts/{delivery.post_id}#deliveries"})


PAGES = (
    Page("GET", "/posts", posts, READERS),
    Page("GET", f"/posts/{_ID}", post, READERS),
    Page("GET", f"/posts/{_ID}/live", post_live, READERS, live=True),
    Page("GET", r"/files/{media_id:\d{1,9}}", media_file, READERS),
    Page("POST", f"/posts/{_ID}/submit", deed(_submit, "Đã gửi duyệt.", "posts"), WRITERS),
    Page("POST", f"/posts/{_ID}/forward", deed(_forward, "Đã chuyển duyệt.", "posts"), EDITORS),
    Page("POST", f"/posts/{_ID}/approve", deed(_approve, "Đã duyệt.", "posts"), SIGNERS),
    Page("POST", f"/posts/{_ID}/return", deed(_return, "Đã trả lại.", "posts"), RETURNERS),
    Page("POST", f"/posts/{_ID}/hold", deed(_hold, "Đã giữ bài lại.", "posts"), HOLDERS),
    Page("POST", f"/posts/{_ID}/release", deed(_release, "Đã thả bài.", "posts"), HOLDERS),
    Page("POST", f"/posts/{_ID}/cancel", deed(_cancel, "Đã hủy bài.", "posts"), HOLDERS),
    Page("POST", f"/posts/{_ID}/reschedule", deed(_reschedule, "Đã đổi giờ đăng.", "posts"), WRITERS),
    Page("POST", f"/posts/{_ID}/withdraw", deed(_withdraw, "Đã gỡ bài.", "posts"), WITHDRAWERS),
    Page("POST", f"/deliveries/{_ID}/settle", settle, SETTLERS),
    Page("POST", f"/deliveries/{_ID}/retry", retry, SETTLERS),
)
DONE = tuple(sorted({"Đã gửi duyệt.", "Đã chuyển duyệt.", "Đã duyệt.", "Đã trả lại.", "Đã giữ bài lại.", "Đã thả bài.",
    "Đã hủy bài.", "Đã đổi giờ đăng.", "Đã gỡ bài."}))  # fmt: skip
