"""One delivery to a channel: the one irreversible call, and looking whether it is out, form by form.

A correction is a comment on the affected video and a note in its description.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.base import COMMENT, EDIT, REPLY, AccountRef, Comment, Content, Notes, Outgoing, Problem, Sent
from channels.errors import AuthLost, Rejected
from channels.http import unclear
from channels.youtube import values
from channels.youtube.calls import CALL_S
from channels.youtube.composing import OPTIONS, VIDEO, composed, followed_by, is_short, of_kind, own_problems
from channels.youtube.errors import FILE, GONE, NOT_OURS, NOT_THERE
from channels.youtube.extras import YouTubeExtras
from channels.youtube.uploads import YouTubeUploads


class YouTubeSending(YouTubeUploads, YouTubeExtras):
    """Every form on its way."""

    options = OPTIONS
    edit_options = frozenset({"tags"})

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A video; or, by the option `form` and what `target` names, a comment under a video, an answer under the
        thread's top comment, or new words for a video or comment of ours."""
        return composed(content)

    @classmethod
    def follow_ups(cls, content: Content) -> Sequence[Content]:
        """The first comment."""
        return followed_by(content)

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """As every channel, counted on the words with their link, and what only YouTube refuses."""
        link = content.link.strip() if content.options.get("form") != REPLY else ""
        whole = "\n".join(p for p in (content.text.strip(), link) if p)
        return [*super().review(replace(content, text=whole)), *own_problems(content)]

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Send the last bytes of a clip, write the comment or answer, or give an item its new words."""
        if out.form == COMMENT:
            return await self._comment(str(out.payload["videoId"]), str(out.payload["textOriginal"]))
        if out.form == REPLY:
            return Sent(remote_id=await self._say("comments", out.payload))
        if out.form == EDIT:
            return await self._edit(out)
        return _video(out, await self.upload_end(out, notes), processing=True)

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
        if out.form != VIDEO:
            return Sent(remote_id=sent.remote_id, permalink=sent.permalink)
        rows = values.rows(await self._list("videos", part="status", id=sent.remote_id))
        if not rows:
            raise Rejected("the video is not there", told=GONE)
        status = values.inner(rows[0], "status")
        word = status.get("uploadStatus", "")
        if word in ("failed", "rejected", "deleted"):
            raise Rejected(f"{word}: {status.get('failureReason') or status.get('rejectionReason', '')}", told=FILE)
        return _video(out, sent.remote_id, processing=word != "processed")

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """Put a clip into its playlists, add captions and set the thumbnail; or, after a correction's comment, put a
        note at the head of the video's description."""
        if out.form == VIDEO:
            await self._add_beside(out, sent.remote_id)
        elif self.has_extras(out):
            await self.add_note(str(out.payload["videoId"]), str(out.payload["textOriginal"]))

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Ask the upload session; without one, look through the channel's own uploads, comments or answers. An edit
        is known by the words that the item has."""
        if out.form == COMMENT:
            return _ours(await self.read_comments(str(out.payload["videoId"]), since), out, since, besides)
        if out.form == REPLY:
            return _ours(await self._read_answers(str(out.payload["parentId"])), out, since, besides)
        if out.form == EDIT:
            return await self._find_edit(out)
        if notes.get("session"):
            stand = await self.stand(notes["session"], of_kind(out.media, "clip")[0].size)
            if stand is not None:  # else the uploads tell
                return _video(out, stand.video, processing=True) if stand.video else None
        wanted = out.payload["snippet"]
        for item in await self.read_items(since):
            if item.remote_id in besides:
                continue
            if values.same(item.title, wanted["title"]) and values.same(item.text, wanted["description"]):
                return _video(out, item.remote_id, processing=True)
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

    async def hide_comment(self, remote_id: str, hidden: bool) -> None:
        """Hold a comment back for review, or publish it. A rejected one might not be found again, so none is."""
        word = "heldForReview" if hidden else "published"
        try:
            await self._ask(
                lambda g: g.execute(
                    g.service().comments().setModerationStatus(id=remote_id, moderationStatus=word),
                    writes=True,
                    timeout_s=CALL_S,
                ),
                writes=True,
            )
        except AuthLost as error:
            if error.code != "forbidden":
                raise
            raise Rejected(error.detail, told=NOT_OURS, code=error.code) from error


def _video(out: Outgoing, video: str, *, processing: bool) -> Sent:
    """The clip as it stands on YouTube; a Short has an address of its own kind."""
    short = any(is_short(clip) for clip in of_kind(out.media, "clip"))
    return Sent(video, values.watch(video, short=short), processing=processing)


def _ours(comments: Sequence[Comment], out: Outgoing, since: datetime, besides: Collection[str]) -> Sent | None:
    """Our own comment with these words among what was written since. YouTube's times have no parts of a second."""
    wanted, earliest = str(out.payload["textOriginal"]), since.replace(microsecond=0)
    for comment in comments:
        new = comment.created_at >= earliest and comment.remote_id not in besides
        if comment.own and new and values.same(comment.text, wanted):
            return Sent(remote_id=comment.remote_id)
    return None
