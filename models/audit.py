"""The audit log: append-only, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import AdvisoryLock, UtcDateTime, before_commit
from models.office import Organisation, User

_WAITING = "loa_audit_waiting"


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
            self.at.astimezone(UTC).isoformat(),
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
    """Append an entry in the caller's transaction: the deed and its record are committed together.

    The entry gets its place in the chain, and can be read, only when the `write()` block ends.
    """
    waiting: list[AuditEntry] | None = session.info.get(_WAITING)
    if waiting is None:
        before_commit(session, _chain)
        waiting = session.info[_WAITING] = []
    waiting.append(
        AuditEntry(
            at=at, organisation_id=organisation_id, user_id=user_id, action=action, subject=subject, detail=detail
        )
    )


async def _chain(session: AsyncSession) -> None:
    """Put the transaction's entries at the end of the chain.

    On PostgreSQL two transactions would read the same end and fork the chain, so one at a time does this and
    commits. It is done last, with every row that it touches locked before: who waits for the chain's lock never has
    to wait for a row afterwards, which rules out a deadlock.
    """
    entries: list[AuditEntry] = session.info[_WAITING]
    await _lock_named_rows(session, entries)
    await AdvisoryLock.AUDIT.take(await session.connection())
    end = (await session.exec(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1))).first()
    previous = end or ""
    for entry in entries:
        entry.previous = previous
        previous = entry.hash = entry.digest()
    session.add_all(entries)
    await session.flush()


async def _lock_named_rows(session: AsyncSession, entries: list[AuditEntry]) -> None:
    """Take now the locks on organisations and people that the foreign keys would take at the insert."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for column, ids in (
        (col(Organisation.id), {e.organisation_id for e in entries}),
        (col(User.id), {e.user_id for e in entries}),
    ):
        if known := ids - {None}:
            named = select(column).where(column.in_(known)).order_by(column)
            await session.exec(named.with_for_update(read=True, key_share=True))


async def first_broken(session: AsyncSession) -> int | None:
    """Return the id of the first entry that does not fit the chain, or None when all do."""
    previous = ""
    for entry in (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all():
        if entry.previous != previous or entry.hash != entry.digest():
            return entry.id
        previous = entry.hash
    return None
