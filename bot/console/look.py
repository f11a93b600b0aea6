"""What a post will look like on its platform, read from the composed payload and nothing else.

Pure: a payload and the rows of the post's files go in, the parts of a card come out. A form that nobody drew yet gets
no look and is shown by its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

from channels.base import REPLY
from models.post import Media

FOLDS: Mapping[str, tuple[int, int]] = {"facebook": (477, 5), "youtube": (160, 3)}
"""Characters and lines after which the apps fold a text behind "see more". No platform documents it: this is what
readers see today, and nothing but this picture depends on it."""


@dataclass(frozen=True)
class Seen:
    """A picture or clip as the payload names it. `src` is our own copy, empty when there is none to show."""

    kind: str
    src: str = ""
    alt: str = ""
    length: str = ""


@dataclass(frozen=True)
class Look:
    """The parts of a card. `head` is the part of `text` before the fold, empty when all of it is seen at once."""

    card: str
    name: str
    title: str = ""
    author: str = ""
    lead: str = ""
    text: str = ""
    head: str = ""
    link: str = ""
    media: Seen | None = None
    privacy: str = ""
    tags: Sequence[str] = ()

    @property
    def host(self) -> str:
        """The site a link card names."""
        return urlsplit(self.link).netloc.removeprefix("www.")

    @property
    def initial(self) -> str:
        """The letter in place of the account's picture."""
        return self.name[:1].upper()


Draw = Callable[[Mapping[str, Any], str, Sequence[Media]], Look]


def look_of(
    channel: str, form: str, payload: Mapping[str, Any], *, name: str, media: Sequence[Media] = ()
) -> Look | None:
    """Return the look of a payload; None for a form without one."""
    draw = _DRAWN.get((channel, form))
    return draw(payload, name, media) if draw else None


def fold(text: str, channel: str) -> str:
    """Return what is seen of `text` before the fold, cut between words; empty when the app shows all of it."""
    most, lines = FOLDS[channel]
    head = "\n".join(text.split("\n")[:lines])
    if len(head) > most:
        head = head[:most].rsplit(None, 1)[0]
    return head.rstrip() if len(head) < len(text) else ""


def _facebook(payload: Mapping[str, Any], name: str, media: Sequence[Media], kind: str = "picture") -> Look:
    text = next((payload[k] for k in ("message", "caption", "description") if k in payload), "")
    return Look(
        "facebook",
        name,
        title=payload.get("title", ""),
        text=text,
        head=fold(text, "facebook"),
        link=payload.get("link", ""),
        media=_seen(payload.get("source"), kind, media),
    )


def _article(payload: Mapping[str, Any], name: str, media: Sequence[Media]) -> Look:
    blocks = [_plain(b.get("content", "")) for b in payload.get("body", ()) if b.get("type") == "text"]
    return Look(
        "zalo",
        name,
        title=payload.get("title", ""),
        author=payload.get("author", ""),
        lead=payload.get("description", ""),
        text="\n\n".join(blocks),
        media=_seen(payload.get("cover", {}).get("photo_url"), "picture", media),
    )


def _video_article(payload: Mapping[str, Any], name: str, media: Sequence[Media]) -> Look:
    return Look(
        "zalo",
        name,
        title=payload.get("title", ""),
        lead=payload.get("description", ""),
        media=_seen(payload.get("video"), "clip", media),
    )


def _viber(payload: Mapping[str, Any], name: str, media: Sequence[Media]) -> Look:
    kind = "clip" if payload.get("type") == "video" else "picture"
    return Look("viber", name, text=payload.get("text", ""), media=_seen(payload.get("media"), kind, media))


def _video(payload: Mapping[str, Any], name: str, media: Sequence[Media]) -> Look:
    snippet = payload.get("snippet", {})
    text = snippet.get("description", "")
    return Look(
        "youtube",
        name,
        title=snippet.get("title", ""),
        text=text,
        head=fold(text, "youtube"),
        media=_seen(payload.get("media"), "clip", media),
        privacy=payload.get("status", {}).get("privacyStatus", ""),
        tags=snippet.get("tags", ()),
    )


def _comment(payload: Mapping[str, Any], name: str, media: Sequence[Media]) -> Look:
    return Look("comment", name, text=payload.get("textOriginal", ""))


def _reply(payload: Mapping[str, Any], name: str, media: Sequence[Media]) -> Look:
    """Zalo's message stands in an object of its own."""
    said = payload.get("textOriginal", payload.get("message", ""))
    return Look("reply", name, text=said.get("text", "") if isinstance(said, Mapping) else said)


_DRAWN: Mapping[tuple[str, str], Draw] = {
    ("facebook", "feed"): _facebook,
    ("facebook", "photo"): _facebook,
    ("facebook", "video"): partial(_facebook, kind="clip"),
    ("zalo", "article"): _article,
    ("zalo", "video_article"): _video_article,
    ("viber", "post"): _viber,
    ("youtube", "video"): _video,
    ("youtube", "comment"): _comment,
    ("facebook", REPLY): _reply,
    ("youtube", REPLY): _reply,
    ("zalo", REPLY): _reply,
}


def _seen(value: object, kind: str, media: Sequence[Media]) -> Seen | None:
    """Find the file a payload names by its hash, by our signed address (which holds the hash), or by its own."""
    name = unquote(str(value or ""))
    if not name:
        return None
    found = next((m for m in media if m.sha256 in name or unquote(m.public_url) == name), None)
    if found is None:
        return Seen(kind)
    return Seen(found.kind, f"/files/{found.id}", found.alt_text, _length(found.duration_s))


def _length(seconds: float) -> str:
    """Write a clip's length as players do: 0:07, 12:30, 1:02:05."""
    if not seconds:
        return ""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


class _Words(HTMLParser):
    """Keeps the words of an article's block; whatever else stands in it is never given to the page."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.said.append("\n")


def _plain(block: str) -> str:
    words = _Words()
    words.feed(block)
    words.close()
    return "".join(words.said)
