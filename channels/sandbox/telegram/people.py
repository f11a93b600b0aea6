"""The other end: people who write, press buttons, block the bot, let it into groups and throw it out."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any, Final

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.entities import units
from channels.sandbox.telegram.rules import RULES
from channels.sandbox.telegram.state import Chat, ChatMessage, Topic
from channels.sandbox.telegram.updates import Updates

INACCESSIBLE_AFTER: Final = timedelta(hours=48)
"""How old a message is before a press on it no longer shows it. The notes only say "old"."""
_BLUE: Final = 0x6FB9F0
_SOMEBODY: Final = 7_777


class People(Updates):
    """What people do. Each act is seen by the bot as the Bot API would show it."""

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        self.queries: dict[str, tuple[int, str | None]] = {}

    def say(self, chat_id: str, person: int, text: str, *, reply_to: int = 0, thread: int = 0) -> ChatMessage:
        """A person writes into a chat. In a group the bot sees commands and answers to itself only, in a channel all
        that its other administrators post."""
        chat = self.chats[chat_id]
        if chat.channel:
            posted = self.store(chat, chat.title, html.escape(text), text)
            self.push("channel_post", self.body(posted))
            return posted
        if chat.kind == "private":
            self.unblock(person)
        chat.members.setdefault(person, "member")
        message = self.store(chat, self.people.get(person, str(person)), html.escape(text), text)
        message.person, message.reply_to, message.thread = person, reply_to, thread
        command = text.startswith("/") and len(text.split()[0]) > 1
        if command:
            message.entities = [{"type": "bot_command", "offset": 0, "length": units(text.split()[0])}]
        answered = chat.find(reply_to)
        if chat.kind == "private" or (
            chat.status not in ("kicked", "left") and (command or (answered and answered.own))
        ):
            self.push("message", self.body(message))
        return message

    def press(self, chat_id: str, message_id: int, data: str, person: int) -> str:
        """A person presses a button; return the query's id. Its answer comes by `answer_of`."""
        message = self.chats[chat_id].find(message_id)
        if message is None:
            raise Refusal(RULES["no_message"])
        if data not in {b.data for b in message.buttons}:
            raise ValueError(f"message {message_id} has no button {data!r}")
        query = str(8_000_000 + self.number())
        self.queries[query] = (self.clock(), None)
        old = self.clock() - message.at > INACCESSIBLE_AFTER.total_seconds()
        chat = self.chat_body(self.chats[chat_id])
        shown = {"chat": chat, "message_id": message_id, "date": 0} if old else self.body(message)
        self.push("callback_query", {"id": query, "from": self.user(person), "chat_instance": f"ci{chat_id}",
                                     "data": data, "message": shown})  # fmt: skip
        return query

    def answer_of(self, query: str) -> str | None:
        """What the presser was shown; None while the bot has not answered."""
        return self.queries.get(query, (0, None))[1]

    # -- in and out -------------------------------------------------------------------------------------------------

    def block(self, person: int) -> None:
        """A person blocks the bot."""
        self._become(self.chats[str(person)], "kicked", person)

    def unblock(self, person: int) -> None:
        """A person presses Start, for the first time or again."""
        self._become(self.chats[str(person)], "member", person)

    def kick(self, chat_id: str, person: int = _SOMEBODY) -> None:
        """Somebody removes the bot from a group."""
        self._become(self.chats[chat_id], "kicked", person)

    def admit(self, chat_id: str, person: int = _SOMEBODY) -> None:
        """Somebody adds the bot to a group, again or for the first time."""
        chat = self.chats[chat_id]
        self._become(chat, "administrator" if chat.rights else "member", person)

    def set_rights(self, chat_id: str, rights: frozenset[str], person: int = _SOMEBODY) -> None:
        """Somebody makes the bot an administrator with these rights, a plain member with none."""
        chat = self.chats[chat_id]
        chat.rights = rights
        self._become(chat, "administrator" if rights else "member", person)

    def _become(self, chat: Chat, status: str, person: int) -> None:
        if chat.status == status:
            return
        old = self.bot_member(chat)
        chat.status = status
        self.push("my_chat_member", {"chat": self.chat_body(chat), "from": self.user(person), "date": self.clock(),
                                     "old_chat_member": old, "new_chat_member": self.bot_member(chat)})  # fmt: skip

    # -- what becomes of a group ------------------------------------------------------------------------------------

    def add_member(self, chat_id: str, person: int, status: str = "member") -> None:
        """A person joins a group, as `member`, `administrator` or `creator`."""
        self.chats[chat_id].members[person] = status

    def migrate(self, chat_id: str) -> str:
        """A group becomes a supergroup: the old id answers only with the new one. Return the new id."""
        old = self.chats[chat_id]
        new = Chat(f"-100{9_000_000 + self.number()}", old.title, old.status, old.rights, old.forum)
        new.members = dict(old.members)
        self.chats[new.id] = new
        shared = {"date": self.clock(), "from": self.user(_SOMEBODY)}
        self.push("message", shared | {"message_id": self.next_id(old), "chat": self.chat_body(old),
                                       "migrate_to_chat_id": int(new.id)})  # fmt: skip
        self.push("message", shared | {"message_id": self.next_id(new), "chat": self.chat_body(new),
                                       "migrate_from_chat_id": int(old.id)})  # fmt: skip
        old.migrated_to = new.id
        return new.id

    def add_topic(self, chat_id: str, name: str, icon_color: int = _BLUE) -> Topic:
        """A person opens a topic in a forum."""
        chat = self.chats[chat_id]
        topic = Topic(self.next_id(chat), name, icon_color)
        chat.topics[topic.thread] = topic
        self.changed.set()
        return topic
