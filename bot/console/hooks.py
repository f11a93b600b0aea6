"""The platforms' door: a call without cookie or form token, checked by its signature. Answers with a bare status."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import structlog
from aiohttp import web

from bot.console.rules import PLATFORM, Page
from bot.duty.door import MOST_BYTES, DutyDoor
from bot.duty.hook import DUTY
from bot.webhooks.address import ROOM, verify_word
from bot.webhooks.receiver import READ_S, STATUS, Called, Receiver

log = structlog.get_logger()

RECEIVER = web.AppKey("receiver", Receiver)
DUTY_DOOR = web.AppKey("duty_door", DutyDoor)
_PATH = ROOM + r"/{kind:[a-z_]+}/{account:\d{1,9}}-{key:[\w-]{10,100}}"


async def take(request: web.Request) -> web.StreamResponse:
    """Take an event."""
    try:
        called = await _called(request)
    except Exception as error:  # noqa: BLE001  # the database, a key that opens nothing: it may be well again when this comes again
        return _not_now(error)
    if called is None:
        return web.Response(status=HTTPStatus.NOT_FOUND)
    body = await _body(request, called.hooks.most_bytes)
    if isinstance(body, HTTPStatus):
        return _cut(body)
    return web.Response(status=STATUS[await request.app[RECEIVER].take(called, request.headers, body)])


async def take_update(request: web.Request) -> web.StreamResponse:
    """Take what Telegram tells the bot of the duty chat."""
    door = request.app[DUTY_DOOR]
    if not door.is_here(request.path):
        return web.Response(status=HTTPStatus.NOT_FOUND)
    if not door.admits(request.headers):
        return _cut(HTTPStatus.FORBIDDEN)
    body = await _body(request, MOST_BYTES)
    if isinstance(body, HTTPStatus):
        return _cut(body)
    outcome = await door.take(body)
    return web.Response(status=STATUS[outcome] if outcome else HTTPStatus.BAD_REQUEST)


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer the question with which a platform makes sure of an address."""
    try:
        called = await _called(request)
    except Exception as error:  # noqa: BLE001  # as above
        return _not_now(error)
    if called is None:
        return web.Response(status=HTTPStatus.NOT_FOUND)
    word = called.hooks.challenge(request.query, verify_word(called.account))
    if word is None:
        return web.Response(status=HTTPStatus.FORBIDDEN)
    return web.Response(text=word, content_type="text/plain")


def _not_now(error: Exception) -> web.Response:
    log.error("webhook_not_known", error=type(error).__name__)
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


async def _called(request: web.Request) -> Called | None:
    words = request.match_info
    return await request.app[RECEIVER].called(words["kind"], int(words["account"]), words["key"])


async def _body(request: web.Request, most: int) -> bytes | HTTPStatus:
    """The bytes as they came, or with what they are refused."""
    try:
        async with asyncio.timeout(READ_S):
            body = await _read(request, most)
    except TimeoutError:
        return HTTPStatus.REQUEST_TIMEOUT
    except (ValueError, LookupError, web.HTTPException, web.RequestPayloadError):  # no body that can be taken out
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if body is None else body


async def _read(request: web.Request, most: int) -> bytes | None:
    """The bytes as they came; None when they are too many."""
    if (request.content_length or 0) > most:
        return None
    parts, size = [], 0
    async for part in request.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > most:
            return None
    return b"".join(parts)


def _cut(status: HTTPStatus) -> web.Response:
    """Answer, and listen no more to the rest."""
    response = web.Response(status=status)
    response.force_close()
    return response


PAGES = (
    Page("POST", DUTY + r"/{key:[0-9a-f]{32}}", take_update, PLATFORM),
    Page("POST", _PATH, take, PLATFORM),
    Page("GET", _PATH, answer, PLATFORM),
)
