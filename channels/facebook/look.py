"""What readers of a Page see of a post, and which of its words Facebook counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from channels.base import COMMENT, EDIT, REPLY, Channel, Outgoing
from channels.facebook.composing import CLIPS, FEED, PHOTO, PHOTOS, REEL, VIDEO, WORDS
from channels.look import Counted, File, Look

_TEXT: Mapping[str, tuple[tuple[str, str], ...]] = {
    FEED: (("message", "text"),),
    PHOTO: (("caption", "caption"),),
    PHOTOS: (("message", "caption"),),
    VIDEO: (("description", "description"),),
    REEL: (("description", "description"),),
    REPLY: (("message", "text"),),
    COMMENT: (("message", "text"),),
    EDIT: (("message", "text"), ("description", "description")),
}
"""The field that holds the words of each form, and the part of a post they are; an edit has the one of its item."""
_FOLDS: Final = (477, 5)
"""No platform documents after how much it folds: this is what readers see today, and nothing else depends on it."""


class FacebookLook(Channel):
    """Drawn from the payload."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """A post as it stands on a Page, or words under one."""
        if out.form not in _TEXT:
            return None
        text = next((out.payload[field] for field, _ in _TEXT[out.form] if field in out.payload), "")
        if out.form in WORDS:
            return Look("reply" if out.form == REPLY else "comment", text=text)
        kind = "clip" if out.form in CLIPS else "picture"
        sources = [one["source"] for one in (out.payload, *out.payload.get("attached_media", ())) if "source" in one]
        return Look(
            "facebook",
            title=out.payload.get("title", out.payload.get("name", "")),
            text=text,
            link=out.payload.get("link", ""),
            files=tuple(File(kind, source) for source in sources),
            folds=_FOLDS,
        )

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """The words of every form; what is said under something has a length of its own."""
        limit = cls.limits.reply if out.form in WORDS else cls.limits.text
        parts = [(field, part) for field, part in _TEXT.get(out.form, ()) if field in out.payload]
        return [Counted(part, out.payload[field], limit) for field, part in parts] if limit else []
