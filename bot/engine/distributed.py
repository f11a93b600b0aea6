"""The distributed engine: Procrastinate on the app's own PostgreSQL, any number of daemons.

A job is a nudge: it carries a delivery's id, is written in the transaction that makes the delivery due, and may come
twice or late without harm, since the row is asked. Far deliveries stay in their table; each daemon's feeder makes jobs
of what is due (jobs waiting for a far time would slow down every fetch). What a dead daemon held is swept up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
import structlog
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.background import Background, keep_up
from bot.engine.base import GROUP, LOOP, Engine, next_due_s
from bot.engine.carrier import Carrier
from bot.engine.jobs import QUEUE, apply_schema, forget, is_waiting, make_app
from bot.loops import Loop
from bot.parts import Parts
from bot.publishing.claim import claimable
from bot.publishing.settle import look_due, overdue
from channels.registry import CHANNELS
from models.db import UtcDateTime
from models.delivery import Delivery
from models.office import Account
from models.post import Post

log = structlog.get_logger()

BATCH: Final = 500
FEED_S: Final = 1.0
AGAIN: Final = timedelta(seconds=1)
"""A delivery is not nudged more often than this, however many daemons feed."""
HEARTBEAT_S, STALLED_S, SWEEP_S = 2.0, 6.0, 2.0
"""To be kept together: a dead daemon's jobs are swept up after at most `STALLED_S + SWEEP_S`."""
WORKER_GONE_TURNS: Final = 10
JOBS_AT_ONCE: Final = 4
"""A job only claims, and one at a time does; the next ones are fetched meanwhile."""


class WorkerGone(Exception):
    """This daemon's worker does not come up; what it feeds is carried out by others only."""


class DistributedEngine(Engine):
    """One feeder, one worker and one sweep a daemon; they meet in the database."""

    def __init__(self, parts: Parts, background: Background) -> None:
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._parts, self._background = parts, background
        self._taking = asyncio.Lock()
        self._room = asyncio.Event()
        self._carrier = Carrier(parts, background, self._room.set)
        self._app, self._nudge = make_app(parts.db, self._job)
        self._feeder = Loop(parts, LOOP, self._feed_turn, every_s=FEED_S)
        self._sweeper = Loop(parts, "sweep", self._sweep, every_s=SWEEP_S)
        self._worker: Worker | None = None
        self._working: asyncio.Task[Any] | None = None
        self._turns_without_worker = 0
        self._closing = False

    async def open(self) -> None:
        """Make Procrastinate's tables, or bring them up to date; of several daemons one does it."""
        await apply_schema(self._parts.db)

    async def start(self) -> None:
        """Begin to feed, work and sweep."""
        self._working = self._background.spawn(keep_up("worker", self._work), name="worker")
        for loop in (self._feeder, self._sweeper):
            self._background.spawn(keep_up(loop.name, loop.run), name=loop.name)

    async def stop(self, grace_s: float) -> None:
        """Stop the worker first, so that nothing more is claimed; what is in flight goes on beside it."""
        clock = asyncio.get_running_loop().time
        until = clock() + grace_s
        self._closing = True
        self._room.set()
        for loop in (self._feeder, self._sweeper):
            loop.end()
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait({self._working}, timeout=grace_s)
        await self._background.drain(GROUP, until - clock())

    async def nudge(self, session: AsyncSession, delivery_ids: Sequence[int]) -> None:
        """Make jobs of those that are due, in the caller's transaction; the feeder takes the others in time."""
        await session.flush()
        await self._tell(session, col(Delivery.id).in_(delivery_ids))

    async def drain(self) -> None:
        """Feed and work until nothing is due and nothing is in flight."""
        await self._app.open_async()
        try:
            async with self._parts.db.read() as session:
                begun_at = (await session.exec(select(sa.func.clock_timestamp(type_=UtcDateTime())))).one()
            await self.feed(told_before=begun_at)
            while True:
                await self._make_worker(wait=False).run()  # type: ignore[no-untyped-call]
                if not await self.feed(told_before=begun_at):
                    if self._carrier.idle:
                        return
                    await self._background.wait_for_any(GROUP)
        finally:
            await self._app.close_async()

    # -- the feeder ---------------------------------------------------------------------------------------------

    async def feed(self, *, told_before: datetime | None = None) -> int:
        """Make jobs of what is due now and has none; return how many. Safe on all daemons at once.

        What was told just now is not told again: since a second, or not since `told_before` by the database's clock.
        """
        nudged = col(Delivery.nudged_at)
        before = sa.func.clock_timestamp() - sa.literal(AGAIN, sa.Interval())
        quiet = nudged < (before if told_before is None else told_before)
        async with self._parts.db.write() as session:
            return await self._tell(session, sa.or_(nudged.is_(None), quiet))

    async def _feed_turn(self) -> None:
        if await self.feed() == BATCH:
            self._feeder.ring()
        elif (left_s := await next_due_s(self._parts, FEED_S)) is not None:
            asyncio.get_running_loop().call_later(left_s, self._feeder.ring)
        if self._carrier.room <= 0:  # jobs wait for room; what is urgent has places beyond
            await self._forget(await self._carrier.turn())
        alive = self._worker is not None and self._worker.worker_id is not None
        self._turns_without_worker = 0 if alive else self._turns_without_worker + 1
        if self._turns_without_worker > WORKER_GONE_TURNS:
            raise WorkerGone

    async def _tell(self, session: AsyncSession, which: sa.ColumnElement[bool]) -> int:
        """Write the jobs on the session's own connection: they are there if and only if it commits."""
        query = (
            select(Delivery.id, Delivery.priority)
            .where(which, _due(self._parts), ~is_waiting(col(Delivery.id)))
            .order_by(col(Delivery.priority).desc(), col(Delivery.due_at), col(Delivery.id))
            .limit(BATCH)
            .with_for_update(of=Delivery, key_share=True, skip_locked=True)
        )
        rows = (await session.exec(query)).all()
        if not rows:
            return 0
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        await self._nudge(raw, [(delivery_id or 0, priority) for delivery_id, priority in rows])
        await session.exec(
            update(Delivery)
            .where(col(Delivery.id).in_([delivery_id for delivery_id, _ in rows]))
            .values(nudged_at=sa.func.clock_timestamp(type_=UtcDateTime()))
            .execution_options(synchronize_session=False)
        )
        return len(rows)

    # -- the worker ---------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        """One life of the worker; a restart of the database ends it, `keep_up` begins the next."""
        try:
            await self._app.open_async()
            self._worker = self._make_worker(wait=True)
            await self._worker.run()  # type: ignore[no-untyped-call]
        finally:
            self._worker = None
            await self._app.close_async()
        if not self._closing:
            raise WorkerGone

    def _make_worker(self, *, wait: bool) -> Worker:
        # Jobs end with the worker at once, deliveries do not: see `_job`. Whoever drains waits for them instead.
        return Worker(
            self._app,
            queues=[QUEUE],
            name=self._parts.process,
            concurrency=JOBS_AT_ONCE,
            wait=wait,
            fetch_job_polling_interval=FEED_S,
            shutdown_graceful_timeout=0 if wait else None,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=STALLED_S,
        )

    async def _job(self, delivery_id: int) -> None:
        """What a job does. It is a task of ours: a worker that ends with its database connection, or is told to stop,
        must not tear a claim in half. The delivery itself goes on beside it."""
        await asyncio.wait({self._background.spawn(self._take(delivery_id), name=f"job {delivery_id}", group=GROUP)})

    async def _take(self, delivery_id: int) -> None:
        """Claim all that is due as far as there is room, or at least this one; look at it if that is what is due.

        One claim for many is what makes a burst quick; the jobs of the others are taken back.
        """
        async with self._taking:
            if self._carrier.carries(delivery_id) or not await self._wait_for_room():
                return
            taken = await self._carrier.take()
            await self._forget(taken)
            if delivery_id in taken or not await self._wait_for_room():
                return
            if not await self._carrier.take(only=delivery_id):
                for found in await overdue(self._parts, 1, only=delivery_id):
                    self._carrier.look(found)

    async def _forget(self, taken: Sequence[int]) -> None:
        if taken:
            async with self._parts.db.write() as session:
                await forget(session, taken)

    async def _wait_for_room(self) -> bool:
        """Wait until one more may be started; False when none may because the engine stops."""
        while self._carrier.room <= 0 and not self._closing:
            self._room.clear()
            await self._room.wait()
        return not self._closing

    # -- the sweep ----------------------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """Free what a dead or frozen daemon held: its jobs run again here or elsewhere."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_S):
            try:
                await manager.retry_job(job)
            except ConnectorException as error:  # another daemon was first
                log.info("job_not_freed", job=job.id, error=str(error.__cause__))
            else:
                log.warning("job_freed", job=job.id, **job.task_kwargs)


def _due(parts: Parts) -> sa.ColumnElement[bool]:
    """Deliveries to be sent or looked at now. Of an account that needs a pause between two sends, only the first."""
    now = parts.now()
    spaced = [kind for kind, channel in CHANNELS.items() if channel.limits.spacing_s]
    order = (col(Delivery.priority).desc(), col(Delivery.due_at), col(Delivery.id))
    place = sa.func.row_number().over(partition_by=col(Delivery.account_id), order_by=order)
    to_send = (
        select(col(Delivery.id).label("id"), col(Delivery.channel).label("channel"), place.label("place"))
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(*claimable(now))
        .subquery()
    )
    to_look_at = select(Delivery.id).join(Account, col(Account.id) == Delivery.account_id).where(*look_due(now))
    first = select(to_send.c.id).where(sa.or_(to_send.c.channel.not_in(spaced), to_send.c.place == 1))
    return sa.or_(col(Delivery.id).in_(first), col(Delivery.id).in_(to_look_at))
