"""Queue slots: the times of the week at which a channel posts, and the next one that is free."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from channels.registry import CHANNELS
from models.audit import record
from models.db import ROW
from models.delivery import Delivery
from models.office import Account, Organisation, Role
from models.post import Post, Timing
from models.queue import Slot
from models.states import DeliveryState

T = TypeVar("T", bound=datetime | None)

AHEAD_WEEKS = 26
"""How far ahead a free slot is looked for: beyond, the queue is too full to promise anything."""
AT_ONCE = 10
"""How many slots are looked up at once."""
_OVER = (
    DeliveryState.SENT,
    DeliveryState.REFUSED,
    DeliveryState.UNKNOWN,
    DeliveryState.CANCELLED,
    DeliveryState.RETRACTED,
)
"""States of a delivery that leave its slot to others. Asked for by these, since by the others SQLite would walk through
all that waits."""


async def due_on(
    session: AsyncSession, post: Post, channel: str, now: datetime, find_slot: Callable[..., Awaitable[T]]
) -> datetime | T:
    """When the post is due on a channel if it is approved `now`: its time, or the slot that `find_slot` takes or only
    looks for, never inside the embargo."""
    earliest = max(now, post.embargo_until or now)
    if post.timing == Timing.SLOT:
        return await find_slot(session, post.organisation_id, channel, earliest)
    return max(post.due_at or earliest, earliest)


async def next_free_slot(session: AsyncSession, organisation_id: int, channel: str, earliest: datetime) -> datetime:
    """Take the channel's first slot from `earliest` on (UTC) that no waiting slot post has: until the transaction ends
    nobody else takes one. Raises `Refused`."""
    await session.get_one(Organisation, organisation_id, with_for_update=ROW)
    found = await free_slot(session, organisation_id, channel, earliest)
    if found is None:
        label = CHANNELS[channel].label
        raise Refused(
            f"{label} chưa có khung giờ nào còn trống; hãy thêm khung giờ hoặc chọn giờ cụ thể.",
            f"{label} has no free slot; add slots or choose a time.",
        )
    return found


async def free_slot(session: AsyncSession, organisation_id: int, channel: str, earliest: datetime) -> datetime | None:
    """Return the channel's first slot from `earliest` on that is free now; None within half a year."""
    slots = await slots_of(session, organisation_id, channel)
    office = await session.get_one(Organisation, organisation_id)
    times = slot_times([(s.weekday, s.minute) for s in slots], earliest, ZoneInfo(office.zone))
    while coming := list(islice(times, AT_ONCE)):
        taken = await _taken(session, organisation_id, channel, coming)
        if (found := next((at for at in coming if at not in taken), None)) is not None:
            return found
    return None


async def _taken(
    session: AsyncSession, organisation_id: int, channel: str, times: Sequence[datetime]
) -> Collection[datetime]:
    """Those of the times that a waiting slot post has."""
    accounts = select(Account.id).where(Account.organisation_id == organisation_id, Account.kind == channel)
    query = (
        select(Delivery.due_at)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(
            col(Delivery.account_id).in_(accounts),
            col(Delivery.due_at).in_(times),
            col(Delivery.state).not_in(_OVER),
            Post.timing == Timing.SLOT,
        )
    )
    return set((await session.exec(query)).all())


def slot_times(slots: Sequence[tuple[int, int]], earliest: datetime, tz: tzinfo) -> Iterator[datetime]:
    """Yield the times (UTC) of these (weekday, minute) slots from `earliest` on, for half a year, soonest first.

    Slots are local times: where the clocks change, a slot stays at its hour.
    """
    day = earliest.astimezone(tz).date()
    for number in range(AHEAD_WEEKS * 7):
        date = day + timedelta(days=number)
        for minute in sorted(m for weekday, m in slots if weekday == date.weekday()):
            at = datetime.combine(date, time(minute // 60, minute % 60), tzinfo=tz).astimezone(UTC)
            if at >= earliest:
                yield at


async def slots_of(session: AsyncSession, organisation_id: int, channel: str = "") -> Sequence[Slot]:
    """Read the organisation's slots, in the order of the week."""
    query = select(Slot).where(Slot.organisation_id == organisation_id)
    if channel:
        query = query.where(Slot.channel == channel)
    return (await session.exec(query.order_by(col(Slot.channel), col(Slot.weekday), col(Slot.minute)))).all()


async def add_slot(parts: Parts, actor: Actor, channel: str, weekday: int, minute: int) -> int:
    """Add a slot; the one that is already there is returned."""
    _may_change(actor)
    if channel not in CHANNELS or not 0 <= weekday <= 6 or not 0 <= minute < 24 * 60:
        raise Refused("Kênh, thứ hoặc giờ không đúng.", "The channel, weekday or time is not right.")
    async with parts.db.write() as session:
        rows = await slots_of(session, actor.organisation_id, channel)
        slot = next((s for s in rows if (s.weekday, s.minute) == (weekday, minute)), None)
        if slot is None:
            slot = Slot(organisation_id=actor.organisation_id, channel=channel, weekday=weekday, minute=minute)
            session.add(slot)
            await session.flush()
            await _record(session, parts, actor, "slot_added", slot)
        assert slot.id is not None, "a stored row has an id"
        return slot.id


async def remove_slot(parts: Parts, actor: Actor, slot_id: int) -> None:
    """Remove a slot; what is already scheduled for it keeps its time."""
    _may_change(actor)
    async with parts.db.write() as session:
        slot = await session.get(Slot, slot_id)
        if slot is None or slot.organisation_id != actor.organisation_id:
            raise NotFound("khung giờ này", "such slot")
        await session.delete(slot)
        await _record(session, parts, actor, "slot_removed", slot)


def _may_change(actor: Actor) -> None:
    if not actor.has(Role.EDITOR, Role.APPROVER):
        raise Refused("Bạn không có quyền đổi khung giờ.", "You may not change slots.")


async def _record(session: AsyncSession, parts: Parts, actor: Actor, action: str, slot: Slot) -> None:
    await record(
        session,
        at=parts.now(),
        action=action,
        subject=f"slot:{slot.id}",
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        channel=slot.channel,
        weekday=slot.weekday,
        minute=slot.minute,
    )
