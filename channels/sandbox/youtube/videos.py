"""videos.list, update, delete and batchGetStats; channels.list. youtube.md 2, 3 and 4."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal
from channels.sandbox.youtube import metadata
from channels.sandbox.youtube.asked import answered, body_of, etag, matched, written
from channels.sandbox.youtube.base import API, MANAGE, READ, Base
from channels.sandbox.youtube.rules import RULES

STAT_PARTS: Final = frozenset({"id", "snippet", "statistics", "contentDetails"})
CHANNEL_PARTS: Final = frozenset(
    {
        "auditDetails",
        "brandingSettings",
        "contentDetails",
        "contentOwnerDetails",
        "id",
        "localizations",
        "snippet",
        "statistics",
        "status",
        "topicDetails",
    }
)


class Videos(Base):
    """Videos and the channels they are on."""

    def video_routes(self) -> list[web.RouteDef]:
        """The endpoints of both resources."""
        return [
            web.get(f"{API}/videos", self._videos),
            web.put(f"{API}/videos", self._update),
            web.delete(f"{API}/videos", self._delete),
            web.get(f"{API}/videos:batchGetStats", self._stats),
            web.get(f"{API}/channels", self._channels),
        ]

    def _seen(self, account: Account, names: list[str]) -> list[Item]:
        """A video that is gone, private or unknown is left out: no error."""
        found = []
        for name in dict.fromkeys(names):
            try:
                found.append(self.visible(account, name))
            except Refusal:
                continue
        return found

    async def _videos(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 1, READ, "part", "id", "maxResults")
        parts = asked.parts(metadata.PARTS)
        asked.number("maxResults", 1, 50, 5)
        rows = [
            self.video_row(item, parts, owner=item.account == account.remote_id)
            for item in self._seen(account, asked.listed("id"))
        ]
        return answered(request, _list("video", rows))

    async def _stats(self, request: web.Request) -> web.Response:
        """A lighter read of the figures, from a bucket of its own."""
        account, asked = self.enter(request, 1, READ, "part", "id", bucket="stats")
        parts, rows = asked.parts(STAT_PARTS), []
        for item in self._seen(account, asked.listed("id")):
            row = self.video_row(item, parts, owner=False)
            row["kind"] = "youtube#videoStat"
            if "snippet" in parts:
                row["snippet"] = {"publishTime": written(self.published_at(item))}
            row.get("statistics", {}).pop("favoriteCount", None)
            rows.append(row)
        return answered(request, {"kind": "youtube#batchGetStatsResponse", "items": rows})

    async def _update(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "part")
        parts, body = asked.parts(metadata.PARTS), await body_of(request)
        if not body.get("id"):
            raise Refusal(RULES["parameter"], name="id")
        item = self.own(account, str(body["id"]))
        matched(request, self.video_tag(item))
        sent = metadata.sent_parts(body, parts)
        self._check_update(item, sent, parts)
        # A part is replaced whole: what the request leaves out of it is gone.
        for name in parts & set(metadata.WRITABLE):
            item.payload[name] = sent.get(name, {})
        if "snippet" in parts:
            item.title, item.text = sent["snippet"]["title"], sent["snippet"].get("description", "")
        if "status" in parts:
            self.settle(item)
        return answered(request, self.video_row(item, parts, owner=True))

    @staticmethod
    def _check_update(item: Item, sent: dict[str, Any], parts: set[str]) -> None:
        if "snippet" in parts:
            metadata.check_snippet(sent.get("snippet", {}))
            if not sent["snippet"].get("categoryId"):
                raise Refusal(RULES["category"])
        if "status" in parts:
            status = sent.get("status", {})
            if "privacyStatus" not in status:
                raise Refusal(RULES["metadata"], name="privacyStatus")
            metadata.check(sent)
            if "publishAt" in status and "published_at" in item.extra:
                raise Refusal(RULES["publish_at"])  # only a video that was never published
        metadata.check(sent)
        snippet = sent.get("snippet", item.payload.get("snippet", {}))
        metadata.check_localizations(sent, snippet.get("defaultLanguage"))

    async def _delete(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "id")
        item = self.own(account, asked.need("id"))
        matched(request, self.video_tag(item))
        item.state = "removed"
        return web.Response(status=204)

    # -- channels ---------------------------------------------------------------------------------------------------

    async def _channels(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 1, READ, "part", "mine", "id", "maxResults", "pageToken")
        parts = asked.parts(CHANNEL_PARTS)
        if asked.filter("mine", "id") == "id":
            found = [self.accounts[name] for name in asked.listed("id") if name in self.accounts]
        elif asked.flag("mine"):
            found = [account]
        else:
            raise Refusal(RULES["filters"], name="mine")
        rows, more = asked.page(found, asked.number("maxResults", 0, 50, 5))
        body = _list("channel", [self._channel_row(one, parts, own=one is account) for one in rows])
        return answered(request, body | more)

    def _channel_row(self, account: Account, parts: set[str], *, own: bool) -> dict[str, Any]:
        public = [i for i in self.items.values() if i.account == account.remote_id and self.listed_publicly(i)]
        rounded = int(float(f"{account.followers:.3g}")) if account.followers else 0
        known: dict[str, Any] = {
            "snippet": {"title": account.name},
            "statistics": {
                "viewCount": str(sum(self.figures(i)["views"] for i in public)),
                "subscriberCount": str(rounded),
                "hiddenSubscriberCount": False,
                "videoCount": str(len(public)),
            },
            "contentDetails": {"relatedPlaylists": {"uploads": uploads_of(account)}},
        }
        if own:
            verified = not account.extra.get("unverified")
            known["status"] = {"longUploadsStatus": "allowed" if verified else "eligible", "isLinked": True}
        chosen = {name: known[name] for name in known if name in parts}
        return {"kind": "youtube#channel", "etag": etag(chosen), "id": account.remote_id, **chosen}


def uploads_of(account: Account) -> str:
    """The playlist in which every upload of a channel is."""
    return "UU" + account.remote_id[2:]


def _list(kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    info = {"totalResults": len(rows), "resultsPerPage": len(rows)}
    return {"kind": f"youtube#{kind}ListResponse", "items": rows, "pageInfo": info}
