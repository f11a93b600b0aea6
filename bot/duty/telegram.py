"""The duty chat on Telegram: sends the queued alerts, takes the presses and commands. Holds no rules.

Polling by default (a desk machine rarely has a public address). Measured hazards of the library are kept here: one
process polls, every send has its own time-out, `BadRequest` and `TimedOut` are caught before
their parent `NetworkError`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import col, select, update
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes
from telegram.request import HTTPXRequest

from bot.duty.commands import Command, answer
from bot.duty.presses import press
from bot.parts import Parts
from bot.people import redeem_link_code
from bot.reports.charts import incident_chart
from channels.errors import redact
from models.incident import Alert, AlertState, Incident
from models.office import Organisation

log = structlog.get_logger()

SEND_S = 20.0
MOST_TRIES = 8
GIVE_UP = timedelta(hours=2)

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


class DutyChat:
    """The bot: `start()` begins to poll, `send_due()` sends what is queued, `stop()` leaves cleanly."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # The libraries log every request with the token in its address.
        for name in ("httpx", "httpcore", "telegram.ext"):
            logging.getLogger(name).setLevel(logging.WARNING)
        base = parts.settings.telegram_base_url
        quiet = {"trust_env": False}
        self.app: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder()
            .token(parts.settings.telegram_token.get_secret_value())
            .base_url(f"{base}/bot")
            .base_file_url(f"{base}/file/bot")
            .request(HTTPXRequest(read_timeout=SEND_S, write_timeout=SEND_S, httpx_kwargs=quiet))
            .get_updates_request(HTTPXRequest(read_timeout=SEND_S, httpx_kwargs=quiet))
            .job_queue(None)
            .build()
        )
        self.app.add_handler(CallbackQueryHandler(self._pressed))
        self.app.add_handler(CommandHandler("start", self._link))
        for name in COMMANDS:
            self.app.add_handler(CommandHandler(name, self._asked))
        self.app.add_error_handler(self._failed)
        self.polled_at: datetime | None = None

    @property
    def running(self) -> bool:
        """True between a good `start` and `stop`."""
        return self.app.updater is not None and self.app.updater.running

    async def start(self) -> None:
        """Say hello to Telegram and begin to poll. Raises `TelegramError` when the token is refused."""
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
            await self.app.updater.stop()
        if self.app.running:
            await self.app.stop()
        await self.app.shutdown()

    # -- out ----------------------------------------------------------------------------------------------------

    async def send_due(self) -> int:
        """Send what is queued and due; return how many went out."""
        sent = 0
        for alert_id in await self._due():
            sent += await self._send(alert_id)
        return sent

    async def _due(self) -> list[int]:
        async with self._parts.db.read() as session:
            rows = await session.exec(
                select(Alert.id)
                .where(
                    col(Alert.state).in_([AlertState.QUEUED, AlertState.SENDING]), Alert.next_at <= self._parts.now()
                )
                .order_by(col(Alert.id))
                .limit(20)
            )
            return [i for i in rows.all() if i is not None]

    async def _send(self, alert_id: int) -> bool:
        """Claim, send, record. For an alert twice is better than never: an unclear send is repeated once."""
        now = self._parts.now()
        async with self._parts.db.write() as session:
            taken = await session.exec(
                update(Alert)
                .where(
                    col(Alert.id) == alert_id,
                    col(Alert.state).in_([AlertState.QUEUED, AlertState.SENDING]),
                    col(Alert.next_at) <= now,
                )
                .values(
                    state=AlertState.SENDING, attempts=Alert.attempts + 1, next_at=now + timedelta(seconds=SEND_S * 2)
                )
            )
            if taken.rowcount != 1:
                return False
            alert = await session.get_one(Alert, alert_id)
            incident = await session.get(Incident, alert.incident_id) if alert.incident_id else None
            reply_to = await self._thread(session, alert)
        try:
            message = await self._deliver(alert, incident, reply_to)
        except (TelegramError, OSError) as error:  # OSError: the summary's file is gone; it is made again and then sent
            await self._not_sent(alert, error)
            return False
        async with self._parts.db.write() as session:
            row = await session.get_one(Alert, alert_id)
            row.state, row.sent_at, row.message_id, row.error = AlertState.SENT, self._parts.now(), message, ""
        log.info("alert_sent", alert=alert_id, kind=alert.kind, incident=alert.incident_id)
        self._parts.bell.ring("alert")
        return True

    async def _thread(self, session: Any, alert: Alert) -> int | None:
        """The first message of the same incident in the same chat: later ones answer it."""
        if alert.incident_id is None or alert.kind == "opened":
            return None
        rows = await session.exec(
            select(Alert.message_id)
            .where(Alert.incident_id == alert.incident_id, Alert.chat_id == alert.chat_id, Alert.kind == "opened")
            .limit(1)
        )
        found: int | None = rows.first()
        return found

    async def _deliver(self, alert: Alert, incident: Incident | None, reply_to: int | None) -> int:
        bot, markup = self.app.bot, _keyboard(alert)
        common: dict[str, Any] = {"chat_id": int(alert.chat_id), "parse_mode": ParseMode.HTML}
        if markup is not None:
            common["reply_markup"] = markup
        if reply_to is not None:
            common["reply_to_message_id"], common["allow_sending_without_reply"] = reply_to, True
        if alert.chart and incident is not None:
            language = self._parts.settings.language
            picture = await asyncio.to_thread(incident_chart, incident.evidence, language=language)
            message: Message = await bot.send_photo(photo=picture, filename="chart.png", caption=alert.text, **common)
        elif alert.document_path:
            path = Path(alert.document_path)
            message = await bot.send_document(
                document=path.read_bytes(), filename=path.name, caption=alert.text, **common
            )
        else:
            message = await bot.send_message(
                text=alert.text, link_preview_options=LinkPreviewOptions(is_disabled=True), **common
            )
        return message.message_id

    async def _not_sent(self, alert: Alert, error: TelegramError | OSError) -> None:
        """Decide by the kind of failure: wait as told, follow a moved group, give up on what can never succeed."""
        now = self._parts.now()
        final = isinstance(error, BadRequest | Forbidden | InvalidToken)
        wait = min(300.0, 2.0**alert.attempts)
        if isinstance(error, RetryAfter):
            told = error.retry_after
            wait = told.total_seconds() if isinstance(told, timedelta) else float(told)
        async with self._parts.db.write() as session:
            row = await session.get_one(Alert, alert.id)
            if isinstance(error, ChatMigrated):
                row.chat_id, wait = str(error.new_chat_id), 0.0
                await _follow(session, alert, str(error.new_chat_id))
            row.error = redact(str(error))[:200]
            row.next_at = now + timedelta(seconds=wait)
            final = final or row.attempts >= MOST_TRIES or now - row.created_at > GIVE_UP
            row.state = AlertState.FAILED if final else AlertState.QUEUED
        log.error("alert_not_sent", alert=alert.id, error=type(error).__name__, detail=redact(str(error)), final=final)

    # -- in -----------------------------------------------------------------------------------------------------

    async def _pressed(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = event.callback_query
        if query is None:
            return
        reply = await press(self._parts, str(query.from_user.id), query.data or "")
        await self._quietly(query.answer(reply.text[:200], show_alert=reply.alarm))
        if reply.remove_buttons:
            await self._quietly(query.edit_message_reply_markup(reply_markup=None))

    async def _asked(self, event: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = event.effective_message
        if message is None or message.text is None or event.effective_user is None:
            return
        name = message.text.split()[0].lstrip("/").split("@")[0].lower()
        text = await answer(self._parts, COMMANDS[name], str(event.effective_user.id))
        if text:  # strangers get no answer
            await message.reply_text(text, parse_mode=ParseMode.HTML)

    async def _link(self, event: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/start CODE` ties this chat account to the person who got the code in the console."""
        message, user = event.effective_message, event.effective_user
        if message is None or user is None or not context.args:
            return
        person = await redeem_link_code(self._parts, context.args[0], str(user.id))
        await message.reply_text(
            f"Đã liên kết với {person.name}." if person else "Mã không đúng hoặc đã hết hạn; hãy lấy mã mới trên trang."
        )

    async def _failed(self, _: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        log.error("chat_handler_failed", exc_info=context.error)

    def _poll_failed(self, error: TelegramError) -> None:
        log.warning("chat_poll_failed", error=type(error).__name__, detail=redact(str(error)))

    async def _quietly(self, call: Awaitable[Any]) -> None:
        """Late answers and unchanged keyboards are no failures of the press, which is recorded already."""
        try:
            await call
        except (BadRequest, NetworkError) as error:
            log.info("chat_answer_failed", detail=redact(str(error)))


def _keyboard(alert: Alert) -> InlineKeyboardMarkup | None:
    if not alert.buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, callback_data=f"{action}:{alert.token}") for label, action in row]
            for row in alert.buttons
        ]
    )


async def _follow(session: Any, alert: Alert, new_chat: str) -> None:
    """A group that became a supergroup has a new id: keep it, or the next alarm goes nowhere."""
    organisation = await session.get_one(Organisation, alert.organisation_id)
    if organisation.duty_chat == alert.chat_id:
        organisation.duty_chat = new_chat
    if organisation.leaders_chat == alert.chat_id:
        organisation.leaders_chat = new_chat
