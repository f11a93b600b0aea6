"""One delivery to a channel: the one irreversible call, and looking whether it is out.

A correction is a comment on the affected video and a note in its description.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from channels.base import REPLY, Comment, Notes, Outgoing, Sent
from channels.errors import Rejected
from channels.http import unclear
from channels.youtube import values
from channels.youtube.calls import CALL_S
from channels.youtube.errors import FILE, GONE, NOT_THERE
from channels.youtube.uploads import YouTubeUploads

_NOTE_MARK: Final = "———"
_KEPT: Final = ("title", "categoryId", "tags", "defaultLanguage", "defaultAudioLanguage")


class YouTubeSending(YouTubeUploads):
    """Clips, corrections and answers on their way."""

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Send the last bytes of a clip, or write the comment or answer."""
        if out.form == "comment":
            return await self._comment(str(out.payload["videoId"]), str(out.payload["textOriginal"]))
        if out.form == REPLY:
            return Sent(remote_id=await self._say("comments", out.payload))
        video = await self.upload_end(out, notes)
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
        stand = await self.stand(notes["session"], out.media[0].size) if notes.get("session") else None
        if stand is not None:  # else the uploads tell
            return Sent(stand.video, values.watch(stand.video), processing=True) if stand.video else None
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


def _ours(comments: Sequence[Comment], out: Outgoing, since: datetime, besides: Collection[str]) -> Sent | None:
    """Our own comment with these words among what was written since. YouTube's times have no parts of a second."""
    wanted, earliest = str(out.payload["textOriginal"]), since.replace(microsecond=0)
    for comment in comments:
        new = comment.created_at >= earliest and comment.remote_id not in besides
        if comment.own and new and values.same(comment.text, wanted):
            return Sent(remote_id=comment.remote_id)
    return None
