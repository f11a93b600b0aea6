"""Works what was received: in the order in which it came, each event once, with its word of it in the same commit.

An event that was not worked when the process died is worked by the next one. One that cannot be read is put aside and
counted; one that fails is tried again later, and put aside after a few times. No raw body is older than a day.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import and_, col, delete, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.vault import WrongKey
from bot.webhooks.people import forget_receipts, keep_followers, keep_receipts, keep_reply_addresses
from channels.base import AccountRef
from channels.hooks import Follows, Receipt, Told, Unreadable, Written
from channels.registry import HOOKS
from models.db import DatabaseAway
from models.mention import ReplyAddress
from models.office import Account
from models.webhook import WebhookEvent
from monitor.told import join_ours, keep_told

log = structlog.get_logger()

AT_ONCE: Final = 50
"""Events that share a transaction: short enough that no delivery waits for it."""
REST_S: Final = 1.0
"""While more arrives, a rest after every full transaction: in a flood, what arrives and what goes out come first."""
ARRIVING: Final = timedelta(seconds=2)
MOST_BEHIND: Final = timedelta(seconds=30)
"""Later than this nothing is worked for the sake of what arrives."""
MOST_TRIES: Final = 6
FIRST_WAIT: Final = timedelta(seconds=10)
KEY_WAIT: Final = timedelta(minutes=5)
"""While the secret key is changed another host may know it already and this one not yet."""
BODY_LIVES: Final = timedelta(hours=24)
KEY_LIVES: Final = timedelta(days=7)
"""So long an event that comes again is known by its key; Facebook tries for a day and a half."""
TIDY_EVERY: Final = timedelta(minutes=1)
SHARED_SECRETS: Final = {"facebook": "app_secret", "zalo": "app_secret"}
"""Where one address serves every account of an app: who shares this secret is told of by one signature."""


@dataclass(frozen=True)
class Opened:
    """One event: what it tells by the account that it tells of, or why it is put aside; for good, or until `again`."""

    event: WebhookEvent
    told: dict[int, list[Told]] = field(default_factory=dict)
    problem: str = ""
    again: datetime | None = None


class Worker:
    """Works the events of every account; one process at a time does."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tidy_at: datetime | None = None

    async def turn(self) -> int:
        """Work what is due; return how many events that were."""
        done = new = 0
        while batch := await self._due():
            new += await self._work(batch)
            done += len(batch)
            if len(batch) == AT_ONCE and await self._may_wait(batch[0].received_at):
                await asyncio.sleep(REST_S)
        if new:
            self._parts.bell.ring("mention")
        if done:
            self._parts.bell.ring("collect")
        await self._tidy()
        return done

    async def _due(self) -> Sequence[WebhookEvent]:
        async with self._parts.db.read() as session:
            waiting = select(WebhookEvent).where(col(WebhookEvent.due_at) <= self._parts.now())
            return (await session.exec(waiting.order_by(col(WebhookEvent.id)).limit(AT_ONCE))).all()

    async def _may_wait(self, oldest: datetime) -> bool:
        """Say whether more arrives just now, and none has waited long."""
        now = self._parts.now()
        async with self._parts.db.read() as session:
            newest = (await session.exec(select(func.max(WebhookEvent.received_at)))).one()
        return newest is not None and newest > now - ARRIVING and oldest > now - MOST_BEHIND

    async def _work(self, batch: Sequence[WebhookEvent]) -> int:
        """Work these in one transaction; where that fails each by itself, so that one keeps none of the others back."""
        try:
            async with self._parts.db.write() as session:
                return await self._keep(session, batch)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001  # nothing was changed, and the event is kept with its trouble
            if len(batch) == 1:
                await self._failed(batch[0], error)
                return 0
        return sum([await self._work([one]) for one in batch])

    async def _keep(self, session: AsyncSession, batch: Sequence[WebhookEvent]) -> int:
        now = self._parts.now()
        accounts = await self._accounts(session, batch)
        opened = [self._open(event, accounts) for event in batch]
        done = update(WebhookEvent).where(col(WebhookEvent.id).in_([o.event.id for o in opened if not o.problem]))
        await session.exec(done.values(due_at=None, worked_at=now, sealed=b"", problem=""))
        for one in opened:
            if one.problem:
                aside = update(WebhookEvent).where(col(WebhookEvent.id) == one.event.id)
                await session.exec(aside.values(due_at=one.again, problem=one.problem))
        told = defaultdict[int, list[Told]](list)
        for one in opened:
            for account_id, some in one.told.items():
                told[account_id] += some
        return sum([await self._keep_told(session, accounts[i], some, now) for i, some in told.items()])

    async def _keep_told(self, session: AsyncSession, account: Account, told: Sequence[Told], now: datetime) -> int:
        vault = self._parts.vault
        new = await keep_told(session, account, told, vault.author_hash, now)
        if account.kind == "viber_bot":  # the others know whom an answer goes to
            await session.flush()
            await keep_followers(session, vault, account, [one for one in told if isinstance(one, Follows)])
            await keep_reply_addresses(session, vault, account, [one for one in told if isinstance(one, Written)], now)
            await keep_receipts(session, vault, account, [one for one in told if isinstance(one, Receipt)])
        return new

    # -- whose it is ----------------------------------------------------------------------------------------------

    async def _accounts(self, session: AsyncSession, batch: Sequence[WebhookEvent]) -> dict[int, Account]:
        """The accounts that were called, and those of the same offices whose word may have come by the same address."""
        called = (await session.exec(select(Account).where(col(Account.id).in_({e.account_id for e in batch})))).all()
        beside = [
            and_(col(Account.kind) == a.kind, col(Account.organisation_id) == a.organisation_id)
            for a in called
            if a.kind in SHARED_SECRETS
        ]
        others = (await session.exec(select(Account).where(or_(*beside)))).all() if beside else ()
        return {a.id or 0: a for a in (*called, *others)}

    def _open(self, event: WebhookEvent, accounts: dict[int, Account]) -> Opened:
        account = accounts[event.account_id]
        try:
            told = HOOKS[account.kind].read(self._parts.vault.open_bytes(event.sealed))
        except Unreadable as error:
            log.warning("webhook_unreadable", account=account.id, channel=account.kind, why=str(error))
            return Opened(event, problem="unreadable")
        except WrongKey:
            log.error("webhook_wrong_key", account=account.id, channel=account.kind)
            return Opened(event, problem="wrong_key", again=self._parts.now() + KEY_WAIT)
        by_account = defaultdict[int, list[Told]](list)
        for one in told:
            whose = self._whose(account, one.account, accounts)
            if whose is None:
                log.info("webhook_of_another", account=account.id, channel=account.kind)
            else:
                by_account[whose.id or 0].append(one)
        return Opened(event, by_account)

    def _whose(self, called: Account, remote_id: str, accounts: dict[int, Account]) -> Account | None:
        """The account that is told of: the one that was called, or one that the same signature speaks for."""
        if remote_id in ("", called.remote_id):
            return called
        shared = SHARED_SECRETS.get(called.kind)
        found = next((a for a in accounts.values() if (a.kind, a.remote_id) == (called.kind, remote_id)), None)
        if shared is None or found is None or found.organisation_id != called.organisation_id:
            return None
        theirs, ours = (self._ref(a).secrets.get(shared, "") for a in (found, called))
        return found if theirs and theirs == ours else None

    def _ref(self, account: Account) -> AccountRef:
        secrets = self._parts.vault.open(account.sealed)
        return AccountRef(account.kind, account.remote_id, account.name, account.settings, secrets)

    # -- trouble and tidiness ---------------------------------------------------------------------------------------

    async def _failed(self, event: WebhookEvent, error: Exception) -> None:
        """Try again later, each time after twice as long; at last put it aside."""
        log.error("webhook_failed", event=event.id, account=event.account_id, tries=event.tries + 1, exc_info=error)
        tries = event.tries + 1
        over = tries >= MOST_TRIES
        due = None if over else self._parts.now() + FIRST_WAIT * 2 ** (tries - 1)
        values = {"tries": tries, "due_at": due, "problem": type(error).__name__ if over else ""}
        async with self._parts.db.write() as session:
            await session.exec(update(WebhookEvent).where(col(WebhookEvent.id) == event.id).values(**values))

    async def _tidy(self) -> None:
        """Delete what has had its time; put what was told of while it went out under its delivery. When that is known
        to be out nobody tells of it once more, so every account is looked at."""
        now = self._parts.now()
        if self._tidy_at is not None and now < self._tidy_at:
            return
        self._tidy_at = now + TIDY_EVERY
        old = (col(WebhookEvent.received_at) < now - BODY_LIVES, col(WebhookEvent.sealed) != b"")
        async with self._parts.db.write() as session:
            late = update(WebhookEvent).where(*old, col(WebhookEvent.due_at).is_not(None))
            await session.exec(late.values(due_at=None, problem="too_old"))
            await session.exec(update(WebhookEvent).where(*old).values(sealed=b""))
            await session.exec(delete(WebhookEvent).where(col(WebhookEvent.received_at) < now - KEY_LIVES))
            await session.exec(delete(ReplyAddress).where(col(ReplyAddress.delete_after) < now))
            await forget_receipts(session, now)
            for account in (await session.exec(select(Account).where(col(Account.kind).in_(HOOKS)))).all():
                await join_ours(session, account, now)
