"""Roles that one process at a time plays (polling the chat, the weekly summary, refreshing accounts).

A lease is a row with an end. Its holder pushes the end on; whoever finds it past takes the role over with a higher
fence. Ends are judged by the database's clock on PostgreSQL, since hosts' clocks differ, and by ours on SQLite, where
all share one machine.

Three things keep a holder that was frozen, or cut off from the database, from acting beside its successor: it stops
by its own uptime before the lease can end; its work is looked at before every step, so that nothing of it goes on
after a freeze; and every transaction of the work, and of the tasks that it starts, is refused by `guard` once another
holds the role, also when the freeze fell between the look and the commit.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import Clock
from models import system
from models.db import FENCE, Database, DatabaseAway, LastAct, UtcDateTime

log = structlog.get_logger()

TROUBLE = (DatabaseAway, sa.exc.SQLAlchemyError, TimeoutError)
"""What a database may raise while it restarts, is full or busy."""


class LeaseLost(Exception):
    """Another process plays this role now: whatever was begun in it must not be stored."""


@dataclass(frozen=True)
class Timing:
    """After the holder's death the role is taken over within `ttl_s + look_every_s`."""

    ttl_s: float = 12.0
    renew_every_s: float = 3.0
    look_every_s: float = 1.0

    @property
    def give_up_s(self) -> float:
        """So long after the last renewal the holder stops by itself, ahead of the end, to have time to stop."""
        return self.ttl_s * 5 / 6


class Lease:
    """One process's hold on a role. `fence` is the number of its last hold, 0 before the first."""

    def __init__(self, db: Database, name: str, *, holder: str, now: Clock, timing: Timing | None = None) -> None:
        self.name, self.holder, self.fence = name, holder, 0
        self.timing = timing or Timing()
        self._db, self._now = db, now
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether the role is surely ours, as far as can be told without asking the database."""
        return self.left_s > 0

    @property
    def left_s(self) -> float:
        """Seconds until the holder must stop if it cannot renew."""
        return self._until - _uptime()

    async def acquire(self) -> bool:
        """Take the role if nobody holds it. Each take-over has a higher fence than all before."""
        asked = _uptime()
        async with self._db.read() as session:  # most looks end here, without a write
            taken = select(system.Lease.name).where(system.Lease.name == self.name, sa.not_(self._ended()))
            if (await session.exec(taken)).first() is not None:
                return False
        async with self._db.write() as session:
            # Waits for whoever is between `guard` and commit; the holder's own renewals do not.
            await session.exec(select(system.Lease.name).where(system.Lease.name == self.name).with_for_update())
            row = (await session.exec(self._take_over())).first()
        if row is None:
            return False
        self.fence, self._until = row[0], asked + self.timing.give_up_s
        return True

    async def renew(self) -> bool:
        """Push the end on. False when another has taken over: then this hold is lost for good."""
        asked = _uptime()
        ours = await self._set_end(self.timing.ttl_s)
        self._until = asked + self.timing.give_up_s if ours else 0.0
        return ours

    async def release(self) -> None:
        """End the hold, so that another need not wait. The row stays: it keeps the fence growing."""
        self._until = 0.0
        if self.fence:
            await self._set_end(0)

    def guard(self) -> LastAct:
        """Return what lets a transaction be stored only while the role is held as it is now; it raises `LeaseLost`.

        Until the transaction ends nobody can take over. A hold whose end is past counts while nobody took over: the
        fence tells.
        """
        mine = select(system.Lease.name).where(*self._mine()).with_for_update(read=True, key_share=True)

        async def ask(session: AsyncSession) -> None:
            if (await session.exec(mine)).first() is None:
                raise LeaseLost(self.name)

        return ask

    def _mine(self) -> tuple[sa.ColumnElement[bool], ...]:
        row = system.Lease
        return col(row.name) == self.name, col(row.holder) == self.holder, col(row.fence) == self.fence

    def _ended(self) -> sa.ColumnElement[bool]:
        """The end is past; or further off than anyone may set it, which means that the clock was put back since."""
        end = col(system.Lease.expires_at)
        return sa.or_(end <= self._time(0), end > self._time(self.timing.ttl_s))

    def _time(self, ahead_s: float) -> sa.ColumnElement[Any]:
        span = timedelta(seconds=ahead_s)
        if self._db.is_sqlite:
            return sa.literal(self._now() + span, UtcDateTime())
        return sa.func.clock_timestamp(type_=UtcDateTime()) + sa.literal(span, sa.Interval())

    async def _set_end(self, ahead_s: float) -> bool:
        async with self._db.write() as session:
            statement = update(system.Lease).where(*self._mine()).values(expires_at=self._time(ahead_s))
            return bool((await session.exec(statement)).rowcount)

    def _take_over(self) -> ReturningInsert[int]:
        insert = sqlite.insert if self._db.is_sqlite else postgresql.insert
        end = self._time(self.timing.ttl_s)
        first = insert(system.Lease).values(name=self.name, holder=self.holder, fence=1, expires_at=end)
        return first.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": self.holder, "fence": col(system.Lease.fence) + 1, "expires_at": end},
            where=self._ended(),
        ).returning(col(system.Lease.fence))


Work = Callable[[Lease], Coroutine[Any, Any, None]]


async def run_single(lease: Lease, work: Work) -> None:
    """Run `work(lease)` only while the role is held: cancelled when it is lost, begun anew when it is held again.

    Returns when the work does and raises what it raises. However this ends, the work is over and the role released
    before. Tasks that the work starts by itself are not watched, but fenced as the work is: what they write is refused
    once the role is lost.
    """
    try:
        while True:
            await _wait_for_role(lease)
            log.info("role_taken", role=lease.name, fence=lease.fence)
            if await _work_while_held(lease, work):
                return
            log.warning("role_lost", role=lease.name, fence=lease.fence)
    finally:
        try:
            await lease.release()
        except TROUBLE as error:  # the lease ends by itself
            log.warning("role_not_released", role=lease.name, error=type(error).__name__)


async def _wait_for_role(lease: Lease) -> None:
    trouble = ""
    while True:
        try:
            if await lease.acquire():
                return
            trouble = ""
        except TROUBLE as error:
            if not trouble:
                log.warning("role_not_asked", role=lease.name, error=type(error).__name__)
            trouble = type(error).__name__
        await asyncio.sleep(lease.timing.look_every_s)


async def _work_while_held(lease: Lease, work: Work) -> bool:
    """True when the work came to its own end, False when the role was lost."""
    watched = _Watched(lease, work(lease))
    keeper = asyncio.create_task(_keep(lease), name=f"{lease.name} lease")
    try:
        await asyncio.wait({watched.task, keeper}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        keeper.cancel()
        await watched.stop()
        await asyncio.wait({keeper})
    if not keeper.cancelled():
        keeper.result()
    if watched.task.cancelled():
        return False
    try:
        watched.task.result()
    except LeaseLost:
        return False
    return True


async def _keep(lease: Lease) -> None:
    """Renew until the role is lost: taken by another, or not renewed in time."""
    while lease.held:
        await asyncio.sleep(min(lease.timing.renew_every_s, lease.left_s))
        try:
            async with asyncio.timeout(lease.left_s):
                await lease.renew()
        except TROUBLE as error:
            log.warning("role_not_renewed", role=lease.name, left_s=round(lease.left_s, 1), error=type(error).__name__)


class _Watched:
    """Work that goes on only while the role is held, decided before each of its steps.

    Cancelling it from another task would not do: after a freeze the loop may wake the work first.
    """

    def __init__(self, lease: Lease, work: Coroutine[Any, Any, None]) -> None:
        self._lease, self._work = lease, work
        self._told = False  # once it was told to stop, its cleaning up goes on undisturbed
        self.task = asyncio.create_task(self._run(), name=lease.name)

    async def stop(self) -> None:
        """Cancel the work and wait until it is over."""
        self._told = True
        self.task.cancel()
        await asyncio.wait({self.task})
        self._work.close()  # if it was not even begun

    async def _run(self) -> None:
        FENCE.set(self._lease.guard())
        await self

    def __await__(self) -> Generator[Any, None, None]:
        error: BaseException | None = None
        try:
            while True:
                if error is None and not self._told and not self._lease.held:
                    self._told, error = True, asyncio.CancelledError()
                waits_for = self._work.send(None) if error is None else self._work.throw(error)
                error = None
                try:
                    yield waits_for
                except BaseException as thrown:  # noqa: BLE001  (it is the work's to handle, whatever it is)
                    error = thrown
        except StopIteration:
            return


def _uptime() -> float:
    """Seconds that no set clock changes and that a machine's sleep counts in."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
