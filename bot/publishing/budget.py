"""How much of each platform limit is used, shared by all processes, and spent by priority.

The channels tell what the platforms said (`Usage`); the book collects it and writes it down every few seconds, and
before the end of a call is written down. A claim reserves what its send may cost: the costs stand on the delivery and
count as long as its call is in flight, so two processes cannot spend the same remainder, and what ends the call, a
crash too, gives back what was not used. Routine work leaves a share that only corrections may touch.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import Usage
from models.db import Database
from models.delivery import Delivery
from models.office import Account, Organisation
from models.post import Priority
from models.queue import Budget, Purpose
from models.states import DeliveryState

log = structlog.get_logger()

ASK_AGAIN = timedelta(minutes=5)
"""When a budget that does not say when it is renewed is looked at again."""
FLIGHT = timedelta(seconds=10)
"""When one is looked at again whose remainder is only reserved: calls end soon, and may not have taken it."""
CHAT = "telegram:chat:"
"""How the key of a chat's limit begins: Telegram tells only when it refuses, and until when."""


class UsageBook:
    """Takes word of limits from channels and threads, and writes it to the `budget` table in one go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writing = asyncio.Lock()
        self._in_vain = 0
        self._heard: list[tuple[int | None, Usage]] = []

    def tell(self, account_id: int | None, usage: Usage) -> None:
        """Keep one word for the next `flush`; never waits for anything."""
        with self._lock:
            self._heard.append((None if usage.shared else account_id, usage))

    async def flush(self, db: Database, now: datetime) -> int:
        """Write what was heard; return how many words. What was told before the call is stored after it, whoever wrote
        it. When the database is away the words are kept for the next time."""
        async with self._writing:
            return await self._flush(db, now)

    async def flush_if_can(self, db: Database, now: datetime) -> None:
        """Write what was heard, as far as that is possible now: nothing else waits for it in vain, nor one after the
        other while the database is away."""
        before = self._in_vain
        async with self._writing:
            if self._in_vain != before:  # somebody just tried
                return
            try:
                await self._flush(db, now)
            except Exception:
                self._in_vain += 1
                log.exception("budgets_not_written")

    async def _flush(self, db: Database, now: datetime) -> int:
        with self._lock:
            heard, self._heard = self._heard, []
        if not heard:
            return 0
        try:
            async with db.write(fenced=False) as session:  # it was used, whoever plays which role by now
                await _write(session, heard, now)
        except BaseException:
            with self._lock:
                self._heard = heard + self._heard
            raise
        return len(heard)


async def _write(session: AsyncSession, heard: Sequence[tuple[int | None, Usage]], now: datetime) -> None:
    newest = {usage.key: (account_id, usage) for account_id, usage in heard}
    rows = await _keep(session, newest)
    if new := sorted(newest.keys() - rows.keys()):
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        first = [Budget(key=key, unit=newest[key][1].unit, most=0.0).model_dump() for key in new]
        await session.exec(insert(Budget).values(first).on_conflict_do_nothing(index_elements=["key"]))
        rows = await _keep(session, newest)
    for account_id, usage in heard:
        row = rows[usage.key]
        row.renew(now)
        row.account_id, row.unit, row.most = account_id, usage.unit, usage.most
        if usage.used is not None:
            row.used, row.told_at = usage.used, now
        row.used += usage.spent
        row.resets_at = usage.resets_at or row.resets_at
        if usage.blocked_until is not None:
            row.blocked_until, row.told_at = usage.blocked_until, now


async def _keep(session: AsyncSession, keys: Collection[str]) -> dict[str, Budget]:
    """Read these limits, as far as they were ever told of, and keep them until the transaction ends."""
    query = select(Budget).where(col(Budget.key).in_(keys)).order_by(col(Budget.key))  # one order for all
    return {row.key: row for row in (await session.exec(query.with_for_update(key_share=True))).all()}


@dataclass(frozen=True)
class Short:
    """A limit that does not allow a send now, and when to ask again. `blocked`: it allows nothing, no correction
    either."""

    key: str
    until: datetime
    blocked: bool


@dataclass(frozen=True)
class Ledger:
    """Limits that are kept until the transaction ends, with what calls in flight may take of each."""

    budgets: Mapping[str, Budget]
    reserved: dict[str, float]

    def reserve(self, costs: Mapping[str, float], priority: int, now: datetime) -> Short | None:
        """Reserve what a send costs; the first limit that is short otherwise. The caller writes `costs` down on the
        delivery. A limit that was never told of is spent freely: the platform will tell."""
        purpose = Purpose.URGENT if priority >= Priority.HOLDING else Purpose.ROUTINE
        for row in (self.budgets[key] for key in sorted(costs) if key in self.budgets):
            cost, reserved = costs[row.key], self.reserved.get(row.key, 0.0)
            if not row.allows(cost + reserved, purpose, now):
                in_flight = row.allows(cost, purpose, now)
                return Short(row.key, now + FLIGHT if in_flight else _again(row, now), row.blocked(now))
        for key, cost in costs.items():
            self.reserved[key] = self.reserved.get(key, 0.0) + cost
        return None


async def open_ledger(session: AsyncSession, costs: Sequence[Mapping[str, float]], now: datetime) -> Ledger:
    """Keep the limits that these sends count against. What others reserved is read once they are kept, so nobody
    reserves between that and the end of the transaction."""
    keys = {key for each in costs for key in each}
    budgets = await _keep(session, keys) if keys else {}
    reserved: dict[str, float] = {}
    if any(cost and key in budgets for each in costs for key, cost in each.items()):
        in_flight = select(Delivery.costs).where(
            Delivery.state == DeliveryState.SENDING, col(Delivery.call_deadline) > now
        )
        for held in (await session.exec(in_flight)).all():
            for key, cost in held.items():
                reserved[key] = reserved.get(key, 0.0) + cost
    return Ledger(budgets, reserved)


def _again(row: Budget, now: datetime) -> datetime:
    if row.blocked_until is not None and row.blocked_until > now:
        return row.blocked_until
    return min(row.resets_at, now + timedelta(hours=1)) if row.resets_at else now + ASK_AGAIN


async def blocked_chats(session: AsyncSession, now: datetime) -> set[str]:
    """Return the chats that Telegram takes no message for just now."""
    query = select(Budget.key).where(col(Budget.key).startswith(CHAT), col(Budget.blocked_until) > now)
    return {key.removeprefix(CHAT) for key in (await session.exec(query)).all()}


async def budgets_of(session: AsyncSession, organisation_id: int, now: datetime) -> Sequence[Budget]:
    """Read the limits that bind this organisation's accounts and chat, fullest first."""
    mine = select(Account.id).where(Account.organisation_id == organisation_id)
    chat = select(CHAT + col(Organisation.duty_chat)).where(Organisation.id == organisation_id).scalar_subquery()
    shared = sa.and_(
        col(Budget.account_id).is_(None), sa.or_(~col(Budget.key).startswith(CHAT), col(Budget.key) == chat)
    )
    found = (await session.exec(select(Budget).where(sa.or_(col(Budget.account_id).in_(mine), shared)))).all()
    return fullest_first(found, now)


def fullest_first(budgets: Iterable[Budget], now: datetime) -> list[Budget]:
    """As people read them: what refuses, then what is nearly used up. Pure."""
    return sorted(budgets, key=lambda b: (b.blocked(now), b.share_at(now)), reverse=True)
