"""Clips on their way in: one piece, in chunks that the server cuts, and reels over rupload. facebook.md 3.5, 3.6.

Nobody watches a clip here, so its bytes are hashed as they come and not kept: two gigabytes cost no memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from aiohttp import web

from channels.sandbox.core import Account, Clock, Item, Refusal, fetch
from channels.sandbox.facebook.params import invalid
from channels.sandbox.facebook.rules import CHUNK, MOST_VIDEO, RULES
from channels.sandbox.facebook.words import (
    Timing,
    check_picture,
    check_video,
    check_video_size,
    publish_time,
    timing,
)

SESSION_LIFE: Final = timedelta(days=1)
MOST_REELS: Final = 30
VIDEO_AHEAD: Final = timedelta(days=183)
REEL_AHEAD: Final = timedelta(days=29)
_HEAD: Final = 64
_PART: Final = 64 * 1024
_STATES: Final = {"PUBLISHED": "live", "SCHEDULED": "scheduled", "DRAFT": "unpublished"}


class Publish(Protocol):
    """How a finished clip becomes an item of the Page."""

    def __call__(self, page: Account, video: str, film: Film, words: Mapping[str, str], when: Timing) -> Item: ...


class Film:
    """What is known of bytes that came in: how many, how they begin, their hash."""

    def __init__(self, data: bytes = b"") -> None:
        self.size, self.head, self._hash = 0, b"", hashlib.sha256()
        self.add(data)

    def add(self, data: bytes) -> None:
        """More of them."""
        self.size += len(data)
        self.head = (self.head + data)[:_HEAD]
        self._hash.update(data)

    @property
    def sha256(self) -> str:
        """Of what has come in so far."""
        return self._hash.hexdigest()


@dataclass
class Upload:
    """One clip that is coming in. `size` is 0 while a reel's has not been told."""

    video: str
    page: str
    begun: datetime
    size: int = 0
    reel: bool = False
    film: Film = field(default_factory=Film)


@dataclass
class Handle:
    """A file sent by POST /{app}/uploads; `h` names it to /{page}/videos once it is whole."""

    size: int
    h: str = ""
    film: Film = field(default_factory=Film)


class Uploads:
    """All clips on their way in. `items` are what already is on the Pages."""

    def __init__(self, now: Clock, number: Callable[[], int], items: Callable[[], Iterable[Item]],
                 publish: Publish) -> None:  # fmt: skip
        self._now, self._number, self._items, self._publish = now, number, items, publish
        self._handles: dict[str, Handle] = {}
        self._sessions: dict[str, Upload] = {}
        self._reels: dict[str, Upload] = {}

    # -- /{page}/videos ---------------------------------------------------------------------------------------------

    async def video(self, page: Account, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        """POST /{page}/videos: in one piece, or a phase of an upload in chunks."""
        phase = words.get("upload_phase")
        if phase is None:
            return await self._whole(page, words, files)
        if "file_url" in words:
            raise invalid("file_url cannot be used with upload_phase")
        if phase == "start":
            return self._start(page, words)
        upload = self._session(page, words)
        if phase == "transfer":
            return self._transfer(upload, words, files)
        if phase == "finish":
            if upload.film.size != upload.size:
                raise Refusal(RULES["bad_video"])
            check_video(upload.film.size, upload.film.head)
            self._finish(page, upload.video, upload.film, words, files)
        elif phase != "cancel":
            raise invalid("upload_phase must be one of start, transfer, finish, cancel")
        del self._sessions[words["upload_session_id"]]
        return {"success": True}

    async def _whole(self, page: Account, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        film = Film(files.get("source", b""))
        if handle := words.get("fbuploader_video_file_chunk"):
            film = next((u.film for u in self._handles.values() if u.h == handle), film)
        if not film.size and not words.get("file_url"):
            raise invalid("The parameter source is required")
        if not film.size:
            try:
                film = Film(await fetch(words["file_url"], MOST_VIDEO))
            except LookupError:
                raise Refusal(RULES["cannot_fetch"]) from None
        check_video(film.size, film.head)
        return {"id": self._finish(page, self._id(), film, words, files).remote_id}

    def _finish(
        self, page: Account, video: str, film: Film, words: Mapping[str, str], files: Mapping[str, bytes]
    ) -> Item:
        thumb = files.get("thumb", b"")
        if thumb:
            check_picture(thumb)
        item = self._publish(page, video, film, words, timing(words, self._now(), VIDEO_AHEAD))
        item.picture = bytes(thumb)
        return item

    def _id(self) -> str:
        return str(410_000 + self._number())

    def _start(self, page: Account, words: Mapping[str, str]) -> dict[str, Any]:
        if not words.get("file_size", "").isdigit():
            raise invalid("The parameter file_size is required")
        size = int(words["file_size"])
        check_video_size(size)
        session, video = str(30 + self._number()), self._id()
        self._sessions[session] = Upload(video, page.remote_id, self._now(), size)
        return {"upload_session_id": session, "video_id": video, **_offsets(self._sessions[session])}

    def _session(self, page: Account, words: Mapping[str, str]) -> Upload:
        upload = self._sessions.get(words.get("upload_session_id", ""))
        if upload is None or upload.page != page.remote_id:
            raise invalid("Invalid upload_session_id")
        if self._now() - upload.begun > SESSION_LIFE:
            raise Refusal(RULES["upload_timeout"])
        return upload

    def _transfer(self, upload: Upload, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        chunk = files.get("video_file_chunk", b"")
        offsets = _offsets(upload)
        most = int(offsets["end_offset"]) - int(offsets["start_offset"])
        if words.get("start_offset") != offsets["start_offset"] or len(chunk) > most:
            raise Refusal(RULES["offset"], {"error_data": offsets})
        if not chunk:
            raise invalid("The parameter video_file_chunk is required")
        upload.film.add(chunk)
        return _offsets(upload)

    # -- /{page}/video_reels and rupload ----------------------------------------------------------------------------

    def reel(self, page: Account, words: Mapping[str, str], url: str) -> dict[str, Any]:
        """POST /{page}/video_reels: start gives the address for the bytes, finish makes the reel."""
        phase = words.get("upload_phase", "").lower()  # the spec writes FINISH, the notes finish
        if phase == "start":
            video = self._id()
            self._reels[video] = Upload(video, page.remote_id, self._now(), reel=True)
            return {"video_id": video, "upload_url": f"{url}/video-upload/v26.0/{video}"}
        if phase not in ("finish", "complete"):  # facebook.md 3.6: the table says complete, the examples finish
            raise invalid("upload_phase must be one of start, finish")
        upload = self._reels.get(words.get("video_id", ""))
        if upload is None or upload.page != page.remote_id:
            raise Refusal(RULES["missing"], id=words.get("video_id", ""))
        if words.get("video_state") not in _STATES:
            raise invalid("video_state must be one of PUBLISHED, SCHEDULED, DRAFT")
        due = None
        if words["video_state"] == "SCHEDULED":
            due = publish_time(words.get("scheduled_publish_time", ""), self._now(), REEL_AHEAD)
        if not upload.size or upload.film.size != upload.size:
            raise Refusal(RULES["reel_partial"])
        if b"ftyp" not in upload.film.head:
            raise Refusal(RULES["reel_failed"])
        self._check_number(page)
        when = Timing(_STATES[words["video_state"]], due)
        self._publish(page, upload.video, upload.film, words, when).extra["reel"] = True
        del self._reels[upload.video]
        return {"success": True}

    def _check_number(self, page: Account) -> None:
        since = self._now() - timedelta(days=1)
        mine = [i for i in self._items() if i.account == page.remote_id and i.extra.get("reel") and i.at > since]
        if sum(1 for i in mine if i.state != "unpublished") >= MOST_REELS:
            raise Refusal(RULES["reel_limit"])

    async def receive(self, page: Account, video: str, request: web.Request) -> dict[str, Any]:
        """POST to the address that start gave: bytes from `offset`, or an address in the header file_url."""
        upload = self._reels.get(video)
        if upload is None or upload.page != page.remote_id:
            raise Refusal(RULES["missing"], id=video)
        if "file_url" in request.headers:
            try:
                upload.film = Film(await fetch(request.headers["file_url"], MOST_VIDEO))
            except LookupError:
                raise Refusal(RULES["cannot_fetch"]) from None
            upload.size = upload.film.size
            return {"success": True}
        size = request.headers.get("file_size", "")
        if not size.isdigit() or (upload.size and int(size) != upload.size):
            raise Refusal(RULES["reel_partial"])
        check_video_size(int(size))
        left = int(size) - upload.film.size
        if request.headers.get("offset") != str(upload.film.size) or (request.content_length or 0) > left:
            raise Refusal(RULES["reel_offset"])
        upload.size = int(size)
        async for part in request.content.iter_chunked(_PART):  # what came before a line broke is kept
            upload.film.add(part[: upload.size - upload.film.size])
        return {"success": True}

    # -- /{app}/uploads ---------------------------------------------------------------------------------------------

    def begin_handle(self, words: Mapping[str, str]) -> dict[str, Any]:
        """POST /{app}/uploads: a place for the bytes of a file."""
        if not words.get("file_length", "").isdigit() or not words.get("file_type"):
            raise invalid("The parameters file_length and file_type are required")
        name = f"upload:{self._number():08d}"
        self._handles[name] = Handle(int(words["file_length"]))
        return {"id": name}

    async def handle(self, name: str, request: web.Request) -> dict[str, Any]:
        """GET /upload:..: how far it is. POST: bytes from the header file_offset; the whole file has a handle."""
        upload = self._handles.get(name)
        if upload is None:
            raise Refusal(RULES["missing"], id=name)
        if request.method == "GET":
            return {"id": name, "file_offset": upload.film.size}
        left = upload.size - upload.film.size
        if request.headers.get("file_offset") != str(upload.film.size) or (request.content_length or 0) > left:
            raise Refusal(RULES["file_length"])
        async for part in request.content.iter_chunked(_PART):
            upload.film.add(part[: upload.size - upload.film.size])
        if upload.film.size < upload.size:
            return {"id": name, "file_offset": upload.film.size}
        upload.h = f"4:{name[7:]}"
        return {"h": upload.h}

    # -- on its way -------------------------------------------------------------------------------------------------

    def status(self, page: Account, video: str) -> dict[str, Any] | None:
        """What is known of a clip that is still coming in; None for any other."""
        waiting = [*self._sessions.values(), *self._reels.values()]
        upload = next((u for u in waiting if u.video == video and u.page == page.remote_id), None)
        if upload is None:
            return None
        complete = bool(upload.size) and upload.film.size == upload.size
        uploading = {
            "status": "completed" if complete else "in_progress",
            "bytes_transferred": upload.film.size,
            "source_file_size": upload.size,
        }
        todo = {"status": "not_started"}
        word = "upload_complete" if complete else "uploading"
        if self._now() - upload.begun > SESSION_LIFE:
            word = "expired"
        return {"video_status": word, "uploading_phase": uploading,
                "processing_phase": todo, "publishing_phase": todo}  # fmt: skip


def _offsets(upload: Upload) -> dict[str, str]:
    """The next bytes that the server wants; both the same when it has all. Strings, as Meta writes them."""
    have = upload.film.size
    return {"start_offset": str(have), "end_offset": str(min(upload.size, have + CHUNK))}
