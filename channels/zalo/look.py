"""What readers see of an article or a message of an OA, and which of its words Zalo counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from channels.base import EDIT, REPLY, Channel, Outgoing
from channels.look import Counted, File, Look
from channels.zalo.abilities import UNDER_CLIP


class ZaloLook(Channel):
    """Drawn from the payload."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """An article, new or changed, with its cover and blocks; a video article; an answer. A broadcast has no look of
        its own: it sends an article that is out."""
        said = out.payload
        if out.form == REPLY:
            return Look("reply", text=said["message"]["text"])
        if out.form not in ("article", "video_article", EDIT):
            return None
        blocks = [_plain(b.get("content", "")) for b in said.get("body", ()) if b.get("type") == "text"]
        return Look(
            "zalo",
            title=said.get("title", ""),
            author=said.get("author", ""),
            lead=said.get("description", ""),
            text="\n\n".join(blocks),
            files=tuple(File(kind, str(name)) for kind, name in _files(said) if name),
        )

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """An article's title, the words under a clip, an answer's words."""
        said, limits = out.payload, cls.limits
        if out.form == REPLY and limits.reply:
            return [Counted("text", said["message"]["text"], limits.reply)]
        found = [("title", "title", limits.title)]
        if out.form == "video_article":
            found.append(("description", "description", UNDER_CLIP))
        return [Counted(part, said[name], limit) for part, name, limit in found if limit and name in said]


def _files(said: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The clip of a video article, else the cover, then clips and pictures as they stand in the body."""
    yield "clip", said.get("video")
    yield "picture", said.get("cover", {}).get("photo_url")
    for block in said.get("body", ()):
        yield "clip", block.get("video")
        if block.get("type") == "image":
            yield "picture", block.get("url")


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
