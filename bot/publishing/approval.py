"""Saying yes: hand in, pass on, approve exactly this content, send back, and what happens when nobody answers in time.

An approval is tied to the content hash: any edit voids it. Whoever changed the content never approves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, Parts, Refused
from bot.publishing.content import load, media_address, review_bundle
from bot.publishing.edits import editable_on
from bot.publishing.late import expired, may_let_go, wrote
from bot.publishing.queueing import MAY_HOLD, can_be_cancelled, schedule
from bot.publishing.rows import is_urgent, log, move, not_held, post_of, rehash
from bot.publishing.translations import review_for_approval
from bot.publishing.writing import EDITABLE, MAY_WRITE, Invalid, void_approvals
from models.delivery import Delivery
from models.office import Role, User, UserRole
from models.post import Approval, Post, PostKind
from models.states import POST, DeliveryState, PostState

_MAY_APPROVE = (Role.APPROVER,)
_MAY_SIGN_CORRECTION = (Role.APPROVER, Role.SPOKESPERSON, Role.DUTY, Role.BACKUP, Role.LEADER)
_WAITING = (PostState.IN_REVIEW, PostState.PENDING)


async def submit_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """Hand a draft in. Where the office has no other editor it goes straight on to wait for approval."""
    if not actor.has(*MAY_WRITE):
        raise Refused("Bạn không có quyền nộp bài.", "You may not hand posts in.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        await submit_in(session, parts, actor, post)
    parts.bell.ring("post")


async def submit_in(session: AsyncSession, parts: Parts, actor: Actor, post: Post) -> None:
    """Hand a draft in inside the caller's transaction. Raises `Invalid` for what its channels would not take."""
    bundle = await load(session, post)
    if not bundle.variants:
        raise Refused("Bài chưa có bản cho kênh nào.", "The post has no variant for any channel yet.")
    problems = review_bundle(bundle, media_address(parts))
    if problems:
        raise Invalid(problems)
    if post.state == PostState.RETURNED:
        move(post, PostState.DRAFT)
    move(post, PostState.IN_REVIEW)
    if actor.has(Role.EDITOR) or not await _has_editor(session, post.organisation_id) or is_urgent(post):
        move(post, PostState.PENDING)
    post.updated_at = parts.now()
    await rehash(session, post)
    await log(session, parts, actor, "post_submitted", post, state=post.state)


async def forward_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """An editor passes a post on to the approver."""
    if not actor.has(Role.EDITOR):
        raise Refused("Chỉ biên tập viên được chuyển duyệt.", "Only an editor may pass it on.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        move(post, PostState.PENDING)
        await log(session, parts, actor, "post_forwarded", post)
    parts.bell.ring("post")


async def approve_post(parts: Parts, actor: Actor, post_id: int, content_hash: str) -> PostState:
    """Say yes to exactly this content; with the last needed yes the post is scheduled.

    Nobody approves what they wrote or changed themselves, or whose translation they signed. A correction needs two
    different people.
    """
    now = parts.now()
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        _may_approve(post, actor)
        not_held(post)
        bundle = await load(session, post)
        if content_hash != post.content_hash or content_hash != bundle.content_hash():
            raise Refused(
                "Nội dung đã thay đổi sau khi bạn xem; hãy xem lại rồi duyệt.",
                "The content changed after you saw it; look again, then approve.",
            )
        POST.check(PostState(post.state), PostState.APPROVED)
        if expired(post, now):
            raise Refused(
                "Đã quá giờ hẹn của bài nên không duyệt được nữa; hãy hẹn giờ khác.",
                "The post's time has passed, so it can no longer be approved; give it another time.",
            )
        problems = review_for_approval(bundle, media_address(parts))
        if problems:
            raise Invalid(problems)
        signed = await approvals_of(session, post)
        if actor.user_id in {a.user_id for a in signed}:
            raise Refused(
                "Bạn đã duyệt bài này; cần thêm một người khác.", "You have approved this; another person is needed."
            )
        session.add(
            Approval(post_id=post_id, user_id=actor.user_id, content_hash=content_hash, at=now, surface=actor.surface)
        )
        await log(session, parts, actor, "post_approved", post, content_hash=content_hash, surface=actor.surface)
        if len(signed) + 1 >= approvals_needed(post):
            move(post, PostState.APPROVED)
            await schedule(session, parts, bundle)
        state = PostState(post.state)
    parts.bell.ring("post")
    parts.bell.ring("delivery")
    return state


async def return_post(parts: Parts, actor: Actor, post_id: int, why: str) -> None:
    """Send a post back to its author with a reason."""
    if not actor.has(Role.EDITOR, Role.APPROVER):
        raise Refused("Bạn không có quyền trả lại bài.", "You may not send posts back.")
    if not why.strip():
        raise Refused("Hãy ghi lý do trả lại.", "Give a reason for sending it back.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        move(post, PostState.RETURNED)
        await void_approvals(session, post, parts.now())
        await log(session, parts, actor, "post_returned", post, why=why)
    parts.bell.ring("post")


# -- too late to say yes ----------------------------------------------------------------------------------------


async def expire_unanswered(parts: Parts) -> list[int]:
    """Send back to their authors the posts that nobody approved in time; return their ids."""
    now, back = parts.now(), []
    async with parts.db.write() as session:
        query = select(Post).where(col(Post.state).in_(_WAITING), col(Post.due_at) < now).order_by(col(Post.id))
        for post in (await session.exec(query.with_for_update(key_share=True, skip_locked=True))).all():
            if not expired(post, now):
                continue
            move(post, PostState.RETURNED)
            await void_approvals(session, post, now)
            await log(session, parts, None, "approval_expired", post)
            back.append(post.id or 0)
    if back:
        parts.bell.ring("post")
    return back


# -- asking -----------------------------------------------------------------------------------------------------


def approvals_needed(post: Post) -> int:
    """How many different people must say yes."""
    return 2 if is_urgent(post) else 1


async def approvals_of(session: AsyncSession, post: Post) -> list[Approval]:
    """Return the approvals that count for the post as it is now."""
    rows = await session.exec(
        select(Approval).where(
            Approval.post_id == post.id,
            Approval.content_hash == post.content_hash,
            col(Approval.voided_at).is_(None),
        )
    )
    return list(rows.all())


def allowed_actions(
    post: Post, actor: Actor, approvals: Sequence[Approval], rows: Sequence[Delivery], now: datetime
) -> set[str]:
    """Return the actions this person may take on the post with these deliveries now; surfaces show just these."""
    state = PostState(post.state)
    actions = set()
    writes = actor.has(*MAY_WRITE)
    if writes and state in EDITABLE:
        actions |= {"edit", "reschedule"}
    if writes and state in (PostState.DRAFT, PostState.RETURNED):
        actions.add("submit")
    if actor.has(Role.EDITOR) and state is PostState.IN_REVIEW:
        actions.add("forward")
    signed = actor.user_id in {a.user_id for a in approvals}
    if state is PostState.PENDING and actor.has(*_signers(post)) and not wrote(post, actor) and not signed:
        actions.add("approve")
    if actor.has(Role.EDITOR, Role.APPROVER) and state in _WAITING:
        actions.add("return")
    if actor.has(*MAY_HOLD):
        if POST.allows(state, PostState.HELD):
            actions.add("hold")
        held = [row for row in rows if row.state == DeliveryState.HELD]
        if state is PostState.HELD and may_let_go(post, held, actor, now):
            actions.add("release")
        if can_be_cancelled(post, rows):
            actions.add("cancel")
    out = state in (PostState.PUBLISHED, PostState.PARTLY_FAILED)
    if actor.has(Role.APPROVER, Role.SPOKESPERSON) and out and post.kind != PostKind.EDIT:
        actions.add("withdraw")
    if writes and editable_on(post, rows):
        actions.add("amend")
    return actions


def _signers(post: Post) -> tuple[Role, ...]:
    return _MAY_SIGN_CORRECTION if is_urgent(post) else _MAY_APPROVE


def _may_approve(post: Post, actor: Actor) -> None:
    if not actor.has(*_signers(post)):
        raise Refused("Bạn không có quyền duyệt bài.", "You may not approve posts.")
    if wrote(post, actor):
        raise Refused(
            "Không được tự duyệt bài mình soạn, đã sửa hoặc đã ký bản dịch; cần người khác duyệt.",
            "You may not approve a post that you wrote or changed, or whose translation you signed; others must.",
        )


async def _has_editor(session: AsyncSession, organisation_id: int) -> bool:
    query = (
        select(UserRole.id)
        .join(User, col(User.id) == UserRole.user_id)
        .where(UserRole.organisation_id == organisation_id, UserRole.role == Role.EDITOR, col(User.active).is_(True))
        .limit(1)
    )
    return (await session.exec(query)).first() is not None
