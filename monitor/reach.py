"""The weekly reach of an office, honestly: pure computations over figures that were read (domain brief 8 and 9).

Rules kept here: people are never added over channels, days or posts; what is missing is said and never counted as
zero; two definitions of one metric are never compared; a small change or few posts get no arrow.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from channels.errors import Told
from monitor.response import ResponseTimes

POPULATION = 101_000_000
"""Nobody can have reached more people than there are (about, 2026)."""
SMALL_CHANGE = 0.10
FEW_POSTS = 5
BASE_WEEKS = 4
WHOLE_WEEK = (0, 1, 2, 3, 4, 5, 6)
TET = (date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 2))
"""First days of the lunar year in Viet Nam: a week near one is no week like others. Extend by the official calendar."""


class Verdict(StrEnum):
    """How a week's figure stands against another."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    FEW = "few"
    NEW = "new"
    BREAK = "break"
    NOT_KNOWN = "na"


@dataclass(frozen=True)
class Value:
    """One figure of one week. `value` None: not known. `definition`: whose counting.

    `weekdays` are the days it covers (0 Monday): a platform that reports days late covers the first ones only, and such
    a figure is held against the same days of other weeks. `partial`: something is missing within what it covers.
    """

    value: int | None
    unit: str
    definition: str = ""
    partial: bool = False
    weekdays: Sequence[int] = WHOLE_WEEK

    @property
    def complete(self) -> bool:
        """True when it is known and stands for the whole week."""
        return self.value is not None and not self.partial and len(self.weekdays) == 7


@dataclass(frozen=True)
class Compared:
    """A week's figure beside last week and the median of the four weeks before. `weeks`: oldest first."""

    now: Value
    before: Value | None
    base: float | None
    posts: int
    weeks: Sequence[Value] = ()

    @property
    def verdict(self) -> Verdict:
        """What may be said about the change against last week."""
        return judge(self.now, self.before, self.posts)

    @property
    def base_verdict(self) -> Verdict:
        """What may be said about the change against the four-week median."""
        if self.base is None:
            return Verdict.NOT_KNOWN
        usual = Value(round(self.base), self.now.unit, self.now.definition, weekdays=self.now.weekdays)
        return judge(self.now, usual, self.posts)

    @property
    def change(self) -> float | None:
        """Relative change against last week; None where nothing may be compared."""
        return _change(self.now, self.before.value, self.verdict) if self.before else None

    @property
    def base_change(self) -> float | None:
        """Relative change against the four-week median; None where nothing may be compared."""
        return _change(self.now, self.base, self.base_verdict)


def _change(now: Value, other: float | None, verdict: Verdict) -> float | None:
    if now.value is None or not other or verdict not in (Verdict.UP, Verdict.DOWN, Verdict.SAME):
        return None
    return now.value / other - 1


def judge(now: Value, before: Value | None, posts: int) -> Verdict:
    """Return what may be said: nothing across definitions or other days, no arrow for small changes or few posts."""
    if now.value is None or before is None or before.value is None:
        return Verdict.NOT_KNOWN
    if now.definition != before.definition:
        return Verdict.BREAK
    if now.partial or before.partial or tuple(now.weekdays) != tuple(before.weekdays):
        return Verdict.NOT_KNOWN
    if before.value == 0:
        return Verdict.NEW if now.value else Verdict.SAME
    if posts < FEW_POSTS:
        return Verdict.FEW
    change = now.value / before.value - 1
    if abs(change) < SMALL_CHANGE:
        return Verdict.SAME
    return Verdict.UP if change > 0 else Verdict.DOWN


def compare(weeks: Sequence[Value], posts: int) -> Compared:
    """Compare the last of `weeks` (oldest first) with the one before and the median of the four before it."""
    now, earlier = weeks[-1], weeks[:-1]
    like = [
        v.value
        for v in earlier[-BASE_WEEKS:]
        if v.value is not None
        and not v.partial
        and v.definition == now.definition
        and tuple(v.weekdays) == tuple(now.weekdays)
    ]
    base = statistics.median(like) if len(like) == BASE_WEEKS else None
    return Compared(now, earlier[-1] if earlier else None, base, posts, tuple(weeks))


def week_total(
    days: Mapping[date, int | None],
    monday: date,
    unit: str,
    definition: str,
    *,
    weekdays: Sequence[int] = WHOLE_WEEK,
) -> Value:
    """Add one definition's daily occurrences over a week (or some weekdays of it); days that are not there make it
    partial, never smaller in silence. With no day at all the value is not known."""
    known = [v for i in weekdays if (v := days.get(monday + timedelta(days=i))) is not None]
    if not known:
        return Value(None, unit, definition, weekdays=tuple(weekdays))
    return Value(sum(known), unit, definition, partial=len(known) < len(weekdays), weekdays=tuple(weekdays))


@dataclass(frozen=True)
class PostFigures:
    """One post of the week and its newest figures; None where the platform does not say."""

    title: str
    channel: str
    reach: int | None = None
    views: int | None = None
    engagement: int | None = None
    link: str = ""


@dataclass(frozen=True)
class ChannelWeek:
    """One account's week. `missing` says in words why a figure is not there.

    `reach_to` is the last of the seven days `reach` covers, where it is not Sunday. `engagement_of` names what
    `engagement` adds; `engagement_partial` says that some posts have no figures.
    """

    channel: str
    name: str
    posts: int
    followers: int | None
    reach: Compared | None
    views: Compared | None
    engagement: int | None
    certainty: int  # 3 official API, 2 partial, 1 estimate, 0 not measured
    missing: Told | None = None
    reach_to: date | None = None
    engagement_of: Sequence[str] = ()
    engagement_partial: bool = False

    @property
    def main(self) -> Compared | None:
        """The figure that stands for the channel: people where the platform counts them, else views."""
        for found in (self.reach, self.views):
            if found is not None and found.now.value is not None:
                return found
        return None


@dataclass(frozen=True)
class IncidentLine:
    """One incident in the office's own words; what citizens wrote is not repeated. Times in minutes since the alarm."""

    code: str
    field: str
    level: str
    state: str
    opened_at: datetime
    ack_min: float | None = None
    correction_min: float | None = None
    correction: str = ""  # title of our own correction


@dataclass(frozen=True)
class IncidentFigures:
    """What happened with alarms: counts (false alarms apart) and median minutes; None where nothing was timed."""

    incidents: int = 0
    false_alarms: int = 0
    ack_min: float | None = None
    correction_min: float | None = None
    lines: Sequence[IncidentLine] = ()


@dataclass(frozen=True)
class Planned:
    """A post that is to go out next week."""

    at: datetime
    title: str


@dataclass(frozen=True)
class WeekSummary:
    """Everything the summary shows, channel by channel; rendering adds no figure of its own.

    `posts` counts each approved post once; `history` of them were found on a channel and not sent by Loa. `by_kind` and
    `by_field` sort citizens' texts as the model proposes. `languages` counts posts that are not in Vietnamese.
    """

    week: str
    monday: date
    posts: int
    channels: Sequence[ChannelWeek]
    top: Sequence[PostFigures]
    incidents: IncidentFigures
    mentions: int
    by_field: Mapping[str, int] = field(default_factory=dict)
    by_kind: Mapping[str, int] = field(default_factory=dict)
    planned: Sequence[Planned] = ()
    languages: Mapping[str, int] = field(default_factory=dict)
    history: int = 0
    until: datetime | None = None  # figures as they stood then
    answers: ResponseTimes | None = None  # to the week's comments; None: nothing was answered

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return self.monday + timedelta(days=6)

    @property
    def reached(self) -> list[ChannelWeek]:
        """The channels that say how many people they reached."""
        return [c for c in self.channels if c.reach is not None and c.reach.now.value is not None]

    @property
    def people(self) -> tuple[int, int] | None:
        """At least and at most so many people over the channels that say: never their sum as a total. None: nobody
        knows. Where another channel does not say, the upper end holds for the `reached` ones alone."""
        known = [c.reach.now.value for c in self.reached if c.reach is not None and c.reach.now.value is not None]
        if not known:
            return None
        return max(known), min(sum(known), max(POPULATION, *known))

    @property
    def incomplete(self) -> bool:
        """True when a channel's figures are missing or partial."""
        return any(c.certainty < 3 for c in self.channels)

    @property
    def near_tet(self) -> bool:
        """True when the lunar new year lies in or right beside the week: no week to compare with."""
        return any(self.monday - timedelta(days=7) <= day <= self.sunday + timedelta(days=7) for day in TET)


def top_posts(posts: Sequence[PostFigures], most: int = 5) -> list[PostFigures]:
    """The posts seen most, ranked within each channel only: people and views of two platforms are no one ranking.

    The channels take turns until `most` are found; the answer is grouped by channel, in the order they first come.
    """
    queues: dict[str, list[PostFigures]] = {}
    for post in posts:
        if post.reach is not None or post.views is not None:
            queues.setdefault(post.channel, []).append(post)
    for queue in queues.values():
        by_reach = all(p.reach is not None for p in queue)
        queue.sort(key=lambda p: ((p.reach if by_reach else p.views) or 0, p.views or 0), reverse=True)
    take = dict.fromkeys(queues, 0)
    for turn in range(most):
        for channel, queue in queues.items():
            if turn < len(queue) and sum(take.values()) < most:
                take[channel] += 1
    return [post for channel, queue in queues.items() for post in queue[: take[channel]]]


_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def monday_of(week: str) -> date:
    """The Monday of an ISO week such as 2026-W47. Raises `ValueError` with what to write."""
    found = _WEEK.fullmatch(week)
    if not found:
        raise ValueError("write the week as 2026-W47")
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise ValueError(f"there is no week {week}") from None


def week_of(day: date) -> str:
    """The ISO week a day lies in: 2026-W47."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"


def name_of_week(monday: date, language: str = "vi") -> str:
    """Tuần 47 (16/11–22/11/2026)."""
    sunday = monday + timedelta(days=6)
    number = monday.isocalendar()[1]
    if language == "vi":
        return f"Tuần {number} ({monday:%d/%m}–{sunday:%d/%m/%Y})"
    return f"Week {number} ({monday.day} {monday:%b} – {sunday.day} {sunday:%b %Y})"
