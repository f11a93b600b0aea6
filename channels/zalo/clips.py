"""A clip on its way into an article: uploaded, then converted by Zalo (zalo.md 6.3)."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import aiohttp

from channels.base import MediaFile, Notes, Outgoing, SaveNotes
from channels.errors import Rejected, Told
from channels.files import open_file
from channels.http import unreachable
from channels.zalo.calls import ZaloCalls
from channels.zalo.codes import INVALID, fields, number

UPLOAD_S = 1800.0
LOOKS, LOOK_EVERY_S = 20, 5.0
_READY, _GONE = 1, (2, 4, 5)
_UPLOAD_GONE = frozenset({INVALID, "video-5"})


class ZaloClips(ZaloCalls):
    """Nothing of it is seen by anybody until an article holds it."""

    async def _with_clip(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload the clip and wait until Zalo has converted it. An upload kept from before that is no longer there is
        made again."""
        if "video_id" in notes:
            return notes
        kept = dict(notes)
        if "upload" in kept:
            try:
                return await self._ready(kept, save_notes)
            except Rejected as error:
                if error.code not in _UPLOAD_GONE:
                    raise
        kept["upload"] = await self._upload_clip(next(m for m in out.media if m.kind == "clip"))
        await save_notes(kept)
        return await self._ready(kept, save_notes)

    async def _ready(self, kept: dict[str, str], save_notes: SaveNotes) -> Notes:
        kept["video_id"] = await self._converted(kept["upload"])
        await save_notes(kept)
        return kept

    async def _upload_clip(self, clip: MediaFile) -> str:
        with ExitStack() as files:

            def form() -> aiohttp.FormData:
                made = aiohttp.FormData()
                file = files.enter_context(open_file(clip))  # anew for every try: aiohttp closes what it sent
                made.add_field("file", file, filename="clip.mp4", content_type=clip.mime)
                return made

            data = await self.upload("/v2.0/article/upload_video/preparevideo", form, UPLOAD_S)
        token = fields(data).get("token")
        if not token:
            raise unreachable("preparevideo: ok without a token")
        return str(token)

    async def _converted(self, token: str) -> str:
        """The video's id once Zalo has converted the clip; only then it is usable."""
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(LOOK_EVERY_S)
            path = "/v2.0/article/upload_video/verify"
            data = fields(await self.get(path, {"token": token}, headers={"token": token}))
            status = number(data.get("status"))
            if status == _READY and data.get("video_id"):
                return str(data["video_id"])
            if status in _GONE:
                told = Told(vi="Zalo không chuyển đổi được clip: thử tệp khác.", en="Zalo could not convert the clip.")
                raise Rejected("the clip was not converted", told=told, code=f"video-{status}")
        raise unreachable("video still converting", retry_after_s=60)
