"""What platforms told us by themselves: kept until it is worked, and who may be written to because they said so."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UniqueConstraint

from models.db import UtcDateTime

_WAITING = sa.text("due_at IS NOT NULL")  # nearly all of them are worked


class WebhookEvent(SQLModel, table=True):
    """One signed call. `key` is the same for the same event sent again, so it is stored once; `sealed` is the raw body,
    encrypted, and empty once it is worked or a day old. `due_at` is when it is worked (next); None: it is done, or it
    was put aside, of which `problem` says why.
    """

    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        sa.Index("webhook_event_waiting", "due_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    key: str
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    problem: str = ""


class ChatUpdate(SQLModel, table=True):
    """What Telegram told the bot of the duty chat, polled or called with: `update_id` is the bot's own count, so each
    is stored once. `sealed`, `due_at` and `problem` as for a `WebhookEvent`. The bot is no account, `bot` its number.
    """

    __table_args__ = (
        UniqueConstraint("bot", "update_id"),
        sa.Index("chat_update_waiting", "due_at", "update_id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: int | None = Field(default=None, primary_key=True)
    bot: str
    update_id: int = Field(sa_type=sa.BigInteger)
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str = ""


class Subscriber(SQLModel, table=True):
    """Somebody who may be written to: a Viber bot's subscriber, of whom the platform keeps no list. `person` is a keyed
    hash that finds the row again, `sealed` the user id; never joined into a view. `left_at`: they want no more of it.
    """

    __table_args__ = (UniqueConstraint("account_id", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    person: str
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    since: datetime = Field(sa_type=UtcDateTime)
    told_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Receipt(SQLModel, table=True):
    """That a message of ours came to somebody (`what` is "delivered"), or that they opened the chat with it in sight
    ("seen"). `person` is the keyed hash of a subscriber. Kept for as long as more may be told of the message; the
    figures that were made of it stay.
    """

    __table_args__ = (
        UniqueConstraint("account_id", "remote_id", "person", "what"),
        sa.Index("receipt_seen", "account_id", "what", "person", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    remote_id: str
    person: str
    what: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
