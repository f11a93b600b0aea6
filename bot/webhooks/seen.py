"""Whether webhooks arrive: what was last heard of each account, and what lies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.errors import Told
from channels.registry import HOOKS
from models.office import Account
from models.webhook import WebhookEvent

WORKED_WITHIN: Final = timedelta(minutes=5)
"""What waits longer is worked by nobody."""

LOST: Final[Mapping[str, Told]] = {
    "facebook": Told(
        "không có địa chỉ công khai: Loa đọc bình luận định kỳ, kết quả như nhau, chậm hơn",
        "no public address: comments are read now and then, with the same result, later",
    ),
    "zalo": Told(
        "không có địa chỉ công khai (LOA_PUBLIC_URL): Zalo không tải được hình của bài, tin của người dân được đọc "
        "định kỳ; khi đính tệp hãy ghi địa chỉ công khai của nó",
        "no public address (LOA_PUBLIC_URL): Zalo cannot fetch an article's pictures, citizens' messages are read now "
        "and then; give each file's own public address when you attach it",
    ),
    "viber": Told(
        "không có địa chỉ công khai (LOA_PUBLIC_URL): Viber đòi webhook trước bài đầu tiên và không tải được hình; hãy "
        "đặt địa chỉ công khai rồi kết nối lại",
        "no public address (LOA_PUBLIC_URL): Viber wants a webhook before the first post and cannot fetch pictures; "
        "set one and connect again",
    ),
    "viber_bot": Told(
        "không có địa chỉ công khai (LOA_PUBLIC_URL): không nhận được tin của người dân, không biết ai theo dõi bot",
        "no public address (LOA_PUBLIC_URL): no message of a citizen arrives and nobody knows who follows the bot",
    ),
}
"""What is lost without a public address, by the kind of channel whose platform would call it."""


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


async def heard(session: AsyncSession, only: int | None = None) -> Sequence[Heard]:
    """What was heard of every account whose platform calls, or of one."""
    waiting = func.min(WebhookEvent.received_at).filter(col(WebhookEvent.due_at).is_not(None))
    aside = func.count().filter(col(WebhookEvent.problem) != "")
    query = select(WebhookEvent.account_id, func.max(WebhookEvent.received_at), waiting, aside)
    accounts = select(Account).order_by(col(Account.id))
    if only is not None:
        query, accounts = query.where(WebhookEvent.account_id == only), accounts.where(Account.id == only)
    found = {row[0]: row[1:] for row in (await session.exec(query.group_by(col(WebhookEvent.account_id)))).all()}
    return [
        Heard(a, *found.get(a.id or 0, (None, None, 0))) for a in (await session.exec(accounts)).all() if is_called(a)
    ]
