"""One delivery, never twice and never lost.

The row is claimed and the attempt recorded in a committed transaction before the platform is called; every finish is
fenced on the attempt number. After a crash or an ambiguous answer the channel is read back; where it cannot be read,
the delivery is `unknown` and a person decides. Only "certainly not sent" goes back to the queue by itself.

The rooms in the order of a delivery's life: `claim` (what may go out now) -> `deliver` (prepare, submit) -> `outcome`
(what came of it) -> `settle` (look again, poll).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.claim import free, sending_is_decided
from bot.publishing.in_flight import InFlight, begin_submit, patiently, step_on
from bot.publishing.outcome import Next, Outcome, finish, outcome_of
from channels.base import Notes
from channels.errors import ChannelError, Rejected, Told, Unclear, Unreachable
from channels.files import open_file
from models.delivery import Attempt, Delivery
from models.office import Account
from models.post import Post
from models.states import DeliveryState

log = structlog.get_logger()

_TOLD_SLOW = Told(
    vi="Chưa tải được tệp lên kịp giờ; chưa có gì được đăng, hệ thống tự thử lại.",
    en="The files were not uploaded in time; nothing was posted, Loa tries again.",
)
_TOLD_BUG = Told(
    vi="Lỗi bất ngờ khi gửi; hệ thống đọc lại kênh trước khi làm gì khác.",
    en="An unexpected error while sending; Loa reads the channel back before anything else.",
)


def _nothing() -> None:
    """Where nobody waits for it."""


async def deliver(parts: Parts, flying: InFlight, answered: Callable[[], None] = _nothing) -> Next:
    """Carry one claimed delivery through prepare and submit and record what came of it. `answered` is called once the
    platform is done with it."""
    outcome = await _prepare_and_submit(parts, flying)
    answered()
    if outcome is None:  # the fence was lost while preparing: somebody else has the row
        return Next.LOOK
    await finish(parts, flying, flying.number, outcome)
    return outcome.next


async def _prepare_and_submit(parts: Parts, flying: InFlight) -> Outcome | None:
    try:
        _see_served(parts, flying)
    except Rejected as error:
        return outcome_of(error, submitted=False)
    if flying.goes_straight:
        return await _submit(flying, flying.delivery.notes, flying.claimed_s)
    try:
        notes = await _prepare(parts, flying)
    except ChannelError as error:
        return outcome_of(error, submitted=False)
    except TimeoutError:
        detail = "not prepared in time"
        return Outcome(Next.RETRY, error=Unreachable(detail, told=_TOLD_SLOW, code="timeout"))
    except Exception as error:
        log.exception("prepare_failed", delivery=flying.id)
        return Outcome(Next.RETRY, error=Unreachable(f"{type(error).__name__}: {error}", told=_TOLD_BUG))
    entered_s = asyncio.get_running_loop().time()
    stopped = await patiently(lambda: parts.db.together(_enter_submit, Entry(parts, flying, notes)))
    if stopped is not None:
        return stopped if stopped.next is Next.STOPPED else None
    return await _submit(flying, notes, entered_s)


def _see_served(parts: Parts, flying: InFlight) -> None:
    """Open each file that the platform fetches from this office's own address: raises `Rejected` here, where the
    adapter itself reads nothing and the platform would show a post without its picture."""
    ours = f"{parts.settings.public_url.rstrip('/')}/media/"
    for file in flying.out.media:
        limit = flying.channel.limits.media(file.kind)
        if limit is not None and limit.by_public_url and file.public_url.startswith(ours):
            open_file(file).close()


async def _prepare(parts: Parts, flying: InFlight) -> Notes:
    """Run `prepare`; each word of its progress moves on the time by which it must be heard of again. Raises
    `TimeoutError` when that has passed, `Unreachable` when another process has the row by now."""
    notes = dict(flying.delivery.notes)
    if not flying.channel.prepares(flying.out):
        return notes
    async with asyncio.timeout(flying.prepare_s) as limit:

        async def save_notes(notes: Notes) -> None:
            if not await parts.db.together(_save_notes, Entry(parts, flying, notes)):
                raise Unreachable("another process took it over", told=_TOLD_SLOW, code="taken_over")
            limit.reschedule(asyncio.get_running_loop().time() + flying.step_s)

        return await flying.channel.prepare(flying.out, notes, save_notes)


async def _submit(flying: InFlight, notes: Notes, entered_s: float) -> Outcome:
    """Make the irreversible call, which was written down at `entered_s` of the event loop's time."""
    left_s = flying.submit_s - (asyncio.get_running_loop().time() - entered_s)
    if left_s < flying.submit_s / 2:
        # This process stood still (frozen, asleep): soon another may look and take over. Nothing was sent.
        return Outcome(Next.RETRY)
    try:
        sent = await asyncio.wait_for(flying.channel.submit(flying.out, notes), left_s)
    except ChannelError as error:
        return outcome_of(error, submitted=True)
    except TimeoutError:
        return Outcome(Next.LOOK, error=Unclear(f"no answer in {left_s:.0f} s", told=_TOLD_BUG, code="timeout"))
    except Exception as error:
        log.exception("submit_failed", delivery=flying.id)
        return Outcome(Next.LOOK, error=Unclear(f"{type(error).__name__}: {error}", told=_TOLD_BUG))
    return Outcome(Next.CHECKING if sent.processing else Next.SENT, sent=sent)


@dataclass(frozen=True)
class Entry:
    """What an attempt in flight has to write down."""

    parts: Parts
    flying: InFlight
    notes: Notes


async def _enter_submit(session: AsyncSession, entries: Sequence[Entry]) -> list[Outcome | None]:
    """Write down that the irreversible call comes next. None: go. `STOPPED`: a hold or a pause came in between. `LOOK`:
    the row is no longer ours."""
    await sending_is_decided(session)
    now = entries[0].parts.now()
    query = (
        select(Delivery, Attempt, sa.and_(*free(now)))
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .join(Attempt, sa.and_(col(Attempt.delivery_id) == Delivery.id, col(Attempt.number) == Delivery.attempt_no))
        .where(col(Delivery.id).in_([entry.flying.id for entry in entries]), Delivery.state == DeliveryState.SENDING)
        .order_by(col(Post.id), col(Delivery.id))
        .with_for_update(of=(Post, Delivery), key_share=True)  # locked in this order
    )
    rows = {(d.id, d.attempt_no): (d, attempt, may_go) for d, attempt, may_go in (await session.exec(query)).all()}
    return [_enter(rows.get((entry.flying.id, entry.flying.number)), entry, now) for entry in entries]


def _enter(row: tuple[Delivery, Attempt, bool] | None, entry: Entry, now: datetime) -> Outcome | None:
    if row is None:
        return Outcome(Next.LOOK)
    delivery, attempt, may_go = row
    if not may_go:
        return Outcome(Next.STOPPED)
    begin_submit(delivery, attempt, entry.flying, now)
    delivery.notes = dict(entry.notes)
    return None


async def _save_notes(session: AsyncSession, entries: Sequence[Entry]) -> list[bool]:
    """Keep how far each upload is. False: the row is no longer ours."""
    now, ids = entries[0].parts.now(), [entry.flying.id for entry in entries]
    query = select(Delivery).where(col(Delivery.id).in_(ids), Delivery.state == DeliveryState.SENDING)
    query = query.order_by(col(Delivery.id)).with_for_update(key_share=True)
    rows = {(d.id, d.attempt_no): d for d in (await session.exec(query)).all()}
    mine = [rows.get((entry.flying.id, entry.flying.number)) for entry in entries]
    for row, entry in zip(mine, entries, strict=True):
        if row is not None:
            step_on(row, entry.flying, entry.notes, now)
    return [row is not None for row in mine]
