"""New words for what is out: a video's title, description and tags, a correction's note, a comment's text.

An update replaces a whole part, so each is read, merged and written; what says already what it should is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from channels.base import Outgoing, Sent
from channels.errors import Rejected
from channels.youtube import values
from channels.youtube.calls import CALL_S
from channels.youtube.errors import GONE, NOT_THERE
from channels.youtube.reading import YouTubeReading

_NOTE_MARK: Final = "———"
_KEPT: Final = ("title", "description", "categoryId", "tags", "defaultLanguage", "defaultAudioLanguage")


class YouTubeEdits(YouTubeReading):
    """Changes to a video's snippet, and to comments of ours."""

    async def add_note(self, video: str, note: str) -> None:
        """Put `note` before a video's description; one that is gone needs none."""
        snippet = await self._snippet(video)
        old = str((snippet or {}).get("description") or "")
        if snippet is not None and not old.startswith(note):
            await self._rewrite(video, {**snippet, "description": self._cut(f"{note}\n{_NOTE_MARK}\n{old}")})

    async def _edit(self, out: Outgoing) -> Sent:
        """Give a video new words, or a comment of ours. The id does not say which of them it is."""
        target, words = str(out.payload["id"]), out.payload["snippet"]
        snippet = await self._snippet(target)
        if snippet is None:
            return await self._edit_comment(target, str(words.get("description", "")))
        merged = self._merged(snippet, words)
        if merged != snippet:
            await self._rewrite(target, merged)
        return Sent(target, values.watch(target))

    async def _find_edit(self, out: Outgoing) -> Sent | None:
        """An edit is out where the item has its words."""
        target, words = str(out.payload["id"]), out.payload["snippet"]
        snippet = await self._snippet(target)
        if snippet is not None:
            return Sent(target, values.watch(target)) if self._merged(snippet, words) == snippet else None
        said = await self._said(target)
        return Sent(target) if said is not None and values.same(said, str(words.get("description", ""))) else None

    def _merged(self, snippet: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
        """The snippet with new words; a correction's note stays at the description's head."""
        merged = {**snippet, **words}
        note, mark, _ = str(snippet.get("description") or "").partition(f"\n{_NOTE_MARK}\n")
        if mark and "description" in words:
            merged["description"] = self._cut(f"{note}{mark}{words['description']}")
        same = [name for name in words if values.alike(merged[name], snippet.get(name))]
        return {**merged, **{name: snippet.get(name) for name in same}}

    def _cut(self, description: str) -> str:
        return description.encode()[: self.limits.text.most].decode(errors="ignore")

    async def _snippet(self, video: str) -> dict[str, Any] | None:
        """What an update has to send of a video's snippet; None where there is no such video."""
        rows = values.rows(await self._list("videos", part="snippet", id=video))
        snippet = values.inner(rows[0], "snippet") if rows else {}
        return {name: snippet[name] for name in _KEPT if name in snippet} if rows else None

    async def _rewrite(self, video: str, snippet: Mapping[str, Any]) -> None:
        body = {"id": video, "snippet": dict(snippet)}
        await self._ask(
            lambda g: g.execute(g.service().videos().update(part="snippet", body=body), writes=True, timeout_s=CALL_S),
            writes=True,
        )

    async def _said(self, comment: str) -> str | None:
        """The text of a comment; None where there is no such one."""
        try:
            rows = values.rows(await self._list("comments", part="snippet", id=comment, textFormat="plainText"))
        except Rejected as error:
            if error.code not in NOT_THERE:
                raise
            return None
        snippet = values.inner(rows[0], "snippet") if rows else {}
        return str(snippet.get("textOriginal") or snippet.get("textDisplay") or "") if rows else None

    async def _edit_comment(self, comment: str, text: str) -> Sent:
        said = await self._said(comment)
        if said is None:
            raise Rejected("neither a video nor a comment", told=GONE)
        if not values.same(said, text):
            body = {"id": comment, "snippet": {"textOriginal": text}}
            await self._ask(
                lambda g: g.execute(
                    g.service().comments().update(part="snippet", body=body), writes=True, timeout_s=CALL_S
                ),
                writes=True,
            )
        return Sent(comment)
