"""What citizens do: write, follow, read, react. Each is kept, opens the windows and is told to the webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from channels.sandbox.core import Remark
from channels.sandbox.zalo.base import Citizen
from channels.sandbox.zalo.messages import Messages
from channels.sandbox.zalo.windows import WELCOMES

_EVENTS: Final = {"photo": "image", "GIF": "gif", "voice": "audio"}


class Public(Messages):
    """The other side of the chat."""

    def add_message(
        self,
        account: str,
        author: str,
        text: str,
        at: datetime,
        *,
        kind: str = "text",
        more: Mapping[str, Any] | None = None,
    ) -> Remark:
        """Let a citizen write to the OA. `kind` is the type that a chat item has, `more` its `url`, `thumb`, `location`
        and the like; `quote_msg_id` there names a message that is answered."""
        remark = super().add_message(account, author, text, at)
        self.said[remark.remote_id] = {"type": kind, **(more or {})}
        person = self.touch(account, author, at)
        person.welcomes = 0
        told: dict[str, Any] = {"msg_id": remark.remote_id, "text": text}
        told |= {name: value for name, value in (more or {}).items() if name == "quote_msg_id"}
        if kind != "text":
            media = {"thumbnail" if name == "thumb" else name: value for name, value in (more or {}).items()}
            told["attachments"] = [{"type": _EVENTS.get(kind, kind), "payload": media}]
        self._tell(account, f"user_send_{_EVENTS.get(kind, kind)}", person, told)
        return remark

    def add_remark(self, item_id: str, author: str, text: str, at: datetime, *, parent_id: str = "") -> Remark:
        """Let a citizen comment on an article: seen in the app alone, but an interaction."""
        self.touch(self.items[item_id].account, author, at)
        return super().add_remark(item_id, author, text, at, parent_id=parent_id)

    def follow(self, oa: str, author: str, at: datetime) -> Citizen:
        """Let a citizen follow the OA: three welcome messages may follow."""
        person = self.touch(oa, author, at)
        if not person.follows:
            person.follows, person.welcomes = True, WELCOMES
            self.accounts[oa].followers += 1
            self._about(oa, "follow", person)
        return person

    def unfollow(self, oa: str, author: str) -> None:
        """Let a citizen stop following."""
        person = self.citizen(oa, author)
        if person.follows:
            person.follows, person.welcomes = False, 0
            self.accounts[oa].followers -= 1
            self._about(oa, "unfollow", person)

    def see(self, oa: str, author: str, message_ids: Sequence[str]) -> None:
        """Let a citizen see messages of the OA."""
        person, account = self.citizen(oa, author), self.accounts[oa]
        sides = {"sender": {"id": oa}, "recipient": {"id": person.user_id}}
        self.emit(account, "user_seen_message", {**sides, "message": {"msg_ids": list(message_ids)}})

    def react(self, oa: str, author: str, message_id: str, icon: str) -> None:
        """Let a citizen react to a message."""
        person = self.citizen(oa, author)
        self._tell(oa, "user_reacted_message", person, {"msg_id": message_id, "react_icon": icon})

    def click(self, oa: str, author: str, at: datetime) -> None:
        """Let a citizen press the OA's button "message"."""
        person = self.touch(oa, author, at)
        self.emit(self.accounts[oa], "user_click_chatnow", {"oa_id": oa, "user_id": person.user_id})

    def submit_info(self, oa: str, author: str, info: Mapping[str, str], at: datetime) -> None:
        """Let a citizen answer a request for their data."""
        person = self.touch(oa, author, at)
        person.shared |= info
        sides = {"sender": {"id": person.user_id}, "recipient": {"id": oa}}
        self.emit(self.accounts[oa], "user_submit_info", {**sides, "info": dict(info)})

    def visit(self, oa: str, text: str) -> tuple[str, str]:
        """Let somebody without a name write on the office's website; return their id and the conversation's."""
        who = f"an_{self.rng.getrandbits(48):012x}", f"cv_{self.number()}"
        self.visitors[who] = oa
        sides = {"sender": {"id": who[0]}, "recipient": {"id": oa}, "conversation_id": who[1]}
        told = {"msg_id": self.remark_id(""), "text": text}
        self.emit(self.accounts[oa], "anonymous_send_text", {**sides, "message": told})
        return who

    def _tell(self, oa: str, event: str, person: Citizen, message: Mapping[str, Any]) -> None:
        sides = {"user_id_by_app": f"5{person.user_id[1:]}", "sender": {"id": person.user_id}, "recipient": {"id": oa}}
        self.emit(self.accounts[oa], event, {**sides, "message": dict(message)})

    def _about(self, oa: str, event: str, person: Citizen) -> None:
        told = {"oa_id": oa, "user_id_by_app": f"5{person.user_id[1:]}", "follower": {"id": person.user_id}}
        self.emit(self.accounts[oa], event, told)
