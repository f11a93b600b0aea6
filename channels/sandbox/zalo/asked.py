"""Reading a request as Zalo reads it: a JSON body, the one parameter `data`, texts with a limit, numbers, ids."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from channels.sandbox.core import Refusal, on_loopback
from channels.sandbox.zalo.rules import RULES

_HTTP_ADDRESS: Final = re.compile(r"https?://[^/\s]+[!-~]*", re.ASCII)


def wrong(name: str) -> Refusal:
    """What is said to a field that is missing or not as it should be."""
    return Refusal(RULES["parameter"], name=name)


def above(name: str) -> Refusal:
    """What is said to a value that is too long or too big."""
    return Refusal(RULES["limit"], name=name)


def ok(data: Any = None) -> web.Response:
    """The envelope of success."""
    body: dict[str, Any] = {"error": 0, "message": "Success"}
    return web.json_response(body if data is None else {**body, "data": data})


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object that was posted."""
    return _object(await request.text(), "body")


def data_of(request: web.Request) -> dict[str, Any]:
    """zalo.md 3: GETs under /oa take one query parameter `data`, a JSON object."""
    return _object(request.query.get("data", ""), "data")


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except ValueError:
        raise wrong(name) from None
    if not isinstance(value, dict):
        raise wrong(name)
    return value


def text(found: Mapping[str, Any], name: str, most: int | None = None, *, needed: bool = True, called: str = "") -> str:
    """A text, counted in characters as it came. "" for one that may be left out."""
    value = found.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value.strip()):
        raise wrong(called or name)
    if most is not None and len(value) > most:
        raise above(called or name)
    return value


def choice(found: Mapping[str, Any], name: str, allowed: tuple[str, ...], otherwise: str = "", called: str = "") -> str:
    """One of a closed list of words; `otherwise` when it may be left out."""
    value = found.get(name, otherwise or None)
    if value not in allowed or not isinstance(value, str):
        raise wrong(called or name)
    return value


def ident(found: Mapping[str, Any], name: str) -> str:
    """An id: a string, or a whole number (zalo.md 1: ids exceed 2^53, so a string is what is sent back)."""
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise wrong(name)
    return str(value)


def whole(found: Mapping[str, Any], name: str, otherwise: int, least: int, most: int) -> int:
    """A whole number; above its limit is -210, anything else that is no such number -201."""
    value = found.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise wrong(name)
    if value > most:
        raise above(name)
    return value


def inner(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A required object within an object."""
    value = found.get(name)
    if not isinstance(value, dict):
        raise wrong(name)
    return value


def objects(
    found: Mapping[str, Any], name: str, most: int | None = None, *, needed: bool = True
) -> list[dict[str, Any]]:
    """A list of objects, not empty unless it may be left out."""
    value = found.get(name, [] if not needed else None)
    if not isinstance(value, list) or (needed and not value) or not all(isinstance(one, dict) for one in value):
        raise wrong(name)
    if most is not None and len(value) > most:
        raise above(name)
    return value


def address(found: Mapping[str, Any], name: str, *, needed: bool = True, called: str = "") -> str:
    """A web address."""
    value = text(found, name, needed=needed, called=called)
    if value and not re.match(r"https?://[^/\s]", value):
        raise wrong(called or name)
    return value


def fetchable(url: str) -> bool:
    """zalo.md 6.2: a public, percent-encoded https address; plain http only on this machine."""
    encoded = _HTTP_ADDRESS.fullmatch(url) is not None
    return encoded and (urlsplit(url).scheme == "https" or on_loopback(url))
