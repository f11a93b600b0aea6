"""What readers see of a post on Viber, and which of its words Viber counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from channels.base import Channel, Outgoing, TextLimit
from channels.look import Counted, File, Look

CAPTION_MOST: Final = 768


class ViberLook(Channel):
    """Drawn from the payload."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """A message with its picture or clip."""
        if out.form != "post":
            return None
        kind = "clip" if out.payload.get("type") == "video" else "picture"
        files = (File(kind, out.payload["media"]),) if out.payload.get("media") else ()
        return Look("chat", text=out.payload.get("text", ""), files=files)

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """Its text; a picture's is shorter."""
        if out.form != "post" or "text" not in out.payload:
            return []
        limit = TextLimit(CAPTION_MOST) if out.payload.get("type") == "picture" else cls.limits.text
        return [Counted("text", out.payload["text"], limit)]
