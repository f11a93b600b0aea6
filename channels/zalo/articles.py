"""The articles of one OA as Zalo lists them: found again, read, counted, taken down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.base import Item, Metric
from channels.errors import ChannelError, Rejected
from channels.zalo.article import created, page
from channels.zalo.codes import HANOI, INVALID, fields, number, rows
from channels.zalo.inbox import MOST_PAGES, ZaloInbox

LIST_LIVES = timedelta(minutes=1)


class ZaloArticles(ZaloInbox):
    """Reading, and the one call that removes."""

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self._list: dict[str, Mapping[str, Any]] = {}
        self._listed_at: datetime | None = None

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Articles shown to people that were created after `since`, oldest first."""
        found = [
            Item(
                remote_id=str(media["id"]),
                text=str(media.get("description") or ""),
                title=str(media.get("title") or ""),
                created_at=at,
                permalink=str(media.get("link_view") or ""),
            )
            for kind in ("normal", "video")
            async for media in self._articles(kind, since)
            if (at := created(media)) is not None and media.get("status") != "hide"
        ]
        return sorted(found, key=lambda item: item.created_at)

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Views and shares of one article; Zalo offers neither likes nor comments."""
        media = await self._listed(remote_id)
        if media is None:
            return [Metric("views", None, "occurrences", "zalo:total_view:v2.0")]
        return [
            Metric("views", number(media.get("total_view")), "occurrences", "zalo:total_view:v2.0"),
            Metric("shares", number(media.get("total_share")), "occurrences", "zalo:total_share:v2.0"),
        ]

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Followers now; Zalo gives no history."""
        data = fields(await self.get("/v2.0/oa/getoa", {}))
        day = until.astimezone(HANOI).date().isoformat()
        value = number(data.get("num_follower"))
        return [Metric("followers", value, "people", "zalo:num_follower:v2.0", period="day", day=day)]

    async def withdraw(self, remote_id: str) -> None:
        """POST article/remove. One that is no longer listed is gone already."""
        try:
            await self.post("/v2.0/article/remove", {"id": remote_id}, writes=True)
        except Rejected as error:
            self._listed_at = None
            if error.code != INVALID or await self._listed(remote_id) is not None:
                raise

    async def _articles(self, kind: str, since: datetime | None) -> AsyncIterator[Mapping[str, Any]]:
        """Articles newest first, ten a page, until `since` or the end."""
        for number_of_page in range(MOST_PAGES):
            offset = number_of_page * 10
            query = {"offset": str(offset), "limit": "10", "type": kind}
            medias, more = page(await self.get("/v2.0/article/getslice", query), offset)
            for media in medias:
                at = created(media)
                if since is not None and at is not None and at < since:
                    return
                yield media
            if not more:
                return

    async def _listed(self, remote_id: str) -> Mapping[str, Any] | None:
        """An article in Zalo's list, which is read at most once a minute: the figures of all come with it."""
        if self._listed_at is None or self.now() - self._listed_at >= LIST_LIVES:
            self._list = {
                str(media["id"]): media for kind in ("normal", "video") async for media in self._articles(kind, None)
            }
            self._listed_at = self.now()
        return self._list.get(remote_id)

    async def _detail(self, remote_id: str) -> Mapping[str, Any]:
        """All that Zalo says of one article."""
        return fields(await self.get("/v2.0/article/getdetail", {"id": remote_id}))

    async def _link(self, article: str, kind: str) -> str:
        """The public address comes only from the list; without it the post is out all the same."""
        try:
            data = await self.get("/v2.0/article/getslice", {"offset": "0", "limit": "10", "type": kind})
        except ChannelError:
            return ""
        return next((str(m.get("link_view") or "") for m in rows(data) if str(m.get("id")) == article), "")
