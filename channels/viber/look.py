"""What readers see of a post on Viber, and which of its words Viber counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from channels.base import REPLY, Outgoing
from channels.look import Counted, File, Look
from channels.viber.messages import ViberMessages

_KINDS = {"picture": "picture", "video": "clip"}


class ViberLook(ViberMessages):
    """Drawn from the payload."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """A message with its picture, clip or link; or an answer."""
        said = out.payload
        if out.form == REPLY:
            return Look("reply", text=said.get("text", ""))
        kind, media = _KINDS.get(said.get("type", "")), said.get("media", "")
        files = (File(kind, media),) if kind and media else ()
        return Look("chat", text=said.get("text", ""), link="" if kind else media, files=files)

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """Its text; a picture's is shorter."""
        if "text" not in out.payload:
            return []
        limit = cls.limits.reply if out.form == REPLY else cls.limits.text
        if out.payload.get("type") == "picture":
            limit = replace(cls.limits.text, most=cls.caption_most)
        return [Counted("text", out.payload["text"], limit)] if limit else []
