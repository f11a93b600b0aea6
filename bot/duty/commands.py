"""Questions to the duty chat: who is on duty, how Loa is, what is open, what goes out."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from html import escape

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.desk import open_incidents
from bot.duty.orders import HOW
from bot.duty.rota import on_duty
from bot.duty.texts import cut
from bot.duty.voice import channel_name, voice_of
from bot.parts import Parts
from bot.people import person_of_chat
from models.delivery import Delivery
from models.office import Account, AccountStatus, Organisation
from models.post import Post
from models.states import DELIVERY, INCIDENT, DeliveryState, IncidentState


class Command(Enum):
    DUTY = "duty"
    STATUS = "status"
    INCIDENTS = "incidents"
    QUEUE = "queue"
    HELP = "help"


async def answer(parts: Parts, command: Command, telegram_id: str) -> str:
    """Return the answer as Telegram HTML; empty for people we do not know."""
    async with parts.db.read() as session:
        person = await person_of_chat(session, telegram_id)
        if person is None:
            return ""
        organisation = await session.get_one(Organisation, person.organisation_id)
        if command is Command.DUTY:
            return await _duty(session, parts, organisation)
        if command is Command.STATUS:
            return await _status(session, parts, organisation)
        if command is Command.INCIDENTS:
            return await _incidents(session, parts, organisation)
        if command is Command.QUEUE:
            return await _queue(session, parts, organisation)
    orders = "\n".join(escape(how) for how, _ in HOW.values())
    return f"/truc ai đang trực · /trangthai hệ thống · /suco sự cố đang mở · /hangdoi bài sắp đăng\n{orders}"


async def _duty(session: AsyncSession, parts: Parts, organisation: Organisation) -> str:
    duty = await on_duty(session, organisation, parts.now())
    people = (("Trực chính", duty.primary), ("Trực phụ", duty.backup), ("Lãnh đạo", duty.head))
    return "\n".join(f"{label}: {escape(person.name) if person else 'chưa có'}" for label, person in people)


async def _status(session: AsyncSession, parts: Parts, organisation: Organisation) -> str:
    accounts = (await session.exec(select(Account).where(Account.organisation_id == organisation.id))).all()
    voice = voice_of(parts, organisation)
    lines = ["Mô hình: chạy tạm bằng từ vựng, thiếu mô hình" if parts.scorer.degraded else "Mô hình: tốt"]
    for account in accounts:
        read = f"đọc lúc {voice.clock(account.read_at)}" if account.read_at else "chưa đọc"
        word = {AccountStatus.OK: "tốt", AccountStatus.PAUSED: "tạm dừng"}.get(
            AccountStatus(account.status), "mất kết nối"
        )
        lines.append(f"{channel_name(account.kind)} {escape(account.name)}: {word}, {read}")
    return "\n".join(lines)


async def _incidents(session: AsyncSession, parts: Parts, organisation: Organisation) -> str:
    rows = await open_incidents(session, organisation.id or 0)
    if not rows:
        return "Không có sự cố đang mở."
    voice = voice_of(parts, organisation)
    return "\n".join(
        f"{i.code} [{voice.level(i.level)}] {INCIDENT.labels[IncidentState(i.state)]}: "
        f"“{escape(cut(i.claim_text, 100))}”"
        for i in rows[:15]
    )


async def _queue(session: AsyncSession, parts: Parts, organisation: Organisation) -> str:
    voice = voice_of(parts, organisation)
    rows = await session.exec(
        select(Post.title, Delivery.channel, Delivery.state, Delivery.due_at)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(Post.organisation_id == organisation.id, Delivery.due_at <= voice.now + timedelta(hours=24))
        .where(col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.UNKNOWN]))
        .order_by(col(Delivery.due_at))
        .limit(20)
    )
    total = (
        await session.exec(
            select(func.count(col(Delivery.id)))
            .join(Post, col(Post.id) == Delivery.post_id)
            .where(Post.organisation_id == organisation.id, Delivery.state == DeliveryState.QUEUED)
        )
    ).one()
    lines = [
        f"{voice.clock(due)} {channel_name(channel)}: "
        f"{escape(cut(title, 60))} – {DELIVERY.labels[DeliveryState(state)]}"
        for title, channel, state, due in rows.all()
    ]
    return "\n".join([f"Đang chờ đăng: {total}", *lines]) if lines else "Không có bài nào trong 24 giờ tới."
