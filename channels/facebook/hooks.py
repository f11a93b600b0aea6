"""What Facebook tells of a Page's feed. facebook.md 7."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from channels.base import AccountRef, Comment, Item
from channels.hooks import (
    Hooks,
    Posted,
    Removed,
    TakenDown,
    Told,
    Unreadable,
    Written,
    hashed,
    hmac_sha256,
    inner,
    moment,
    name,
    rows,
    same_mac,
    unpacked,
    words,
)

_ITEMS: Final = frozenset({"status", "post", "photo", "video", "share", "link", "album"})
_ADDED, _EDITED = frozenset({"add"}), frozenset({"edited", "edit", "update"})


class FacebookHooks(Hooks):
    """One address an app: an entry names its Page. Signed with the app's secret."""

    kind = "facebook"
    most_bytes = 4 * 1024 * 1024  # up to a thousand updates in one delivery

    def challenge(self, query: Mapping[str, str], word: str) -> str | None:
        """Hand back the challenge to whoever knows the verify token."""
        given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
        known = hmac.compare_digest(given, word.encode())
        return query.get("hub.challenge", "") if known and query.get("hub.mode") == "subscribe" else None

    def signed(self, account: AccountRef, headers: Mapping[str, str], body: bytes) -> bool:
        """HMAC-SHA256 with the app's secret; the old SHA-1 header counts for nothing."""
        secret = account.secrets.get("app_secret", "")
        given = headers.get("X-Hub-Signature-256", "")
        return same_mac(given, f"sha256={hmac_sha256(secret, body)}") and bool(secret)

    def key(self, body: bytes) -> str:
        """A delivery holds many updates and has no name of its own."""
        return hashed(body)

    def read(self, body: bytes) -> Sequence[Told]:
        """Comments and posts; reactions are read with the figures, hiding is no change of words."""
        told = unpacked(body)
        if told.get("object") != "page" or not isinstance(told.get("entry"), list):
            raise Unreadable("not of a Page")
        return [one for entry in rows(told["entry"]) for one in _entry(entry)]


def _entry(entry: Mapping[str, Any]) -> Iterator[Told]:
    page, at = name(entry.get("id")), moment(entry.get("time"))
    for change in rows(entry.get("changes")):
        value = inner(change.get("value"))
        when = at or moment(value.get("created_time"))
        if not page or when is None or change.get("field") != "feed":
            continue
        told = _comment(page, when, value) if value.get("item") == "comment" else _item(page, when, value)
        if told is not None:
            yield told


def _comment(page: str, at: datetime, value: Mapping[str, Any]) -> Told | None:
    remote_id, item_id, verb = name(value.get("comment_id")), name(value.get("post_id")), name(value.get("verb"))
    if not remote_id or not item_id:
        return None
    if verb == "remove":
        return Removed(page, at, remote_id, item_id)
    edited = verb in _EDITED
    if not edited and verb not in _ADDED:
        return None
    author, parent = inner(value.get("from")), name(value.get("parent_id"))
    comment = Comment(
        remote_id=remote_id,
        text=words(value.get("message")),
        created_at=moment(value.get("created_time")) or at,
        item_id=item_id,
        parent_id="" if parent == item_id else parent,
        author_key=name(author.get("id")),
        author_name=words(author.get("name")),
        own=name(author.get("id")) == page,
    )
    return Written(page, at, comment, edited)


def _item(page: str, at: datetime, value: Mapping[str, Any]) -> Told | None:
    """A post. A visitor's one is what somebody wrote to us; the Page's own is an item with comments to come."""
    remote_id, verb = name(value.get("post_id")), name(value.get("verb"))
    if not remote_id or name(value.get("item")) not in _ITEMS:
        return None
    author = inner(value.get("from"))
    own, created = name(author.get("id")) == page, moment(value.get("created_time")) or at
    if verb == "remove":
        return TakenDown(page, at, remote_id) if own or not author else Removed(page, at, remote_id, remote_id)
    edited = verb in _EDITED
    if not edited and verb not in _ADDED:
        return None
    text = words(value.get("message"))
    if own:
        return Posted(page, at, Item(remote_id, text, created, permalink=words(value.get("link"))), edited)
    written = Comment(
        remote_id, text, created, item_id=remote_id, author_key=name(author.get("id")),
        author_name=words(author.get("name")),
    )  # fmt: skip
    return Written(page, at, written, edited) if text and author else None
