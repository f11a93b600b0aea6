"""What was read from a channel becomes rows: masked, once, under author hashes that nobody can be followed by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import Comment, Item, Metric
from models.db import AdvisoryLock
from models.delivery import Delivery
from models.mention import ActKind, CommentAct, Mention
from models.office import Account
from models.outlet import Outlet
from models.reading import ChannelItem, Reading
from monitor.claims import FORGET_AFTER
from monitor.masking import mask
from monitor.severity import widely_heard_by
from monitor.text import clean

log = structlog.get_logger()

UNSCORED_AFTER = timedelta(hours=24)
"""What was written longer than this before the account was connected is history: it feeds the baseline by its counts
only, since scoring it would cost minutes and alarm nobody. All that came later is scored, however late it is read."""
LIST_LAG = timedelta(minutes=1)
"""Platforms list late: what was read now is taken for what stood there so long ago. A webhook may know better."""
GONE_FOR = timedelta(minutes=10)
"""What was told to be gone and is still listed then is there again."""
MOST_LISTED = 10_000
"""A list as long as this may have been cut off by whoever read it: what is missing from it may still be there."""
MOST_GONE = 20
"""So many comments may vanish under one post from one look to the next, even if they were all there was."""
KEY_PERIOD_DAYS = 30
"""Author hashes change their key every 30 days, so nobody can be followed for long."""
KEYS_KEPT = 2
"""Who stands in a living claim keeps an earlier key, at most so many periods old."""
_CHUNK = 500

HashAuthor = Callable[[str, str, int], str]
"""Channel kind, the platform's author id, key period -> hash."""


@dataclass(frozen=True)
class Source:
    """Something whose comments and figures are read: a delivery of ours, or an item found on the channel."""

    row: type[Delivery] | type[ChannelItem]
    id: int
    remote_id: str
    published_at: datetime
    read_to: datetime | None
    delivery_id: int | None
    whole_at: datetime | None = None


async def keep_comments(
    session: AsyncSession,
    account: Account,
    source: Source | None,
    comments: Sequence[Comment],
    hash_author: HashAuthor,
    now: datetime,
) -> int:
    """Store what is new and take over what was edited; return how many were new. Reading twice stores once."""
    await AdvisoryLock.INTAKE.take(await session.connection())
    known = await known_mentions(session, account, [c.remote_id for c in comments])
    hashes = await author_hashes(session, account, {c.author_key for c in comments if c.author_key}, hash_author, now)
    outlets = await outlets_of(session, account)
    new = 0
    for comment in comments:
        row = known.get(comment.remote_id)
        if row is None:
            author = hashes.get(comment.author_key, "")
            known[comment.remote_id] = made = mention_of(account, source, comment, author, now)
            made.changed_at, made.widely_heard = now - LIST_LAG, comment.author_key in outlets
            session.add(made)
            new += 1
        else:
            row.likes = comment.likes
            if _reading_knows_better(row, now):
                take_words(row, comment, now - LIST_LAG)
    return new


async def bury_missing(
    session: AsyncSession, account: Account, source: Source, listed: Sequence[Comment], now: datetime
) -> int:
    """After a complete reading, mark what is no longer listed as gone; return how many. What was told of a moment ago
    may not be listed yet, what the office itself has hidden is not listed any more, and when most of it is missing at
    once the list is not believed."""
    if len(listed) >= MOST_LISTED:
        return 0
    hidden = sa.exists(
        select(CommentAct.id).where(CommentAct.mention_id == Mention.id, CommentAct.kind == ActKind.HIDE)
    )
    query = select(Mention).where(
        Mention.account_id == account.id,
        Mention.item_id == source.remote_id,
        col(Mention.deleted_at).is_(None),
        Mention.fetched_at <= now - GONE_FOR,
        ~hidden,
    )
    rows, there = (await session.exec(query)).all(), {c.remote_id for c in listed}
    gone = [m for m in rows if m.remote_id not in there and (m.changed_at is None or m.changed_at <= now - GONE_FOR)]
    if len(gone) > max(MOST_GONE, len(rows) // 2):
        log.warning("list_not_believed", account=account.id, known=len(rows), missing=len(gone))
        return 0
    for mention in gone:
        mention.deleted_at = mention.changed_at = now - LIST_LAG
    return len(gone)


async def outlets_of(session: AsyncSession, account: Account) -> frozenset[str]:
    """The ids on this channel under which the press and big pages write, as the office has listed them. Of a text it is
    kept that it was one of them, not which."""
    query = select(Outlet).where(
        Outlet.organisation_id == account.organisation_id, Outlet.channel == account.kind,
        col(Outlet.retired_at).is_(None),
    )  # fmt: skip
    rows = (await session.exec(query)).all()
    return frozenset(row.remote_id for row in rows if widely_heard_by(row.kind, row.followers)) - {account.remote_id}


def _reading_knows_better(row: Mention, now: datetime) -> bool:
    """Say whether what is listed now counts more than what was last told of it. Pure."""
    if row.erased_at is not None:
        return False
    if row.deleted_at is not None and row.deleted_at > now - GONE_FOR:
        return False
    return row.changed_at is None or row.changed_at <= now - LIST_LAG


def mention_of(account: Account, source: Source | None, comment: Comment, author_hash: str, now: datetime) -> Mention:
    """A text that was not known yet."""
    history = comment.created_at < account.created_at - UNSCORED_AFTER
    return Mention(
        organisation_id=account.organisation_id,
        account_id=account.id or 0,
        delivery_id=source.delivery_id if source else None,
        item_id=comment.item_id or (source.remote_id if source else ""),
        channel=account.kind,
        remote_id=comment.remote_id,
        parent_id=comment.parent_id,
        text=mask(clean(comment.text)),
        author_hash=author_hash,
        own=comment.own,
        written_at=comment.created_at,
        fetched_at=now,
        likes=comment.likes,
        scored_at=now if history or comment.own else None,
        grouped_at=now if history or comment.own else None,
    )


def take_words(row: Mention, comment: Comment, at: datetime) -> None:
    """Take over the words as they stood at that time. Other words are another text: what was scored is scored again."""
    row.changed_at, row.deleted_at = at, None
    text = mask(clean(comment.text))
    if text != row.text:
        row.text, row.taken_until = text, None
        if row.model:
            row.scored_at = row.grouped_at = None


async def known_mentions(session: AsyncSession, account: Account, remote_ids: Sequence[str]) -> dict[str, Mention]:
    """The texts that are stored already, by their remote id."""
    found: dict[str, Mention] = {}
    for some in _chunks(remote_ids):
        rows = await session.exec(
            select(Mention).where(Mention.account_id == account.id, col(Mention.remote_id).in_(some))
        )
        found |= {m.remote_id: m for m in rows.all()}
    return found


async def author_hashes(
    session: AsyncSession, account: Account, authors: set[str], hash_author: HashAuthor, now: datetime
) -> Mapping[str, str]:
    """The hash of each author. One person in a claim that is still remembered stays one person: whoever wrote in one
    lately (or something that is not sorted yet) keeps the hash they had there; everybody else gets the period's key."""
    period = now.date().toordinal() // KEY_PERIOD_DAYS
    hashes = {author: hash_author(account.kind, author, period) for author in authors}
    earlier = {
        hash_author(account.kind, author, period - back): author
        for back in range(1, KEYS_KEPT + 1)
        for author in authors
    }
    for some in _chunks(list(earlier)):
        rows = await session.exec(
            select(Mention.author_hash)
            .where(
                Mention.account_id == account.id,
                col(Mention.author_hash).in_(some),
                Mention.written_at > now - FORGET_AFTER,
                or_(col(Mention.claim_id).is_not(None), col(Mention.grouped_at).is_(None)),
            )
            .distinct()
        )
        hashes |= {earlier[found]: found for found in rows.all()}
    return hashes


async def keep_items(session: AsyncSession, account: Account, items: Sequence[Item], now: datetime) -> None:
    """Remember posts found on the channel that Loa did not send; their comments and figures are due at once."""
    sent = await session.exec(select(Delivery.remote_id).where(Delivery.account_id == account.id))
    found = await session.exec(select(ChannelItem.remote_id).where(ChannelItem.account_id == account.id))
    known = {*sent.all(), *found.all()}
    for item in items:
        if item.remote_id not in known:
            known.add(item.remote_id)
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


async def keep_metrics(
    session: AsyncSession, account: Account, source: Source | None, metrics: Sequence[Metric], now: datetime
) -> int:
    """Store figures as they were told, of one post or (`source` None) of the account; return how many."""
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


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many at a time as one statement takes."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
