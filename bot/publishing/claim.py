"""What may go out now, decided in the row: holds, pauses, embargoes, spacing, lateness, priority.

A claim marks a delivery `sending` and records the attempt in one committed transaction before anything is sent. The
statement that takes the row asks every rule, so an officer's hold and the clock cannot both win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.budget import Short, reserve
from bot.publishing.queueing import hold_in, refresh_post
from bot.vault import WrongKey
from channels.base import SLOWEST_LINE, Outgoing
from channels.registry import CHANNELS
from models.delivery import Attempt, Delivery, HeldBy
from models.office import Account, AccountStatus
from models.post import Media, Post, Priority
from models.queue import Hold, HoldScope
from models.states import DELIVERY, DeliveryState, PostState

log = structlog.get_logger()

PREPARE_S = 120.0
"""Uploads may take this long; a crash in them costs only the upload."""
LONGEST_SPACING = timedelta(minutes=1)
"""No channel asks for more between two sends."""
ON_ITS_WAY = (PostState.SCHEDULED, PostState.GOING_OUT, PostState.PARTLY_FAILED)
"""States of a post whose deliveries may be sent: approved, not held, not withdrawn."""


def held() -> sa.ColumnElement[bool]:
    """True for a (delivery, post) under an active hold. A topic hold lets corrections and holding lines through: they
    are why routine posts on the topic were stopped."""
    of_office = sa.or_(col(Hold.organisation_id).is_(None), col(Hold.organisation_id) == Post.organisation_id)
    in_scope = sa.or_(
        col(Hold.scope).in_([HoldScope.EVERYTHING, HoldScope.ORGANISATION]),
        sa.and_(col(Hold.scope) == HoldScope.CHANNEL, col(Hold.key) == Delivery.channel),
        sa.and_(
            col(Hold.scope) == HoldScope.TOPIC,
            col(Hold.key) == Post.field,
            col(Delivery.priority) < Priority.HOLDING,
        ),
    )
    return sa.exists(select(Hold.id).where(col(Hold.released_at).is_(None), of_office, in_scope))


def free(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What must be true of (delivery, post, account) for a send, beside the delivery's own state and time."""
    return (
        col(Account.status) == AccountStatus.OK,
        col(Post.state).in_(ON_ITS_WAY),
        sa.or_(col(Delivery.embargo_until).is_(None), col(Delivery.embargo_until) <= now),
        col(Delivery.held_by) != HeldBy.CANCELLED,
        ~held(),
    )


def spaced(now: datetime) -> sa.ColumnElement[bool]:
    """True for an account whose last send is long enough ago. A turn that lies far ahead is of a clock that was set
    back since."""
    turn = col(Account.next_send_at)
    return sa.or_(turn.is_(None), turn <= now, turn > now + LONGEST_SPACING)


def claimable(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What must be true of (delivery, post, account) to be taken now: queued, due, free, and the account ready."""
    ready = sa.or_(col(Account.throttled_until).is_(None), col(Account.throttled_until) <= now)
    return (
        col(Delivery.state) == DeliveryState.QUEUED,
        col(Delivery.next_at) <= now,
        ready,
        spaced(now),
        *free(now),
    )


async def claim_due(parts: Parts, limit: int, *, only: int | None = None) -> list[tuple[int, int]]:
    """Take what is due, at most `limit`: mark it, record the attempt, commit. Return (delivery id, attempt number).

    Corrections first. What is too late is held for a person instead. Rows that another process is deciding about
    right now are left to it. `only`: this delivery or nothing, and the decision is waited for.
    """
    now = parts.now()
    claimed: list[tuple[int, int]] = []
    async with parts.db.write() as session:
        busy: set[int] = set()
        for delivery, post, account in await _due(session, now, limit, only):
            if account.id in busy or delivery.state != DeliveryState.QUEUED:  # held with its post a moment ago
                continue
            if too_late(delivery, now):
                await _hold_late(session, parts, delivery, post, now)
                continue
            spacing = CHANNELS[delivery.channel].limits.spacing_s
            if spacing:
                busy.add(account.id or 0)
                if not await _take_turn(session, account, now, spacing):
                    continue
            short = await reserve(session, _costs(parts, delivery, account), delivery.priority, now)
            if short is not None:
                _wait_for_budget(parts, delivery, short)
                continue
            number = await _start_attempt(session, parts, delivery, now)
            claimed.append((delivery.id or 0, number))
            await refresh_post(session, parts, post)
    return claimed


async def due_ids(parts: Parts, limit: int) -> list[int]:
    """Return what could be claimed now, corrections first."""
    async with parts.db.read() as session:
        return [delivery.id or 0 for delivery, _, _ in await _due(session, parts.now(), limit, None)]


async def _due(
    session: AsyncSession, now: datetime, limit: int, only: int | None
) -> Sequence[tuple[Delivery, Post, Account]]:
    query = (
        select(Delivery, Post, Account)
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(*claimable(now))
        .order_by(col(Delivery.priority).desc(), col(Delivery.due_at), col(Delivery.id))
        .limit(limit)
        .with_for_update(of=(Post, Delivery), key_share=True, skip_locked=only is None)  # locked in this order
    )
    if only is not None:
        query = query.where(Delivery.id == only)
    return (await session.exec(query)).all()


def too_late(delivery: Delivery, now: datetime) -> bool:
    """Routine posts go stale; a correction never does. The post's own limit was copied when it was scheduled."""
    late_after = timedelta(minutes=delivery.late_after_min)
    return delivery.priority < Priority.HOLDING and now - delivery.due_at > late_after


async def _hold_late(session: AsyncSession, parts: Parts, delivery: Delivery, post: Post, now: datetime) -> None:
    late = int((now - delivery.due_at).total_seconds() // 60)
    delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.HELD)
    delivery.held_by = HeldBy.LATE
    delivery.error_vi = f"Trễ {late} phút so với giờ hẹn nên được giữ lại: hãy gửi lại hoặc hủy."
    delivery.error_en = f"{late} minutes late, so it is held: send it again or cancel it."
    if post.state in (PostState.SCHEDULED, PostState.GOING_OUT):
        await hold_in(session, parts, post, f"trễ {late} phút", None)
    log.warning("delivery_late", delivery=delivery.id, minutes=late)


def _costs(parts: Parts, delivery: Delivery, account: Account) -> Mapping[str, float]:
    """What the send will take of the platform's limits; nothing is known of an account whose tokens do not open."""
    try:
        channel = parts.channel(account)
    except WrongKey:
        return {}
    return channel.costs(Outgoing(delivery.channel, delivery.form, delivery.composed), channel.account)


def _wait_for_budget(parts: Parts, delivery: Delivery, short: Short) -> None:
    """Ask again when there may be room. The lateness rule goes on counting: a day without quota is told, not dumped."""
    delivery.next_at, delivery.nudged_at = short.until, None
    at = f"{short.until.astimezone(parts.settings.tz):%H:%M %d/%m}"
    delivery.error_code = "budget"
    delivery.error_vi = f"Hạn mức của nền tảng đã gần hết; hệ thống gửi tiếp lúc {at}, đính chính vẫn đi trước."
    delivery.error_en = f"The platform's limit is nearly used up; Loa goes on at {at}. Corrections still go first."
    log.warning("budget_short", delivery=delivery.id, budget=short.key)


async def _take_turn(session: AsyncSession, account: Account, now: datetime, spacing_s: float) -> bool:
    """Reserve the account for one send; two processes cannot both have it."""
    taken = await session.exec(
        update(Account)
        .where(
            col(Account.id) == account.id,
            spaced(now),
        )
        .values(next_send_at=now + timedelta(seconds=spacing_s))
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount == 1)


async def _start_attempt(session: AsyncSession, parts: Parts, delivery: Delivery, now: datetime) -> int:
    delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.SENDING)
    delivery.attempt_no += 1
    delivery.claimed_at, delivery.claimed_by = now, parts.process
    size = (await session.exec(select(sa.func.sum(Media.size)).where(Media.post_id == delivery.post_id))).one()
    upload_s = float(size or 0) / SLOWEST_LINE  # PostgreSQL sums whole numbers into a Decimal
    delivery.call_deadline = delivery.next_at = now + timedelta(seconds=PREPARE_S + upload_s)
    session.add(
        Attempt(
            delivery_id=delivery.id or 0,
            number=delivery.attempt_no,
            step="prepare",
            started_at=now,
            call_deadline=delivery.call_deadline,
        )
    )
    await session.flush()
    return delivery.attempt_no
