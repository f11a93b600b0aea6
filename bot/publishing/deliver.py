"""One delivery, never twice and never lost.

The row is claimed and the attempt recorded in a committed transaction before the platform is called; every finish is
fenced on the attempt number. After a crash or an ambiguous answer the channel is read back; where it cannot be read,
the delivery is `unknown` and a person decides. Only "certainly not sent" goes back to the queue by itself.

The rooms in the order of a delivery's life: `claim` (what may go out now) -> `deliver` (prepare, submit) -> `outcome`
(what came of it) -> `settle` (look again, poll).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.claim import PREPARE_S, free
from bot.publishing.in_flight import InFlight, load_in_flight, patiently
from bot.publishing.outcome import Next, Outcome, finish, outcome_of
from channels.base import SLOWEST_LINE, Notes
from channels.errors import ChannelError, Told, Unclear, Unreachable
from models.delivery import Attempt, Delivery
from models.office import Account
from models.post import Post
from models.states import DeliveryState

log = structlog.get_logger()

SPARE_S = 5.0
"""Between the call's own time-out and its recorded deadline: time to write down what came of it."""

_TOLD_SLOW = Told(
    vi="Chưa tải được tệp lên kịp giờ; chưa có gì được đăng, hệ thống tự thử lại.",
    en="The files were not uploaded in time; nothing was posted, Loa tries again.",
)
_TOLD_BUG = Told(
    vi="Lỗi bất ngờ khi gửi; hệ thống đọc lại kênh trước khi làm gì khác.",
    en="An unexpected error while sending; Loa reads the channel back before anything else.",
)


async def deliver(parts: Parts, delivery_id: int, number: int) -> Next:
    """Carry one claimed delivery through prepare and submit and record what came of it."""
    flying = await patiently(lambda: load_in_flight(parts, delivery_id))
    if flying is None or flying.delivery.attempt_no != number:
        return Next.LOOK
    outcome = await _prepare_and_submit(parts, flying, number)
    if outcome is None:  # the fence was lost while preparing: somebody else has the row
        return Next.LOOK
    await finish(parts, flying, number, outcome)
    return outcome.next


async def _prepare_and_submit(parts: Parts, flying: InFlight, number: int) -> Outcome | None:
    channel, out = flying.channel, flying.out

    async def save_notes(notes: Notes) -> None:
        await _save_notes(parts, flying.id, number, notes)

    try:
        most_s = PREPARE_S + flying.size / SLOWEST_LINE
        notes = await asyncio.wait_for(channel.prepare(out, dict(flying.delivery.notes), save_notes), most_s)
    except ChannelError as error:
        return outcome_of(error, submitted=False)
    except TimeoutError:
        return Outcome(
            Next.RETRY, error=Unreachable(f"not prepared in {most_s:.0f} s", told=_TOLD_SLOW, code="timeout")
        )
    except Exception as error:
        log.exception("prepare_failed", delivery=flying.id)
        return Outcome(Next.RETRY, error=Unreachable(f"{type(error).__name__}: {error}", told=_TOLD_BUG))
    timeout_s = channel.limits.longest_call_s(flying.size)
    entered = asyncio.get_running_loop().time()
    stopped = await patiently(lambda: _enter_submit(parts, flying, number, notes, timeout_s))
    if stopped is not None:
        return stopped if stopped.next is Next.STOPPED else None
    if asyncio.get_running_loop().time() - entered > timeout_s:
        # This process stood still (frozen, asleep): by now another may have looked and taken over. Nothing was sent.
        return Outcome(Next.RETRY)
    try:
        sent = await asyncio.wait_for(channel.submit(out, notes), timeout_s)
    except ChannelError as error:
        return outcome_of(error, submitted=True)
    except TimeoutError:
        return Outcome(Next.LOOK, error=Unclear(f"no answer in {timeout_s:.0f} s", told=_TOLD_BUG, code="timeout"))
    except Exception as error:
        log.exception("submit_failed", delivery=flying.id)
        return Outcome(Next.LOOK, error=Unclear(f"{type(error).__name__}: {error}", told=_TOLD_BUG))
    return Outcome(Next.CHECKING if sent.processing else Next.SENT, sent=sent)


async def _enter_submit(parts: Parts, flying: InFlight, number: int, notes: Notes, timeout_s: float) -> Outcome | None:
    """Commit that the irreversible call comes next. None: go. `STOPPED`: a hold or a pause came in between. `LOOK`:
    the row is no longer ours."""

    async def enter(session: AsyncSession) -> Outcome | None:
        now = parts.now()
        query = (
            select(Delivery, sa.and_(*free(now)))
            .join(Post, col(Post.id) == Delivery.post_id)
            .join(Account, col(Account.id) == Delivery.account_id)
            .where(
                Delivery.id == flying.id,
                Delivery.attempt_no == number,
                Delivery.state == DeliveryState.SENDING,
            )
            .with_for_update(of=(Post, Delivery), key_share=True)  # locked in this order
        )
        row = (await session.exec(query)).first()
        if row is None:
            return Outcome(Next.LOOK)
        delivery, may_go = row
        if not may_go:
            return Outcome(Next.STOPPED)
        delivery.call_deadline = now + timedelta(seconds=timeout_s + SPARE_S)
        delivery.next_at = delivery.call_deadline + timedelta(seconds=flying.channel.limits.settle_s)
        delivery.notes = dict(notes)
        await session.exec(
            update(Attempt)
            .where(col(Attempt.delivery_id) == flying.id, col(Attempt.number) == number)
            .values(step="submit", call_deadline=delivery.call_deadline)
        )
        return None

    return await parts.db.together(enter)


async def _save_notes(parts: Parts, delivery_id: int, number: int, notes: Notes) -> None:
    async def save(session: AsyncSession) -> None:
        await session.exec(
            update(Delivery)
            .where(col(Delivery.id) == delivery_id, col(Delivery.attempt_no) == number)
            .values(notes=dict(notes))
        )

    await parts.db.together(save)
