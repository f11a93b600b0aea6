"""The process that is killed: the daemon's engine over the real store and adapters, until nothing is left to do.

    python -m tests.crash.child

Importing everything takes seconds, dying does not: one process imports, reads jobs line by line from stdin, and forks
a child for each. It answers with two lines a job: the child's process id, and how the child ended (0, or a signal).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import event
from sqlmodel import col, select

from bot.background import Background
from bot.engine import distributed
from bot.engine.base import GROUP
from bot.engine.choose import open_engine
from bot.parts import Parts
from bot.publishing.settle import inherit
from bot.settings import read_settings
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from models.delivery import Delivery
from models.states import DeliveryState
from monitor.scoring import open_scorer
from tests.crash.clock import SharedClock
from tests.databases import without_waiting_for_the_disk

BEFORE_COMMIT, AFTER_COMMIT = "before commit", "after commit"
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.CHECKING)
_MOVES = re.compile(r"\s*(INSERT INTO|UPDATE) (delivery|attempt)\b(?! SET nudged_at)")
LIFE_S = 240.0
"""Real seconds after which a child that should have finished is called stuck."""
_IDLE = timedelta(seconds=1)
_SCORER = open_scorer("lexical")


@dataclass(frozen=True)
class Job:
    """One life: what `Settings` are read from, where the clock and the log are, and at which commit to die."""

    settings: Mapping[str, Any]
    clock: str
    log: str
    commits: str
    die: str = ""
    nth: int = 0

    def line(self) -> bytes:
        """As it goes through the pipe."""
        return json.dumps(asdict(self)).encode() + b"\n"


class Commits:
    """Counts the commits that move a delivery, and dies right before or right after the nth."""

    def __init__(self, db: Database, job: Job) -> None:
        self._job, self._count, self._moved = job, 0, set[int]()
        engine = db.engine.sync_engine
        self._commit = engine.dialect.do_commit
        engine.dialect.do_commit = self._do_commit  # type: ignore[method-assign]
        event.listen(engine, "before_cursor_execute", self._statement)

    def _statement(self, connection: sa.Connection, cursor: Any, statement: str, *_: Any) -> None:
        if _MOVES.match(statement):
            self._moved.add(id(connection.connection.dbapi_connection))

    def _do_commit(self, raw: Any) -> None:
        moved = id(raw.dbapi_connection) in self._moved
        self._moved.discard(id(raw.dbapi_connection))
        self._count += moved
        last = moved and self._count == self._job.nth
        if last and self._job.die == BEFORE_COMMIT:
            os.kill(os.getpid(), signal.SIGKILL)
        self._commit(raw)
        if last and self._job.die == AFTER_COMMIT:
            os.kill(os.getpid(), signal.SIGKILL)

    def tell(self) -> None:
        """Leave the count behind, for whoever wants to know how many there are to die at."""
        Path(self._job.commits).write_text(str(self._count))


async def live(job: Job) -> None:
    """Deliver until nothing is open."""
    # As quick as the clock: what is left of a dead process is found in a second instead of eight.
    distributed.FEED_S, distributed.AGAIN = 0.05, timedelta(seconds=0.05)
    distributed.HEARTBEAT_S, distributed.STALLED_S, distributed.SWEEP_S = 0.2, 1.0, 0.2
    settings = read_settings(_env_file=None, **job.settings)
    assert settings.secret_key is not None
    clock, background = SharedClock(Path(job.clock)), Background()
    async with AsyncExitStack() as stack:
        db = Database(settings.database)
        stack.push_async_callback(db.close)
        door = await stack.enter_async_context(Door())
        parts = Parts(settings, db, Vault(settings.secret_key.get_secret_value()), door, clock, _SCORER)
        engine = open_engine(parts, background)
        parts.nudge = engine.nudge
        await engine.open()
        commits = Commits(db, job)
        if db.is_sqlite:  # as the daemon does
            await inherit(parts)
        await engine.start()
        await pace(parts, background, clock)
        await engine.stop(10)
        await background.drain("loop", 0)
        commits.tell()


async def pace(parts: Parts, background: Background, clock: SharedClock) -> None:
    """Step the clock to the next thing to do whenever nothing is in flight; end when nothing is left to do."""
    query = select(sa.func.min(Delivery.next_at)).where(col(Delivery.state).in_(OPEN))
    while True:
        await asyncio.sleep(0.02)
        if background.count(GROUP):
            continue
        async with parts.db.read() as session:
            at = (await session.exec(query)).one()
        if at is None:
            return
        if not background.count(GROUP):
            clock.move_to(max(at, clock() + _IDLE))
            parts.bell.ring("delivery")


def _be(job: Job) -> None:
    """What the forked child does, and nothing after it."""
    log = os.open(job.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    code = 1
    try:
        asyncio.run(asyncio.wait_for(live(job), LIFE_S))
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Fork a child a line, one at a time."""
    without_waiting_for_the_disk()
    for line in sys.stdin:
        job = Job(**json.loads(line))
        child = os.fork()
        if not child:
            _be(job)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
