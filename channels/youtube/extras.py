"""What follows a clip that is out: playlists, captions, a thumbnail; and a correction's note in a description.

Each looks before it writes, and a thumbnail set twice is the same thumbnail: a repeat doubles nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, Final

from googleapiclient.http import HttpRequest, MediaIoBaseUpload

from channels.base import MediaFile, Outgoing
from channels.errors import AuthLost, ChannelError, Rejected
from channels.files import read_part
from channels.google import Google
from channels.youtube import values
from channels.youtube.composing import VIDEO
from channels.youtube.edits import YouTubeEdits
from channels.youtube.errors import DONE_ALREADY, NOT_VERIFIED

_UPLOAD_S: Final = 120.0
_AUTOMATIC: Final = "asr"
_ANY_TYPE: Final = "application/octet-stream"  # SubRip and WebVTT have no type that YouTube names


class YouTubeExtras(YouTubeEdits):
    """Everything beside a clip."""

    def has_extras(self, out: Outgoing) -> bool:
        """A clip's playlists, captions and thumbnail; a correction's note."""
        if out.form != VIDEO:
            return bool(out.payload.get("note"))
        return any(out.payload.get(name) for name in ("playlists", "captions", "thumbnail"))

    async def _add_beside(self, out: Outgoing, video: str) -> None:
        """Everything that goes with a clip. One that fails keeps no other from being tried."""
        files, failed = {file.sha256: file for file in out.media}, list[ChannelError]()
        steps = [partial(self._add_to_playlist, name, video) for name in out.payload.get("playlists", ())]
        if tracks := out.payload.get("captions"):
            steps.append(partial(self._add_captions, tracks, files, video))
        if (thumbnail := out.payload.get("thumbnail")) in files:
            steps.append(partial(self._set_thumbnail, files[thumbnail], video))
        for step in steps:
            try:
                await step()
            except ChannelError as error:
                failed.append(error)
        if failed:
            raise next((error for error in failed if not isinstance(error, Rejected)), failed[0])

    async def _add_to_playlist(self, playlist: str, video: str) -> None:
        """Put the clip at a playlist's end, unless it is in it."""
        if values.rows(await self._list("playlistItems", part="id", playlistId=playlist, videoId=video)):
            return
        resource = {"kind": "youtube#video", "videoId": video}
        body = {"snippet": {"playlistId": playlist, "resourceId": resource}}
        await self._once(lambda g: g.service().playlistItems().insert(part="snippet", body=body))

    async def _add_captions(self, tracks: list[dict[str, str]], files: dict[str, MediaFile], video: str) -> None:
        """Add the tracks whose language has none yet; the one that YouTube makes by itself does not count."""
        rows = values.rows(await self._list("captions", part="snippet", videoId=video))
        snippets = [values.inner(row, "snippet") for row in rows]
        there = {str(s.get("language")) for s in snippets if str(s.get("trackKind", "")).lower() != _AUTOMATIC}
        for track in tracks:
            if track["language"] in there or track["source"] not in files:
                continue
            snippet = {"videoId": video, "language": track["language"], "name": "", "isDraft": False}
            await self._once(partial(_insert_captions, {"snippet": snippet}, files[track["source"]]))

    async def _set_thumbnail(self, file: MediaFile, video: str) -> None:
        """Set the picture. Of a channel that is not verified YouTube takes none."""

        def ask(google: Google) -> Any:
            return google.service().thumbnails().set(videoId=video, media_body=_media(file, file.mime))

        try:
            await self._once(ask)
        except AuthLost as error:
            if error.code != "forbidden":
                raise
            raise Rejected(error.detail, told=NOT_VERIFIED, code=error.code) from error

    async def _once(self, request: Callable[[Google], Any]) -> None:
        """Make one call that adds something; that it is there already is as good."""
        try:
            await self._ask(lambda g: g.execute(request(g), writes=True, timeout_s=_UPLOAD_S), writes=True)
        except Rejected as error:
            if error.code not in DONE_ALREADY:
                raise


def _insert_captions(body: dict[str, Any], file: MediaFile, google: Google) -> HttpRequest:
    """Both in one request, as the library makes it but for its line ends, which are not those of a MIME body."""
    made = google.service().captions().insert(part="snippet", body=body, media_body=_media(file, _ANY_TYPE))
    boundary = f"==={file.sha256}==="
    head = f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(body)}\r\n"
    words = f"{head}--{boundary}\r\nContent-Type: {_ANY_TYPE}\r\n\r\n".encode()
    whole = b"".join((words, read_part(file, 0, file.size), f"\r\n--{boundary}--\r\n".encode()))
    headers = {**made.headers, "content-type": f'multipart/related; boundary="{boundary}"'}
    return HttpRequest(made.http, made.postproc, made.uri, made.method, whole, headers, made.methodId)


def _media(file: MediaFile, mime: str) -> MediaIoBaseUpload:
    return MediaIoBaseUpload(BytesIO(read_part(file, 0, file.size)), mime)
