"""videos.insert over a resumable session: no video exists before the last byte. youtube.md 2 and 2.1."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal
from channels.sandbox.youtube import metadata
from channels.sandbox.youtube.asked import Asked, answered, body_of
from channels.sandbox.youtube.base import SEND, UPLOAD, Base
from channels.sandbox.youtube.rules import RULES

CHUNK: Final = 262_144
MOST_VIDEO: Final = 274_877_906_944
SESSION_LIVES: Final = timedelta(days=7)
_PROBE: Final = r"bytes \*/(\d+|\*)"
_CHUNK_RANGE: Final = r"bytes (\d+)-(\d+)/(\d+)"
_READ: Final = 256 * 1024
_HEAD: Final = 64


@dataclass
class Session:
    """One upload. Its bytes are counted and hashed as they come and not kept, beside the first few, which tell a film
    from something else: a clip of gigabytes takes no memory."""

    account: str
    parts: set[str]
    sent: dict[str, Any]
    size: int
    at: datetime
    stored: int = 0
    video: str = ""
    head: bytes = b""
    digest: Any = field(default_factory=hashlib.sha256)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def store(self, data: bytes) -> None:
        """Take what follows on the bytes stored before."""
        self.head += data[: _HEAD - len(self.head)]
        self.digest.update(data)
        self.stored += len(data)


class Uploads(Base):
    """Upload sessions. A multipart upload in one request is not done here: the notes tell to never use it."""

    def __init__(self, *, now: Any, seed: int = 0, processing: timedelta = timedelta(seconds=40)) -> None:
        super().__init__(now=now, seed=seed, processing=processing)
        self.sessions: dict[str, Session] = {}

    def upload_routes(self) -> list[web.RouteDef]:
        """Where a session starts and takes its bytes."""
        return [web.post(f"{UPLOAD}/videos", self._start), web.put(f"{UPLOAD}/videos", self._bytes)]

    async def _start(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 1, SEND, "part", "notifySubscribers", bucket="uploads")
        if asked.text("uploadType") != "resumable":
            raise Refusal(RULES["media"])
        self._within_limit(account)
        parts = asked.parts(metadata.PARTS)
        told = {"notifySubscribers": asked.flag("notifySubscribers", True)}
        sent = metadata.sent_parts(await body_of(request), parts)
        metadata.check_snippet(sent.get("snippet", {}))
        metadata.check(sent)
        metadata.check_localizations(sent, sent.get("snippet", {}).get("defaultLanguage"))
        _check_name(request)
        key = f"{self.rng.getrandbits(64):016x}"
        self.sessions[key] = Session(account.remote_id, parts, sent | told, _announced(request), self.now())
        location = f"{self.url}{UPLOAD}/videos?uploadType=resumable&upload_id={key}"
        return web.Response(headers={"Location": location})

    def _within_limit(self, account: Account) -> None:
        """The channel's own limit of videos in 24 hours, besides the project's quota."""
        most = account.extra.get("day_videos")
        since = self.now() - timedelta(hours=24)
        if most is not None and sum(i.at > since for i in self.published(account.remote_id)) >= most:
            raise Refusal(RULES["upload_limit"])

    def _session(self, request: web.Request) -> Session:
        session = self.sessions.get(request.query.get("upload_id", ""))
        if session is None:
            raise Refusal(RULES["session"])
        if self.now() >= session.at + SESSION_LIVES:
            raise Refusal(RULES["session_expired"])
        if self.caller(request, SEND).remote_id != session.account:
            raise Refusal(RULES["session"])
        return session

    async def _bytes(self, request: web.Request) -> web.Response:
        """A chunk, the whole file, or an empty question where the session stands. One after the other: what is left of
        a connection that broke is read to its end first."""
        self.publish_due()
        session = self._session(request)
        Asked(request, "upload_id")
        async with session.turn:
            if session.video:
                return self._made(request, session, 200)
            if probe := re.fullmatch(_PROBE, request.headers.get("Content-Range", "")):
                if request.content_length or probe[1] not in ("*", str(session.size)):
                    raise Refusal(RULES["chunk"])
            elif _first(request, session.size) == session.stored:  # it goes on there, nowhere else
                async for data in request.content.iter_chunked(_READ):
                    session.store(data)
            if session.stored < session.size:
                return _resume(session)
            self._create(session)
            return self._made(request, session, 201)

    def _made(self, request: web.Request, session: Session, status: int) -> web.Response:
        item = self.items[session.video]
        return answered(request, self.video_row(item, session.parts, owner=True), status)

    def _create(self, session: Session) -> None:
        sent = session.sent
        video = "v" + "".join(self.rng.choice("abcdefghijkmnpqrstuvwxyz0123456789_-") for _ in range(10))
        payload = {**sent, "media_sha256": session.digest.hexdigest()}
        snippet = sent.get("snippet", {})
        item = Item(video, session.account, "video", payload, self.now(), title=snippet.get("title", ""))
        item.text = snippet.get("description", "")
        item.permalink = f"https://www.youtube.com/watch?v={video}"
        item.extra["broken"] = b"ftyp" not in session.head
        self.items[video] = item
        self.settle(item)
        session.video = video


def _announced(request: web.Request) -> int:
    """The size that the session will take."""
    _check_media(request.headers.get("X-Upload-Content-Type", ""))
    size = request.headers.get("X-Upload-Content-Length", "")
    if not re.fullmatch(r"[0-9]+", size) or int(size) == 0:
        raise Refusal(RULES["media"])
    if int(size) > MOST_VIDEO:
        raise Refusal(RULES["too_large"])
    return int(size)


def _check_media(kind: str) -> None:
    kind = kind.split(";")[0].strip().lower()
    if kind != "application/octet-stream" and not re.fullmatch(r"video/[\w.+-]+", kind):
        raise Refusal(RULES["media_type"], name=kind)


def _check_name(request: web.Request) -> None:
    """The file's name travels in `Slug`. What makes one invalid is not in the notes: taken are an empty one, one
    with a path and one with control characters."""
    name = request.headers.get("Slug")
    if name is not None and (not name.strip() or re.search(r"[/\\\x00-\x1f]", name)):
        raise Refusal(RULES["filename"])


def _first(request: web.Request, size: int) -> int:
    """Where a chunk begins. Without a range the whole file comes at once."""
    _check_media(request.headers.get("Content-Type", "application/octet-stream"))
    span, length = request.headers.get("Content-Range", ""), request.content_length or 0
    if not span:
        if length != size:
            raise Refusal(RULES["chunk"])
        return 0
    found = re.fullmatch(_CHUNK_RANGE, span)
    if not found:
        raise Refusal(RULES["chunk"])
    first, last, total = (int(number) for number in found.groups())
    if total != size or last >= total or last - first + 1 != length or not length:
        raise Refusal(RULES["chunk"])
    if last + 1 != total and length % CHUNK:
        raise Refusal(RULES["chunk"])
    return first


def _resume(session: Session) -> web.Response:
    return web.Response(status=308, headers={"Range": f"bytes=0-{session.stored - 1}"} if session.stored else {})
