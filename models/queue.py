"""What the queue obeys beside each delivery's own row: holds, posting slots, recurring posts, budgets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import UtcDateTime


class HoldScope(StrEnum):
    """What one hold stops. A single post is held by its own state, an account by its status."""

    EVERYTHING = "everything"
    ORGANISATION = "organisation"
    CHANNEL = "channel"
    TOPIC = "topic"


class Hold(SQLModel, table=True):
    """One row stops everything in its scope before the next send, until a person releases it.

    `key` is the channel kind or the topic code. `organisation_id` None: every organisation of the installation.
    """

    id: int | None = Field(default=None, primary_key=True)
    scope: str
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    key: str = ""
    reason: str
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    placed_by: int | None = Field(default=None, foreign_key="person.id")  # None: an incident placed it
    placed_at: datetime = Field(sa_type=UtcDateTime)
    released_by: int | None = Field(default=None, foreign_key="person.id")
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class Slot(SQLModel, table=True):
    """A time of the week at which a channel posts: `weekday` 0 is Monday, `minute` counts from midnight local time."""

    __table_args__ = (UniqueConstraint("organisation_id", "channel", "weekday", "minute"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    channel: str
    weekday: int
    minute: int


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class SourceGone(StrEnum):
    """Why Loa itself ends a recurring post: what became of the post that is copied."""

    TAKEN_BACK = "taken_back"  # cancelled or retracted
    CORRECTED = "corrected"


class Recurrence(SQLModel, table=True):
    """Makes copies of a post again and again; each copy is approved like any post.

    `weekday` counts for weekly ones (0 is Monday), `day` for monthly ones (31: the last day). `next_at` is the due time
    of the copy that is made next, `ahead_h` hours before it. `ended_for`: a `SourceGone`, or empty where a person or
    the date ended it. `failing_since`: from when on its copy could not be made.
    """

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    post_id: int = Field(foreign_key="post.id")
    every: str = Every.WEEK
    weekday: int = 0
    day: int = 1
    minute: int = 480
    ahead_h: int = 48
    next_at: datetime = Field(sa_type=UtcDateTime, index=True)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_by: int | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_for: str = ""
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Purpose(StrEnum):
    """What a part of a budget is spent on, in rising priority."""

    READ = "read"
    ROUTINE = "routine"
    URGENT = "urgent"


SHARE = {Purpose.READ: 0.75, Purpose.ROUTINE: 0.9, Purpose.URGENT: 1.0}
"""Up to which part of a limit each purpose may spend: reading stops first, the last tenth is for corrections."""


class Budget(SQLModel, table=True):
    """How much of one platform limit is used, as the platform itself told or as we counted since.

    `key` names the limit ("facebook:page:1001", "youtube:units:900-app"). `used` and `most` are in `unit`; the count
    starts anew at `resets_at`. `most` 0: the platform never tells how much there is, only that it is used up. Until
    `blocked_until` it refuses whatever counts against this limit. `account_id` None: several accounts share it.
    """

    key: str = Field(primary_key=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    unit: str
    used: float = 0.0
    most: float
    resets_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    blocked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # None: counted by us, never told

    def renew(self, now: datetime) -> None:
        """Begin the count anew when its time is over."""
        if self.resets_at is not None and self.resets_at <= now:
            self.used, self.resets_at = 0.0, None

    def blocked(self, now: datetime) -> bool:
        """Say whether the platform refuses what counts against this limit. Pure."""
        return self.blocked_until is not None and self.blocked_until > now

    def used_at(self, now: datetime) -> float:
        """How much is used of the count that runs now. Pure."""
        return 0.0 if self.resets_at is not None and self.resets_at <= now else self.used

    def share_at(self, now: datetime) -> float:
        """Which part of the limit is used, 0 where nobody knows how much there is. Pure."""
        return self.used_at(now) / self.most if self.most else 0.0

    def allows(self, cost: float, purpose: Purpose, now: datetime) -> bool:
        """Say whether so much may be spent on this now, beside what is used. Pure."""
        if self.blocked(now):
            return False
        return not self.most or self.used_at(now) + cost <= self.most * SHARE[purpose]


async def short_of(session: AsyncSession, costs: Mapping[str, float], purpose: Purpose, now: datetime) -> Budget | None:
    """The fullest of the limits that do not allow so much now; None when all do. One never told of is free."""
    rows = (await session.exec(select(Budget).where(col(Budget.key).in_(costs)))).all() if costs else []
    short = [row for row in rows if not row.allows(costs[row.key], purpose, now)]
    return max(short, key=lambda row: row.share_at(now), default=None)
