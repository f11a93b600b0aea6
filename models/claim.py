"""A claim: texts that say the same thing, across channels and wordings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import UtcDateTime

_UNSPLIT = sa.text("split_at IS NULL")


class Claim(SQLModel, table=True):
    """A group of mentions. `key` is the stream's stable id; `text` the most typical masked sentence."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    key: str = Field(unique=True)
    text: str
    field: str = ""
    harm: int = 0
    locality: str = ""
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    vector: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    merged_into_id: int | None = Field(default=None, foreign_key="claim.id")


class NewsLabel(StrEnum):
    """What an authority concluded of a claim, in the words of the Vietnam Anti Fake News Centre (tingia.gov.vn)."""

    FALSE = "TIN_GIA"
    MISLEADING = "TIN_SAI_SU_THAT"
    AUTHENTIC = "TIN_XAC_THUC"


class KnownClaim(SQLModel, table=True):
    """A claim that an authority has settled: an entry of the office's library.

    `source` says who concluded it and where that can be read. What no longer holds is retired, never deleted.
    `split_at` is when its sentences were brought up to date with it, None when they have to be.
    """

    __table_args__ = (sa.Index("known_claim_new", "id", sqlite_where=_UNSPLIT, postgresql_where=_UNSPLIT),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    text: str
    verdict: str
    source: str
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    added_at: datetime = Field(sa_type=UtcDateTime)
    added_by_id: int | None = Field(default=None, foreign_key="person.id")
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    split_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class KnownSentence(SQLModel, table=True):
    """One sentence of what is known, to hold claims against: of an entry of the library or of an own post, `text` as
    it stands there. `vector` is what the model `revision` makes of it, both empty until it is asked."""

    __table_args__ = (
        sa.Index("known_sentence_made", "organisation_id", "revision"),
        {"sqlite_autoincrement": True},  # an index knows them by number: none is given twice
    )

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    known_claim_id: int | None = Field(default=None, foreign_key="knownclaim.id", index=True, ondelete="CASCADE")
    post_id: int | None = Field(default=None, foreign_key="post.id", index=True, ondelete="CASCADE")
    text: str
    revision: str = ""
    vector: bytes | None = Field(default=None, sa_type=sa.LargeBinary)  # 384 float16, unit length


class KnownWord(SQLModel, table=True):
    """A word that carries meaning, and a sentence that it stands in: who has a few rare ones finds the sentence."""

    word: str = Field(primary_key=True)
    sentence_id: int = Field(foreign_key="knownsentence.id", primary_key=True, index=True, ondelete="CASCADE")


class Regrouping(StrEnum):
    MERGED = "merged"
    SPLIT = "split"


class ClaimDecision(SQLModel, table=True):
    """A person said that two claims are one, or that texts of one claim are another: who, when, why.

    `claim_key` is the claim that was looked at, `other_key` the one that its texts went to.
    """

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    kind: str
    claim_key: str
    other_key: str
    mentions: list[Any] = Field(default_factory=list, sa_type=sa.JSON)
    at: datetime = Field(sa_type=UtcDateTime)
    user_id: int | None = Field(default=None, foreign_key="person.id")
    why: str
