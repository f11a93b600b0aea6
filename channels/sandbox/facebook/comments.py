"""What people and the Page write under things. facebook.md 4."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.sandbox.core import Item, Refusal, Remark
from channels.sandbox.facebook.fields import Asked, asked_fields
from channels.sandbox.facebook.params import invalid, yes
from channels.sandbox.facebook.rules import RULES
from channels.sandbox.facebook.words import paged, time_text, within

_USUAL = "id,message,from,created_time"
_ATTACHMENTS = ("attachment_url", "attachment_id", "attachment_share_url")


def listed(item: Item, parent: Remark | None, words: Mapping[str, str], now: datetime, url: str) -> dict[str, Any]:
    """GET /{thing}/comments, the list at `url`."""
    order = words.get("order", "chronological")
    asked = asked_fields(words.get("fields") or _USUAL, "Comment")
    found = [r for r in item.remarks if not r.removed and (parent is None or r.parent_id == parent.remote_id)]
    if words.get("filter", "toplevel") == "toplevel" and parent is None:
        found = [r for r in found if not r.parent_id]
    found = [r for r in found if within(r.at, words, now)]
    found.sort(key=lambda r: r.at, reverse=order == "reverse_chronological")
    body = paged([read(r, item, asked) for r in found], words, url)
    if words.get("summary", "false").lower() not in ("false", "0"):
        body["summary"] = {"order": order, "total_count": len(found), "can_comment": True}
    return body


def read(remark: Remark, item: Item, asked: list[Asked]) -> dict[str, Any]:
    """The fields of one comment; replies of a reply hang under the top one."""
    known: dict[str, Any] = {
        "id": remark.remote_id,
        "message": remark.text,
        "created_time": time_text(remark.at),
        "like_count": remark.likes,
        "is_hidden": remark.hidden,
        "can_hide": not remark.own,
        "can_comment": True,
        "can_remove": True,
        "can_like": True,
        "user_likes": remark.remote_id in item.extra.get("liked", ()),
        "comment_count": sum(1 for r in item.remarks if r.parent_id == remark.remote_id and not r.removed),
        "permalink_url": f"{item.permalink}?comment_id={remark.remote_id}",
    }
    if remark.author:  # facebook.md 4: may be missing
        known["from"] = {"id": remark.author_id, "name": remark.author}
    if attached := item.extra.get("attachments", {}).get(remark.remote_id):
        known["attachment"] = attached
    if remark.parent_id:
        known["parent"] = {"id": remark.parent_id}
    return {"id": remark.remote_id, **{a.alias: known[a.name] for a in asked if a.name in known}}


def check_new(words: Mapping[str, str]) -> str:
    """The text of a new comment; one with only an attachment has none."""
    if not words.get("message") and not any(words.get(k) for k in _ATTACHMENTS):
        raise invalid("Param message must be a non-empty string")
    return words.get("message", "")


def attach(item: Item, remark: Remark, words: Mapping[str, str]) -> None:
    """Keep what hangs on a comment: a picture by address or id, or a shared address."""
    for name in _ATTACHMENTS:
        if words.get(name):
            kind = "share" if name == "attachment_share_url" else "photo"
            where = {"target": {"id": words[name]}} if name == "attachment_id" else {"url": words[name]}
            item.extra.setdefault("attachments", {})[remark.remote_id] = {"type": kind, **where}


def change(remark: Remark, words: Mapping[str, str]) -> list[str]:
    """POST /{comment}: hide or unhide, or a new text for the Page's own. Returns what was done, as webhooks name it."""
    if "message" not in words and "is_hidden" not in words:
        raise invalid("Nothing to change: message or is_hidden")
    done = []
    if "message" in words:
        if not remark.own:
            raise Refusal(RULES["permission"], scope="the author's own")
        if not words["message"]:
            raise invalid("Param message must be a non-empty string")
        remark.text = words["message"]
        done.append("edited")
    if "is_hidden" in words:
        remark.hidden = yes(words, "is_hidden")
        done.append("hide" if remark.hidden else "unhide")
    return done


def like(item: Item, remark: Remark | None, *, liked: bool) -> None:
    """POST or DELETE /{comment or post}/likes: once, however often it is said."""
    own: set[str] = item.extra.setdefault("liked", set())
    name = remark.remote_id if remark else item.remote_id
    if liked == (name in own):
        return
    (own.add if liked else own.discard)(name)
    if remark:
        remark.likes += 1 if liked else -1
