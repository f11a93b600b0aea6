"""Whether an account may be used: paused and resumed by a person, and what follows when it works again."""

from __future__ import annotations

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.progress import refresh_post
from bot.publishing.queueing import requeue
from bot.publishing.rows import delivery_of
from models.audit import record
from models.db import ROW, AdvisoryLock
from models.delivery import Delivery, HeldBy
from models.office import Account, AccountStatus, Role
from models.post import Post
from models.states import ON_ITS_WAY, DeliveryState, PostState

log = structlog.get_logger()

MAY_PAUSE = (Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON, Role.ADMIN)
_STILL_LOST = "Mất kết nối từ trước: quản trị kết nối lại bằng `loa account connect`."


async def pause_account(parts: Parts, actor: Actor, account_id: int, reason: str) -> None:
    """Send nothing on this account, from before the next send on, until a person resumes it. It is still read."""
    if not reason.strip():
        raise Refused("Hãy ghi lý do tạm dừng.", "Give a reason for the pause.")
    async with parts.db.write() as session:
        await AdvisoryLock.SENDING.take(await session.connection())
        account = await _account_of(session, actor, account_id)
        if account.status == AccountStatus.PAUSED:
            raise Refused("Tài khoản này đang tạm dừng rồi.", "This account is paused already.")
        account.status, account.status_reason = AccountStatus.PAUSED, reason.strip()
        await _record(session, parts, actor, "account_paused", account, reason=reason.strip())
    parts.bell.ring("delivery")


async def resume_account(parts: Parts, actor: Actor, account_id: int) -> None:
    """Let a paused account go on. What has become too late meanwhile is held, and a person decides on each."""
    async with parts.db.write() as session:
        account = await _account_of(session, actor, account_id)
        if account.status != AccountStatus.PAUSED:
            raise Refused("Tài khoản này không tạm dừng.", "This account is not paused.")
        account.status, account.status_reason = AccountStatus.OK, ""
        if account.lost_at is not None:
            account.status, account.status_reason = AccountStatus.LOST, _STILL_LOST
        await _record(session, parts, actor, "account_resumed", account)
    parts.bell.ring("delivery")


async def release_held(parts: Parts, account_id: int | None = None) -> int:
    """Put back in the queue, most pressing and longest due first, what was held for accounts that work again, or for
    the one that is about to be called well: while it is lost nothing later overtakes.

    Each keeps its own time, so that the claim holds for a decision what is too late by now. Looked for in the store:
    nothing stays behind whenever a process dies.
    """
    works = Account.id == account_id if account_id is not None else Account.status == AccountStatus.OK
    query = (
        select(Delivery.id, Post.organisation_id)
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(
            Delivery.state == DeliveryState.HELD,
            Delivery.held_by == HeldBy.ACCOUNT,
            works,
            col(Post.state).in_((*ON_ITS_WAY, PostState.HELD)),
        )
        .order_by(col(Delivery.priority).desc(), col(Delivery.due_at), col(Delivery.id))
    )
    async with parts.db.read() as session:
        rows = (await session.exec(query)).all()
    released = [await _release(parts, organisation, delivery or 0) for delivery, organisation in rows]
    if any(released):
        log.info("deliveries_go_on", count=sum(released))
        parts.bell.ring("delivery")
    return sum(released)


async def _release(parts: Parts, organisation_id: int, delivery_id: int) -> bool:
    async with parts.db.write() as session:
        post, delivery = await delivery_of(session, organisation_id, delivery_id)
        if delivery.state != DeliveryState.HELD or delivery.held_by != HeldBy.ACCOUNT:
            return False
        if post.state == PostState.HELD:  # now the hold alone keeps it back
            delivery.held_by = HeldBy.POST
            return False
        if post.state not in ON_ITS_WAY:
            return False
        requeue(delivery, delivery.due_at)
        await refresh_post(session, parts, post)
        await parts.nudge(session, [delivery_id])
    return True


async def _account_of(session: AsyncSession, actor: Actor, account_id: int) -> Account:
    if not actor.has(*MAY_PAUSE):
        raise Refused("Bạn không có quyền tạm dừng tài khoản.", "You may not pause accounts.")
    account = await session.get(Account, account_id, with_for_update=ROW)
    if account is None or account.organisation_id != actor.organisation_id:
        raise NotFound("tài khoản này", "such account")
    return account


async def _record(
    session: AsyncSession, parts: Parts, actor: Actor, action: str, account: Account, **detail: object
) -> None:
    await record(
        session,
        at=parts.now(),
        action=action,
        subject=f"account:{account.id}",
        organisation_id=account.organisation_id,
        user_id=actor.user_id,
        **detail,
    )
