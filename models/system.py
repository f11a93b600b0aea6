"""What the daemon remembers about itself: leases, heartbeats, summaries that were sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UniqueConstraint

from models.db import UtcDateTime


class Lease(SQLModel, table=True):
    """A role that has one live holder. `fence` grows with every take-over, so a frozen holder can be told."""

    name: str = Field(primary_key=True)
    holder: str
    fence: int = 1
    expires_at: datetime = Field(sa_type=UtcDateTime)


class Heartbeat(SQLModel, table=True):
    """When a loop last turned; the newest tells from when the office was blind after a crash."""

    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class LastingKey(SQLModel, table=True):
    """A key that stays the same when the secret key is changed (authors' hashes, addresses of media), sealed."""

    name: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=sa.LargeBinary)


class Summary(SQLModel, table=True):
    """One issued weekly summary. The figures are kept, so an old week shows the same numbers again."""

    __table_args__ = (UniqueConstraint("organisation_id", "week", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    week: str  # 2026-W47
    version: int = 1
    issued_at: datetime = Field(sa_type=UtcDateTime)
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
