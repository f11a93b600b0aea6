"""What the duty desk goes by: how soon the next person is told, which ways reach people, every try to reach them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime


class EscalationPlan(SQLModel, table=True):
    """The minutes of one level in one office from a moment on; the newest that has begun counts.

    `waits_min`: until the next person is told, step by step, the last one again and again. `ack_lives_min`: an
    acknowledgement that nothing follows ends after so many.
    """

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    level: str
    waits_min: list[float] = Field(sa_type=sa.JSON)
    ack_lives_min: float
    valid_from: datetime = Field(sa_type=UtcDateTime)
    set_by_id: int | None = Field(default=None, foreign_key="person.id")


class TryOutcome(StrEnum):
    SENDING = "sending"  # begun; a process that died in it leaves it so
    SENT = "sent"
    FAILED = "failed"  # certainly not delivered
    UNCLEAR = "unclear"


class AlertTry(SQLModel, table=True):
    """One try to bring an alert to people, by which way and how it ended."""

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    way: str  # "telegram", or the name of a reserve way
    outcome: str
    detail: str = ""


class Route(SQLModel, table=True):
    """How one way to people stands: the bot ("telegram") or one chat ("chat:-100"). `broken_since` None: it works."""

    name: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    broken_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str = ""  # a code: token | network | gone | blocked
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SwapState(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    VOID = "void"  # the rota changed meanwhile


class ShiftSwap(SQLModel, table=True):
    """One person asks another to take their place in a shift; with `other_shift_id` they change places. It counts once
    the other agrees."""

    __table_args__ = {"sqlite_autoincrement": True}  # old buttons name a swap by number: none is given twice

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    shift_id: int = Field(foreign_key="rotashift.id", index=True)
    other_shift_id: int | None = Field(default=None, foreign_key="rotashift.id")
    from_id: int = Field(foreign_key="person.id")
    to_id: int = Field(foreign_key="person.id")
    note: str = ""
    state: str = Field(default=SwapState.ASKED, index=True)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
