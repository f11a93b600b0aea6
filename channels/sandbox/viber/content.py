"""What Viber checks in a message before it fetches any file. viber.md 3.2 and 4.3 have the tables."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from channels.sandbox.core import Refusal, on_loopback
from channels.sandbox.viber.rules import RULES

Body = Mapping[str, Any]
TYPES: Final = frozenset({"text", "picture", "video", "file", "contact", "location", "url", "sticker"})
MOST_TEXT: Final = 7000
MOST_FILE: Final = 52_428_800
MOST_VIDEO_S: Final = 180
MOST_NAME: Final = 256
MOST_URL: Final = 2000
MOST_CONTACT: Final = {"name": 28, "phone_number": 18}
_PROGRAMS: Final = """
    bat bin cmd com cpl exe gadget inf1 ins inx isu job jse lnk msc msi msp mst paf pif ps1 reg rgs sct shb shs u3p vb
    vbe vbs vbscript ws wsf action app command csh osx workflow ksh out run apk ipa"""
FORBIDDEN: Final = frozenset(_PROGRAMS.split())


@dataclass(frozen=True)
class Takes:
    """What a product takes: types, the length of a caption, the endings and formats of pictures, bytes of a video."""

    types: frozenset[str]
    caption: int
    endings: tuple[str, ...]
    formats: frozenset[str]
    video: int


CHANNEL: Final = Takes(TYPES, 768, (".jpg", ".jpeg"), frozenset({"JPEG"}), MOST_FILE)
BOT: Final = Takes(
    TYPES | {"rich_media"}, 512, (".jpg", ".jpeg", ".png", ".gif"), frozenset({"JPEG", "PNG", "GIF"}), 27_262_976
)


def check(body: Body, takes: Takes) -> None:
    """Refuse a message whose fields break a rule of its type."""
    kind = words(body, "type")
    if kind not in takes.types:
        raise Refusal(RULES["type"])
    if kind in _CHECKS:
        _CHECKS[kind](body, takes)


def words(body: Body, name: str) -> str:
    """A required text."""
    value = body.get(name)
    if value is None or value == "":
        raise Refusal(RULES["missing"], what=name)
    if not isinstance(value, str):
        raise Refusal(RULES["bad"], what=name)
    return value


def inner(body: Body, name: str) -> Body:
    """A required object."""
    value = body.get(name)
    if value is None:
        raise Refusal(RULES["missing"], what=name)
    if not isinstance(value, dict):
        raise Refusal(RULES["bad"], what=name)
    return value


def address(body: Body, name: str) -> SplitResult:
    """A required address from which Viber can fetch: public, https, no login. Plain http is taken on loopback alone."""
    url = words(body, name)
    try:
        parts = urlsplit(url)
        allowed = on_loopback(url) or (parts.scheme == "https" and _public(parts.hostname or ""))
        if allowed and parts.username is None and parts.password is None:
            return parts
    except ValueError:
        pass  # no address at all
    raise Refusal(RULES["media_url"])


def whole(value: object) -> bool:
    """True for an integer; JSON's true is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def _ending(path: str) -> str:
    return PurePosixPath(unquote(path)).suffix.lower()


def _text(body: Body, takes: Takes) -> None:
    if len(words(body, "text")) > MOST_TEXT:
        raise Refusal(RULES["long_text"])


def _picture(body: Body, takes: Takes) -> None:
    if body.get("text") != "":  # the key is required, the text is not
        words(body, "text")
    if len(body["text"]) > takes.caption:
        raise Refusal(RULES["long_caption"])
    if _ending(address(body, "media").path) not in takes.endings:
        raise Refusal(RULES["picture"])
    _thumbnail(body)


def _thumbnail(body: Body) -> None:
    if "thumbnail" in body:
        address(body, "thumbnail")


def _video(body: Body, takes: Takes) -> None:
    if _ending(address(body, "media").path) != ".mp4":
        raise Refusal(RULES["video"])
    if _size(body) > takes.video:
        raise Refusal(RULES["big_video"])
    duration = body.get("duration", 0)
    if not isinstance(duration, int | float) or isinstance(duration, bool) or duration < 0:
        raise Refusal(RULES["bad"], what="duration")
    if duration > MOST_VIDEO_S:
        raise Refusal(RULES["long_video"])
    _thumbnail(body)


def _size(body: Body) -> int:
    size = body.get("size")
    if size is None:
        raise Refusal(RULES["no_size"])
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise Refusal(RULES["bad"], what="size")
    return size


def _file(body: Body, takes: Takes) -> None:
    path = address(body, "media").path
    if _size(body) > MOST_FILE:
        raise Refusal(RULES["big_file"])
    name = words(body, "file_name")
    if len(name) > MOST_NAME or len(_ending(name)) < 2:
        raise Refusal(RULES["file_name"])
    if _ending(name)[1:] in FORBIDDEN:
        raise Refusal(RULES["forbidden_file"])
    if _ending(path) != _ending(name):
        raise Refusal(RULES["file_url"])


def _contact(body: Body, takes: Takes) -> None:
    contact = inner(body, "contact")
    for name, most in MOST_CONTACT.items():
        if len(words(contact, name)) > most:
            raise Refusal(RULES["contact"])


def _location(body: Body, takes: Takes) -> None:
    location = inner(body, "location")
    for name, most in (("lat", 90), ("lon", 180)):
        value = location.get(name)
        if value is None:
            raise Refusal(RULES["missing"], what=name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.fabs(value) <= most:
            raise Refusal(RULES["location"])


def _url(body: Body, takes: Takes) -> None:
    url = words(body, "media")
    if len(url) > MOST_URL:
        raise Refusal(RULES["long_url"])
    if not urlsplit(url).scheme:
        raise Refusal(RULES["bad"], what="media")


def _sticker(body: Body, takes: Takes) -> None:
    if body.get("sticker_id") is None:
        raise Refusal(RULES["missing"], what="sticker_id")
    if not whole(body["sticker_id"]):
        raise Refusal(RULES["sticker"])


_CHECKS: Final[Mapping[str, Callable[[Body, Takes], None]]] = {
    "text": _text,
    "picture": _picture,
    "video": _video,
    "file": _file,
    "contact": _contact,
    "location": _location,
    "url": _url,
    "sticker": _sticker,
}
