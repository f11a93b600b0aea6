"""The duty chat on Telegram: takes what people press and write, sends what is due, watches itself. Holds no rules.

Polling by default (a desk machine rarely has a public address); by webhook where it has one and is told to. Either way
an update is stored first and worked after (`inbox`), by the same handlers.

Polling and working are tasks of their own, which nobody stops between two steps. In a process that slept while another
took the chat over they may end one poll or press before `stop()`. Nothing comes of it: whatever they store is fenced
like all work of the role, an update that is not stored is not confirmed, and of two pollers Telegram refuses one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

import structlog
from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.ext import Application

from bot.duty.handlers import App, Handlers
from bot.duty.hook import bot_number, hook_address, set_hook, why_not_called
from bot.duty.inbox import RING, Inbox
from bot.duty.polling import Poller
from bot.duty.request import new_request
from bot.duty.routes import CHAT, chats_that_matter, note_route
from bot.duty.sender import SEND_S, Sender
from bot.engine.lease import LeaseLost
from bot.loops import Loop
from bot.parts import Parts
from channels.errors import redact

log = structlog.get_logger()

PROBE_EVERY_S = 60.0
PROBE_S = 5.0
PROBE_CHATS_EVERY_S = 600.0
SILENT_S = 120.0
"""A poll lasts ten seconds and a pause after an error at most thirty: silence so long means that nothing polls."""
LOOK_EVERY_S: Final = 2.0
"""Another host may have received something."""
ENDS_WITHIN_S: Final = 5.0
"""A press that is being worked at the end gets so long to be answered."""


class DutyChat:
    """The bot: `start()` begins to take updates, `watch()` sees that they come, `send_due()` sends, `stop()` leaves."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # The libraries log every request with the token in its address, and with what is in it.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._handlers = Handlers(parts)
        self.app = self._build()
        self._sender = Sender(parts, self._bot)
        self._poller: Poller | None = None
        self._work: Loop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._probed_at = 0.0
        self._chats_probed_at = -PROBE_CHATS_EVERY_S
        self._dead = False
        self.trouble = ""
        """Why nothing goes through the bot now, as `routes.WHY` names it; empty while it does."""

    def _build(self) -> App:
        settings = self._parts.settings
        app: App = (
            Application.builder()
            .token(settings.telegram_token.get_secret_value())
            .base_url(f"{settings.telegram_base_url}/bot")
            .base_file_url(f"{settings.telegram_base_url}/file/bot")
            .request(new_request(read_timeout=SEND_S, write_timeout=SEND_S))
            .get_updates_request(new_request(read_timeout=SEND_S))
            .updater(None)
            .job_queue(None)
            .build()
        )
        self._handlers.serve(app)
        return app

    def _bot(self) -> Bot:
        bot: Bot = self.app.bot
        return bot

    @property
    def by_webhook(self) -> bool:
        """Whether Telegram calls us, instead of being asked."""
        return self._parts.settings.telegram_updates == "webhook"

    # -- life ---------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """True while updates are asked for or called with, and worked."""
        return bool(self._tasks) and not self._dead and not any(task.done() for task in self._tasks)

    async def start(self) -> None:
        """Say hello to Telegram and take updates from now on. Raises `TelegramError` when the token is refused."""
        await self.stop()
        self.app = self._build()  # one that was stopped or has died is not used again
        self._dead, self._probed_at = False, time.monotonic()
        try:
            await self.app.initialize()
        except InvalidToken:
            self.trouble = "token"
            raise
        except TelegramError:
            self.trouble = "network"
            raise
        self.trouble = ""
        await self.app.start()
        if self.by_webhook:
            self._poller = None
            await self._set_hook()
        else:
            await self._bot().delete_webhook(drop_pending_updates=False)  # while one is set, no poll is answered
            self._poller = Poller(self._parts, self._bot())
        inbox = Inbox(self._parts, bot_number(self._parts), self._handlers.work)
        self._work = Loop(self._parts, "updates", inbox.turn, every_s=LOOK_EVERY_S, topics={RING})
        # the one that works first: it alone is let end
        self._tasks = [asyncio.create_task(self._work.run(), name="chat updates")]
        if self._poller is not None:
            self._tasks.append(asyncio.create_task(self._poller.run(), name="chat poll"))

    async def stop(self) -> None:
        """Take no more updates, let handlers end, close the connections. A webhook stays: Telegram keeps what it cannot
        deliver, and another host may take it."""
        await self._end_work()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, TelegramError | LeaseLost):
                log.info("chat_poll_ended", error=type(ended).__name__)
        self._tasks = []
        if self.app.running:
            await self.app.stop()
        await self.app.shutdown()
        await self.app.bot.shutdown()  # an application that was refused while it began leaves its connections open

    async def _end_work(self) -> None:
        """Poll no more; let the update in work be the last one."""
        if self._work is not None:
            self._work.end()
        for polls in self._tasks[1:]:
            polls.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=ENDS_WITHIN_S)
        for task in self._tasks:
            task.cancel()

    async def watch(self) -> None:
        """Once a minute, see that the token is good and that updates can arrive."""
        if not self.running or time.monotonic() < self._probed_at + PROBE_EVERY_S:
            return
        self._probed_at = time.monotonic()
        try:
            if self.by_webhook:
                await self._keep_hook()
            else:
                await self.app.bot.get_me(read_timeout=PROBE_S)
        except InvalidToken:
            self._dead, self.trouble = True, "token"
            log.error("chat_token_refused", hint="LOA_TELEGRAM_TOKEN: make a new one with BotFather")
        except TelegramError as error:
            self.trouble = "network"
            log.warning("chat_probe_failed", error=type(error).__name__)
        else:
            self.trouble = ""
            if self._poller is not None and self._poller.silent_s > SILENT_S:
                self._dead = True
                log.error("chat_poll_died", silent_s=round(self._poller.silent_s))

    async def send_due(self) -> int:
        """Send what is queued and due; return how many went out."""
        return await self._sender.send_due()

    async def probe_chats(self) -> None:
        """At times see that the chats that matter can be written to: before an alert shows that one cannot. Nobody
        notices it in a group; in a private chat the bot seems to write for a moment."""
        if not self.running or self.trouble or time.monotonic() < self._chats_probed_at + PROBE_CHATS_EVERY_S:
            return
        self._chats_probed_at = time.monotonic()
        async with self._parts.db.read() as session:
            chats = await chats_that_matter(session, self._parts)
        for chat in chats:
            try:
                if chat.startswith("-"):
                    await self._bot().get_chat(chat, read_timeout=PROBE_S)
                else:
                    await self._bot().send_chat_action(chat, ChatAction.TYPING, read_timeout=PROBE_S)
            except (Forbidden, BadRequest):
                why = "gone" if chat.startswith("-") else "blocked"
            except TelegramError:
                continue  # says nothing of the chat
            else:
                why = ""
            async with self._parts.db.write() as session:
                await note_route(session, f"{CHAT}{chat}", why, self._parts.now())

    # -- the webhook --------------------------------------------------------------------------------------------

    async def _keep_hook(self) -> None:
        """Set the webhook again when it was lost or calls fail. Raises `TelegramError`."""
        info = await self._bot().get_webhook_info(read_timeout=PROBE_S)
        why = why_not_called(info, hook_address(self._parts), self._parts.now())
        if why is not None:
            log.error("chat_webhook_fails", why=why.en)
            await self._set_hook()

    async def _set_hook(self) -> None:
        """Set the webhook. Where it is refused alarms go out all the same, and it is tried again in a minute."""
        try:
            await set_hook(self._bot(), self._parts)
        except InvalidToken:
            raise
        except TelegramError as error:
            hint = "LOA_PUBLIC_URL: Telegram calls https on port 443, 80, 88 or 8443 alone"
            log.error("chat_webhook_refused", error=type(error).__name__, detail=redact(str(error)), hint=hint)
