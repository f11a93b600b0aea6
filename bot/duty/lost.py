"""When a chat moved or cannot be reached any more: follow it, or tell the others."""

from __future__ import annotations

from html import escape

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.alerts import queue_alert
from bot.duty.rota import on_duty
from bot.parts import Parts
from models.incident import Alert, AlertState
from models.office import Organisation, User

PASSED_ON = "passed_on"


async def follow(session: AsyncSession, parts: Parts, old: str, new: str) -> None:
    """A group that became a supergroup has a new id: keep it, or the next alarm goes nowhere."""
    settings = parts.settings
    for office in (await session.exec(select(Organisation))).all():
        if (office.duty_chat or settings.duty_chat) == old:
            office.duty_chat = new
        if (office.leaders_chat or settings.leaders_chat) == old:
            office.leaders_chat = new
    waiting = col(Alert.state).in_([AlertState.QUEUED, AlertState.SENDING])
    await session.exec(update(Alert).where(col(Alert.chat_id) == old, waiting).values(chat_id=new))


async def pass_on(session: AsyncSession, parts: Parts, alert: Alert) -> None:
    """Tell others what did not (or perhaps did not) arrive: the duty chat, or the people on duty one by one."""
    if alert.kind == PASSED_ON:
        return
    office = await session.get_one(Organisation, alert.organisation_id)
    duty_chat = office.duty_chat or parts.settings.duty_chat
    if alert.chat_id != duty_chat:
        await _say(session, parts, alert, duty_chat, await _notice(session, alert))
        return
    if alert.state == AlertState.UNCLEAR:  # it went there twice, most likely
        return
    duty = await on_duty(session, office, parts.now())
    text = f"⚠️ Nhóm trực không nhận được tin ({escape(texts.cut(alert.error, 80))}).\n{alert.text}"
    for person in (duty.primary, duty.backup, duty.head):
        if person is not None and person.telegram_id:
            await _say(session, parts, alert, person.telegram_id, text, whole=True)


async def _notice(session: AsyncSession, alert: Alert) -> str:
    """For the duty chat: who does not get word, and what to do."""
    why = escape(texts.cut(alert.error, 80))
    if alert.kind == "weekly":
        unclear = "có thể đã tới nhóm lãnh đạo, Loa không chắc: hãy xem nhóm, đừng gửi lại vội."
        lost = f"chưa tới được nhóm lãnh đạo ({why}): hãy thêm bot vào nhóm."
        return f"⚠️ Bản tin tuần {unclear if alert.state == AlertState.UNCLEAR else lost}"
    person = (await session.exec(select(User).where(User.telegram_id == alert.chat_id))).first()
    who = escape(texts.cut(person.name, 60)) if person is not None else alert.chat_id
    word = "có thể chưa nhận được tin riêng" if alert.state == AlertState.UNCLEAR else "không nhận được tin riêng"
    return f"⚠️ {who} {word} ({why}). Hãy gọi điện; người này cần mở bot và bấm Bắt đầu (Start)."


async def _say(session: AsyncSession, parts: Parts, alert: Alert, chat: str, text: str, *, whole: bool = False) -> None:
    """Queue the notice; the whole message takes chart, buttons and what they act on along."""
    await queue_alert(
        session,
        organisation_id=alert.organisation_id,
        incident_id=alert.incident_id,
        kind=PASSED_ON,
        key=f"lost:{alert.id}:{chat}",
        chat_id=chat,
        text=text,
        chart=alert.chart and whole,
        buttons=[[(label, action) for label, action in row] for row in alert.buttons] if whole else (),
        about=alert.about if whole else None,
        at=parts.now(),
    )
