"""What Viber takes, method by method and type by type, as viber.md gives it: names, types, what must be there. Data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Check = Callable[[Any], bool]


def text(most: int, least: int = 1) -> Check:
    """A text of so many characters."""
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def whole(most: int, least: int = 1) -> Check:
    """A whole number; JSON's true is none."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def address(*endings: str) -> Check:
    """A public https address, with one of these endings."""
    return lambda value: (
        isinstance(value, str) and value.startswith("https://") and (not endings or value.lower().endswith(endings))
    )


def sender(value: Any) -> bool:
    """Who writes: viber.md 4.1."""
    return isinstance(value, dict) and not list(odd(value, {"name": text(28)}, {"avatar": address()}))


def receivers(value: Any) -> bool:
    """viber.md 4.2."""
    return isinstance(value, list) and 1 <= len(value) <= 300 and all(isinstance(one, str) and one for one in value)


Fields = Mapping[str, Check]
_JPEG, _MP4 = (".jpg", ".jpeg"), (".mp4",)
_THUMBNAIL: Final[Fields] = {"thumbnail": address(*_JPEG)}
_VIDEO: Final[Fields] = {"duration": whole(180), **_THUMBNAIL}
_TEXT: Final[tuple[Fields, Fields]] = ({"text": text(7000)}, {})
_URL: Final[tuple[Fields, Fields]] = ({"media": text(2000)}, {})

CHANNEL: Final[Mapping[str, tuple[Fields, Fields]]] = {  # viber.md 3.2
    "text": _TEXT,
    "picture": ({"text": text(768, 0), "media": address(*_JPEG)}, _THUMBNAIL),
    "video": ({"media": address(*_MP4), "size": whole(52_428_800)}, _VIDEO),
    "url": _URL,
}
BOT: Final[Mapping[str, tuple[Fields, Fields]]] = {  # viber.md 4.3
    "text": _TEXT,
    "picture": ({"text": text(512, 0), "media": address(*_JPEG, ".png", ".gif")}, _THUMBNAIL),
    "video": ({"media": address(*_MP4), "size": whole(27_262_976)}, _VIDEO),
    "url": _URL,
}
_SENT: Final[Fields] = {"sender": sender, "min_api_version": whole(10)}
METHODS: Final[Mapping[str, tuple[Mapping[str, tuple[Fields, Fields]], Fields, Fields]]] = {
    "/pa/post": (CHANNEL, {"from": text(64)}, {"auth_token": text(100)}),
    "/pa/send_message": (BOT, {"receiver": text(64), **_SENT}, {"tracking_data": text(4000)}),
    "/pa/broadcast_message": (BOT, {"broadcast_list": receivers, **_SENT}, {"tracking_data": text(4000)}),
}
MOST_BODY: Final = 30_000
"""Of a bot's messages: viber.md 4.1."""


def odd(body: Mapping[str, Any], needed: Fields, allowed: Fields) -> Iterator[str]:
    """Yield what is wrong with a body: a field that is missing, unknown or not what it should be."""
    yield from (f"{name} is missing" for name in needed if name not in body)
    known = {**needed, **allowed}
    for name, value in body.items():
        if name not in known:
            yield f"{name} is not known"
        elif not known[name](value):
            yield f"{name} is {value!r}"


def broken(path: str, raw: bytes, body: Mapping[str, Any]) -> list[str]:
    """Return what in a request Viber's notes do not know."""
    types, needed, allowed = METHODS[path]
    kind = body.get("type")
    if kind not in types:
        return [f"type is {kind!r}"]
    must, may = types[kind]
    found = list(odd(body, {"type": text(20), **needed, **must}, {**allowed, **may}))
    if types is BOT and len(raw) > MOST_BODY:
        found.append(f"{len(raw)} bytes")
    return found
