"""The audit log: append-only, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """Who did what to which thing. `detail` never holds secrets or citizens' texts."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    user_id: int | None = Field(default=None, foreign_key="person.id")
    action: str
    subject: str = Field(index=True)  # "post:12"
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    previous: str = ""
    hash: str = ""

    def digest(self) -> str:
        """SHA-256 over the previous hash and this entry's own words."""
        words = [
            self.previous,
            self.at.isoformat(),
            self.organisation_id,
            self.user_id,
            self.action,
            self.subject,
            self.detail,
        ]
        return hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


async def record(
    session: AsyncSession,
    *,
    at: datetime,
    action: str,
    subject: str,
    organisation_id: int | None = None,
    user_id: int | None = None,
    **detail: Any,
) -> None:
    """Append an entry in the caller's transaction: the deed and its record are committed together."""
    last = (await session.exec(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1))).first()
    entry = AuditEntry(
        at=at,
        organisation_id=organisation_id,
        user_id=user_id,
        action=action,
        subject=subject,
        detail=detail,
        previous=last or "",
    )
    entry.hash = entry.digest()
    session.add(entry)
    await session.flush()


async def first_broken(session: AsyncSession) -> int | None:
    """Return the id of the first entry that does not fit the chain, or None when all do."""
    previous = ""
    for entry in (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all():
        if entry.previous != previous or entry.hash != entry.digest():
            return entry.id
        previous = entry.hash
    return None
