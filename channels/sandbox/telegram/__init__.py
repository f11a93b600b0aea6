"""A stand-in for the Telegram Bot API with the people at its other end. From the platform notes.

Long polling with offsets or a webhook that is really called, formatted text read as Telegram reads it, limits counted
in UTF-16 units, floods, channels in which only administrators write, groups that migrate, people who block the bot.
Every refusal is met by a request or by what a person does on the page (`block`, `kick`, `migrate`, `set_rights`);
nothing is arranged. What the notes do not describe (stickers, polls, payments, inline mode, business accounts,
forwarding) is not here and answers 404.
"""

from channels.sandbox.telegram.keyboards import Button
from channels.sandbox.telegram.platform import TelegramSandbox
from channels.sandbox.telegram.state import CHANNEL_RIGHTS, DELETE, EDIT, PIN, POST, RIGHTS, TOPICS, Chat, ChatMessage

__all__ = [
    "CHANNEL_RIGHTS",
    "DELETE",
    "EDIT",
    "PIN",
    "POST",
    "RIGHTS",
    "TOPICS",
    "Button",
    "Chat",
    "ChatMessage",
    "TelegramSandbox",
]
