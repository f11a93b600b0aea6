"""A delivery as the sending rooms need it: the row, its channel, and the payload that was approved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlmodel import col, select

from bot.parts import Parts
from bot.publishing.content import files_for, media_address, media_of
from channels.base import SLOWEST_LINE, Channel, Notes, Outgoing
from models.db import DatabaseAway
from models.delivery import Attempt, Delivery
from models.office import Account
from models.post import Media, Post

PREPARE_S = 120.0
"""Uploads may take this long, beside their bytes; a crash in them costs only the upload."""
STEP_BYTES = 8 * 1024 * 1024
"""The most that goes up between two words of an upload's progress, or in the call that ends it."""
SPARE_S = 5.0
"""Between the call's own time-out and its recorded deadline: time to write down what came of it."""

T = TypeVar("T")
PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(frozen=True)
class InFlight:
    """One delivery between claim and end, as the row was when it was read.

    `claimed_s` is the event loop's time before the claim was committed: unlike the wall clock it tells how long this
    process has had the row, even when it stood still.
    """

    delivery: Delivery
    channel: Channel
    out: Outgoing
    claimed_s: float = 0.0

    @property
    def id(self) -> int:
        """The delivery's id."""
        return self.delivery.id or 0

    @property
    def number(self) -> int:
        """The attempt it is at."""
        return self.delivery.attempt_no

    @property
    def size(self) -> int:
        """Bytes of media that go with it."""
        return sum(file.size for file in self.out.media)

    @property
    def prepare_s(self) -> float:
        """The longest `prepare` may take until it tells of its progress, in seconds."""
        return PREPARE_S + self.size / SLOWEST_LINE

    @property
    def step_s(self) -> float:
        """The longest `prepare` may take from one word of its progress to the next, in seconds."""
        return PREPARE_S + min(self.size, STEP_BYTES) / SLOWEST_LINE

    @property
    def submit_s(self) -> float:
        """The longest `submit` may take, in seconds. What was prepared has but its end left."""
        size = min(self.size, STEP_BYTES) if self.channel.prepares(self.out) else self.size
        return self.channel.limits.longest_call_s(size)

    @property
    def goes_straight(self) -> bool:
        """True when the claim itself is the word that the irreversible call comes next: nothing is prepared, and what a
        crash leaves unclear can be read back or sent again. Else that word is given at the very last moment."""
        clears = self.channel.finds(self.out.form) or self.channel.repeats(self.out.form)
        return clears and not self.channel.prepares(self.out)


async def load_in_flight(parts: Parts, delivery_id: int) -> InFlight | None:
    """Read a delivery with its channel and the payload that was approved (never composed anew)."""
    query = (
        select(Delivery, Account, Post)
        .join(Account, col(Account.id) == Delivery.account_id)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(Delivery.id == delivery_id)
    )
    async with parts.db.read() as session:
        row = (await session.exec(query)).first()
        if row is None:
            return None
        delivery, account, post = row
        return in_flight(parts, delivery, post, account, await media_of(session, post))


def in_flight(
    parts: Parts, delivery: Delivery, post: Post, account: Account, media: Sequence[Media], claimed_s: float = 0.0
) -> InFlight:
    """Put rows together. Raises `WrongKey` when the account's secrets do not open."""
    files = () if delivery.target_id else files_for(delivery.channel, post, media, media_address(parts))
    out = Outgoing(channel=delivery.channel, form=delivery.form, payload=delivery.composed, media=files)
    return InFlight(delivery, parts.channel(account), out, claimed_s)


def begin_prepare(row: Delivery, attempt: Attempt, flying: InFlight, now: datetime) -> None:
    """Write down that uploads come next: when they are over, nothing was published."""
    attempt.step = "prepare"
    attempt.call_deadline = row.call_deadline = row.next_at = now + timedelta(seconds=flying.prepare_s)


def step_on(row: Delivery, flying: InFlight, notes: Notes, now: datetime) -> None:
    """Write down how far an upload is. Who took so long for a step is dead, however long the rest would have taken."""
    row.notes = dict(notes)
    row.call_deadline = row.next_at = now + timedelta(seconds=flying.step_s)


def begin_submit(row: Delivery, attempt: Attempt, flying: InFlight, now: datetime) -> None:
    """Write down that the irreversible call comes next, and from when on what became of it can be read."""
    attempt.step = "submit"
    attempt.call_deadline = row.call_deadline = now + timedelta(seconds=flying.submit_s + SPARE_S)
    row.next_at = row.call_deadline + timedelta(seconds=flying.channel.limits.settle_s)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask the database again while it is away, half a minute at most: a restart of the server must not cost what is
    known here alone. What is asked may have been stored the first time."""
    for pause_s in PAUSES_S:
        try:
            return await ask()
        except DatabaseAway:
            await asyncio.sleep(pause_s)
    return await ask()
