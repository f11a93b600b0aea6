"""Posts that an open incident on their topic holds, from the moment it is grave; their authors are told once, or the
duty chat names them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.alerts import duty_chat, queue_alert, untold
from bot.duty.voice import voice_of
from bot.parts import Parts
from bot.publishing.queueing import hold_in
from bot.publishing.topics import HOLDS_FROM, STOPPABLE, held_for, released_since, same_topic
from models.delivery import Attempt, Delivery
from models.incident import Incident, Notice
from models.office import Organisation, User
from models.post import Post, PostKind
from models.states import OPEN_INCIDENT, DeliveryState, PostState


async def hold_topic(session: AsyncSession, parts: Parts, incident: Incident) -> None:
    """Hold what is on its way on the same topic, once a level, in the transaction that works the alarm. What a person
    released goes out, until it gets worse."""
    incident.held_level = incident.level
    rows = await session.exec(
        select(Post)
        .where(
            Post.organisation_id == incident.organisation_id,
            Post.kind == PostKind.ROUTINE,
            Post.field == incident.field,
            col(Post.state).in_(STOPPABLE),
        )
        .order_by(col(Post.id))
        .with_for_update(key_share=True)
    )
    for post in [p for p in rows.all() if same_topic(p, incident)]:
        if post.state == PostState.GOING_OUT and not await _can_be_stopped(session, post):
            continue
        if await released_since(session, post, incident):
            continue
        await hold_in(session, parts, post, held_for(incident), None)
        parts.bell.ring("delivery")


async def _can_be_stopped(session: AsyncSession, post: Post) -> bool:
    """Something of it waits, or is only being uploaded: its last step asks whether the post may go."""
    uploading = sa.exists().where(
        col(Attempt.delivery_id) == Delivery.id,
        col(Attempt.number) == Delivery.attempt_no,
        col(Attempt.step) == "prepare",
    )
    waits = sa.or_(
        col(Delivery.state) == DeliveryState.QUEUED,
        sa.and_(col(Delivery.state) == DeliveryState.SENDING, uploading),
    )
    return (await session.exec(select(Delivery.id).where(Delivery.post_id == post.id, waits))).first() is not None


async def tell_held(parts: Parts, organisation: Organisation) -> int:
    """Tell of every post that was not told of yet; return how many messages were queued."""
    async with parts.db.read() as session:
        held = await _held(session, parts, organisation)
    return sum([await _tell_held(parts, organisation, chat, posts) for chat, posts in held.items()])


async def _tell_held(
    parts: Parts, organisation: Organisation, chat: str, posts: Sequence[tuple[Post, User | None]]
) -> bool:
    voice = voice_of(parts, organisation)
    async with parts.db.write() as session:
        session.add_all(Notice(key=_held_key(post), at=voice.now) for post, _ in posts)
        named = [(post, author.name if author else "") for post, author in posts]
        return await queue_alert(
            session,
            organisation_id=organisation.id or 0,
            kind="notice",
            key=_held_key(posts[0][0]),
            chat_id=chat,
            text=texts.held(named, voice, to_author=chat != duty_chat(parts, organisation)),
            at=voice.now,
        )


def _held_key(post: Post) -> str:
    return f"held:{post.id}:{post.updated_at.isoformat()}"


async def _held(
    session: AsyncSession, parts: Parts, organisation: Organisation
) -> Mapping[str, Sequence[tuple[Post, User | None]]]:
    """Posts that nobody was told of, by the chat to tell: the author's own, or the duty chat where the author has none.

    In an office without any chat the author finds them on the console's first page, among what waits for a person.
    """
    incidents = await session.exec(
        select(Incident).where(
            Incident.organisation_id == organisation.id,
            col(Incident.state).in_(OPEN_INCIDENT),
            col(Incident.level).in_(HOLDS_FROM),
        )
    )
    reasons = [held_for(i) for i in incidents.all()]
    if not reasons:
        return {}
    rows = await session.exec(
        select(Post, User)
        .join(User, col(User.id) == Post.author_id, isouter=True)
        .where(
            Post.organisation_id == organisation.id,
            Post.kind == PostKind.ROUTINE,
            Post.state == PostState.HELD,
            col(Post.held_reason).in_(reasons),
        )
        .order_by(col(Post.id))
    )
    posts = rows.all()
    new = await untold(session, [_held_key(post) for post, _ in posts])
    by_chat: dict[str, list[tuple[Post, User | None]]] = defaultdict(list)
    for post, author in posts:
        own = author.telegram_id if author is not None else ""
        chat = own or duty_chat(parts, organisation)
        if chat and _held_key(post) in new:
            by_chat[chat].append((post, author))
    return by_chat
