"""What the Facebook adapter's tests talk to: the stand-in, or a server that answers what it was told."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from channels.base import AccountRef, Content, Endpoints, MediaFile, Notes, Outgoing
from channels.facebook import FacebookChannel
from channels.http import Door
from tests.conftest import FakeClock

PAGE, TOKEN = "1001", "EAAB-secret-token"
JPEG = b"\xff\xd8\xff" + b"\0" * 100
SRT = b"1\n00:00:00,000 --> 00:00:02,000\nXin ch\xc3\xa0o\n"
FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 4000


class Wire:
    """Gives its answers one a call (the last one for ever) and keeps what it was asked. An answer may be an object,
    an error's code and subcode, or a whole response."""

    def __init__(self) -> None:
        self.answers: list[Any] = [{}]
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self.files: list[tuple[str, str, bytes]] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = {}
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.read() if request.content_type == "application/octet-stream" else b"")
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                self.files.append((name, value.filename, value.file.read()))
            else:
                form[name] = str(value)
        self.asked.append((request.method, request.path, dict(request.query), form))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, tuple):
            code, sub, *more = answer
            error = {"message": "no", "code": code, "error_subcode": sub, "fbtrace_id": "At1", **(more or [{}])[0]}
            return web.json_response({"error": error}, status=400)
        if isinstance(answer, web.Response):
            kind, headers = answer.content_type, {k: v for k, v in answer.headers.items() if k[:1] in "XL"}
            return web.Response(body=answer.body, status=answer.status, content_type=kind, headers=headers)
        return web.json_response(answer)

    def says(self, *answers: Any) -> None:
        self.answers = list(answers)


def adapter(door: Door, clock: FakeClock, url: str, page: str = PAGE, **secrets: str) -> FacebookChannel:
    """The adapter for one Page at an address."""
    account = AccountRef("facebook", page, "UBND", {}, {"page_token": TOKEN, **secrets})
    return FacebookChannel(account, door=door, endpoints=Endpoints(facebook=url, facebook_video=url), now=clock)


def picture(folder: Path) -> MediaFile:
    """A JPEG on disk under a name that is nobody's business."""
    path = folder / "Ảnh của anh Năm.jpg"
    path.write_bytes(JPEG)
    return MediaFile(path, "picture", "image/jpeg", len(JPEG), hashlib.sha256(JPEG).hexdigest(), alt_text="Cầu")


def clip(folder: Path, data: bytes = FILM) -> MediaFile:
    path = folder / "clip.mp4"
    path.write_bytes(data)
    return MediaFile(path, "clip", "video/mp4", len(data), hashlib.sha256(data).hexdigest(), duration_s=5.0)


def answer(comment: str, text: str = "chào") -> Outgoing:
    """An answer to a comment."""
    return composed(text, options={"form": "reply", "target": comment})


def composed(text: str = "Thông báo", *media: MediaFile, **more: Any) -> Outgoing:
    account = AccountRef("facebook", PAGE)
    return FacebookChannel.compose(Content(text, media=media, **more), account)


class Kept:
    """Notes as the caller keeps them: every saving, in order."""

    def __init__(self) -> None:
        self.saved: list[dict[str, str]] = []

    async def __call__(self, notes: Notes) -> None:
        self.saved.append(dict(notes))


def pictures(folder: Path, *alts: str) -> list[MediaFile]:
    """As many pictures as there are alternative texts."""
    return [replace(picture(folder), alt_text=alt) for alt in alts]


def upright(folder: Path, data: bytes = FILM, **more: Any) -> MediaFile:
    """A clip that is a reel."""
    return replace(clip(folder, data), **{"width": 1080, "height": 1920, "duration_s": 30.0, **more})


def beside(folder: Path, kind: str, data: bytes, language: str = "") -> MediaFile:
    """A file that goes with a clip."""
    path = folder / f"{kind}{language}"
    path.write_bytes(data)
    mime = "application/x-subrip" if kind == "captions" else "image/jpeg"
    return MediaFile(path, kind, mime, len(data), f"{kind}{language}", language=language)


def on(target: str, form: str, text: str, title: str = "") -> Any:
    """Words for an item that is out."""
    return composed(text, title=title, options={"form": form, "target": target})
