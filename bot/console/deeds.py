"""A deed: a form that changes one thing, says that it is done, and returns to that thing's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.console.flash import FLASH
from bot.console.form import Form, read_form
from bot.console.rules import Handler
from bot.console.viewer import PARTS, WORDS, Viewer, viewer_of
from bot.parts import Parts

Act = Callable[[Parts, Viewer, int, Form], Awaitable[object]]


def deed(act: Act, done: str, home: str) -> Handler:
    """Make a handler of `act`, which is given the id in the path; `home` is the list the thing belongs to."""

    async def handler(request: web.Request) -> web.StreamResponse:
        viewer, parts = viewer_of(request), request.app[PARTS]
        async with read_form(request) as sent:
            await act(parts, viewer, int(request.match_info["id"]), sent)
        request.app[FLASH].say(viewer.session_id, request[WORDS].gettext(done))
        return web.Response(status=303, headers={"Location": f"/{home}/{request.match_info['id']}"})

    return handler
