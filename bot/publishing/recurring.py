"""Recurring posts: copies of a post made some time before each occurrence, each approved like any other post.

Only routine posts recur, and only while they stand: once a post is cancelled, taken down or corrected its words are not
to be copied any more.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.rows import id_of, log, post_of, rehash
from bot.publishing.writing import MAY_WRITE
from channels.errors import Told
from models.audit import AuditEntry, record
from models.db import ROW
from models.office import Organisation
from models.post import Media, Post, PostKind, Timing, Variant
from models.queue import Every, Recurrence, SourceGone
from models.states import PostState

logger = structlog.get_logger()

SHOWN_FOR = timedelta(days=14)
"""How long a list still shows what Loa itself has ended."""

_ENDED: Mapping[str, Told] = {
    SourceGone.TAKEN_BACK: Told(
        vi="Loa đã dừng lặp lại vì bài gốc đã bị hủy hoặc gỡ.",
        en="Loa ended this because its post was cancelled or taken down.",
    ),
    SourceGone.CORRECTED: Told(
        vi="Loa đã dừng lặp lại vì bài gốc đã được đính chính.",
        en="Loa ended this because its post was corrected.",
    ),
}
_FAILING = Told(
    vi="Chưa tạo được bản sao; Loa thử lại mỗi phút. Quản trị xem lý do trong nhật ký.",
    en="Its copy could not be made; Loa tries again every minute. The administrator finds the reason in the log.",
)


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
        await _may_recur(session, post)
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


async def _may_recur(session: AsyncSession, post: Post) -> None:
    if post.kind != PostKind.ROUTINE:
        raise Refused(
            "Chỉ bài thường mới lặp lại được; đính chính, thông báo ban đầu và câu trả lời chỉ nói một lần.",
            "Only routine posts recur; a correction, a holding line or an answer is said once.",
        )
    if await _gone(session, post) is not None:
        raise Refused(
            "Bài đã bị hủy, gỡ hoặc đính chính nên không lặp lại được.",
            "The post was cancelled, taken down or corrected, so it cannot recur.",
        )


async def _gone(session: AsyncSession, post: Post) -> SourceGone | None:
    """What became of a post that no longer stands. That a person took it back counts also where some of it is out and
    cannot be called back."""
    if post.state == PostState.CORRECTED:
        return SourceGone.CORRECTED
    deeds = col(AuditEntry.action).in_(["post_cancelled", "post_withdrawn"])
    taken_back = select(AuditEntry.id).where(AuditEntry.subject == f"post:{post.id}", deeds).limit(1)
    if post.state == PostState.RETRACTED or (await session.exec(taken_back)).first() is not None:
        return SourceGone.TAKEN_BACK
    return None


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


async def recurrences_of(session: AsyncSession, organisation_id: int, now: datetime) -> Sequence[Recurrence]:
    """Read what still recurs, soonest first, then what Loa itself ended of late."""
    ended = col(Recurrence.ended_at)
    told = sa.and_(col(Recurrence.ended_for) != "", ended > now - SHOWN_FOR)
    query = select(Recurrence).where(Recurrence.organisation_id == organisation_id, sa.or_(ended.is_(None), told))
    return (await session.exec(query.order_by(ended.is_not(None), col(Recurrence.next_at)))).all()


def note_of(rule: Recurrence) -> Told | None:
    """What people must know of a recurring post: that Loa ended it and why, or that it fails. Pure."""
    return _ENDED.get(rule.ended_for) or (_FAILING if rule.failing_since and rule.ended_at is None else None)


async def make_due_copies(parts: Parts) -> list[int]:
    """Make the copies whose time has come; return their ids. An occurrence that passed during a downtime is left out:
    its moment is gone, and one copy for each missed day would bury the editor. What fails stops no other."""
    made = []
    for rule in await _to_do(parts):
        try:
            async with parts.db.write() as session:
                made += await _turn(session, parts, id_of(rule.id))
        except Exception:
            if rule.failing_since is None:
                logger.exception("post_not_repeated", recurrence=rule.id)
                await _note_failure(parts, id_of(rule.id))
    if made:
        parts.bell.ring("post")
    return made


async def _to_do(parts: Parts) -> Sequence[Recurrence]:
    """Rules that are due or whose post is gone."""
    async with parts.db.read() as session:
        query = select(Recurrence, Post).join(Post, col(Post.id) == Recurrence.post_id)
        rules = await session.exec(query.where(col(Recurrence.ended_at).is_(None)).order_by(col(Recurrence.id)))
        return [r for r, post in rules.all() if _is_due(r, parts.now()) or await _gone(session, post) is not None]


def _is_due(rule: Recurrence, now: datetime) -> bool:
    return rule.next_at - timedelta(hours=rule.ahead_h) <= now


async def _note_failure(parts: Parts, rule_id: int) -> None:
    async with parts.db.write() as session:
        await session.exec(update(Recurrence).where(col(Recurrence.id) == rule_id).values(failing_since=parts.now()))


async def _turn(session: AsyncSession, parts: Parts, rule_id: int) -> list[int]:
    """End one rule whose post is gone, or make its copy if it is time; return the copy's id, if one was made."""
    rule, now = await session.get_one(Recurrence, rule_id, with_for_update=ROW), parts.now()
    if rule.ended_at is not None:
        return []
    source = await session.get_one(Post, rule.post_id)
    gone = await _gone(session, source)
    if gone is not None:
        rule.ended_at, rule.ended_for = now, gone
        await log(session, parts, None, "recurrence_ended", source, why=_ENDED[gone].vi)
        return []
    if not _is_due(rule, now):
        return []
    zone = ZoneInfo((await session.get_one(Organisation, rule.organisation_id)).zone)
    made, due = [], rule.next_at
    if due > now and (rule.until is None or due <= rule.until):
        made.append(await _copy(session, parts, rule, source, due))
    every = Every(rule.every)
    rule.next_at = next_occurrence(every, rule.weekday, rule.day, rule.minute, max(due, now), zone)
    rule.failing_since = None
    if rule.until is not None and rule.next_at > rule.until:
        rule.ended_at = now
    return made


async def _copy(session: AsyncSession, parts: Parts, rule: Recurrence, source: Post, due: datetime) -> int:
    """Copy texts and media of the recurring post, with the signatures that its words have; the copy is handed in and
    waits for its approval."""
    now = parts.now()
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
