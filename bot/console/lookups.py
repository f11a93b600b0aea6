"""What several pages read of the rows that they show."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.delivery import Delivery
from models.office import User
from models.post import Post, Variant


async def names(session: AsyncSession, ids: set[int | None]) -> dict[int, str]:
    """Return the names of people by id."""
    known = [i for i in ids if i is not None]
    if not known:
        return {}
    rows = await session.exec(select(User.id, User.name).where(col(User.id).in_(known)))
    return {user_id: name for user_id, name in rows.all() if user_id is not None}


async def deliveries_of(session: AsyncSession, posts: Sequence[Post]) -> dict[int, list[Delivery]]:
    """Return the deliveries by post."""
    ids = [p.id for p in posts]
    found: dict[int, list[Delivery]] = {}
    if ids:
        rows = await session.exec(
            select(Delivery).where(col(Delivery.post_id).in_(ids)).order_by(col(Delivery.channel), col(Delivery.id))
        )
        for delivery in rows.all():
            found.setdefault(delivery.post_id, []).append(delivery)
    return found


async def channels_of(session: AsyncSession, posts: Sequence[Post]) -> dict[int, list[str]]:
    """Return the channels a post is written for."""
    ids = [p.id for p in posts]
    found: dict[int, list[str]] = {}
    if ids:
        rows = await session.exec(
            select(Variant.post_id, Variant.channel).where(col(Variant.post_id).in_(ids)).order_by(Variant.channel)
        )
        for post_id, channel in rows.all():
            found.setdefault(post_id, []).append(channel)
    return found
