"""What the duty chat does with an update: presses, commands, a chat account that is tied, groups that come and go.

Holds no rules. A late answer or an unchanged keyboard is no failure of a press, which is recorded already; what
Telegram wants to have a little later is done then, once.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from telegram import CallbackQuery, LinkPreviewOptions, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.duty import texts
from bot.duty.chats import is_known_chat, may_stay
from bot.duty.commands import Command, answer
from bot.duty.lost import follow
from bot.duty.orders import obey
from bot.duty.outcomes import not_parsed, told_wait
from bot.duty.presses import press
from bot.duty.reply import Reply
from bot.duty.sender import keyboard
from bot.engine.lease import LeaseLost
from bot.parts import Parts
from bot.people import redeem_link_code
from channels.errors import redact
from channels.hooks import Unreadable
from models.db import DatabaseAway

log = structlog.get_logger()

LONGEST_WAIT_S: Final = 30.0
"""An edit or answer that Telegram wants to have later than this is not worth it any more."""
STRANGER_EVERY_S: Final = 60.0
TOLD: Final = 1000
COMMANDS: Final[Mapping[str, Command]] = {
    "truc": Command.DUTY,
    "duty": Command.DUTY,
    "trangthai": Command.STATUS,
    "status": Command.STATUS,
    "suco": Command.INCIDENTS,
    "incidents": Command.INCIDENTS,
    "hangdoi": Command.QUEUE,
    "queue": Command.QUEUE,
    "trogiup": Command.HELP,
    "help": Command.HELP,
}
ORDERS: Final[Mapping[str, str]] = {
    "giu": "giu",
    "hold": "giu",
    "tha": "tha",
    "release": "tha",
    "buoc": "buoc",
    "move": "buoc",
    "tattieng": "tattieng",
    "silence": "tattieng",
}
WAITS: Final = (LeaseLost, DatabaseAway)
"""Nothing was stored, and whoever plays the role next works the update: nobody is told that it failed."""
App = Application[Any, Any, Any, Any, Any, Any]


class Handlers:
    """Works the updates of the duty chat through the library's application of the day."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stranger_at = 0.0
        self._told: deque[str] = deque(maxlen=TOLD)
        self._error: Exception | None = None

    def serve(self, app: App) -> None:
        """Answer through this application from now on."""
        self._app = app
        app.add_handler(CallbackQueryHandler(self._pressed))
        app.add_handler(CommandHandler("start", self._link))
        for name in (*COMMANDS, *ORDERS):
            app.add_handler(CommandHandler(name, self._asked))
        app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, self._migrated))
        app.add_handler(ChatMemberHandler(self._membership, ChatMemberHandler.MY_CHAT_MEMBER))
        app.add_error_handler(self._failed)

    async def work(self, told: Mapping[str, Any]) -> str:
        """Work one update; return what went wrong. Raises `Unreadable`, and what leaves the update to be worked
        again."""
        try:
            event = Update.de_json(dict(told), self._app.bot)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError) as error:
            log.warning("chat_update_unreadable", error=type(error).__name__)
            raise Unreadable("no update") from None
        self._error = None
        await self._app.process_update(event)
        if isinstance(self._error, WAITS):
            raise self._error
        return type(self._error).__name__ if self._error else ""

    async def _failed(self, _: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        error = context.error
        self._error = error
        if not isinstance(error, WAITS):
            log.error("chat_handler_failed", exc_info=error)

    async def _pressed(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = event.callback_query
        if query is None:
            return
        try:
            reply = await press(self._parts, str(query.from_user.id), query.data or "")
        except WAITS:
            raise
        except Exception:
            failed = "Loa gặp lỗi, chưa làm được việc này; hãy thử lại. / That failed, try again."
            await self._quietly(lambda: query.answer(failed, show_alert=True))
            raise
        await self._quietly(lambda: query.answer(texts.cut(reply.text, 200), show_alert=reply.alarm))
        if query.message is not None and (reply.remove_buttons or reply.buttons or reply.message):
            await self._quietly(lambda: self._change(query, reply))

    async def _change(self, query: CallbackQuery, reply: Reply) -> None:
        """Show what has become of the pressed message. By ids: that of an old button may not be accessible any more."""
        assert query.message is not None
        chat, message, bot = query.message.chat.id, query.message.message_id, self._app.bot
        if reply.message:
            text = texts.fit(reply.message, texts.MOST_TEXT)
            plain = LinkPreviewOptions(is_disabled=True)
            await bot.edit_message_text(text, chat, message, parse_mode=ParseMode.HTML, link_preview_options=plain)
            return
        token = (query.data or "").partition(":")[2]
        markup = keyboard(reply.buttons, token) if reply.buttons else None
        await bot.edit_message_reply_markup(chat, message, reply_markup=markup)

    async def _asked(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, user = event.effective_message, event.effective_user
        if message is None or message.text is None or user is None:
            return
        if message.chat.type != "private" and not await is_known_chat(self._parts, str(message.chat.id)):
            return
        first, *rest = message.text.split(maxsplit=1)
        name = first.lstrip("/").split("@")[0].lower()
        done = (
            obey(self._parts, ORDERS[name], "".join(rest), str(user.id))
            if name in ORDERS
            else answer(self._parts, COMMANDS[name], str(user.id))
        )
        text = texts.fit(await done, texts.MOST_TEXT)
        if not text:  # strangers get no answer
            self._stranger()
            return

        async def reply() -> None:
            try:
                await message.reply_text(text, parse_mode=ParseMode.HTML)
            except BadRequest as error:
                if not not_parsed(error):
                    raise
                await message.reply_text(texts.plain(text))

        await self._quietly(reply)

    def _stranger(self) -> None:
        """One line a minute, without the words or the name."""
        if time.monotonic() >= self._stranger_at + STRANGER_EVERY_S:
            self._stranger_at = time.monotonic()
            log.info("chat_stranger")

    async def _link(self, event: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/start CODE` ties this chat account to the person who got the code in the console."""
        message, user = event.effective_message, event.effective_user
        if message is None or user is None:
            return
        if message.chat.type != "private":  # a code does not belong before a group
            log.info("chat_seen", chat=message.chat.id, hint="LOA_DUTY_CHAT or LOA_LEADERS_CHAT takes this id")
            await self._tell_number(message, str(user.id))
            return
        if not context.args:
            return
        person = await redeem_link_code(self._parts, context.args[0], str(user.id))
        word = f"Đã liên kết với {person.name}." if person else (
            "Mã không đúng hoặc đã hết hạn; hãy lấy mã mới trên trang."
        )  # fmt: skip
        await self._quietly(lambda: message.reply_text(word))

    async def _tell_number(self, message: Message, telegram_id: str) -> None:
        """In a group that is not the office's yet, say its number and where that belongs: once, and to whoever may
        have the bot there."""
        chat = str(message.chat.id)
        if chat in self._told or await is_known_chat(self._parts, chat):
            return
        if not await may_stay(self._parts, chat, telegram_id):
            self._stranger()
            return
        self._told.append(chat)
        word = (
            f"Số của nhóm này là {chat}. Ghi vào .env: LOA_DUTY_CHAT={chat} (nhóm trực) hoặc LOA_LEADERS_CHAT={chat} "
            "(nhóm lãnh đạo), rồi khởi động lại Loa.\n"
            "This is the number of this group. Put it into .env as one of these two, then restart Loa."
        )
        await self._quietly(lambda: message.reply_text(word))

    async def _migrated(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """A group says itself that it has become a supergroup."""
        message = event.effective_message
        if message is None or message.migrate_to_chat_id is None:
            return
        async with self._parts.db.write() as session:
            await follow(session, self._parts, str(message.chat.id), str(message.migrate_to_chat_id))
        log.warning("chat_moved", old=message.chat.id, new=message.migrate_to_chat_id)

    async def _membership(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """The bot was let in, thrown out, or blocked."""
        change = event.my_chat_member
        if change is None:
            return
        chat, status = change.chat, change.new_chat_member.status
        if status in ("kicked", "left"):
            hint = "press Start in the bot" if chat.type == "private" else "add the bot to the group again"
            log.error("chat_lost", chat=chat.id, hint=hint)
        elif chat.type != "private":
            stays = await may_stay(self._parts, str(chat.id), str(change.from_user.id))
            log.info("chat_joined", chat=chat.id, hint="LOA_DUTY_CHAT or LOA_LEADERS_CHAT takes this id")
            if not stays:
                log.warning("chat_foreign_group_left", chat=chat.id)
                await self._quietly(lambda: self._app.bot.leave_chat(chat.id))

    async def _quietly(self, call: Callable[[], Awaitable[Any]]) -> None:
        """A late answer or an unchanged keyboard is no failure of the press, which is recorded already. What
        Telegram wants to have a little later is done then, once."""
        try:
            await call()
        except RetryAfter as error:
            wait = told_wait(error)
            if wait <= LONGEST_WAIT_S:
                self._app.create_task(self._later(wait, call))
        except TelegramError as error:
            log.info("chat_answer_failed", error=type(error).__name__, detail=redact(str(error)))

    async def _later(self, wait_s: float, call: Callable[[], Awaitable[Any]]) -> None:
        await asyncio.sleep(wait_s)
        try:
            await call()
        except TelegramError as error:
            log.info("chat_answer_failed", error=type(error).__name__, detail=redact(str(error)))
