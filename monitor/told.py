"""What platforms tell by webhook becomes the same rows as what is read: masked, once, put right by time.

Events come twice, late and in any order, beside readings of the same texts. Words count from the moment at which they
were written: what is older than the words that stand changes nothing, and a text that was gone before it came stays
gone. Whatever is told of is also read again at once: a webhook is a hint, the list is the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.hooks import Posted, Removed, TakenDown, Told, Written
from models.db import AdvisoryLock
from models.delivery import Delivery
from models.mention import Mention
from models.office import Account
from models.reading import ChannelItem
from models.states import DeliveryState
from monitor.intake import HashAuthor, Source, author_hashes, known_mentions, mention_of, outlets_of, take_words
from monitor.text import clean

OURS_KNOWN_AFTER: Final = timedelta(minutes=10)
"""A new post on our page may be one that is just going out: by then it is known by its id."""


async def keep_told(
    session: AsyncSession, account: Account, told: Sequence[Told], hash_author: HashAuthor, now: datetime
) -> int:
    """Store what one account was told of, in this order; return how many texts were new. To do it again changes
    nothing."""
    await AdvisoryLock.INTAKE.take(await session.connection())
    known = await known_mentions(session, account, [name for one in told if (name := _text_of(one))])
    authors = {one.comment.author_key for one in told if isinstance(one, Written)} - {""}
    hashes = await author_hashes(session, account, authors, hash_author, now)
    outlets = await outlets_of(session, account)
    sources = await _sources(session, account, {name for one in told if (name := _item_of(one))})
    before = len(known)
    for one in told:
        source = sources.get(_item_of(one))
        if isinstance(one, Written):
            row = _written(session, account, one, source, known, hashes.get(one.comment.author_key, ""), now)
            if row is not None:
                row.widely_heard = one.comment.author_key in outlets
        elif isinstance(one, Removed):
            _removed(session, account, one, source, known, now)
        elif isinstance(one, Posted):
            sources |= await _posted(session, account, one, source, now)
        elif isinstance(one, TakenDown) and source is not None and source.row is ChannelItem:
            await _look(session, source, None)
    for source in {sources[item] for one in told if _hints(one) and (item := _item_of(one)) in sources}:
        await _look(session, source, now)
    return len(known) - before


def _text_of(one: Told) -> str:
    if isinstance(one, Written):
        return one.comment.remote_id
    return one.remote_id if isinstance(one, Removed) else ""


def _item_of(one: Told) -> str:
    if isinstance(one, Written):
        return one.comment.item_id
    if isinstance(one, Posted):
        return one.item.remote_id
    return one.item_id if isinstance(one, Removed) else one.remote_id if isinstance(one, TakenDown) else ""


def _hints(one: Told) -> bool:
    return isinstance(one, Written | Removed)


def counts(row: Mention, at: datetime, edited: bool) -> bool:
    """Say whether words of that moment count more than the row's. Pure. Some platforms tell whole seconds: of two at
    the same moment the edit is the later one, and nothing is written after it was removed. What had its time and was
    erased stays so."""
    if row.erased_at is not None:
        return False
    if row.deleted_at is not None and at <= row.deleted_at:
        return False
    return row.changed_at is None or at > row.changed_at or (edited and at == row.changed_at)


def _written(
    session: AsyncSession,
    account: Account,
    one: Written,
    source: Source | None,
    known: dict[str, Mention],
    author: str,
    now: datetime,
) -> Mention | None:
    """The row that has these words now; None when they came too late to count."""
    row = known.get(one.comment.remote_id)
    if row is not None and not counts(row, one.at, one.edited):
        return None
    item_id = source.remote_id if source else one.comment.item_id
    comment = replace(one.comment, item_id=item_id)
    fresh = mention_of(account, source, comment, author, now)
    fresh.changed_at = one.at
    if row is None:
        known[comment.remote_id] = fresh
        session.add(fresh)
        return fresh
    if row.deleted_at is not None and not row.text:  # it was told to be gone before it was ever seen
        for name in (
            "delivery_id",
            "item_id",
            "parent_id",
            "author_hash",
            "own",
            "written_at",
            "scored_at",
            "grouped_at",
        ):
            setattr(row, name, getattr(fresh, name))
    take_words(row, comment, one.at)
    return row


def _removed(
    session: AsyncSession,
    account: Account,
    one: Removed,
    source: Source | None,
    known: dict[str, Mention],
    now: datetime,
) -> None:
    """A text that is gone. One that never came leaves a mark without words, so that it does not come after all."""
    row = known.get(one.remote_id)
    if row is not None:
        if row.changed_at is None or row.changed_at <= one.at:
            row.changed_at = row.deleted_at = one.at
        return
    known[one.remote_id] = mark = Mention(
        organisation_id=account.organisation_id,
        account_id=account.id or 0,
        delivery_id=source.delivery_id if source else None,
        item_id=source.remote_id if source else one.item_id,
        channel=account.kind,
        remote_id=one.remote_id,
        text="",
        written_at=one.at,
        fetched_at=now,
        changed_at=one.at,
        deleted_at=one.at,
        scored_at=now,
        grouped_at=now,
    )
    session.add(mark)


async def _posted(
    session: AsyncSession, account: Account, one: Posted, source: Source | None, now: datetime
) -> dict[str, Source]:
    """A post on our page that Loa did not send is followed like one of its past. Returns what is new."""
    item, later = one.item, now + OURS_KNOWN_AFTER
    if source is not None:
        if source.row is ChannelItem and one.edited:
            row = await session.get_one(ChannelItem, source.id)
            row.text = clean(item.text) or row.text
        return {}
    if one.edited:
        return {}
    row = ChannelItem(
        account_id=account.id or 0,
        remote_id=item.remote_id,
        text=clean(item.text),
        permalink=item.permalink,
        published_at=item.created_at,
        next_metrics_at=later,
        next_comments_at=later,
    )
    session.add(row)
    await session.flush()
    return {item.remote_id: Source(ChannelItem, row.id or 0, item.remote_id, item.created_at, None, None)}


async def _look(session: AsyncSession, source: Source, at: datetime | None) -> None:
    """Have it read at that time; never again for None."""
    row = await session.get_one(source.row, source.id)
    row.next_comments_at = at
    if at is None:
        row.next_metrics_at = None


async def _sources(session: AsyncSession, account: Account, items: set[str]) -> dict[str, Source]:
    """What the told item ids name: a delivery of ours before an item that was found. Facebook tells a clip by
    `<page>_<clip>`, which is sent and read by its own id."""
    page = f"{account.remote_id}_"
    names = items | {item.removeprefix(page) for item in items}
    mine = (col(Delivery.account_id) == account.id, col(Delivery.remote_id).in_(names), Delivery.target_id == "")
    sent = (await session.exec(select(Delivery).where(*mine, Delivery.state == DeliveryState.SENT))).all()
    here = (ChannelItem.account_id == account.id, col(ChannelItem.remote_id).in_(names))
    found = (await session.exec(select(ChannelItem).where(*here))).all()
    by_name = {
        i.remote_id: Source(ChannelItem, i.id or 0, i.remote_id, i.published_at, i.comments_read_to, None)
        for i in found
    }
    by_name |= {
        d.remote_id: Source(Delivery, d.id or 0, d.remote_id, d.sent_at or d.due_at, d.comments_read_to, d.id)
        for d in sent
    }
    return {
        item: source
        for item in items
        if (source := by_name.get(item.removeprefix(page)) or by_name.get(item)) is not None
    }


async def join_ours(session: AsyncSession, account: Account, now: datetime) -> None:
    """What was told of while it was going out is a delivery of ours: its comments are put under it, and no second row
    follows it."""
    page, lately = f"{account.remote_id}_", now - timedelta(days=1)
    query = select(Delivery.id, Delivery.remote_id).where(
        Delivery.account_id == account.id, Delivery.state == DeliveryState.SENT, col(Delivery.sent_at) > lately
    )
    ours = {name: row for row in (await session.exec(query)).all() for name in (row[1], f"{page}{row[1]}") if row[1]}
    mentions = (col(Mention.account_id) == account.id, col(Mention.written_at) > lately)
    loose = select(Mention.item_id).where(*mentions, col(Mention.delivery_id).is_(None), Mention.item_id != "")
    for item in set((await session.exec(loose.distinct())).all()) & set(ours):
        delivery_id, remote_id = ours[item]
        moved = update(Mention).where(*mentions, col(Mention.item_id) == item)
        await session.exec(moved.values(delivery_id=delivery_id, item_id=remote_id))
    items = select(ChannelItem.remote_id).where(
        ChannelItem.account_id == account.id, col(ChannelItem.published_at) > lately
    )
    for item in set((await session.exec(items)).all()) & set(ours):
        mine = (col(ChannelItem.account_id) == account.id, col(ChannelItem.remote_id) == item)
        await session.exec(delete(ChannelItem).where(*mine))
