"""Recurring posts: copies of a post made some time before each occurrence, each approved like any other post."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.rows import id_of, log, post_of, rehash
from bot.publishing.writing import MAY_WRITE
from models.audit import record
from models.db import ROW
from models.office import Organisation
from models.post import Media, Post, Timing, Variant
from models.queue import Every, Recurrence
from models.states import PostState


def next_occurrence(every: Every, weekday: int, day: int, minute: int, after: datetime, tz: tzinfo) -> datetime:
    """Return the first occurrence strictly after `after`, in UTC. Local time: it keeps its hour when the clocks change.

    `weekday` counts for weekly, `day` for monthly ones; a month without that day takes its last.
    """
    start = after.astimezone(tz).date()
    for number in range(400):
        local_day = start + timedelta(days=number)
        if _falls_on(every, weekday, day, local_day):
            at = datetime.combine(local_day, time(minute // 60, minute % 60), tzinfo=tz).astimezone(UTC)
            if at > after:
                return at
    raise ValueError(f"no occurrence of {every} after {after}")


def _falls_on(every: Every, weekday: int, day: int, local_day: date) -> bool:
    if every is Every.DAY:
        return True
    if every is Every.WEEK:
        return local_day.weekday() == weekday
    return local_day.day == min(day, calendar.monthrange(local_day.year, local_day.month)[1])


async def repeat_post(
    parts: Parts,
    actor: Actor,
    post_id: int,
    every: Every,
    *,
    minute: int,
    weekday: int = 0,
    day: int = 1,
    ahead_h: int = 48,
    until: datetime | None = None,
) -> int:
    """Make a post recur: copies of it appear `ahead_h` hours before each occurrence and wait for their approval."""
    _may(actor)
    if not (0 <= minute < 24 * 60 and 0 <= weekday <= 6 and 1 <= day <= 31 and 1 <= ahead_h <= 24 * 30):
        raise Refused("Giờ, thứ hoặc ngày lặp lại không đúng.", "The time, weekday or day is not right.")
    now = parts.now()
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        zone = ZoneInfo((await session.get_one(Organisation, post.organisation_id)).zone)
        rule = Recurrence(
            organisation_id=post.organisation_id,
            post_id=post_id,
            every=every,
            weekday=weekday,
            day=day,
            minute=minute,
            ahead_h=ahead_h,
            next_at=next_occurrence(every, weekday, day, minute, now, zone),
            until=until,
            created_by=actor.user_id,
        )
        session.add(rule)
        await session.flush()
        await log(session, parts, actor, "post_repeats", post, recurrence=rule.id, every=every)
    return id_of(rule.id)


async def end_recurrence(parts: Parts, actor: Actor, recurrence_id: int) -> None:
    """Make no more copies; those that are there already stay."""
    _may(actor)
    async with parts.db.write() as session:
        rule = await session.get(Recurrence, recurrence_id, with_for_update=ROW)
        if rule is None or rule.organisation_id != actor.organisation_id:
            raise NotFound("lịch lặp lại này", "such recurring post")
        rule.ended_at = rule.ended_at or parts.now()
        await record(
            session,
            at=parts.now(),
            action="recurrence_ended",
            subject=f"post:{rule.post_id}",
            organisation_id=rule.organisation_id,
            user_id=actor.user_id,
        )


async def recurrences_of(session: AsyncSession, organisation_id: int) -> Sequence[Recurrence]:
    """Read what still recurs, soonest first."""
    query = select(Recurrence).where(Recurrence.organisation_id == organisation_id, col(Recurrence.ended_at).is_(None))
    return (await session.exec(query.order_by(col(Recurrence.next_at)))).all()


async def make_due_copies(parts: Parts) -> list[int]:
    """Make the copies whose time has come; return their ids. An occurrence that passed during a downtime is left out:
    its moment is gone, and one copy for each missed day would bury the editor."""
    now, made = parts.now(), []
    async with parts.db.write() as session:
        rules = (
            await session.exec(
                select(Recurrence)
                .where(col(Recurrence.ended_at).is_(None))
                .order_by(col(Recurrence.id))
                .with_for_update(key_share=True, skip_locked=True)
            )
        ).all()
        for rule in rules:
            if rule.next_at - timedelta(hours=rule.ahead_h) <= now:
                made += await _make_copy(session, parts, rule, now)
    if made:
        parts.bell.ring("post")
    return made


async def _make_copy(session: AsyncSession, parts: Parts, rule: Recurrence, now: datetime) -> list[int]:
    zone = ZoneInfo((await session.get_one(Organisation, rule.organisation_id)).zone)
    made, due = [], rule.next_at
    if due > now and (rule.until is None or due <= rule.until):
        made.append(await _copy(session, parts, rule, due))
    every = Every(rule.every)
    rule.next_at = next_occurrence(every, rule.weekday, rule.day, rule.minute, max(due, now), zone)
    if rule.until is not None and rule.next_at > rule.until:
        rule.ended_at = now
    return made


async def _copy(session: AsyncSession, parts: Parts, rule: Recurrence, due: datetime) -> int:
    """Copy texts and media of the recurring post, with the signatures that its words have; the copy is handed in and
    waits for its approval."""
    source, now = await session.get_one(Post, rule.post_id), parts.now()
    copy = Post(
        organisation_id=source.organisation_id,
        title=source.title,
        kind=source.kind,
        format=source.format,
        state=PostState.PENDING,
        field=source.field,
        harm=source.harm,
        locality=source.locality,
        source_document=source.source_document,
        author_id=source.author_id,
        contributors=list(source.contributors),
        timing=Timing.AT,
        due_at=due,
        recurrence_id=rule.id,
        late_after_min=source.late_after_min,
        created_at=now,
        updated_at=now,
    )
    session.add(copy)
    await session.flush()
    for table in (Variant, Media):
        for row in (await session.exec(select(table).where(table.post_id == source.id))).all():
            session.add(table(**row.model_dump(exclude={"id", "post_id"}), post_id=id_of(copy.id)))
    await rehash(session, copy)
    await log(session, parts, None, "post_recurred", copy, recurrence=rule.id)
    return id_of(copy.id)


def _may(actor: Actor) -> None:
    if not actor.has(*MAY_WRITE):
        raise Refused("Bạn không có quyền đặt lịch lặp lại.", "You may not make posts recur.")
