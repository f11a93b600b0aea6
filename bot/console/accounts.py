"""The accounts: whether each works and will, what the platforms still allow, and pausing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.accounts.check import check_account
from bot.accounts.limits import UNTOLD, reading_stopped_by
from bot.accounts.standing import pause_account, resume_account
from bot.accounts.subscribe import webhook_stands
from bot.console.deeds import deed
from bot.console.form import Form
from bot.console.queue_rows import MOST_COUNTED
from bot.console.rules import ADMINS, PAUSERS, READERS, Page
from bot.console.show import fragment, page
from bot.console.viewer import PARTS, Viewer, viewer_of
from bot.parts import NotFound, Parts, Refused
from bot.publishing.answers import no_answers
from bot.publishing.budget import budgets_of
from bot.publishing.rows import accounts_of
from channels.errors import Told
from models.delivery import Delivery
from models.office import Account
from models.queue import SHARE, Budget, Purpose
from models.states import DeliveryState
from monitor.silence import Unheard, unheard

_ID = r"{id:\d{1,9}}"
_WAITS = (DeliveryState.QUEUED, DeliveryState.HELD)


@dataclass(frozen=True)
class Quota:
    """A platform's limit as it stands now."""

    budget: Budget
    used: float
    share: float
    blocked: bool


@dataclass(frozen=True)
class Standing:
    """An account with its limits, and how much waits for it."""

    account: Account
    quotas: Sequence[Quota]
    waiting: int
    reading_stopped: Told | None
    unheard: Unheard | None

    @property
    def unanswerable(self) -> Told | None:
        """Why citizens cannot be answered there, None where they can."""
        return no_answers(self.account.kind)


def quota_of(budget: Budget, now: datetime) -> Quota:
    """Return a limit as it stands now: its count is over once it is renewed. Pure."""
    return Quota(budget, budget.used_at(now), min(1.0, budget.share_at(now)), budget.blocked(now))


async def accounts(request: web.Request) -> web.StreamResponse:
    """The page."""
    return page(request, "accounts.html", **await _gather(request))


async def accounts_live(request: web.Request) -> web.StreamResponse:
    """The part that is kept fresh."""
    return fragment(request, "_accounts.html", **await _gather(request))


async def _gather(request: web.Request) -> dict[str, Any]:
    viewer, parts = viewer_of(request), request.app[PARTS]
    now = parts.now()
    async with parts.db.read() as session:
        quotas = [quota_of(b, now) for b in await budgets_of(session, viewer.office, now)]
        found = [
            Standing(
                a,
                [q for q in quotas if q.budget.account_id == a.id],
                await _waiting(session, a),
                await reading_stopped_by(session, parts, a),
                unheard(a, now),
            )
            for a in await accounts_of(session, viewer.office)
        ]
    return {
        "standings": found,
        "webhooks": {s.account.id: await webhook_stands(parts, s.account) for s in found},
        "shared": [q for q in quotas if q.budget.account_id is None],
        "untold": UNTOLD,
        "routine_share": SHARE[Purpose.ROUTINE],
        "most": MOST_COUNTED,
        "may_pause": PAUSERS.admits(viewer.actor),
        "may_connect": ADMINS.admits(viewer.actor),
        "updated_at": now,
    }


async def _waiting(session: AsyncSession, account: Account) -> int:
    some = select(Delivery.id).where(Delivery.account_id == account.id, col(Delivery.state).in_(_WAITS))
    return (await session.exec(select(sa.func.count()).select_from(some.limit(MOST_COUNTED).subquery()))).one()


async def _pause(parts: Parts, viewer: Viewer, account_id: int, sent: Form) -> None:
    await pause_account(parts, viewer.actor, account_id, sent.text("why", 500))


async def _resume(parts: Parts, viewer: Viewer, account_id: int, sent: Form) -> None:
    await resume_account(parts, viewer.actor, account_id)


async def _check(parts: Parts, viewer: Viewer, account_id: int, sent: Form) -> None:
    """Ask the platform now. Raises `Refused` with what it said when the account does not work."""
    async with parts.db.read() as session:
        account = await session.get(Account, account_id)
    if account is None or account.organisation_id != viewer.office:
        raise NotFound("tài khoản này", "such account")
    health = await check_account(parts, account_id)
    if not health.ok:
        raise Refused(f"{account.name}: {health.told.vi}", f"{account.name}: {health.told.en}")


_HOME = "/accounts"
PAGES = (
    Page("GET", "/accounts", accounts, READERS),
    Page("GET", "/accounts/live", accounts_live, READERS, live=True),
    Page("POST", f"/accounts/{_ID}/pause", deed(_pause, "Đã tạm dừng tài khoản.", _HOME), PAUSERS),
    Page("POST", f"/accounts/{_ID}/resume", deed(_resume, "Đã cho tài khoản chạy tiếp.", _HOME), PAUSERS),
    Page("POST", f"/accounts/{_ID}/check", deed(_check, "Đã kiểm tra: tài khoản hoạt động.", _HOME), PAUSERS),
)
