"""An article as it is sent, and an article of Zalo's list as it is understood. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any
from urllib.parse import quote

from channels.base import AccountRef, Content
from channels.zalo.codes import number, rows

DESCRIPTION = 250
AUTHOR = 50
_PAGE = 10


def composed(content: Content, account: AccountRef) -> dict[str, Any]:
    """A normal article with cover and blocks, or a video article when there is a clip (given by its SHA-256)."""
    title = _nfc(content.title)
    text = _nfc(content.text.replace("\r\n", "\n")) or title
    first = text.split("\n", 1)[0]
    description = first if len(first) <= DESCRIPTION else first[: DESCRIPTION - 1].rstrip() + "…"
    head = {"title": title, "description": description, "status": "show", "comment": "show"}
    clip = next((m for m in content.media if m.kind == "clip"), None)
    picture = next((m for m in content.media if m.kind == "picture"), None)
    if clip is not None:
        avatar = _encoded(picture.public_url if picture else content.options.get("avatar", ""))
        return {"type": "video", **head, "video": clip.sha256} | ({"avatar": avatar} if avatar else {})
    body = [
        {"type": "text", "content": f"<p>{escape(p.strip(), quote=False).replace(chr(10), '<br>')}</p>"}
        for p in text.split("\n\n")
        if p.strip()
    ]
    if content.link:
        link = escape(content.link.strip())
        body.append({"type": "text", "content": f'<p><a href="{link}">{link}</a></p>'})
    cover = {"cover_type": "photo", "photo_url": _encoded(picture.public_url if picture else ""), "status": "show"}
    author = _nfc(account.settings.get("author") or account.name)[:AUTHOR]
    return {"type": "normal", **head, "author": author, "cover": cover, "body": body}


def _nfc(text: str) -> str:
    """zalo.md 3: Zalo counts what it is sent, and decomposed Vietnamese is longer."""
    return unicodedata.normalize("NFC", text).strip()


def _encoded(url: str) -> str:
    """zalo.md 6.2: pictures by percent-encoded address; what is encoded already stays."""
    return quote(url.strip(), safe="%:/?#[]@!$&'()*+,;=-._~")


def created(media: Mapping[str, Any]) -> datetime | None:
    """When an article was made: unit and name vary, below 10^11 it is seconds. None when it is not said."""
    value = number(media.get("create_date") or media.get("created_date"))
    if not value:
        return None
    return datetime.fromtimestamp(value if value < 10**11 else value / 1000, UTC)


def page(data: Any, offset: int) -> tuple[list[Mapping[str, Any]], bool]:
    """The articles of one page, and whether another one follows."""
    found = rows(data)
    total = number(data.get("total")) if isinstance(data, dict) else None
    more = offset + _PAGE < total if total is not None else len(found) == _PAGE
    return [row for row in found if row.get("id")], bool(found) and more


def same(payload: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """True when an article of Zalo's says what was sent: the title, and of the rest whatever is given."""
    if _words(payload.get("title")) != _words(found.get("title")):
        return False
    if found.get("description") and _words(payload.get("description")) != _words(found["description"]):
        return False
    mine, theirs = _told(payload.get("body")), _told(found.get("body"))
    return not theirs or mine == theirs


def _told(body: object) -> str:
    """The words of the text blocks, without markup."""
    blocks: Sequence[Any] = body if isinstance(body, list) else []
    return _words(
        " ".join(str(b.get("content", "")) for b in blocks if isinstance(b, dict) and b.get("type") == "text")
    )


def _words(text: object) -> str:
    plain = unescape(re.sub(r"<[^>]*>", " ", str(text or "")))
    return " ".join(unicodedata.normalize("NFC", plain).split())
