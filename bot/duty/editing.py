"""Edits messages that say something else by now. An edit may be made twice without harm, so nothing is claimed; what
cannot be edited any more stays as it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import col, select
from telegram import Bot, InlineKeyboardMarkup, InputMediaPhoto, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.duty import texts
from bot.duty.outcomes import not_parsed, told_wait
from bot.parts import Parts
from channels.errors import redact
from models.incident import Alert, AlertState

log = structlog.get_logger()

UNCHANGED: Final = "message is not modified"
AGAIN_S: Final = 30.0


async def stale_alerts(parts: Parts, now: datetime) -> list[Alert]:
    """The messages to edit, the oldest of each chat first; a chat with a message to send comes later."""
    async with parts.db.read() as session:
        waiting = select(Alert.chat_id).where(
            col(Alert.state).in_([AlertState.QUEUED, AlertState.SENDING]), col(Alert.next_at) <= now
        )
        rows = await session.exec(
            select(Alert)
            .where(col(Alert.stale), Alert.state == AlertState.SENT, col(Alert.next_at) <= now)
            .where(col(Alert.chat_id).not_in(waiting))
            .order_by(col(Alert.id))
        )
        first: dict[str, Alert] = {}
        for alert in rows.all():
            first.setdefault(alert.chat_id, alert)
    return list(first.values())


async def edit(bot: Bot, alert: Alert, picture: bytes, markup: InlineKeyboardMarkup | None) -> None:
    """Make the message say what its row says. `picture`: as the chart would be drawn now; empty for a plain text."""
    try:
        await _call(bot, alert, picture, markup, html=True)
    except BadRequest as error:
        if UNCHANGED in str(error).lower():
            return
        if not not_parsed(error):
            raise
        await _call(bot, alert, picture, markup, html=False)


async def _call(bot: Bot, alert: Alert, picture: bytes, markup: InlineKeyboardMarkup | None, *, html: bool) -> None:
    chat: int | str = int(alert.chat_id) if alert.chat_id.lstrip("-").isdigit() else alert.chat_id
    text = texts.fit(alert.text, texts.MOST_CAPTION if alert.chart else texts.MOST_TEXT)
    text, mode = (text, ParseMode.HTML) if html else (texts.plain(text), None)
    if picture:
        media = InputMediaPhoto(picture, caption=text, parse_mode=mode, filename="chart.png")
        await bot.edit_message_media(media, chat, alert.message_id, reply_markup=markup)
    elif alert.chart:  # it was not drawn this time
        await bot.edit_message_caption(chat, alert.message_id, caption=text, parse_mode=mode, reply_markup=markup)
    else:
        plain = LinkPreviewOptions(is_disabled=True)
        await bot.edit_message_text(
            text, chat, alert.message_id, parse_mode=mode, link_preview_options=plain, reply_markup=markup
        )


async def edited(parts: Parts, alert: Alert, error: TelegramError | OSError | None) -> None:
    """Write down what came of it. Edited again meanwhile, it stays stale."""
    now = parts.now()
    final = error is None or isinstance(error, BadRequest | Forbidden)
    async with parts.db.write() as session:
        row = await session.get_one(Alert, alert.id)
        if final:
            row.stale = (row.text, row.buttons) != (alert.text, alert.buttons)
        else:
            wait = told_wait(error) if isinstance(error, RetryAfter) else AGAIN_S
            row.next_at = now + timedelta(seconds=wait)
    if error is not None:
        log.warning("alert_not_edited", alert=alert.id, error=type(error).__name__, detail=redact(str(error))[:200])
