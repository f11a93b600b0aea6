"""What Zalo's API takes, call by call, as the platform notes give it: names, types, what must be there. Data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Text:
    """A text: how long it may be, what it may be, how it begins."""

    most: int = 100_000
    one_of: tuple[str, ...] = ()
    begins: str = ""


@dataclass(frozen=True)
class Maybe:
    """A field that may be left out."""

    what: Any


@dataclass(frozen=True)
class OneOf:
    """An object whose fields depend on one of them."""

    by: str
    kinds: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """What one call takes. `data`: the one query parameter of GETs under /oa, a JSON object."""

    body: Any = None
    query: Any = field(default_factory=dict)
    data: Any = None
    form: Any = None
    headers: tuple[str, ...] = ("access_token",)
    file: bool = False


WORD, ADDRESS, SHOWN = Text(), Text(begins="http"), Text(one_of=("show", "hide"))
TITLE, DESCRIPTION, AUTHOR = Text(140), Text(250), Text(50)  # 6.2: what is safe, below what is documented
CODES: Final = Text()
_COVER: Final = OneOf("cover_type", {
    "photo": {"cover_type": WORD, "photo_url": ADDRESS, "status": Text(one_of=("show",))},
    "video": {"cover_type": WORD, "cover_view": Text(one_of=("horizontal", "vertical", "square")), "video_id": WORD,
              "status": SHOWN},
})  # fmt: skip
_BLOCK: Final = OneOf("type", {
    "text": {"type": WORD, "content": Text(begins="<p>")},
    "image": {"type": WORD, "url": ADDRESS, "caption": Maybe(WORD)},
    "video": {"type": WORD, "url": Maybe(ADDRESS), "video_id": Maybe(WORD), "thumb": Maybe(ADDRESS)},
    "product": {"type": WORD, "id": WORD},
})  # fmt: skip
# status "defaults to hide -> always send it"
_ALL: Final = {"type": WORD, "title": TITLE, "description": DESCRIPTION, "status": SHOWN, "comment": Maybe(SHOWN)}
_ARTICLE: Final = {
    "normal": {**_ALL, "author": AUTHOR, "cover": _COVER, "body": [_BLOCK], "related_medias": Maybe([WORD]),
               "tracking_link": Maybe(ADDRESS)},
    "video": {**_ALL, "video_id": WORD, "avatar": Maybe(ADDRESS)},
}  # fmt: skip
_TARGET: Final = {name: Maybe(CODES) for name in ("ages", "gender", "locations", "cities", "platform")}
_MEDIA: Final = {"media_type": Text(one_of=("article",)), "attachment_id": WORD}
_ATTACHED: Final = {"type": Text(one_of=("template",)),
                    "payload": {"template_type": Text(one_of=("media",)), "elements": [_MEDIA]}}  # fmt: skip
_REACTION: Final = {"recipient": {"user_id": WORD}, "sender_action": {
    "react_icon": Text(one_of=(":>", "--b", ":-((", "/-strong", "/-heart", ":-h", ":o", "/-remove")),
    "react_message_id": WORD}}  # fmt: skip
_BROADCAST: Final = {"recipient": {"target": _TARGET}, "message": {"attachment": _ATTACHED}}
_SLICE: Final = {"offset": WORD, "limit": Text(one_of=tuple(map(str, range(1, 11)))),
                 "type": Text(one_of=("normal", "video"))}  # fmt: skip

CALLS: Final = {
    "POST /v2.0/article/create": Call(OneOf("type", _ARTICLE)),
    "POST /v2.0/article/update": Call(OneOf("type", {k: {**v, "id": WORD} for k, v in _ARTICLE.items()})),
    "POST /v2.0/article/verify": Call({"token": WORD}),
    "POST /v2.0/article/remove": Call({"id": WORD}),
    "GET /v2.0/article/getslice": Call(query=_SLICE),
    "GET /v2.0/article/getdetail": Call(query={"id": WORD}),
    "POST /v2.0/article/upload_video/preparevideo": Call(file=True),
    "GET /v2.0/article/upload_video/verify": Call(query={"token": WORD}, headers=("access_token", "token")),
    "POST /v3.0/oa/message/cs": Call(
        OneOf("recipient", {"message_id": {"recipient": {"message_id": WORD}, "message": {"text": Text(2000)}},
                            "user_id": {"recipient": {"user_id": WORD}, "message": {"text": Text(2000)}}})
    ),
    "POST /v2.0/oa/message": Call(OneOf("recipient", {"user_id": _REACTION, "target": _BROADCAST})),
    "POST /v3.0/oa/quota/message": Call({"quota_owner": Text(one_of=("OA", "App", "APP")), "product_type": WORD,
                                         "quota_type": WORD}),
    "GET /v2.0/oa/getoa": Call(),
    "GET /v2.0/oa/listrecentchat": Call(data={"offset": range(10**6), "count": range(1, 11)}),
    "POST /v4/oa/access_token": Call(
        form={"refresh_token": WORD, "app_id": WORD, "grant_type": Text(one_of=("refresh_token",))},
        headers=("secret_key",),
    ),
}  # fmt: skip


def wrongs(takes: Any, value: Any, at: str = "body") -> Iterator[str]:
    """Say where a value is not what the call takes."""
    if isinstance(takes, Maybe):
        takes = takes.what
    match takes:
        case OneOf():
            told = value.get(takes.by) if isinstance(value, dict) else None
            kind = next(iter(told), "") if isinstance(told, dict) else str(told)
            yield from wrongs(takes.kinds[kind], value, at) if kind in takes.kinds else [f"{at}.{takes.by}: {kind}"]
        case dict():
            yield from _object(takes, value, at)
        case list():
            if not isinstance(value, list) or not value:
                yield f"{at}: no list, or empty"
                return
            for number, one in enumerate(value):
                yield from wrongs(takes[0], one, f"{at}[{number}]")
        case range():
            if isinstance(value, bool) or not isinstance(value, int) or value not in takes:
                yield f"{at}: {value!r}"
        case Text():
            ok = isinstance(value, str) and 0 < len(value) <= takes.most and value.startswith(takes.begins)
            if not ok or (takes.one_of and value not in takes.one_of):
                yield f"{at}: {value!r}"


def _object(takes: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: no object"
        return
    yield from (f"{at}.{name}: unknown" for name in value.keys() - takes.keys())
    for name, what in takes.items():
        if name in value:
            yield from wrongs(what, value[name], f"{at}.{name}")
        elif not isinstance(what, Maybe):
            yield f"{at}.{name}: missing"
