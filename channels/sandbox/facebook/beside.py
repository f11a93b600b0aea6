"""What goes with a clip: captions in several languages, thumbnails. Edges of AdVideo in Meta's specs; Meta's page
"Video captions" for the file's name and size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from channels.sandbox.core import Item
from channels.sandbox.facebook.fields import asked_fields
from channels.sandbox.facebook.params import invalid, several, yes
from channels.sandbox.facebook.words import check_picture, paged, time_text

MOST_CAPTIONS: Final = 200_000
_NAMED: Final = re.compile(r"[^.]+\.([a-z]{2,3}_[A-Z]{2})\.srt")
_LOCALE: Final = re.compile(r"[a-z]{2,3}_[A-Z]{2}|none")
_CUE: Final = re.compile(rb"\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}")


def add_captions(item: Item, words: Mapping[str, str], files: Mapping[str, bytes], now: datetime) -> dict[str, Any]:
    """POST /{video}/captions: a SubRip file named `filename.locale.srt`, in place of an older one of that language."""
    file, default = files.get("captions_file"), words.get("default_locale", "")
    unwanted = several(words.get("locales_to_delete", ""))
    if file is None and not unwanted and not default:
        raise invalid("The parameter captions_file is required")
    if default and not _LOCALE.fullmatch(default):
        raise invalid("Param default_locale must be a locale or none")
    kept: dict[str, dict[str, Any]] = item.extra.setdefault("captions", {})
    if file is not None:
        named = _NAMED.fullmatch(getattr(file, "name", ""))
        if named is None:
            raise invalid("captions_file must be named filename.locale.srt")
        if len(file) > MOST_CAPTIONS or not _CUE.search(file):
            raise invalid("captions_file must be SubRip of at most 200 KB")
        kept[named[1]] = {"text": file.decode("utf-8", "replace"), "at": now, "default": False}
    for locale in unwanted:
        kept.pop(locale, None)
    if default:
        for locale, one in kept.items():
            one["default"] = locale == default
    return {"success": True}


def read_captions(item: Item, words: Mapping[str, str], url: str) -> dict[str, Any]:
    """GET /{video}/captions."""
    asked = asked_fields(words.get("fields") or "id,locale", "VideoCaption")
    rows = []
    for locale, one in item.extra.get("captions", {}).items():
        known = {"id": f"{item.remote_id}:{locale}", "locale": locale, "locale_name": locale, "is_default":
                 one["default"], "is_auto_generated": False, "create_time": time_text(one["at"])}  # fmt: skip
        rows.append({"id": known["id"], **{a.alias: known[a.name] for a in asked if a.name in known}})
    return paged(rows, words, url)


def add_thumbnail(item: Item, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
    """POST /{video}/thumbnails."""
    data = files.get("source", b"")
    check_picture(data)
    item.extra.setdefault("thumbnails", []).append(yes(words, "is_preferred"))
    if yes(words, "is_preferred"):
        item.picture = bytes(data)
    return {"success": True}


def read_thumbnails(item: Item, words: Mapping[str, str], url: str) -> dict[str, Any]:
    """GET /{video}/thumbnails: one that Facebook made, and those that were sent."""
    asked = asked_fields(words.get("fields") or "id,is_preferred", "VideoThumbnail")
    sent: list[bool] = item.extra.get("thumbnails", [])
    last = max((n for n, preferred in enumerate(sent, 1) if preferred), default=0)
    rows = []
    for number in range(len(sent) + 1):
        known = {"id": f"{item.remote_id}:{number}", "is_preferred": number == last, "scale": 1}
        rows.append({"id": known["id"], **{a.alias: known[a.name] for a in asked if a.name in known}})
    return paged(rows, words, url)
