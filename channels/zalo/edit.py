"""New words for an article that is out: Zalo takes the whole article again, with its id (zalo.md 6.4). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from channels.base import AccountRef, Content
from channels.errors import Rejected, Told
from channels.zalo import article

_OF_ALL: Final = ("type", "title", "description", "status", "comment")
_TAKES: Final = {
    "normal": (*_OF_ALL, "author", "cover", "body", "related_medias", "tracking_link"),
    "video": (*_OF_ALL, "video_id", "avatar"),
}
"""What create and update take, by type; what else Zalo tells of an article is not sent back."""


def composed(content: Content, account: AccountRef) -> dict[str, Any]:
    """What is new, and the article's id: its words, and whether it is shown and commented on. Pictures and the clip
    stay as they are unless others are given."""
    new = article.composed(content, account)
    clip = article.clip_of(content)
    for name in ("type", "video"):
        new.pop(name, None)
    if clip is None:
        new |= _avatar(new)
    if "body" in new:
        new["body"] = [block for block in new["body"] if block["type"] != "video"]
    if not new.get("cover", {}).get("photo_url"):
        new.pop("cover", None)
    return {"id": content.options.get("target", ""), **new}


def _avatar(new: Mapping[str, Any]) -> dict[str, str]:
    """Whether the article is one of a clip is known on the platform alone: its picture is the avatar then."""
    address = new["cover"]["photo_url"]
    return {"avatar": address} if address else {}


def merged(before: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The whole article: what is new in place of what was there before."""
    video = before.get("type", "video" if before.get("video_id") else "normal") == "video"
    whole = {**before, **new, "type": "video" if video else "normal"}
    if isinstance(whole.get("cover"), dict):
        whole["cover"] = {"status": "show", **whole["cover"]}
    if video and "body" in new:
        whole["description"] = article.told(new["body"])
    elif "body" in new:
        whole["body"] = [*new["body"], *_kept(before.get("body"), {block["type"] for block in new["body"]})]
    return {"id": new["id"]} | {name: whole[name] for name in _TAKES[whole["type"]] if whole.get(name)}


def _kept(body: object, kinds: set[str]) -> list[Mapping[str, Any]]:
    """The blocks of a kind that the new ones have not: an article's clip, and its pictures."""
    return [b for b in article.blocks(body) if str(b.get("type")) not in {"text", *kinds}]


def check(whole: Mapping[str, Any]) -> None:
    """Raises `Rejected` for words that have no room: only Zalo tells that it is an article of a clip."""
    if whole["type"] == "video" and len(str(whole.get("description", ""))) > article.DESCRIPTION:
        most = article.DESCRIPTION
        told = Told(
            vi=f"Bài trên Zalo là bài video, chỉ nhận tối đa {most} ký tự: hãy rút ngắn lời sửa.",
            en=f"The article on Zalo is one of a clip and takes {most} characters at most: shorten the new words.",
        )
        raise Rejected("update: too long for a video article", told=told, code="description")


def is_done(new: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """True when the article says what was to be said: to say it again would do no harm."""
    wanted = merged(found, new)
    said = all(found.get(name) in (None, wanted.get(name)) for name in ("status", "comment", "avatar"))
    return said and article.same(wanted, found) and _pictures(wanted) == _pictures(found)


def _pictures(whole: Mapping[str, Any]) -> list[object]:
    cover = whole.get("cover")
    images = [b.get("url") for b in article.blocks(whole.get("body")) if b.get("type") == "image"]
    return [cover.get("photo_url") if isinstance(cover, dict) else None, *images]


def stored(before: Mapping[str, Any]) -> str:
    """What was there before, as a delivery remembers it."""
    kept = {name: before[name] for name in {*_TAKES["normal"], *_TAKES["video"]} if name in before}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)
