"""Posts, one variant a channel, their media and approvals."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UniqueConstraint

from models.db import UtcDateTime
from models.states import PostState


class VafcField(StrEnum):
    """Topic codes: the eight fields of the Viet Nam Anti Fake News Center (domain brief 5)."""

    POLICY = "CHINH_SACH"
    ECONOMY = "KINH_TE"
    HEALTH = "Y_TE"
    DISASTER = "THIEN_TAI"
    SECURITY = "AN_NINH"
    FAKE_ACCOUNT = "GIA_MAO"
    SCAM = "LUA_DAO"
    OTHER = "KHAC"


class PostKind(StrEnum):
    ROUTINE = "routine"
    CORRECTION = "correction"
    HOLDING = "holding"
    ANSWER = "answer"
    EDIT = "edit"  # new words for what is out, see `Post.edits_id`


class PostFormat(StrEnum):
    """What kind of item the office says a post is; a post that says nothing carries whatever is attached."""

    TEXT = "text"
    INFOGRAPHIC = "infographic"
    SHORT_CLIP = "short_clip"
    LONG_CLIP = "long_clip"


class Timing(StrEnum):
    """When a post goes out once it is approved."""

    NOW = "now"
    AT = "at"
    SLOT = "slot"  # the next free slot of each of its channels


class Priority:
    """Higher goes out first."""

    ROUTINE = 0
    ANSWER = 10
    HOLDING = 80
    CORRECTION = 100


class Post(SQLModel, table=True):
    """One official item. `due_at` None: as soon as it is approved. `content_hash` covers texts, media, channels and
    time; an approval counts only for the hash it was given to.

    With a window (`window_from` to `window_to`) the approval is for any time within it. Nothing goes out before
    `embargo_until`, whoever asks. `recurrence_id`: made by a recurring post. `format`: a `PostFormat`, or empty.
    `answers_id`: the citizen's text that it answers, on the account that was written to and nowhere else. `edits_id`:
    the post whose items get these words, wherever they are out.
    """

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    title: str
    kind: str = PostKind.ROUTINE
    format: str = ""
    state: str = Field(default=PostState.DRAFT, index=True)
    held_from: str = ""
    held_reason: str = ""
    field: str = VafcField.OTHER
    harm: int = 0
    locality: str = ""
    source_document: str = ""
    author_id: int | None = Field(default=None, foreign_key="person.id")  # None: drafted by Loa from a template
    contributors: list[int] = Field(default_factory=list, sa_type=sa.JSON)  # whoever changed it never approves it
    incident_id: int | None = Field(default=None, foreign_key="incident.id", index=True)
    corrects_id: int | None = Field(default=None, foreign_key="post.id")
    answers_id: int | None = Field(default=None, index=True)  # no foreign key: mention and post would name each other
    edits_id: int | None = Field(default=None, index=True)
    timing: str = Timing.AT
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    window_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    window_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    embargo_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recurrence_id: int | None = Field(default=None, index=True)  # no foreign key: the two tables would name each other
    late_after_min: int = 30
    content_hash: str = ""
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Variant(SQLModel, table=True):
    """The text of a post for one channel (channel kind, not account).

    A machine translation is approved only once a person has signed it; an edit of its words takes the signature away.
    `text_hash` follows from the text whenever the row is stored: equal where two texts say the same.
    """

    __table_args__ = (UniqueConstraint("post_id", "channel"), sa.Index("variant_same_text", "text_hash", "id"))

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    channel: str
    language: str = "vi"
    machine_translated: bool = False
    signed_by: int | None = Field(default=None, foreign_key="person.id")
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    title: str = ""
    text: str = ""
    text_hash: str = ""
    link: str = ""
    options: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)


def text_hash(text: str) -> str:
    """Return what two texts share that differ only in case, spacing and the spelling of marks; empty for no text."""
    words = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return hashlib.sha256(words.encode()).hexdigest()[:32] if words else ""


@sa.event.listens_for(Variant, "before_insert")
@sa.event.listens_for(Variant, "before_update")
def _keep_text_hash(_mapper: object, _connection: object, variant: Variant) -> None:
    variant.text_hash = text_hash(variant.text)


class Media(SQLModel, table=True):
    """One file of a post, kept under the media folder, named by its SHA-256; `name` is what its author called it.

    `kind` as in `channels.base.MediaFile`: captions and a thumbnail go with the clip. `renditions`: what a picture
    became for the channels that do not take it as it is, by channel: path, mime, size, sha256, width, height.
    """

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    position: int = 0
    kind: str
    mime: str
    path: str
    size: int = Field(sa_type=sa.BigInteger)
    sha256: str
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    alt_text: str = ""
    public_url: str = ""
    language: str = ""
    fps: float = 0.0
    video_codec: str = ""
    audio_codec: str = ""
    name: str = ""
    channels: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # empty: every channel that takes it
    renditions: dict[str, dict[str, Any]] = Field(default_factory=dict, sa_type=sa.JSON)


class Approval(SQLModel, table=True):
    """One person's yes to one exact content. Void when the content changed afterwards."""

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    user_id: int = Field(foreign_key="person.id")
    content_hash: str
    at: datetime = Field(sa_type=UtcDateTime)
    surface: str = "console"
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
