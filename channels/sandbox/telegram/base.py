"""What the parts of the stand-in share: the bot, chats and files, what stands in the way of a send, how things show."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from aiohttp import web

from channels.sandbox.core import Platform, Refusal, Rule
from channels.sandbox.telegram.asked import Asked
from channels.sandbox.telegram.media import StoredFile, check_file
from channels.sandbox.telegram.rules import RULES
from channels.sandbox.telegram.state import CHANNEL_RIGHTS, POST, RIGHTS, Chat, ChatMessage, Topic

Method = Callable[[Asked], Awaitable[Any]]
ALL_CHATS: Final = (30, timedelta(seconds=1))
# about one a second: five within five seconds, so that a short burst passes
ONE_CHAT: Final = (5, timedelta(seconds=5))
ONE_GROUP: Final = (20, timedelta(seconds=60))
RIGHT_NAMES: Final = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
    "can_pin_messages", "can_manage_topics",
)  # fmt: skip
CHANNEL_RIGHT_NAMES: Final = (*RIGHT_NAMES[:-2], "can_post_messages", "can_edit_messages")
_IDS: Final = {"photo": "AgAC", "video": "BAAC", "document": "BQAC"}


class Base(Platform):
    """State, obstacles, views. The methods are in the classes built on it."""

    name = "telegram"
    title = "Telegram (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES
    outage = "outage"

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        self.token = f"{600_000_000 + seed % 1000}:{self.rng.getrandbits(160):040x}"
        self.chats: dict[str, Chat] = {}
        self.people: dict[int, str] = {}
        self.files: dict[str, StoredFile] = {}
        self.changed = asyncio.Event()
        self._all_sent: deque[datetime] = deque()
        self._flood: dict[str, int] = {}

    # -- what Telegram says -----------------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal) -> web.Response:
        """Telegram's error object."""
        rule = refusal.rule
        body: dict[str, Any] = {"ok": False, "error_code": rule.status, "description": refusal.message}
        return web.json_response(body | ({"parameters": refusal.more} if refusal.more else {}), status=rule.status)

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["unreadable"])

    def server_error(self) -> web.Response:
        """An outage is an HTML page."""
        return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")

    # -- the world --------------------------------------------------------------------------------------------------

    def add_chat(self, chat_id: str, title: str, *, forum: bool = False, rights: frozenset[str] | None = None) -> Chat:
        """Let a group exist with the bot in it; as an administrator with `rights`, all of them unless given."""
        held = RIGHTS if rights is None else rights
        made = Chat(chat_id, title, "administrator" if held else "member", held, forum)
        return self.chats.setdefault(chat_id, made)

    def add_channel(
        self, chat_id: str, title: str, *, username: str = "", followers: int = 0, rights: frozenset[str] | None = None
    ) -> Chat:
        """Let a channel exist with the bot among its administrators, with `rights`, all of them unless given."""
        held = CHANNEL_RIGHTS if rights is None else rights
        made = Chat(chat_id, title, "administrator", held, channel=True, username=username, followers=followers)
        return self.chats.setdefault(chat_id, made)

    def add_person(self, person: int, name: str) -> None:
        """Let a person exist, with a private chat in which Start was not pressed yet."""
        self.people[person] = name
        self.chats.setdefault(str(person), Chat(str(person), name, "unstarted"))

    def messages(self, chat_id: str) -> list[ChatMessage]:
        """Everything in a chat, oldest first."""
        return list(self.chats[chat_id].messages) if chat_id in self.chats else []

    def flood(self, chat_id: str, retry_after: int) -> None:
        """Refuse the next send to a chat with 429."""
        self._flood[chat_id] = retry_after

    def revoke(self, token: str) -> None:
        """Replace the bot's token, as its owner can with BotFather."""
        if token == self.token:
            self.token = f"{self.bot_id}:{self.rng.getrandbits(160):040x}"
            self.changed.set()

    async def wait_for(self, met: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something true happened here; False after `timeout_s` real seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                while not met():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True

    # -- obstacles --------------------------------------------------------------------------------------------------

    def chat(self, asked: Asked, name: str = "chat_id") -> Chat:
        """The chat a call names, a public one also by @name."""
        word = asked.text(name)
        if not word:
            raise Refusal(RULES["chat_empty"])
        named = (c for c in self.chats.values() if c.username and f"@{c.username}".lower() == word.lower())
        chat = self.chats.get(word) or next(named, None)
        if chat is None:
            raise Refusal(RULES["chat"])
        if chat.migrated_to:
            raise Refusal(RULES["migrated"], {"migrate_to_chat_id": int(chat.migrated_to)})
        return chat

    def inside(self, asked: Asked) -> Chat:
        """The chat, when the bot is still in it."""
        chat = self.chat(asked)
        if chat.kind != "private" and chat.status in ("kicked", "left"):
            raise Refusal(RULES[chat.status], kind=chat.kind)
        return chat

    def reachable(self, asked: Asked) -> Chat:
        """The chat, when the bot may write into it."""
        chat = self.inside(asked)
        if chat.status == "kicked":
            raise Refusal(RULES["blocked"])
        if chat.status == "unstarted":
            raise Refusal(RULES["never_started"])
        return chat

    def writable(self, asked: Asked, count: int = 1) -> Chat:
        """The chat of a send or an edit, when nothing stands in the way; the limits count edits too."""
        chat = self.reachable(asked)
        if chat.channel and (chat.status != "administrator" or POST not in chat.rights):
            raise Refusal(RULES["no_post_right"])
        if seconds := self._flood.pop(chat.id, 0) or self._wait(chat, count):
            raise Refusal(RULES["flood"], {"retry_after": seconds}, seconds=seconds)
        return chat

    def _wait(self, chat: Chat, count: int) -> int:
        """Whole seconds until `count` more messages may go to a chat, 0 when they may now."""
        limits = [(self._all_sent, *ALL_CHATS), (chat.sent, *ONE_CHAT)]
        if chat.kind != "private":
            limits.append((chat.sent, *ONE_GROUP))
        now, seconds = self.now(), 0
        for sent, most, span in limits:
            recent = [at for at in sent if at > now - span]
            over = len(recent) + count - most
            if over > 0 and recent:
                until = recent[min(over, len(recent)) - 1] + span
                seconds = max(seconds, math.ceil((until - now).total_seconds()), 1)
        return seconds

    def spent(self, chat: Chat) -> None:
        """Count one message or edit against the limits."""
        now = self.now()
        for sent, span in ((self._all_sent, ALL_CHATS[1]), (chat.sent, ONE_GROUP[1])):
            sent.append(now)
            while sent[0] <= now - span:
                sent.popleft()

    def store(self, chat: Chat, author: str, shown: str, plain: str) -> ChatMessage:
        """Put a new message into a chat."""
        message = ChatMessage(chat.id, self.next_id(chat), author, shown, plain, self.clock())
        chat.messages.append(message)
        self.changed.set()
        return message

    def next_id(self, chat: Chat) -> int:
        """A supergroup or channel counts its own messages; private chats and groups share one counter."""
        if chat.kind not in ("supergroup", "channel"):
            return self.number()
        chat.last_id += 1
        return chat.last_id

    def clock(self) -> int:
        """The time as messages carry it."""
        return int(self.now().timestamp())

    def keep_file(self, kind: str, data: bytes, name: str = "", shape: tuple[int, int, int] = (0, 0, 0)) -> StoredFile:
        """Check a file and keep it under a new id. `shape`: width, height and seconds of a clip, as its sender says."""
        width, height = check_file(kind, data, shape)
        file_id = f"{_IDS[kind]}{self.number():08d}"
        self.files[file_id] = StoredFile(file_id, kind, data, name, width, height, shape[2])
        return self.files[file_id]

    # -- views ------------------------------------------------------------------------------------------------------

    @property
    def bot_id(self) -> int:
        """The number before the colon of the token."""
        return int(self.token.split(":")[0])

    def bot(self) -> dict[str, Any]:
        """The bot as a user."""
        return {"id": self.bot_id, "is_bot": True, "first_name": "Loa", "username": "loa_demo_bot"}

    def user(self, person: int) -> dict[str, Any]:
        """A person as a user."""
        return {"id": person, "is_bot": False, "first_name": self.people.get(person, "?")}

    def chat_body(self, chat: Chat) -> dict[str, Any]:
        """A chat as messages carry it."""
        if chat.kind == "private":
            return {"id": int(chat.id), "type": "private", "first_name": chat.title}
        more = {"is_forum": True} if chat.forum else {}
        named = {"username": chat.username} if chat.username else {}
        return {"id": int(chat.id), "type": chat.kind, "title": chat.title, **named, **more}

    def bot_member(self, chat: Chat) -> dict[str, Any]:
        """The bot as a member of a chat."""
        body: dict[str, Any] = {"user": self.bot(), "status": chat.status}
        if chat.status == "administrator":
            names = CHANNEL_RIGHT_NAMES if chat.channel else RIGHT_NAMES
            rights = {name: name in chat.rights or name == "can_manage_chat" for name in names}
            body |= rights | {"can_be_edited": False, "is_anonymous": False}
        if chat.status == "kicked":
            body["until_date"] = 0
        if chat.status == "unstarted":
            body["status"] = "left"
        return body

    def body(self, message: ChatMessage, *, nested: bool = False) -> dict[str, Any]:
        """A message as the Bot API shows it; a message that it answers is shown one level deep. In a channel nobody
        speaks but the channel itself."""
        chat = self.chats[message.chat_id]
        if chat.channel:
            sender = {"sender_chat": self.chat_body(chat)}
        else:
            sender = {"from": self.bot() if message.own else self.user(message.person)}
        shown: dict[str, Any] = {"message_id": message.message_id, **sender, "date": message.at}
        shown |= {"chat": self.chat_body(chat)} | _content(message) | _marks(message)
        if message.reply_to and not nested and (answered := chat.find(message.reply_to)):
            shown["reply_to_message"] = self.body(answered, nested=True)
        return shown


def _content(message: ChatMessage) -> dict[str, Any]:
    """Words with their entities, and the file."""
    name = "caption" if message.file else "text"
    shown: dict[str, Any] = {}
    if message.file:
        shown[message.file.kind] = message.file.shown()
    if message.text or not message.file:
        shown[name] = message.text
    if message.entities:
        shown["caption_entities" if message.file else "entities"] = message.entities
    return shown


def _marks(message: ChatMessage) -> dict[str, Any]:
    """What is true of a message besides its content, left out where it is not."""
    marks: Mapping[str, Any] = {
        "message_thread_id": message.thread,
        "is_topic_message": bool(message.thread),
        "media_group_id": message.album,
        "has_protected_content": message.protected,
        "link_preview_options": message.link_preview,
        "edit_date": message.edited_at,
        "reply_markup": {"inline_keyboard": message.keyboard} if message.keyboard else None,
    }
    return {name: value for name, value in marks.items() if value}


def topic_body(topic: Topic) -> dict[str, Any]:
    """A topic as its creation answers it."""
    return {"message_thread_id": topic.thread, "name": topic.name, "icon_color": topic.icon_color}
