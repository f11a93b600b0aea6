"""What citizens wrote: comments under our posts and messages to our inboxes. Masked before it is stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UniqueConstraint, col, select

from models.db import UtcDateTime
from models.delivery import Delivery

_WAITING = sa.text("scored_at IS NULL AND deleted_at IS NULL")
_UNGROUPED = sa.text("scored_at IS NOT NULL AND grouped_at IS NULL AND deleted_at IS NULL")
_WORDED = sa.text("words_key <> ''")
_KEPT = sa.text("erased_at IS NULL")
_GONE = sa.text("deleted_at IS NOT NULL AND text <> ''")


class Mention(SQLModel, table=True):
    """One text. `text` is masked (no phone, ID, address); `author_hash` is a keyed hash that rotates. `changed_at` is
    when a webhook last told of these words: what is older than that changes them no more.

    Its way: it waits, a process takes it (`taken_until`: whoever died by then gives it back), it is scored, then it is
    put to its claim (`grouped_at`). What is not to be scored, our own words and history, has both times from the
    start. What its author deleted leaves its claim and would wait for it again if it came back. `words_key` is the same
    for texts with the same words. From `erased_at` on only the counts are left.

    Nobody is profiled: there is no table of authors and no view by author.
    """

    __table_args__ = (
        UniqueConstraint("account_id", "remote_id"),
        sa.Index("mention_answers", "account_id", "parent_id"),  # what stands under a text
        sa.Index("mention_waiting", "written_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        sa.Index("mention_ungrouped", "written_at", sqlite_where=_UNGROUPED, postgresql_where=_UNGROUPED),
        sa.Index("mention_words", "words_key", sqlite_where=_WORDED, postgresql_where=_WORDED),
        sa.Index("mention_kept", "written_at", sqlite_where=_KEPT, postgresql_where=_KEPT),
        sa.Index("mention_gone", "deleted_at", sqlite_where=_GONE, postgresql_where=_GONE),
        sa.Index("mention_of_item", "account_id", "item_id", "written_at"),
        sa.Index("mention_author", "account_id", "author_hash", "written_at"),  # one person in a claim is one person
    )

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    account_id: int = Field(foreign_key="account.id")
    delivery_id: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    item_id: str = ""
    channel: str
    remote_id: str
    parent_id: str = ""
    text: str
    author_hash: str = ""
    own: bool = False
    widely_heard: bool = Field(
        default=False, sa_column_kwargs={"server_default": sa.false()}
    )  # by the press, a big page
    written_at: datetime = Field(sa_type=UtcDateTime, index=True)
    fetched_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    likes: int | None = None
    # the score, filled in batches after storing
    taken_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    scored_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    risk: float | None = None
    claim_score: float | None = None
    lexical: float | None = None
    category: str = ""
    stance: str = ""
    field: str = ""
    harm: int | None = None
    locality: str = ""
    model: str = ""
    vector: bytes | None = Field(default=None, sa_type=sa.LargeBinary)  # 384 float16, unit length
    words_key: str = ""
    grouped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claim_id: int | None = Field(default=None, foreign_key="claim.id", index=True)


class RetentionDays(SQLModel, table=True):
    """How many days an office keeps people's words, from a day on: the newest that has begun counts. `why` names the
    rule or decision behind it."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    days: int
    since: datetime = Field(sa_type=UtcDateTime)
    why: str
    set_at: datetime = Field(sa_type=UtcDateTime)
    user_id: int | None = Field(default=None, foreign_key="person.id")


class ActKind(StrEnum):
    """What the office does to a comment beside answering it; each undoes the one before of its pair."""

    HIDE = "hide"
    SHOW = "show"
    LIKE = "like"
    UNLIKE = "unlike"


class ActState(StrEnum):
    QUEUED = "queued"
    DONE = "done"
    REFUSED = "refused"
    REPLACED = "replaced"  # a later word came before it was done


class CommentAct(SQLModel, table=True):
    """One deed on one comment, written down before the platform is asked. To ask it again does no harm, so an unclear
    answer is asked again. `reason` is why a comment is hidden; it stays on record."""

    __table_args__ = (sa.Index("comment_act_due", "state", "next_at"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    mention_id: int = Field(foreign_key="mention.id", index=True)
    kind: str
    reason: str = ""
    user_id: int | None = Field(default=None, foreign_key="person.id")
    state: str = Field(default=ActState.QUEUED)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    error_vi: str = ""
    error_en: str = ""


def sent_by_loa(text: type[Mention]) -> sa.ColumnElement[bool]:
    """True for own words that Loa sent: what they answer stands on their post, which knows better than the thread."""
    mine = (col(Delivery.account_id) == text.account_id) & (col(Delivery.remote_id) == text.remote_id)
    return sa.exists(select(Delivery.id).where(mine))


class ReplyAddress(SQLModel, table=True):
    """What is needed to answer someone (a Zalo or Viber user id), sealed, never joined into a view."""

    id: int | None = Field(default=None, primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", unique=True)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    delete_after: datetime = Field(sa_type=UtcDateTime)
