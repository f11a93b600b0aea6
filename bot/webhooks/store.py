"""An event is on the disk before its platform hears that it was taken; many share one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from models.webhook import WebhookEvent


@dataclass(frozen=True)
class Arrival:
    """A signed call: whose, what names it, its sealed body, and when it came."""

    account_id: int
    key: str
    sealed: bytes
    at: datetime


async def keep_arrivals(session: AsyncSession, arrivals: Sequence[Arrival]) -> Sequence[bool]:
    """Store each event once; say of each whether it was new. One that came before is left as it is."""
    rows = [
        {
            "account_id": one.account_id, "key": one.key, "sealed": one.sealed, "received_at": one.at,
            "due_at": one.at, "tries": 0, "problem": "",
        }
        for one in arrivals
    ]  # fmt: skip
    sqlite_here = session.get_bind().dialect.name == "sqlite"
    insert = (sqlite.insert if sqlite_here else postgresql.insert)(WebhookEvent).values(rows)
    stored = insert.on_conflict_do_nothing(index_elements=["account_id", "key"]).returning(
        col(WebhookEvent.account_id), col(WebhookEvent.key)
    )
    new = {tuple(row) for row in (await session.exec(stored)).all()}
    return [(one.account_id, one.key) in new for one in arrivals]
