"""Edits, deletion, pins, and the answer to a press. telegram.md 5."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.asked import Asked
from channels.sandbox.telegram.base import Method
from channels.sandbox.telegram.entities import units
from channels.sandbox.telegram.keyboards import Rows, keyboard
from channels.sandbox.telegram.people import People
from channels.sandbox.telegram.rules import RULES
from channels.sandbox.telegram.sending import Content, Sending, caption_of, link_preview, text_of
from channels.sandbox.telegram.state import DELETE, EDIT, PIN, POST, Chat, ChatMessage

MOST_ANSWER: Final = 200
ANSWER_WITHIN: Final = timedelta(seconds=60)
"""The notes say "within seconds"; who answers later than this is certainly late."""
DELETABLE: Final = timedelta(hours=48)


class Editing(Sending, People):
    """What changes a message that is there."""

    def editing_methods(self) -> dict[str, Method]:
        """The methods of this part."""
        return {
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "editMessageMedia": self._edit_media,
            "editMessageReplyMarkup": self._edit_markup,
            "deleteMessage": self._delete,
            "answerCallbackQuery": self._answer,
            "pinChatMessage": self._pin,
            "unpinChatMessage": self._unpin,
            "unpinAllChatMessages": self._unpin_all,
        }

    def _own(self, asked: Asked) -> tuple[Chat, ChatMessage]:
        """The bot's own message of an edit. A bot edits its messages at any age, and nobody else's."""
        chat = self.writable(asked)
        message = self._named(chat, asked, "no_message")
        if not message.own:
            raise Refusal(RULES["cannot_edit"])
        return chat, message

    @staticmethod
    def _named(chat: Chat, asked: Asked, rule: str) -> ChatMessage:
        number = asked.number("message_id")
        if not number:
            raise Refusal(RULES["no_id"])
        message = chat.find(number)
        if message is None:
            raise Refusal(RULES[rule])
        return message

    async def _edit_text(self, asked: Asked) -> Any:
        chat, message = self._own(asked)
        if message.file:
            raise Refusal(RULES["no_text"])
        return self._edited(chat, message, text_of(asked), keyboard(asked), link_preview(asked))

    async def _edit_caption(self, asked: Asked) -> Any:
        chat, message = self._own(asked)
        if not message.file:
            raise Refusal(RULES["no_caption"])
        content = caption_of(asked)
        content.file = message.file
        return self._edited(chat, message, content, keyboard(asked), {})

    async def _edit_media(self, asked: Asked) -> Any:
        chat, message = self._own(asked)
        content = await self.media_of(asked, asked.parsed("media", dict))
        return self._edited(chat, message, content, keyboard(asked), {})

    async def _edit_markup(self, asked: Asked) -> Any:
        chat, message = self._own(asked)
        content = Content(message.html, message.text, message.entities, message.file)
        return self._edited(chat, message, content, keyboard(asked), message.link_preview)

    def _edited(
        self, chat: Chat, message: ChatMessage, content: Content, rows: Rows, preview: dict[str, Any]
    ) -> dict[str, Any]:
        """Change a message; a keyboard that an edit leaves out is gone."""
        if content.of(message) and (rows, preview) == (message.keyboard, message.link_preview):
            raise Refusal(RULES["not_modified"])
        content.into(message)
        message.keyboard, message.link_preview = rows, preview
        message.edits += 1
        message.edited_at = self.clock()
        self.spent(chat)
        return self.body(message)

    async def _delete(self, asked: Asked) -> Any:
        chat = self.reachable(asked)
        message = self._named(chat, asked, "no_delete")
        young = self.clock() - message.at < DELETABLE.total_seconds()
        own = message.own and (POST in chat.rights or not chat.channel)
        if not young or not (own or chat.kind == "private" or DELETE in chat.rights):
            raise Refusal(RULES["cannot_delete"])
        chat.messages.remove(message)
        self._set_pin(chat, message, pinned=False)
        return True

    # -- presses ----------------------------------------------------------------------------------------------------

    async def _answer(self, asked: Asked) -> Any:
        """Show the presser something, once and in time."""
        query, text = asked.text("callback_query_id"), asked.text("text")
        if units(text) > MOST_ANSWER:
            raise Refusal(RULES["answer_long"])
        pressed_at, answer = self.queries.get(query, (0, ""))
        if answer is not None or self.clock() - pressed_at > ANSWER_WITHIN.total_seconds():
            raise Refusal(RULES["old_query"])
        self.queries[query] = (pressed_at, text)
        return True

    # -- pins -------------------------------------------------------------------------------------------------------

    def _pinnable(self, asked: Asked) -> Chat:
        chat = self.reachable(asked)
        if chat.kind != "private" and (EDIT if chat.channel else PIN) not in chat.rights:
            raise Refusal(RULES["no_pin_right"])
        return chat

    async def _pin(self, asked: Asked) -> Any:
        chat = self._pinnable(asked)
        self._set_pin(chat, self._named(chat, asked, "no_pin"), pinned=True)
        return True

    async def _unpin(self, asked: Asked) -> Any:
        """Without a message's id, the newest pin goes."""
        chat = self._pinnable(asked)
        number = asked.number("message_id") or (chat.pins[-1] if chat.pins else 0)
        message = chat.find(number)
        if message is None or not message.pinned:
            raise Refusal(RULES["no_unpin"])
        self._set_pin(chat, message, pinned=False)
        return True

    async def _unpin_all(self, asked: Asked) -> Any:
        chat = self._pinnable(asked)
        for message in chat.messages:
            self._set_pin(chat, message, pinned=False)
        return True

    @staticmethod
    def _set_pin(chat: Chat, message: ChatMessage, *, pinned: bool) -> None:
        message.pinned = pinned
        chat.pins = [number for number in chat.pins if number != message.message_id]
        if pinned:
            chat.pins.append(message.message_id)
