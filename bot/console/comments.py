"""What citizens wrote, under a post or to an inbox, what became of each text, and the form to answer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.console.deeds import Act, deed
from bot.console.flash import FLASH
from bot.console.form import Form, read_form
from bot.console.paging import Paging, take_page
from bot.console.preview import show, wrongs
from bot.console.rules import MODERATORS, READERS, WRITERS, Page
from bot.console.show import fragment, page
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import Parts, Refused
from bot.publishing import answers, moderation
from bot.publishing.rows import read_post
from bot.publishing.writing import Outdated
from channels.base import Can, measure
from channels.errors import Told
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.mention import ActKind, CommentAct, Mention
from models.post import Post

_ID = r"{id:\d{1,9}}"


@dataclass(frozen=True)
class Heard:
    """A citizen's text, what became of it, the post of ours that it stands under, and why it cannot be answered."""

    text: Mention
    standing: answers.Standing
    under: Post | None = None
    why_not: Told | None = None
    hiding: CommentAct | None = None
    liking: CommentAct | None = None

    @property
    def why_not_hidden(self) -> Told | None:
        """Why it is not hidden; None where it can be."""
        return moderation.why_not(self.text, ActKind.HIDE)

    @property
    def can_be_liked(self) -> bool:
        """Whether it can be liked there."""
        return moderation.why_not(self.text, ActKind.LIKE) is None


async def heard(session: AsyncSession, texts: Sequence[Mention]) -> list[Heard]:
    """Return the texts with all that is shown beside them."""
    became, under = await answers.standings(session, texts), await _posts_of(session, texts)
    acts = await moderation.standing(session, [t.id or 0 for t in texts])
    return [
        Heard(
            t, became[t.id or 0], under.get(t.delivery_id or 0), answers.why_not(t),
            acts.get((t.id or 0, Can.HIDE_COMMENT)), acts.get((t.id or 0, Can.LIKE_COMMENT)),
        )
        for t in texts
    ]  # fmt: skip


async def _posts_of(session: AsyncSession, texts: Sequence[Mention]) -> dict[int, Post]:
    ids = {t.delivery_id for t in texts if t.delivery_id is not None}
    if not ids:
        return {}
    query = select(Delivery.id, Post).join(Post, col(Post.id) == Delivery.post_id).where(col(Delivery.id).in_(ids))
    return {i: found for i, found in (await session.exec(query)).all() if i is not None}


# -- reading ----------------------------------------------------------------------------------------------------


async def comments(request: web.Request) -> web.StreamResponse:
    """All of it, or what stands under one post, on one channel, or what nobody answered yet."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    asked, channel = request.query.get("post", ""), request.query.get("channel", "")
    wanted = answers.written_to(viewer.office)
    async with parts.db.read() as session:
        under = None
        if asked:
            number = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
            under = await read_post(session, viewer.office, number)
            wanted = wanted.where(answers.under(under.id))
        if channel in CHANNELS:
            wanted = wanted.where(Mention.channel == channel)
        if request.query.get("open"):
            wanted = wanted.where(*answers.unanswered())
        paging: Paging[Mention] = await take_page(session, wanted, request)
        rows = await heard(session, paging.rows)
    return page(
        request, "comments.html", paging=paging, heard=rows, under=under, channel=channel, channels=list(CHANNELS),
        open=bool(request.query.get("open")), may_answer=WRITERS.admits(viewer.actor),
        may_moderate=MODERATORS.admits(viewer.actor), back=request.path_qs,
    )  # fmt: skip


# -- answering --------------------------------------------------------------------------------------------------


async def answer_page(request: web.Request) -> web.StreamResponse:
    """The form for an answer, with the words of the one that is on its way and may still be changed."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        asked = await answers.asked_of(session, viewer.office, int(request.match_info["id"]))
        found = await answers.open_answer(session, asked)
    text, version = (found[1], found[0].version) if found else ("", 0)
    return await _show(request, asked, text, version, checked=bool(found))


async def answer(request: web.Request) -> web.StreamResponse:
    """Hand an answer in, or change the one on its way: `version` is what the writer saw of it, 0 for a new one."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        async with parts.db.read() as session:
            asked = await answers.asked_of(session, viewer.office, int(request.match_info["id"]))
            found = await answers.open_answer(session, asked)
        text, version = sent.raw(f"text-{asked.channel}"), sent.number("version", 0, 10**6)
        if sent.raw("do") == "preview":
            return await _show(request, asked, text, version, checked=True)
        try:
            if version and found:
                post_id = found[0].id or 0
                await answers.revise_answer(parts, viewer.actor, post_id, text, version)
            else:
                post_id = await answers.hand_in_answer(parts, viewer.actor, asked.id or 0, text)
        except Refused as refused:
            return await _show(request, asked, text, version, checked=True, refused=refused)
    request.app[FLASH].say(viewer.session_id, request[WORDS].gettext("Đã gửi duyệt."))
    return web.Response(status=303, headers={"Location": f"/posts/{post_id}"})


async def preview(request: web.Request) -> web.StreamResponse:
    """Compose what the form holds right now (asked by the page's script while writing)."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        async with parts.db.read() as session:
            asked = await answers.asked_of(session, viewer.office, int(request.match_info["id"]))
        return fragment(
            request, "_answer_preview.html", **await _composed(request, asked, sent.raw(f"text-{asked.channel}"))
        )


async def _show(
    request: web.Request, asked: Mention, text: str, version: int, *, checked: bool, refused: Refused | None = None
) -> web.Response:
    """The page. What cannot be answered is told instead of a form."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    why_not = answers.why_not(asked)
    async with parts.db.read() as session:
        [found] = await heard(session, [asked])
    context: dict[str, Any] = {"h": found, "form": None, "shown": None, "problems": {}}
    if why_not is None:
        limit = answers.limit_of(asked)
        length = measure(text.strip(), limit.unit)
        context |= {"form": {"text": text, "version": version, "limit": limit, "length": length}}
        context |= await _composed(request, asked, text) if checked else {}
    # what the validator found stands beside the field; anything else that was refused is said above
    elsewhere = refused if refused is not None and not context["problems"] else None
    return page(
        request, "answer.html", status=422 if refused else 200, **context, outdated=isinstance(refused, Outdated),
        error=elsewhere.text(viewer.actor.language) if elsewhere else "",
        window=answers.window_told(asked, parts.now()),
    )  # fmt: skip


async def _composed(request: web.Request, asked: Mention, text: str) -> dict[str, Any]:
    """The card as it will be sent, and what is wrong with it."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    out, account, problems = await answers.look_ahead(parts, asked, text)
    return {
        "shown": show(out, name=account.name),
        "problems": wrongs({asked.channel: problems} if problems else {}, viewer.actor.language),
    }


# -- hiding and liking ------------------------------------------------------------------------------------------


def _act(kind: ActKind) -> Act:
    async def act(parts: Parts, viewer: Viewer, mention_id: int, sent: Form) -> None:
        await moderation.ask(parts, viewer.actor, mention_id, kind, sent.raw("reason"))

    return act


_hide, _show_again, _like, _unlike = (_act(kind) for kind in ActKind)
_HOME = "/comments"
PAGES = (
    Page("GET", "/comments", comments, READERS),
    Page("POST", f"/comments/{_ID}/hide", deed(_hide, "Loa đang ẩn bình luận.", _HOME), MODERATORS),
    Page("POST", f"/comments/{_ID}/show", deed(_show_again, "Loa đang hiện lại.", _HOME), MODERATORS),
    Page("POST", f"/comments/{_ID}/like", deed(_like, "Loa đang bấm thích.", _HOME), MODERATORS),
    Page("POST", f"/comments/{_ID}/unlike", deed(_unlike, "Loa đang bỏ thích.", _HOME), MODERATORS),
    Page("GET", f"/comments/{_ID}/answer", answer_page, WRITERS),
    Page("POST", f"/comments/{_ID}/answer", answer, WRITERS),
    Page("POST", f"/comments/{_ID}/preview", preview, WRITERS),
)
