"""How an article goes out, is changed, and is sent to followers; how an answer goes to a citizen."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from channels.base import BROADCAST, EDIT, REPLY, Notes, Outgoing, SaveNotes, Sent, Usage
from channels.errors import AuthLost, Rejected, Unreachable
from channels.http import unclear
from channels.zalo import edit
from channels.zalo.article import same, with_clip
from channels.zalo.articles import ZaloArticles
from channels.zalo.clips import ZaloClips
from channels.zalo.codes import HANOI, NOT_ALLOWED, PROCESSING, fields
from channels.zalo.limits import limit_of

ARTICLES = frozenset({"article", "video_article"})


class ZaloSending(ZaloArticles, ZaloClips):
    """One delivery."""

    def prepares(self, out: Outgoing) -> bool:
        """A clip is uploaded first, and an article that changes is read first."""
        return out.form == EDIT or _has_clip(out)

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload the clip of an article; read what stands in one that is changed, each time anew."""
        if out.form == EDIT:
            before = await self._detail(str(out.payload["id"]))
            edit.check(edit.merged(before, out.payload))
            return {**notes, "before": edit.stored(before)}
        return await self._with_clip(out, notes, save_notes) if _has_clip(out) else notes

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST article/create or article/update, once: what comes back is a token, which `poll` turns into the article.
        A broadcast and an answer are messages."""
        match out.form:
            case "reply":
                return await self._answer(str(out.payload["recipient"]["message_id"]), out.payload["message"])
            case "broadcast":
                return await self._broadcast(out)
            case "edit":
                whole = edit.merged(json.loads(notes["before"]), out.payload)
                return await self._made("update", whole)
            case _:
                return await self._made("create", with_clip(out.payload, notes.get("video_id", "")))

    async def _made(self, how: str, payload: Mapping[str, Any]) -> Sent:
        token = fields(await self.post(f"/v2.0/article/{how}", payload, writes=True)).get("token")
        if not token:
            raise unclear(f"{how}: ok without a token")
        return Sent(remote_id="", processing=True, notes={"token": str(token), "type": str(payload["type"])})

    async def _broadcast(self, out: Outgoing) -> Sent:
        """POST oa/message with a target. Accepted is not delivered: Zalo reviews it, and tells nothing more of it. A
        right that is missing for this holds up no article."""
        try:
            data = fields(await self.post("/v2.0/oa/message", out.payload, writes=True))
        except AuthLost as error:
            if error.code not in NOT_ALLOWED:
                raise
            raise Rejected(error.detail, told=error.told, code=error.code) from error
        if not data.get("message_id"):
            raise unclear("broadcast: ok without an id")
        month = self.now().astimezone(HANOI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        renewed = (month + timedelta(days=32)).replace(day=1)
        key, most = limit_of(self.account, "broadcasts"), self._broadcasts_a_month()
        self.tell_usage(Usage(key, "broadcasts", most, spent=1.0, resets_at=renewed))
        return Sent(remote_id=str(data["message_id"]))

    def _broadcasts_a_month(self) -> float:
        """What the OA's package gives, as the operator set it; of a single one no share is kept for corrections."""
        said = self.account.settings.get("month_broadcasts", "")
        return float(said) if said.isdigit() and int(said) > 1 else 0.0

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """POST article/verify: the article's id, or still processing. Media that Zalo cannot fetch end it."""
        try:
            data = await self.post("/v2.0/article/verify", {"token": notes.get("token", "")})
        except Unreachable as error:
            if error.code == PROCESSING:
                return sent
            if error.code == "-200":
                raise Rejected(error.detail, told=error.told, code=error.code) from error
            raise
        article = str(fields(data).get("id") or "")
        if not article:
            return sent
        kind = str(notes.get("type") or out.payload.get("type") or "normal")
        return Sent(remote_id=article, permalink=await self._link(article, kind))

    def finds(self, form: str) -> bool:
        """Zalo tells nothing of a broadcast that it took: a person decides what became of one (zalo.md 7)."""
        return form != BROADCAST

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """The token of a created article, else the newest articles compared by their words; an answer in the chat; of
        an article that changes, what stands in it."""
        if out.form == REPLY:
            return await self._find_answer(out, since, besides)
        if notes.get("token"):
            return Sent(remote_id="", processing=True, notes=notes)
        if out.form == EDIT:
            target = str(out.payload["id"])
            return Sent(remote_id=target) if edit.is_done(out.payload, await self._detail(target)) else None
        async for media in self._articles(str(out.payload["type"]), since):
            if str(media["id"]) in besides:
                continue
            if same({"title": out.payload["title"]}, media) and same(out.payload, await self._detail(str(media["id"]))):
                return Sent(remote_id=str(media["id"]), permalink=str(media.get("link_view") or ""))
        return None

    def withdraws(self, form: str) -> bool:
        """A message cannot be called back, be it to one person or to all followers."""
        return form not in (REPLY, EDIT, BROADCAST) and super().withdraws(form)


def _has_clip(out: Outgoing) -> bool:
    """Its clip stands in the payload by its SHA-256."""
    return out.form in ARTICLES and ("video" in out.payload or any("video" in b for b in out.payload.get("body", ())))
