"""The contract every channel keeps: what it can do, what it takes, and the steps of one delivery.

A delivery is four steps, so that a crash between any two leaves something that can be read back:

1. ``prepare``  uploads and sessions; safe to repeat; what must survive a crash goes through ``save_notes``
2. ``submit``   the one irreversible call, made once
3. ``poll``     read only, while the platform still works on a clip or an article
4. ``finish``   harmless extras once it is out (thumbnail, pin); a failure here never unpublishes

Preview and publishing share ``compose``: what the approver sees is field by field what is sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Final

from channels.errors import Told, Unsupported
from channels.http import Door
from channels.look import Counted, Look
from channels.receivers import NOBODY, Receivers

Notes = Mapping[str, str]
"""What a delivery must remember across a crash (upload session, article token), stored by the caller as JSON."""

SaveNotes = Callable[[Notes], Awaitable[None]]
"""Commits the notes durably before it returns."""

Clock = Callable[[], datetime]
"""Returns the present moment, UTC-aware, in any thread: libraries that block run in threads. Time is an argument
everywhere: nothing here reads a clock by itself."""


class Can(StrEnum):
    """Abilities. A channel has each one in `can`, or in `cannot` with the reason. One that is a method's name is that
    method; `TEXT` is a post of words, with a cover where the platform wants one; `PICTURES` is many in one post;
    `SHORT_CLIP` is a form of its own for upright short ones (reel, Short)."""

    TEXT = "text"
    LINK = "link"
    PICTURE = "picture"
    PICTURES = "pictures"
    CLIP = "clip"
    SHORT_CLIP = "short_clip"
    CAPTIONS = "captions"
    THUMBNAIL = "thumbnail"
    PLAYLIST = "playlist"
    FIRST_COMMENT = "first_comment"
    BROADCAST = "broadcast"
    EDIT = "edit"
    FIND_SENT = "find_sent"
    READ_METRICS = "read_metrics"
    READ_ACCOUNT_METRICS = "read_account_metrics"
    READ_COMMENTS = "read_comments"
    REPLY = "reply"
    WITHDRAW = "withdraw"
    PIN = "pin"
    READ_INBOX = "read_inbox"
    HIDE_COMMENT = "hide_comment"
    LIKE_COMMENT = "like_comment"


class Unit(StrEnum):
    """How a platform counts the length of a text."""

    CHARACTERS = "characters"
    UTF8_BYTES = "utf8_bytes"
    UTF16_UNITS = "utf16_units"


def measure(text: str, unit: Unit) -> int:
    """Return the length of `text` as the platform counts it."""
    if unit is Unit.UTF8_BYTES:
        return len(text.encode("utf-8"))
    if unit is Unit.UTF16_UNITS:
        return len(text.encode("utf-16-le")) // 2
    return len(text)


@dataclass(frozen=True)
class TextLimit:
    """Longest text of one field; `source` cites the note it comes from."""

    most: int
    unit: Unit = Unit.CHARACTERS
    least: int = 0
    source: str = ""


@dataclass(frozen=True)
class MediaLimit:
    """What files of one kind a channel takes. Sizes in bytes, lengths in seconds, edges in pixels, a ratio is width by
    height; 0 and an empty set mean that the platform does not care.

    `most_edge` binds each edge, `most_sides` both together. Codecs are FFmpeg's names ("h264", "aac"). A picture above
    a limit is fitted to it; a clip, and whatever is too small or of the wrong shape, is refused.
    """

    mimes: frozenset[str]
    most_bytes: int
    most_count: int = 1
    least_bytes: int = 1
    least_s: float = 0.0
    most_s: float | None = None
    least_edge: int = 0
    most_edge: int = 0
    most_sides: int = 0
    most_pixels: int = 0
    least_ratio: float = 0.0
    most_ratio: float = 0.0
    least_fps: float = 0.0
    most_fps: float = 0.0
    video_codecs: frozenset[str] = frozenset()
    audio_codecs: frozenset[str] = frozenset()
    by_public_url: bool = False
    source: str = ""


REPLY = "reply"
"""The form of an answer to a comment or message. A variant says so in its option `form`; the option `target` names what
is answered: the comment at the top of the thread, or the message."""
COMMENT = "comment"
"""The form of our own comment under the item that `target` names: a first comment, or a correction."""
EDIT = "edit"
"""The form of new words for an item of ours that is out; `target` names it."""
BROADCAST = "broadcast"
"""The form of sending an item that is out (`target`) to the people who follow the account."""

SLOWEST_LINE = 20_000
"""Bytes a second of the slowest line that uploads are waited for."""


@dataclass(frozen=True)
class Limits:
    """Everything the validator, the console's counters and the dispatcher need to know of a channel.

    `settle_s`: how long after a call a sent item may still be invisible to `find_sent`; "not found" counts
    only after two looks that span it. `call_timeout_s`: the longest one `submit` may take beside its bytes.
    `spacing_s`: least time between two submits on one account. `reply`: an answer to a comment or message, which costs
    nothing for `reply_free` after that was written and is refused after `reply_until` (None: at any time).
    """

    text: TextLimit
    title: TextLimit | None = None
    picture: MediaLimit | None = None
    clip: MediaLimit | None = None
    captions: MediaLimit | None = None
    thumbnail: MediaLimit | None = None
    caption: TextLimit | None = None
    reply: TextLimit | None = None
    reply_free: timedelta | None = None
    reply_until: timedelta | None = None
    needs_media: bool = False
    settle_s: float = 120.0
    call_timeout_s: float = 60.0
    spacing_s: float = 0.0

    def media(self, kind: str) -> MediaLimit | None:
        """What files of a `MediaFile.kind` it takes; None: none."""
        return {
            "picture": self.picture, "clip": self.clip, "captions": self.captions, "thumbnail": self.thumbnail
        }.get(kind)  # fmt: skip

    def longest_call_s(self, size: int) -> float:
        """The longest one `submit` of so many bytes may take, in seconds: a slow line still gets its clip through, and
        a short text is not waited for as long as a film after a crash."""
        return self.call_timeout_s + size / SLOWEST_LINE


SUBRIP: Final = "application/x-subrip"
WEBVTT: Final = "text/vtt"
"""The types of captions that Loa reads."""


@dataclass(frozen=True)
class MediaFile:
    """One file on disk. `public_url` is where a platform that fetches by URL finds it. Captions (`SUBRIP` or `WEBVTT`)
    and a thumbnail go with the clip; `language` is that of the captions. `fps` and the codecs are a clip's as FFmpeg
    names them; 0 and empty: not known, or no sound."""

    path: Path
    kind: str  # "picture" | "clip" | "captions" | "thumbnail"
    mime: str
    size: int
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

    @property
    def called(self) -> str:
        """What its author calls it: on disk it is called by its hash."""
        return self.name or self.path.name


@dataclass(frozen=True)
class Option:
    """A word that a channel takes beside the text, stored in `Content.options[name]`. `choices` (value, label) where it
    is one of a few; the first is what goes without saying. `several`: any of `choices`, their values with commas.
    Console, command line and review know options by this."""

    name: str
    label: Told
    kind: str = "text"  # "text" | "long_text" | "choice" | "several" | "yes" ("true" or nothing)
    choices: tuple[tuple[str, Told], ...] = ()
    limit: TextLimit | None = None
    hint: Told | None = None


def chosen(option: Option, content: Content) -> list[str]:
    """Return the values that were chosen of an option of several."""
    return [value for value in (part.strip() for part in content.options.get(option.name, "").split(",")) if value]


@dataclass(frozen=True)
class Content:
    """One variant as the author wrote it. `options` are channel words such as YouTube's privacy, see `Option`."""

    text: str
    title: str = ""
    link: str = ""
    media: tuple[MediaFile, ...] = ()
    language: str = "vi"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outgoing:
    """Exactly what will be sent. `payload` is plain JSON: the request fields, field by field.

    Media appear in it by SHA-256 (or public URL), never as bytes. `form` names the platform's form
    ("feed", "photo", "video", "article", "post", "reply"). `fingerprint` identifies it for reading back.
    """

    channel: str
    form: str
    payload: Mapping[str, Any]
    media: tuple[MediaFile, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of channel, form and payload in canonical JSON."""
        import hashlib
        import json

        text = json.dumps([self.channel, self.form, self.payload], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Problem:
    """Why content cannot go out on a channel. `code` is stable; `told` says what to do."""

    code: str
    field: str
    told: Told
    most: float | None = None
    actual: float | None = None


@dataclass(frozen=True)
class Sent:
    """An item on the platform. `processing`: accepted, but `poll` must be asked until it is out.

    `notes` are merged into the delivery's notes (an article token, a video id). `told` is what people should know of it
    though it is out, as that some receivers were not reached.
    """

    remote_id: str
    permalink: str = ""
    processing: bool = False
    notes: Notes = field(default_factory=dict)
    told: Told | None = None


@dataclass(frozen=True)
class Metric:
    """One figure. `value` None means the platform does not say (never zero). `unit` people or occurrences.

    `definition` is the platform's own name plus version or date, so that a redefinition is a new series.
    `day` is set for daily account figures.
    """

    name: str  # our name: reach, views, reactions, comments, shares, followers, ...
    value: int | None
    unit: str  # "people" | "occurrences"
    definition: str
    period: str = "lifetime"  # lifetime | day | week
    day: str = ""  # ISO date the figure belongs to, for period day/week (last day)


@dataclass(frozen=True)
class Comment:
    """A text a citizen (or we ourselves) wrote: a comment, or a message to our inbox.

    `author_key` is the platform's author id, used only to be hashed; empty when hidden.
    `own` marks our own echoes. `parent_id` is the comment answered to, empty at top level.
    `item_id` is the remote id of our post, empty for an inbox message.
    """

    remote_id: str
    text: str
    created_at: datetime
    item_id: str = ""
    parent_id: str = ""
    author_key: str = ""
    author_name: str = ""
    own: bool = False
    likes: int | None = None
    url: str = ""


@dataclass(frozen=True)
class Item:
    """A post of ours as found on the platform (for backfill and for following what goes on there)."""

    remote_id: str
    text: str
    created_at: datetime
    permalink: str = ""
    title: str = ""


@dataclass(frozen=True)
class Concern:
    """What does not stop an account yet but will, said before it is needed: a token that ends soon, a right that is
    missing, a quota that runs short. `code` names the thing, so that people are told of it once."""

    code: str
    told: Told


@dataclass(frozen=True)
class Health:
    """Answer of `check_account`. `lost` means a person must reconnect. `name`/`remote_id` as the platform says."""

    ok: bool
    told: Told
    lost: bool = False
    name: str = ""
    remote_id: str = ""
    expires_at: datetime | None = None
    followers: int | None = None
    concerns: tuple[Concern, ...] = ()


@dataclass(frozen=True)
class AccountRef:
    """One connected account. `settings` are public words (oa_id, sender), `secrets` the opened tokens."""

    kind: str
    remote_id: str
    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


SaveSecrets = Callable[[Mapping[str, str]], Awaitable[None]]
"""Seals and commits all secrets before it returns (token rotation). Raises `SecretsChanged` when others were stored
since this adapter was opened, loaded or saved them: then nothing is written."""

LoadSecrets = Callable[[], Awaitable[Mapping[str, str]]]
"""Returns the secrets as they are stored now; the next save builds on them."""


class SecretsChanged(Exception):
    """Another process, or a person who reconnected the account, stored other secrets meanwhile."""


async def _forget(_: Mapping[str, str]) -> None:
    return None


@dataclass(frozen=True)
class Usage:
    """Word of one platform limit: what the platform told of it, or what a call of ours cost.

    `key` names the limit and whom it binds ("facebook:page:1001"). `most` 0: the platform does not tell how much there
    is, only that it is used up. `used` is the whole use as the platform told it, in `unit`; `spent` is added where the
    platform tells nothing. The count starts anew at `resets_at`; nothing that counts against it is taken before
    `blocked_until`. `shared`: it binds every account of the app, not this one alone.
    """

    key: str
    unit: str
    most: float = 0.0
    used: float | None = None
    spent: float = 0.0
    resets_at: datetime | None = None
    blocked_until: datetime | None = None
    shared: bool = False


TellUsage = Callable[[Usage], None]
"""Takes word of a limit; never waits, never fails. May be called from a thread."""


def tell_nobody(_: Usage) -> None:
    """Where nobody keeps the books."""


@dataclass(frozen=True)
class Endpoints:
    """Where the platforms live. Each is scheme and host without a trailing slash."""

    facebook: str = "https://graph.facebook.com"
    facebook_video: str = "https://graph-video.facebook.com"
    facebook_dialog: str = "https://www.facebook.com"
    zalo: str = "https://openapi.zalo.me"
    zalo_oauth: str = "https://oauth.zaloapp.com"
    viber: str = "https://chatapi.viber.com"
    telegram: str = "https://api.telegram.org"
    youtube: str = "https://youtube.googleapis.com"
    youtube_analytics: str = "https://youtubeanalytics.googleapis.com"
    google_oauth: str = "https://oauth2.googleapis.com"
    google_accounts: str = "https://accounts.google.com"


def later(label: str, *abilities: Can) -> dict[str, Told]:
    """Return reasons for abilities that the platform offers and Loa has not learnt yet."""
    told = Told(
        vi=f"Loa chưa làm việc này trên {label}: hãy làm ngay trên {label}.",
        en=f"Loa does not do this on {label} yet: do it on {label}.",
    )
    return dict.fromkeys(abilities, told)


class Channel(ABC):
    """One account on one platform. Instances are cheap; build one per account with `channels.registry.open_channel`."""

    kind: ClassVar[str]
    label: ClassVar[str]
    limits: ClassVar[Limits]
    can: ClassVar[frozenset[Can]]
    options: ClassVar[tuple[Option, ...]] = ()
    edit_options: ClassVar[frozenset[str]] = frozenset()
    """The names of those options that new words for an item take too."""
    cannot: ClassVar[Mapping[str, Told]] = {}
    """Why each other ability is missing: the platform has no such thing, or Loa does not do it yet."""
    follows_unseen: ClassVar[bool] = False
    """Whether what follows a post needs no remote id of it: it stands beside the post, not under it."""
    renew_before: ClassVar[timedelta | None] = None
    """How long before a token's end `renew` gets a new one; None where nothing has to be renewed by hand."""

    def __init__(
        self,
        account: AccountRef,
        *,
        door: Door,
        endpoints: Endpoints,
        now: Clock,
        save_secrets: SaveSecrets = _forget,
        load_secrets: LoadSecrets | None = None,
        tell_usage: TellUsage = tell_nobody,
        receivers: Receivers = NOBODY,
    ) -> None:
        self.account = account
        self.door = door
        self.endpoints = endpoints
        self.now = now
        self.save_secrets = save_secrets
        self.load_secrets = load_secrets or self._own_secrets
        self.tell_usage = tell_usage
        self.receivers = receivers

    async def _own_secrets(self) -> Mapping[str, str]:
        return self.account.secrets

    # -- pure -------------------------------------------------------------------------------------
    @classmethod
    @abstractmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """Return exactly what will be sent. Pure: no clock, no network, no file content."""

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """Return what readers will see of it, read from its payload alone; None: it is shown by its fields. Pure."""
        return None

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """Return its words whose length the platform limits, read from its payload alone. Pure."""
        return ()

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """Return what sending `out` takes of the platform's limits, by `Usage.key`, where it stands by its notes. Pure;
        {}: nothing that is known."""
        return {}

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """Return what one reading takes of the platform's limits, by `Usage.key`. Pure; {}: nothing that is known."""
        return {}

    @classmethod
    def not_before(cls, form: str, now: datetime) -> datetime:
        """Return when the platform takes this form: `now`, or later where it has hours (broadcasts by day). Pure."""
        return now

    @classmethod
    def follow_ups(cls, content: Content) -> Sequence[Content]:
        """Return what goes out by itself once `content` is out (a first comment, a broadcast of the article), each as a
        delivery of its own. Whoever sends it adds the option `target`: the item's remote id. Pure."""
        return ()

    @classmethod
    def rest(cls, out: Outgoing, notes: Notes) -> Notes | None:
        """Return the notes with which what is left of `out` starts, once the call that `notes` describe is out: a
        message to many goes out in batches, each a delivery of its own. None: nothing is left. Pure."""
        return None

    @classmethod
    def limits_for(cls, content: Content) -> Limits:
        """Return what the form that `content` takes here is held to (a reel is shorter than a clip). Pure."""
        return cls.limits

    @classmethod
    def may_follow(cls, options: Mapping[str, str]) -> bool:
        """Whether anything can follow a post with these options: of most posts nobody need ask further. Pure."""
        return bool(options) and not cls.can.isdisjoint({Can.FIRST_COMMENT, Can.BROADCAST})

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """Return what keeps `content` from going out here; empty means it may. Pure."""
        from channels.review import review

        return review(cls, content)

    # -- one delivery ------------------------------------------------------------------------------
    def prepares(self, out: Outgoing) -> bool:
        """Say whether `prepare` has something to do for it. Pure."""
        return False

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload what must be there before `submit`, where `prepares` says so. Safe to repeat. Return the merged
        notes."""
        return notes

    @abstractmethod
    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Make the one irreversible call. Raises a `ChannelError`."""

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """Ask whether a processing item is out. Read only. `Rejected` when the platform gave up on it."""
        return sent

    def has_extras(self, out: Outgoing) -> bool:
        """Say whether `finish` has something to do for it. Pure."""
        return False

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """Harmless extras after it is out, safe to repeat. A failure is reported, never undoes the publication."""
        return

    def finds(self, form: str) -> bool:
        """Say whether `find_sent` can tell what became of an item of this form. Pure."""
        return Can.FIND_SENT in self.can

    @classmethod
    def repeats(cls, form: str) -> bool:
        """Say whether to `submit` an item of this form once more changes nothing that anyone sees, so that an unclear
        one is simply made again. Pure."""
        return False

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Look for `out` on the platform among what appeared after `since` (UTC). None: not seen. `besides` are the
        remote ids of what is known to be something else, though it may have the same words."""
        raise self.lacks(Can.FIND_SENT)

    # -- reading -----------------------------------------------------------------------------------
    async def check_account(self) -> Health:
        """Say whether the account works: token, rights, expiry, followers."""
        raise NotImplementedError

    async def renew(self) -> datetime | None:
        """Renew the account's token if it ends within `renew_before`; return when the stored one ends, if known."""
        return None

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Return our posts on the platform created after `since`, oldest first (backfill)."""
        raise self.lacks(Can.READ_METRICS)

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Return the figures of one of our posts."""
        raise self.lacks(Can.READ_METRICS)

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Return the account's own figures (followers, weekly reach, daily views)."""
        raise self.lacks(Can.READ_ACCOUNT_METRICS)

    async def read_comments(self, remote_id: str, since: datetime | None) -> Sequence[Comment]:
        """Return comments under one post (all pages), replies included, oldest first."""
        raise self.lacks(Can.READ_COMMENTS)

    async def read_inbox(self, since: datetime | None) -> Sequence[Comment]:
        """Return messages citizens sent to us, oldest first; empty where there is no inbox."""
        return ()

    # -- acting ------------------------------------------------------------------------------------
    @classmethod
    def edits(cls, form: str) -> bool:
        """Say whether what went out in this form can get new words. Pure."""
        return Can.EDIT in cls.can and form not in (REPLY, COMMENT, EDIT, BROADCAST)

    def withdraws(self, form: str) -> bool:
        """Say whether what went out in this form can be taken down: new words for an item are no item. Pure."""
        return form not in (EDIT, BROADCAST) and Can.WITHDRAW in self.can

    async def withdraw(self, remote_id: str) -> None:
        """Take a post, or an answer, down. Already gone counts as done."""
        raise self.lacks(Can.WITHDRAW)

    async def pin(self, remote_id: str) -> None:
        """Pin a post at the top."""
        raise self.lacks(Can.PIN)

    async def hide_comment(self, remote_id: str, hidden: bool) -> None:
        """Hide a comment under an item of ours from others, or show it again. To do it again does no harm."""
        raise self.lacks(Can.HIDE_COMMENT)

    async def like_comment(self, remote_id: str, liked: bool) -> None:
        """Like a comment in the account's name, or take that back. To do it again does no harm."""
        raise self.lacks(Can.LIKE_COMMENT)

    def lacks(self, ability: Can) -> Unsupported:
        """Return the error for an ability this channel does not have."""
        told = self.cannot.get(ability) or Told(
            vi=f"{self.label} không có chức năng này.", en=f"{self.label} has no such function."
        )
        return Unsupported(f"{self.kind} cannot {ability}", told=told)
