"""What viewers see of a clip, a comment or an answer, and which of its words YouTube counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from channels.base import COMMENT, EDIT, REPLY, Channel, Outgoing
from channels.look import Counted, File, Look

_FOLDS: Final = (160, 3)
"""No platform documents after how much it folds: this is what viewers see today, and nothing else depends on it."""


class YouTubeLook(Channel):
    """Drawn from the payload."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """A clip with its title and description, new ones too, or what stands under one."""
        if out.form in (COMMENT, REPLY):
            return Look(out.form, text=out.payload.get("textOriginal", ""))
        if out.form not in ("video", EDIT):
            return None
        snippet, media = out.payload.get("snippet", {}), out.payload.get("media")
        return Look(
            "youtube",
            title=snippet.get("title", ""),
            text=snippet.get("description", ""),
            files=(File("clip", media),) if media else (),
            privacy=out.payload.get("status", {}).get("privacyStatus", ""),
            tags=tuple(snippet.get("tags", ())),
            folds=_FOLDS,
        )

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """A clip's title and description, and the words under one."""
        said, limits = out.payload.get("snippet", {}), cls.limits
        if out.form in (COMMENT, REPLY):
            found = [("text", out.payload.get("textOriginal"), limits.reply)]
        else:
            found = [("title", said.get("title"), limits.title), ("description", said.get("description"), limits.text)]
        return [Counted(part, text, limit) for part, text, limit in found if text is not None and limit]
