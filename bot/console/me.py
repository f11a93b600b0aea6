"""One's own page: language, password, and the one-time code that ties the chat account."""

from __future__ import annotations

from aiohttp import web

from bot.console.auth import is_own_path
from bot.console.form import BadField, read_form
from bot.console.rules import SIGNED_IN, Page
from bot.console.show import page
from bot.console.viewer import PARTS, viewer_of
from bot.console.words import LANGUAGES
from bot.parts import Refused
from bot.people import LINK_CODE_LIVES, make_link_code, new_password, set_password, verify_password
from models.office import User


async def me(request: web.Request) -> web.StreamResponse:
    """The page."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.read() as session:
        user = await session.get_one(User, viewer.actor.user_id)
    return _page(request, user)


def _page(request: web.Request, user: User, *, code: str = "", refused: BadField | None = None) -> web.Response:
    said = refused.text(viewer_of(request).actor.language) if refused else ""
    at = refused.at if refused else ""
    return page(
        request, "me.html", status=422 if refused else 200, user=user, code=code, error=said, wrong_field=at,
        code_minutes=int(LINK_CODE_LIVES.total_seconds() // 60),
    )  # fmt: skip


async def language(request: web.Request) -> web.StreamResponse:
    """Change the language of the console and stay where one was."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        chosen, back = sent.raw("language"), sent.text("back", 300)
    if chosen not in LANGUAGES:
        raise web.HTTPBadRequest
    async with parts.db.write() as session:
        user = await session.get_one(User, viewer.actor.user_id)
        user.language = chosen
    return web.Response(status=303, headers={"Location": back if is_own_path(back) else "/me"})


async def password(request: web.Request) -> web.StreamResponse:
    """Change one's own password; the old one must be known. Every sign-in ends, this one too: the way goes on there."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        old, new = sent.raw("old"), sent.raw("new")
    async with parts.db.read() as session:
        user = await session.get_one(User, viewer.actor.user_id)
    if not await verify_password(user, old):
        wrong = BadField("old", "Mật khẩu hiện tại không đúng.", "The current password is not right.")
        return _page(request, user, refused=wrong)
    try:
        hashed = await new_password(user.login, new)
    except Refused as weak:
        return _page(request, user, refused=BadField("new", weak.vi, weak.en))
    async with parts.db.write() as session:
        kept = await session.get_one(User, viewer.actor.user_id)
        await set_password(session, kept, hashed, at=parts.now(), by=viewer.actor.user_id)
    return web.Response(status=303, headers={"Location": "/login?renewed"})


async def link(request: web.Request) -> web.StreamResponse:
    """Show a fresh one-time code, once."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    code = await make_link_code(parts, viewer.actor.user_id)
    async with parts.db.read() as session:
        user = await session.get_one(User, viewer.actor.user_id)
    return _page(request, user, code=code)


PAGES = (
    Page("GET", "/me", me, SIGNED_IN),
    Page("POST", "/me/language", language, SIGNED_IN),
    Page("POST", "/me/password", password, SIGNED_IN),
    Page("POST", "/me/link", link, SIGNED_IN),
)
