"""What is usual, counted from the store: the texts of four weeks, by office, channel, account, topic and hour.

The store counts, since they may be hundreds of thousands; and it counts anew only when a channel that was just
connected has brought its past, which is stored but never scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db import Database
from models.mention import Mention
from models.office import Account, Organisation
from models.reading import ReadingGap
from monitor.collect import GAP
from monitor.spikes import Baseline, account_key, topic_key

USUAL_FROM: Final = timedelta(days=28)
"""How far back texts are counted: the four weeks that say what is usual."""
AGAIN_AFTER: Final = timedelta(minutes=1)
"""A channel's past comes in many parts; it is counted anew no more often than this."""
_NEVER_SCORED: Final = (col(Mention.scored_at).is_not(None), Mention.model == "", col(Mention.own).is_(False))
"""Texts too old to be scored when they came."""


class History:
    """Counts the past once, and again when there is more of it."""

    def __init__(self, db: Database, days_off: Collection[date] = ()) -> None:
        self._db, self._days_off = db, days_off
        self._looked_to = self._gaps_to = 0
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
            select(Mention.account_id, Mention.field, hour, sa.func.count())
            .where(
                col(Mention.scored_at).is_not(None), col(Mention.own).is_(False), Mention.written_at >= now - USUAL_FROM
            )
            .group_by(col(Mention.account_id), Mention.field, hour)
        )
        offices = (await session.exec(select(Organisation.id, Organisation.zone))).all()
        baselines = {office or 0: Baseline(ZoneInfo(zone), self._days_off) for office, zone in offices}
        self._gaps_to = 0
        await self._tell_gaps(session, baselines, now)
        accounts = {a.id: a for a in (await session.exec(select(Account))).all()}
        counts = Counter[tuple[int, int, str]]()
        for account_id, field, at, texts in (await session.exec(query)).all():
            account = accounts[account_id]
            topic = (topic_key(field),) if field else ()  # what was never scored has none
            for key in (account.kind, account_key(account_id), *topic):
                counts[at, account.organisation_id, key] += texts
        for at, office, key in sorted(counts):
            baselines[office].count(key, datetime.fromtimestamp(at * 3600, UTC), counts[at, office, key])
        return baselines

    async def tell_gaps(self, baselines: Mapping[int, Baseline], now: datetime) -> None:
        """Tell what is usual of the hours in which an account could not be read, as they come."""
        async with self._db.read() as session:
            await self._tell_gaps(session, baselines, now)

    async def _tell_gaps(self, session: AsyncSession, baselines: Mapping[int, Baseline], now: datetime) -> None:
        """Tell what is usual of the hours in which an account could not be read, as far as it was not told yet. What
        cannot be read now is asked first: who can be read again meanwhile has left a gap that is seen below."""
        await _tell_unread(session, baselines, now)
        query = (
            select(ReadingGap, Account)
            .join(Account, col(Account.id) == ReadingGap.account_id)
            .where(col(ReadingGap.id) > self._gaps_to, ReadingGap.until >= now - USUAL_FROM)
            .order_by(col(ReadingGap.id))
        )
        for gap, account in (await session.exec(query)).all():
            self._gaps_to = gap.id or 0
            if account.organisation_id in baselines:
                for key in (account.kind, account_key(gap.account_id)):
                    baselines[account.organisation_id].gap(key, gap.since, gap.until)


async def _tell_unread(session: AsyncSession, baselines: Mapping[int, Baseline], now: datetime) -> None:
    """Accounts that could be read once and cannot be now, each with the series of its whole channel."""
    query = select(Account).where(col(Account.read_at) < now - GAP).order_by(col(Account.read_at).desc())
    unread: dict[int, dict[str, datetime]] = {office: {} for office in baselines}
    for account in (await session.exec(query)).all():  # the longest last, which is what stands for the channel
        assert account.read_at is not None, "asked for"
        for key in (account.kind, account_key(account.id or 0)):
            unread.setdefault(account.organisation_id, {})[key] = account.read_at
    for office, baseline in baselines.items():
        baseline.unread = unread[office]


async def _newest(session: AsyncSession) -> int:
    return (await session.exec(select(sa.func.max(Mention.id)))).one() or 0


def _hour(db: Database) -> sa.ColumnElement[int]:
    """The hour in which a text was written, counted from 1970."""
    at = col(Mention.written_at)
    seconds = sa.func.strftime("%s", at) if db.is_sqlite else sa.func.floor(sa.extract("epoch", at))
    return sa.cast(seconds, sa.BigInteger).op("/")(sa.literal_column("3600"))
