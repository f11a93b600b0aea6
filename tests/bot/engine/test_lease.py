"""A role has one live holder: taken over soon after its death, and a holder that wakes up late does nothing."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from bot.engine import lease as leases
from bot.engine.lease import Lease, LeaseLost, Timing, run_single
from bot.parts import real_now
from models import system
from models.db import Database, DatabaseAway
from models.system import Heartbeat
from tests.conftest import FakeClock
from tests.databases import Postgres

LONG = Timing(ttl_s=60, renew_every_s=60, look_every_s=0.05)
"""Nothing ends by itself, however busy the machine is: a test says when the lease has ended."""
KEEN = Timing(ttl_s=60, renew_every_s=0.1, look_every_s=0.05)
SHORT = Timing(ttl_s=3, renew_every_s=0.15, look_every_s=0.05)
FROZEN = Timing(ttl_s=3, renew_every_s=0.75, look_every_s=0.25)
"""A quarter of the daemon's own, as is the server's patience. Who is frozen is followed within two such lives."""
PATIENCE = "&options=-c idle_in_transaction_session_timeout=2500ms"
ROOT = Path(__file__).parents[3]

Holder = Callable[..., Lease]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def holder(db: Database) -> Holder:
    """Makes one process's view of the same role."""

    def make(name: str, timing: Timing = LONG, now: Callable = real_now, on: Database = db) -> Lease:
        return Lease(on, "chat", holder=name, now=now, timing=timing)

    return make


class Steps:
    """Work that counts its steps by the fence it did them under."""

    def __init__(self) -> None:
        self.fences: list[int] = []
        self.ended = 0

    async def __call__(self, lease: Lease) -> None:
        try:
            while True:
                self.fences.append(lease.fence)
                await asyncio.sleep(0.005)
        finally:
            self.ended += 1

    async def under(self, fence: int) -> None:
        """Wait until a step was done under this fence."""
        await until(lambda: fence in self.fences)


async def until(true: Callable[[], bool], within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110  (some of what is waited for happens in another process)
            await asyncio.sleep(0.005)


async def end(db: Database, holder: str | None = None) -> None:
    """Let the lease have ended a moment ago, held by its holder or, meanwhile, by another."""
    async with db.write() as session:
        row = await session.get_one(system.Lease, "chat", with_for_update=True)
        row.expires_at = real_now() - timedelta(seconds=1)
        if holder is not None:
            row.holder, row.fence = holder, row.fence + 1


async def ends_at(db: Database) -> datetime:
    async with db.read() as session:
        return (await session.get_one(system.Lease, "chat")).expires_at


def freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand still past the lease's end, as this process sees it, until every timer of the work is due."""
    woken_at = leases._uptime() + LONG.ttl_s
    monkeypatch.setattr(leases, "_uptime", lambda: woken_at)
    time.sleep(0.05)


async def stop(*tasks: asyncio.Task) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_held_role_is_refused_and_a_released_one_taken_with_a_higher_fence(holder: Holder) -> None:
    one, other = holder("one"), holder("other")
    assert await one.acquire()
    assert not await other.acquire()
    assert await one.renew()
    await one.release()
    assert not one.held
    assert await other.acquire()
    assert (one.fence, other.fence) == (1, 2)
    assert not await one.renew()
    await one.release()
    assert await other.renew(), "who lost the role ends nobody else's hold"


async def test_a_dead_holder_is_followed_by_exactly_one(db: Database, holder: Holder) -> None:
    processes = [Database(db.url) for _ in range(5)]
    first = holder("first")
    assert await first.acquire()
    rivals = [holder(str(number), on=process) for number, process in enumerate(processes)]
    assert not any(await asyncio.gather(*(rival.acquire() for rival in rivals)))
    await end(db)
    got = await asyncio.gather(*(rival.acquire() for rival in rivals))
    assert sum(got) == 1
    assert rivals[got.index(True)].fence == first.fence + 1
    for process in processes:
        await process.close()


async def test_another_hosts_wrong_clock_takes_nothing(postgres_database: str) -> None:
    db = Database(postgres_database)
    one = Lease(db, "chat", holder="one", now=real_now)
    fast = Lease(db, "chat", holder="fast", now=lambda: real_now() + timedelta(hours=1))
    slow = Lease(db, "chat", holder="slow", now=lambda: real_now() - timedelta(hours=1))
    assert await one.acquire()
    assert not await fast.acquire()
    assert not await slow.acquire()
    await db.close()


async def test_a_clock_put_back_an_hour_keeps_nobody_out(sqlite_database: str, clock: FakeClock) -> None:
    db = Database(sqlite_database)
    dead, next_one = (Lease(db, "chat", holder=name, now=clock) for name in ("dead", "next"))
    assert await dead.acquire()
    clock.forward(seconds=11.9)
    assert not await next_one.acquire()
    clock.forward(hours=-1)
    assert await next_one.acquire()
    assert next_one.fence == 2
    await db.close()


async def test_what_is_guarded_is_stored_by_the_holder_alone(db: Database, holder: Holder) -> None:
    old, new = holder("old"), holder("new")

    async def write(lease: Lease) -> None:
        async with db.write() as session:
            await session.merge(Heartbeat(name="x", at=real_now(), detail={"by": lease.holder}))
            await lease.guard()(session)

    with pytest.raises(LeaseLost):
        await write(old)
    assert await old.acquire()
    await write(old)
    await end(db)
    assert await new.acquire()
    await write(new)
    with pytest.raises(LeaseLost, match="chat"):
        await write(old)
    async with db.read() as session:
        assert (await session.get_one(Heartbeat, "x")).detail == {"by": "new"}


async def test_what_a_lost_role_still_writes_is_not_stored(db: Database, holder: Holder) -> None:
    """In a task that the work began, which nobody looks at between two steps; not under the process's next hold either.
    What is true whoever plays the role is stored."""
    left: dict[str, tuple[asyncio.Event, asyncio.Task]] = {}
    fences = []

    async def write(name: str, go: asyncio.Event) -> None:
        await go.wait()
        async with db.write(fenced=name != "out") as session:
            session.add(Heartbeat(name=name, at=real_now()))

    async def work(lease: Lease) -> None:
        for name in ("held", "lost", "out") if not fences else ():
            go = asyncio.Event()
            left[name] = go, asyncio.create_task(write(name, go))
        fences.append(lease.fence)
        await asyncio.sleep(60)

    async def let(name: str) -> None:
        go, task = left[name]
        go.set()
        await task

    playing = asyncio.create_task(run_single(holder("first", KEEN), work))
    await until(lambda: len(left) == 3)
    await let("held")
    await end(db, "other")
    await until(lambda: fences == [1, 3])
    with pytest.raises(LeaseLost, match="chat"):
        await let("lost")
    await let("out")
    await stop(playing)
    async with db.read() as session:
        assert set((await session.exec(select(Heartbeat.name))).all()) == {"held", "out"}


async def test_nobody_takes_over_between_the_guard_and_the_commit(db: Database, holder: Holder) -> None:
    elsewhere = Database(db.url)
    old, new = holder("old"), holder("new", on=elsewhere)
    assert await old.acquire()
    await end(db)
    async with db.write() as session:
        await old.guard()(session)
        taking = asyncio.create_task(new.acquire())
        await asyncio.wait({taking}, timeout=0.3)
        assert not taking.done()
    assert await taking
    await elsewhere.close()


async def test_the_holders_own_guard_does_not_keep_it_from_renewing(postgres_database: str) -> None:
    db = Database(postgres_database)
    lease = Lease(db, "chat", holder="one", now=real_now)
    assert await lease.acquire()
    async with db.write() as session:
        await lease.guard()(session)
        assert await asyncio.wait_for(lease.renew(), 60)
    await db.close()


async def test_a_holder_that_stands_still_in_a_transaction_is_followed_all_the_same(postgres_database: str) -> None:
    db = Database(postgres_database)
    old, new = (Lease(db, "chat", holder=name, now=real_now) for name in ("old", "new"))
    assert await old.acquire()
    await end(db)
    with pytest.raises(DatabaseAway):
        async with db.write() as session:
            await session.exec(sa.text("SET LOCAL idle_in_transaction_session_timeout = '200ms'"))
            await old.guard()(session)
            assert await new.acquire()
    assert await new.renew()
    await db.close()


async def test_a_stopped_daemon_hands_its_role_on_at_once(holder: Holder) -> None:
    work, later = Steps(), Steps()
    first = asyncio.create_task(run_single(holder("first"), work))
    await work.under(1)
    second = asyncio.create_task(run_single(holder("second"), later))
    await asyncio.sleep(0.1)
    assert not later.fences
    await stop(first)
    assert work.ended == 1
    await later.under(2)
    await stop(second)
    assert set(work.fences) == {1}


async def test_a_holder_is_kept_as_long_as_it_lives(db: Database, holder: Holder) -> None:
    """Its end is pushed on again and again, in the database and as it sees it itself."""
    work, first, rival = Steps(), holder("first", KEEN), holder("rival", KEEN)
    playing = asyncio.create_task(run_single(first, work))
    await work.under(1)
    for _ in range(3):
        await end(db)
        renewed, until_then = await ends_at(db), first._until
        while await ends_at(db) == renewed or first._until == until_then:  # noqa: ASYNC110  (the row tells nobody)
            await asyncio.sleep(0.005)
        assert not await rival.acquire()
    assert work.ended == 0
    await stop(playing)


async def test_a_holder_that_lost_the_role_stops_and_waits_for_its_turn(db: Database, holder: Holder) -> None:
    work = Steps()
    playing = asyncio.create_task(run_single(holder("first", KEEN), work))
    await work.under(1)
    await end(db, "other")
    await until(lambda: work.ended == 1)
    await work.under(3)
    assert set(work.fences) == {1, 3}
    await stop(playing)


async def test_woken_after_a_freeze_the_work_does_not_take_one_more_step(
    db: Database, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop stands still past the lease's end: when it goes on, the work's own timer is due as well."""
    work = Steps()
    playing = asyncio.create_task(run_single(holder("first"), work))
    await work.under(1)
    freeze(monkeypatch)
    done = len(work.fences)
    await until(lambda: work.ended == 1)
    assert len(work.fences) == done
    await end(db)
    await work.under(2)
    assert work.fences[done:].count(1) == 0
    await stop(playing)


async def test_work_may_clean_up_in_peace_and_is_begun_anew(
    db: Database, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned, begun = [], []

    async def work(lease: Lease) -> None:
        begun.append(lease.fence)
        try:
            await asyncio.sleep(60)
        finally:
            for _ in range(3):
                await asyncio.sleep(0.01)
            cleaned.append(lease.fence)

    playing = asyncio.create_task(run_single(holder("first", KEEN), work))
    await until(lambda: begun == [1])
    freeze(monkeypatch)
    await end(db)
    await until(lambda: begun == [1, 2])
    assert cleaned == [1]
    await stop(playing)
    assert cleaned == [1, 2]


async def test_work_that_ends_or_fails_gives_the_role_back(holder: Holder) -> None:
    async def done(lease: Lease) -> None:
        await asyncio.sleep(0)

    async def broken(lease: Lease) -> None:
        raise ZeroDivisionError

    await run_single(holder("one"), done)
    with pytest.raises(ZeroDivisionError):
        await run_single(holder("other"), broken)
    assert await holder("third").acquire()


async def test_work_stops_while_the_database_is_away_and_goes_on_after(
    postgres: Postgres, postgres_database: str
) -> None:
    db, work = Database(postgres_database), Steps()
    lease = Lease(db, "chat", holder="one", now=real_now, timing=SHORT)
    playing = asyncio.create_task(run_single(lease, work))
    await work.under(1)
    try:
        await asyncio.to_thread(postgres.stop)
        await until(lambda: work.ended == 1)
        assert not lease.held
    finally:
        await asyncio.to_thread(postgres.start)
    await work.under(2)
    await stop(playing)
    await db.close()


@pytest.mark.slow
@pytest.mark.parametrize("freeze", [signal.SIGUSR1, signal.SIGUSR2], ids=["between steps", "in a transaction"])
async def test_a_frozen_process_is_followed_in_time_and_does_nothing_when_it_wakes(
    postgres_database: str, tmp_path: Path, freeze: signal.Signals
) -> None:
    db, work, file = Database(postgres_database), Steps(), tmp_path / "steps"
    file.touch()
    module = "tests.bot.engine.lease_child"
    arguments = (postgres_database + PATIENCE, str(file), str(FROZEN.ttl_s))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    try:
        await until(lambda: "1" in file.read_text().split())
        rival = asyncio.create_task(run_single(Lease(db, "chat", holder="b", now=real_now, timing=FROZEN), work))
        child.send_signal(freeze)
        frozen_at = time.monotonic()
        await work.under(2)
        assert time.monotonic() - frozen_at < 2 * FROZEN.ttl_s
        done = file.read_text()
        assert set(done.split()) == {"1"}

        child.send_signal(signal.SIGCONT)
        await asyncio.sleep(FROZEN.ttl_s / 2)
        assert file.read_text() == done

        await stop(rival)  # it was awake and willing all the time
        await until(lambda: "3" in file.read_text().split())
        assert set(file.read_text().removeprefix(done).split()) == {"3"}
        child.stdin.close()
        assert await asyncio.wait_for(child.wait(), 60) == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        await db.close()
