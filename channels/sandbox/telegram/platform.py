"""The whole stand-in: every method of the notes under /bot<token>/, the files, the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.asked import asked
from channels.sandbox.telegram.base import Method
from channels.sandbox.telegram.editing import Editing
from channels.sandbox.telegram.office import Office
from channels.sandbox.telegram.page import Pages
from channels.sandbox.telegram.rules import RULES

_TOKEN = r"\d+:[A-Za-z0-9_-]+"  # noqa: S105  # a pattern


class TelegramSandbox(Editing, Office, Pages):
    """One bot, its chats and its people."""

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        found = self.update_methods() | self.sending_methods() | self.editing_methods() | self.office_methods()
        self._methods: dict[str, Method] = {name.lower(): method for name, method in found.items()}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The methods, the files, and the forms of the page."""
        return [
            *self.page_routes(),
            web.get("/file/bot{token}/{path:.+}", self._download),
            web.route("*", "/bot{token}/{method}", self._method),
        ]

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if not re.fullmatch(_TOKEN, token):
            raise Refusal(RULES["malformed_token"])
        if token != self.token:
            raise Refusal(RULES["token"])

    async def _method(self, request: web.Request) -> web.Response:
        self._check_token(request)
        call = self._methods.get(request.match_info["method"].lower())
        if call is None or request.method not in ("GET", "POST"):
            raise Refusal(RULES["method"])
        result = await call(await asked(request))
        self.changed.set()
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.Response:
        self._check_token(request)
        return await self.download(request)
