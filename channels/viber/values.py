"""Reading what Viber says, and what it can fetch. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from channels.base import MediaFile, Problem, Sent
from channels.errors import Told
from channels.http import unclear
from channels.reading import whole

_ENDINGS = {"image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",), "video/mp4": (".mp4",)}


def number(value: object) -> int | None:
    """A whole number, also where it comes as text; None for everything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return whole(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return whole(int(value))
    return None


def sent_of(body: Mapping[str, Any]) -> Sent:
    """A message token has 19 digits: text from here on."""
    token = body.get("message_token")
    if not token:
        raise unclear("post: ok without message_token")
    return Sent(remote_id=str(token))


def super_admin(body: Mapping[str, Any]) -> str:
    """The id of a channel's super admin; empty where it shows none."""
    members = body.get("members")
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and member.get("role") == "superadmin" and member.get("id"):
            return str(member["id"])
    return ""


def address_problems(media: MediaFile) -> list[Problem]:
    """What keeps Viber from fetching a file; plain http is for a sandbox on this machine alone."""
    endings = _ENDINGS.get(media.mime, ())
    if not media.public_url or not endings:
        return []  # told by the common review
    try:
        parts = urlsplit(media.public_url)
        fetched = parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost")
    except ValueError:
        fetched, parts = False, urlsplit("")
    if fetched and parts.username is None and PurePosixPath(parts.path).suffix.lower() in endings:
        return []
    told = Told(
        vi=f"Viber cần địa chỉ https công khai kết thúc bằng {' hoặc '.join(endings)} cho tệp {media.path.name}.",
        en=f"Viber needs a public https address that ends in {' or '.join(endings)} for {media.path.name}.",
    )
    return [Problem(f"{media.kind}_address", media.kind, told)]
