"""What is usual, counted from the store: the texts of four weeks, by office, channel and hour.

The store counts, since they may be hundreds of thousands; and it counts anew only when a channel that was just
connected has brought its past, which is stored but never scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import Database
from models.mention import Mention
from models.office import Organisation
from monitor.spikes import Baseline

USUAL_FROM: Final = timedelta(days=28)
"""How far back texts are counted: the four weeks that say what is usual."""
AGAIN_AFTER: Final = timedelta(minutes=1)
"""A channel's past comes in many parts; it is counted anew no more often than this."""
_NEVER_SCORED: Final = (col(Mention.scored_at).is_not(None), Mention.model == "", col(Mention.own).is_(False))
"""Texts too old to be scored when they came."""


class History:
    """Counts the past once, and again when there is more of it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._looked_to = 0
        self._not_before: datetime | None = None

    async def count_new(self, now: datetime) -> Mapping[int, Baseline]:
        """Return what is usual in each office when texts of the past came since it was counted, else nothing."""
        if self._not_before is not None and now < self._not_before:
            return {}
        self._not_before = now + AGAIN_AFTER
        async with self._db.read() as session:
            newest = await _newest(session)
            more = select(Mention.id).where(col(Mention.id) > self._looked_to, *_NEVER_SCORED).limit(1)
            if (await session.exec(more)).first() is not None:
                return await self.count(session, now)
            self._looked_to = newest
        return {}

    async def count(self, session: AsyncSession, now: datetime) -> Mapping[int, Baseline]:
        """Return what is usual in each office."""
        self._looked_to, self._not_before = await _newest(session), now + AGAIN_AFTER
        hour = _hour(self._db)
        query = (
            select(Mention.organisation_id, Mention.channel, hour, sa.func.count())
            .where(
                col(Mention.scored_at).is_not(None), col(Mention.own).is_(False), Mention.written_at >= now - USUAL_FROM
            )
            .group_by(col(Mention.organisation_id), col(Mention.channel), hour)
            .order_by(hour)
        )
        offices = (await session.exec(select(Organisation.id, Organisation.zone))).all()
        baselines = {office or 0: Baseline(ZoneInfo(zone)) for office, zone in offices}
        for office, channel, at, texts in (await session.exec(query)).all():
            baselines[office].count(channel, datetime.fromtimestamp(at * 3600, UTC), texts)
        return baselines


async def _newest(session: AsyncSession) -> int:
    return (await session.exec(select(sa.func.max(Mention.id)))).one() or 0


def _hour(db: Database) -> sa.ColumnElement[int]:
    """The hour in which a text was written, counted from 1970."""
    at = col(Mention.written_at)
    seconds = sa.func.strftime("%s", at) if db.is_sqlite else sa.func.floor(sa.extract("epoch", at))
    return sa.cast(seconds, sa.BigInteger).op("/")(sa.literal_column("3600"))
