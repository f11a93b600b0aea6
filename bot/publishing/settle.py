"""Looking again: at what a crash or an unclear answer left in flight, and at what a platform still works on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from bot.parts import Parts
from bot.publishing.extras import finish_extras
from bot.publishing.in_flight import InFlight, load_in_flight
from bot.publishing.outcome import POLL_FIRST_S, Next, Outcome, account_died, finish
from channels.base import Sent
from channels.errors import AuthLost, ChannelError, Rejected
from models.db import ROW
from models.delivery import Attempt, Delivery
from models.office import Account, AccountStatus
from models.states import DeliveryState

log = structlog.get_logger()

POLL_MOST_S, POLL_GROWTH = 60.0, 1.5
"""Longest wait between two polls, and how each grows over the one before."""
NOT_YET, POLLS_IN_VAIN, LOOKS_IN_VAIN = 68, 60, 30
"""A person is asked after so many polls that said "not yet" or so many in a row without an answer, about an hour each;
or so many looks in a row without an answer, half an hour or one. These are counted, not timed: while Loa is down, or
its account lost, nobody asks."""
BYTES_A_POLL = 10_000_000
"""So many bytes of a clip get one more "not yet", a minute: platforms take longer for long ones."""
SINCE_BEFORE = timedelta(hours=12)
"""How far before the claim a platform's own clock may put what we sent: a machine's clock jumps, or runs by a wrong
zone, and what is not found is sent again."""


def look_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What must be true of (delivery, account) to be looked at again: in flight, or out with something left to do, and
    its time has come.

    Those of a lost account wait for its reconnection: nothing can be read before.
    """
    in_flight = col(Delivery.state).in_([DeliveryState.SENDING, DeliveryState.CHECKING])
    # Not `== SENT`: SQLite would then walk through all that was ever sent instead of the index of what is left to do.
    left_to_do = sa.and_(col(Delivery.state) != DeliveryState.RETRACTED, col(Delivery.extras_at) <= now)
    return (
        sa.or_(sa.and_(in_flight, col(Delivery.next_at) <= now), left_to_do),
        col(Account.status) != AccountStatus.LOST,
    )


async def overdue(parts: Parts, limit: int, *, only: int | None = None, least: int = 0) -> list[int]:
    """Return deliveries whose time to be looked at has come: left by a crash, unclear, processing, or out with
    something left to do. `only`: this one or none; `least`: of this priority or more."""
    query = overdue_ids(parts.now(), least).limit(limit)
    if only is not None:
        query = query.where(Delivery.id == only)
    async with parts.db.read() as session:
        return [i for i in (await session.exec(query)).all() if i is not None]


def overdue_ids(now: datetime, least: int) -> SelectOfScalar[Any]:
    """Ask for the ids of what is to be looked at again, the most pressing first."""
    return (
        select(Delivery.id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(*look_due(now), col(Delivery.priority) >= least)
        .order_by(col(Delivery.priority).desc(), col(Delivery.next_at))
    )


async def inherit(parts: Parts) -> None:
    """Look at once at what earlier processes left in flight, for who knows that none of them lives: their calls ended
    with them, so nobody need wait until these would have been given up, hours for a long clip."""
    now = parts.now()
    theirs = (
        col(Delivery.state) == DeliveryState.SENDING,
        col(Delivery.claimed_by) != parts.process,
        col(Delivery.next_at) > now,
    )
    async with parts.db.write() as session:
        left = await session.exec(update(Delivery).where(*theirs).values(next_at=now))
    if left.rowcount:
        log.info("deliveries_inherited", count=left.rowcount)


async def settle(parts: Parts, delivery_id: int) -> Next | None:
    """Look at one overdue delivery again; None when another process took it first."""
    flying = await load_in_flight(parts, delivery_id)
    if flying is None:
        return None
    if flying.delivery.state == DeliveryState.SENT:
        await finish_extras(parts, flying)
        return Next.SENT
    if flying.delivery.state == DeliveryState.CHECKING:
        return await _poll(parts, flying)
    number = await _take_over(parts, flying)
    if number is None:
        return None
    step = await _last_step(parts, flying.id, number)
    outcome = Outcome(Next.RETRY) if step == "prepare" else await _look(parts, flying, number)
    if outcome.next is not Next.LOOK:
        await finish(parts, flying, number, outcome)
    return outcome.next


async def _take_over(parts: Parts, flying: InFlight) -> int | None:
    """Move the fence on, so that the process that held the row before can no longer finish it."""
    delivery, now = flying.delivery, parts.now()
    number = delivery.attempt_no + 1
    look_again = now + timedelta(seconds=flying.channel.limits.settle_s)
    async with parts.db.write() as session:
        taken = await session.exec(
            update(Delivery)
            .where(
                col(Delivery.id) == flying.id,
                col(Delivery.attempt_no) == delivery.attempt_no,
                col(Delivery.state) == DeliveryState.SENDING,
                col(Delivery.next_at) <= now,
            )
            .values(attempt_no=number, next_at=look_again, claimed_by=parts.process)
        )
        if taken.rowcount != 1:
            return None
        session.add(
            Attempt(delivery_id=flying.id, number=number, step="look", started_at=now, call_deadline=look_again)
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


async def _look(parts: Parts, flying: InFlight, number: int) -> Outcome:
    """Read the channel back, unless it does no harm to send it again. "Not found" counts only after two good looks that
    span the settle time. Where it cannot be read for long, a person is asked."""
    channel, delivery = flying.channel, flying.delivery
    if channel.repeats(delivery.form):
        return Outcome(Next.RETRY)
    if not channel.finds(delivery.form):
        return Outcome(Next.UNKNOWN)
    since = (delivery.claimed_at or parts.now()) - SINCE_BEFORE
    others = await _others(parts, delivery, since)
    try:
        found = await channel.find_sent(flying.out, delivery.notes, since, others)
    except AuthLost as error:
        await account_died(parts, flying.channel, flying.delivery.account_id, error)
        return Outcome(Next.LOOK)
    except ChannelError as error:
        log.warning("look_failed", delivery=flying.id, code=error.code, detail=error.detail)
        return await _in_vain(parts, flying, number)
    except Exception:  # an error of ours says nothing about the item either
        log.exception("look_failed", delivery=flying.id)
        return await _in_vain(parts, flying, number)
    if found is not None:
        return Outcome(Next.CHECKING if found.processing else Next.SENT, sent=found)
    now, first = parts.now(), delivery.first_look_at
    if first is not None and now - first >= timedelta(seconds=channel.limits.settle_s):
        return Outcome(Next.RETRY)
    await _keep(parts, flying.id, number, looks=0, first_look_at=first or now)
    return Outcome(Next.LOOK)


async def _in_vain(parts: Parts, flying: InFlight, number: int) -> Outcome:
    looks = flying.delivery.looks + 1
    if looks >= LOOKS_IN_VAIN:
        return Outcome(Next.UNKNOWN)
    await _keep(parts, flying.id, number, looks=looks)
    return Outcome(Next.LOOK)


async def _others(parts: Parts, delivery: Delivery, since: datetime) -> set[str]:
    """What the account's other deliveries are on the platform: the same words of another day are not this one."""
    query = select(Delivery.remote_id).where(
        col(Delivery.account_id) == delivery.account_id,
        col(Delivery.id) != delivery.id,
        col(Delivery.remote_id) != "",
        col(Delivery.claimed_at) >= since - SINCE_BEFORE,
    )
    async with parts.db.read() as session:
        return set((await session.exec(query)).all())


async def _keep(parts: Parts, delivery_id: int, number: int, **values: object) -> None:
    async with parts.db.write() as session:
        await session.exec(
            update(Delivery).where(col(Delivery.id) == delivery_id, col(Delivery.attempt_no) == number).values(**values)
        )


async def _poll(parts: Parts, flying: InFlight) -> Next:
    """Ask whether a processing item is out, waiting longer each time."""
    delivery = flying.delivery
    not_yet, in_vain = delivery.looks, delivery.failures
    sent = Sent(remote_id=delivery.remote_id, permalink=delivery.permalink, processing=True)
    outcome = Outcome(Next.CHECKING)
    try:
        sent = await flying.channel.poll(flying.out, sent, delivery.notes)
        outcome = Outcome(Next.CHECKING if sent.processing else Next.SENT, sent=sent)
        not_yet, in_vain = not_yet + 1, 0
    except Rejected as error:
        outcome = Outcome(Next.REFUSED, error=error)
    except AuthLost as error:
        await account_died(parts, flying.channel, flying.delivery.account_id, error)
    except ChannelError as error:
        log.warning("poll_failed", delivery=flying.id, code=error.code, detail=error.detail)
        in_vain += 1
    except Exception:  # an error of ours says nothing about the item either
        log.exception("poll_failed", delivery=flying.id)
        in_vain += 1
    given_up = not_yet >= NOT_YET + flying.size // BYTES_A_POLL or in_vain >= POLLS_IN_VAIN
    if outcome.next is Next.CHECKING and given_up:
        outcome = Outcome(Next.UNKNOWN)
    if outcome.next is Next.CHECKING:
        await _poll_later(parts, flying, sent, not_yet, in_vain)
    else:
        await finish(parts, flying, delivery.attempt_no, outcome)
    return outcome.next


async def _poll_later(parts: Parts, flying: InFlight, sent: Sent, not_yet: int, in_vain: int) -> None:
    wait = min(POLL_MOST_S, POLL_FIRST_S * POLL_GROWTH ** min(not_yet + in_vain, 20))
    async with parts.db.write() as session:
        row = await session.get_one(Delivery, flying.id, with_for_update=ROW)
        if row.state == DeliveryState.CHECKING and row.attempt_no == flying.delivery.attempt_no:
            row.next_at = parts.now() + timedelta(seconds=wait)
            row.looks, row.failures = not_yet, in_vain
            row.remote_id, row.permalink = sent.remote_id, sent.permalink or row.permalink
            row.notes = {**row.notes, **sent.notes}
