"""Organisations, people with roles, connected accounts, the duty rota, and web sign-ins."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UniqueConstraint

from models.db import UtcDateTime


class Role(StrEnum):
    """What a person may do in an organisation (domain brief 6.2 and 12)."""

    AUTHOR = "author"
    EDITOR = "editor"
    APPROVER = "approver"
    DUTY = "oncall"
    BACKUP = "backup"
    SPOKESPERSON = "spokesperson"
    LEADER = "leader"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Organisation(SQLModel, table=True):
    """A ministry, province or commune. `places` are the localities its people write about, with aliases:
    ``[{"name": "...", "aliases": ["...", ...]}]``. Names change, so it is valid from a day on."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    short_name: str = ""
    kind: str = "province"
    zone: str = "Asia/Ho_Chi_Minh"
    parent_id: int | None = Field(default=None, foreign_key="organisation.id")
    places: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    duty_chat: str = ""
    leaders_chat: str = ""
    valid_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)


class User(SQLModel, table=True):
    """A person who signs in. `telegram_id` links the chat account, as text since ids exceed 2^53 elsewhere."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    login: str = Field(unique=True, index=True)
    name: str
    password_hash: str = ""
    telegram_id: str = Field(default="", index=True)
    language: str = "vi"
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class UserRole(SQLModel, table=True):
    """One role of one person in one organisation."""

    __table_args__ = (UniqueConstraint("user_id", "organisation_id", "role"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    role: str


class WebSession(SQLModel, table=True):
    """A console sign-in. Only the hash of the cookie is kept."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, index=True)
    user_id: int = Field(foreign_key="person.id")
    csrf: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class FormTaken(SQLModel, table=True):
    """A filled-in form that made a post, by a hash of its token and words: sent twice it still makes one."""

    key: str = Field(primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    at: datetime = Field(sa_type=UtcDateTime)


class AccountStatus(StrEnum):
    OK = "ok"
    PAUSED = "paused"  # a person paused it
    LOST = "lost"  # token dead, right taken away: a person must reconnect


def _hook_key() -> str:
    return secrets.token_urlsafe(18)


class Account(SQLModel, table=True):
    """One connected account on one platform. `sealed` holds its tokens, encrypted with a key outside the database.
    `hook_key` is the part of its webhook's address that nobody guesses; what proves an event is its signature.

    `concerns` are what the last check found that does not stop it yet: ``[{"code", "since", "vi", "en"}]``. An account
    may be lost while a person has paused it: `lost_at` tells.
    """

    __table_args__ = (UniqueConstraint("kind", "remote_id"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    kind: str
    remote_id: str
    name: str
    status: str = AccountStatus.OK
    status_reason: str = ""
    settings: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    sealed: bytes = Field(default=b"", sa_type=sa.LargeBinary)
    followers: int | None = Field(default=None, sa_type=sa.BigInteger)
    throttled_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_send_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # least spacing between two posts
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of the token, as far as it is known
    refreshed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lost_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # None: it works, as far as is known
    concerns: list[dict[str, str]] = Field(default_factory=list, sa_type=sa.JSON)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    quiet_since: datetime | None = Field(default=None, sa_type=UtcDateTime)  # it is read and brings nothing, unusually
    quiet_missing: int = 0  # texts that usually come in such a time
    backfilled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    hook_key: str = Field(default_factory=_hook_key)
    created_at: datetime = Field(sa_type=UtcDateTime)

    def lose(self, why: str, at: datetime) -> bool:
        """A person must reconnect it. A pause stays a pause. False when that was known already."""
        if self.lost_at is not None:
            return False
        self.lost_at = at
        if self.status == AccountStatus.OK:
            self.status, self.status_reason = AccountStatus.LOST, why
        return True

    def recover(self) -> bool:
        """It works again. A pause stays a pause. False when it was not lost."""
        was_lost = self.lost_at is not None or self.status == AccountStatus.LOST
        self.lost_at = None
        if self.status == AccountStatus.LOST:
            self.status, self.status_reason = AccountStatus.OK, ""
        return was_lost


class Connection(SQLModel, table=True):
    """The connecting of an account that was begun and is not finished. Its answer is taken once, from the `holder` that
    began it (a console sign-in, a command that runs). `sealed`: the app's words, then the tokens to choose among."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")  # the one that is connected again
    kind: str
    holder: str
    state_hash: str = Field(unique=True)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RotaShift(SQLModel, table=True):
    """Who is on duty from `starts_at` to `ends_at`: primary, then backup, then head. `note` is for those who come,
    `handover` what those who go leave to the next."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    starts_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    primary_id: int = Field(foreign_key="person.id")
    backup_id: int | None = Field(default=None, foreign_key="person.id")
    head_id: int | None = Field(default=None, foreign_key="person.id")
    note: str = ""
    handover: str = ""
    handover_by_id: int | None = Field(default=None, foreign_key="person.id")
    handover_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LinkCode(SQLModel, table=True):
    """A one-time code that ties a chat account to a person; only its hash is kept."""

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="person.id")
    code_hash: str = Field(unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
