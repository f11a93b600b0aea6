"""One variant on its way to one account, and every attempt at it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UniqueConstraint

from models.db import UtcDateTime
from models.states import DeliveryState


class HeldBy(StrEnum):
    """Why a delivery is `held`, and so what lets it go: its post's release, a decision, the account's reconnection.

    `CANCELLED` waits for no release: it marks what was in flight when its post was cancelled. Where that turns out not
    to be on the platform, it is cancelled too.
    """

    POST = "post"
    LATE = "late"
    ACCOUNT = "account"
    CANCELLED = "cancelled"


_EXTRAS = sa.text("extras_at IS NOT NULL")  # of most rows there are none
_PUT_OFF = sa.text("state = 'queued' AND next_at > due_at")  # a rare thing too


class Delivery(SQLModel, table=True):
    """The row is the truth. `composed` is the exact approved payload; `notes` is what must survive a crash.

    `attempt_no` is the fence: a finish counts only for the attempt that claimed the row. `next_at` is when the
    dispatcher should look again (queued: not before; sending: call deadline plus settle; checking: next poll).
    `looks` counts how often it was asked for: in `sending` in a row without an answer, in `checking` with the answer
    "not yet"; `failures` counts the tries, in `checking` the polls, in a row that came to nothing.
    `claimed_by` names the process that holds it, `nudged_at` says when the distributed engine was last told of it.
    `costs` is what the call in flight may take of which platform limits: reserved as long as the row is `sending`, so
    whatever ends the call gives it back. `extras_at` is when what follows a publication is tried next; None: nothing
    does, or it is done.
    """

    __table_args__ = (
        UniqueConstraint("post_id", "account_id", "target_id"),
        sa.Index("delivery_due", "state", "next_at"),
        sa.Index("delivery_of_account", "account_id", "due_at"),
        sa.Index("delivery_put_off", "state", "due_at", sqlite_where=_PUT_OFF, postgresql_where=_PUT_OFF),
        sa.Index("delivery_extras", "extras_at", sqlite_where=_EXTRAS, postgresql_where=_EXTRAS),
    )

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    variant_id: int = Field(foreign_key="variant.id")
    account_id: int = Field(foreign_key="account.id")
    channel: str
    target_id: str = ""  # the item a correction is written under, where a channel corrects by comment
    state: str = Field(default=DeliveryState.QUEUED)
    priority: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime = Field(sa_type=UtcDateTime)
    late_after_min: int = 30
    embargo_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    nudged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempt_no: int = 0
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_by: str = ""
    costs: dict[str, float] = Field(default_factory=dict, sa_type=sa.JSON)
    call_deadline: datetime | None = Field(default=None, sa_type=UtcDateTime)
    looks: int = 0
    first_look_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    form: str = ""
    composed: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    fingerprint: str = ""
    notes: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    remote_id: str = Field(default="", index=True)
    permalink: str = ""
    held_by: str = ""
    error_code: str = ""
    error_vi: str = ""
    error_en: str = ""
    failures: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    extras_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_metrics_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_comments_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    comments_read_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    comments_whole_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when all were read, from the first


class Attempt(SQLModel, table=True):
    """One try, committed before the platform is called. `outcome` stays empty when the process died in it."""

    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    number: int
    step: str = "submit"
    started_at: datetime = Field(sa_type=UtcDateTime)
    call_deadline: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = ""
    detail: str = ""
