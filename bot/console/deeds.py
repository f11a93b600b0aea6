"""A deed: a form that changes one thing, says that it is done, and returns to the page it was sent from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.console.auth import is_own_path
from bot.console.flash import FLASH
from bot.console.form import Form, read_form
from bot.console.rules import Handler
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import Parts

Act = Callable[[Parts, Viewer, int, Form], Awaitable[object]]


def deed(act: Act, done: str, home: str) -> Handler:
    """Make a handler of `act`, which is given the id in the path; `home` is the page of that thing, or of all."""

    async def handler(request: web.Request) -> web.StreamResponse:
        viewer, parts = viewer_of(request), request.app[PARTS]
        async with read_form(request) as sent:
            await act(parts, viewer, int(request.match_info["id"]), sent)
        return after_deed(request, done, home.format(id=request.match_info["id"]))

    return handler


def after_deed(request: web.Request, done: str, home: str) -> web.Response:
    """Say that it is done, on the page that the form names in `back` when that is one of ours, else on `home`."""
    request.app[FLASH].say(viewer_of(request).session_id, request[WORDS].gettext(done))
    back = request.query.get("back", "")
    return web.Response(status=303, headers={"Location": back if is_own_path(back) else home})
