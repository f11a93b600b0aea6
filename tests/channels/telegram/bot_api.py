"""A Bot API that gives the answers it was told and keeps what it was asked, field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from channels.base import AccountRef, Content, MediaFile

CASES: Final = Path(__file__).parent / "cases"
TOKEN: Final = "123456789:AAsecretsecretsecretsecretsecretsecret"
MIMES: Final = {"jpg": "image/jpeg", "png": "image/png", "mp4": "video/mp4", "mov": "video/quicktime"}


def cases(name: str) -> list[Any]:
    """The cases of one file."""
    found: list[Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def account(remote_id: str = "@binhson") -> AccountRef:
    """The channel of the cases."""
    return AccountRef("telegram", remote_id, "Xã Đá Xanh", secrets={"bot_token": TOKEN})


def content(words: Mapping[str, Any], folder: Path) -> Content:
    """What a case says was written. A file is given as ``{"file": "a.jpg", ...}`` and made of its own name."""
    media = tuple(_file(folder, **dict(one)) for one in words.get("media", ()))
    return Content(**{"text": "", **words, "media": media})


def _file(folder: Path, *, file: str, **more: Any) -> MediaFile:
    path, ending = folder / file, file.rpartition(".")[2]
    path.write_bytes(file.encode())
    kind = "clip" if ending in ("mp4", "mov") else "picture"
    alt = "Hình" if kind == "picture" else ""
    words = {"size": len(file.encode()), "sha256": f"sha-{file}", "alt_text": alt, **more}
    return MediaFile(path, kind, MIMES[ending], **words)


@dataclass
class Asked:
    """One call: the method, its fields (JSON read), and of each file its name and bytes."""

    method: str
    fields: dict[str, Any]
    files: dict[str, list[str]]


@dataclass
class BotApi:
    """Gives the answers it was told, one a call, the last one for ever: an object, or ``[status, text]`` for a page
    that is none of Telegram's."""

    answers: list[Any] = field(default_factory=list)
    calls: list[Asked] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Keep the call and answer it."""
        token, _, method = request.path.removeprefix("/bot").rpartition("/")
        self.tokens.add(token)
        fields, files = dict[str, Any](), dict[str, list[str]]()
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = [value.filename, value.content_type, value.file.read().decode()]
            else:
                fields[name] = _read(str(value))
        self.calls.append(Asked(method, fields, files))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, list):
            return web.Response(status=answer[0], text=answer[1], content_type="text/html")
        return web.json_response(answer, status=answer.get("error_code", 200))


def _read(value: str) -> Any:
    """A nested object as what it is; everything else as the text it came as."""
    return json.loads(value) if value[:1] in ("[", "{") else value
