"""Clips on their way to a Page: chunks that Facebook cuts, a reel's bytes, the one call that publishes, captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from channels.base import Endpoints, MediaFile, Notes, Outgoing, SaveNotes, Sent
from channels.errors import ChannelError, Rejected, Unreachable
from channels.facebook import values
from channels.facebook.calls import FacebookCalls
from channels.facebook.composing import REEL, of_kind
from channels.facebook.errors import FILE, GONE, LOST_SESSION, MOVED_OFFSET, says
from channels.files import read_part
from channels.http import bytes_address, unclear, unreachable

_SESSION: Final = ("upload_session_id", "video_id", "start", "end", "upload_url", "uploaded")
_BAD_STATUS: Final = frozenset({"error", "upload_failed", "expired"})
_DONE: Final = frozenset({"complete", "completed"})
_OUT: Final = frozenset({"published", "scheduled"})
_MOST_STEPS_BACK: Final = 3
_NOT_SENT: Final = frozenset({"source", "captions", "thumb", "pin"})


class FacebookClips(FacebookCalls):
    """Videos and reels."""

    async def _prepare_clip(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload a clip, or the rest of it: what is kept of the upload lets a restart go on. One that is lost is
        forgotten and begun anew."""
        kept = dict(notes)
        resumed = "video_id" in kept
        if resumed and await self._session_lost(kept):
            kept, resumed = await _forget(kept, save_notes), False
        upload = self._upload_reel if out.form == REEL else self._upload_video
        try:
            return await upload(out.media[0], kept, save_notes)
        except ChannelError as error:
            gone = says(error, LOST_SESSION) or (resumed and says(error, frozenset({"100"})))
            if not gone:
                raise
            kept = await _forget(kept, save_notes)
            if not resumed:
                raise
        return await upload(out.media[0], kept, save_notes)

    async def _session_lost(self, kept: Mapping[str, str]) -> bool:
        try:
            body = await self.get(kept["video_id"], fields="status")
        except Rejected as error:
            return error.code == GONE
        return _word(body) in _BAD_STATUS

    async def _upload_video(self, clip: MediaFile, kept: dict[str, str], save_notes: SaveNotes) -> Notes:
        if "upload_session_id" not in kept:
            begun = await self._video(writes=False, upload_phase="start", file_size=str(clip.size))
            for name in ("upload_session_id", "video_id"):
                kept[name] = values.text(begun.get(name))
            if not kept["upload_session_id"] or not kept["video_id"]:
                raise unreachable("start: no session in the answer")
            kept |= _offsets(begun)
            await save_notes(kept)
        back, go_on = 0, lambda: save_notes(kept)  # word that it goes on
        while kept["start"] != kept["end"]:
            start = int(kept["start"])
            kept |= _offsets(await self._chunk(clip, kept["upload_session_id"], start, int(kept["end"]), go_on))
            await save_notes(kept)
            back += int(kept["start"]) <= start
            if back > _MOST_STEPS_BACK:
                raise unreachable("transfer: Facebook asks for the same bytes again and again")
        return kept

    async def _upload_reel(self, clip: MediaFile, kept: dict[str, str], save_notes: SaveNotes) -> Notes:
        """A reel's bytes go in one request to the address that start gave; what was cut off goes on from where
        Facebook says that it has the bytes."""
        if "uploaded" in kept:
            return kept
        have = 0
        if "upload_url" in kept:
            have = await self._received(kept["video_id"])
        else:
            begun = await self._upload(f"{self.account.remote_id}/video_reels", upload_phase="start")
            video, url = values.text(begun.get("video_id")), values.text(begun.get("upload_url"))
            if not video or not url:
                raise unreachable("start: no video or no address in the answer")
            address = bytes_address(url, self.endpoints.facebook, Endpoints.facebook, "facebook.com")
            kept |= {"video_id": video, "upload_url": address}
            await save_notes(kept)
        for _ in range(_MOST_STEPS_BACK):
            if have >= clip.size:
                break
            try:
                await self._send_bytes(kept["upload_url"], clip, have, lambda: save_notes(kept))
                break
            except Unreachable as error:
                if not says(error, MOVED_OFFSET):
                    raise
                have = await self._received(kept["video_id"])
        else:
            raise unreachable("upload: Facebook asks for the same bytes again and again")
        kept["uploaded"] = "true"
        await save_notes(kept)
        return kept

    async def _received(self, video: str) -> int:
        """How many bytes of a reel Facebook has; the notes and the spec spell the word differently."""
        body = await self.get(video, fields="status")
        phase = values.inner(values.inner(body.get("status")).get("uploading_phase"))
        told = phase.get("bytes_transferred", phase.get("bytes_transfered"))
        return max(0, values.count(told) or 0)

    async def _submit_clip(self, out: Outgoing, notes: Notes) -> Sent:
        """Finish the upload: now it is published. A video takes its thumbnail here, a reel afterwards."""
        words = {k: v for k, v in out.payload.items() if k not in _NOT_SENT}
        if out.form == REEL:
            finish = {"upload_phase": "finish", "video_id": notes["video_id"], "video_state": "PUBLISHED"}
            await self.post(f"{self.account.remote_id}/video_reels", **finish, **words)
        else:
            session = {"upload_phase": "finish", "upload_session_id": notes["upload_session_id"]}
            thumbnails = of_kind(out.media, "thumbnail")
            files = {"thumb": as_part(thumbnails[0])} if thumbnails else None
            body = await self._video(writes=True, files=files, published="true", **session, **words)
            if body.get("success") is False:
                raise unclear("finish: success false")
        return Sent(remote_id=notes["video_id"], processing=True)

    async def _poll_clip(self, sent: Sent) -> Sent:
        """Read the video's status until it is ready."""
        body = await self.get(sent.remote_id, fields="status,permalink_url,post_id,published")
        status, word = values.inner(body.get("status")), _word(body)
        phases = [values.inner(status.get(f"{name}_phase")) for name in ("uploading", "processing", "publishing")]
        if word in _BAD_STATUS or any(phase.get("status") == "error" for phase in phases):
            raise Rejected(f"video_status {word}: {_reasons([status, *phases])}", told=FILE)
        ready = word == "ready" or all(values.text(phase.get("status")) in _DONE for phase in phases[1:])
        return Sent(
            remote_id=sent.remote_id,
            permalink=values.link(body.get("permalink_url")) or sent.permalink,
            processing=not ready,
        )

    async def _find_clip(self, out: Outgoing, notes: Notes) -> Sent | None:
        """A clip is asked for by the id that start gave. A reel whose bytes are all there may be worked on before it
        is published, so its own list has the last word."""
        if "video_id" not in notes:
            return None
        try:
            body = await self.get(notes["video_id"], fields="status,published,permalink_url")
        except Rejected as error:
            if error.code == GONE:
                return None
            raise
        phase = values.inner(values.inner(body.get("status")).get("publishing_phase"))
        begun = phase.get("status") not in (None, "not_started") or values.text(phase.get("publish_status")) in _OUT
        begun = begun or body.get("published") is True
        if not begun and out.form == REEL:
            begun = await self._listed(notes["video_id"])
        elif not begun:
            begun = _word(body) in ("processing", "ready")
        return Sent(remote_id=notes["video_id"], processing=True) if begun else None

    async def _listed(self, video: str) -> bool:
        """Whether a reel is among the Page's newest."""
        body = await self.get(f"{self.account.remote_id}/video_reels", fields="id", limit="100")
        return any(values.text(row.get("id")) == video for row in values.rows(body.get("data")))

    async def _add_captions(self, out: Outgoing, video: str) -> None:
        """Add the captions that are not there yet, a file a language."""
        wanted = [(str(one["locale"]), file) for one, file in zip(
            out.payload.get("captions", ()), of_kind(out.media, "captions"), strict=True)]  # fmt: skip
        if not wanted:
            return
        there = {values.text(row.get("locale")) async for row in self.pages(f"{video}/captions", fields="locale")}
        for locale, file in wanted:
            if locale not in there:
                data = read_part(file, 0, file.size)  # at most 200 KB, see limits
                files = {"captions_file": (f"captions.{locale}.srt", data, "application/octet-stream")}
                await self.post(f"{video}/captions", files, default_locale=wanted[0][0])

    async def _set_thumbnail(self, out: Outgoing, video: str) -> None:
        """Give a reel its thumbnail; to give it the same again changes nothing that anyone sees."""
        for thumbnail in of_kind(out.media, "thumbnail") if out.form == REEL else ():
            await self.post(f"{video}/thumbnails", {"source": as_part(thumbnail)}, is_preferred="true")


def as_part(file: MediaFile) -> tuple[str, bytes, str]:
    """A picture as a part of a form, under a name that tells nothing."""
    return f"picture{values.suffix(file.mime)}", read_part(file, 0, file.size), file.mime  # a few MB, see limits


async def _forget(kept: Mapping[str, str], save_notes: SaveNotes) -> dict[str, str]:
    """The notes without the upload."""
    left = {name: value for name, value in kept.items() if name not in _SESSION}
    await save_notes(left)
    return left


def _offsets(answer: Mapping[str, Any]) -> dict[str, str]:
    """The bytes that Facebook wants next. Raises `Unreachable` for an answer that names none."""
    start, end = values.count(answer.get("start_offset")), values.count(answer.get("end_offset"))
    if start is None or end is None or not 0 <= start <= end:
        raise unreachable("upload: no offsets in the answer")
    return {"start": str(start), "end": str(end)}


def _word(body: Mapping[str, Any]) -> str:
    return values.text(values.inner(body.get("status")).get("video_status"))


def _reasons(parts: list[Mapping[str, Any]]) -> str:
    """What the phases tell of an error: a list in the spec, one object in the text."""
    found = [one for part in parts for one in [*values.rows(part.get("errors")), values.inner(part.get("error"))]]
    return "; ".join(values.text(one.get("message")) for one in found if one)
