"""What a post will look like on its platform: the channel reads its composed payload, here the words are folded and the
files found.

Pure: what the channel read and the rows of the post's files go in, the parts of a card come out. A form that no channel
draws gets no look and is shown by its fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from channels import look
from channels.base import Outgoing
from channels.registry import CHANNELS
from models.post import Media


@dataclass(frozen=True)
class Seen:
    """A picture or clip of a post. `src` is our own copy, empty when there is none to show."""

    kind: str
    src: str = ""
    alt: str = ""
    length: str = ""


@dataclass(frozen=True)
class Look(look.Look):
    """The parts of a card. `head` is the part of `text` before the fold, empty when all of it is seen at once."""

    name: str = ""
    head: str = ""
    seen: Sequence[Seen] = ()

    @property
    def host(self) -> str:
        """The site a link card names."""
        return urlsplit(self.link).netloc.removeprefix("www.")

    @property
    def initial(self) -> str:
        """The letter in place of the account's picture."""
        return self.name[:1].upper()


def look_of(out: Outgoing, *, name: str, media: Sequence[Media] = ()) -> Look | None:
    """Return the look of what is sent; None for a form without one."""
    drawn = CHANNELS[out.channel].look(out)
    if drawn is None:
        return None
    head = fold(drawn.text, *drawn.folds) if drawn.folds else ""
    return Look(**vars(drawn), name=name, head=head, seen=[_seen(file, media) for file in drawn.files])


def fold(text: str, most: int, lines: int) -> str:
    """Return what is seen of `text` before the fold, cut between words; empty when the app shows all of it."""
    head = "\n".join(text.split("\n")[:lines])
    if len(head) > most:
        head = head[:most].rsplit(None, 1)[0]
    return head.rstrip() if len(head) < len(text) else ""


def _seen(file: look.File, media: Sequence[Media]) -> Seen:
    """Find the file a payload names by its hash, by our signed address (which holds the hash), or by its own."""
    name = unquote(file.name)
    found = next((m for m in media if m.sha256 in name or unquote(m.public_url) == name), None)
    if found is not None:
        return Seen(found.kind, f"/files/{found.id}", found.alt_text, _length(found.duration_s))
    for row in media:
        for channel, made in row.renditions.items():
            if made["sha256"] in name:
                return Seen(row.kind, f"/files/{row.id}?for={channel}", row.alt_text)
    return Seen(file.kind)


def _length(seconds: float) -> str:
    """Write a clip's length as players do: 0:07, 12:30, 1:02:05."""
    if not seconds:
        return ""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
