"""The bot itself, chats and their members, forum topics, and the list of commands. telegram.md 5 and 6."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.asked import Asked
from channels.sandbox.telegram.base import RIGHT_NAMES, Method, topic_body
from channels.sandbox.telegram.people import People
from channels.sandbox.telegram.rules import RULES
from channels.sandbox.telegram.state import TOPICS, Chat, Topic

MOST_NAME: Final = 128
MOST_COMMANDS: Final = 100
MOST_DESCRIPTION: Final = 256
_COLORS: Final = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)
_SCOPES: Final = {
    "default": (), "all_private_chats": (), "all_group_chats": (), "all_chat_administrators": (),
    "chat": ("chat_id",), "chat_administrators": ("chat_id",), "chat_member": ("chat_id", "user_id"),
}  # fmt: skip


class Office(People):
    """What is asked and set besides messages."""

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}

    def office_methods(self) -> dict[str, Method]:
        """The methods of this part."""
        return {
            "getMe": self._get_me,
            "getChat": self._get_chat,
            "leaveChat": self._leave,
            "getChatMember": self._get_member,
            "getChatAdministrators": self._get_administrators,
            "getChatMemberCount": self._count_members,
            "createForumTopic": self._create_topic,
            "editForumTopic": self._edit_topic,
            "closeForumTopic": self._close_topic,
            "reopenForumTopic": self._reopen_topic,
            "deleteForumTopic": self._delete_topic,
            "setMyCommands": self._set_commands,
            "getMyCommands": self._get_commands,
            "deleteMyCommands": self._delete_commands,
        }

    # -- chats ------------------------------------------------------------------------------------------------------

    async def _get_me(self, asked: Asked) -> Any:
        """Privacy mode is on: in groups the bot sees commands and answers to itself."""
        return self.bot() | {
            "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
        }  # fmt: skip

    async def _get_chat(self, asked: Asked) -> Any:
        chat = self.inside(asked)
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        body = self.chat_body(chat) | {"accent_color_id": 0, "max_reaction_count": 11}
        body["accepted_gift_types"] = dict.fromkeys(gifts, False)
        if chat.pins and (pinned := chat.find(chat.pins[-1])):
            body["pinned_message"] = self.body(pinned)
        return body

    def _group(self, asked: Asked, rule: str) -> Chat:
        chat = self.inside(asked)
        if chat.kind == "private":
            raise Refusal(RULES[rule])
        return chat

    async def _leave(self, asked: Asked) -> Any:
        chat = self._group(asked, "private_leave")
        self._become(chat, "left", self.bot_id)
        return True

    async def _get_member(self, asked: Asked) -> Any:
        chat, person = self.inside(asked), asked.number("user_id")
        if person == self.bot_id:
            return self.bot_member(chat)
        if person not in self.people:
            raise Refusal(RULES["no_member"])
        private = chat.id == str(person)
        return self._member(person, chat.members.get(person, "member" if private else "left"))

    def _member(self, person: int, status: str) -> dict[str, Any]:
        if status == "creator":
            return {"user": self.user(person), "status": status, "is_anonymous": False}
        if status == "administrator":
            held = dict.fromkeys((*RIGHT_NAMES, "can_be_edited"), True)
            return {"user": self.user(person), "status": status, "is_anonymous": False, **held}
        return {"user": self.user(person), "status": status}

    async def _get_administrators(self, asked: Asked) -> Any:
        """Other bots are never in it, this one is."""
        chat = self._group(asked, "no_administrators")
        found = [self._member(p, s) for p, s in chat.members.items() if s in ("administrator", "creator")]
        return [self.bot_member(chat), *found] if chat.status == "administrator" else found

    async def _count_members(self, asked: Asked) -> Any:
        chat = self.inside(asked)
        return 2 if chat.kind == "private" else 1 + len(chat.members) + chat.followers

    # -- topics -----------------------------------------------------------------------------------------------------

    def _forum(self, asked: Asked) -> Chat:
        chat = self.reachable(asked)
        if not chat.forum or chat.kind != "supergroup":
            raise Refusal(RULES["not_forum"])
        if TOPICS not in chat.rights:
            raise Refusal(RULES["no_topic_right"])
        return chat

    def _topic(self, asked: Asked) -> tuple[Chat, Topic]:
        chat = self._forum(asked)
        topic = chat.topics.get(asked.number("message_thread_id"))
        if topic is None:
            raise Refusal(RULES["no_topic"])
        return chat, topic

    async def _create_topic(self, asked: Asked) -> Any:
        chat = self._forum(asked)
        color = asked.number("icon_color", _COLORS[0])
        if color not in _COLORS:
            raise ValueError("icon_color")
        return topic_body(self.add_topic(chat.id, _topic_name(asked), color))

    async def _edit_topic(self, asked: Asked) -> Any:
        _, topic = self._topic(asked)
        if "name" in asked:
            topic.name = _topic_name(asked)
        return True

    async def _close_topic(self, asked: Asked) -> Any:
        return self._set_closed(asked, closed=True)

    async def _reopen_topic(self, asked: Asked) -> Any:
        return self._set_closed(asked, closed=False)

    def _set_closed(self, asked: Asked, *, closed: bool) -> bool:
        _, topic = self._topic(asked)
        topic.closed = closed
        return True

    async def _delete_topic(self, asked: Asked) -> Any:
        """A topic goes with its messages."""
        chat, topic = self._topic(asked)
        del chat.topics[topic.thread]
        chat.messages = [m for m in chat.messages if m.thread != topic.thread]
        return True

    # -- commands ---------------------------------------------------------------------------------------------------

    async def _set_commands(self, asked: Asked) -> Any:
        found = asked.parsed("commands", list)
        if found is None:
            raise Refusal(RULES["json"], name="commands")
        if len(found) > MOST_COMMANDS:
            raise Refusal(RULES["commands"])
        self.commands[self._scope(asked)] = [_command(one) for one in found]
        return True

    async def _get_commands(self, asked: Asked) -> Any:
        return self.commands.get(self._scope(asked), [])

    async def _delete_commands(self, asked: Asked) -> Any:
        self.commands.pop(self._scope(asked), None)
        return True

    def _scope(self, asked: Asked) -> tuple[str, str]:
        """For whom a list is: a scope and a language, the default for everyone."""
        scope = asked.parsed("scope", dict) or {"type": "default"}
        kind, language = scope.get("type"), asked.text("language_code")
        if kind not in _SCOPES:
            raise Refusal(RULES["scope"], reason="unsupported type specified")
        needs = _SCOPES[kind]
        if any(name not in scope for name in needs):
            raise Refusal(RULES["scope"], reason="chat_id or user_id is missing")
        if "chat_id" in needs:
            self.inside(Asked({"chat_id": str(scope["chat_id"])}))
        if not re.fullmatch(r"([a-z]{2})?", language):
            raise Refusal(RULES["language"])
        return json.dumps([kind, *(str(scope[name]) for name in needs)]), language


def _topic_name(asked: Asked) -> str:
    name = asked.text("name").strip()
    if not 1 <= len(name) <= MOST_NAME:
        raise Refusal(RULES["topic_name"])
    return name


def _command(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise Refusal(RULES["json"], name="commands")
    command, text = given.get("command"), given.get("description")
    if not isinstance(command, str) or not re.fullmatch(r"/?[a-z0-9_]{1,32}", command):
        raise Refusal(RULES["command"])
    if not isinstance(text, str) or not 1 <= len(text) <= MOST_DESCRIPTION:
        raise Refusal(RULES["command_text"])
    return {"command": command.removeprefix("/"), "description": text}
