"""What Viber tells of a bot. viber.md 5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from channels.base import AccountRef, Comment
from channels.hooks import (
    Follows,
    Hooks,
    Receipt,
    Told,
    Unreadable,
    Written,
    hashed,
    hmac_sha256,
    inner,
    moment,
    name,
    same_mac,
    unpacked,
    words,
)

_RECEIPTS: Final = frozenset({"delivered", "seen", "failed"})


class ViberHooks(Hooks):
    """One address an account. Signed with its token."""

    kind: ClassVar[str] = "viber"

    def signed(self, account: AccountRef, headers: Mapping[str, str], body: bytes) -> bool:
        """HMAC-SHA256 with the account's token."""
        token = account.secrets.get("auth_token", "").strip()
        given = headers.get("X-Viber-Content-Signature", "").lower()
        return same_mac(given, hmac_sha256(token, body)) and bool(token)

    def is_probe(self, body: bytes) -> bool:
        """`set_webhook` calls the address before it answers; nothing depends on that call."""
        try:
            return unpacked(body).get("event") == "webhook"
        except Unreadable:
            return False

    def key(self, body: bytes) -> str:
        """Event, message and person: several devices of one person tell the same."""
        try:
            told = unpacked(body)
        except Unreadable:
            return hashed(body)
        event, token = name(told.get("event")), name(told.get("message_token"))
        return hashed(event.encode(), token.encode(), _person(told).encode()) if event and token else hashed(body)

    def read(self, body: bytes) -> Sequence[Told]:
        """Messages, who subscribes, what became of ours. Whoever writes is a subscriber from then on, without another
        word of it."""
        told = unpacked(body)
        event, at, user = name(told.get("event")), moment(told.get("timestamp")), _person(told)
        if not event or at is None:
            raise Unreadable("no event or time")
        if not user:
            return []
        if event == "message":
            return [Follows("", at, user, True), *_message(told, at, user)]
        if event in ("subscribed", "unsubscribed"):
            return [Follows("", at, user, event == "subscribed")]
        if event == "conversation_started" and told.get("subscribed") is True:
            return [Follows("", at, user, True)]
        if event in _RECEIPTS and (token := name(told.get("message_token"))):
            return [Receipt("", at, token, user, event)]
        return []


class ViberBotHooks(ViberHooks):
    """A bot's tell of citizens; a channel's are called once only, when the address is set."""

    kind = "viber_bot"


def _person(told: Mapping[str, Any]) -> str:
    found = (name(inner(told.get("sender")).get("id")), name(inner(told.get("user")).get("id")))
    return next(filter(None, found), name(told.get("user_id")))


def _message(told: Mapping[str, Any], at: datetime, user: str) -> list[Told]:
    """What a citizen wrote, also under a picture; without words there is nothing to read."""
    message, remote_id = inner(told.get("message")), name(told.get("message_token"))
    text = words(message.get("text"))
    if not remote_id or not text.strip():
        return []
    author = words(inner(told.get("sender")).get("name"))
    return [Written("", at, Comment(remote_id, text, at, author_key=user, author_name=author))]
