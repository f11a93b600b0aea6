"""What Zalo tells of an OA. zalo.md 10."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.base import AccountRef, Comment
from channels.hooks import (
    Follows,
    Hooks,
    Removed,
    Told,
    Unreadable,
    Written,
    hashed,
    inner,
    moment,
    name,
    same_mac,
    unpacked,
    words,
)


class ZaloHooks(Hooks):
    """One address an app: an event names its OA. Signed with the OA Secret Key (secret `oa_secret`; without one the
    app's secret). The setting `hook_signer` "oa_id" takes the OA's id for the first part, as some have seen it."""

    kind = "zalo"

    def signed(self, account: AccountRef, headers: Mapping[str, str], body: bytes) -> bool:
        """A plain SHA-256 over app id, raw body, timestamp and secret."""
        secret = account.secrets.get("oa_secret") or account.secrets.get("app_secret", "")
        first = _first(account, account.settings.get("hook_signer", "app_id"))
        given = headers.get("X-ZEvent-Signature", "").strip().lower().removeprefix("mac=")
        made = mac(first, body, _timestamp(headers, body), secret)
        return same_mac(given, made) and bool(secret) and bool(first)

    def is_probe(self, body: bytes) -> bool:
        """Saving the address in the app's console sends a body without an event."""
        try:
            return "event_name" not in unpacked(body)
        except Unreadable:
            return not body.strip()

    def key(self, body: bytes) -> str:
        """Event and message; where there is no message event, time and person."""
        try:
            told = unpacked(body)
        except Unreadable:
            return hashed(body)
        event, message = name(told.get("event_name")), inner(told.get("message"))
        ids = message.get("msg_ids")
        of = name(message.get("msg_id")) or (",".join(map(name, ids)) if isinstance(ids, list) else "")
        of = of or f"{name(told.get('timestamp'))}:{_person(told)}"
        return hashed(event.encode(), of.encode()) if event and of != ":" else hashed(body)

    def read(self, body: bytes) -> Sequence[Told]:
        """Messages of citizens, and who follows. The OA's own messages come back as `oa_send_*`: they are known, from
        our deliveries or to whoever typed them."""
        told = unpacked(body)
        event, at = name(told.get("event_name")), moment(told.get("timestamp"))
        if not event or at is None:
            raise Unreadable("no event or time")
        if event in ("follow", "unfollow"):
            user = name(inner(told.get("follower")).get("id"))
            return [Follows(name(told.get("oa_id")), at, user, event == "follow")] if user else []
        if event.startswith(("user_send_", "anonymous_send_")) and not event.startswith("user_send_group_"):
            return _message(told, at)
        if event.startswith("user_withdraw"):  # its full name is not known for certain
            gone = name(inner(told.get("message")).get("msg_id"))
            return [Removed(_oa(told), at, gone, "")] if gone else []
        return []


def mac(first: str, body: bytes, timestamp: str, secret: str) -> str:
    """zalo.md 10.2: the parts one after the other, nothing between them."""
    parts = (first.encode(), body, timestamp.encode("utf-8", "surrogatepass"), secret.encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def matching(account: AccountRef, headers: Mapping[str, str], body: bytes) -> str:
    """Which of the ways to sign that were seen in the wild fits, empty for none: told to whoever looks for the reason,
    not believed."""
    given = headers.get("X-ZEvent-Signature", "").strip().lower().removeprefix("mac=")
    for signer in ("app_id", "oa_id"):
        for secret in ("oa_secret", "app_secret"):
            if not account.secrets.get(secret) or not (first := _first(account, signer)):
                continue
            if same_mac(given, mac(first, body, _timestamp(headers, body), account.secrets[secret])):
                return f"{signer}+{secret}"
    return ""


def _first(account: AccountRef, signer: str) -> str:
    return account.remote_id if signer == "oa_id" else account.settings.get("app_id", "")


def _timestamp(headers: Mapping[str, str], body: bytes) -> str:
    """As it stands in the header where there is one, else in the body."""
    if told := headers.get("X-ZEvent-Timestamp"):
        return told
    try:
        value = unpacked(body).get("timestamp")
    except Unreadable:
        return ""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _person(told: Mapping[str, Any]) -> str:
    return next((i for n in ("follower", "sender") if (i := name(inner(told.get(n)).get("id")))), "") or name(
        told.get("user_id")
    )


def _message(told: Mapping[str, Any], at: datetime) -> list[Told]:
    """What a citizen wrote, also under a picture; without words there is nothing to read."""
    message, user = inner(told.get("message")), name(inner(told.get("sender")).get("id"))
    remote_id, text = name(message.get("msg_id")), words(message.get("text"))
    if not remote_id or not text.strip():
        return []
    return [Written(_oa(told), at, Comment(remote_id, text, at, author_key=user))]


def _oa(told: Mapping[str, Any]) -> str:
    return name(inner(told.get("recipient")).get("id"))
