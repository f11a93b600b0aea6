"""What Telegram told the duty chat's bot: on the disk first, then worked, each update once.

Polled or called with, an update takes the same way. Its number is kept for a week, so one that comes again (a call
whose answer was lost, a poll that nobody confirmed, a change from one way to the other) is passed over, also after a
restart. What an update makes Loa store says in the same commit that the update is worked: a process that dies in
between leaves both or neither.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.vault import WrongKey
from channels.hooks import Unreadable, unpacked
from models.db import FENCE
from models.webhook import ChatUpdate

log = structlog.get_logger()

AT_ONCE: Final = 50
BODY_LIVES: Final = timedelta(hours=24)
"""Telegram keeps an update no longer either."""
NUMBER_LIVES: Final = timedelta(days=7)
KEY_WAIT: Final = timedelta(minutes=5)
"""While the secret key is changed another host may know it already and this one not yet."""
TIDY_EVERY: Final = timedelta(minutes=1)
RING: Final = "update"
UNREADABLE: Final = "unreadable"
_LARGEST: Final = 2**63 - 1
Work = Callable[[Mapping[str, Any]], Awaitable[str]]
"""Works an update; returns what went wrong, empty when nothing did. Raises `Unreadable`; what else it raises leaves the
update waiting."""


@dataclass(frozen=True)
class Arrived:
    """An update: whose, its number, its sealed body, and when it came."""

    bot: str
    update_id: int
    sealed: bytes
    at: datetime


def number_of(body: bytes) -> int | None:
    """The number of the update that these bytes are; None when they are none. Total."""
    try:
        number = unpacked(body).get("update_id")
    except Unreadable:
        return None
    return number if type(number) is int and 0 <= number <= _LARGEST else None


async def keep_updates(session: AsyncSession, arrived: Sequence[Arrived]) -> Sequence[None]:
    """Store each update once; one that came before is left as it is."""
    rows = [
        {
            "bot": one.bot, "update_id": one.update_id, "sealed": one.sealed, "received_at": one.at, "due_at": one.at,
            "problem": "",
        }
        for one in arrived
    ]  # fmt: skip
    connection = await session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    await connection.execute(insert(ChatUpdate).on_conflict_do_nothing(index_elements=["bot", "update_id"]), rows)
    return [None] * len(rows)


class Inbox:
    """The updates of one bot. `turn()` works those that wait, in the order of their numbers."""

    def __init__(self, parts: Parts, bot: str, work: Work) -> None:
        self._parts, self._bot, self._work = parts, bot, work
        self._tidy_at: datetime | None = None

    async def turn(self) -> int:
        """Work what waits; return how many updates that were."""
        done = 0
        while waiting := await self._waiting():
            for row in waiting:
                await self._work_one(row)
            done += len(waiting)
        await self._tidy()
        return done

    async def _waiting(self) -> Sequence[ChatUpdate]:
        async with self._parts.db.read() as session:
            due = (ChatUpdate.bot == self._bot, col(ChatUpdate.due_at) <= self._parts.now())
            rows = await session.exec(select(ChatUpdate).where(*due).order_by(col(ChatUpdate.update_id)).limit(AT_ONCE))
            return rows.all()

    async def _work_one(self, row: ChatUpdate) -> None:
        try:
            told = unpacked(self._parts.vault.open_bytes(row.sealed))
            with self._worked_with_what_is_stored(row):
                problem = await self._work(told)
        except Unreadable:
            problem = UNREADABLE
        except WrongKey:
            log.error("chat_update_wrong_key", update=row.update_id)
            await self._put_off(row)
            return
        async with self._parts.db.write() as session:
            await self._done(session, row, problem)

    async def _put_off(self, row: ChatUpdate) -> None:
        later = update(ChatUpdate).where(col(ChatUpdate.id) == row.id)
        async with self._parts.db.write() as session:
            await session.exec(later.values(due_at=self._parts.now() + KEY_WAIT, problem="wrong_key"))

    @contextmanager
    def _worked_with_what_is_stored(self, row: ChatUpdate) -> Iterator[None]:
        """Let every commit in here say that the update is worked."""
        fence = FENCE.get()

        async def ask(session: AsyncSession) -> None:
            if fence is not None:
                await fence(session)
            await self._done(session, row, "")

        before = FENCE.set(ask)
        try:
            yield
        finally:
            FENCE.reset(before)

    async def _done(self, session: AsyncSession, row: ChatUpdate, problem: str) -> None:
        done = update(ChatUpdate).where(col(ChatUpdate.id) == row.id)
        now = self._parts.now()
        await session.exec(done.values(due_at=None, worked_at=now, sealed=b"", problem=problem))

    async def _tidy(self) -> None:
        """Delete what has had its time."""
        now = self._parts.now()
        if self._tidy_at is not None and now < self._tidy_at:
            return
        self._tidy_at = now + TIDY_EVERY
        old = (col(ChatUpdate.received_at) < now - BODY_LIVES, col(ChatUpdate.due_at).is_not(None))
        async with self._parts.db.write() as session:
            await session.exec(update(ChatUpdate).where(*old).values(due_at=None, sealed=b"", problem="too_old"))
            await session.exec(delete(ChatUpdate).where(col(ChatUpdate.received_at) < now - NUMBER_LIVES))
