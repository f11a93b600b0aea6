"""Reads the queue a page at a time, by the queue's own index: as fast with a hundred thousand rows as with ten."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from models.delivery import Delivery, HeldBy
from models.office import Account
from models.post import Post
from models.states import DeliveryState, PostState

PER_PAGE = 25
MOST_COUNTED = 1000
"""Counting stops here: more is said to be more."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(\d{1,17})\.(\d{1,9})")

Row = tuple[Delivery, Post, Account]
Conditions = tuple[sa.ColumnElement[bool], ...]


_alive = col(Post.state).not_in([PostState.RETRACTED, PostState.CORRECTED])
_unknown: Conditions = (col(Delivery.state) == DeliveryState.UNKNOWN,)
_refused: Conditions = (col(Delivery.state) == DeliveryState.REFUSED, _alive)
_held: Conditions = (col(Delivery.state) == DeliveryState.HELD, _alive)
VIEWS: Mapping[str, Sequence[Conditions]] = {
    "attention": (_unknown, _refused, (*_held, col(Delivery.held_by) == HeldBy.LATE)),
    "queued": ((col(Delivery.state) == DeliveryState.QUEUED,),),
    "in_flight": (
        (col(Delivery.state) == DeliveryState.SENDING,),
        (col(Delivery.state) == DeliveryState.CHECKING,),
    ),
    "held": (_held,),
    "unknown": (_unknown,),
    "refused": (_refused,),
}
"""The long parts of the queue; each is put together of lists that the queue's index gives in order."""


@dataclass(frozen=True)
class Slice:
    """Some rows in the order of their time; `after` is where the next ones begin, empty at the end."""

    rows: Sequence[Row] = field(default_factory=list)
    after: str = ""


async def take(
    session: AsyncSession, office: int, parts_of_view: Sequence[Conditions], *, channel: str = "", after: str = ""
) -> Slice:
    """Read the next rows of one organisation. An `after` that cannot be read begins at the beginning."""
    found: list[Sequence[Row]] = []
    for conditions in parts_of_view:
        query = _query(office, conditions, channel, after).order_by(col(Delivery.next_at), col(Delivery.id))
        found.append((await session.exec(query.limit(PER_PAGE + 1))).all())
    rows = list(heapq.merge(*found, key=lambda row: (row[0].next_at, row[0].id or 0)))
    if len(rows) <= PER_PAGE:
        return Slice(rows)
    return Slice(rows[:PER_PAGE], _cursor(rows[PER_PAGE - 1][0]))


async def count(session: AsyncSession, office: int, parts_of_view: Sequence[Conditions], *, channel: str = "") -> int:
    """Count the rows of one organisation, up to `MOST_COUNTED`."""
    counted = 0
    for conditions in parts_of_view:
        some = _query(office, conditions, channel, "").with_only_columns(col(Delivery.id)).limit(MOST_COUNTED)
        counted += (await session.exec(select(sa.func.count()).select_from(some.subquery()))).one()
    return min(counted, MOST_COUNTED)


def _query(office: int, conditions: Conditions, channel: str, after: str) -> Select[Delivery, Post, Account]:
    query = (
        select(Delivery, Post, Account)
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        # The sum keeps the planner from beginning at the organisation's posts and sorting all of them.
        .where(*conditions, col(Post.organisation_id) + 0 == office)
    )
    if channel:
        query = query.where(Delivery.channel == channel)
    known = _CURSOR.fullmatch(after)
    if known:
        at, last = _EPOCH + timedelta(microseconds=int(known[1])), int(known[2])
        beyond = sa.or_(col(Delivery.next_at) > at, col(Delivery.id) > last)
        query = query.where(col(Delivery.next_at) >= at, beyond)
    return query


def _cursor(delivery: Delivery) -> str:
    return f"{(delivery.next_at - _EPOCH) // timedelta(microseconds=1)}.{delivery.id}"
