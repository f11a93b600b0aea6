"""The duty chat on Telegram: polls, takes the presses and commands, watches itself. Holds no rules.

Polling by default (a desk machine rarely has a public address). Measured hazards of the library are kept here: its
polling can die without a word, an update can come twice, a refused edit or answer is no failure of the press.

The library polls and handles in tasks of its own, which nobody stops between two steps. In a process that slept while
another took the chat over they may end one poll and begin one more before `stop()`. Nothing comes of it: what a press
or command writes is fenced like all work of the role (the person is told to try again), and of two pollers Telegram
refuses one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram import Bot, CallbackQuery, LinkPreviewOptions, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    ApplicationHandlerStop,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot.duty import texts
from bot.duty.chats import is_known_chat, may_stay
from bot.duty.commands import Command, answer
from bot.duty.lost import follow
from bot.duty.outcomes import not_parsed, told_wait
from bot.duty.polling import CONFLICTS_TOLD, Polling
from bot.duty.presses import press
from bot.duty.reply import Reply
from bot.duty.sender import SEND_S, Sender, keyboard
from bot.parts import Parts
from bot.people import redeem_link_code
from channels.errors import redact

log = structlog.get_logger()

PROBE_EVERY_S = 60.0
PROBE_S = 5.0
SILENT_S = 120.0
"""A poll lasts ten seconds and a pause after an error at most thirty: silence so long means that nothing polls."""
LONGEST_WAIT_S = 30.0
"""An edit or answer that Telegram wants to have later than this is not worth it any more."""
STRANGER_EVERY_S = 60.0
SEEN = 1000

COMMANDS: dict[str, Command] = {
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
App = Application[Any, Any, Any, Any, Any, Any]


class DutyChat:
    """The bot: `start()` begins to poll, `watch()` sees that it goes on, `send_due()` sends, `stop()` leaves."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # The libraries log every request with the token in its address.
        for name in ("httpx", "httpcore", "telegram.ext"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._polling, self.app = self._build()
        self._sender = Sender(parts, self._bot)
        self._probed_at = 0.0
        self._stranger_at = 0.0
        self._seen: deque[int] = deque(maxlen=SEEN)
        self._told: deque[str] = deque(maxlen=SEEN)
        self._dead = False

    def _build(self) -> tuple[Polling, App]:
        settings, quiet = self._parts.settings, {"trust_env": False}
        polling = Polling(read_timeout=SEND_S, httpx_kwargs=quiet)
        app: App = (
            Application.builder()
            .token(settings.telegram_token.get_secret_value())
            .base_url(f"{settings.telegram_base_url}/bot")
            .base_file_url(f"{settings.telegram_base_url}/file/bot")
            .request(HTTPXRequest(read_timeout=SEND_S, write_timeout=SEND_S, httpx_kwargs=quiet))
            .get_updates_request(polling)
            .job_queue(None)
            .build()
        )
        app.add_handler(TypeHandler(Update, self._once), group=-1)
        app.add_handler(CallbackQueryHandler(self._pressed))
        app.add_handler(CommandHandler("start", self._link))
        for name in COMMANDS:
            app.add_handler(CommandHandler(name, self._asked))
        app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, self._migrated))
        app.add_handler(ChatMemberHandler(self._membership, ChatMemberHandler.MY_CHAT_MEMBER))
        app.add_error_handler(self._failed)
        return polling, app

    def _bot(self) -> Bot:
        bot: Bot = self.app.bot
        return bot

    # -- life ---------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """True while the bot polls. The library's own word is not enough: it says so of a polling that has died."""
        said = self.app.updater is not None and self.app.updater.running
        return said and not self._dead and not self._polling.refused

    async def start(self) -> None:
        """Say hello to Telegram and begin to poll. Raises `TelegramError` when the token is refused."""
        await self.stop()
        self._polling, self.app = self._build()  # one that was stopped or has died is not used again
        self._dead, self._probed_at = False, time.monotonic()
        await self.app.initialize()
        await self.app.start()
        assert self.app.updater is not None
        await self.app.updater.start_polling(
            timeout=10,
            allowed_updates=["message", "callback_query", "my_chat_member"],
            error_callback=self._poll_failed,
            bootstrap_retries=0,
        )

    async def stop(self) -> None:
        """Stop polling, let handlers end, close the connections."""
        if self.app.updater is not None and self.app.updater.running:
            try:
                await self.app.updater.stop()
            except TelegramError as error:  # what the polling died of comes out here
                log.info("chat_poll_ended", error=type(error).__name__)
        if self.app.running:
            await self.app.stop()
        await self.app.shutdown()
        await self.app.bot.shutdown()  # an application that was refused while it began leaves its connections open

    async def watch(self) -> None:
        """Once a minute, ask Telegram who we are and see that updates are still asked for."""
        if not self.running or time.monotonic() < self._probed_at + PROBE_EVERY_S:
            return
        self._probed_at = time.monotonic()
        try:
            await self.app.bot.get_me(read_timeout=PROBE_S)
        except InvalidToken:
            self._dead = True
            log.error("chat_token_refused", hint="LOA_TELEGRAM_TOKEN: make a new one with BotFather")
        except TelegramError as error:
            log.warning("chat_probe_failed", error=type(error).__name__)
        else:
            self._dead = self._polling.silent_s > SILENT_S
            if self._dead:
                log.error("chat_poll_died", silent_s=round(self._polling.silent_s))

    async def send_due(self) -> int:
        """Send what is queued and due; return how many went out."""
        return await self._sender.send_due()

    # -- in -----------------------------------------------------------------------------------------------------

    async def _once(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """An update that comes again is passed over."""
        if event.update_id in self._seen:
            raise ApplicationHandlerStop
        self._seen.append(event.update_id)

    async def _pressed(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = event.callback_query
        if query is None:
            return
        try:
            reply = await press(self._parts, str(query.from_user.id), query.data or "")
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
        chat, message, bot = query.message.chat.id, query.message.message_id, self.app.bot
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
        name = message.text.split()[0].lstrip("/").split("@")[0].lower()
        text = texts.fit(await answer(self._parts, COMMANDS[name], str(user.id)), texts.MOST_TEXT)
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
            log.info("chat_joined", chat=chat.id, hint="LOA_DUTY_CHAT or LOA_LEADERS_CHAT takes this id")
            if not await may_stay(self._parts, str(chat.id), str(change.from_user.id)):
                log.warning("chat_foreign_group_left", chat=chat.id)
                await self._quietly(lambda: self.app.bot.leave_chat(chat.id))

    # -- trouble ------------------------------------------------------------------------------------------------

    async def _failed(self, _: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        log.error("chat_handler_failed", exc_info=context.error)

    def _poll_failed(self, error: TelegramError) -> None:
        if isinstance(error, Conflict) and self._polling.conflicts == CONFLICTS_TOLD:
            log.error("chat_conflict", hint="another Loa is running with the same token; stop one of them")
        log.warning("chat_poll_failed", error=type(error).__name__, detail=redact(str(error)))

    async def _quietly(self, call: Callable[[], Awaitable[Any]]) -> None:
        """A late answer or an unchanged keyboard is no failure of the press, which is recorded already. What
        Telegram wants to have a little later is done then, once."""
        try:
            await call()
        except RetryAfter as error:
            wait = told_wait(error)
            if wait <= LONGEST_WAIT_S:
                self.app.create_task(self._later(wait, call))
        except TelegramError as error:
            log.info("chat_answer_failed", error=type(error).__name__, detail=redact(str(error)))

    async def _later(self, wait_s: float, call: Callable[[], Awaitable[Any]]) -> None:
        await asyncio.sleep(wait_s)
        try:
            await call()
        except TelegramError as error:
            log.info("chat_answer_failed", error=type(error).__name__, detail=redact(str(error)))
