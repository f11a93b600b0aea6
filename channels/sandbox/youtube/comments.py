"""commentThreads and comments. youtube.md 5."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal, Remark
from channels.sandbox.youtube.asked import Asked, answered, body_of, etag, inner, matched, written
from channels.sandbox.youtube.base import API, MANAGE, Base, shown
from channels.sandbox.youtube.rules import RULES

THREAD_PARTS: Final = frozenset({"id", "replies", "snippet"})
COMMENT_PARTS: Final = frozenset({"id", "snippet"})
STATUSES: Final = ("published", "heldForReview", "likelySpam", "rejected")
MOST_TEXT: Final = 10_000
REPLIES_SHOWN: Final = 5


class Comments(Base):
    """Threads, replies and their moderation."""

    def comment_routes(self) -> list[web.RouteDef]:
        """The endpoints of both resources."""
        return [
            web.get(f"{API}/commentThreads", self._threads),
            web.post(f"{API}/commentThreads", self._new_thread),
            web.get(f"{API}/comments", self._comments),
            web.post(f"{API}/comments", self._new_reply),
            web.put(f"{API}/comments", self._edit),
            web.delete(f"{API}/comments", self._delete_comment),
            web.post(f"{API}/comments/setModerationStatus", self._moderate),
        ]

    # -- reading ----------------------------------------------------------------------------------------------------

    async def _threads(self, request: web.Request) -> web.Response:
        filters = ("videoId", "allThreadsRelatedToChannelId", "id")
        words = ("part", "order", "searchTerms", "moderationStatus", "textFormat", "maxResults", "pageToken")
        account, asked = self.enter(request, 1, MANAGE, *filters, *words)
        parts, by = asked.parts(THREAD_PARTS), asked.filter(*filters)
        asked.apart("id", "searchTerms", "moderationStatus")
        order = asked.choice("order", ("time", "relevance"), "time")
        status = asked.choice("moderationStatus", STATUSES, "published")
        plain = asked.choice("textFormat", ("html", "plainText"), "html") == "plainText"
        size = asked.number("maxResults", 1, 100, 20)
        if by == "id":
            found = [self._thread_of(name) for name in asked.listed("id")]
        else:
            items = self._videos_asked(account, asked, by)
            if status != "published" and any(i.account != account.remote_id for i in items):
                raise Refusal(RULES["forbidden"])  # only the owner sees what was held back
            found = [(item, top) for item in items for top in self._tops(item, status)]
            terms = asked.text("searchTerms").casefold().split()
            found = [(i, top) for i, top in found if all(term in top.text.casefold() for term in terms)]
            found.sort(key=lambda row: (row[1].at, row[1].remote_id), reverse=True)
            if order == "relevance":
                found.sort(key=lambda row: row[1].likes, reverse=True)
        rows, more = asked.page(found, size)
        by_owner = status if status != "published" else ""
        body = {
            "kind": "youtube#commentThreadListResponse",
            "items": [self.thread_row(item, top, parts, plain=plain, status=by_owner) for item, top in rows],
        }
        return answered(request, body | more)

    def _videos_asked(self, account: Account, asked: Asked, by: str) -> list[Item]:
        if by == "videoId":
            return [self._commentable(account, asked.text("videoId"))]
        channel = asked.text("allThreadsRelatedToChannelId")
        if channel not in self.accounts:
            raise Refusal(RULES["no_such_channel"])
        mine = channel == account.remote_id
        found = [i for i in self.items.values() if i.account == channel and self.takes_comments(i)]
        return [i for i in found if i.live or (mine and i.state != "removed")]

    def _commentable(self, account: Account, video: str) -> Item:
        item = self.visible(account, video)
        if not self.takes_comments(item):
            raise Refusal(RULES["comments_off"])
        return item

    def _tops(self, item: Item, status: str) -> list[Remark]:
        """The top comments of a status. Rejected ones may not be listed afterwards, so they are not here."""
        if status == "published":
            return [r for r in shown(item) if not r.parent_id]
        held = [r for r in item.remarks if not r.parent_id and r.hidden and not r.removed]
        return [r for r in held if status == "heldForReview" and self._status(r) == status]

    def _status(self, remark: Remark) -> str:
        return self.moderation.get(remark.remote_id, "heldForReview") if remark.hidden else "published"

    def _thread_of(self, name: str) -> tuple[Item, Remark]:
        for item in self.items.values():
            for remark in shown(item):
                if remark.remote_id == name and not remark.parent_id and item.state != "removed":
                    return item, remark
        raise Refusal(RULES["no_thread"])

    def thread_row(self, item: Item, top: Remark, parts: set[str], *, plain: bool, status: str = "") -> dict[str, Any]:
        """A thread: its top comment, and only some of the replies."""
        answers = [r for r in shown(item) if r.parent_id == top.remote_id]
        known: dict[str, Any] = {
            "snippet": {
                "channelId": item.account,
                "videoId": item.remote_id,
                "canReply": True,
                "isPublic": not top.hidden,
                "totalReplyCount": len(answers),
                "topLevelComment": _row(top, COMMENT_PARTS, plain=plain, status=status),
            }
        }
        if answers:
            newest = answers[-REPLIES_SHOWN:]
            known["replies"] = {"comments": [_row(r, COMMENT_PARTS, plain=plain) for r in newest]}
        chosen = {name: known[name] for name in known if name in parts}
        return {"kind": "youtube#commentThread", "etag": etag(chosen), "id": top.remote_id, **chosen}

    async def _comments(self, request: web.Request) -> web.Response:
        words = ("part", "id", "parentId", "textFormat", "maxResults", "pageToken")
        _, asked = self.enter(request, 1, MANAGE, *words)
        parts, by = asked.parts(COMMENT_PARTS), asked.filter("id", "parentId")
        plain = asked.choice("textFormat", ("html", "plainText"), "html") == "plainText"
        size = asked.number("maxResults", 1, 100, 20)
        if by == "id":
            found = [self._remark(name)[1] for name in asked.listed("id")]
        else:
            item, top = self._remark(asked.text("parentId"))
            found = [r for r in shown(item) if r.parent_id == top.remote_id]
        rows, more = asked.page(found, size)
        items = [_row(r, parts, plain=plain) for r in rows]
        return answered(request, {"kind": "youtube#commentListResponse", "items": items} | more)

    def _remark(self, name: str) -> tuple[Item, Remark]:
        for item in self.items.values():
            for remark in item.remarks:
                if remark.remote_id == name and not remark.removed and item.state != "removed":
                    return item, remark
        raise Refusal(RULES["no_comment"])

    # -- writing ----------------------------------------------------------------------------------------------------

    async def _new_thread(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "part")
        parts, bad = asked.parts(THREAD_PARTS), Refusal(RULES["processing"])
        snippet = inner(await body_of(request), "snippet", bad)
        text = _text(inner(inner(snippet, "topLevelComment", bad), "snippet", bad))
        item = self._commentable(account, str(snippet.get("videoId", "")))
        return answered(request, self.thread_row(item, self._write(account, item, text), parts, plain=False))

    async def _new_reply(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "part")
        parts = asked.parts(COMMENT_PARTS)
        snippet = inner(await body_of(request), "snippet", Refusal(RULES["processing"]))
        text = _text(snippet)
        try:
            item, top = self._remark(str(snippet.get("parentId", "")))
        except Refusal:
            raise Refusal(RULES["no_parent"]) from None
        if top.parent_id:
            raise Refusal(RULES["one_level"])
        self._commentable(account, item.remote_id)
        return answered(request, _row(self._write(account, item, text, top.remote_id), parts, plain=False))

    def _write(self, account: Account, item: Item, text: str, parent: str = "") -> Remark:
        remark = self.add_remark(item.remote_id, account.name, text, self.now(), parent_id=parent)
        remark.own, remark.author_id = True, account.remote_id
        return remark

    async def _edit(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "part")
        parts, body = asked.parts(COMMENT_PARTS), await body_of(request)
        if not body.get("id"):
            raise Refusal(RULES["parameter"], name="id")
        _, remark = self._written_by(account, str(body["id"]))
        text = _text(inner(body, "snippet", Refusal(RULES["processing"])))
        matched(request, remark_tag(remark))
        remark.text = text
        return answered(request, _row(remark, parts, plain=False))

    async def _delete_comment(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "id")
        _, remark = self._written_by(account, asked.need("id"))
        matched(request, remark_tag(remark))
        remark.removed = True
        return web.Response(status=204)

    def _written_by(self, account: Account, name: str) -> tuple[Item, Remark]:
        """Only one's own comments are edited and deleted; others' are hidden by moderation."""
        item, remark = self._remark(name)
        if remark.author_id != account.remote_id:
            raise Refusal(RULES["forbidden"])
        return item, remark

    async def _moderate(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "id", "moderationStatus", "banAuthor")
        names, status = asked.listed("id"), asked.need("moderationStatus")
        if asked.choice("moderationStatus", STATUSES, "") == "likelySpam":
            raise Refusal(RULES["spam"])
        if asked.flag("banAuthor") and status != "rejected":
            raise Refusal(RULES["ban"])
        found = [self._remark(name) for name in names]
        if any(item.account != account.remote_id for item, _ in found):
            raise Refusal(RULES["forbidden"])
        for _, remark in found:  # all or none
            remark.hidden = status != "published"
            self.moderation[remark.remote_id] = status
        return web.Response(status=204)


def remark_tag(remark: Remark) -> str:
    """The etag of a comment."""
    return etag([remark.remote_id, remark.text, remark.likes, remark.hidden])


def _text(snippet: dict[str, Any]) -> str:
    """The text that was sent: one that is no text cannot be processed."""
    text = snippet.get("textOriginal", "")
    if not isinstance(text, str):
        raise Refusal(RULES["processing"])
    if not text.strip():
        raise Refusal(RULES["no_text"])
    if len(text) > MOST_TEXT:
        raise Refusal(RULES["long_text"])
    return text


def _row(remark: Remark, parts: frozenset[str] | set[str], *, plain: bool, status: str = "") -> dict[str, Any]:
    told = remark.text if plain else remark.text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    snippet: dict[str, Any] = {
        "textDisplay": told,
        "authorDisplayName": f"@{remark.author.replace(' ', '').lower()}",
        "authorChannelId": {"value": remark.author_id},
        "likeCount": remark.likes,
        "publishedAt": written(remark.at),
        "updatedAt": written(remark.at),
    }
    if remark.own:
        snippet["textOriginal"] = remark.text
    if remark.parent_id:
        snippet["parentId"] = remark.parent_id
    if status:
        snippet["moderationStatus"] = status
    chosen = {"snippet": snippet} if "snippet" in parts else {}
    return {"kind": "youtube#comment", "etag": remark_tag(remark), "id": remark.remote_id, **chosen}
