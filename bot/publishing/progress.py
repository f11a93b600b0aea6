"""A post's state follows from its deliveries, from `scheduled` on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.rows import move
from models.delivery import Delivery
from models.post import Post
from models.states import ON_ITS_WAY, POST, DeliveryState, PostState, post_state_from


async def refresh_post(session: AsyncSession, parts: Parts, post: Post) -> None:
    """Derive the post's state from its deliveries, from `scheduled` on."""
    await refresh_posts(session, parts, [post])


async def refresh_posts(session: AsyncSession, parts: Parts, posts: Sequence[Post]) -> None:
    """Derive each post's state from its deliveries, from `scheduled` on."""
    flowing = {post.id: post for post in posts if post.state in ON_ITS_WAY}
    if not flowing:
        return
    await session.flush()
    query = select(Delivery.post_id, Delivery.state, Delivery.sent_at)  # whole rows are heavy
    found: dict[int, list[Standing]] = {}
    for post_id, state, sent_at in await session.exec(query.where(col(Delivery.post_id).in_(flowing))):
        found.setdefault(post_id, []).append(Standing(state, sent_at))
    for post_id, rows in found.items():
        await _refresh(session, parts, flowing[post_id], rows)


class Standing(NamedTuple):
    """What a post's state follows from, of one delivery."""

    state: str
    sent_at: datetime | None


async def _refresh(session: AsyncSession, parts: Parts, post: Post, rows: Sequence[Standing]) -> None:
    to = post_state_from([DeliveryState(d.state) for d in rows])
    if post.state == to:
        return
    if post.state == PostState.SCHEDULED:
        move(post, PostState.GOING_OUT)
    if post.state != to:
        move(post, to)
    if to is PostState.PUBLISHED:
        await _published(session, parts, post, rows)
    post.updated_at = parts.now()


async def _published(session: AsyncSession, parts: Parts, post: Post, rows: Sequence[Standing]) -> None:
    post.published_at = max((d.sent_at for d in rows if d.sent_at), default=parts.now())
    if post.corrects_id is not None:
        corrected = await session.get_one(Post, post.corrects_id)
        if POST.allows(PostState(corrected.state), PostState.CORRECTED):
            move(corrected, PostState.CORRECTED)
