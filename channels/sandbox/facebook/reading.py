"""What is read of a Page and of what is on it: nodes with their fields, and the lists. facebook.md 3.5, 3.6, 5, 6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from channels.sandbox.core import Account, Item
from channels.sandbox.facebook import comments, insights
from channels.sandbox.facebook.base import Base
from channels.sandbox.facebook.fields import Asked, asked_fields
from channels.sandbox.facebook.hooks import post_id
from channels.sandbox.facebook.logins import Caller
from channels.sandbox.facebook.params import REACTION_TYPES, invalid, yes
from channels.sandbox.facebook.rules import MOST_LENGTH_S, MOST_VIDEO
from channels.sandbox.facebook.words import paged, time_text, within

LISTS: Final = {
    "feed": ("live", "unpublished", "scheduled"),
    "posts": ("live",),
    "published_posts": ("live",),
    "videos": ("live", "unpublished", "scheduled"),
    "video_reels": ("live",),
    "scheduled_posts": ("scheduled",),
}
_PUBLISH_STATUS: Final = {"scheduled": "scheduled", "unpublished": "draft"}
_KINDS: Final = {"angry": "anger", "sad": "sorry"}


class Reading(Base):
    """Nodes and lists."""

    def read_page(self, page: Account, words: Mapping[str, str], caller: Caller) -> dict[str, Any]:
        """GET /{page}."""
        asked = asked_fields(words.get("fields") or "id,name", "Page")
        known: dict[str, Any] = {"id": page.remote_id, "name": page.name, "followers_count": page.followers,
                                 "fan_count": page.followers, "is_published": True,
                                 "video_upload_limits": {"length": MOST_LENGTH_S, "size": MOST_VIDEO}}  # fmt: skip
        for one in asked:
            if one.name == "access_token":
                known["access_token"] = self.logins.page_token(page, caller)
            if one.name in LISTS:
                known[one.name] = self.read_list(page, one.name, {**one.options, "fields": one.inner})
        return {"id": page.remote_id, **{a.alias: known[a.name] for a in asked if a.name in known}}

    def read_list(self, page: Account, edge: str, words: Mapping[str, str]) -> dict[str, Any]:
        """Newest first. Reels come from /video_reels and nowhere else; a photo beside the feed is not a post."""
        self.needs(page, "pages_read_engagement")
        states = LISTS[edge] + (("hidden",) if yes(words, "include_hidden") else ())
        videos = edge in ("videos", "video_reels")
        usual = "id,description,updated_time" if videos else "id,message,created_time"
        found = [
            item
            for item in self.items.values()
            if item.account == page.remote_id
            and item.state in states
            and _belongs(item, edge, videos=videos)
            and within(item.at, words, self.now())
        ]
        found.sort(key=lambda i: i.at, reverse=True)
        asked = {"fields": words.get("fields") or usual}
        asked_fields(asked["fields"], "AdVideo" if videos else "PagePost")  # an empty list is asked as strictly
        rows = [self.read_item(page, i, i.remote_id if videos else post_id(i), asked) for i in found]
        return paged(rows, words, self.address(page.remote_id, edge))

    def read_item(self, page: Account, item: Item, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        """A post, or with the bare id of a video or photo that node."""
        self.needs(page, "pages_read_engagement")
        node = node_of(item, name)
        asked = asked_fields(words.get("fields") or "id,created_time", node)
        if any(a.name in ("comments", "reactions", "likes") for a in asked):
            self.needs(page, "pages_read_user_content")
        known = self._facts(page, item, name)
        figures = insights.figures_of(item, self.now())
        if figures["shares"]:  # facebook.md 5: absent when 0
            known["shares"] = {"count": figures["shares"]}
        answer: dict[str, Any] = {"id": name}
        for one in asked:
            if one.name == "comments":
                answer[one.alias] = self._comments_within(item, name, one)
            elif one.name in ("reactions", "likes"):
                answer[one.alias] = _reactions(one, figures["reactions"])
            elif known.get(one.name) is not None:
                answer[one.alias] = known[one.name]
        return answer

    def _facts(self, page: Account, item: Item, name: str) -> dict[str, Any]:
        due = item.extra.get("due") if item.state == "scheduled" else None
        out = item.state in ("live", "hidden")
        return {
            "id": name,
            "created_time": time_text(item.at),
            "updated_time": time_text(item.extra.get("changed", item.at)),
            "from": {"id": page.remote_id, "name": page.name},
            "message": item.text or None,
            "description": item.text or None,
            "name": item.text or None,
            "title": item.title or None,
            "permalink_url": item.permalink,
            "link": item.permalink,
            "is_published": out,
            "published": out,
            "is_hidden": item.state == "hidden",
            "post_id": post_id(item),
            "page_story_id": post_id(item) if out else None,
            "status": self._status(item) if item.form == "video" else None,
            "status_type": _status_type(item),
            "scheduled_publish_time": int(due.timestamp()) if due else None,
            "alt_text": item.payload.get("alt_text_custom"),
            "alt_text_custom": item.payload.get("alt_text_custom"),
            "embeddable": yes(item.payload, "embeddable", default=True),
            "content_category": item.payload.get("content_category"),
        }

    def _comments_within(self, item: Item, name: str, asked: Asked) -> dict[str, Any]:
        """`comments` as a field: its options are the edge's words, and the total counts replies too."""
        words = {**asked.options, "fields": asked.inner}
        body = comments.listed(item, None, words, self.now(), self.address(name, "comments"))
        if "summary" in body:
            body["summary"]["total_count"] = sum(1 for r in item.remarks if not r.removed)
        return body

    def _status(self, item: Item) -> dict[str, Any]:
        """facebook.md 3.5: the three phases of a clip."""
        ready = self.now() >= item.extra.get("made", item.at) + self.processing
        size = int(item.extra.get("size", 0))
        done: dict[str, Any] = {"status": "completed"}
        publishing = {"publish_status": _PUBLISH_STATUS.get(item.state, "published")}
        when = item.extra.get("due") or item.at
        body = {
            "video_status": "ready" if ready else "processing",
            "uploading_phase": {**done, "bytes_transferred": size, "source_file_size": size},
            "processing_phase": done if ready else {"status": "in_progress"},
        }
        if ready and item.extra.get("spoilt"):
            errors = [{"code": 1363019, "message": "The video could not be processed"}]
            body |= {"video_status": "error", "processing_phase": {"status": "error", "errors": errors}}
            return {**body, "publishing_phase": {"status": "not_started", **publishing}}
        live = item.state in ("live", "hidden")
        phase = ("completed" if ready else "in_progress") if live else "not_started"
        return {**body, "publishing_phase": {"status": phase, **publishing, "publish_time": time_text(when)}}


def node_of(item: Item, name: str) -> str:
    """facebook.md 5.2: posts have `_` in the id, videos and photos do not."""
    return "PagePost" if "_" in name else {"video": "AdVideo", "photo": "Photo"}.get(item.form, "PagePost")


def _belongs(item: Item, edge: str, *, videos: bool) -> bool:
    reel = bool(item.extra.get("reel"))
    if videos:
        return item.form == "video" and (edge == "videos" or reel)
    beside = item.form == "photo" and (item.state == "unpublished" or yes(item.payload, "no_story"))
    return not reel and not beside


def _status_type(item: Item) -> str:
    if item.form == "video":
        return "added_video"
    if item.form == "photo" or "media_sha256" in item.payload:
        return "added_photos"
    return "shared_story" if item.link else "mobile_status_update"


def _reactions(asked: Asked, total: int) -> dict[str, Any]:
    """facebook.md 5: who reacted is not told; how many is, of one kind where `type` names it."""
    told = asked.options.get("type", "LIKE" if asked.name == "likes" else "")
    if told and told not in REACTION_TYPES:
        raise invalid(f"type must be one of {{{', '.join(sorted(REACTION_TYPES))}}}")
    if told:
        total = insights.by_reaction(total).get(_KINDS.get(told.lower(), told.lower()), 0)
    summary = asked.options.get("summary", "false") not in ("false", "0")
    return {"data": [], **({"summary": {"total_count": total}} if summary else {})}
