"""What the stand-in keeps: chats with their topics, members and rights, and messages."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from channels.sandbox.telegram.entities import Entity
from channels.sandbox.telegram.keyboards import Button, Rows, buttons
from channels.sandbox.telegram.media import StoredFile

PIN: Final = "can_pin_messages"
TOPICS: Final = "can_manage_topics"
DELETE: Final = "can_delete_messages"
RIGHTS: Final = frozenset({PIN, TOPICS, DELETE})
POST: Final = "can_post_messages"
EDIT: Final = "can_edit_messages"
CHANNEL_RIGHTS: Final = frozenset({POST, EDIT, DELETE})
"""A bot is in a channel as an administrator; there, who may edit others' posts may pin."""


@dataclass
class ChatMessage:
    """One message in a chat. `text` is plain, `html` as sent; `photo`, `video`, `document` are the bytes received."""

    chat_id: str
    message_id: int
    author: str
    html: str
    text: str
    at: int
    own: bool = False
    person: int = 0
    file: StoredFile | None = None
    entities: list[Entity] = field(default_factory=list)
    keyboard: Rows = field(default_factory=list)
    thread: int = 0
    reply_to: int = 0
    album: str = ""
    link_preview: dict[str, Any] = field(default_factory=dict)
    pinned: bool = False
    silent: bool = False
    protected: bool = False
    edits: int = 0
    edited_at: int = 0

    @property
    def photo(self) -> bytes:
        """The picture, empty when there is none."""
        return self.file.data if self.file and self.file.kind == "photo" else b""

    @property
    def video(self) -> bytes:
        """The clip, empty when there is none."""
        return self.file.data if self.file and self.file.kind == "video" else b""

    @property
    def document(self) -> bytes:
        """The document, empty when there is none."""
        return self.file.data if self.file and self.file.kind == "document" else b""

    @property
    def file_name(self) -> str:
        """The document's name."""
        return self.file.name if self.file else ""

    @property
    def buttons(self) -> list[Button]:
        """Every button, in reading order."""
        return buttons(self.keyboard)


@dataclass
class Topic:
    """A topic of a forum."""

    thread: int
    name: str
    icon_color: int
    closed: bool = False


@dataclass
class Chat:
    """A private chat (positive id), a group, a supergroup (-100...), or a channel (-100... too) that so many follow.

    `status` is the bot's: `administrator` or `member`; `kicked` when a person blocked it or it was removed, `left`
    when it went, `unstarted` while a person has not pressed Start. `pins` are the pinned messages, newest last.
    """

    id: str
    title: str
    status: str = "member"
    rights: frozenset[str] = frozenset()
    forum: bool = False
    channel: bool = False
    username: str = ""
    followers: int = 0
    migrated_to: str = ""
    messages: list[ChatMessage] = field(default_factory=list)
    members: dict[int, str] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    pins: list[int] = field(default_factory=list)
    sent: deque[datetime] = field(default_factory=deque)
    last_id: int = 0

    @property
    def kind(self) -> str:
        """`private`, `group`, `supergroup` or `channel`."""
        if self.channel:
            return "channel"
        if not self.id.startswith("-"):
            return "private"
        return "supergroup" if self.id.startswith("-100") else "group"

    def find(self, message_id: int) -> ChatMessage | None:
        """A message of this chat."""
        return next((m for m in self.messages if m.message_id == message_id), None)
