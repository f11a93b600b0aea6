"""Reading the channels: comments, inbox messages and figures, at the cadence each post deserves.

An error stays with what it befell: one post that is gone or one odd answer stops neither the account's other posts nor
its figures, and one account's trouble never stops another. A channel that cannot be read is a gap that is said, never
a zero: `blind_accounts`. Reading stops at its share of the platform's limits, so that posts and corrections have the
rest; while it does, the channel cannot be read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import Can, Channel, Clock, Item, Metric
from channels.errors import AuthLost, ChannelError, QuotaReached, Throttled, Unreachable
from models.audit import record
from models.db import ROW, Database
from models.delivery import Delivery
from models.mention import Mention
from models.office import Account, AccountStatus
from models.queue import Purpose, short_of
from models.reading import ChannelItem, Reading, ReadingGap
from models.states import DeliveryState
from monitor.cadence import AFTER_ERROR, BUSY, is_whole_due, next_figures_at, next_look_at
from monitor.intake import HashAuthor, Source, bury_missing, keep_comments, keep_items, keep_metrics

log = structlog.get_logger()

OVERLAP: Final = timedelta(minutes=10)
"""Platforms list late: every read goes back this far before the newest text that is already stored."""
BACKFILL: Final = timedelta(weeks=5)
FIGURES_EVERY: Final = timedelta(hours=6)
GAP: Final = timedelta(hours=1)
"""An account that was not read for longer leaves hours that are not known."""
GIVE_UP_AFTER: Final = 3
"""So many readings of an account without an answer in a row are no accident: it rests, and the others are not kept."""

OF_PEOPLE: Final = frozenset({"past", "inbox", "comments"})
"""What is asked for to read what people write: the items that they write under, their messages, their comments."""
READS: Final = frozenset({Can.READ_INBOX, Can.READ_COMMENTS})

_T = TypeVar("_T")


@dataclass(frozen=True)
class Collected:
    """What one turn brought. `failed` names the accounts of which something could not be read."""

    mentions: int = 0
    readings: int = 0
    failed: tuple[str, ...] = ()


@dataclass
class _Turn:
    """One account's turn: what it brought, how the platform answered when people's texts were asked for, and every
    error."""

    account: Account
    channel: Channel
    now: datetime
    mentions: int = 0
    readings: int = 0
    answered: bool = False
    unanswered: bool = False
    errors: list[str] = field(default_factory=list)
    silent_in_a_row: int = 0

    @property
    def id(self) -> int:
        return self.account.id or 0


class _NoAnswer(Exception):
    """The platform does not answer at all; the rest of the turn would only wait for it."""


class _Paused(Exception):
    """Reading has used its share of a limit, which is named."""


class Collector:
    """Reads every connected account. `open_channel` and `hash_author` come from the daemon, which holds the secrets."""

    def __init__(
        self,
        db: Database,
        *,
        open_channel: Callable[[Account], Channel],
        hash_author: HashAuthor,
        now: Clock,
    ) -> None:
        self._db, self._open, self._hash, self._now = db, open_channel, hash_author, now
        self._not_before: dict[tuple[int, str], datetime] = {}
        self._unanswered: set[int] = set()

    async def turn(self) -> Collected:
        """Read what is due on every account; one account's trouble never stops another."""
        async with self._db.read() as session:
            accounts = (await session.exec(select(Account).where(Account.status != AccountStatus.LOST))).all()
        mentions = readings = 0
        failed: list[str] = []
        for account in accounts:
            if self._rests(account.id or 0, "account"):
                continue
            turn, well = await self._read(account)
            if turn is not None:
                mentions, readings = mentions + turn.mentions, readings + turn.readings
            if not well:
                failed.append(account.name)
        return Collected(mentions, readings, tuple(failed))

    async def _read(self, account: Account) -> tuple[_Turn | None, bool]:
        """One account's turn, and whether all of it went well."""
        turn: _Turn | None = None
        try:
            turn = _Turn(account, self._open(account), self._now())
            await self._read_account(turn)
        except AuthLost as error:
            await self._lost(account, error)
            return turn, False
        except Throttled as error:
            log.warning("read_throttled", account=account.id, channel=account.kind, code=error.code)
            self._rest(account.id or 0, "account", max(BUSY, timedelta(seconds=error.retry_after_s or 0)))
            return turn, False
        except _Paused as limit:
            log.warning("reading_paused", account=account.id, channel=account.kind, limit=str(limit))
            self._rest(account.id or 0, "account", BUSY)
            return turn, False
        except _NoAnswer:
            self._rest(account.id or 0, "account", BUSY)
        except Exception:  # a wrong key, a mistake of ours: it must not blind the other accounts
            log.exception("read_failed", account=account.id, channel=account.kind)
            self._rest(account.id or 0, "account", AFTER_ERROR)
            return turn, False
        assert turn is not None, "only a turn that began can find the platform silent"
        await self._note_read(turn)
        return turn, not turn.errors

    async def _read_account(self, turn: _Turn) -> None:
        can = turn.channel.can
        if turn.account.backfilled_at is None:
            await self._backfill(turn)
        if Can.READ_INBOX in can:
            await self._read_inbox(turn)
        if Can.READ_COMMENTS in can:
            for source in await self._due(turn, "next_comments_at"):
                await self._read_comments(turn, source)
        if Can.READ_METRICS in can:
            for source in await self._due(turn, "next_metrics_at"):
                await self._read_metrics(turn, source)
        if Can.READ_ACCOUNT_METRICS in can:
            await self._read_figures(turn)

    async def _ask(self, turn: _Turn, what: str, call: Callable[[], Awaitable[_T]]) -> tuple[_T | None, str]:
        """Make one reading; return what came and the error's name, empty when there was none.

        What concerns the whole account (no right, too many calls, no answer again and again, no share of a limit left)
        comes out as an error.
        """
        async with self._db.read() as session:
            costs = turn.channel.reading_costs(turn.channel.account)
            short = await short_of(session, costs, Purpose.READ, self._now())
        if short is not None:
            raise _Paused(short.key)
        try:
            found = await call()
        except Exception as error:  # whatever an odd answer makes of an adapter
            if isinstance(error, AuthLost | Throttled) and not isinstance(error, QuotaReached):
                raise
            told = isinstance(error, ChannelError) and not isinstance(error, Unreachable)
            code = (error.code if isinstance(error, ChannelError) else "") or type(error).__name__
            log.warning("read_failed", account=turn.id, channel=turn.account.kind, what=what, code=code)
            turn.errors.append(code)
            turn.answered |= told and what in OF_PEOPLE
            turn.unanswered |= what in OF_PEOPLE
            turn.silent_in_a_row = 0 if told else turn.silent_in_a_row + 1
            if turn.silent_in_a_row >= GIVE_UP_AFTER:
                raise _NoAnswer from error
            return None, code
        turn.answered |= what in OF_PEOPLE
        turn.silent_in_a_row = 0
        return found, ""

    # -- the readings -----------------------------------------------------------------------------------------------

    async def _backfill(self, turn: _Turn) -> None:
        """Read five weeks of our own past once, so that 'usual' means something from the first day."""
        if self._rests(turn.id, "past"):
            return
        since = turn.now - BACKFILL
        items: Sequence[Item] | None = None
        figures: Sequence[Metric] | None = None
        error = ""
        if Can.READ_METRICS in turn.channel.can:
            items, error = await self._ask(turn, "past", lambda: turn.channel.read_items(since))
        if Can.READ_ACCOUNT_METRICS in turn.channel.can:
            figures, _ = await self._ask(
                turn, "past figures", lambda: turn.channel.read_account_metrics(since, turn.now)
            )
        if error:
            self._rest(turn.id, "past", AFTER_ERROR)
            return
        async with self._db.write() as session:
            await keep_items(session, turn.account, items or (), turn.now)
            turn.readings += await keep_metrics(session, turn.account, None, figures or (), turn.now)
            row = await session.get_one(Account, turn.id)
            row.backfilled_at = turn.now
        log.info("backfilled", account=turn.id, channel=turn.account.kind, items=len(items or ()))

    async def _read_inbox(self, turn: _Turn) -> None:
        if self._rests(turn.id, "inbox"):
            return
        async with self._db.read() as session:
            newest = select(func.max(Mention.written_at)).where(Mention.account_id == turn.id, Mention.item_id == "")
            read_to = (await session.exec(newest)).one()
        since = read_to - OVERLAP if read_to else turn.now - BACKFILL
        messages, error = await self._ask(turn, "inbox", lambda: turn.channel.read_inbox(since))
        if error:
            self._rest(turn.id, "inbox", AFTER_ERROR)
        if messages:
            async with self._db.write() as session:
                turn.mentions += await keep_comments(session, turn.account, None, messages, self._hash, turn.now)

    async def _read_comments(self, turn: _Turn, source: Source) -> None:
        """Store the comments and how far they are read in one transaction: a crash repeats, it leaves no gap."""
        whole = is_whole_due(source.published_at, source.whole_at, turn.now)
        since = source.read_to - OVERLAP if source.read_to and not whole else None
        comments, error = await self._ask(turn, "comments", lambda: turn.channel.read_comments(source.remote_id, since))
        async with self._db.write() as session:
            new = await keep_comments(session, turn.account, source, comments or (), self._hash, turn.now)
            row = await session.get_one(source.row, source.id)
            if whole and not error:
                await bury_missing(session, turn.account, source, comments or (), turn.now)
                row.comments_whole_at = turn.now
            row.comments_read_to = max((c.created_at for c in comments or ()), default=source.read_to)
            row.next_comments_at = next_look_at(turn.now - source.published_at, new, error, turn.now)
        turn.mentions += new

    async def _read_metrics(self, turn: _Turn, source: Source) -> None:
        metrics, error = await self._ask(turn, "metrics", lambda: turn.channel.read_metrics(source.remote_id))
        async with self._db.write() as session:
            turn.readings += await keep_metrics(session, turn.account, source, metrics or (), turn.now)
            row = await session.get_one(source.row, source.id)
            row.next_metrics_at = next_figures_at(source.published_at, error, turn.now)

    async def _read_figures(self, turn: _Turn) -> None:
        """Read the account's own figures at most every six hours."""
        if self._rests(turn.id, "figures"):
            return
        async with self._db.read() as session:
            newest = select(func.max(Reading.fetched_at)).where(
                Reading.account_id == turn.id, col(Reading.delivery_id).is_(None), Reading.item_id == ""
            )
            last = (await session.exec(newest)).one()
        if last is not None and turn.now - last < FIGURES_EVERY:
            return
        since = turn.now - timedelta(days=8)
        figures, error = await self._ask(turn, "figures", lambda: turn.channel.read_account_metrics(since, turn.now))
        self._rest(turn.id, "figures", AFTER_ERROR if error else FIGURES_EVERY)
        async with self._db.write() as session:
            turn.readings += await keep_metrics(session, turn.account, None, figures or (), turn.now)

    async def _due(self, turn: _Turn, column: str) -> list[Source]:
        async with self._db.read() as session:
            deliveries = await session.exec(
                select(Delivery)
                .where(Delivery.account_id == turn.id, Delivery.state == DeliveryState.SENT)
                .where(getattr(Delivery, column) <= turn.now, Delivery.remote_id != "", Delivery.target_id == "")
                .order_by(getattr(Delivery, column))
            )
            items = await session.exec(
                select(ChannelItem)
                .where(ChannelItem.account_id == turn.id, getattr(ChannelItem, column) <= turn.now)
                .order_by(getattr(ChannelItem, column))
            )
            sources = [
                Source(
                    Delivery,
                    d.id or 0,
                    d.remote_id,
                    d.sent_at or d.due_at,
                    d.comments_read_to,
                    d.id,
                    d.comments_whole_at,
                )
                for d in deliveries.all()
            ]
            sources += [
                Source(
                    ChannelItem, i.id or 0, i.remote_id, i.published_at, i.comments_read_to, None, i.comments_whole_at
                )
                for i in items.all()
            ]
        return sources

    # -- how it went ------------------------------------------------------------------------------------------------

    def _rest(self, account_id: int, what: str, span: timedelta) -> None:
        self._not_before[account_id, what] = self._now() + span

    def _rests(self, account_id: int, what: str) -> bool:
        """True while what has no row with a time of its own is not to be asked again."""
        now = self._now()  # once: a real clock goes on between two looks at it
        return now < self._not_before.get((account_id, what), now)

    async def _note_read(self, turn: _Turn) -> None:
        """Remember that what people write can be read: it was answered, or nothing was due and it was answered the
        last time. Figures say nothing of that; and where texts are not asked for (a bot is told of them), this turn
        itself is the sign that somebody listens."""
        if turn.answered or not turn.channel.can & READS:
            self._unanswered.discard(turn.id)
        elif turn.unanswered:
            self._unanswered.add(turn.id)
        if turn.id not in self._unanswered:
            async with self._db.write() as session:
                row = await session.get_one(Account, turn.id)
                if row.read_at is not None and turn.now - row.read_at > GAP:
                    session.add(ReadingGap(account_id=turn.id, since=row.read_at, until=turn.now))
                row.read_at = turn.now

    async def _lost(self, account: Account, error: AuthLost) -> None:
        log.warning("account_lost", account=account.id, channel=account.kind, code=error.code)
        async with self._db.write() as session:
            row = await session.get_one(Account, account.id, with_for_update=ROW)
            if row.sealed != account.sealed:  # reconnected, or renewed, since: what was said to the old token is over
                return
            if not row.lose(error.told.vi, self._now()):
                return
            await record(
                session,
                at=self._now(),
                action="account_lost",
                subject=f"account:{account.id}",
                organisation_id=account.organisation_id,
                code=error.code,
            )


async def blind_accounts(session: AsyncSession, now: datetime, after: timedelta) -> Sequence[Account]:
    """Return accounts that are lost, or that nobody could read for `after`, never read ones too: a blind channel is an
    alarm, not a quiet zero."""
    seen = func.coalesce(Account.read_at, Account.created_at)
    rows = await session.exec(
        select(Account).where(or_(Account.status == AccountStatus.LOST, seen < now - after)).order_by(col(Account.id))
    )
    return rows.all()
