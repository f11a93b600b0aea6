"""After a time in which Loa was down: from when to when, and what that concerned, told to the duty chat at start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

import structlog
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.alerts import duty_chat, queue_alert
from bot.duty.texts import cut
from bot.duty.voice import Voice, channel_name, voice_of
from bot.parts import Parts
from bot.publishing.late import too_late
from models.delivery import Delivery
from models.mention import Mention
from models.office import Organisation
from models.post import Post
from models.states import DELIVERY, DeliveryState
from models.system import Heartbeat

log = structlog.get_logger()

DOWN_AFTER = timedelta(minutes=3)
"""A gap in the heartbeats longer than this is told."""
MOST_LINES = 10


async def tell_gap(parts: Parts) -> None:
    """Tell every office whose duty chat is set, once a gap."""
    now = parts.now()
    async with parts.db.write() as session:
        last = (await session.exec(select(Heartbeat.at).order_by(col(Heartbeat.at).desc()).limit(1))).first()
        if last is None or now - last < DOWN_AFTER:
            return
        for organisation in (await session.exec(select(Organisation))).all():
            await queue_alert(
                session,
                organisation_id=organisation.id or 0,
                kind="notice",
                key=f"gap:{organisation.id}:{last.isoformat()}",
                chat_id=duty_chat(parts, organisation),
                text=await _text(session, organisation, voice_of(parts, organisation), last),
                at=now,
            )
    log.warning("was_down", since=last.isoformat(), until=now.isoformat())


async def _text(session: AsyncSession, organisation: Organisation, voice: Voice, last: datetime) -> str:
    rows = await _due_meanwhile(session, organisation, last, voice.now)
    waiting = select(func.count(col(Mention.id))).where(
        Mention.organisation_id == organisation.id, col(Mention.scored_at).is_(None), col(Mention.own).is_(False)
    )
    unscored = (await session.exec(waiting)).one()
    since, until = voice.clock(last), voice.clock(voice.now)
    lines = [
        voice.say(f"⚠️ Loa đã ngừng từ {since} đến {until}.", f"⚠️ Loa was down from {since} to {until}."),
        voice.say(
            f"Bài đến giờ trong lúc ngừng: {len(rows)}. Bình luận chờ chấm: {unscored}.",
            f"Posts due meanwhile: {len(rows)}. Comments waiting to be scored: {unscored}.",
        ),
    ]
    lines += [
        f"• {escape(cut(post.title, 60))} ({channel_name(delivery.channel)}): {_what_becomes(delivery, post, voice)}"
        for delivery, post in rows[:MOST_LINES]
    ]
    if len(rows) > MOST_LINES:
        more = len(rows) - MOST_LINES
        lines.append(voice.say(f"… và {more} lượt gửi nữa.", f"… and {more} more."))
    return "\n".join(lines)


async def _due_meanwhile(
    session: AsyncSession, organisation: Organisation, last: datetime, now: datetime
) -> Sequence[tuple[Delivery, Post]]:
    rows = await session.exec(
        select(Delivery, Post)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(Post.organisation_id == organisation.id, Delivery.due_at >= last, Delivery.due_at <= now)
        .order_by(col(Delivery.due_at), col(Delivery.id))
    )
    return rows.all()


def _what_becomes(delivery: Delivery, post: Post, voice: Voice) -> str:
    """Its state; of what still waits, what the dispatcher will make of it in a moment."""
    state = DeliveryState(delivery.state)
    if state is DeliveryState.QUEUED and too_late(delivery, post, voice.now):
        return voice.say("quá giờ hẹn, được giữ lại chờ người quyết định", "too late, held until a person decides")
    if state is DeliveryState.QUEUED:
        return voice.say("đăng ngay bây giờ", "goes out now")
    return voice.say(DELIVERY.labels[state], state.replace("_", " "))
