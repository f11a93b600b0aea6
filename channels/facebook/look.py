"""What readers of a Page see of a post, and which of its words Facebook counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from channels.base import REPLY, Channel, Outgoing
from channels.look import Counted, File, Look

_WORDS: Mapping[str, tuple[str, str]] = {
    "feed": ("message", "text"),
    "photo": ("caption", "caption"),
    "video": ("description", "description"),
    REPLY: ("message", "text"),
}
"""The field that holds the words of each form, and the part of a post they are."""
_FOLDS: Final = (477, 5)
"""No platform documents after how much it folds: this is what readers see today, and nothing else depends on it."""


class FacebookLook(Channel):
    """Drawn from the payload."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """A post as it stands on a Page, or an answer."""
        if out.form not in _WORDS:
            return None
        text = out.payload.get(_WORDS[out.form][0], "")
        if out.form == REPLY:
            return Look("reply", text=text)
        kind = "clip" if out.form == "video" else "picture"
        return Look(
            "facebook",
            title=out.payload.get("title", ""),
            text=text,
            link=out.payload.get("link", ""),
            files=(File(kind, out.payload["source"]),) if "source" in out.payload else (),
            folds=_FOLDS,
        )

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """The words of every form; an answer has a length of its own."""
        field, part = _WORDS.get(out.form, ("", ""))
        limit = cls.limits.reply if out.form == REPLY else cls.limits.text
        return [Counted(part, out.payload[field], limit)] if limit and field in out.payload else []
