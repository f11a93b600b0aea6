"""One delivery, never twice and never lost.

The row is claimed and the attempt recorded in a committed transaction before the platform is called; every finish is
fenced on the attempt number. After a crash or an ambiguous answer the channel is read back; where it cannot be read,
the delivery is `unknown` and a person decides. Only "certainly not sent" goes back to the queue by itself.

Reads top to bottom: claim -> deliver (prepare, submit) -> outcome -> settle (look again) -> poll.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
import structlog
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.content import load, media_address
from bot.publishing.workflow import hold_in, refresh_post
from channels.base import SLOWEST_LINE, Can, Channel, Notes, Outgoing, Sent
from channels.errors import (
    AuthLost,
    ChannelError,
    Rejected,
    Throttled,
    Told,
    Unclear,
    Unreachable,
    Unsupported,
    redact,
)
from channels.registry import CHANNELS
from models.audit import record
from models.delivery import Attempt, Delivery
from models.office import Account, AccountStatus
from models.post import Media, Post, Priority
from models.states import DELIVERY, DeliveryState, PostState

log = structlog.get_logger()

PREPARE_S = 120.0
"""Uploads may take this long; a crash in them costs only the upload."""
POLL_FIRST_S, POLL_MOST_S, POLL_GIVE_UP_S = 2.0, 60.0, 3600.0
BACKOFF_FIRST_S, BACKOFF_MOST_S = 5.0, 300.0
FIRST_LOOK_S = 5.0
"""Platforms list late: the first look after an unclear answer waits this long, the second the settle time."""

_TOLD_UNKNOWN = Told(
    vi="Không rõ bài đã lên kênh chưa và kênh này không đọc lại được: hãy mở kênh xem rồi chọn “đã có” hoặc “gửi lại”.",
    en="It is not known whether this is out, and the channel cannot be read: look at it, then choose 'it is there' "
    "or 'send again'.",
)
_TOLD_BUG = Told(
    vi="Lỗi bất ngờ khi gửi; hệ thống đọc lại kênh trước khi làm gì khác.",
    en="An unexpected error while sending; Loa reads the channel back before anything else.",
)


class Next(StrEnum):
    """What a step of a delivery led to."""

    SENT = "sent"
    CHECKING = "checking"
    RETRY = "not_sent"
    THROTTLED = "throttled"
    REFUSED = "refused"
    LOST = "account_lost"
    LOOK = "unclear"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """The result of one step: what happens next, and what a person reads about it."""

    next: Next
    sent: Sent | None = None
    error: ChannelError | None = None


# -- claim ------------------------------------------------------------------------------------------------------


async def claim_due(parts: Parts, limit: int) -> list[tuple[int, int]]:
    """Take what is due: mark it `sending`, record the attempt, commit. Return (delivery id, attempt number).

    Corrections first. What is too late is held for a person instead. One statement decides, so that an officer's
    hold and the clock cannot both win.
    """
    now = parts.now()
    claimed: list[tuple[int, int]] = []
    async with parts.db.write() as session:
        busy: set[int] = set()
        for delivery, account in await _due(session, now, limit):
            if account.id in busy:
                continue
            if _too_late(delivery, now):
                await _hold_late(session, parts, delivery, now)
                continue
            limits = CHANNELS[delivery.channel].limits
            if limits.spacing_s:
                account.next_send_at = now + timedelta(seconds=limits.spacing_s)
                busy.add(account.id or 0)
            number = await _start_attempt(session, delivery, now)
            claimed.append((delivery.id or 0, number))
            post = await session.get_one(Post, delivery.post_id)
            await refresh_post(session, parts, post)
    return claimed


async def _due(session: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[Delivery, Account]]:
    ready = sa.or_(col(Account.throttled_until).is_(None), col(Account.throttled_until) <= now)
    spaced = sa.or_(col(Account.next_send_at).is_(None), col(Account.next_send_at) <= now)
    rows = await session.exec(
        select(Delivery, Account)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.next_at <= now)
        .where(Account.status == AccountStatus.OK, ready, spaced)
        .order_by(col(Delivery.priority).desc(), col(Delivery.due_at), col(Delivery.id))
        .limit(limit)
    )
    return rows.all()


def _too_late(delivery: Delivery, now: datetime) -> bool:
    """Routine posts go stale; a correction never does. The post's own limit was copied when it was scheduled."""
    late_after = timedelta(minutes=delivery.late_after_min)
    return delivery.priority < Priority.HOLDING and now - delivery.due_at > late_after


async def _hold_late(session: AsyncSession, parts: Parts, delivery: Delivery, now: datetime) -> None:
    late = int((now - delivery.due_at).total_seconds() // 60)
    delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.HELD)
    delivery.error_code = "late"
    delivery.error_vi = f"Trễ {late} phút so với giờ hẹn nên được giữ lại: hãy gửi lại hoặc hủy."
    delivery.error_en = f"{late} minutes late, so it is held: send it again or cancel it."
    post = await session.get_one(Post, delivery.post_id)
    if post.state in (PostState.SCHEDULED, PostState.GOING_OUT):
        await hold_in(session, parts, post, f"trễ {late} phút", None)
    log.warning("delivery_late", delivery=delivery.id, minutes=late)


async def _start_attempt(session: AsyncSession, delivery: Delivery, now: datetime) -> int:
    delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.SENDING)
    delivery.attempt_no += 1
    delivery.claimed_at = now
    size = (await session.exec(select(sa.func.sum(Media.size)).where(Media.post_id == delivery.post_id))).one() or 0
    delivery.call_deadline = delivery.next_at = now + timedelta(seconds=PREPARE_S + size / SLOWEST_LINE)
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


# -- deliver ----------------------------------------------------------------------------------------------------


async def deliver(parts: Parts, delivery_id: int, number: int) -> Next:
    """Carry one claimed delivery through prepare and submit and record what came of it."""
    loaded = await _load(parts, delivery_id)
    if loaded is None or loaded.delivery.attempt_no != number:
        return Next.LOOK
    outcome = await _prepare_and_submit(parts, loaded, number)
    if outcome is None:  # the fence was lost while preparing: somebody else has the row
        return Next.LOOK
    await finish(parts, loaded, number, outcome)
    return outcome.next


async def _prepare_and_submit(parts: Parts, loaded: _Loaded, number: int) -> Outcome | None:
    channel, out = loaded.channel, loaded.out

    async def save_notes(notes: Notes) -> None:
        await _save_notes(parts, loaded.id, number, notes)

    try:
        notes = await channel.prepare(out, dict(loaded.delivery.notes), save_notes)
    except ChannelError as error:
        return outcome_of(error, submitted=False)
    except Exception as error:
        log.exception("prepare_failed", delivery=loaded.id)
        return Outcome(Next.RETRY, error=Unreachable(f"{type(error).__name__}: {error}", told=_TOLD_BUG))
    if not await _enter_submit(parts, loaded, number, notes):
        return None
    timeout_s = channel.limits.longest_call_s(loaded.size)
    try:
        # Shielded: a cancelled daemon waits for the answer (see Dispatcher.stop) instead of forgetting the call.
        sent = await asyncio.wait_for(channel.submit(out, notes), timeout_s)
    except ChannelError as error:
        return outcome_of(error, submitted=True)
    except TimeoutError:
        return Outcome(Next.LOOK, error=Unclear(f"no answer in {timeout_s:.0f} s", told=_TOLD_BUG, code="timeout"))
    except Exception as error:
        log.exception("submit_failed", delivery=loaded.id)
        return Outcome(Next.LOOK, error=Unclear(f"{type(error).__name__}: {error}", told=_TOLD_BUG))
    return Outcome(Next.CHECKING if sent.processing else Next.SENT, sent=sent)


def outcome_of(error: ChannelError, *, submitted: bool) -> Outcome:
    """Translate a channel's error into what happens next. Before the submit nothing can be unclear."""
    table: list[tuple[type[ChannelError], Next]] = [
        (Throttled, Next.THROTTLED),
        (Rejected, Next.REFUSED),
        (Unsupported, Next.REFUSED),
        (AuthLost, Next.LOST),
        (Unreachable, Next.RETRY),
    ]
    for kind, what in table:
        if isinstance(error, kind):
            return Outcome(what, error=error)
    return Outcome(Next.LOOK if submitted else Next.RETRY, error=error)


async def _enter_submit(parts: Parts, loaded: _Loaded, number: int, notes: Notes) -> bool:
    """Commit that the irreversible call comes next; False when the row is no longer ours or was put on hold."""
    now = parts.now()
    deadline = now + timedelta(seconds=loaded.channel.limits.longest_call_s(loaded.size) + 5)
    async with parts.db.write() as session:
        taken = await session.exec(
            update(Delivery)
            .where(
                col(Delivery.id) == loaded.id,
                col(Delivery.attempt_no) == number,
                col(Delivery.state) == DeliveryState.SENDING,
            )
            .values(
                call_deadline=deadline,
                next_at=deadline + timedelta(seconds=loaded.channel.limits.settle_s),
                notes=dict(notes),
            )
        )
        if taken.rowcount != 1:
            return False
        await session.exec(
            update(Attempt)
            .where(col(Attempt.delivery_id) == loaded.id, col(Attempt.number) == number)
            .values(step="submit", call_deadline=deadline)
        )
    return True


async def _save_notes(parts: Parts, delivery_id: int, number: int, notes: Notes) -> None:
    async with parts.db.write() as session:
        await session.exec(
            update(Delivery)
            .where(col(Delivery.id) == delivery_id, col(Delivery.attempt_no) == number)
            .values(notes=dict(notes))
        )


# -- outcome ----------------------------------------------------------------------------------------------------


async def finish(parts: Parts, loaded: _Loaded, number: int, outcome: Outcome) -> bool:
    """Record the outcome of attempt `number`; False when a later attempt owns the row (the fence)."""
    now = parts.now()
    async with parts.db.write() as session:
        delivery = await session.get_one(Delivery, loaded.id)
        attempt = (
            await session.exec(select(Attempt).where(Attempt.delivery_id == loaded.id, Attempt.number == number))
        ).one()
        attempt.finished_at, attempt.outcome = now, outcome.next
        attempt.detail = _detail(outcome)
        if delivery.attempt_no != number or delivery.state not in (DeliveryState.SENDING, DeliveryState.CHECKING):
            log.warning("fence_lost", delivery=loaded.id, attempt=number, outcome=outcome.next)
            return False
        account = await session.get_one(Account, delivery.account_id)
        post = await session.get_one(Post, delivery.post_id)
        _apply(delivery, account, loaded.channel, outcome, now)
        if outcome.next is Next.LOST:
            await record(
                session,
                at=now,
                action="account_lost",
                subject=f"account:{account.id}",
                organisation_id=account.organisation_id,
                code=outcome.error.code if outcome.error else "",
            )
        await refresh_post(session, parts, post)
    log.info(
        "delivery_outcome",
        delivery=loaded.id,
        attempt=number,
        channel=loaded.delivery.channel,
        outcome=outcome.next,
        code=outcome.error.code if outcome.error else "",
    )
    parts.bell.ring("delivery")
    if outcome.next is Next.SENT and outcome.sent is not None:
        await _extras(loaded, outcome.sent)
    return True


def _apply(delivery: Delivery, account: Account, channel: Channel, outcome: Outcome, now: datetime) -> None:
    """Change the row as the outcome says. Pure but for the rows it is given."""
    sent, error = outcome.sent, outcome.error
    delivery.error_code = error.code if error else ""
    delivery.error_vi, delivery.error_en = (error.told.vi, error.told.en) if error else ("", "")
    if sent is not None:
        delivery.remote_id, delivery.permalink = sent.remote_id, sent.permalink or delivery.permalink
        delivery.notes = {**delivery.notes, **sent.notes}
    match outcome.next:
        case Next.SENT:
            _to(delivery, DeliveryState.SENT)
            delivery.sent_at = now
            delivery.next_metrics_at = delivery.next_comments_at = now
        case Next.CHECKING:
            _to(delivery, DeliveryState.CHECKING)
            delivery.next_at = now + timedelta(seconds=POLL_FIRST_S)
        case Next.RETRY:
            _to(delivery, DeliveryState.QUEUED)
            delivery.failures += 1
            delivery.next_at = now + timedelta(seconds=backoff_s(delivery.failures, random.random()))
        case Next.THROTTLED:
            wait = timedelta(seconds=(error.retry_after_s if error else None) or 60.0)
            _to(delivery, DeliveryState.QUEUED)
            delivery.next_at = account.throttled_until = now + wait
        case Next.REFUSED:
            _to(delivery, DeliveryState.REFUSED)
        case Next.LOST:
            _to(delivery, DeliveryState.HELD)
            account.status, account.status_reason = AccountStatus.LOST, delivery.error_vi
        case Next.LOOK if Can.FIND_SENT in channel.can:
            delivery.next_at = now + timedelta(seconds=min(FIRST_LOOK_S, channel.limits.settle_s))
        case _:
            _to(delivery, DeliveryState.UNKNOWN)
            delivery.error_vi, delivery.error_en = _TOLD_UNKNOWN.vi, _TOLD_UNKNOWN.en


def _to(delivery: Delivery, state: DeliveryState) -> None:
    if delivery.state != state:
        delivery.state = DELIVERY.check(DeliveryState(delivery.state), state)


def backoff_s(failures: int, jitter: float) -> float:
    """Seconds to wait after the nth failure in a row; `jitter` in 0..1 spreads accounts apart."""
    return min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2.0 ** (failures - 1)) * (0.75 + jitter / 2)


def _detail(outcome: Outcome) -> str:
    if outcome.error is not None:
        return f"{outcome.error.code} {outcome.error.detail}".strip()
    return redact(outcome.sent.remote_id) if outcome.sent else ""


async def _extras(loaded: _Loaded, sent: Sent) -> None:
    """Pin, thumbnail, note in a description: worth having, never worth undoing a publication."""
    try:
        await loaded.channel.finish(loaded.out, sent, loaded.delivery.notes)
    except ChannelError as error:
        log.warning("extra_failed", delivery=loaded.id, code=error.code, detail=error.detail)


# -- look again, and poll ---------------------------------------------------------------------------------------


async def overdue(parts: Parts, limit: int) -> list[int]:
    """Return deliveries in flight whose time to be looked at has come: left by a crash, unclear, or processing."""
    async with parts.db.read() as session:
        rows = await session.exec(
            select(Delivery.id)
            .where(
                col(Delivery.state).in_([DeliveryState.SENDING, DeliveryState.CHECKING]),
                Delivery.next_at <= parts.now(),
            )
            .order_by(col(Delivery.priority).desc(), col(Delivery.next_at))
            .limit(limit)
        )
        return [i for i in rows.all() if i is not None]


async def settle(parts: Parts, delivery_id: int) -> Next | None:
    """Look at one overdue delivery again; None when another process took it first."""
    loaded = await _load(parts, delivery_id)
    if loaded is None:
        return None
    if loaded.delivery.state == DeliveryState.CHECKING:
        return await _poll(parts, loaded)
    number = await _take_over(parts, loaded)
    if number is None:
        return None
    step = await _last_step(parts, loaded.id, number)
    outcome = Outcome(Next.RETRY) if step == "prepare" else await _look(parts, loaded)
    if outcome.next is Next.LOOK:
        return outcome.next
    await finish(parts, loaded, number, outcome)
    return outcome.next


async def _take_over(parts: Parts, loaded: _Loaded) -> int | None:
    """Move the fence on, so that the process that held the row before can no longer finish it."""
    delivery, now = loaded.delivery, parts.now()
    number = delivery.attempt_no + 1
    look_again = now + timedelta(seconds=loaded.channel.limits.settle_s)
    async with parts.db.write() as session:
        taken = await session.exec(
            update(Delivery)
            .where(
                col(Delivery.id) == loaded.id,
                col(Delivery.attempt_no) == delivery.attempt_no,
                col(Delivery.state) == DeliveryState.SENDING,
                col(Delivery.next_at) <= now,
            )
            .values(
                attempt_no=number,
                next_at=look_again,
                looks=Delivery.looks + 1,
                first_look_at=delivery.first_look_at or now,
            )
        )
        if taken.rowcount != 1:
            return None
        session.add(
            Attempt(delivery_id=loaded.id, number=number, step="look", started_at=now, call_deadline=look_again)
        )
    return number


async def _last_step(parts: Parts, delivery_id: int, before: int) -> str:
    """The newest step before `before` that was not itself a look: what the dead process was doing."""
    async with parts.db.read() as session:
        rows = await session.exec(
            select(Attempt.step)
            .where(Attempt.delivery_id == delivery_id, Attempt.number < before, Attempt.step != "look")
            .order_by(col(Attempt.number).desc())
            .limit(1)
        )
        return rows.first() or "submit"


async def _look(parts: Parts, loaded: _Loaded) -> Outcome:
    """Read the channel back. "Not found" counts only after two looks that span the settle time."""
    channel, delivery, now = loaded.channel, loaded.delivery, parts.now()
    if Can.FIND_SENT not in channel.can:
        return Outcome(Next.UNKNOWN)
    since = (delivery.claimed_at or now) - timedelta(minutes=2)
    try:
        found = await channel.find_sent(loaded.out, delivery.notes, since)
    except AuthLost as error:
        return Outcome(Next.UNKNOWN, error=error)
    except ChannelError as error:
        log.warning("look_failed", delivery=loaded.id, code=error.code, detail=error.detail)
        return Outcome(Next.LOOK)
    if found is not None:
        return Outcome(Next.CHECKING if found.processing else Next.SENT, sent=found)
    first = delivery.first_look_at
    if first is not None and now - first >= timedelta(seconds=channel.limits.settle_s):
        return Outcome(Next.RETRY)
    return Outcome(Next.LOOK)


async def _poll(parts: Parts, loaded: _Loaded) -> Next:
    """Ask whether a processing item is out; wait longer each time, and give it to a person after an hour."""
    delivery, now = loaded.delivery, parts.now()
    sent = Sent(remote_id=delivery.remote_id, permalink=delivery.permalink, processing=True)
    age_s = (now - (delivery.claimed_at or now)).total_seconds()
    try:
        sent = await loaded.channel.poll(loaded.out, sent, delivery.notes)
        outcome = Outcome(Next.CHECKING if sent.processing else Next.SENT, sent=sent)
    except Rejected as error:
        outcome = Outcome(Next.REFUSED, error=error)
    except AuthLost as error:
        outcome = Outcome(Next.LOST, error=error)
    except ChannelError as error:
        log.warning("poll_failed", delivery=loaded.id, code=error.code, detail=error.detail)
        outcome = Outcome(Next.CHECKING)
    if outcome.next is not Next.CHECKING or age_s > POLL_GIVE_UP_S:
        if outcome.next is Next.CHECKING:
            outcome = Outcome(Next.UNKNOWN)
        await finish(parts, loaded, delivery.attempt_no, outcome)
        return outcome.next
    wait = min(POLL_MOST_S, max(POLL_FIRST_S, age_s / 2))
    async with parts.db.write() as session:
        row = await session.get_one(Delivery, loaded.id)
        if row.state == DeliveryState.CHECKING:
            row.next_at = now + timedelta(seconds=wait)
            row.remote_id, row.permalink = sent.remote_id, sent.permalink or row.permalink
            row.notes = {**row.notes, **sent.notes}
    return Next.CHECKING


# -- loading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Loaded:
    delivery: Delivery
    channel: Channel
    out: Outgoing

    @property
    def id(self) -> int:
        return self.delivery.id or 0

    @property
    def size(self) -> int:
        """Bytes of media that go with it."""
        return sum(file.size for file in self.out.media)


async def _load(parts: Parts, delivery_id: int) -> _Loaded | None:
    """Read a delivery with its channel and the payload that was approved (never composed anew)."""
    async with parts.db.read() as session:
        delivery = await session.get(Delivery, delivery_id)
        if delivery is None:
            return None
        account = await session.get_one(Account, delivery.account_id)
        post = await session.get_one(Post, delivery.post_id)
        bundle = await load(session, post)
    variant = bundle.variant(delivery.channel)
    media = bundle.content(variant, media_address(parts)).media if variant and not delivery.target_id else ()
    out = Outgoing(channel=delivery.channel, form=delivery.form, payload=delivery.composed, media=media)
    return _Loaded(delivery, parts.channel(account), out)
