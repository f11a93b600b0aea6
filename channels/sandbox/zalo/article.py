"""What an article must be, field by field (zalo.md 6.2). Pure: what exists besides it is given."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from channels.sandbox.core import Refusal
from channels.sandbox.zalo.asked import address, choice, objects, text, wrong
from channels.sandbox.zalo.rules import RULES

MOST_TITLE: Final = 149  # documented as 150, a real call at exactly 150 was refused
MOST_AUTHOR: Final = 50
MOST_DESCRIPTION: Final = 300
_VIEWS: Final = ("horizontal", "vertical", "square")
_SHOWN: Final = ("show", "hide")


@dataclass(frozen=True)
class Existing:
    """What an article may point at: clips that are ready, and the OA's articles."""

    clips: Container[str]
    articles: Container[str]


def check(body: Mapping[str, Any], existing: Existing) -> None:
    """Refuse an article that is not as it must be."""
    kind = choice(body, "type", ("normal", "video"))
    text(body, "title", MOST_TITLE)
    text(body, "description", MOST_DESCRIPTION, needed=False)
    choice(body, "status", _SHOWN, "hide")
    choice(body, "comment", _SHOWN, "show")
    if kind == "video":
        if body.get("video_id") not in existing.clips:
            raise wrong("video_id")
        address(body, "avatar", needed="avatar" in body)
        return
    text(body, "author", MOST_AUTHOR)
    _check_cover(body.get("cover"), existing)
    for block in objects(body, "body"):
        _check_block(block, existing)
    address(body, "tracking_link", needed="tracking_link" in body)
    related = body.get("related_medias", [])
    if not isinstance(related, list) or not all(one in existing.articles for one in related):
        raise wrong("related_medias")


def _check_cover(cover: object, existing: Existing) -> None:
    if not isinstance(cover, dict) or cover.get("cover_type") not in ("photo", "video"):
        raise Refusal(RULES["cover"])
    if cover["cover_type"] == "photo":
        if not re.match(r"https?://[^/\s]", str(cover.get("photo_url", ""))):
            raise Refusal(RULES["cover"])
        if cover.get("status") != "show":
            raise Refusal(RULES["cover_status"])
        return
    if cover.get("cover_view") not in _VIEWS or cover.get("video_id") not in existing.clips:
        raise Refusal(RULES["cover"])
    if cover.get("status") not in _SHOWN:
        raise Refusal(RULES["cover_status"])


def _check_block(block: Mapping[str, Any], existing: Existing) -> None:
    kind = choice(block, "type", ("text", "image", "video", "product"), called="body")
    match kind:
        case "text":
            text(block, "content", called="body")
        case "image":
            address(block, "url", called="body")
            text(block, "caption", needed=False, called="body")
        case "video":
            if "video_id" in block:
                if block["video_id"] not in existing.clips:
                    raise wrong("body")
            else:
                address(block, "url", called="body")
            address(block, "thumb", needed="thumb" in block, called="body")
        case "product":
            text(block, "id", called="body")


def pictures(body: Mapping[str, Any]) -> list[str]:
    """The addresses that Zalo fetches, the cover first: a video's own address may be a page and is not fetched."""
    blocks = body.get("body", [])
    found = [
        body.get("avatar"),
        body.get("cover", {}).get("photo_url"),
        *(b.get("url") for b in blocks if b["type"] == "image"),
        *(b.get("thumb") for b in blocks if b["type"] == "video"),
    ]
    return [url for url in found if url]


def plain(body: Mapping[str, Any]) -> str:
    """The words of an article as its reader sees them."""
    told = [re.sub(r"<[^>]+>", " ", b["content"]) for b in body.get("body", []) if b["type"] == "text"]
    told += [b["caption"] for b in body.get("body", []) if b["type"] == "image" and b.get("caption")]
    return "\n".join([str(body.get("description") or ""), *told]).strip()
