"""Channels that are read and bring nothing, for longer than chance explains. Written beside the account, so that the
duty desk tells it like every other trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from models.db import Database
from models.office import Account, AccountStatus
from monitor.spikes import Baseline, Silence, account_key

LOOK_EVERY: Final = timedelta(minutes=1)
READ_WITHIN: Final = timedelta(hours=1)
"""An account that was not read for longer is blind, not quiet: that is told by `blind_accounts`."""


class SilenceWatch:
    """Looks once a minute; writes only what has changed."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._not_before: datetime | None = None

    async def turn(self, baselines: Mapping[int, Baseline], now: datetime) -> None:
        """Note since when each account brings nothing, and how many texts that misses."""
        if self._not_before is not None and now < self._not_before:
            return
        self._not_before = now + LOOK_EVERY
        async with self._db.read() as session:
            accounts = (await session.exec(select(Account))).all()
        found = {a.id: _silence(a, baselines.get(a.organisation_id), now) for a in accounts}
        changed = [a.id for a in accounts if a.quiet_since != _since(found[a.id])]
        if not changed:
            return
        async with self._db.write() as session:
            for row in (await session.exec(select(Account).where(col(Account.id).in_(changed)))).all():
                silence = found[row.id]
                row.quiet_since = _since(silence)
                row.quiet_missing = round(silence.expected) if silence else 0


def _silence(account: Account, baseline: Baseline | None, now: datetime) -> Silence | None:
    read = account.read_at is not None and now - account.read_at <= READ_WITHIN
    if baseline is None or not read or account.status != AccountStatus.OK:
        return None
    return baseline.silence(account_key(account.id or 0), now)


def _since(silence: Silence | None) -> datetime | None:
    return silence.since if silence else None


@dataclass(frozen=True)
class Unheard:
    """An account on which nobody hears the people. `missing`: it is read, and so many texts that usually come do not;
    None: it cannot be read."""

    since: datetime
    missing: int | None = None


def unheard(account: Account, now: datetime) -> Unheard | None:
    """Since when nobody is heard there, if so. One that was never read is blind since it was connected. Pure."""
    seen = account.read_at or account.created_at
    if account.lost_at is not None or now - seen > READ_WITHIN:
        return Unheard(seen)
    return Unheard(account.quiet_since, account.quiet_missing) if account.quiet_since is not None else None
