"""Whom one account may write to, as the store knows them: ids leave their seal for one call and are kept nowhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import aliased
from sqlmodel import col, select, update

from bot.vault import Vault
from channels.base import Clock
from channels.receivers import Reached, Receiver
from models.db import Database
from models.delivery import Delivery
from models.mention import Mention, ReplyAddress
from models.office import Account
from models.webhook import Receipt, Subscriber

log = structlog.get_logger()

COUNTED_FOR: Final = timedelta(days=15)
"""After 14 days nothing more is told of a message (viber.md 5.3): what is known then stays as it was read."""


class StoredReceivers:
    """The subscribers of one account, and the authors of what was written to it."""

    def __init__(self, db: Database, vault: Vault, now: Clock, account: Account) -> None:
        self._db, self._vault, self._now, self._id = db, vault, now, account.id
        self._numbers: dict[str, int] = {}

    def _subscribed(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (col(Subscriber.account_id) == self._id, col(Subscriber.left_at).is_(None))

    async def last(self) -> int:
        """Return the highest number that a subscriber has now; 0 when there is none."""
        async with self._db.read() as session:
            return (await session.exec(select(sa.func.max(Subscriber.id)).where(*self._subscribed()))).one() or 0

    async def between(self, after: int, last: int, most: int) -> Sequence[Receiver]:
        """Return subscribers with numbers above `after` up to `last`, in order, at most so many."""
        query = (
            select(Subscriber)
            .where(*self._subscribed(), col(Subscriber.id) > after, col(Subscriber.id) <= last)
            .order_by(col(Subscriber.id))
            .limit(most)
        )
        async with self._db.read() as session:
            rows = (await session.exec(query)).all()
        found = [Receiver(row.id or 0, self._vault.open_bytes(row.sealed).decode()) for row in rows]
        self._numbers |= {receiver.id: receiver.number for receiver in found}
        return found

    async def forget(self, ids: Collection[str]) -> None:
        """Take off those who subscribe no more. What was sent is sent, whether this can be written down or not: then
        the platform says it again the next time."""
        numbers, now = [self._numbers[each] for each in ids if each in self._numbers], self._now()
        if not numbers:
            return
        gone = update(Subscriber).where(*self._subscribed(), col(Subscriber.id).in_(numbers))
        try:
            async with self._db.write() as session:
                await session.exec(gone.values(sealed=b"", left_at=now, told_at=now))
        except Exception:
            log.exception("subscribers_not_forgotten", account=self._id, count=len(numbers))

    async def author(self, message_id: str) -> str:
        """Return the id of who wrote a message to the account; empty when that is not known any more."""
        query = (
            select(ReplyAddress.sealed)
            .join(Mention, col(Mention.id) == ReplyAddress.mention_id)
            .where(Mention.account_id == self._id, Mention.remote_id == message_id)
        )
        async with self._db.read() as session:
            sealed = (await session.exec(query)).first()
        return self._vault.open_bytes(sealed).decode() if sealed else ""

    async def reached(self, message_id: str) -> Reached | None:
        """Return how many people got and saw the post of which this is a message. Opening the chat shows all that came
        before, of which the platform tells by the newest one."""
        post = select(Delivery.post_id).where(
            Delivery.account_id == self._id,
            Delivery.remote_id == message_id,
            col(Delivery.sent_at) > self._now() - COUNTED_FOR,
        )
        messages = select(Delivery.remote_id).where(
            Delivery.account_id == self._id, col(Delivery.post_id).in_(post), Delivery.remote_id != ""
        )
        got, seen = aliased(Receipt), aliased(Receipt)
        saw = sa.exists().where(
            col(seen.account_id) == self._id,
            col(seen.what) == "seen",
            col(seen.person) == got.person,
            col(seen.at) >= got.at,
        )
        people = select(sa.func.count(sa.distinct(col(got.person)))).where(
            got.account_id == self._id, col(got.remote_id).in_(messages)
        )
        async with self._db.read() as session:
            delivered = (await session.exec(people)).one()
            return Reached(delivered, (await session.exec(people.where(saw))).one()) if delivered else None

    async def saw(self, since: datetime, until: datetime) -> int | None:
        """Return how many people saw something of the account's in that time."""
        told = select(sa.func.count(sa.distinct(col(Receipt.person)))).where(
            Receipt.account_id == self._id, Receipt.at >= since, Receipt.at < until
        )
        async with self._db.read() as session:
            if not (await session.exec(told)).one():
                return None
            return (await session.exec(told.where(Receipt.what == "seen"))).one()
