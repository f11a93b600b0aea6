"""One delivery to a Page: what will be sent, the upload, the one irreversible call, and looking whether it is out."""

from __future__ import annotations

import mimetypes
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from channels.base import REPLY, AccountRef, Content, Notes, Outgoing, SaveNotes, Sent
from channels.errors import ChannelError, Rejected
from channels.facebook import values
from channels.facebook.calls import FacebookCalls
from channels.facebook.errors import FILE, GONE, LOST_SESSION, says
from channels.files import read_part
from channels.http import unclear, unreachable

_SESSION: Final = ("upload_session_id", "video_id", "start", "end")
_BAD_STATUS: Final = frozenset({"error", "upload_failed", "expired"})
_DONE: Final = frozenset({"complete", "completed"})
_MOST_STEPS_BACK: Final = 3
_NOT_SENT: Final = frozenset({"source", "pin"})


class FacebookSending(FacebookCalls):
    """Posts, photos, clips and answers on their way."""

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A feed post (text, link), a photo with caption, a video with description, or an answer to a comment."""
        text, link = unicodedata.normalize("NFC", content.text).strip(), content.link.strip()
        if content.options.get("form") == REPLY:
            return Outgoing(cls.kind, REPLY, {"comment_id": content.options.get("target", ""), "message": text})
        media = content.media[0] if content.media else None
        pin = {"pin": "true"} if content.options.get("pin") == "true" else {}
        if media is None:
            return Outgoing(cls.kind, "feed", _filled({"message": text, "link": link, **pin}))
        caption = "\n".join(p for p in (text, link) if p)
        if media.kind == "picture":
            words = {"caption": caption, "source": media.sha256, "alt_text_custom": media.alt_text, **pin}
            return Outgoing(cls.kind, "photo", _filled(words), (media,))
        words = {"title": content.title.strip(), "description": caption, "source": media.sha256}
        return Outgoing(cls.kind, "video", _filled(words), (media,))

    def prepares(self, out: Outgoing) -> bool:
        """A clip is uploaded first."""
        return out.form == "video"

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload a clip in the chunks Facebook asks for. The session is kept, so a restart goes on; one that is lost
        is forgotten and begun anew."""
        if not self.prepares(out):
            return notes
        kept = dict(notes)
        resumed = "upload_session_id" in kept
        if resumed and await self._session_lost(kept):
            kept, resumed = await _forget(kept, save_notes), False
        try:
            return await self._upload(out, kept, save_notes)
        except ChannelError as error:
            gone = says(error, LOST_SESSION) or (resumed and says(error, frozenset({"100"})))
            if not gone:
                raise
            kept = await _forget(kept, save_notes)
            if not resumed:
                raise
        return await self._upload(out, kept, save_notes)

    async def _session_lost(self, kept: Mapping[str, str]) -> bool:
        try:
            body = await self._get(kept["video_id"], fields="status")
        except Rejected as error:
            return error.code == GONE
        return _word(body) in _BAD_STATUS

    async def _upload(self, out: Outgoing, kept: dict[str, str], save_notes: SaveNotes) -> Notes:
        clip = out.media[0]
        if "upload_session_id" not in kept:
            begun = await self._video(writes=False, upload_phase="start", file_size=str(clip.size))
            for name in ("upload_session_id", "video_id"):
                kept[name] = values.text(begun.get(name))
            if not kept["upload_session_id"] or not kept["video_id"]:
                raise unreachable("start: no session in the answer")
            kept |= _offsets(begun)
            await save_notes(kept)
        back = 0
        while kept["start"] != kept["end"]:
            start = int(kept["start"])
            kept |= _offsets(await self._chunk(clip, kept["upload_session_id"], start, int(kept["end"])))
            await save_notes(kept)
            back += int(kept["start"]) <= start
            if back > _MOST_STEPS_BACK:
                raise unreachable("transfer: Facebook asks for the same bytes again and again")
        return kept

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST the feed post, photo or answer, or finish the video's upload."""
        if out.form == REPLY:
            body = await self._post(f"{out.payload['comment_id']}/comments", message=str(out.payload["message"]))
            if not body.get("id"):
                raise unclear("comment: success without an id")
            return Sent(remote_id=values.text(body["id"]))
        words = {k: v for k, v in out.payload.items() if k not in _NOT_SENT}
        if out.form == "video":
            session = {"upload_phase": "finish", "upload_session_id": notes["upload_session_id"]}
            body = await self._video(writes=True, published="true", **session, **words)
            if body.get("success") is False:
                raise unclear("finish: success false")
            return Sent(remote_id=notes["video_id"], processing=True)
        if out.form == "photo":
            picture = out.media[0]
            data = read_part(picture, 0, picture.size)  # at most 4 MB, see limits
            files = {"source": (f"picture{mimetypes.guess_extension(picture.mime) or ''}", data, picture.mime)}
            body = await self._post(f"{self.account.remote_id}/photos", files=files, published="true", **words)
            remote_id = values.text(body.get("post_id") or body.get("id"))
        else:
            body = await self._post(f"{self.account.remote_id}/feed", **words)
            remote_id = values.text(body.get("id"))
        if not remote_id:
            raise unclear("post: success without an id")
        return Sent(remote_id=remote_id, permalink=f"https://www.facebook.com/{remote_id}")

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """Read the video's status until it is ready."""
        body = await self._get(sent.remote_id, fields="status,permalink_url,post_id,published")
        status, word = values.inner(body.get("status")), _word(body)
        phases = [values.inner(status.get(f"{name}_phase")) for name in ("uploading", "processing", "publishing")]
        if word in _BAD_STATUS or any(phase.get("status") == "error" for phase in phases):
            raise Rejected(f"video_status {word}: {_reasons([status, *phases])}", told=FILE)
        ready = word == "ready" or (phases[2].get("status") in _DONE and phases[1].get("status") in _DONE)
        return Sent(
            remote_id=sent.remote_id,
            permalink=values.link(body.get("permalink_url")) or sent.permalink,
            processing=not ready,
        )

    def has_extras(self, out: Outgoing) -> bool:
        """A correction is pinned."""
        return out.payload.get("pin") == "true"

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """Pin a correction."""
        if self.has_extras(out):
            await self.pin(sent.remote_id)

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Look through what appeared on the Page since, or under the comment; a video is asked for by its id."""
        if out.form == "video":
            return await self._find_video(notes)
        if out.form == REPLY:
            return await self._find_reply(out, since, besides)
        wanted = values.same(out.payload.get("message", out.payload.get("caption")))
        earliest = since.replace(microsecond=0)  # Facebook writes whole seconds
        async for post in self._pages(
            f"{self.account.remote_id}/published_posts",
            fields="id,message,created_time,permalink_url",
            since=str(int(since.timestamp())),
            limit="100",
        ):
            created = values.moment(post.get("created_time"))
            if values.text(post.get("id")) in besides:
                continue
            if post.get("id") and created and created >= earliest and values.same(post.get("message")) == wanted:
                permalink = values.link(post.get("permalink_url"))
                return Sent(remote_id=values.text(post["id"]), permalink=permalink)
        return None

    async def _find_reply(self, out: Outgoing, since: datetime, besides: Collection[str]) -> Sent | None:
        """Look through the answers to the comment. Whoever is not named may be we; under a comment that is gone there
        is nothing."""
        wanted, earliest = values.same(out.payload["message"]), since.replace(microsecond=0)
        words = {"fields": "id,message,from,created_time", "since": str(int(since.timestamp())), "limit": "100"}
        try:
            async for row in self._pages(f"{out.payload['comment_id']}/comments", **words):
                name, created = values.text(row.get("id")), values.moment(row.get("created_time"))
                ours = values.text(values.inner(row.get("from")).get("id")) in ("", self.account.remote_id)
                if not name or name in besides or not ours or created is None or created < earliest:
                    continue
                if values.same(row.get("message")) == wanted:
                    return Sent(remote_id=name)
        except Rejected as error:
            if error.code != GONE:
                raise
        return None

    async def _find_video(self, notes: Notes) -> Sent | None:
        if "video_id" not in notes:
            return None
        try:
            body = await self._get(notes["video_id"], fields="status,published,permalink_url")
        except Rejected as error:
            if error.code == GONE:
                return None
            raise
        phase = values.inner(values.inner(body.get("status")).get("publishing_phase"))
        begun = phase.get("status") not in (None, "not_started") or body.get("published") is True
        if begun or _word(body) in ("processing", "ready"):
            return Sent(remote_id=notes["video_id"], processing=True)
        return None

    async def pin(self, remote_id: str) -> None:
        """Pin a post at the top of the Page."""
        await self._post(remote_id, is_pinned="true")

    async def withdraw(self, remote_id: str) -> None:
        """Delete a post or a comment of ours; already gone counts as done."""
        try:
            body = await self._ask(lambda g: g.delete(remote_id), writes=True)
        except Rejected as error:
            if error.code != GONE:
                raise
            return
        if body.get("success") is False:
            raise unclear("delete: success false")


def _filled(words: Mapping[str, str]) -> dict[str, str]:
    """Only what says something goes out."""
    return {name: word for name, word in words.items() if word}


async def _forget(kept: Mapping[str, str], save_notes: SaveNotes) -> dict[str, str]:
    """The notes without the upload session."""
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
