"""Incidents, their history, every alert that was sent about them, and silences."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime
from models.states import IncidentState


class Level(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    EMERGENCY = "emergency"


class Silence(SQLModel, table=True):
    """A person wants to hear of no alarm like this for a while. It matches where each of field, place and words that is
    given fits. It ends by itself; `told_at`: when what it kept quiet was told."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    field: str = ""
    locality: str = ""
    words: str = ""
    reason: str
    begins_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    placed_by_id: int | None = Field(default=None, foreign_key="person.id")
    ended_by_id: int | None = Field(default=None, foreign_key="person.id")  # before its time
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Incident(SQLModel, table=True):
    """A claim that spreads. `evidence` is what the alert showed, as plain JSON (see monitor.evidence).

    Deadlines come from the level. `told_level` is the level that people were last told, empty after a reopening;
    `reopened` counts those. `volume` is how many texts assert it, `told_volume` how many did when people were told
    last. `held_level` is the level at which the posts on its topic were held. While `under_id` or `silence_id` says
    why, nobody is told. `escalation_step` counts who has been told: 0 primary, 1 backup, 2 head. At the highest level a
    second person stands beside the one who took it (`seconded_by_id`). An acknowledgement that nothing follows ends at
    `ack_expires_at`; `ack_expiries` counts those. Only posts made since `responding_at` answer the incident as it is
    now.
    """

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    claim_id: int | None = Field(default=None, foreign_key="claim.id", index=True)
    state: str = Field(default=IncidentState.NEW, index=True)
    level: str
    harm: int
    spread: int
    field: str = ""
    locality: str = ""
    claim_text: str
    verdict: str = ""  # what a person says the alarm was: models.learning.Verdict
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    channels_hit: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    started_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    ack_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_line_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    correction_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acked_by_id: int | None = Field(default=None, foreign_key="person.id")
    corrected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_level: str = ""
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    volume: int = 0
    told_volume: int = 0
    held_level: str = ""
    under_id: int | None = Field(default=None, foreign_key="incident.id")  # a worse one on the same topic and place
    silence_id: int | None = Field(default=None, foreign_key="silence.id")
    merged_into_id: int | None = Field(default=None, foreign_key="incident.id")
    reopened: int = 0
    responding_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_line_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalation_step: int = 0
    next_escalation_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    ack_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ack_expiries: int = 0
    seconded_by_id: int | None = Field(default=None, foreign_key="person.id")
    seconded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def code(self) -> str:
        """The name people use: SC-0042."""
        return f"SC-{self.id or 0:04d}"


class IncidentEvent(SQLModel, table=True):
    """One line of an incident's record: who did what, when and why. `user_id` None means the system."""

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    user_id: int | None = Field(default=None, foreign_key="person.id")
    action: str
    was: str = ""
    now: str = ""
    why: str = ""


class AlertState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNCLEAR = "unclear"  # perhaps delivered, and not to be repeated
    FAILED = "failed"


class Alert(SQLModel, table=True):
    """One message about an incident (or about Loa itself) to one chat. `token` is what its buttons carry."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    incident_id: int | None = Field(default=None, foreign_key="incident.id", index=True)
    kind: str  # opened | raised | escalated | update | draft | digest | notice | weekly
    key: str = Field(unique=True)  # one alert a key: a second try to enqueue it changes nothing
    chat_id: str
    text: str
    chart: bool = False
    buttons: list[list[list[str]]] = Field(default_factory=list, sa_type=sa.JSON)
    document_path: str = ""
    about: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)  # what a button acts on: post, content hash
    token: str = Field(default="", index=True)
    state: str = Field(default=AlertState.QUEUED, index=True)
    attempts: int = 0
    next_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    message_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    error: str = ""
    stale: bool = Field(default=False, index=True)  # it says something else by now: the message is to be edited
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when its words were last brought up to date


class Notice(SQLModel, table=True):
    """A trouble that people were told of; one row a trouble, so that nobody hears of it twice."""

    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
