"""What may go out now, decided in the row: holds, pauses, embargoes, spacing, lateness, priority.

A claim marks a delivery `sending` and records the attempt in one committed transaction before anything is sent. The
statement that takes the row asks every rule, so an officer's hold and the clock cannot both win.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.budget import Short, open_ledger
from bot.publishing.in_flight import InFlight, begin_prepare, begin_submit, in_flight
from bot.publishing.late import too_late
from bot.publishing.queueing import hold_in
from bot.publishing.rows import deliveries_of, move
from bot.publishing.topics import alarm_on_topic, held_for, new_alarms, released_since
from channels.registry import CHANNELS
from models.db import AdvisoryLock
from models.delivery import Attempt, Delivery, HeldBy
from models.office import Account, AccountStatus
from models.post import Media, Post, Priority
from models.queue import Hold, HoldScope
from models.states import DELIVERY, ON_ITS_WAY, DeliveryState, PostState

log = structlog.get_logger()

LONGEST_SPACING = timedelta(minutes=1)
"""No channel asks for more between two sends."""


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


async def claim_due(parts: Parts, limit: int, *, only: int | None = None, least: int = 0) -> list[InFlight]:
    """Take what is due, at most `limit` of priority `least` or more: mark it, record the attempts, commit. Return what
    was taken.

    Corrections first. What is too late is held for a person instead. Rows that another process is deciding about
    right now are left to it. `only`: this delivery or nothing, and the decision is waited for.

    Rows are kept in one order, posts with their deliveries, accounts, budgets, so that no two processes that claim or
    end many at once stand in a circle.
    """
    async with parts.db.write() as session:
        return await _claim(session, parts, limit, only, least)


async def sending_is_decided(session: AsyncSession) -> None:
    """Keep holds of a whole scope and pauses of accounts out until the transaction ends: one that is answered "nothing
    more goes out" is seen by every decision after it."""
    await AdvisoryLock.SENDING.take(await session.connection(), shared=True)


async def _claim(session: AsyncSession, parts: Parts, limit: int, only: int | None, least: int) -> list[InFlight]:
    await sending_is_decided(session)
    claimed_s, now = asyncio.get_running_loop().time(), parts.now()
    rows, alarms = [], await new_alarms(session)
    for delivery, post, account in await _due(session, now, limit, only, least):
        if delivery.state != DeliveryState.QUEUED:  # held with its post a moment ago
            continue
        if (alarm := alarm_on_topic(alarms, post)) is not None and not await released_since(session, post, alarm):
            await hold_in(session, parts, post, held_for(alarm), None)
            continue
        if _waits_for_hours(parts, delivery, now):
            continue
        if too_late(delivery, post, now):
            await _hold_late(session, parts, delivery, post, now)
        else:
            rows.append((delivery, post, account))
    await _keep_spaced(session, rows)
    rows = [(d, p, a) for d, p, a in rows if _takes_turn(a, CHANNELS[d.channel].limits.spacing_s, now)]
    files = await _files_of(session, rows)
    flying = [in_flight(parts, d, p, a, files[d.post_id], claimed_s) for d, p, a in rows]
    affordable = await _affordable(session, parts, flying, now)
    posts = {delivery.id: post for delivery, post, _ in rows}
    for one in affordable:
        _start_attempt(session, parts, one, now)
        _go_out(posts[one.id], now)
    return affordable


async def due_ids(parts: Parts, limit: int, *, least: int = 0) -> list[int]:
    """Return what could be claimed now, corrections first."""
    async with parts.db.read() as session:
        return [delivery.id or 0 for delivery, _, _ in await _due(session, parts.now(), limit, None, least)]


Rows = Sequence[tuple[Delivery, Post, Account]]


async def _due(session: AsyncSession, now: datetime, limit: int, only: int | None, least: int) -> Rows:
    query = (
        select(Delivery, Post, Account)
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(*claimable(now), col(Delivery.priority) >= least)
        .order_by(col(Delivery.priority).desc(), col(Delivery.due_at), col(Delivery.id))
        .limit(limit)
        .with_for_update(of=(Post, Delivery), key_share=True, skip_locked=only is None)  # locked in this order
    )
    if only is not None:
        query = query.where(Delivery.id == only)
    return (await session.exec(query)).all()


async def _files_of(session: AsyncSession, rows: Rows) -> dict[int, list[Media]]:
    """The files of each post, in their order."""
    files = defaultdict[int, list[Media]](list)
    if rows:
        posts = {delivery.post_id for delivery, _, _ in rows}
        query = select(Media).where(col(Media.post_id).in_(posts)).order_by(col(Media.position), col(Media.id))
        for file in (await session.exec(query)).all():
            files[file.post_id].append(file)
    return files


def _waits_for_hours(parts: Parts, delivery: Delivery, now: datetime) -> bool:
    """Put off what the platform takes by day alone, such as a broadcast: that is when it is due, so it is not late."""
    channel = CHANNELS[delivery.channel]
    opens = channel.not_before(delivery.form, now)
    if opens <= now:
        return False
    delivery.due_at = delivery.next_at = opens
    delivery.nudged_at = None
    at = f"{opens.astimezone(parts.settings.tz):%H:%M %d/%m}"
    delivery.error_code = "hours"
    delivery.error_vi = f"{channel.label} không nhận vào giờ này; hệ thống gửi lúc {at}."
    delivery.error_en = f"{channel.label} does not take it at this hour; Loa sends it at {at}."
    log.info("outside_hours", delivery=delivery.id, until=opens.isoformat())
    return True


async def _hold_late(session: AsyncSession, parts: Parts, delivery: Delivery, post: Post, now: datetime) -> None:
    late = int((now - delivery.due_at).total_seconds() // 60)
    delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.HELD)
    delivery.held_by = HeldBy.LATE
    delivery.error_vi = f"Trễ {late} phút so với giờ hẹn nên được giữ lại: hãy gửi lại hoặc hủy."
    delivery.error_en = f"{late} minutes late, so it is held: send it again or cancel it."
    await session.flush()
    waiting = await deliveries_of(session, post, DeliveryState.QUEUED)
    if post.state in (PostState.SCHEDULED, PostState.GOING_OUT) and all(too_late(d, post, now) for d in waiting):
        await hold_in(session, parts, post, f"trễ {late} phút", None)
    log.warning("delivery_late", delivery=delivery.id, minutes=late)


async def _affordable(session: AsyncSession, parts: Parts, flying: Sequence[InFlight], now: datetime) -> list[InFlight]:
    """Those that the platforms' limits leave room for, with their costs reserved; the others wait."""
    costs = [dict(one.channel.costs(one.out, one.channel.account, one.delivery.notes)) for one in flying]
    ledger = await open_ledger(session, costs, now)
    found = []
    for one, cost in zip(flying, costs, strict=True):
        short = ledger.reserve(cost, one.delivery.priority, now)
        if short is None:
            one.delivery.costs = cost
            found.append(one)
        else:
            _wait_for_budget(parts, one.delivery, short)
    return found


def _wait_for_budget(parts: Parts, delivery: Delivery, short: Short) -> None:
    """Ask again when there may be room. The lateness rule goes on counting: a day without quota is told, not dumped."""
    delivery.next_at, delivery.nudged_at = short.until, None
    at = f"{short.until.astimezone(parts.settings.tz):%H:%M %d/%m}"
    delivery.error_code = "budget"
    if short.blocked:
        delivery.error_vi = f"Nền tảng báo đã hết hạn mức; hệ thống gửi tiếp lúc {at}."
        delivery.error_en = f"The platform says that its limit is used up; Loa goes on at {at}."
    else:
        delivery.error_vi = f"Hạn mức của nền tảng đã gần hết; hệ thống gửi tiếp lúc {at}, đính chính vẫn đi trước."
        delivery.error_en = f"The platform's limit is nearly used up; Loa goes on at {at}. Corrections still go first."
    log.warning("budget_short", delivery=delivery.id, budget=short.key)


async def _keep_spaced(session: AsyncSession, rows: Rows) -> None:
    """Keep the accounts that need a pause between two sends, as they are now: two processes cannot both have one."""
    spaced_ids = {a.id for d, _, a in rows if CHANNELS[d.channel].limits.spacing_s}
    if spaced_ids:
        query = select(Account).where(col(Account.id).in_(spaced_ids)).order_by(col(Account.id))
        await session.exec(query.with_for_update(key_share=True).execution_options(populate_existing=True))


def _takes_turn(account: Account, spacing_s: float, now: datetime) -> bool:
    """Reserve the account for one send, as `spaced` allows it."""
    if not spacing_s:
        return True
    turn = account.next_send_at
    if turn is not None and now < turn <= now + LONGEST_SPACING:
        return False
    account.next_send_at = now + timedelta(seconds=spacing_s)
    return True


def _go_out(post: Post, now: datetime) -> None:
    """A post with a delivery in flight goes out, whatever the others are at."""
    if post.state != PostState.GOING_OUT:
        move(post, PostState.GOING_OUT)
        post.updated_at = now


def _start_attempt(session: AsyncSession, parts: Parts, flying: InFlight, now: datetime) -> None:
    delivery = flying.delivery
    delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.SENDING)
    delivery.attempt_no += 1
    delivery.claimed_at, delivery.claimed_by = now, parts.process
    attempt = Attempt(delivery_id=flying.id, number=flying.number, started_at=now, call_deadline=now)
    begin = begin_submit if flying.goes_straight else begin_prepare
    begin(delivery, attempt, flying, now)
    session.add(attempt)
