"""A clip on its way: a resumable session whose address is kept before the first byte.

All but the last bytes go up in `prepare`, so a process that dies goes on where the session stands; the last ones make
the video, and are the one irreversible call. An unclear end is settled by asking the session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from googleapiclient.http import MediaIoBaseUpload

from channels.base import SLOWEST_LINE, Endpoints, MediaFile, Notes, Outgoing, SaveNotes
from channels.errors import Unreachable
from channels.files import open_file, read_part
from channels.google import Google, GoogleFailure, failure_of, object_of
from channels.http import bytes_address, unreachable
from channels.youtube.calls import CALL_S
from channels.youtube.composing import VIDEO, of_kind
from channels.youtube.reading import YouTubeReading

CHUNK: Final = 8 * 1024 * 1024  # a multiple of 256 KiB, as the platform wants
SESSION_GONE: Final = "sessionGone"
_PARTS: Final = ("snippet", "status")
_STORED: Final = re.compile(r"(?:bytes[= ])?0-(\d{1,18})")


@dataclass(frozen=True)
class Stand:
    """Where a session stands: the video it became, or the next byte it takes."""

    video: str = ""
    offset: int = 0


class YouTubeUploads(YouTubeReading):
    """Clips up to their last bytes, and these."""

    def prepares(self, out: Outgoing) -> bool:
        """A clip is uploaded first."""
        return out.form == VIDEO

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Open the upload session, keep its address before any byte is sent, and send all chunks but the last. A
        session that is gone is opened anew: had it ended with a video, reading back would have found that before a
        second try."""
        if not self.prepares(out):
            return notes
        clip, kept, stand = of_kind(out.media, "clip")[0], dict(notes), None
        if "session" in kept:
            stand = await self.stand(kept["session"], clip.size)
        if stand is None:
            kept |= {"session": await self._open(out), "uploaded": "0"}
            await save_notes(kept)
            stand = Stand()
        while not stand.video and clip.size - stand.offset > CHUNK:
            stand = await self._send(kept["session"], clip, stand.offset, writes=False)
            kept["uploaded"] = str(stand.offset)
            await save_notes(kept)
        return kept

    async def stand(self, session: str, size: int) -> Stand | None:
        """Ask a session where it stands; None when it is gone."""
        try:
            return await self._ask(lambda g: _probe(g, session, size), writes=False)
        except Unreachable as error:
            if error.code != SESSION_GONE:
                raise
            return None

    async def upload_end(self, out: Outgoing, notes: Notes) -> str:
        """Send the last chunk, after asking the session where it stands, and return the video's id. Raises
        `Unreachable` while more than that is missing: nothing was sent."""
        clip, session = of_kind(out.media, "clip")[0], notes["session"]
        stand = await self._ask(lambda g: _probe(g, session, clip.size), writes=False)
        if not stand.video and clip.size - stand.offset > CHUNK:
            raise unreachable(f"{stand.offset} of {clip.size} bytes are stored", code="uploadBehind")
        while not stand.video:
            stand = await self._send(session, clip, stand.offset, writes=True)
        return stand.video

    async def _open(self, out: Outgoing) -> str:
        """Tell of the video and return the address that takes its bytes. No video exists yet."""
        clip, body = of_kind(out.media, "clip")[0], {name: out.payload[name] for name in _PARTS}
        quiet = out.payload.get("notifySubscribers") is False

        def begin(google: Google) -> str:
            with open_file(clip) as source:
                media = MediaIoBaseUpload(source, clip.mime, CHUNK, resumable=True)
                request = (
                    google.service()
                    .videos()
                    .insert(part=",".join(_PARTS), body=body, media_body=media, notifySubscribers=not quiet)
                )
            headers = {
                **request.headers,
                "x-upload-content-type": clip.mime,
                "x-upload-content-length": str(clip.size),
                "content-type": "application/json; charset=UTF-8",
            }
            google.called(str(request.methodId))
            with google.http(CALL_S) as http:
                response, content = http.request(request.uri, "POST", body=request.body, headers=headers)
            if response.status != 200 or "location" not in response:
                raise failure_of(response, content)
            return str(response["location"])

        address = await self._ask(begin, writes=False)
        return bytes_address(address, self.endpoints.youtube, Endpoints.youtube, "googleapis.com")

    async def _send(self, session: str, clip: MediaFile, offset: int, *, writes: bool) -> Stand:
        """Send the bytes from `offset` on, a chunk at most; `writes` when they are the last."""

        def put(google: Google) -> Stand:
            data = read_part(clip, offset, CHUNK)
            if not data:
                raise GoogleFailure("every byte was sent, and there is no video", sent=True)
            headers = {"content-range": f"bytes {offset}-{offset + len(data) - 1}/{clip.size}"}
            stand = _put(google, session, data, headers)
            if not stand.video and stand.offset <= offset:
                raise GoogleFailure("the session does not move on", sent=True)
            return stand

        return await self._ask(put, writes=writes)


def _probe(google: Google, session: str, size: int) -> Stand:
    """Ask a session where it stands."""
    return _put(google, session, b"", {"content-range": f"bytes */{size}"})


def _put(google: Google, session: str, data: bytes, headers: Mapping[str, str]) -> Stand:
    with google.http(CALL_S + len(data) / SLOWEST_LINE) as http:
        response, content = http.request(session, "PUT", body=data, headers=dict(headers))
    if response.status in (200, 201):
        video = object_of(content).get("id")
        if not video:
            raise GoogleFailure("a finished session without a video", sent=True, status=200)
        return Stand(str(video))
    if response.status == 308:
        stored = _STORED.fullmatch(str(response.get("range", "")))
        if stored is None and response.get("range"):
            raise GoogleFailure("a session that does not say where it stands", sent=bool(data), status=308)
        return Stand(offset=int(stored[1]) + 1 if stored else 0)
    if response.status in (404, 410):
        raise GoogleFailure("the upload session is gone", sent=bool(data), reason=SESSION_GONE)
    raise failure_of(response, content)
