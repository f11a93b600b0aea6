"""A server that answers what a test told it."""

from __future__ import annotations

from typing import Any

from aiohttp import web


class Scripted:
    """A server that gives the answers it was told, one a call (the last one for ever), and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.calls.append((request.path, dict(request.headers), await request.read()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        more = {name: value for name, value in answer.headers.items() if name in ("Range", "Location")}
        return web.Response(body=answer.body, status=answer.status, content_type=answer.content_type, headers=more)

    def says(self, *bodies: Any, status: int = 200) -> None:
        self.answers = [
            web.Response(text=body, status=status, content_type="text/html")
            if isinstance(body, str)
            else web.json_response(body, status=status)
            for body in bodies
        ]
