"""One delivery to a channel: the upload, the one irreversible call, and looking whether it is out.

A clip goes up in a resumable session whose address is kept before the first byte: an unclear end is settled by asking
the session, so nothing is uploaded twice. A correction is a comment on the affected video and a note in its
description.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from googleapiclient.http import MediaIoBaseUpload

from channels.base import REPLY, Comment, Notes, Outgoing, SaveNotes, Sent
from channels.errors import Rejected, Unreachable
from channels.files import open_file, read_part
from channels.google import Google, GoogleFailure, failure_of, object_of
from channels.http import unclear
from channels.youtube import values
from channels.youtube.calls import CALL_S
from channels.youtube.errors import FILE, GONE, NOT_THERE
from channels.youtube.reading import YouTubeReading

_CHUNK: Final = 8 * 1024 * 1024  # a multiple of 256 KiB, as the platform wants
_SESSION_GONE: Final = "sessionGone"
_NOTE_MARK: Final = "———"
_KEPT: Final = ("title", "categoryId", "tags", "defaultLanguage", "defaultAudioLanguage")


class YouTubeSending(YouTubeReading):
    """Clips, corrections and answers on their way."""

    def prepares(self, out: Outgoing) -> bool:
        """A clip is uploaded first."""
        return out.form == "video"

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Open the upload session and keep its address before any byte is sent. One that is gone is opened anew: had
        it ended with a video, reading back would have found that before a second try."""
        if not self.prepares(out) or ("session" in notes and await self._alive(notes["session"], out.media[0].size)):
            return notes
        clip, body = out.media[0], {k: v for k, v in out.payload.items() if k != "media"}

        def begin(google: Google) -> str:
            with open_file(clip) as source:
                request = _insert(google, body, MediaIoBaseUpload(source, clip.mime, _CHUNK, resumable=True))
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

        kept = {**notes, "session": await self._ask(begin, writes=False)}
        await save_notes(kept)
        return kept

    async def _alive(self, session: str, size: int) -> bool:
        """False when a session is gone."""
        try:
            await self._ask(lambda g: _probe(g, session, size), writes=False)
        except Unreachable as error:
            if error.code != _SESSION_GONE:
                raise
            return False
        return True

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Send the bytes into the session (asking it first where it stands), or write the comment or answer."""
        if out.form == "comment":
            return await self._comment(str(out.payload["videoId"]), str(out.payload["textOriginal"]))
        if out.form == REPLY:
            return Sent(remote_id=await self._say("comments", out.payload))
        clip, session = out.media[0], notes["session"]

        def upload(google: Google) -> str:
            done, offset = _probe(google, session, clip.size)
            while not done:
                data = read_part(clip, offset, _CHUNK)
                if not data:
                    raise GoogleFailure("every byte was sent, and there is no video", sent=True)
                last = offset + len(data) - 1
                headers = {"content-range": f"bytes {offset}-{last}/{clip.size}"}
                done, moved = _put(google, session, data, headers)
                if not done and moved <= offset:
                    raise GoogleFailure("the session does not move on", sent=True)
                offset = moved
            return done

        video = await self._ask(upload, writes=True)
        return Sent(remote_id=video, permalink=values.watch(video), processing=True)

    async def _comment(self, video: str, text: str) -> Sent:
        top = {"snippet": {"textOriginal": text}}
        made = await self._say("commentThreads", {"videoId": video, "topLevelComment": top})
        return Sent(remote_id=made, permalink=f"{values.watch(video)}&lc={made}")

    async def _say(self, resource: str, snippet: Mapping[str, Any]) -> str:
        """Insert a comment or a reply; return its id."""
        body = {"snippet": dict(snippet)}
        made = await self._ask(
            lambda g: g.execute(
                getattr(g.service(), resource)().insert(part="snippet", body=body), writes=True, timeout_s=CALL_S
            ),
            writes=True,
        )
        if not made.get("id"):
            raise unclear(f"{resource}.insert: success without an id")
        return str(made["id"])

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """Read uploadStatus until processed."""
        if out.form != "video":
            return Sent(remote_id=sent.remote_id, permalink=sent.permalink)
        rows = values.rows(await self._list("videos", part="status", id=sent.remote_id))
        if not rows:
            raise Rejected("the video is not there", told=GONE)
        status = values.inner(rows[0], "status")
        word = status.get("uploadStatus", "")
        if word in ("failed", "rejected", "deleted"):
            raise Rejected(f"{word}: {status.get('failureReason') or status.get('rejectionReason', '')}", told=FILE)
        return Sent(remote_id=sent.remote_id, permalink=values.watch(sent.remote_id), processing=word != "processed")

    def has_extras(self, out: Outgoing) -> bool:
        """A correction's comment is followed by a note."""
        return out.form == "comment"

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """After a correction's comment, put a note at the head of the video's description."""
        if self.has_extras(out):
            await self.add_note(str(out.payload["videoId"]), str(out.payload["textOriginal"]))

    async def add_note(self, remote_id: str, note: str) -> None:
        """Put `note` before a video's description. An update replaces the whole part: read, merge, write."""
        rows = values.rows(await self._list("videos", part="snippet", id=remote_id))
        if not rows:
            return
        snippet = values.inner(rows[0], "snippet")
        old = str(snippet.get("description") or "")
        if old.startswith(note):
            return
        joined = f"{note}\n{_NOTE_MARK}\n{old}"
        kept = joined.encode()[: self.limits.text.most].decode(errors="ignore")
        merged = {k: snippet[k] for k in _KEPT if k in snippet}
        update = {"id": remote_id, "snippet": {**merged, "description": kept}}
        await self._ask(
            lambda g: g.execute(
                g.service().videos().update(part="snippet", body=update), writes=True, timeout_s=CALL_S
            ),
            writes=True,
        )

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Ask the upload session; without one, look through the channel's own uploads, comments or answers."""
        if out.form == "comment":
            return _ours(await self.read_comments(str(out.payload["videoId"]), since), out, since, besides)
        if out.form == REPLY:
            return _ours(await self._read_answers(str(out.payload["parentId"])), out, since, besides)
        session, clip = notes.get("session", ""), out.media[0]
        if session:
            try:
                done, _ = await self._ask(lambda g: _probe(g, session, clip.size), writes=False)
            except Unreachable as error:
                if error.code != _SESSION_GONE:
                    raise  # else the uploads tell
            else:
                return Sent(remote_id=done, permalink=values.watch(done), processing=True) if done else None
        wanted = out.payload["snippet"]
        for item in await self.read_items(since):
            if item.remote_id in besides:
                continue
            if values.same(item.title, wanted["title"]) and values.same(item.text, wanted["description"]):
                return Sent(remote_id=item.remote_id, permalink=item.permalink, processing=True)
        return None

    async def withdraw(self, remote_id: str) -> None:
        """Delete a video, or the comment that a correction was; already gone counts as done. The id does not say
        which of them it is: what is no video may be a comment."""
        for resource in ("videos", "comments"):
            try:
                await self._delete(resource, remote_id)
                return
            except Rejected as error:
                if error.code not in NOT_THERE:
                    raise

    async def _delete(self, resource: str, remote_id: str) -> None:
        await self._ask(
            lambda g: g.execute(getattr(g.service(), resource)().delete(id=remote_id), writes=True, timeout_s=CALL_S),
            writes=True,
        )


def _insert(google: Google, body: Mapping[str, Any], media: MediaIoBaseUpload) -> Any:
    return (
        google.service()
        .videos()
        .insert(part="snippet,status", body=dict(body), media_body=media, notifySubscribers=True)
    )


def _probe(google: Google, session: str, size: int) -> tuple[str, int]:
    """Ask a session where it stands: (video id, 0) when it is complete, else ("", next byte)."""
    return _put(google, session, b"", {"content-range": f"bytes */{size}"})


def _put(google: Google, session: str, data: bytes, headers: Mapping[str, str]) -> tuple[str, int]:
    with google.http(CALL_S * 4) as http:
        response, content = http.request(session, "PUT", body=data, headers=dict(headers))
    if response.status in (200, 201):
        video = object_of(content).get("id")
        if not video:
            raise GoogleFailure("a finished session without a video", sent=True, status=200)
        return str(video), 0
    if response.status == 308:
        stored = str(response.get("range", ""))
        return "", int(stored.rsplit("-", 1)[1]) + 1 if stored else 0
    if response.status in (404, 410):
        raise GoogleFailure("the upload session is gone", sent=bool(data), reason=_SESSION_GONE)
    raise failure_of(response, content)


def _ours(comments: Sequence[Comment], out: Outgoing, since: datetime, besides: Collection[str]) -> Sent | None:
    """Our own comment with these words among what was written since. YouTube's times have no parts of a second."""
    wanted, earliest = str(out.payload["textOriginal"]), since.replace(microsecond=0)
    for comment in comments:
        new = comment.created_at >= earliest and comment.remote_id not in besides
        if comment.own and new and values.same(comment.text, wanted):
            return Sent(remote_id=comment.remote_id)
    return None
