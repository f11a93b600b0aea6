"""The figures of one week, gathered from what was read and done, and frozen when the summary is issued."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import Can
from channels.errors import Told
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.incident import Incident
from models.mention import Mention, sent_by_loa
from models.office import Account, AccountStatus, Organisation
from models.post import Post, PostKind, Variant
from models.reading import ChannelItem, Reading
from models.states import DeliveryState, IncidentState, PostState
from monitor.reach import (
    BASE_WEEKS,
    ChannelWeek,
    Compared,
    IncidentFigures,
    IncidentLine,
    Planned,
    PostFigures,
    Value,
    WeekSummary,
    compare,
    monday_of,
    top_posts,
    week_total,
)
from monitor.response import ResponseTimes, response_times

WEEK = timedelta(days=7)
ENGAGEMENT = ("reactions", "comments", "shares")
HEARD = ("feedback", "urgent", "question", "criticism", "warning")
"""What citizens ask of the office; counted by field. Never mixed with what looks like misinformation."""
LATE_DAYS = 2
"""Seven-day reach may end so many days before Sunday: on Monday morning the platform has not closed Sunday yet."""
_WEEK_SUMMARY = TypeAdapter(WeekSummary)


def freeze(summary: WeekSummary) -> dict[str, Any]:
    """The summary as plain JSON, for the store."""
    frozen: dict[str, Any] = _WEEK_SUMMARY.dump_python(summary, mode="json")
    return frozen


def thaw(figures: Mapping[str, Any]) -> WeekSummary:
    """The summary as it was issued. Raises `ValueError` when the figures are not a summary."""
    return _WEEK_SUMMARY.validate_python(figures)


def start_of(monday: date, tz: tzinfo) -> datetime:
    """Monday, midnight, office time."""
    return datetime.combine(monday, time(), tz)


@dataclass(frozen=True)
class _Source:
    """One post of ours on one account: sent by Loa, or found there."""

    account_id: int
    key: tuple[str, int | str]
    at: datetime
    title: str
    link: str
    post_id: int | None = None
    language: str = "vi"


@dataclass
class _Series:
    """Everything that was read, by account or post. `days[account][metric, period][definition][day]`."""

    days: dict[int, dict[tuple[str, str], dict[str, dict[date, int]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    )
    posts: dict[tuple[int, str, int | str], dict[str, list[tuple[datetime, int, str]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def post(self, source: _Source, metric: str, until: datetime) -> tuple[int, str] | None:
        """The newest figure (and its definition) of one post that was known at `until`."""
        found = None
        for at, value, definition in self.posts.get((source.account_id, *source.key), {}).get(metric, ()):
            if at <= until:
                found = (value, definition)
        return found


async def gather(session: AsyncSession, organisation: Organisation, week: str, now: datetime) -> WeekSummary:
    """Return an organisation's week (ISO, such as 2026-W47) with the figures known at `now`. Raises `ValueError`."""
    monday, tz = monday_of(week), ZoneInfo(organisation.zone)
    begin, end = start_of(monday, tz), start_of(monday + WEEK, tz)
    if begin > now:
        raise ValueError(f"week {week} has not begun")
    org = organisation.id or 0
    accounts = (
        await session.exec(select(Account).where(Account.organisation_id == org).order_by(col(Account.id)))
    ).all()
    sources = await _sources(session, org, begin - BASE_WEEKS * WEEK, end)
    series = await _series(session, [a.id or 0 for a in accounts], begin - BASE_WEEKS * WEEK - WEEK, now, tz)
    lag = min(now - end, WEEK)  # other weeks are looked at from the same age
    ours = [s for s in sources if begin <= s.at < end]
    sent = {s.post_id for s in ours if s.post_id is not None}
    history = sum(s.post_id is None for s in ours)
    by_kind, by_field = await _mentions(session, org, begin, end)
    return WeekSummary(
        week=week,
        monday=monday,
        posts=len(sent) + history,
        history=history,
        channels=[_channel(a, sources, series, monday, tz, lag) for a in accounts],
        top=top_posts([_post(s, series, accounts, end + lag) for s in ours]),
        incidents=await _incidents(session, org, begin, end),
        mentions=sum(by_kind.values()),
        by_kind=by_kind,
        by_field=by_field,
        planned=await _planned(session, org, end, end + WEEK),
        languages=_languages(ours),
        until=now,
        answers=await _answers(session, org, begin, end, now),
    )


# -- what was read ------------------------------------------------------------------------------------------------


async def _sources(session: AsyncSession, org: int, begin: datetime, end: datetime) -> list[_Source]:
    """Posts of these weeks. One that was taken down stays in the week it ran."""
    rows = await session.exec(
        select(Delivery, Post.title, Variant.language)
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Variant, col(Variant.id) == Delivery.variant_id)
        .where(Post.organisation_id == org, Delivery.target_id == "")
        .where(col(Delivery.state).in_([DeliveryState.SENT, DeliveryState.RETRACTED]))
        .where(col(Delivery.sent_at) >= begin, col(Delivery.sent_at) < end)
    )
    found, ours = [], set()
    for d, title, language in rows.all():
        ours.add((d.account_id, d.remote_id))
        found.append(
            _Source(d.account_id, ("d", d.id or 0), d.sent_at or d.due_at, title, d.permalink, d.post_id, language)
        )
    items = await session.exec(
        select(ChannelItem)
        .join(Account, col(Account.id) == ChannelItem.account_id)
        .where(Account.organisation_id == org, ChannelItem.published_at >= begin, ChannelItem.published_at < end)
    )
    found += [
        _Source(i.account_id, ("i", i.remote_id), i.published_at, i.title or i.text or i.remote_id, i.permalink)
        for i in items.all()
        if (i.account_id, i.remote_id) not in ours
    ]
    return sorted(found, key=lambda s: s.at)


async def _series(
    session: AsyncSession, accounts: Sequence[int], since: datetime, now: datetime, tz: tzinfo
) -> _Series:
    """Every figure since then, later readings over earlier ones. What a platform did not say is simply not there; what
    it does not date belongs to the office's day on which it was read."""
    series = _Series()
    rows = await session.exec(
        select(Reading)
        .where(col(Reading.account_id).in_(accounts), col(Reading.value).is_not(None), Reading.fetched_at <= now)
        .where(or_(Reading.day >= since.date().isoformat(), Reading.fetched_at >= since))
        .order_by(col(Reading.fetched_at), col(Reading.id))
    )
    for r in rows.all():
        assert r.value is not None, "the query leaves these out"
        if r.delivery_id is not None or r.item_id:
            key = ("d", r.delivery_id) if r.delivery_id is not None else ("i", r.item_id)
            series.posts[r.account_id, *key][r.metric].append((r.fetched_at, r.value, r.definition))
        else:
            day = date.fromisoformat(r.day) if r.day else r.fetched_at.astimezone(tz).date()
            by_definition = series.days[r.account_id][r.metric, r.period]
            # The newest counting comes last, so that it is the one that is shown.
            values = by_definition.pop(r.definition, {})
            by_definition[r.definition] = {**values, day: r.value}
    return series


# -- one channel --------------------------------------------------------------------------------------------------


def _channel(
    account: Account, sources: Sequence[_Source], series: _Series, monday: date, tz: tzinfo, lag: timedelta
) -> ChannelWeek:
    mine = [s for s in sources if s.account_id == account.id]
    weeks = [monday - i * WEEK for i in range(BASE_WEEKS, -1, -1)]
    by_week = {m: [s for s in mine if start_of(m, tz) <= s.at < start_of(m + WEEK, tz)] for m in weeks}
    posts = by_week[monday]
    until = start_of(monday + WEEK, tz) + lag
    reach, reach_to = _reach(series, account.id or 0, weeks, len(posts))
    views = _views(series, account.id or 0, weeks, by_week, tz, lag)
    engagement, of, partial = _engagement(series, posts, until)
    main = next((c for c in (reach, views) if c is not None and c.now.value is not None), None)
    certainty = 0 if main is None else 3 if main.now.complete and reach_to is None else 2
    return ChannelWeek(
        channel=account.kind,
        name=account.name,
        posts=len(posts),
        followers=_followers(series, account, until.astimezone(tz).date(), lag),
        reach=reach,
        views=views,
        engagement=engagement,
        certainty=certainty,
        missing=_missing(account, main, monday, tz, len(posts)),
        reach_to=reach_to,
        engagement_of=of,
        engagement_partial=partial,
    )


def _reach(series: _Series, account_id: int, weeks: Sequence[date], posts: int) -> tuple[Compared | None, date | None]:
    """Seven-day reach, deduplicated by the platform: read off, never added up. Other weeks end on the same weekday."""
    found = series.days[account_id]["reach", "week"]
    for back in range(LATE_DAYS + 1):
        last = weeks[-1] + timedelta(days=6 - back)
        definition = next((d for d in reversed(found) if last in found[d]), None)
        if definition is None:
            continue
        values = []
        for monday in weeks:
            day = monday + timedelta(days=6 - back)
            own = definition if day in found[definition] else next((d for d in reversed(found) if day in found[d]), "")
            values.append(Value(found[own].get(day) if own else None, "people", own or definition))
        return compare(values, posts), last if back else None
    return None, None


def _views(
    series: _Series,
    account_id: int,
    weeks: Sequence[date],
    by_week: Mapping[date, Sequence[_Source]],
    tz: tzinfo,
    lag: timedelta,
) -> Compared | None:
    """The account's daily views over the weekdays known by now; where a platform has none, the views of the week's
    own posts at the same age. The two are two definitions and are never held against each other."""
    found = series.days[account_id]["views", "day"]
    monday = weeks[-1]
    definition = next((d for d in reversed(found) if _weekdays(found[d], monday)), None)
    weekdays = _weekdays(found[definition], monday) if definition else ()
    values = []
    for week in weeks:
        own = definition
        if own is not None and not _weekdays(found[own], week):
            own = next((d for d in reversed(found) if _weekdays(found[d], week)), None)
        if own is not None:
            values.append(week_total(found[own], week, "occurrences", own, weekdays=weekdays or tuple(range(7))))
        else:
            values.append(_post_views(series, by_week[week], start_of(week + WEEK, tz) + lag))
    return compare(values, len(by_week[monday])) if any(v.value is not None for v in values) else None


def _weekdays(days: Mapping[date, int], monday: date) -> tuple[int, ...]:
    return tuple(i for i in range(7) if monday + timedelta(days=i) in days)


def _post_views(series: _Series, posts: Sequence[_Source], until: datetime) -> Value:
    known = [v for s in posts if (v := series.post(s, "views", until)) is not None]
    definitions = {definition for _, definition in known}
    if not known or len(definitions) > 1:  # two countings are never added
        return Value(None, "occurrences", "")
    return Value(sum(v for v, _ in known), "occurrences", definitions.pop(), partial=len(known) < len(posts))


def _engagement(series: _Series, posts: Sequence[_Source], until: datetime) -> tuple[int | None, tuple[str, ...], bool]:
    """Interactions with the week's posts, which kinds they are, and whether some post has none on record."""
    known = {kind: [v for s in posts if (v := series.post(s, kind, until)) is not None] for kind in ENGAGEMENT}
    kinds = tuple(kind for kind in ENGAGEMENT if known[kind])
    if not kinds:
        return None, (), False
    total = sum(value for kind in kinds for value, _ in known[kind])
    return total, kinds, any(len(known[kind]) < len(posts) for kind in kinds)


def _followers(series: _Series, account: Account, until: date, lag: timedelta) -> int | None:
    days = [(d, v) for s in series.days[account.id or 0]["followers", "day"].values() for d, v in s.items()]
    known = [v for d, v in sorted(days) if d <= until]
    return known[-1] if known else account.followers if lag < WEEK else None


def _missing(account: Account, main: Compared | None, monday: date, tz: tzinfo, posts: int) -> Told | None:
    kind = CHANNELS.get(account.kind)
    if kind is None or Can.READ_METRICS not in kind.can:
        return Told("Nền tảng không cho đọc số liệu.", "The platform does not let figures be read.")
    complete = main is not None and main.now.complete
    seen = account.read_at
    if not complete and seen is not None and seen < start_of(monday + WEEK, tz):
        at = seen.astimezone(tz)
        why = (" (mất kết nối)", " (disconnected)") if account.status == AccountStatus.LOST else ("", "")
        return Told(
            f"Không đọc được từ {at:%H:%M %d/%m}{why[0]}: chưa đủ số liệu.",
            f"Not read since {at:%H:%M} on {at:%d %b}{why[1]}: figures are incomplete.",
        )
    if main is None:
        if not posts:
            return Told("Tuần này không đăng bài nào.", "Nothing was posted this week.")
        return Told("Nền tảng chưa cho số liệu tuần này.", "The platform gave no figures for this week.")
    if len(main.now.weekdays) < 7:
        days = len(main.now.weekdays)
        last = monday + timedelta(days=main.now.weekdays[-1])
        return Told(
            f"Mới có {days}/7 ngày (đến hết {last:%d/%m}); so với cùng những ngày ấy của tuần khác.",
            f"Only {days} of 7 days so far (up to {last:%d %b}), held against the same days of other weeks.",
        )
    if main.now.partial:
        return Told("Một số bài chưa có số liệu.", "Some posts have no figures yet.")
    return None


def _post(source: _Source, series: _Series, accounts: Sequence[Account], until: datetime) -> PostFigures:
    reach, views = series.post(source, "reach", until), series.post(source, "views", until)
    engaged = [v[0] for kind in ENGAGEMENT if (v := series.post(source, kind, until)) is not None]
    return PostFigures(
        title=source.title,
        channel=next(a.kind for a in accounts if a.id == source.account_id),
        reach=reach[0] if reach else None,
        views=views[0] if views else None,
        engagement=sum(engaged) if engaged else None,
        link=source.link,
    )


# -- incidents, feedback, plan ------------------------------------------------------------------------------------


async def _incidents(session: AsyncSession, org: int, begin: datetime, end: datetime) -> IncidentFigures:
    rows = (
        await session.exec(
            select(Incident)
            .where(Incident.organisation_id == org, Incident.opened_at >= begin, Incident.opened_at < end)
            .order_by(col(Incident.opened_at))
        )
    ).all()
    titles = await session.exec(
        select(Post.incident_id, Post.title).where(
            col(Post.incident_id).in_([i.id for i in rows]),
            Post.kind == PostKind.CORRECTION,
            col(Post.published_at).is_not(None),
        )
    )
    corrections = dict(titles.all())
    lines = [
        IncidentLine(
            code=i.code,
            field=i.field,
            level=i.level,
            state=i.state,
            opened_at=i.opened_at,
            ack_min=_minutes(i.opened_at, i.acked_at),
            correction_min=_minutes(i.opened_at, i.corrected_at),
            correction=corrections.get(i.id, ""),
        )
        for i in rows
    ]
    real = [line for line in lines if line.state != IncidentState.FALSE_ALARM]
    return IncidentFigures(
        incidents=len(real),
        false_alarms=len(lines) - len(real),
        ack_min=_median([line.ack_min for line in real]),
        correction_min=_median([line.correction_min for line in real]),
        lines=lines,
    )


def _minutes(since: datetime, at: datetime | None) -> float | None:
    return max(0.0, (at - since).total_seconds() / 60) if at is not None else None


def _median(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return statistics.median(known) if known else None


async def _mentions(
    session: AsyncSession, org: int, begin: datetime, end: datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """Citizens' texts of the week by kind (empty: not sorted), and what they ask of the office by field."""
    rows = await session.exec(
        select(Mention.category, Mention.field, func.count())
        .where(Mention.organisation_id == org, col(Mention.own).is_(False))
        .where(Mention.written_at >= begin, Mention.written_at < end)
        .group_by(Mention.category, Mention.field)
    )
    by_kind: dict[str, int] = defaultdict(int)
    by_field: dict[str, int] = defaultdict(int)
    for kind, topic, count in rows.all():
        by_kind[kind] += count
        if kind in HEARD:
            by_field[topic] += count
    return _largest_first(by_kind), _largest_first(by_field)


async def _answers(
    session: AsyncSession, org: int, begin: datetime, end: datetime, now: datetime
) -> ResponseTimes | None:
    """How fast the week's texts were answered: by what Loa sent, and by what was written on the channel itself, as far
    as that stands under them there."""
    reply = aliased(Mention)
    asked = (
        Mention.organisation_id == org,
        col(Mention.own).is_(False),
        Mention.written_at >= begin,
        Mention.written_at < end,
    )
    sent = await session.exec(
        select(Mention.id, Mention.written_at, Delivery.sent_at)
        .join(Post, col(Post.answers_id) == Mention.id)
        .join(Delivery, col(Delivery.post_id) == Post.id)
        .where(*asked, col(Delivery.state).in_([DeliveryState.SENT, DeliveryState.RETRACTED]))
        .where(col(Delivery.sent_at) <= now)
    )
    written = await session.exec(
        select(Mention.id, Mention.written_at, reply.written_at)
        .join(reply, (col(reply.account_id) == Mention.account_id) & (col(reply.parent_id) == Mention.remote_id))
        .where(*asked, col(reply.own).is_(True), ~sent_by_loa(reply), reply.written_at <= now)
    )
    return response_times(
        (text or 0, at, replied) for text, at, replied in (*sent.all(), *written.all()) if replied is not None
    )


def _largest_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda c: (-c[1], c[0])))


async def _planned(session: AsyncSession, org: int, begin: datetime, end: datetime) -> list[Planned]:
    rows = await session.exec(
        select(Post.due_at, Post.title)
        .where(Post.organisation_id == org, col(Post.state).in_([PostState.SCHEDULED, PostState.APPROVED]))
        .where(col(Post.due_at) >= begin, col(Post.due_at) < end)
        .order_by(col(Post.due_at))
        .limit(10)
    )
    return [Planned(at, title) for at, title in rows.all() if at is not None]


def _languages(sources: Collection[_Source]) -> dict[str, int]:
    posts = {(s.post_id, s.language) for s in sources if s.post_id is not None and s.language != "vi"}
    return {tag: sum(language == tag for _, language in posts) for tag in sorted({tag for _, tag in posts})}
