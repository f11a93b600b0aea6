"""Asking the platform whether an account works, and keeping what it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.accounts.ahead import AHEAD, concerns_ahead
from bot.accounts.standing import release_held
from bot.parts import NotFound, Parts
from bot.publishing.outcome import account_died
from channels.base import Concern, Health
from channels.errors import AuthLost, ChannelError, Told
from models.audit import record
from models.db import ROW
from models.office import Account

log = structlog.get_logger()


UNREACHABLE = "unreachable"


async def check_account(parts: Parts, account_id: int, *, ahead: bool = True) -> Health:
    """Ask the platform whether the account works, look at what it needs within a day, and keep both.

    An answer that it works ends a loss: its deliveries go on. No answer at all is a concern of its own until there is
    one; what can be looked at without the platform is looked at all the same, unless `ahead` is False.
    """
    async with parts.db.read() as session:
        account = await session.get(Account, account_id)
    if account is None:
        raise NotFound("tài khoản này", "such account")
    channel = parts.channel(account)
    try:
        health = await channel.check_account()
    except ChannelError as error:
        log.warning("account_not_checked", account=account_id, channel=account.kind, code=error.code)
        found = await concerns_ahead(parts, account) if ahead else None
        await _keep_silence(parts, account_id, error, found)
        return Health(ok=False, told=error.told, concerns=tuple(found or ()))
    if health.lost:
        await account_died(parts, channel, account_id, AuthLost("check", told=health.told))
        return health
    health = replace(health, concerns=(*health.concerns, *await concerns_ahead(parts, account)))
    if health.ok and account.lost_at is not None:
        await release_held(parts, account_id)
    await _keep(parts, account_id, health)
    return health


async def _keep_silence(parts: Parts, account_id: int, error: ChannelError, found: Sequence[Concern] | None) -> None:
    """Write down that the platform did not answer, and what was found without it. What it said before stays."""
    told = Told(f"không hỏi được nền tảng: {error.told.vi}", f"the platform could not be asked: {error.told.en}")
    async with parts.db.write() as session:
        row, now = await session.get_one(Account, account_id, with_for_update=ROW), parts.now()
        row.checked_at, anew = now, (UNREACHABLE,) if found is None else (UNREACHABLE, *AHEAD)
        stays = [concern for concern in row.concerns if not concern["code"].startswith(anew)]
        row.concerns = [*kept(row.concerns, [Concern(UNREACHABLE, told), *(found or ())], now), *stays]


def silent_since(account: Account) -> datetime | None:
    """Since when the platform has not answered for this account; None where it did. Pure."""
    since = [concern["since"] for concern in account.concerns if concern["code"] == UNREACHABLE]
    return datetime.fromisoformat(since[0]) if since else None


async def _keep(parts: Parts, account_id: int, health: Health) -> None:
    async with parts.db.write() as session:
        row, now = await session.get_one(Account, account_id, with_for_update=ROW), parts.now()
        row.checked_at, row.expires_at = now, health.expires_at
        row.followers = health.followers if health.followers is not None else row.followers
        row.concerns = kept(row.concerns, health.concerns, now)
        recovered = health.ok and row.recover()
        if recovered:
            await record(
                session,
                at=now,
                action="account_recovered",
                subject=f"account:{account_id}",
                organisation_id=row.organisation_id,
            )
    if recovered:
        parts.bell.ring("delivery")


def kept(before: Sequence[Mapping[str, str]], found: Sequence[Concern], now: datetime) -> list[dict[str, str]]:
    """Return the concerns as they are stored: what stood before keeps the time since when. Pure."""
    since = {old["code"]: old["since"] for old in before}
    return [
        {"code": c.code, "since": since.get(c.code, now.isoformat()), "vi": c.told.vi, "en": c.told.en} for c in found
    ]
