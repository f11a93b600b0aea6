"""What people's verdicts teach: labels of texts, the small heads fitted from them, the threshold an office chose."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime


class Verdict(StrEnum):
    """What a person says an alarm was. Only a person gives one."""

    RIGHT = "right"
    FALSE_ALARM = "false_alarm"
    CRITICISM = "criticism"
    WRONG_GROUP = "wrong_group"


class Label(SQLModel, table=True):
    """A verdict on one text of an incident, kept while the text lives. `text_hash` is of its plain words; `risk` and
    `vector` are what the model `revision` says of it without anything learned here, empty until they are needed."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    mention_id: int = Field(foreign_key="mention.id", unique=True, ondelete="CASCADE")
    text_hash: str
    verdict: str
    at: datetime = Field(sa_type=UtcDateTime)
    user_id: int | None = Field(default=None, foreign_key="person.id")
    revision: str = ""
    risk: float | None = None
    vector: bytes | None = Field(default=None, sa_type=sa.LargeBinary)  # 384 float16


class LearnedHead(SQLModel, table=True):
    """One head fitted from labels: `weights` are float32 (scale, bias, then one a dimension), `base` the revision of
    the model it corrects. At most one is `active`; none means the model as it was shipped."""

    id: int | None = Field(default=None, primary_key=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    base: str
    weights: bytes = Field(sa_type=sa.LargeBinary)
    labels: int
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    accepted: bool
    active: bool = Field(default=False, index=True)


class AlarmThreshold(SQLModel, table=True):
    """The least mean risk that an office lets wake it, from a day on; the newest row counts. `wanted` is the number of
    alarms a shift it was chosen for."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    risk: float
    wanted: float
    since: datetime = Field(sa_type=UtcDateTime)
    user_id: int | None = Field(default=None, foreign_key="person.id")
