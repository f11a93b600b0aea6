"""sendMessage, sendPhoto, sendVideo, sendDocument, sendMediaGroup, sendChatAction; files. telegram.md 5."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Refusal, fetch
from channels.sandbox.telegram.asked import MOST_UPLOAD, Asked
from channels.sandbox.telegram.base import Base, Method
from channels.sandbox.telegram.entities import Entity, read_text, units
from channels.sandbox.telegram.keyboards import keyboard
from channels.sandbox.telegram.media import MOST_DOWNLOAD, StoredFile
from channels.sandbox.telegram.rules import RULES
from channels.sandbox.telegram.state import Chat, ChatMessage

MOST_TEXT: Final = 4096
MOST_CAPTION: Final = 1024
_ACTIONS: Final = frozenset(
    {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
     "choose_sticker", "find_location", "record_video_note", "upload_video_note"}
)  # fmt: skip


@dataclass
class Content:
    """What a message says: as sent, in plain words with entities, and with a file."""

    html: str = ""
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    file: StoredFile | None = None

    def of(self, message: ChatMessage) -> bool:
        """True when the message already says this."""
        return (self.text, self.entities, self.file) == (message.text, message.entities, message.file)

    def into(self, message: ChatMessage) -> None:
        """Let the message say this."""
        message.html, message.text, message.entities, message.file = self.html, self.text, self.entities, self.file


class Sending(Base):
    """Everything that puts a message into a chat."""

    def sending_methods(self) -> dict[str, Method]:
        """The methods of this part."""
        return {
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendVideo": self._send_video,
            "sendDocument": self._send_document,
            "sendMediaGroup": self._send_media_group,
            "sendChatAction": self._send_chat_action,
            "getFile": self._get_file,
        }

    async def _send_message(self, asked: Asked) -> Any:
        chat, content = self.writable(asked), text_of(asked)
        return self.body(self._sent(chat, asked, content))

    async def _send_photo(self, asked: Asked) -> Any:
        return await self._send_file(asked, "photo")

    async def _send_video(self, asked: Asked) -> Any:
        return await self._send_file(asked, "video")

    async def _send_document(self, asked: Asked) -> Any:
        return await self._send_file(asked, "document")

    async def _send_file(self, asked: Asked, kind: str) -> Any:
        chat, content = self.writable(asked), caption_of(asked)
        content.file = await self.file_of(asked, kind, kind)
        return self.body(self._sent(chat, asked, content))

    async def _send_media_group(self, asked: Asked) -> Any:
        media = asked.parsed("media", list)
        if media is None or not 2 <= len(media) <= 10:
            raise Refusal(RULES["album"])
        chat = self.writable(asked, len(media))
        contents = [await self.media_of(asked, item) for item in media]
        kinds = {content.file.kind for content in contents if content.file}
        if len(kinds) > 1 and "document" in kinds:
            raise Refusal(RULES["media"], reason="documents can't be mixed with other media")
        album = f"{self.rng.getrandbits(60)}"
        sent = [self._sent(chat, asked, content, album) for content in contents]
        return [self.body(message) for message in sent]

    def _sent(self, chat: Chat, asked: Asked, content: Content, album: str = "") -> ChatMessage:
        """Store a message once everything else about it is found right."""
        rows = [] if album else keyboard(asked)
        reply_to = self._reply_to(chat, asked)
        thread = self.thread_of(chat, asked, reply_to)
        preview = link_preview(asked)
        message = self.store(chat, "Loa", content.html, content.text)
        content.into(message)
        message.own, message.keyboard, message.album = True, rows, album
        message.reply_to, message.thread, message.link_preview = reply_to, thread, preview
        message.silent, message.protected = asked.flag("disable_notification"), asked.flag("protect_content")
        self.spent(chat)
        return message

    def thread_of(self, chat: Chat, asked: Asked, reply_to: int = 0) -> int:
        """The topic of a send; an answer goes into the topic of what it answers."""
        thread = asked.number("message_thread_id")
        answered = chat.find(reply_to)
        if not thread:
            return answered.thread if answered else 0
        topic = chat.topics.get(thread)
        if topic is None:
            raise Refusal(RULES["no_topic"])
        if topic.closed:
            raise Refusal(RULES["topic_closed"])
        return thread

    def _reply_to(self, chat: Chat, asked: Asked) -> int:
        """The message to answer, by `reply_parameters` or by the two older parameters."""
        given = asked.parsed("reply_parameters", dict)
        wanted = given if given is not None else {
            "message_id": asked.number("reply_to_message_id"),
            "allow_sending_without_reply": asked.flag("allow_sending_without_reply"),
        }  # fmt: skip
        number = int(wanted.get("message_id") or 0)
        if given is None and not number:
            return 0
        where = self.chats.get(str(wanted["chat_id"])) if "chat_id" in wanted else chat
        if where is not None and where.find(number):
            return number if where is chat else 0
        if wanted.get("allow_sending_without_reply") is True:
            return 0
        raise Refusal(RULES["no_reply"])

    async def _send_chat_action(self, asked: Asked) -> Any:
        chat = self.reachable(asked)
        if asked.text("action") not in _ACTIONS:
            raise Refusal(RULES["action"])
        self.thread_of(chat, asked)
        return True

    # -- files ------------------------------------------------------------------------------------------------------

    async def file_of(self, asked: Asked, name: str, kind: str) -> StoredFile:
        """The file of an argument: a part of the request, an id that was given before, or an address to fetch."""
        word = asked.text(name)
        if upload := asked.files.get(name) or asked.attached(word):
            shape = asked.number("width"), asked.number("height"), asked.number("duration")
            return self.keep_file(kind, upload.data, upload.name, shape)
        if not word or word.startswith("attach://"):
            raise Refusal(RULES["no_file"], name=name)
        return await self._known_file(word, kind)

    async def _known_file(self, word: str, kind: str) -> StoredFile:
        if word in self.files and self.files[word].kind == kind:
            return self.files[word]
        if not word.startswith(("http://", "https://")):
            raise Refusal(RULES["wrong_file"])
        try:
            data = await fetch(word, MOST_UPLOAD)
        except LookupError:
            raise Refusal(RULES["wrong_file"]) from None
        return self.keep_file(kind, data, word.rpartition("/")[2])

    async def media_of(self, asked: Asked, item: Any) -> Content:
        """One InputMedia: its file and its caption."""
        if not isinstance(item, dict) or item.get("type") not in ("photo", "video", "document"):
            raise Refusal(RULES["media"], reason="type must be photo, video or document")
        if not isinstance(item.get("media"), str):
            raise Refusal(RULES["media"], reason="media must be a string")
        kind, word = item["type"], item["media"]
        content = _limited(_read(item.get("caption", ""), item.get("parse_mode", ""), item.get("caption_entities")))
        upload = asked.attached(word)
        if word.startswith("attach://") and upload is None:
            raise Refusal(RULES["no_file"], name=kind)
        shape = int(item.get("width", 0)), int(item.get("height", 0)), int(item.get("duration", 0))
        kept = self.keep_file(kind, upload.data, upload.name, shape) if upload else None
        content.file = kept or await self._known_file(word, kind)
        return content

    async def _get_file(self, asked: Asked) -> Any:
        file = self.files.get(asked.text("file_id"))
        if file is None:
            raise Refusal(RULES["no_stored_file"])
        if len(file.data) > MOST_DOWNLOAD:
            raise Refusal(RULES["big_file"])
        return {"file_id": file.file_id, "file_unique_id": file.unique, "file_size": len(file.data),
                "file_path": file.path}  # fmt: skip

    async def download(self, request: web.Request) -> web.Response:
        """The bytes behind a `file_path`."""
        for file in self.files.values():
            if file.path == request.match_info["path"] and len(file.data) <= MOST_DOWNLOAD:
                return web.Response(body=file.data, content_type="application/octet-stream")
        raise Refusal(RULES["file"])


def _read(text: Any, mode: Any, listed: Any) -> Content:
    if not isinstance(text, str) or not isinstance(mode, str) or not isinstance(listed, list | None):
        raise Refusal(RULES["media"], reason="caption, parse_mode or caption_entities of a wrong type")
    plain, entities = read_text(text, mode, listed)
    return Content(text, plain, entities)


def text_of(asked: Asked) -> Content:
    """The text of a message: neither empty nor too long once the entities are read."""
    content = _read(asked.text("text"), asked.text("parse_mode"), asked.parsed("entities", list))
    if not content.text:
        raise Refusal(RULES["empty"])
    if units(content.text) > MOST_TEXT:
        raise Refusal(RULES["long"])
    return content


def caption_of(asked: Asked) -> Content:
    """The caption under a file, which may be empty."""
    return _limited(_read(asked.text("caption"), asked.text("parse_mode"), asked.parsed("caption_entities", list)))


def _limited(content: Content) -> Content:
    if units(content.text) > MOST_CAPTION:
        raise Refusal(RULES["long_caption"])
    return content


def link_preview(asked: Asked) -> dict[str, Any]:
    """`link_preview_options`, or what the older switch says."""
    options: dict[str, Any] | None = asked.parsed("link_preview_options", dict)
    if options is None:
        return {"is_disabled": True} if asked.flag("disable_web_page_preview") else {}
    for name, value in options.items():
        if not isinstance(value, str if name == "url" else bool):
            raise Refusal(RULES["json"], name="link_preview_options")
    return options
