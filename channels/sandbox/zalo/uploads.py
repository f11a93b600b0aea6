"""Uploads: pictures, gifs and files for messages, clips for articles (zalo.md 5 and 6.3)."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from channels.sandbox.core import Account, Refusal
from channels.sandbox.zalo.asked import above, ok, wrong
from channels.sandbox.zalo.base import ARTICLES, MESSAGES, MOST_IMAGE, Asset, Base
from channels.sandbox.zalo.rules import RULES

MONTH_UPLOADS: Final = 5000
MOST_FILE: Final = 5 * 1024 * 1024
MOST_CLIP: Final = 50 * 1024 * 1024
LIVES_DAYS: Final = 7
READY, CONVERTING, FAILED = 1, 3, 4
_CLIP_WORDS: Final = {0: "unknown", 1: "ready", 2: "locked", 3: "converting", 4: "failed", 5: "deleted"}
# by kind: the largest size, the names' endings, what the file begins with (None: the name alone is looked at)
_TAKES: Final[dict[str, tuple[int, tuple[str, ...], tuple[bytes, ...] | None]]] = {
    "image": (MOST_IMAGE, (".jpg", ".jpeg", ".png"), (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")),
    "gif": (MOST_FILE, (".gif",), (b"GIF87a", b"GIF89a")),
    "file": (MOST_FILE, (".pdf", ".doc", ".docx", ".csv"), None),
    "video": (MOST_CLIP, (".mp4", ".avi"), None),
}


class Uploads(Base):
    """What was uploaded lives for seven days."""

    def upload_routes(self) -> list[web.RouteDef]:
        """One path a kind of file."""
        return [
            web.post("/v2.0/oa/upload/{kind:image|gif|file}", self._upload),
            web.post("/v2.0/article/upload_video/preparevideo", self._prepare),
            web.get("/v2.0/article/upload_video/verify", self._converted),
        ]

    async def _upload(self, request: web.Request) -> web.Response:
        account, kind = self.enter(request, MESSAGES), request.match_info["kind"]
        asset = await self._take(request, account, kind)
        if asset is None:
            return ok({})
        handle = f"{kind[0]}/{self.rng.getrandbits(96):024x}"
        self.assets[handle] = asset
        return ok({"token" if kind == "file" else "attachment_id": handle})

    async def _prepare(self, request: web.Request) -> web.Response:
        asset = await self._take(request, self.enter(request, ARTICLES), "video")
        if asset is None:
            return ok({})
        asset.video_id = f"vid_{self.number()}"
        token = f"vt+/{self.rng.getrandbits(64):016x}="
        self.assets[token] = asset
        return ok({"token": token})

    async def _take(self, request: web.Request, account: Account, kind: str) -> Asset | None:
        """The file of the part `file`; nothing when it has no real name: error 0 and empty data (zalo.md 5)."""
        self.spend(account, "upload_quota", MONTH_UPLOADS, "%Y-%m")
        most, endings, beginnings = _TAKES[kind]
        part = (await request.post()).get("file")
        if part is None:
            raise wrong("file")
        if not isinstance(part, web.FileField):
            return None
        ending = PurePosixPath(part.filename).suffix.lower()
        if not ending:
            return None
        data = part.file.read()
        if ending not in endings or not data or (beginnings is not None and not data.startswith(beginnings)):
            raise wrong("file")
        if len(data) > most:
            raise above("file")
        state = FAILED if kind == "video" and not _is_clip(data) else None
        digest = hashlib.sha256(data).hexdigest()
        return Asset(account.remote_id, kind, self.now(), part.filename, len(data), digest, state=state)

    def asset(self, account: Account, handle: object, kind: str) -> Asset:
        """An uploaded file of this OA that is still there, to be sent."""
        found = self.assets.get(handle) if isinstance(handle, str) else None
        if found is None or found.oa != account.remote_id or found.kind != kind:
            raise wrong("token" if kind == "file" else "attachment_id")
        if (self.now() - found.at).days >= LIVES_DAYS:
            raise Refusal(RULES["attachment"])
        return found

    def clip_state(self, clip: Asset) -> int:
        """Zalo's number for how far a clip is; `clip.state` when something was arranged or it is no clip at all."""
        if clip.kind != "video" or self.now() - clip.at < self.settle:
            return CONVERTING
        return READY if clip.state is None else clip.state

    async def _converted(self, request: web.Request) -> web.Response:
        """The token comes as a header, in the query, or both; it may be percent-encoded in the header too."""
        account = self.enter(request, ARTICLES)
        given = {unquote(request.headers.get("token", "")), request.query.get("token", "")} - {""}
        token = given.pop() if len(given) == 1 else ""
        clip = self.assets.get(token)
        if clip is None or clip.kind != "video" or clip.oa != account.remote_id:
            raise wrong("token")
        state = self.clip_state(clip)
        return ok(
            {
                "status": state,
                "status_message": _CLIP_WORDS[state],
                "convert_percent": {READY: 100, CONVERTING: 40}.get(state, 0),
                "convert_error_code": 1 if state == FAILED else 0,
                "video_id": clip.video_id,
                "video_name": clip.name,
                "video_size": clip.size,
            }
        )


def _is_clip(data: bytes) -> bool:
    return b"ftyp" in data[:64] or (data.startswith(b"RIFF") and data[8:12] == b"AVI ")
