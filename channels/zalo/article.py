"""An article as it is sent, and an article of Zalo's list as it is understood. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape, unescape
from typing import Any
from urllib.parse import quote

from channels.base import AccountRef, Content, MediaFile
from channels.zalo.codes import instant, number, rows

DESCRIPTION = 250
AUTHOR = 50
_PAGE = 10


def pictures_of(content: Content) -> list[MediaFile]:
    """The pictures of an article, its cover first. A thumbnail serves as the cover where it is all there is."""
    kinds = {kind: [m for m in content.media if m.kind == kind] for kind in ("picture", "thumbnail")}
    return kinds["picture"] or kinds["thumbnail"]


def clip_of(content: Content) -> MediaFile | None:
    """The clip, where there is one."""
    return next((m for m in content.media if m.kind == "clip"), None)


def under_clip(content: Content) -> str:
    """All that a video article says: it has no room but its description."""
    return "\n".join(filter(None, (words(content.text) or words(content.title), content.link.strip())))


def is_video(content: Content) -> bool:
    """A clip is an article of its own while its words fit. With more words or pictures it stands in a normal article,
    which wants a cover."""
    if clip_of(content) is None:
        return False
    pictures = pictures_of(content)
    return not pictures or (len(pictures) == 1 and len(under_clip(content)) <= DESCRIPTION)


def composed(content: Content, account: AccountRef) -> dict[str, Any]:
    """A normal article with cover and blocks, or a video article. A clip is given by its SHA-256, as `video`."""
    title, clip = words(content.title), clip_of(content)
    shown = {name: content.options.get(name) or "show" for name in ("status", "comment")}
    if clip is not None and is_video(content):
        avatar = _encoded(_avatar(content))
        head = {"type": "video", "title": title, "description": _cut(under_clip(content)), **shown}
        return {**head, "video": clip.sha256} | ({"avatar": avatar} if avatar else {})
    text = words(content.text) or title
    head = {"type": "normal", "title": title, "description": _cut(text.split("\n", 1)[0]), **shown}
    author = words(account.settings.get("author") or account.name)[:AUTHOR]
    return {**head, "author": author, "cover": _cover(content), "body": list(_blocks(content, text))}


def _avatar(content: Content) -> str:
    """The picture of a video article: its thumbnail, else the picture beside the clip."""
    thumbnail = next((m for m in content.media if m.kind == "thumbnail"), None)
    beside = thumbnail or next(iter(pictures_of(content)), None)
    return beside.public_url if beside else ""


def _cover(content: Content) -> dict[str, str]:
    pictures = pictures_of(content)
    address = _encoded(pictures[0].public_url if pictures else "")
    return {"cover_type": "photo", "photo_url": address, "status": "show"}


def _blocks(content: Content, text: str) -> Iterator[dict[str, str]]:
    """The paragraphs, the clip, the pictures after the cover with what they show in words, the link."""
    for part in filter(None, (p.strip() for p in text.split("\n\n"))):
        yield {"type": "text", "content": f"<p>{escape(part, quote=False).replace(chr(10), '<br>')}</p>"}
    if clip := clip_of(content):
        yield {"type": "video", "video": clip.sha256, "thumb": _encoded(_avatar(content))}
    for picture in pictures_of(content)[1:]:
        caption = words(picture.alt_text)
        yield {"type": "image", "url": _encoded(picture.public_url)} | ({"caption": caption} if caption else {})
    if content.link:
        link = escape(content.link.strip())
        yield {"type": "text", "content": f'<p><a href="{link}">{link}</a></p>'}


def with_clip(payload: Mapping[str, Any], video_id: str) -> dict[str, Any]:
    """The article with Zalo's id of the uploaded clip wherever it was given by its SHA-256."""

    def known(block: Mapping[str, Any]) -> dict[str, Any]:
        return {"video_id" if k == "video" else k: video_id if k == "video" else v for k, v in block.items()}

    body = {"body": [known(block) for block in payload["body"]]} if "body" in payload else {}
    return {**known(payload), **body}


def words(text: str) -> str:
    """zalo.md 3: Zalo counts what it is sent, and decomposed Vietnamese is longer."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def _cut(text: str) -> str:
    return text if len(text) <= DESCRIPTION else text[: DESCRIPTION - 1].rstrip() + "…"


def _encoded(url: str) -> str:
    """zalo.md 6.2: pictures by percent-encoded address; what is encoded already stays."""
    return quote(url.strip(), safe="%:/?#[]@!$&'()*+,;=-._~")


# -- as Zalo lists them -----------------------------------------------------------------------------------------------


def created(media: Mapping[str, Any]) -> datetime | None:
    """When an article was made: unit and name vary. None when it is not said."""
    return instant(media.get("create_date") or media.get("created_date"))


def page(data: Any, offset: int) -> tuple[list[Mapping[str, Any]], bool]:
    """The articles of one page, and whether another one follows."""
    found = rows(data)
    total = number(data.get("total")) if isinstance(data, dict) else None
    more = offset + _PAGE < total if total is not None else len(found) == _PAGE
    return [row for row in found if row.get("id")], bool(found) and more


def same(payload: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """True when an article of Zalo's says what was sent: the title, and of the rest whatever is given."""
    if _plain(payload.get("title")) != _plain(found.get("title")):
        return False
    if found.get("description") and _plain(payload.get("description")) != _plain(found["description"]):
        return False
    mine, theirs = told(payload.get("body")), told(found.get("body"))
    return not theirs or mine == theirs


def told(body: object) -> str:
    """The words of the text blocks, without markup."""
    return _plain(" ".join(str(block.get("content", "")) for block in blocks(body) if block.get("type") == "text"))


def blocks(body: object) -> list[Mapping[str, Any]]:
    """The blocks of an article's body, as far as they are any."""
    return [block for block in body if isinstance(block, dict)] if isinstance(body, list) else []


def _plain(text: object) -> str:
    plain = unescape(re.sub(r"<[^>]*>", " ", str(text or "")))
    return " ".join(unicodedata.normalize("NFC", plain).split())
