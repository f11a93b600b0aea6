"""Sends the queued messages: claimed, sent, recorded. One chat gets them in order and with room in between.

For an alert twice is better than never: an unclear send is repeated once. The weekly summary is not repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.duty import texts
from bot.duty.alerts import SILENT, Buttons
from bot.duty.editing import edit, edited, stale_alerts
from bot.duty.lost import follow, pass_on
from bot.duty.outcomes import Next, judge, not_parsed, told_wait
from bot.duty.routes import BOT, note_chat
from bot.parts import Parts
from bot.publishing.budget import CHAT, blocked_chats
from bot.reports.charts import incident_chart
from channels.base import Usage
from channels.errors import redact
from models.duty import AlertTry, TryOutcome
from models.incident import Alert, AlertState, Incident
from models.office import Organisation

log = structlog.get_logger()

SEND_S = 20.0
MOST_TRIES = 30
"""About two hours: the pauses grow to five minutes."""
MOST_PAUSE_S = 300.0
GROUP_SPACE, PRIVATE_SPACE = timedelta(seconds=3), timedelta(seconds=1)
"""Telegram takes about twenty messages a minute in a group and one a second in any chat."""
_WAITING = (AlertState.QUEUED, AlertState.SENDING)


@dataclass(frozen=True)
class Claimed:
    """A message that is ours to send now."""

    alert: Alert
    incident: Incident | None
    reply_to: int | None
    tz: ZoneInfo


class Sender:
    """`send_due()` sends the next message of every chat. `bot` gives the bot of the day: a new token, a new bot."""

    def __init__(self, parts: Parts, bot: Callable[[], Bot]) -> None:
        self._parts, self._bot = parts, bot
        self._not_before: dict[str, datetime] = {}

    async def send_due(self) -> int:
        """Send what is queued and due; return how many went out."""
        sent = 0
        for alert_id in await self._due():
            sent += await self._send(alert_id)
        await self._edit_due()
        return sent

    async def _edit_due(self) -> None:
        """Edit what says something else by now, where nothing new waits to be said."""
        now = self._parts.now()
        for alert in await stale_alerts(self._parts, now):
            if self._not_before.get(alert.chat_id, now) > now:
                continue
            async with self._parts.db.read() as session:
                incident = await session.get(Incident, alert.incident_id) if alert.incident_id else None
                office = await session.get_one(Organisation, alert.organisation_id)
            picture = await self._chart(Claimed(alert, incident, None, ZoneInfo(office.zone)))
            failed: TelegramError | OSError | None = None
            try:
                await edit(self._bot(), alert, picture, _markup(alert))
            except (TelegramError, OSError) as error:
                failed = error
            self._not_before[alert.chat_id] = self._parts.now() + _space(alert)
            await edited(self._parts, alert, failed)

    async def _due(self) -> list[int]:
        """The oldest message of each chat that may be written to now."""
        now = self._parts.now()
        async with self._parts.db.read() as session:
            rows = await session.exec(
                select(Alert.id, Alert.chat_id)
                .where(col(Alert.state).in_(_WAITING), Alert.next_at <= now)
                .order_by(col(Alert.id))
            )
            first: dict[str, int] = {}
            for alert_id, chat in rows.all():
                first.setdefault(chat, alert_id or 0)
            blocked = await blocked_chats(session, now)
        return [n for chat, n in first.items() if chat not in blocked and self._not_before.get(chat, now) <= now]

    async def _send(self, alert_id: int) -> bool:
        claimed = await self._claim(alert_id)
        if claimed is None:
            return False
        alert = claimed.alert
        try:
            message = await self._deliver(claimed)
        except (TelegramError, OSError) as error:
            await self._not_sent(alert, error)
            return False
        now = self._parts.now()
        self._not_before[alert.chat_id] = now + _space(alert)
        async with self._parts.db.write(fenced=False) as session:  # it is out, whoever holds the chat by now
            row = await session.get_one(Alert, alert_id)
            row.state, row.sent_at, row.message_id, row.error = AlertState.SENT, now, message, ""
            note_try(session, row, TryOutcome.SENT, now)
            await note_chat(session, alert.chat_id, "", now)
        log.info("alert_sent", alert=alert_id, kind=alert.kind, incident=alert.incident_id)
        self._parts.bell.ring("alert")
        return True

    async def _claim(self, alert_id: int) -> Claimed | None:
        """Take one message; None when another took it, or when an unclear send may not be repeated."""
        now = self._parts.now()
        async with self._parts.db.write() as session:
            was = (await session.exec(select(Alert.state).where(Alert.id == alert_id))).one()
            taken = await session.exec(
                update(Alert)
                .where(col(Alert.id) == alert_id, col(Alert.state) == was, col(Alert.next_at) <= now)
                .values(
                    state=AlertState.SENDING, attempts=Alert.attempts + 1, next_at=now + timedelta(seconds=SEND_S * 2)
                )
            )
            if taken.rowcount != 1 or was not in _WAITING:
                return None
            alert = await session.get_one(Alert, alert_id)
            # a process died while it was sending
            if was == AlertState.SENDING:
                note_try(session, alert, TryOutcome.UNCLEAR, now)
            if was == AlertState.SENDING and not await self._repeat(session, alert):
                return None
            incident = await session.get(Incident, alert.incident_id) if alert.incident_id else None
            office = await session.get_one(Organisation, alert.organisation_id)
            return Claimed(alert, incident, await _thread(session, alert), ZoneInfo(office.zone))

    # -- the call -----------------------------------------------------------------------------------------------

    async def _deliver(self, claimed: Claimed) -> int:
        """Send as Telegram HTML; words whose formatting is refused go as plain text."""
        try:
            return await self._call(claimed, html=True)
        except BadRequest as error:
            if not not_parsed(error):
                raise
            log.error("alert_not_parsed", alert=claimed.alert.id, detail=redact(str(error)))
            return await self._call(claimed, html=False)

    async def _call(self, claimed: Claimed, *, html: bool) -> int:
        alert, bot = claimed.alert, self._bot()
        shared = _shared(claimed, html=html)
        picture = await self._chart(claimed)
        path = Path(alert.document_path) if alert.document_path else None
        text = texts.fit(alert.text, texts.MOST_CAPTION if picture or path else texts.MOST_TEXT)
        text = text if html else texts.plain(text)
        if picture:
            message: Message = await bot.send_photo(photo=picture, filename="chart.png", caption=text, **shared)
        elif path is not None:
            content = await asyncio.to_thread(path.read_bytes)
            message = await bot.send_document(document=content, filename=path.name, caption=text, **shared)
        else:
            preview = LinkPreviewOptions(is_disabled=True)
            message = await bot.send_message(text=text, link_preview_options=preview, **shared)
        return message.message_id

    async def _chart(self, claimed: Claimed) -> bytes:
        """The picture, empty when there is none. An alert without its picture is better than none."""
        if not claimed.alert.chart or claimed.incident is None:
            return b""
        language = self._parts.settings.language
        try:
            return await asyncio.to_thread(incident_chart, claimed.incident.evidence, language=language, tz=claimed.tz)
        except Exception:
            log.exception("chart_failed", incident=claimed.incident.id)
            return b""

    # -- failures -----------------------------------------------------------------------------------------------

    async def _not_sent(self, alert: Alert, error: TelegramError | OSError) -> None:
        """Wait as told, follow a moved group, repeat what is unclear once, pass on what can never succeed here."""
        what, now = judge(error), self._parts.now()
        async with self._parts.db.write() as session:
            row = await session.get_one(Alert, alert.id)
            row.error = redact(str(error))[:200]
            row.state, row.next_at = AlertState.QUEUED, now
            note_try(session, row, TryOutcome.UNCLEAR if what is Next.UNCLEAR else TryOutcome.FAILED, now)
            if isinstance(error, ChatMigrated):
                await follow(session, self._parts, alert.chat_id, str(error.new_chat_id))
            elif what is Next.UNCLEAR:
                await self._repeat(session, row)
            elif what is Next.AGAIN:
                row.next_at = now + timedelta(seconds=_pause(alert, error))
                self._not_before[alert.chat_id] = row.next_at
                if isinstance(error, RetryAfter):  # a process that takes over must wait for the chat too
                    key = f"{CHAT}{alert.chat_id}"
                    self._parts.usage.tell(None, Usage(key, "messages", blocked_until=row.next_at))
            if what is Next.NEVER or (row.state == AlertState.QUEUED and row.attempts >= MOST_TRIES):
                row.state = AlertState.FAILED
                if isinstance(error, Forbidden):
                    await note_chat(session, alert.chat_id, "gone" if alert.chat_id.startswith("-") else "blocked", now)
                await pass_on(session, self._parts, row)
            state = row.state
        await self._parts.usage.flush_if_can(self._parts.db, now)
        detail = redact(str(error))[:200]
        log.error("alert_not_sent", alert=alert.id, error=type(error).__name__, detail=detail, state=str(state))
        self._parts.bell.ring("alert")

    async def _repeat(self, session: AsyncSession, row: Alert) -> bool:
        """After an unclear send: once more for an alert; a summary, or a second time, stays unclear."""
        if row.kind != "weekly" and "repeated" not in row.about:
            row.about = {**row.about, "repeated": "1"}
            return True
        row.state = AlertState.UNCLEAR
        await pass_on(session, self._parts, row)
        log.error("alert_unclear", alert=row.id, kind=row.kind)
        return False


def _space(alert: Alert) -> timedelta:
    """The room that its chat needs before the next one."""
    return GROUP_SPACE if alert.chat_id.startswith("-") else PRIVATE_SPACE


def note_try(session: AsyncSession, row: Alert, outcome: TryOutcome, now: datetime) -> None:
    """Keep on record how one try by the bot ended."""
    session.add(AlertTry(alert_id=row.id or 0, at=now, way=BOT, outcome=outcome, detail=row.error))


def _pause(alert: Alert, error: TelegramError | OSError) -> float:
    """Seconds until the next try: as told, or growing."""
    return told_wait(error) if isinstance(error, RetryAfter) else min(MOST_PAUSE_S, 2.0 ** min(alert.attempts, 9))


async def _thread(session: AsyncSession, alert: Alert) -> int | None:
    """The message that opened the incident in this chat, or reopened it last: later ones answer it."""
    if alert.incident_id is None or alert.kind == "opened":
        return None
    rows = await session.exec(
        select(Alert.message_id)
        .where(Alert.incident_id == alert.incident_id, Alert.chat_id == alert.chat_id, Alert.kind == "opened")
        .order_by(col(Alert.id).desc())
        .limit(1)
    )
    return rows.first()


def keyboard(buttons: Buttons, token: str) -> InlineKeyboardMarkup:
    """Buttons as Telegram takes them."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"{act}:{token}") for label, act in row] for row in buttons]
    )


def _markup(alert: Alert) -> InlineKeyboardMarkup | None:
    """The alert's own buttons; None when it has none."""
    buttons = [[(label, act) for label, act in row] for row in alert.buttons]
    return keyboard(buttons, alert.token) if buttons else None


def _shared(claimed: Claimed, *, html: bool) -> Mapping[str, Any]:
    """What every kind of send takes."""
    alert = claimed.alert
    chat: int | str = int(alert.chat_id) if alert.chat_id.lstrip("-").isdigit() else alert.chat_id
    shared: dict[str, Any] = {"chat_id": chat, "parse_mode": ParseMode.HTML if html else None}
    if SILENT in alert.about:
        shared["disable_notification"] = True
    if (markup := _markup(alert)) is not None:
        shared["reply_markup"] = markup
    if claimed.reply_to is not None:
        shared["reply_parameters"] = ReplyParameters(claimed.reply_to, allow_sending_without_reply=True)
    return shared
