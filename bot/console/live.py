"""Server-sent events: tells open pages that something changed; the pages then fetch their own part again."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.console import auth
from bot.console.rules import SIGNED_IN, Page
from bot.console.viewer import PARTS

BEAT_S = 15.0
"""A comment line keeps proxies from cutting the line; at each one the sign-in is looked at again."""
MOST_STREAMS = 200

STREAMS = web.AppKey("streams", set[asyncio.Task[Any]])


async def live(request: web.Request) -> web.StreamResponse:
    """Say `change` with the topics that rang; end when the sign-in ends or the console stops."""
    parts, streams = request.app[PARTS], request.app[STREAMS]
    if len(streams) >= MOST_STREAMS:
        raise web.HTTPServiceUnavailable
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(request)
    me = asyncio.current_task()
    assert me is not None, "a handler runs in a task"
    queue = parts.bell.listen()
    streams.add(me)
    try:
        await response.write(b"retry: 3000\nevent: hello\ndata: \n\n")
        while await _still_there(request):
            topics = await _topics(queue)
            words = f"event: change\ndata: {' '.join(sorted(topics))}\n\n" if topics else ": still here\n\n"
            await response.write(words.encode())
    except ConnectionResetError:
        pass  # the reader closed the page
    finally:
        parts.bell.leave(queue)
        streams.discard(me)
    return response


async def _still_there(request: web.Request) -> bool:
    return await auth.find_viewer(request, alive=False) is not None


async def _topics(queue: asyncio.Queue[str]) -> set[str]:
    """Wait for the next ring, at most a beat, and take what rang with it."""
    try:
        topics = {await asyncio.wait_for(queue.get(), BEAT_S)}
    except TimeoutError:
        return set()
    while not queue.empty():
        topics.add(queue.get_nowait())
    return topics


async def end_streams(app: web.Application) -> None:
    """Close every open stream, so that the console stops at once."""
    streams: set[asyncio.Task[Any]] = app[STREAMS]
    for task in streams:
        task.cancel()
    await asyncio.gather(*streams, return_exceptions=True)


PAGES = (Page("GET", "/live", live, SIGNED_IN, live=True),)
