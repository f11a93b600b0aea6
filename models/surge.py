"""More than usual is written in a topic, on an account or on a whole channel."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime


class SurgeOf(StrEnum):
    TOPIC = "topic"
    ACCOUNT = "account"
    CHANNEL = "channel"


class Surge(SQLModel, table=True):
    """One surge, from its first to its last hour above the usual. `name` is the field's code, the account's number or
    the channel's kind; `texts`, `people`, `usual` and `kinds` (texts by kind) are those of its strongest hour.
    `seldom_days`: chance alone brings such an hour once in so many days. `incident_id`: the texts of that incident
    explain it, so it is not told of by itself. Only counts: nobody's words."""

    __table_args__ = (sa.Index("surge_lately", "organisation_id", "last_at"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    kind: str
    name: str
    since: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    texts: int
    people: int
    usual: float
    seldom_days: float
    kinds: dict[str, int] = Field(default_factory=dict, sa_type=sa.JSON)
    incident_id: int | None = Field(default=None, foreign_key="incident.id", index=True)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
