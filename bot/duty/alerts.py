"""Messages to chats, kept as rows: queued in the deed's own transaction, sent by the chat's loop, one a key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from models.incident import Alert, Notice
from models.office import Organisation

Buttons = Sequence[Sequence[tuple[str, str]]]
"""Rows of (label, action); the row's token is added when it is sent."""


def duty_chat(parts: Parts, organisation: Organisation) -> str:
    """Where the office's duty officers read; empty when no chat is set."""
    return organisation.duty_chat or parts.settings.duty_chat


SILENT = "silent"
"""Among what an alert is `about`: it makes no sound and wakes nobody."""


async def untold(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Of these troubles, by the keys of their notices, those that people were not told of yet."""
    if not keys:
        return set()
    told = await session.exec(select(Notice.key).where(col(Notice.key).in_(keys)))
    return set(keys) - set(told.all())


async def queue_alert(
    session: AsyncSession,
    *,
    organisation_id: int,
    kind: str,
    key: str,
    chat_id: str,
    text: str,
    at: datetime,
    incident_id: int | None = None,
    chart: bool = False,
    buttons: Buttons = (),
    document_path: str = "",
    about: Mapping[str, str] | None = None,
) -> bool:
    """Queue one message; False when one with this key was queued before, or no chat is set."""
    if not chat_id:
        return False
    alert = Alert(
        organisation_id=organisation_id,
        incident_id=incident_id,
        kind=kind,
        key=key,
        chat_id=chat_id,
        text=text,
        chart=chart,
        buttons=[[list(b) for b in row] for row in buttons],
        document_path=document_path,
        about=dict(about or {}),
        token=secrets.token_hex(6),
        next_at=at,
        created_at=at,
    )
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(Alert).values(alert.model_dump(exclude={"id"}))  # two at once: one row, and no error for the other
    done = await session.exec(row.on_conflict_do_nothing(index_elements=["key"]).returning(col(Alert.id)))
    return done.first() is not None
