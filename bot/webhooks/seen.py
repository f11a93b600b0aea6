"""Whether webhooks arrive: what was last heard of each account, and what lies there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.registry import HOOKS
from models.office import Account
from models.webhook import WebhookEvent

WORKED_WITHIN: Final = timedelta(minutes=5)
"""What waits longer is worked by nobody."""


@dataclass(frozen=True)
class Heard:
    """One account's webhooks: the last event of the past days, how many wait, how many were put aside."""

    account: Account
    last: datetime | None
    waiting_since: datetime | None
    aside: int

    def stuck(self, now: datetime) -> bool:
        """Say whether events wait longer than they should. Pure."""
        return self.waiting_since is not None and now - self.waiting_since > WORKED_WITHIN


def is_called(account: Account) -> bool:
    """Say whether its platform calls at all: a Viber channel's calls nobody (viber.md 2). Pure."""
    return account.kind in HOOKS and account.kind != "viber"


async def heard(session: AsyncSession) -> Sequence[Heard]:
    """What was heard of every account whose platform calls."""
    waiting = func.min(WebhookEvent.received_at).filter(col(WebhookEvent.due_at).is_not(None))
    aside = func.count().filter(col(WebhookEvent.problem) != "")
    query = select(WebhookEvent.account_id, func.max(WebhookEvent.received_at), waiting, aside)
    found = {row[0]: row[1:] for row in (await session.exec(query.group_by(col(WebhookEvent.account_id)))).all()}
    accounts = (await session.exec(select(Account).order_by(col(Account.id)))).all()
    return [Heard(a, *found.get(a.id or 0, (None, None, 0))) for a in accounts if is_called(a)]
