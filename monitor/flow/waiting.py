"""The texts that wait for their score, in the store. Any number of processes take from them, none the same twice.

What is taken is taken for a while: a process that dies gives its texts back by that. What fits into one round is taken
in order of time. When more waits (a flood, a long outage), the last hour comes first, thinned by `order`, and the rest
after it in order of time; all of it is counted meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import Database
from models.mention import Mention
from monitor.flow.order import Waiting, first_of_a_flood

ROUND: Final = 256
"""So many wordings are scored at a time."""
LOOKED_AT: Final = 1024
"""So many texts are looked at to choose from when more waits than a round."""
YOUNG: Final = timedelta(hours=1)
"""What is written lately can still become an alarm in time."""
TAKEN_FOR: Final = timedelta(seconds=60)
"""Much longer than a round takes; so long the texts of a process that died wait for another."""
LONG: Final = timedelta(minutes=5)
"""A text that waits longer than this may bring its alarm too late: that is said."""
IS_WAITING: Final = (col(Mention.scored_at).is_(None), col(Mention.deleted_at).is_(None), col(Mention.own).is_(False))
WAITS_FOR_CLAIM: Final = (
    col(Mention.scored_at).is_not(None),
    col(Mention.grouped_at).is_(None),
    col(Mention.deleted_at).is_(None),
)
"""Scored, and not yet put to its claim."""
LEAVES_CLAIM: Final = (
    col(Mention.deleted_at).is_not(None),
    col(Mention.text) != "",
    col(Mention.grouped_at).is_not(None),
    col(Mention.claim_id).is_not(None),
)
"""Deleted by its author since it was put to its claim. It stands there still by number, no more by its words."""


@dataclass(frozen=True)
class Backlog:
    """How many texts wait for their score, and since when the oldest of them is here; how many for their claim."""

    texts: int
    oldest: datetime | None
    ungrouped: int

    def age(self, now: datetime) -> timedelta:
        """How long the oldest has waited."""
        return max(now - self.oldest, timedelta(0)) if self.oldest is not None else timedelta(0)


async def backlog(session: AsyncSession, organisation_id: int | None = None) -> Backlog:
    """Count what waits, of one office or of all."""
    mine = () if organisation_id is None else (Mention.organisation_id == organisation_id,)
    scoring = select(sa.func.count(col(Mention.id)), sa.func.min(Mention.fetched_at)).where(*IS_WAITING, *mine)
    grouping = select(sa.func.count(col(Mention.id))).where(*WAITS_FOR_CLAIM, *mine)
    texts, oldest = (await session.exec(scoring)).one()
    return Backlog(texts, oldest, (await session.exec(grouping)).one())


async def take(db: Database, now: datetime) -> list[Waiting]:
    """Take the next texts to score; empty when none waits that is not taken."""
    free = (*IS_WAITING, or_(col(Mention.taken_until).is_(None), col(Mention.taken_until) <= now))
    async with db.read() as session:  # most looks end here, without a write
        if (await session.exec(select(Mention.id).where(*free).limit(1))).first() is None:
            return []
    async with db.write() as session:
        chosen = await _look(session, free, ROUND + 1)
        if len(chosen) > ROUND:
            young = await _look(session, (*free, Mention.written_at > now - YOUNG), LOOKED_AT, newest=True)
            first, known = first_of_a_flood(young, ROUND), {row.id for row in young}
            chosen = first + [row for row in chosen if row.id not in known][: max(0, ROUND - len(first))]
        mine = update(Mention).where(col(Mention.id).in_([row.id for row in chosen]))
        await session.exec(mine.values(taken_until=now + TAKEN_FOR))
    return sorted(chosen, key=lambda row: (row.written_at, row.id))


async def give_back(db: Database, rows: Sequence[Waiting]) -> None:
    """Let others take these: they could not be scored."""
    async with db.write() as session:
        mine = update(Mention).where(col(Mention.id).in_([row.id for row in rows]))
        await session.exec(mine.values(taken_until=None))


async def _look(
    session: AsyncSession, free: Sequence[sa.ColumnElement[bool] | bool], most: int, *, newest: bool = False
) -> list[Waiting]:
    """Texts by the time they were written, kept from other processes until the transaction ends."""
    keys = (col(Mention.written_at), col(Mention.id))
    query = select(Mention.id, Mention.text, Mention.item_id, Mention.written_at).where(*free)
    query = query.order_by(*[key.desc() if newest else key for key in keys]).limit(most)
    rows = (await session.exec(query.with_for_update(skip_locked=True))).all()
    return [Waiting(i or 0, text, item, at) for i, text, item, at in rows]
