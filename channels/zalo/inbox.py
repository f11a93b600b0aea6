"""The OA's inbox: what citizens write to it, and answers to them."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.base import Comment, Outgoing, Sent
from channels.errors import Rejected, Told
from channels.http import unclear
from channels.zalo.calls import ZaloCalls
from channels.zalo.codes import fields, instant, number, rows

MOST_PAGES = 500
_WINDOW_OVER = frozenset({"-230", "-232", "-305", "-311"})
_LIKE, _TAKE_BACK, _ENOUGH = "/-strong", "/-remove", "-210"
_TOLD_GONE = Told(
    vi="Zalo không còn liệt kê tin nhắn này nên không thả cảm xúc được: hãy xem trong ứng dụng OA.",
    en="Zalo no longer lists this message, so it cannot be reacted to: look in the OA app.",
)


class ZaloInbox(ZaloCalls):
    """Messages to the OA and the office's answers. Whom an answer goes to is looked up in the chat and kept nowhere."""

    async def read_inbox(self, since: datetime | None) -> Sequence[Comment]:
        """Messages that citizens sent to the OA after `since`, oldest first; also the words under their pictures."""
        found: dict[str, Comment] = {}
        async for row in self._chat():
            written = instant(row.get("time"))
            if written is None or not row.get("message_id"):
                continue
            if since is not None and written < since:
                break
            text = str(row.get("message") or row.get("description") or "")
            if number(row.get("src")) == 1 and text.strip():
                found[str(row["message_id"])] = Comment(
                    remote_id=str(row["message_id"]),
                    text=text,
                    created_at=written,
                    author_key=str(row.get("from_id") or ""),
                    author_name=str(row.get("from_display_name") or ""),
                )
        return sorted(found.values(), key=lambda comment: comment.created_at)

    async def _chat(self) -> AsyncIterator[Mapping[str, Any]]:
        """The OA's messages, newest first, to the last one."""
        offset = 0
        for _ in range(MOST_PAGES):
            query = {"data": f'{{"offset":{offset},"count":10}}'}
            messages = rows(await self.get("/v2.0/oa/listrecentchat", query))
            for row in messages:
                yield row
            if not messages:
                return
            offset += len(messages)

    async def _answer(self, message_id: str, message: Mapping[str, str]) -> Sent:
        """Answer a message in the OA's inbox.

        Bound to that message while Zalo allows it (48 hours, eight times), after that sent to its author. Without a
        quota in the answer the message was charged, which the notes say.
        """
        try:
            data = await self._send({"message_id": message_id}, message)
        except Rejected as error:
            user = await self._author_of(message_id) if error.code in _WINDOW_OVER else ""
            if not user:
                raise
            data = await self._send({"user_id": user}, message)
        if not data.get("message_id"):
            raise unclear("message: ok without an id")
        return Sent(remote_id=str(data["message_id"]), notes={} if data.get("quota") else {"charged": "yes"})

    async def like_comment(self, remote_id: str, liked: bool) -> None:
        """React to a citizen's message in the OA's name, or take all reactions back: a sign that it was read. One that
        has as many as it may have is marked already."""
        user = await self._author_of(remote_id)
        if not user:
            raise Rejected("react: the message is no longer listed", told=_TOLD_GONE)
        action = {"react_icon": _LIKE if liked else _TAKE_BACK, "react_message_id": remote_id}
        try:
            await self.post("/v2.0/oa/message", {"recipient": {"user_id": user}, "sender_action": action}, writes=True)
        except Rejected as error:
            if error.code != _ENOUGH:
                raise

    async def _send(self, recipient: Mapping[str, str], message: Mapping[str, str]) -> Mapping[str, Any]:
        body = {"recipient": recipient, "message": message}
        return fields(await self.post("/v3.0/oa/message/cs", body, writes=True))

    async def _find_answer(self, out: Outgoing, since: datetime, besides: Collection[str]) -> Sent | None:
        """Look for our words in the chat, from its newest message back to the one that is answered: that tells whom
        they must have gone to. Where it is no longer listed, the same words to anybody count."""
        asked, wanted = str(out.payload["recipient"]["message_id"]), str(out.payload["message"]["text"])
        mine, person = list[Mapping[str, Any]](), ""
        async for row in self._chat():
            if str(row.get("message_id")) == asked:
                person = str(row.get("from_id") or "")
                break
            said, at = unicodedata.normalize("NFC", str(row.get("message") or "")).strip(), instant(row.get("time"))
            new = at is not None and at >= since and row.get("message_id")
            if number(row.get("src")) == 0 and new and said == wanted:
                mine.append(row)
        names = [str(row["message_id"]) for row in mine if person in ("", str(row.get("to_id")))]
        return next((Sent(remote_id=name) for name in names if name not in besides), None)

    async def _author_of(self, message_id: str) -> str:
        async for row in self._chat():
            if str(row.get("message_id")) == message_id:
                return str(row.get("from_id") or "")
        return ""
