"""Reading the channels: comments, inbox messages and figures, at the cadence each post deserves.

Masking happens here, before anything is stored. A channel that cannot be read is a gap that is said, never a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import Can, Channel, Clock, Comment, Metric
from channels.errors import AuthLost, ChannelError
from models.audit import record
from models.db import Database
from models.delivery import Delivery
from models.mention import Mention
from models.office import Account, AccountStatus
from models.reading import ChannelItem, Reading
from models.states import DeliveryState
from monitor.cadence import next_look_at
from monitor.masking import mask
from monitor.text import clean

log = structlog.get_logger()

OVERLAP = timedelta(minutes=10)
"""Platforms list late: every read goes back this far before the newest text that is already stored."""
BACKFILL = timedelta(weeks=5)
UNSCORED_AFTER = timedelta(hours=24)
"""History older than this feeds the baseline by its counts only; scoring it would cost minutes and alarm nobody."""
KEY_PERIOD_DAYS = 30
"""Author hashes change their key every 30 days, so nobody can be followed for long."""


@dataclass(frozen=True)
class Collected:
    """What one turn brought."""

    mentions: int = 0
    readings: int = 0
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Source:
    """Something whose comments and figures are read: a delivery of ours, or an item found on the channel."""

    row: type[Delivery] | type[ChannelItem]
    id: int
    remote_id: str
    published_at: datetime
    read_to: datetime | None
    delivery_id: int | None


class Collector:
    """Reads every connected account. `open_channel` and `hash_author` come from the daemon, which holds the secrets."""

    def __init__(
        self,
        db: Database,
        *,
        open_channel: Callable[[Account], Channel],
        hash_author: Callable[[str, str, int], str],
        now: Clock,
    ) -> None:
        self._db, self._open, self._hash, self._now = db, open_channel, hash_author, now

    async def turn(self) -> Collected:
        """Read what is due on every account; one account's trouble never stops another."""
        async with self._db.read() as session:
            accounts = (await session.exec(select(Account).where(Account.status != AccountStatus.LOST))).all()
        mentions = readings = 0
        failed: list[str] = []
        for account in accounts:
            try:
                got = await self._read_account(account)
            except AuthLost as error:
                failed.append(account.name)
                await self._lost(account, error)
            except ChannelError as error:
                failed.append(account.name)
                log.warning("read_failed", account=account.id, channel=account.kind, code=error.code)
            else:
                mentions, readings = mentions + got.mentions, readings + got.readings
        return Collected(mentions, readings, tuple(failed))

    async def _read_account(self, account: Account) -> Collected:
        channel, now = self._open(account), self._now()
        readings = 0
        if account.backfilled_at is None:
            readings += await self._backfill(account, channel, now)
        inbox = await channel.read_inbox(account.read_at - OVERLAP if account.read_at else now - BACKFILL)
        mentions = await self._store(account, None, inbox)
        if Can.READ_COMMENTS in channel.can:
            for source in await self._due(account, "next_comments_at", now):
                since = source.read_to - OVERLAP if source.read_to else None
                comments = await channel.read_comments(source.remote_id, since)
                new = await self._store(account, source, comments)
                await self._comments_read(source, comments, new, now)
                mentions += new
        if Can.READ_METRICS in channel.can:
            for source in await self._due(account, "next_metrics_at", now):
                readings += await self._store_metrics(
                    account, source, await channel.read_metrics(source.remote_id), now
                )
                await self._reschedule(source, "next_metrics_at", _metrics_again(source.published_at, now))
            readings += await self._account_figures(account, channel, now)
        async with self._db.write() as session:
            row = await session.get_one(Account, account.id)
            row.read_at = now
        return Collected(mentions, readings)

    async def _backfill(self, account: Account, channel: Channel, now: datetime) -> int:
        """Read five weeks of our own past once, so that 'usual' means something from the first day."""
        stored = 0
        if Can.READ_METRICS in channel.can:
            items = await channel.read_items(now - BACKFILL)
            async with self._db.write() as session:
                known = set(
                    (await session.exec(select(Delivery.remote_id).where(Delivery.account_id == account.id))).all()
                )
                known |= set(
                    (
                        await session.exec(select(ChannelItem.remote_id).where(ChannelItem.account_id == account.id))
                    ).all()
                )
                for item in items:
                    if item.remote_id not in known:
                        session.add(
                            ChannelItem(
                                account_id=account.id or 0,
                                remote_id=item.remote_id,
                                title=clean(item.title),
                                text=clean(item.text),
                                permalink=item.permalink,
                                published_at=item.created_at,
                                next_metrics_at=now,
                                next_comments_at=now,
                            )
                        )
            metrics = await channel.read_account_metrics(now - BACKFILL, now)
            stored = await self._store_metrics(account, None, metrics, now)
        async with self._db.write() as session:
            row = await session.get_one(Account, account.id)
            row.backfilled_at = now
        log.info("backfilled", account=account.id, channel=account.kind, readings=stored)
        return stored

    async def _account_figures(self, account: Account, channel: Channel, now: datetime) -> int:
        """Read the account's own figures at most every six hours."""
        async with self._db.read() as session:
            last = (
                await session.exec(
                    select(Reading.fetched_at)
                    .where(Reading.account_id == account.id, col(Reading.delivery_id).is_(None), Reading.item_id == "")
                    .order_by(col(Reading.fetched_at).desc())
                    .limit(1)
                )
            ).first()
        if last is not None and now - last < timedelta(hours=6):
            return 0
        since = max(now - timedelta(days=8), now - BACKFILL)
        return await self._store_metrics(account, None, await channel.read_account_metrics(since, now), now)

    async def _due(self, account: Account, column: str, now: datetime) -> list[_Source]:
        async with self._db.read() as session:
            deliveries = await session.exec(
                select(Delivery)
                .where(Delivery.account_id == account.id, Delivery.state == DeliveryState.SENT)
                .where(getattr(Delivery, column) <= now, Delivery.remote_id != "", Delivery.target_id == "")
                .order_by(getattr(Delivery, column))
            )
            items = await session.exec(
                select(ChannelItem)
                .where(ChannelItem.account_id == account.id, getattr(ChannelItem, column) <= now)
                .order_by(getattr(ChannelItem, column))
            )
            sources = [
                _Source(Delivery, d.id or 0, d.remote_id, d.sent_at or d.due_at, d.comments_read_to, d.id)
                for d in deliveries.all()
            ]
            sources += [
                _Source(ChannelItem, i.id or 0, i.remote_id, i.published_at, i.comments_read_to, None)
                for i in items.all()
            ]
        return sources

    async def _store(self, account: Account, source: _Source | None, comments: Sequence[Comment]) -> int:
        """Store what is new, masked; return how many were."""
        if not comments:
            return 0
        now, new = self._now(), 0
        async with self._db.write() as session:
            known = await _known(session, account, [c.remote_id for c in comments])
            for comment in comments:
                row = known.get(comment.remote_id)
                if row is not None:
                    row.likes = comment.likes
                    continue
                known[comment.remote_id] = mention = self._mention(account, source, comment, now)
                session.add(mention)
                new += 1
        return new

    def _mention(self, account: Account, source: _Source | None, comment: Comment, now: datetime) -> Mention:
        old = now - comment.created_at > UNSCORED_AFTER
        period = comment.created_at.date().toordinal() // KEY_PERIOD_DAYS
        return Mention(
            organisation_id=account.organisation_id,
            account_id=account.id or 0,
            delivery_id=source.delivery_id if source else None,
            item_id=comment.item_id or (source.remote_id if source else ""),
            channel=account.kind,
            remote_id=comment.remote_id,
            parent_id=comment.parent_id,
            text=mask(clean(comment.text)),
            author_hash=self._hash(account.kind, comment.author_key, period),
            own=comment.own,
            written_at=comment.created_at,
            fetched_at=now,
            likes=comment.likes,
            scored_at=now if old or comment.own else None,
        )

    async def _comments_read(self, source: _Source, comments: Sequence[Comment], new: int, now: datetime) -> None:
        newest = max((c.created_at for c in comments), default=source.read_to)
        again = next_look_at(now - source.published_at, new, None, now)
        async with self._db.write() as session:
            row = await session.get_one(source.row, source.id)
            row.comments_read_to = newest
            row.next_comments_at = again

    async def _store_metrics(
        self, account: Account, source: _Source | None, metrics: Sequence[Metric], now: datetime
    ) -> int:
        async with self._db.write() as session:
            for metric in metrics:
                session.add(
                    Reading(
                        account_id=account.id or 0,
                        delivery_id=source.delivery_id if source else None,
                        item_id=source.remote_id if source else "",
                        metric=metric.name,
                        value=metric.value,
                        unit=metric.unit,
                        definition=metric.definition,
                        period=metric.period,
                        day=metric.day,
                        fetched_at=now,
                    )
                )
                if source is None and metric.name == "followers" and metric.value is not None:
                    row = await session.get_one(Account, account.id)
                    row.followers = metric.value
        return len(metrics)

    async def _reschedule(self, source: _Source, column: str, at: datetime | None) -> None:
        async with self._db.write() as session:
            setattr(await session.get_one(source.row, source.id), column, at)

    async def _lost(self, account: Account, error: AuthLost) -> None:
        log.warning("account_lost", account=account.id, channel=account.kind, code=error.code)
        async with self._db.write() as session:
            row = await session.get_one(Account, account.id)
            row.status, row.status_reason = AccountStatus.LOST, error.told.vi
            await record(
                session,
                at=self._now(),
                action="account_lost",
                subject=f"account:{account.id}",
                organisation_id=account.organisation_id,
                code=error.code,
            )


async def _known(session: AsyncSession, account: Account, remote_ids: list[str]) -> dict[str, Mention]:
    found: dict[str, Mention] = {}
    for start in range(0, len(remote_ids), 500):
        rows = await session.exec(
            select(Mention).where(
                Mention.account_id == account.id, col(Mention.remote_id).in_(remote_ids[start : start + 500])
            )
        )
        found |= {m.remote_id: m for m in rows.all()}
    return found


def _metrics_again(published_at: datetime, now: datetime) -> datetime | None:
    """Figures are kept at 1 h, 24 h and 7 days of age so that weeks compare alike; daily in between, then weekly."""
    for age in (timedelta(hours=1), timedelta(hours=24), timedelta(days=7)):
        if now < published_at + age:
            return min(published_at + age, now + timedelta(hours=24))
    return now + timedelta(days=7) if now - published_at < timedelta(days=60) else None


async def blind_accounts(session: AsyncSession, now: datetime, after: timedelta) -> Sequence[Account]:
    """Return accounts that nobody could read for `after`: a blind channel is an alarm, not a quiet zero."""
    rows = await session.exec(
        select(Account).where(
            or_(Account.status == AccountStatus.LOST, col(Account.read_at) < now - after),
            col(Account.read_at).is_not(None),
        )
    )
    return rows.all()
