"""What is written to a Page: posts, photos, clips, and how they are changed. facebook.md 3."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from channels.sandbox.core import Account, Item, Refusal, fetch, on_loopback
from channels.sandbox.facebook.params import invalid, yes
from channels.sandbox.facebook.reading import Reading
from channels.sandbox.facebook.rules import MOST_PICTURE, RULES
from channels.sandbox.facebook.uploads import REEL_AHEAD, VIDEO_AHEAD, Film
from channels.sandbox.facebook.words import (
    Timing,
    check_link,
    check_picture,
    check_text,
    publish_time,
    timing,
)

POST_AHEAD: Final = timedelta(days=75)
_ATTACHED: Final = re.compile(r"attached_media\[(\d+)\]")
_PRESET: Final = re.compile(r"\d{10,}")
_TEXT_WORD: Final = {"video": "description", "photo": "caption"}
_CHANGES: Final = frozenset({"message", "description", "name", "is_pinned", "is_hidden", "is_published", "published",
                             "scheduled_publish_time", "attached_media"})  # fmt: skip


class Publishing(Reading):
    """Edges and nodes that take something."""

    async def post_feed(self, page: Account, words: Mapping[str, str]) -> dict[str, Any]:
        """POST /{page}/feed."""
        attached, text, link = self._attached(page, words), words.get("message", ""), words.get("link", "")
        if not text and not link and not attached:
            raise Refusal(RULES["empty_post"])
        check_text(text)
        if not _PRESET.fullmatch(words.get("text_format_preset_id", "0" * 10)):
            raise Refusal(RULES["preset"])
        when = timing(words, self.now(), POST_AHEAD)
        if attached and when.due and words.get("unpublished_content_type") != "SCHEDULED":
            raise Refusal(RULES["content_type"])
        if when.state == "live" and text and not attached and self._newest(page) == (text, link):
            raise Refusal(RULES["duplicate"])
        if link:
            check_link(link)
            await _scrape(link)
        item = self.keep(page, f"{page.remote_id}_{555_000 + self.number()}", "feed", words, text, when)
        _attach(item, attached)
        return self.written(page, item, item.remote_id, words, {"id": item.remote_id})

    def _newest(self, page: Account) -> tuple[str, str] | None:
        """Text and link of the last post without a photo: the one that another would repeat in a row."""
        live = [i for i in self.published(page.remote_id) if i.state in ("live", "hidden")]
        plain = bool(live) and live[-1].form == "feed" and "media_sha256" not in live[-1].payload
        return (live[-1].text, live[-1].link) if plain else None

    def _attached(self, page: Account, words: Mapping[str, str], post: Item | None = None) -> list[Item]:
        """The photos of `attached_media`, one JSON list or `attached_media[0]`, `[1]` ...; a post may keep its own."""
        told = json.loads(words.get("attached_media", "[]"))
        single = {int(m[1]): v for k, v in words.items() if (m := _ATTACHED.fullmatch(k))}
        told += [json.loads(single[number]) for number in sorted(single)]
        found = []
        for one in told:
            name = str(one["media_fbid"])
            photo = self.items.get(f"{page.remote_id}_{name}")
            if photo is None or photo.form != "photo" or photo.state == "removed":
                raise Refusal(RULES["missing"], id=name)
            own = post is not None and photo.extra.get("post") == post.remote_id
            if (photo.state != "unpublished" and not own) or photo in found:
                raise Refusal(RULES["already_posted"])
            found.append(photo)
        return found

    async def post_photo(self, page: Account, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        """POST /{page}/photos. `message` and `name` are older words for `caption`."""
        data = files.get("source", b"")
        if not data:
            try:
                data = await fetch(words.get("url", ""), MOST_PICTURE + 1)
            except LookupError:
                raise Refusal(RULES["bad_image"]) from None
        check_picture(data)
        caption = words.get("caption") or words.get("message") or words.get("name") or ""
        check_text(caption)
        when = timing(words, self.now(), POST_AHEAD)
        photo = str(700_000 + self.number())
        item = self.keep(page, f"{page.remote_id}_{photo}", "photo", words, caption, when)
        item.payload["media_sha256"] = hashlib.sha256(data).hexdigest()
        item.picture = data
        alone = when.state != "live" or yes(words, "no_story")
        return self.written(page, item, photo, words, {"id": photo} | ({} if alone else {"post_id": item.remote_id}))

    def keep_video(self, page: Account, video: str, film: Film, words: Mapping[str, str], when: Timing) -> Item:
        """A clip that has come in whole."""
        check_text(words.get("description", ""))
        item = self.keep(page, video, "video", words, words.get("description", ""), when)
        item.title = words.get("title", "")
        item.payload["media_sha256"] = film.sha256
        item.extra["size"] = film.size
        item.permalink = f"/reel/{video}/"
        return item

    def written(
        self, page: Account, item: Item, name: str, words: Mapping[str, str], body: dict[str, Any]
    ) -> dict[str, Any]:
        """facebook.md 1: `fields` on a POST reads back what was written."""
        return body | (self.read_item(page, item, name, words) if words.get("fields") else {})

    def edit(self, page: Account, item: Item, words: Mapping[str, str]) -> dict[str, Any]:
        """POST /{post} or /{video}: all of it, or nothing."""
        if item.history:
            raise Refusal(RULES["removed"])  # facebook.md 3.7: only posts created by the same app can be edited
        if not _CHANGES & words.keys() and not any(_ATTACHED.fullmatch(k) for k in words):
            raise invalid("Nothing to change")
        text = words.get("message", words.get("description"))
        check_text(text or "")
        if text == "" and item.form == "feed" and not item.link and "media_sha256" not in item.payload:
            raise Refusal(RULES["empty_post"])
        attached, due = self._attached(page, words, item), None
        if "scheduled_publish_time" in words:
            if item.state not in ("scheduled", "unpublished"):
                raise Refusal(RULES["schedule_live"])
            ahead = (REEL_AHEAD if item.extra.get("reel") else VIDEO_AHEAD) if item.form == "video" else POST_AHEAD
            due = publish_time(words["scheduled_publish_time"], self.now(), ahead)
        if text is not None:
            item.text = item.payload[_TEXT_WORD.get(item.form, "message")] = text
        if item.form == "video" and "name" in words:
            item.title = item.payload["title"] = words["name"]
        if due is not None:
            item.state, item.extra["due"] = "scheduled", due
        if attached:
            _attach(item, attached)
        self._show(item, words)
        item.extra["changed"] = self.now()
        if item.live and (text is not None or attached):
            self.tell_item(item, "edited")
        return {"success": True}

    def _show(self, item: Item, words: Mapping[str, str]) -> None:
        """Pin, hide, publish now."""
        if "is_pinned" in words:
            item.pinned = yes(words, "is_pinned")
        out = yes(words, "is_published") or yes(words, "published")
        if out and item.state in ("scheduled", "unpublished"):
            item.state, item.at = "live", self.now()
            self.tell_item(item, "add")
        if "is_hidden" in words and item.state in ("live", "hidden"):
            hide = yes(words, "is_hidden")
            item.state = "hidden" if hide else "live"
            self.tell_item(item, "hide" if hide else "unhide")


def _attach(item: Item, photos: list[Item]) -> None:
    """Photos become part of a post."""
    for photo in photos:
        photo.state, photo.extra["post"] = "attached", item.remote_id
    if photos:
        item.payload["media_sha256"] = ",".join(p.payload["media_sha256"] for p in photos)
        item.picture = photos[0].picture
        item.extra["photos"] = [p.remote_id for p in photos]


async def _scrape(link: str) -> None:
    """The preview is read from the link. Only an address on this machine is really asked."""
    if on_loopback(link):
        try:
            await fetch(link, 1024 * 1024)
        except LookupError:
            raise Refusal(RULES["scrape"]) from None
