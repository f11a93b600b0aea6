"""Reading and moving the rows of a post inside one transaction: the small steps that every rule is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.content import load
from channels.base import Outgoing
from models.audit import record
from models.db import ROW
from models.delivery import Delivery
from models.mention import Mention
from models.office import Account
from models.post import Post, PostKind, Priority, Variant
from models.states import POST, DeliveryState, PostState


async def read_post(session: AsyncSession, organisation_id: int, post_id: int) -> Post:
    """Read a post of this organisation, to look at. Raises `NotFound` for any other."""
    return _own(await session.get(Post, post_id), organisation_id, f"bài {post_id}", f"post {post_id}")


async def post_of(session: AsyncSession, organisation_id: int, post_id: int) -> Post:
    """Read a post of this organisation and keep its row until the transaction ends.

    Row locks are always taken in the order post, delivery, account: whoever needs two cannot stand in a circle.
    """
    return _own(await session.get(Post, post_id, with_for_update=ROW), organisation_id, "bài này", "such post")


def _own(post: Post | None, organisation_id: int, vi: str, en: str) -> Post:
    if post is None or post.organisation_id != organisation_id:
        raise NotFound(vi, en)
    return post


async def delivery_of(session: AsyncSession, organisation_id: int, delivery_id: int) -> tuple[Post, Delivery]:
    """Read a delivery of this organisation with its post, both kept until the transaction ends."""
    post_id = (await session.exec(select(Delivery.post_id).where(Delivery.id == delivery_id))).first()
    if post_id is None:
        raise NotFound("lượt gửi này", "such delivery")
    post = await post_of(session, organisation_id, post_id)
    return post, await session.get_one(Delivery, delivery_id, with_for_update=ROW)


async def deliveries_of(session: AsyncSession, post: Post, *states: DeliveryState) -> Sequence[Delivery]:
    """Read the post's deliveries in these states (all without any), kept until the transaction ends."""
    query = select(Delivery).where(Delivery.post_id == post.id).order_by(col(Delivery.id))
    if states:
        query = query.where(col(Delivery.state).in_(states))
    return (await session.exec(query.with_for_update(key_share=True))).all()


async def accounts_of(session: AsyncSession, organisation_id: int) -> Sequence[Account]:
    """Read the organisation's accounts."""
    query = select(Account).where(Account.organisation_id == organisation_id).order_by(col(Account.id))
    return (await session.exec(query)).all()


async def accounts_for(session: AsyncSession, post: Post) -> Sequence[Account]:
    """Read the accounts that a post may go to: all of its office, or for an answer the one that was written to."""
    accounts = await accounts_of(session, post.organisation_id)
    if post.answers_id is None:
        return accounts
    asked = await session.get(Mention, post.answers_id)
    return [a for a in accounts if asked is not None and a.id == asked.account_id]


_PRIORITY = {
    PostKind.CORRECTION: Priority.CORRECTION,
    PostKind.HOLDING: Priority.HOLDING,
    PostKind.ANSWER: Priority.ANSWER,
}


def priority_of(post: Post) -> int:
    """How far its deliveries overtake others."""
    return _PRIORITY.get(PostKind(post.kind), Priority.ROUTINE)


def new_delivery(post: Post, variant: Variant, account_id: int, target: str, out: Outgoing, due: datetime) -> Delivery:
    """Return one variant on its way to one account, with the payload that was approved."""
    return Delivery(
        post_id=id_of(post.id),
        variant_id=id_of(variant.id),
        account_id=account_id,
        channel=variant.channel,
        target_id=target,
        priority=priority_of(post),
        due_at=due,
        next_at=due,
        late_after_min=post.late_after_min,
        embargo_until=post.embargo_until,
        form=out.form,
        composed=dict(out.payload),
        fingerprint=out.fingerprint,
    )


def move(post: Post, to: PostState) -> None:
    """Move the post, or raise `IllegalMove`; `Refused` for one on hold, which only its release or cancelling moves."""
    not_held(post)
    post.state = POST.check(PostState(post.state), to)


def not_held(post: Post) -> None:
    """Refuse to go on with a post that somebody holds: no later step may lift a hold unsaid."""
    if post.state == PostState.HELD:
        raise Refused("Bài đang tạm giữ; hãy thả bài trước.", "The post is on hold; release it first.")


def let_go(post: Post, to: PostState) -> None:
    """Move a post that may be on hold: it is released or cancelled. Raises `IllegalMove`."""
    post.state = POST.check(PostState(post.state), to)
    post.held_from = post.held_reason = ""


def is_urgent(post: Post) -> bool:
    """True for corrections and holding lines: two people sign, and they overtake everything routine."""
    return post.kind in (PostKind.CORRECTION, PostKind.HOLDING)


async def rehash(session: AsyncSession, post: Post) -> None:
    """Bring the content hash up to date."""
    await session.flush()
    post.content_hash = (await load(session, post)).content_hash()


async def log(
    session: AsyncSession, parts: Parts, actor: Actor | None, action: str, post: Post, **detail: object
) -> None:
    """Put a deed on a post into the audit log, in the same transaction."""
    await record(
        session,
        at=parts.now(),
        action=action,
        subject=f"post:{post.id}",
        organisation_id=post.organisation_id,
        user_id=actor.user_id if actor else None,
        **detail,
    )


def id_of(value: int | None) -> int:
    """The id of a stored row."""
    assert value is not None, "a stored row has an id"
    return value
