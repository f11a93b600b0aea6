"""The web console: the routes of every page group, the middlewares before them, and the server's life."""

from __future__ import annotations

import errno
from pathlib import Path

from aiohttp import web

from bot.console import (
    accounts,
    auth,
    comments,
    compose,
    connect,
    hooks,
    incidents,
    live,
    me,
    metrics,
    post_deeds,
    posts,
    queue,
    rota,
    schedule,
    silences,
    stops,
    today,
)  # fmt: skip
from bot.console.auth import THROTTLE
from bot.console.flash import FLASH, Flash
from bot.console.form import MOST_TEXT
from bot.console.guard import CSP, MIDDLEWARES, PAGES, add_headers
from bot.console.hooks import DUTY_DOOR, RECEIVER
from bot.console.live import STREAMS, end_streams
from bot.console.rules import PUBLIC, Page
from bot.console.show import STATIC
from bot.console.throttle import Throttle
from bot.console.viewer import PARTS
from bot.duty.door import DutyDoor
from bot.heartbeat import silent_loops
from bot.parts import Parts
from bot.publishing.content import media_address
from bot.webhooks.receiver import Receiver
from monitor.flow.waiting import backlog

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class PortBusy(Exception):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"LOA_CONSOLE_PORT: cổng {port} trên {host} đang bận; dừng chương trình kia hoặc chọn cổng khác. / "
            f"port {port} on {host} is taken; stop the other program or choose another port."
        )


class Console:
    """Serves the console. `start()` returns its address, `stop()` ends it with its open streams."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen. Raises `PortBusy`."""
        settings = self._parts.settings
        self._runner = web.AppRunner(make_app(self._parts), access_log=None, shutdown_timeout=3.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, settings.console_host, settings.console_port).start()
        except OSError as error:
            await self.stop()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise PortBusy(settings.console_host, settings.console_port) from None
            raise
        host, port = self._runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{port}"

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def make_app(parts: Parts) -> web.Application:
    """Return the application over the parts (tests mount it on a client of their own)."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=MOST_TEXT)
    app[PARTS], app[FLASH], app[THROTTLE] = parts, Flash(), Throttle(parts.vault.signing_key)
    app[STREAMS], app[RECEIVER], app[DUTY_DOOR] = set(), Receiver(parts), DutyDoor(parts)
    app[PAGES] = {}
    groups = (
        auth.PAGES, today.PAGES, posts.PAGES, comments.PAGES, compose.PAGES, post_deeds.PAGES, queue.PAGES, stops.PAGES,
        schedule.PAGES, rota.PAGES, accounts.PAGES, connect.PAGES, incidents.PAGES, silences.PAGES, me.PAGES,
        live.PAGES, metrics.PAGES, hooks.PAGES, OPEN,
    )  # fmt: skip
    for group in groups:
        for found in group:
            route = app.router.add_route(found.method, found.path, found.handler)
            assert route.resource is not None, "a named path has a resource"
            app[PAGES][(found.method, route.resource.canonical)] = found
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(end_streams)
    return app


# -- open to everybody ------------------------------------------------------------------------------------------------


async def static(request: web.Request) -> web.StreamResponse:
    """One of our own few files, from memory."""
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    return web.Response(body=STATIC[name], content_type=kind, headers={"Cache-Control": "public, max-age=31536000"})


async def media(request: web.Request) -> web.StreamResponse:
    """A picture or clip for a platform that fetches it: only with a signature of ours that is not too old."""
    parts, words = request.app[PARTS], request.match_info
    if not media_address(parts).allows(words["name"], int(words["expires"]), words["signature"], parts.now()):
        raise web.HTTPNotFound
    path = parts.settings.data_dir / "media" / words["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    response = web.FileResponse(path)
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response[CSP] = "default-src 'none'; sandbox"
    return response


async def healthz(request: web.Request) -> web.StreamResponse:
    """The process lives."""
    return web.json_response({"ok": True})


async def readyz(request: web.Request) -> web.StreamResponse:
    """The work can be done: database answers, the loops turn; a missing model and what waits are said, no failure."""
    parts = request.app[PARTS]
    problems = [f"loop {name} does not turn" for name in await silent_loops(parts)]
    async with parts.db.read() as session:
        waiting = await backlog(session)
    body = {
        "ready": not problems, "problems": problems, "model": parts.scorer.revision,
        "model_degraded": parts.scorer.degraded, "texts_waiting": waiting.texts,
        "texts_waiting_s": round(waiting.age(parts.now()).total_seconds()), "texts_ungrouped": waiting.ungrouped,
    }  # fmt: skip
    return web.json_response(body, status=200 if not problems else 503)


OPEN = (
    Page("GET", r"/static/{name:[a-z.]{1,40}}", static, PUBLIC),
    Page(
        "GET", r"/media/{expires:\d{1,12}}/{signature:[0-9a-f]{32}}/{name:[0-9a-f]{64}\.[a-z0-9]{2,5}}", media, PUBLIC
    ),
    Page("GET", "/healthz", healthz, PUBLIC),
    Page("GET", "/readyz", readyz, PUBLIC),
)
