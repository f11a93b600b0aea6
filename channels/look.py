"""What readers see of a post and which of its words are counted: read from the composed payload and nothing else, so
that whoever shows it (console, command line) needs no line per channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.base import TextLimit


@dataclass(frozen=True)
class File:
    """A picture or clip as the payload names it: by its SHA-256, or by its address."""

    kind: str  # "picture" | "clip"
    name: str


@dataclass(frozen=True)
class Look:
    """A post as its readers will see it. `card` is the picture it is drawn as: the platform's own ("facebook", "zalo",
    "youtube"), a message of a chat ("chat"), a "comment" or a "reply". `folds`: characters and lines after which the
    app folds the text behind "see more"."""

    card: str
    title: str = ""
    author: str = ""
    lead: str = ""
    text: str = ""
    link: str = ""
    files: tuple[File, ...] = ()
    privacy: str = ""
    tags: tuple[str, ...] = ()
    folds: tuple[int, int] | None = None


@dataclass(frozen=True)
class Counted:
    """Words whose length the platform limits; `part` is the part of the post they are: "title", "text", "caption" or
    "description"."""

    part: str
    text: str
    limit: TextLimit
