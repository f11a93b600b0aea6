"""Figures read from the platforms, kept with name, definition, unit and fetch time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime


class Reading(SQLModel, table=True):
    """One figure at one time. `value` None means the platform did not say; it is never written as zero.

    `unit` is people or occurrences. `definition` is the platform's own name with its version, so a change of
    definition is a new series. `day` (ISO date) is set for daily and weekly account figures.
    """

    __table_args__ = (sa.Index("reading_series", "account_id", "delivery_id", "metric", "fetched_at"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    delivery_id: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    item_id: str = ""
    metric: str
    value: int | None = Field(default=None, sa_type=sa.BigInteger)
    unit: str
    definition: str
    period: str = "lifetime"
    day: str = ""
    fetched_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ReadingGap(SQLModel, table=True):
    """An account could not be read from then until then: what its hours brought is not known."""

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime, index=True)


class ChannelItem(SQLModel, table=True):
    """A post of ours found on the platform that Loa did not send (history): what readings and comments hang on."""

    __table_args__ = (sa.UniqueConstraint("account_id", "remote_id"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    remote_id: str
    title: str = ""
    text: str = ""
    permalink: str = ""
    published_at: datetime = Field(sa_type=UtcDateTime)
    next_metrics_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_comments_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    comments_read_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    comments_whole_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when all were read, from the first
