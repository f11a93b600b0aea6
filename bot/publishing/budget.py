"""How much of each platform limit is used, shared by all processes, and spent by priority.

The channels tell what the platforms said (`Usage`); the book collects it and writes it down every few seconds. A claim
reserves what its send will cost, so that two processes cannot spend the same remainder, and routine work leaves a
share that only corrections may touch.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import Usage
from models.db import ROW, Database
from models.office import Account
from models.post import Priority
from models.queue import Budget, Purpose

ASK_AGAIN = timedelta(minutes=5)
"""When a budget that does not say when it is renewed is looked at again."""


class UsageBook:
    """Takes word of limits from channels and threads, and writes it to the `budget` table in one go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: list[tuple[int | None, Usage]] = []

    def tell(self, account_id: int | None, usage: Usage) -> None:
        """Keep one word for the next `flush`; never waits for anything."""
        with self._lock:
            self._heard.append((account_id, usage))

    async def flush(self, db: Database, now: datetime) -> int:
        """Write what was heard; return how many words. When the database is away they are kept for the next time."""
        with self._lock:
            heard, self._heard = self._heard, []
        if not heard:
            return 0
        try:
            async with db.write() as session:
                for key in sorted({usage.key for _, usage in heard}):  # one order for all: nobody stands in a circle
                    await _write(session, key, [(a, u) for a, u in heard if u.key == key], now)
        except BaseException:
            with self._lock:
                self._heard = heard + self._heard
            raise
        return len(heard)


async def _write(session: AsyncSession, key: str, heard: Sequence[tuple[int | None, Usage]], now: datetime) -> None:
    row = await session.get(Budget, key, with_for_update=ROW)
    for account_id, usage in heard:
        if row is None:
            row = Budget(key=key, account_id=account_id, unit=usage.unit, most=usage.most)
            session.add(row)
        row.renew(now)
        row.unit, row.most = usage.unit, usage.most
        if usage.used is not None:
            row.used, row.told_at = usage.used, now
        row.used += usage.spent
        row.resets_at = usage.resets_at or row.resets_at
        row.blocked_until = usage.blocked_until or row.blocked_until


@dataclass(frozen=True)
class Short:
    """A limit that does not allow a send now, and when to ask again."""

    key: str
    until: datetime


async def keep_budgets(session: AsyncSession, keys: Collection[str]) -> dict[str, Budget]:
    """Read these limits, as far as they were ever told of, and keep them until the transaction ends."""
    if not keys:
        return {}
    query = select(Budget).where(col(Budget.key).in_(keys)).order_by(col(Budget.key))  # one order for all
    return {row.key: row for row in (await session.exec(query.with_for_update(key_share=True))).all()}


def reserve(budgets: Mapping[str, Budget], costs: Mapping[str, float], priority: int, now: datetime) -> Short | None:
    """Take what a send costs out of its budgets, in the claim's own transaction; the first that is short otherwise.

    A limit that was never told of is spent freely: the platform will tell.
    """
    purpose = Purpose.URGENT if priority >= Priority.HOLDING else Purpose.ROUTINE
    bound = [budgets[key] for key in sorted(costs) if key in budgets]
    for row in bound:
        row.renew(now)
        if not row.allows(costs[row.key], purpose, now):
            return Short(row.key, _again(row, now))
    for row in bound:
        row.used += costs[row.key]
    return None


def _again(row: Budget, now: datetime) -> datetime:
    if row.blocked_until is not None and row.blocked_until > now:
        return row.blocked_until
    return min(row.resets_at, now + timedelta(hours=1)) if row.resets_at else now + ASK_AGAIN


async def budgets_of(session: AsyncSession, organisation_id: int) -> Sequence[Budget]:
    """Read the limits that bind this organisation's accounts, fullest first."""
    mine = select(Account.id).where(Account.organisation_id == organisation_id)
    query = select(Budget).where(sa.or_(col(Budget.account_id).in_(mine), col(Budget.account_id).is_(None)))
    return sorted((await session.exec(query)).all(), key=lambda b: b.used / b.most if b.most else 0, reverse=True)
