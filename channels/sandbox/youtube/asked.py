"""Reading a request as Google reads it: parameters, parts, filters, pages; and an answer with its etag."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Refusal
from channels.sandbox.youtube.rules import RULES

# What every method takes; tokens come in the header here, and an answer as a script (`callback`) has no use.
_ALWAYS: Final = frozenset({"alt", "fields", "key", "prettyPrint", "quotaUser", "uploadType", "upload_protocol"})
MOST_IDS: Final = 50


class Asked:
    """The query of one request. A parameter that the method does not take is refused."""

    def __init__(self, request: web.Request, *known: str) -> None:
        self.request = request
        self._words = request.query
        for name in self._words:
            if name not in known and name not in _ALWAYS:
                raise Refusal(RULES["unexpected"], name=name)
        if self.text("alt", "json") != "json":
            raise Refusal(RULES["unexpected"], name="alt")

    def __contains__(self, name: str) -> bool:
        return bool(self._words.get(name))

    def text(self, name: str, otherwise: str = "") -> str:
        """The value, or `otherwise` when it is left out or empty."""
        return self._words.get(name) or otherwise

    def need(self, name: str) -> str:
        """A required parameter."""
        if name not in self:
            raise Refusal(RULES["parameter"], name=name)
        return self._words[name]

    def listed(self, name: str, most: int = MOST_IDS) -> list[str]:
        """A required list: with commas, the parameter several times, or both."""
        self.need(name)
        found = [word.strip() for value in self._words.getall(name) for word in value.split(",") if word.strip()]
        if not found or len(found) > most:
            raise Refusal(RULES["filters"], name=name)
        return found

    def parts(self, known: Iterable[str]) -> set[str]:
        """The required `part`; each must be one of the resource's."""
        found = self.listed("part")
        for name in found:
            if name not in known:
                raise Refusal(RULES["part"], name=name)
        return set(found)

    def filter(self, *names: str) -> str:
        """The one filter of a list method: none is too few and two are too many."""
        given = [name for name in names if name in self]
        if not given:
            raise Refusal(RULES["parameter"], name=" | ".join(names))
        if len(given) > 1:
            raise Refusal(RULES["incompatible"], name=", ".join(given))
        return given[0]

    def apart(self, one: str, *others: str) -> None:
        """Refuse parameters that cannot go with another one."""
        clash = [name for name in others if name in self]
        if one in self and clash:
            raise Refusal(RULES["incompatible"], name=", ".join([one, *clash]))

    def choice(self, name: str, allowed: Iterable[str], otherwise: str) -> str:
        """A parameter with a closed list of values."""
        value = self.text(name, otherwise)
        if value not in allowed:
            raise Refusal(RULES["filters"], name=name)
        return value

    def flag(self, name: str, otherwise: bool = False) -> bool:
        """A boolean parameter. Raises `ValueError` for another word."""
        value = self.text(name, str(otherwise).lower())
        if value not in ("true", "false"):
            raise ValueError(name)
        return value == "true"

    def number(self, name: str, least: int, most: int, otherwise: int) -> int:
        """A whole number in its range. Raises `ValueError` for anything else."""
        value = int(self.text(name, str(otherwise)))
        if not least <= value <= most:
            raise ValueError(name)
        return value

    def page(self, rows: list[Any], size: int) -> tuple[list[Any], dict[str, Any]]:
        """The rows of the asked page, and `pageInfo` with the next page's token. A token is `P<start>`."""
        token = self.text("pageToken")
        if token and not (re.fullmatch(r"P[1-9]\d*", token) and int(token[1:]) < len(rows)):
            raise Refusal(RULES["page_token"])
        start = int(token[1:]) if token else 0
        more: dict[str, Any] = {"pageInfo": {"totalResults": len(rows), "resultsPerPage": size}}
        if start + size < len(rows):
            more["nextPageToken"] = f"P{start + size}"
        return rows[start : start + size], more


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request. Raises `ValueError` when it is none."""
    value = json.loads(await request.read() or b"null")
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    return value


def inner(body: Mapping[str, Any], name: str, refused: Refusal) -> dict[str, Any]:
    """An object within a body, {} when left out; anything else is refused."""
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise refused
    return value


def etag(value: object) -> str:
    """The etag of something: another one as soon as it changes."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:27]


def _named(header: str) -> set[str]:
    return {word.strip().removeprefix("W/").strip('"') for word in header.split(",") if word.strip()}


def matched(request: web.Request, tag: str) -> None:
    """Refuse a change to a resource that is no longer as the caller read it (`If-Match`)."""
    wanted = _named(request.headers.get("If-Match", ""))
    if wanted and "*" not in wanted and tag not in wanted:
        raise Refusal(RULES["etag"])


def answered(request: web.Request, body: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON answer with its etag; 304 without a body when the caller has it already; `fields` trims it."""
    tag = body.setdefault("etag", etag(body))
    if request.method == "GET" and tag in _named(request.headers.get("If-None-Match", "")):
        return web.Response(status=304, headers={"ETag": f'"{tag}"'})
    if fields := request.query.get("fields"):
        body = trimmed(body, _tree(fields))
    return web.json_response(body, status=status, headers={"ETag": f'"{tag}"'})


def _tree(fields: str) -> dict[str, Any]:
    """Read `items(id,snippet/title),etag` as nested names. Raises `ValueError` when it cannot be read."""
    root: dict[str, Any] = {}
    stack, here, last = [root], root, ""
    words = re.findall(r"[\w*]+|[^\w*]", fields)
    for word in words:
        if re.fullmatch(r"[\w*]+", word):
            last = word
            here = here.setdefault(word, {})
        elif word == "," and last:
            here, last = stack[-1], ""
        elif word == "(" and last:
            stack.append(here)
            last = ""
        elif word == ")" and last and len(stack) > 1:
            here = stack.pop()
        elif word != "/" or not last:
            raise ValueError(fields)
    if len(stack) > 1 or not last:
        raise ValueError(fields)
    return root


def trimmed(value: Any, tree: Mapping[str, Any]) -> Any:
    """Only what `fields` names; a name without children is kept whole."""
    if isinstance(value, list):
        return [trimmed(one, tree) for one in value]
    if not isinstance(value, dict) or not tree or "*" in tree:
        return value
    return {name: trimmed(value[name], tree[name]) for name in value if name in tree}


def written(at: datetime) -> str:
    """A time as Google writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(value: object) -> datetime:
    """An RFC 3339 time with its zone. Raises `ValueError` for anything else."""
    if not isinstance(value, str) or not re.fullmatch(
        r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value
    ):
        raise ValueError("no RFC 3339 time")
    return datetime.fromisoformat(value.upper()).astimezone(UTC)
