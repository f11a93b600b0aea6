"""What a step of a delivery led to, and how that is written into the row: once, fenced on the attempt number."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.extras import finish_extras
from bot.publishing.following import queue_follow_ups
from bot.publishing.in_flight import InFlight, load_in_flight, patiently
from bot.publishing.progress import refresh_posts
from channels.base import Channel, Sent
from channels.errors import (
    AuthLost,
    ChannelError,
    QuotaReached,
    Rejected,
    Throttled,
    Told,
    Unreachable,
    Unsupported,
    redact,
)
from models.audit import record
from models.db import ROW
from models.delivery import Attempt, Delivery, HeldBy
from models.office import Account
from models.post import Post
from models.states import DELIVERY, DeliveryState, PostState

log = structlog.get_logger()

POLL_FIRST_S = 2.0
BACKOFF_FIRST_S, BACKOFF_MOST_S = 5.0, 300.0
FIRST_LOOK_S = 5.0
"""Platforms list late: the first look after an unclear answer waits this long, the second the settle time."""

_TOLD_SILENT = Told(
    vi="Không rõ bài đã lên kênh chưa: Loa hỏi lại nhiều lần mà kênh không trả lời. Hãy mở kênh xem rồi chọn “đã có” "
    "hoặc “gửi lại”.",
    en="It is not known whether this is out: Loa asked again and again and the channel does not answer. Look at it, "
    "then choose 'it is there' or 'send again'.",
)
_TOLD_UNKNOWN = Told(
    vi="Không rõ bài đã lên kênh chưa và kênh này không đọc lại được: hãy mở kênh xem rồi chọn “đã có” hoặc “gửi lại”.",
    en="It is not known whether this is out, and the channel cannot be read: look at it, then choose 'it is there' "
    "or 'send again'.",
)


class Next(StrEnum):
    """What a step of a delivery led to."""

    SENT = "sent"
    CHECKING = "checking"
    RETRY = "not_sent"
    STOPPED = "stopped"  # a hold, a pause or a withdrawal came between the claim and the send: certainly not sent
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


async def finish(parts: Parts, flying: InFlight, number: int, outcome: Outcome) -> bool:
    """Record the outcome of attempt `number`; False when a later attempt owns the row (the fence).

    A late word that it is out counts all the same while nobody has sent again: it is the truth, whoever brings it.
    """
    await parts.usage.flush_if_can(parts.db, parts.now())  # else what it reserved is free before what it used is known
    ending = Ending(parts, flying, number, outcome)
    if not await patiently(lambda: parts.db.together(_write_down, ending)):
        log.warning("fence_lost", delivery=flying.id, attempt=number, outcome=outcome.next)
        return False
    log.info(
        "delivery_outcome",
        delivery=flying.id,
        attempt=number,
        channel=flying.delivery.channel,
        outcome=outcome.next,
        code=outcome.error.code if outcome.error else "",
    )
    parts.bell.ring("delivery")
    if outcome.next is Next.SENT and flying.channel.has_extras(flying.out):
        out_now = await load_in_flight(parts, flying.id)
        if out_now is not None:
            await finish_extras(parts, out_now)
    return True


@dataclass(frozen=True)
class Ending:
    """What came of attempt `number`."""

    parts: Parts
    flying: InFlight
    number: int
    outcome: Outcome


async def _write_down(session: AsyncSession, endings: Sequence[Ending]) -> list[bool]:
    parts = endings[0].parts
    query = (
        select(Post, Delivery, Attempt)
        .join(Delivery, col(Delivery.post_id) == Post.id)
        .join(Attempt, col(Attempt.delivery_id) == Delivery.id)
        .where(sa.tuple_(col(Attempt.delivery_id), col(Attempt.number)).in_([(e.flying.id, e.number) for e in endings]))
        .order_by(col(Post.id), col(Delivery.id))
        .with_for_update(of=(Post, Delivery), key_share=True)  # locked in this order
    )
    rows = {(a.delivery_id, a.number): (post, delivery, a) for post, delivery, a in (await session.exec(query)).all()}
    accounts = await _accounts_of(session, endings)
    done, out_now = [], []
    for ending in endings:
        post, delivery, attempt = rows[ending.flying.id, ending.number]
        done.append(await _end(session, ending, post, delivery, attempt, accounts.get(delivery.account_id)))
        if done[-1] and delivery.state == DeliveryState.SENT:
            out_now.append((post, delivery))
    await queue_follow_ups(session, parts, out_now)
    await refresh_posts(session, parts, [post for post, _, _ in rows.values()])
    return done


async def _accounts_of(session: AsyncSession, endings: Sequence[Ending]) -> dict[int, Account]:
    """The accounts that something came of, kept until the transaction ends."""
    told = {e.flying.delivery.account_id for e in endings if e.outcome.next in (Next.THROTTLED, Next.LOST)}
    if not told:
        return {}
    query = select(Account).where(col(Account.id).in_(told)).order_by(col(Account.id)).with_for_update(key_share=True)
    return {account.id or 0: account for account in (await session.exec(query)).all()}


async def _end(
    session: AsyncSession, ending: Ending, post: Post, delivery: Delivery, attempt: Attempt, account: Account | None
) -> bool:
    """Write one ending into its rows; False when the row has another owner by now. Without `account` nothing came of
    that."""
    parts, flying, outcome, now = ending.parts, ending.flying, ending.outcome, ending.parts.now()
    attempt.finished_at, attempt.outcome, attempt.detail = now, outcome.next, _detail(outcome)
    ours = delivery.attempt_no == ending.number and delivery.state in (DeliveryState.SENDING, DeliveryState.CHECKING)
    if not ours and not await _tells_the_truth(session, delivery, ending.number, outcome):
        return False
    if account is not None and outcome.next is Next.LOST and has_other_secrets(parts, account, flying.channel):
        outcome = Outcome(Next.RETRY, error=outcome.error)
    _apply(delivery, post, flying.channel, outcome, now)
    if outcome.next is Next.SENT and flying.channel.has_extras(flying.out):
        delivery.extras_at = now
    if account is not None and outcome.next is Next.THROTTLED and not isinstance(outcome.error, QuotaReached):
        account.throttled_until = max(delivery.next_at, account.throttled_until or delivery.next_at)
    if account is not None and outcome.next is Next.LOST and outcome.error is not None:
        await lose_account(session, account, outcome.error, now)
    return True


async def _tells_the_truth(session: AsyncSession, delivery: Delivery, number: int, outcome: Outcome) -> bool:
    """True when a fenced-off attempt knows that it is out and since then the channel was only looked at."""
    if outcome.sent is None or delivery.state not in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
        return False
    later = await session.exec(
        select(Attempt.id).where(
            Attempt.delivery_id == delivery.id, Attempt.number > number, Attempt.step != "look"
        ).limit(1)
    )  # fmt: skip
    return later.first() is None


async def lose_account(session: AsyncSession, account: Account, error: ChannelError, now: datetime) -> None:
    """Write down that a person must reconnect this account; until then nothing is sent or read on it."""
    if not account.lose(error.told.vi, now):
        return
    await record(
        session,
        at=now,
        action="account_lost",
        subject=f"account:{account.id}",
        organisation_id=account.organisation_id,
        code=error.code,
    )


async def account_died(parts: Parts, channel: Channel, account_id: int, error: ChannelError) -> None:
    """Write down that a platform took this channel's account for dead, unless its secrets were replaced since. What
    waits on it goes on after the reconnection."""
    async with parts.db.write() as session:
        account = await session.get_one(Account, account_id, with_for_update=ROW)
        if has_other_secrets(parts, account, channel):
            return
        account.checked_at = parts.now()
        await lose_account(session, account, error, parts.now())
    parts.bell.ring("delivery")


def has_other_secrets(parts: Parts, account: Account, channel: Channel) -> bool:
    """True when the account was reconnected, or its token renewed, since this adapter last saw it: what the platform
    said to the old token says nothing of the account."""
    return parts.vault.open(account.sealed) != dict(channel.account.secrets)


def _apply(delivery: Delivery, post: Post, channel: Channel, outcome: Outcome, now: datetime) -> None:
    """Change the row as the outcome says. Pure but for the rows it is given."""
    sent, error = outcome.sent, outcome.error
    cancelled = delivery.held_by == HeldBy.CANCELLED
    delivery.error_code = error.code if error else ""
    told = error.told if error else sent.told if sent else None
    delivery.error_vi, delivery.error_en = (told.vi, told.en) if told else ("", "")
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
            delivery.looks = delivery.failures = 0
            delivery.next_at = now + timedelta(seconds=POLL_FIRST_S)
        case Next.RETRY:
            _again(delivery, post)
            delivery.failures += 1
            delivery.next_at = now + timedelta(seconds=backoff_s(delivery.failures, random.random()))
        case Next.STOPPED:
            _again(delivery, post)
            delivery.next_at = now
        case Next.THROTTLED:
            wait = timedelta(seconds=(error.retry_after_s if error else None) or 60.0)
            _again(delivery, post)
            delivery.next_at = now + wait
        case Next.REFUSED:
            _to(delivery, DeliveryState.REFUSED)
        case Next.LOST:
            _again(delivery, post, HeldBy.ACCOUNT)
        case Next.LOOK if channel.finds(delivery.form) or channel.repeats(delivery.form):
            delivery.next_at = now + timedelta(seconds=min(FIRST_LOOK_S, channel.limits.settle_s))
        case _:
            told = _told_unknown(delivery, channel)
            _to(delivery, DeliveryState.UNKNOWN)
            delivery.error_vi, delivery.error_en = told.vi, told.en
    if cancelled and delivery.state in (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.REFUSED):
        _to(delivery, DeliveryState.CANCELLED)
        delivery.held_by = ""


def _told_unknown(delivery: Delivery, channel: Channel) -> Told:
    """What is known, and what a person who has to decide must not do by mistake."""
    if delivery.state == DeliveryState.CHECKING:
        vi, en = (f" (mã {delivery.remote_id})", f" (id {delivery.remote_id})") if delivery.remote_id else ("", "")
        return Told(
            vi=f"Bài đã ở trên {channel.label}{vi}, nhưng kênh chưa cho biết đã xử lý xong chưa. Hãy mở kênh xem; có "
            "bài thì chọn “đã có”. “Gửi lại” sẽ đăng thêm một bài nữa.",
            en=f"It is on {channel.label}{en}, which has not said whether it is processed. Look at the channel; if it "
            "is there, choose 'it is there'. 'Send again' would publish it a second time.",
        )
    return _TOLD_SILENT if channel.finds(delivery.form) else _TOLD_UNKNOWN


def _again(delivery: Delivery, post: Post, held_by: str = "") -> None:
    """Certainly not sent: back to the queue, or held where the post or the account is."""
    delivery.looks, delivery.first_look_at = 0, None
    delivery.held_by = HeldBy.POST if post.state == PostState.HELD else held_by
    _to(delivery, DeliveryState.HELD if delivery.held_by else DeliveryState.QUEUED)


def _to(delivery: Delivery, state: DeliveryState) -> None:
    if delivery.state != state:
        delivery.state = DELIVERY.check(DeliveryState(delivery.state), state)


def backoff_s(failures: int, jitter: float) -> float:
    """Seconds to wait after the nth failure in a row; `jitter` in 0..1 spreads accounts apart."""
    return min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 10)) * (0.75 + jitter / 2)


def _detail(outcome: Outcome) -> str:
    if outcome.error is not None:
        return f"{outcome.error.code} {outcome.error.detail}".strip()
    return redact(outcome.sent.remote_id) if outcome.sent else ""
