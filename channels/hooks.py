"""What a platform tells by itself: the contract of every kind's `hooks` module. Pure: bytes in, small dataclasses out.

The signature is checked on the bytes as they came, before anything believes a word of them. Events may come twice, late
and in any order: each says when what it tells of happened, and whoever keeps it goes by that.
"""

from __future__ import annotations

import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from channels import reading
from channels.base import AccountRef, Comment, Item

MOST_NAME: Final = 200
"""No platform's id is longer."""
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MILLISECONDS: Final = 100_000_000_000
"""A count of seconds so big would lie behind the year 5000: it counts milliseconds."""


class Unreadable(Exception):
    """Signed, and yet nothing that the platform's notes know. It will not be read the next time either."""


@dataclass(frozen=True)
class Told:
    """What happened, when, and to which account: its remote id, empty for the one whose address was called."""

    account: str
    at: datetime


@dataclass(frozen=True)
class Written(Told):
    """Somebody wrote or changed (`edited`) a comment, or wrote to the inbox."""

    comment: Comment
    edited: bool = False


@dataclass(frozen=True)
class Removed(Told):
    """A comment is gone."""

    remote_id: str
    item_id: str


@dataclass(frozen=True)
class Posted(Told):
    """An item appeared on the account's page, or has other words (`edited`) now."""

    item: Item
    edited: bool = False


@dataclass(frozen=True)
class TakenDown(Told):
    """An item is gone from the account's page."""

    remote_id: str


@dataclass(frozen=True)
class Follows(Told):
    """Somebody may be written to from now on, or wants no more of it."""

    user_id: str
    follows: bool


@dataclass(frozen=True)
class Receipt(Told):
    """What became of a message of ours with one person: `what` is "delivered", "seen" or "failed"."""

    remote_id: str
    user_id: str
    what: str


class Hooks(ABC):
    """How one platform calls us. `most_bytes`: no honest body is longer."""

    kind: ClassVar[str]
    most_bytes: ClassVar[int] = 256 * 1024

    def challenge(self, query: Mapping[str, str], word: str) -> str | None:
        """Return the answer to the question that a platform asks before it calls an address; None refuses. `word` is
        what was agreed on."""
        return None

    @abstractmethod
    def signed(self, account: AccountRef, headers: Mapping[str, str], body: bytes) -> bool:
        """Say whether the platform signed these bytes for this account, in constant time."""

    def is_probe(self, body: bytes) -> bool:
        """Say whether this is the unsigned call that only wants to see a 200; nothing is done about it."""
        return False

    @abstractmethod
    def key(self, body: bytes) -> str:
        """Return what is the same for the same event sent again. Total: any bytes go in."""

    @abstractmethod
    def read(self, body: bytes) -> Sequence[Told]:
        """Return what it tells, in the order in which it stands there; what is no concern of ours is left out. Raises
        `Unreadable`."""


# -- reading ----------------------------------------------------------------------------------------------------------


def unpacked(body: bytes) -> Mapping[str, Any]:
    """The JSON object that these bytes are. Raises `Unreadable`."""
    try:
        found = reading.unpacked(body)
    except ValueError:
        raise Unreadable("no JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("no object")
    return found


def inner(value: object) -> Mapping[str, Any]:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; anything else is an empty one."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def name(value: object) -> str:
    """An id; empty for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int) and not 0 <= value < 10**MOST_NAME:
        return ""
    found = str(value)
    return found if found.isprintable() and len(found) <= MOST_NAME else ""


def words(value: object) -> str:
    """What somebody wrote."""
    return value if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """Seconds or milliseconds since 1970, also written as text; None for what is no time of our century."""
    text = name(value)
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_MILLISECONDS)) + 3:
        return None
    count = int(text)
    found = datetime.fromtimestamp(count / 1000 if count >= _MILLISECONDS else count, UTC)
    return found if _FIRST <= found < _LAST else None


# -- signatures and keys -----------------------------------------------------------------------------------------------


def same_mac(given: str, made: str) -> bool:
    """Compare in constant time; a header may hold what is no text at all."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), made.encode())


def hmac_sha256(secret: str, body: bytes) -> str:
    """Lower-case hex of HMAC-SHA256."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def hashed(*parts: bytes) -> str:
    """What stands for these bytes."""
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()
