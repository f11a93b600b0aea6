"""An event is on the disk before its platform hears that it was taken; many share one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from models.webhook import WebhookEvent


@dataclass(frozen=True)
class Arrival:
    """A signed call: whose, what names it, its sealed body, and when it came."""

    account_id: int
    key: str
    sealed: bytes
    at: datetime


async def keep_arrivals(session: AsyncSession, arrivals: Sequence[Arrival]) -> Sequence[None]:
    """Store each event once; one that came before is left as it is."""
    rows = [
        {
            "account_id": one.account_id, "key": one.key, "sealed": one.sealed, "received_at": one.at,
            "due_at": one.at, "tries": 0, "problem": "",
        }
        for one in arrivals
    ]  # fmt: skip
    connection = await session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    await connection.execute(insert(WebhookEvent).on_conflict_do_nothing(index_elements=["account_id", "key"]), rows)
    return [None] * len(rows)
