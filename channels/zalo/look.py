"""What readers see of an article or a message of an OA, and which of its words Zalo counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from channels.base import REPLY, Channel, Outgoing
from channels.look import Counted, File, Look


class ZaloLook(Channel):
    """Drawn from the payload."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """An article with its cover and blocks, a video article, or an answer."""
        said = out.payload
        if out.form == REPLY:
            return Look("reply", text=said["message"]["text"])
        if out.form == "video_article":
            return Look(
                "zalo", title=said.get("title", ""), lead=said.get("description", ""),
                files=tuple(_files("clip", said.get("video"))),
            )  # fmt: skip
        if out.form != "article":
            return None
        blocks = [_plain(b.get("content", "")) for b in said.get("body", ()) if b.get("type") == "text"]
        return Look(
            "zalo",
            title=said.get("title", ""),
            author=said.get("author", ""),
            lead=said.get("description", ""),
            text="\n\n".join(blocks),
            files=tuple(_files("picture", said.get("cover", {}).get("photo_url"))),
        )

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """An article's title; an answer's words."""
        if out.form == REPLY and cls.limits.reply:
            return [Counted("text", out.payload["message"]["text"], cls.limits.reply)]
        articles = out.form in ("article", "video_article") and "title" in out.payload
        return [Counted("title", out.payload["title"], cls.limits.title)] if articles and cls.limits.title else []


def _files(kind: str, name: str | None) -> Iterator[File]:
    if name:
        yield File(kind, name)


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
