"""Whose word reaches many at once: the press, and big public pages. The office keeps the list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime


class OutletKind(StrEnum):
    PRESS = "press"
    PAGE = "page"


class Outlet(SQLModel, table=True):
    """A newspaper or a public page by the id it writes under on one channel. `followers` of a page are those of the day
    it was listed: platforms do not tell them of strangers. What no longer holds is retired, never deleted."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    channel: str
    remote_id: str
    name: str
    kind: str
    followers: int | None = Field(default=None, sa_type=sa.BigInteger)
    added_at: datetime = Field(sa_type=UtcDateTime)
    added_by_id: int | None = Field(default=None, foreign_key="person.id")
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
