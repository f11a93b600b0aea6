"""What is read of a channel: its uploads, and what is said under them.

Nothing is asked for with an etag: YouTube's 304 saves bytes and costs the same quota (youtube.md 7), which is what runs
short. Edits and deletions have no feed: they show when all comments are read again, and what is held back or rejected
is then missing like what was deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.base import Comment, Item
from channels.errors import Rejected
from channels.http import unreachable
from channels.youtube import values
from channels.youtube.errors import NOT_THERE
from channels.youtube.figures import YouTubeFigures


class YouTubeReading(YouTubeFigures):
    """Items, figures and comments of one channel."""

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Our uploads published after `since`, oldest first. YouTube's times have no parts of a second."""
        since = since.replace(microsecond=0)
        details = values.inner(await self._mine("contentDetails"), "contentDetails")
        uploads = values.inner(details, "relatedPlaylists").get("uploads")
        if not uploads:
            raise unreachable("channels.list: no uploads playlist")
        found: list[Item] = []
        words = {"part": "snippet,contentDetails", "playlistId": str(uploads), "maxResults": 50}
        async for rows in self._pages("playlistItems", **words):
            items = [item for row in rows if (item := _item(row)) is not None]
            found += [item for item in items if item.created_at >= since]
            added = [values.moment(values.inner(row, "snippet").get("publishedAt")) for row in rows]
            if any(at < since for at in added if at is not None):
                break
        return sorted(found, key=lambda i: i.created_at)

    async def read_comments(self, remote_id: str, since: datetime | None) -> Sequence[Comment]:
        """Threads newest first until `since`, with all their replies; oldest first in the answer. Where comments are
        off, or the video is gone, there are none."""
        since = since.replace(microsecond=0) if since is not None else None
        found: dict[str, Comment] = {}
        words = {"part": "snippet,replies", "videoId": remote_id, "order": "time", "textFormat": "plainText",
                 "maxResults": 100}  # fmt: skip
        try:
            async for rows in self._pages("commentThreads", **words):
                tops = []
                for thread in rows:
                    top = self._read(values.inner(values.inner(thread, "snippet"), "topLevelComment"), remote_id, "")
                    tops += [top] if top is not None else []
                    found |= {c.remote_id: c for c in (top, *await self._replies(thread, remote_id)) if c is not None}
                if since is not None and tops and tops[-1].created_at < since:
                    break
        except Rejected as error:
            if error.code not in ("commentsDisabled", "videoNotFound"):
                raise
        kept = [c for c in found.values() if since is None or c.created_at >= since]
        return sorted(kept, key=lambda c: c.created_at)

    async def _replies(self, thread: Mapping[str, Any], video: str) -> list[Comment]:
        """The replies of a thread: those it shows, or all of them by pages when there are more."""
        rows, parent = values.rows(values.inner(thread, "replies"), "comments"), str(thread.get("id", ""))
        if len(rows) < (values.count(values.inner(thread, "snippet").get("totalReplyCount")) or 0):
            rows = await self._answers(parent)
        return [comment for row in rows if (comment := self._read(row, video, parent)) is not None]

    async def _answers(self, parent: str) -> list[Mapping[str, Any]]:
        words = {"part": "snippet", "parentId": parent, "textFormat": "plainText", "maxResults": 100}
        return [row async for page in self._pages("comments", **words) for row in page]

    async def _read_answers(self, parent: str) -> list[Comment]:
        """The answers under one comment; none where that is gone."""
        try:
            rows = await self._answers(parent)
        except Rejected as error:
            if error.code not in NOT_THERE:
                raise
            return []
        return [comment for row in rows if (comment := self._read(row, "", parent)) is not None]

    def _read(self, row: Mapping[str, Any], video: str, parent: str) -> Comment | None:
        """One comment; None for a row without id or time. The author may be missing."""
        snippet = values.inner(row, "snippet")
        at = values.moment(snippet.get("publishedAt"))
        if at is None or not row.get("id"):
            return None
        author = str(values.inner(snippet, "authorChannelId").get("value") or "")
        return Comment(
            remote_id=str(row["id"]),
            text=str(snippet.get("textOriginal") or snippet.get("textDisplay") or ""),
            created_at=at,
            item_id=video,
            parent_id=parent,
            author_key=author,
            author_name=str(snippet.get("authorDisplayName") or ""),
            own=author == self.account.remote_id,
            likes=values.count(snippet.get("likeCount")),
        )


def _item(row: Mapping[str, Any]) -> Item | None:
    """An entry of the uploads playlist; None without an id or a time."""
    snippet, details = values.inner(row, "snippet"), values.inner(row, "contentDetails")
    at = values.moment(details.get("videoPublishedAt")) or values.moment(snippet.get("publishedAt"))
    video = str(details.get("videoId") or "")
    if at is None or not video:
        return None
    return Item(video, str(snippet.get("description") or ""), at, values.watch(video), str(snippet.get("title") or ""))
