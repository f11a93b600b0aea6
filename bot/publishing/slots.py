"""Queue slots: the times of the week at which a channel posts, and the next one that is free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from channels.registry import CHANNELS
from models.audit import record
from models.db import ROW
from models.delivery import Delivery
from models.office import Organisation, Role
from models.post import Post, Timing
from models.queue import Slot
from models.states import DeliveryState

AHEAD_WEEKS = 26
"""How far ahead a free slot is looked for: beyond, the queue is too full to promise anything."""
_TAKEN = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.SENDING, DeliveryState.CHECKING)


async def next_free_slot(session: AsyncSession, organisation_id: int, channel: str, earliest: datetime) -> datetime:
    """Return the channel's first slot from `earliest` on (UTC) that no waiting slot post has. Raises `Refused`."""
    slots = await slots_of(session, organisation_id, channel)
    office = await session.get_one(Organisation, organisation_id, with_for_update=ROW)  # one taker at a time
    taken = await session.exec(
        select(Delivery.due_at)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(
            Post.organisation_id == organisation_id,
            Post.timing == Timing.SLOT,
            Delivery.channel == channel,
            col(Delivery.state).in_(_TAKEN),
            Delivery.due_at >= earliest,
        )
    )
    found = first_free([(s.weekday, s.minute) for s in slots], set(taken.all()), earliest, ZoneInfo(office.zone))
    if found is None:
        label = CHANNELS[channel].label
        raise Refused(
            f"{label} chưa có khung giờ nào còn trống; hãy thêm khung giờ hoặc chọn giờ cụ thể.",
            f"{label} has no free slot; add slots or choose a time.",
        )
    return found


def first_free(
    slots: Sequence[tuple[int, int]], taken: Collection[datetime], earliest: datetime, tz: tzinfo
) -> datetime | None:
    """Return the first (weekday, minute) slot from `earliest` on that is not taken, in UTC; None within half a year.

    Slots are local times: where the clocks change, a slot stays at its hour.
    """
    day = earliest.astimezone(tz).date()
    for number in range(AHEAD_WEEKS * 7):
        date = day + timedelta(days=number)
        for minute in sorted(m for weekday, m in slots if weekday == date.weekday()):
            local = datetime.combine(date, time(minute // 60, minute % 60), tzinfo=tz)
            at = local.astimezone(UTC)
            if at >= earliest and at not in taken:
                return at
    return None


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
