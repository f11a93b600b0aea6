"""The citizens whom an account may write to. The platform's ids of them stand in no payload, note, log or page: they
come out of the store for one call and are forgotten after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol


@dataclass(frozen=True)
class Receiver:
    """One subscriber. `number` tells him from the others and orders them; `id` is the platform's own."""

    number: int
    id: str = field(repr=False)


@dataclass(frozen=True)
class Reached:
    """How many people a post came to: to a device of theirs, and before their eyes."""

    delivered: int
    seen: int


class Receivers(Protocol):
    """Whom an account may write to, as the store knows them."""

    async def last(self) -> int:
        """Return the highest number that a subscriber has now; 0 when there is none."""

    async def between(self, after: int, last: int, most: int) -> Sequence[Receiver]:
        """Return subscribers with numbers above `after` up to `last`, in order, at most so many."""

    async def forget(self, ids: Collection[str]) -> None:
        """Take off those of whom the platform says that they subscribe no more."""

    async def author(self, message_id: str) -> str:
        """Return the id of who wrote a message to the account; empty when that is not known any more."""

    async def reached(self, message_id: str) -> Reached | None:
        """Return how many people the post came to of which this is a message; None: the platform told of nobody, or so
        long ago that it is no more known."""

    async def saw(self, since: datetime, until: datetime) -> int | None:
        """Return how many people saw something of the account's in that time; None: the platform told of nobody."""


class _Nobody:
    """Where an account has no receivers of its own."""

    async def last(self) -> int:
        return 0

    async def between(self, after: int, last: int, most: int) -> Sequence[Receiver]:
        return ()

    async def forget(self, ids: Collection[str]) -> None:
        return None

    async def author(self, message_id: str) -> str:
        return ""

    async def reached(self, message_id: str) -> Reached | None:
        return None

    async def saw(self, since: datetime, until: datetime) -> int | None:
        return None


NOBODY: Final[Receivers] = _Nobody()
