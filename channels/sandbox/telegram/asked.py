"""Reading a request as the Bot API reads it: query, form, multipart or JSON; nested objects as JSON strings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.rules import RULES

MOST_UPLOAD: Final = 50_000_000
_TRUE: Final = frozenset({"true", "1", "yes"})


@dataclass(frozen=True)
class Upload:
    """A file part of a multipart request."""

    name: str
    data: bytes


@dataclass
class Asked:
    """The arguments of one call. A method takes what it knows; the others are passed over, as the Bot API does."""

    words: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.words

    def text(self, name: str) -> str:
        """The value, empty when it is left out."""
        return self.words.get(name, "")

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number. Raises `ValueError` for anything else."""
        return int(self.text(name) or otherwise)

    def within(self, name: str, least: int, most: int, otherwise: int) -> int:
        """A number; one out of range counts as the nearest in it."""
        return min(most, max(least, self.number(name, otherwise)))

    def flag(self, name: str) -> bool:
        """True for `true`; whatever is no yes is a no."""
        return self.text(name).lower() in _TRUE

    def parsed(self, name: str, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
        """A nested object or list, None when left out or empty; anything else is refused."""
        if not self.text(name).strip():
            return None
        try:
            value = json.loads(self.words[name])
        except ValueError:
            raise Refusal(RULES["json"], name=name) from None
        if not isinstance(value, kind):
            raise Refusal(RULES["json"], name=name)
        return value

    def attached(self, word: str) -> Upload | None:
        """The file part that `attach://name` points at."""
        return self.files.get(word.removeprefix("attach://")) if word.startswith("attach://") else None


async def asked(request: web.Request) -> Asked:
    """The arguments of a request, wherever they came: the body's win over the address's."""
    found = Asked(dict(request.query))
    if request.method != "POST":
        return found
    if request.content_type == "application/json":
        body = await request.json()
        if not isinstance(body, dict):
            raise ValueError("no object")
        found.words |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items() if v is not None}
        return found
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            data = value.file.read()
            if len(data) > MOST_UPLOAD:
                raise Refusal(RULES["too_large"])
            found.files[name] = Upload(value.filename, data)
        else:
            found.words[name] = str(value)
    return found
