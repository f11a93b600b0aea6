"""Who may be written to, what is needed to answer somebody, and who got and saw what was sent: user ids, sealed or as
a keyed hash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.vault import Vault
from channels import hooks
from channels.hooks import Follows, Written
from models.mention import Mention, ReplyAddress
from models.office import Account
from models.webhook import Receipt, Subscriber

ANSWERED_WITHIN: Final = timedelta(days=30)
"""After so long nobody is answered any more, and the address is deleted."""
_COUNTED: Final = frozenset({"delivered", "seen"})
_RECEIPT_LIVES: Final = timedelta(days=30)
"""Twice as long as figures are made of it, see `StoredReceivers.reached`."""


def person_of(vault: Vault, account: Account, user_id: str) -> str:
    """The keyed hash that finds a subscriber's row; the same for as long as the account is there."""
    return vault.author_hash(f"{account.kind}:{account.id}", user_id, 0)


async def keep_followers(session: AsyncSession, vault: Vault, account: Account, told: Sequence[Follows]) -> None:
    """Store who may be written to and who wants no more of it, by the time of what was told. Whoever leaves keeps a row
    without an id, so that a word of before does not bring them back."""
    people = {one.user_id: person_of(vault, account, one.user_id) for one in told}
    query = select(Subscriber).where(Subscriber.account_id == account.id, col(Subscriber.person).in_(people.values()))
    known = {row.person: row for row in (await session.exec(query)).all()}
    for one in told:
        person = people[one.user_id]
        row = known.get(person)
        if row is None:
            row = known[person] = Subscriber(
                account_id=account.id or 0, person=person, sealed=b"", since=one.at, told_at=one.at, left_at=one.at
            )
            session.add(row)
        elif one.at < row.told_at:
            continue
        if one.follows and row.left_at is not None:
            row.sealed, row.left_at, row.since = vault.seal_bytes(one.user_id.encode()), None, one.at
        elif not one.follows:
            row.sealed, row.left_at = b"", row.left_at or one.at
        row.told_at = one.at


async def keep_reply_addresses(
    session: AsyncSession, vault: Vault, account: Account, told: Sequence[Written], now: datetime
) -> None:
    """Store whom an answer to these messages would go to, sealed, for as long as answers are thought of."""
    authors = {one.comment.remote_id: one.comment.author_key for one in told if one.comment.author_key}
    query = (
        select(Mention)
        .where(Mention.account_id == account.id, col(Mention.remote_id).in_(authors))
        .where(~select(ReplyAddress.id).where(ReplyAddress.mention_id == Mention.id).exists())
    )
    for mention in (await session.exec(query)).all():
        sealed = vault.seal_bytes(authors[mention.remote_id].encode())
        session.add(ReplyAddress(mention_id=mention.id or 0, sealed=sealed, delete_after=now + ANSWERED_WITHIN))


async def keep_receipts(session: AsyncSession, vault: Vault, account: Account, told: Sequence[hooks.Receipt]) -> None:
    """Store to whom a message came and who saw it, each once with the first time that was told."""
    counted = [one for one in told if one.what in _COUNTED]
    people = {one.user_id: person_of(vault, account, one.user_id) for one in counted}
    query = (
        select(Receipt)
        .where(Receipt.account_id == account.id, col(Receipt.person).in_(people.values()))
        .where(col(Receipt.remote_id).in_({one.remote_id for one in counted}))
    )
    known = {(row.remote_id, row.person, row.what): row for row in (await session.exec(query)).all()}
    for one in counted:
        key = (one.remote_id, people[one.user_id], one.what)
        row = known.get(key)
        if row is None:
            row = known[key] = Receipt(
                account_id=account.id or 0, remote_id=key[0], person=key[1], what=key[2], at=one.at
            )
            session.add(row)
        row.at = min(row.at, one.at)


async def forget_receipts(session: AsyncSession, now: datetime) -> None:
    """Delete what no figure is made of any more."""
    await session.exec(delete(Receipt).where(col(Receipt.at) < now - _RECEIPT_LIVES))
