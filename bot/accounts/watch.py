"""One turn over all accounts: tokens renewed ahead, health known before it is needed, nothing left held."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from bot.accounts.check import check_account, silent_since
from bot.accounts.connect import forget_old
from bot.accounts.marks import must_check
from bot.accounts.standing import release_held
from bot.parts import Parts
from bot.publishing.outcome import account_died
from channels.errors import AuthLost, ChannelError
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.office import Account
from models.states import DeliveryState

log = structlog.get_logger()

AT_ONCE = 4
TURN_S = 30.0
"""How often to take a turn: a mark is 5 minutes before a post is due."""


async def keep_accounts(parts: Parts) -> None:
    """Renew what ends soon, check what must be checked, ask again whoever did not answer, and let go on what waits for
    a reconnected account.

    For one process at a time. A lost account is left alone until a person reconnects or checks it. One account's
    trouble stops no other; the first error comes out when all had their turn.
    """
    await release_held(parts)
    await forget_old(parts)
    room = asyncio.Semaphore(AT_ONCE)

    async def turn(account: Account, must: bool) -> None:
        async with room:
            await _renew(parts, account)
            if must or silent_since(account) is not None:
                await check_account(parts, account.id or 0, ahead=must)

    turns = [turn(account, must) for account, must in await _accounts(parts)]
    errors = [e for e in await asyncio.gather(*turns, return_exceptions=True) if e is not None]
    if errors:
        raise errors[0]


async def _accounts(parts: Parts) -> Sequence[tuple[Account, bool]]:
    """Every account that is not lost, and whether it must be checked now."""
    now = parts.now()
    coming = sa.and_(
        col(Delivery.account_id) == Account.id,
        col(Delivery.state) == DeliveryState.QUEUED,
        col(Delivery.due_at) > now,
    )
    query = (
        select(Account, sa.func.min(Delivery.due_at))
        .join(Delivery, coming, isouter=True)
        .where(col(Account.lost_at).is_(None))
        .group_by(col(Account.id))
        .order_by(col(Account.id))
    )
    async with parts.db.read() as session:
        rows = (await session.exec(query)).all()
    return [(account, must_check(account.checked_at, next_due, now)) for account, next_due in rows]


async def _renew(parts: Parts, account: Account) -> None:
    before = CHANNELS[account.kind].renew_before
    if before is None or account.expires_at is None or account.expires_at - parts.now() > before:
        return
    channel = parts.channel(account)
    try:
        expires_at = await channel.renew()
    except AuthLost as error:
        await account_died(parts, channel, account.id or 0, error)
        return
    except ChannelError as error:  # asked again at the next turn
        log.warning("token_not_renewed", account=account.id, channel=account.kind, code=error.code, detail=error.detail)
        return
    async with parts.db.write() as session:
        row = await session.get_one(Account, account.id)
        row.expires_at = expires_at
