"""From approved to out: scheduling, and what a person can do to the queue until the very claim: hold, release, cancel,
move, withdraw, and decide about what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, Parts, Refused
from bot.publishing.content import Bundle, MediaAddress, compose, media_address
from bot.publishing.following import batches_left, following, queue_follow_ups
from bot.publishing.late import ask_to_let_go, too_late, unapproved
from bot.publishing.progress import refresh_post
from bot.publishing.rows import (
    accounts_for,
    accounts_of,
    deliveries_of,
    delivery_of,
    id_of,
    let_go,
    log,
    move,
    new_delivery,
    not_held,
    post_of,
    priority_of,
    rehash,
)
from bot.publishing.slots import due_on, next_free_slot
from bot.publishing.topics import held_for, incident_on_topic
from bot.publishing.writing import MAY_WRITE, open_for_edit, void_approvals
from channels.base import Outgoing
from models.delivery import Delivery, HeldBy
from models.office import Account, Role
from models.post import Post, PostKind, Timing, Variant
from models.states import DELIVERY, ON_ITS_WAY, POST, DeliveryState, PostState

_CANCELLABLE = (PostState.SCHEDULED, PostState.HELD, PostState.GOING_OUT, PostState.PARTLY_FAILED)
MAY_HOLD = (Role.AUTHOR, Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
_MAY_DECIDE = (Role.APPROVER, Role.DUTY, Role.BACKUP, Role.EDITOR)
_UNSENT = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.REFUSED)
_MAY_BE_OUT = (DeliveryState.SENDING, DeliveryState.UNKNOWN)


# -- into the queue ---------------------------------------------------------------------------------------------


async def schedule(session: AsyncSession, parts: Parts, bundle: Bundle) -> None:
    """Make one delivery a variant, account and target, with the composed payload that was approved.

    Of a post that was partly out before, what is out stays as it is; what never got out takes the new payload.
    """
    post, address = bundle.post, media_address(parts)
    accounts = await accounts_for(session, post)
    rows = {(d.account_id, d.target_id): d for d in await deliveries_of(session, post)}
    wanted = set()
    for variant in bundle.variants:
        due = await due_on(session, post, variant.channel, parts.now(), next_free_slot)
        for account in (a for a in accounts if a.kind == variant.channel):
            for target, out in _goes_out(bundle, variant, account, address, rows):
                key = (id_of(account.id), target)
                wanted.add(key)
                if key not in rows:
                    session.add(new_delivery(post, variant, key[0], target, out, due))
                elif rows[key].state in _UNSENT:
                    _renew(rows[key], post, variant, out, due)
    if not wanted:
        raise Refused(
            "Chưa có tài khoản nào được kết nối cho các kênh của bài.",
            "No account is connected for the post's channels.",
        )
    for key, delivery in rows.items():
        if key not in wanted and delivery.state in _UNSENT:
            delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.CANCELLED)
    move(post, PostState.SCHEDULED)
    await refresh_post(session, parts, post)
    await _hold_for_incident(session, parts, post)
    await _wake(session, parts, post)


def _goes_out(
    bundle: Bundle, variant: Variant, account: Account, address: MediaAddress, rows: Mapping[tuple[int, str], Delivery]
) -> Iterator[tuple[str, Outgoing]]:
    """Yield target and payload of all that goes to an account: the variant itself, and what follows where it is out, or
    is left of it."""
    for target in bundle.targets(variant, account):
        yield target, compose(bundle, variant, account, address, target)
        first = rows.get((id_of(account.id), target))
        if first is not None and first.state == DeliveryState.SENT:
            yield from following(bundle, variant, account, first, address)
    yield from batches_left(rows, id_of(account.id))


async def _hold_for_incident(session: AsyncSession, parts: Parts, post: Post) -> None:
    """While a grave incident is open on its topic, an approved post waits until a person releases it."""
    incident = await incident_on_topic(session, post)
    if incident is not None and await deliveries_of(session, post, DeliveryState.QUEUED):
        await hold_in(session, parts, post, held_for(incident), None)


async def _wake(session: AsyncSession, parts: Parts, post: Post) -> None:
    """Tell the engine, in this very transaction; what is due later it finds in time by itself."""
    await session.flush()
    await parts.nudge(session, [id_of(d.id) for d in await deliveries_of(session, post, DeliveryState.QUEUED)])


def _renew(delivery: Delivery, post: Post, variant: Variant, out: Outgoing, due: datetime) -> None:
    """Give what never got out the payload that was approved now. Notes of old uploads belong to the old payload."""
    requeue(delivery, due)
    delivery.variant_id, delivery.due_at = id_of(variant.id), due
    delivery.embargo_until, delivery.late_after_min = post.embargo_until, post.late_after_min
    delivery.priority = priority_of(post)
    if delivery.fingerprint != out.fingerprint:
        delivery.form, delivery.composed, delivery.fingerprint = out.form, dict(out.payload), out.fingerprint
        delivery.notes = {}


# -- hold, release, cancel, move --------------------------------------------------------------------------------


async def hold_post(parts: Parts, actor: Actor, post_id: int, why: str) -> None:
    """Hold a post back from any state before it is out; what is queued stops before the next send."""
    if not actor.has(*MAY_HOLD):
        raise Refused("Bạn không có quyền tạm giữ bài.", "You may not hold posts.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        await hold_in(session, parts, post, why, actor)
    parts.bell.ring("delivery")


async def hold_in(session: AsyncSession, parts: Parts, post: Post, why: str, actor: Actor | None) -> None:
    """Hold a post inside the caller's transaction (an incident opens and holds its topic in one step)."""
    was = post.state
    move(post, PostState.HELD)
    post.held_from, post.held_reason, post.updated_at = was, why, parts.now()
    for delivery in await deliveries_of(session, post, DeliveryState.QUEUED):
        delivery.state = DELIVERY.check(DeliveryState.QUEUED, DeliveryState.HELD)
        delivery.held_by = HeldBy.POST
        delivery.error_vi, delivery.error_en = f"Bài đang tạm giữ: {why}", f"The post is on hold: {why}"
    await log(session, parts, actor, "post_held", post, why=why)


async def release_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """Let a held post go on from where it was. A person decides, so lateness is not asked again; past the time that was
    approved it must be somebody who may say yes to that."""
    if not actor.has(*MAY_HOLD):
        raise Refused("Bạn không có quyền thả bài.", "You may not release posts.")
    now = parts.now()
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        if post.state != PostState.HELD:
            raise Refused("Bài này không bị tạm giữ.", "This post is not on hold.")
        rows = await deliveries_of(session, post, DeliveryState.HELD)
        ask_to_let_go(post, rows, actor, now)
        late = any(unapproved(delivery, post, now) for delivery in rows)
        let_go(post, PostState(post.held_from or PostState.DRAFT))
        for delivery in rows:
            if delivery.held_by != HeldBy.ACCOUNT:
                _send_again(delivery, post, now)
        await refresh_post(session, parts, post)
        await _wake(session, parts, post)
        await log(session, parts, actor, "post_released", post, late=late)
    parts.bell.ring("delivery")


async def cancel_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """Take a post out of the queue. What is already out cannot be called back; what is in flight ends as it ends, and
    is not sent again."""
    if not actor.has(*MAY_HOLD):
        raise Refused("Bạn không có quyền hủy bài.", "You may not cancel posts.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        rows = await deliveries_of(session, post)
        if not can_be_cancelled(post, rows):
            raise Refused(
                "Không còn gì chờ đăng để hủy; phần đã lên kênh thì gỡ bài.",
                "Nothing of it waits any more that could be cancelled; take down what is out.",
            )
        _call_off(rows)
        await void_approvals(session, post, parts.now())
        if all(d.state == DeliveryState.CANCELLED for d in rows):
            let_go(post, PostState.RETRACTED)
        else:  # the rest of it is out, and stays what it is
            if post.state not in ON_ITS_WAY:
                let_go(post, PostState.GOING_OUT)
            await refresh_post(session, parts, post)
        await log(session, parts, actor, "post_cancelled", post)
    parts.bell.ring("delivery")


def can_be_cancelled(post: Post, rows: Sequence[Delivery]) -> bool:
    """True while something of the post waits, or a person holds it. Pure."""
    waits = post.state == PostState.HELD or any(d.state in _UNSENT for d in rows)
    return post.state in _CANCELLABLE and waits


def _call_off(rows: Sequence[Delivery]) -> None:
    """Cancel what is not out, and mark what may be: where it turns out not to be, it is cancelled too."""
    for delivery in rows:
        if delivery.state in _UNSENT:
            delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.CANCELLED)
            delivery.held_by = ""
        elif delivery.state in _MAY_BE_OUT:
            delivery.held_by = HeldBy.CANCELLED


async def reschedule_post(parts: Parts, actor: Actor, post_id: int, due_at: datetime | None) -> None:
    """Move a post's time. Inside the window it was approved for the approval stays; any other time needs a new one."""
    if not actor.has(*MAY_WRITE):
        raise Refused("Bạn không có quyền đổi giờ đăng.", "You may not move posts.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        if due_at is not None and post.embargo_until is not None and due_at < post.embargo_until:
            raise Refused("Giờ đăng sớm hơn giờ cấm công bố.", "The time lies before the embargo ends.")
        if _in_window(post, due_at) and due_at is not None:
            post.due_at, post.updated_at = due_at, parts.now()
            for delivery in await deliveries_of(session, post, DeliveryState.QUEUED):
                delivery.due_at = delivery.next_at = max(due_at, parts.now())
                delivery.nudged_at = None
            await _wake(session, parts, post)
        else:
            await open_for_edit(session, parts, actor, post)
            post.due_at, post.timing = due_at, Timing.AT
            post.window_from = post.window_to = None
            await rehash(session, post)
        await log(session, parts, actor, "post_rescheduled", post, due_at=due_at.isoformat() if due_at else None)
    parts.bell.ring("delivery")


def _in_window(post: Post, due_at: datetime | None) -> bool:
    """True for an approved post of which nothing is out or in flight, and a time inside what was approved."""
    if due_at is None or post.window_from is None or post.window_to is None:
        return False
    return post.state in (PostState.APPROVED, PostState.SCHEDULED) and post.window_from <= due_at <= post.window_to


# -- afterwards -------------------------------------------------------------------------------------------------


async def withdraw_post(parts: Parts, actor: Actor, post_id: int, why: str) -> list[str]:
    """Take a published post down where the platform allows it, and call off what is not out yet; return the channels
    where it stays or may be."""
    if not actor.has(Role.APPROVER, Role.SPOKESPERSON):
        raise Refused("Bạn không có quyền gỡ bài.", "You may not take posts down.")
    if not why.strip():
        raise Refused("Hãy ghi lý do gỡ bài.", "Give a reason for taking it down.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        if post.kind == PostKind.EDIT:
            raise Refused("Hãy gỡ bài gốc; lượt sửa thì sửa lại.", "Take down the post itself; edit it again instead.")
        POST.check(PostState(post.state), PostState.RETRACTED)
        rows = await deliveries_of(session, post)
        _call_off(rows)
        sent = [d for d in rows if d.state == DeliveryState.SENT]
        left = [d.channel for d in rows if d.state in (*_MAY_BE_OUT, DeliveryState.CHECKING)]
        accounts = {a.id: a for a in await accounts_of(session, actor.organisation_id)}
    for delivery in sent:
        channel = parts.channel(accounts[delivery.account_id])
        if not delivery.remote_id or not channel.withdraws(delivery.form):  # a person saw it there: its id is not known
            left.append(delivery.channel)
            continue
        await channel.withdraw(delivery.remote_id)
        async with parts.db.write() as session:
            _, row = await delivery_of(session, actor.organisation_id, id_of(delivery.id))
            row.state = DELIVERY.check(DeliveryState(row.state), DeliveryState.RETRACTED)
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        if not left:
            move(post, PostState.RETRACTED)
        else:
            await refresh_post(session, parts, post)
        await log(session, parts, actor, "post_withdrawn", post, why=why, left=left)
    parts.bell.ring("delivery")
    return left


class Settled(Refused):
    """Somebody was first."""


async def settle_unknown(
    parts: Parts, actor: Actor, delivery_id: int, *, there: bool, seen_attempt: int | None = None
) -> DeliveryState:
    """A person who looked at the channel decides: it is there, or send it again. Return what it is now. `seen_attempt`
    is the attempt that the person was asked about: an old message decides nothing about a later one."""
    if not actor.has(*_MAY_DECIDE):
        raise Refused("Bạn không có quyền quyết định bài chưa rõ.", "You may not decide this.")
    async with parts.db.write() as session:
        post, delivery = await delivery_of(session, actor.organisation_id, delivery_id)
        if seen_attempt is None and delivery.state != DeliveryState.UNKNOWN:
            raise Refused("Lượt gửi này không ở trạng thái chưa rõ.", "This delivery is not unknown.")
        if delivery.state != DeliveryState.UNKNOWN or seen_attempt not in (None, delivery.attempt_no):
            raise Settled("Lượt gửi này đã có người quyết định rồi.", "Somebody has decided about this already.")
        called_off = delivery.held_by == HeldBy.CANCELLED
        if there:
            delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.SENT)
            delivery.sent_at = delivery.claimed_at or parts.now()
        elif called_off:
            delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.CANCELLED)
        else:
            ask_to_let_go(post, [delivery], actor, parts.now())
            _send_again(delivery, post, parts.now())
        delivery.held_by = delivery.error_code = delivery.error_vi = delivery.error_en = ""
        if there and not called_off:
            await queue_follow_ups(session, parts, [(post, delivery)])
        await refresh_post(session, parts, post)
        await _wake(session, parts, post)
        await log(
            session, parts, actor, "unknown_settled", post, delivery=delivery_id, there=there, surface=actor.surface
        )
    parts.bell.ring("delivery")
    return DeliveryState(delivery.state)


async def retry_delivery(parts: Parts, actor: Actor, delivery_id: int) -> None:
    """Put a refused or held delivery back in the queue after its cause was mended."""
    if not actor.has(*_MAY_DECIDE):
        raise Refused("Bạn không có quyền gửi lại.", "You may not retry this.")
    async with parts.db.write() as session:
        post, delivery = await delivery_of(session, actor.organisation_id, delivery_id)
        not_held(post)
        if delivery.state not in (DeliveryState.REFUSED, DeliveryState.HELD):
            raise Refused("Lượt gửi này không cần gửi lại.", "This delivery needs no retry.")
        now = parts.now()
        ask_to_let_go(post, [delivery], actor, now)
        late = unapproved(delivery, post, now)
        _send_again(delivery, post, now)
        await refresh_post(session, parts, post)
        await _wake(session, parts, post)
        await log(session, parts, actor, "delivery_retried", post, delivery=delivery_id, late=late)
    parts.bell.ring("delivery")


def _send_again(delivery: Delivery, post: Post, now: datetime) -> None:
    """Put it back in the queue for its own time. What is too late by then counts from now on: a person decided so; else
    its time stays, or each hold and release would put off what is too late."""
    requeue(delivery, now if too_late(delivery, post, now) else delivery.due_at)


def requeue(delivery: Delivery, at: datetime) -> None:
    """Put a delivery back in the queue for `at`; a person or the protocol said that it is certainly not out."""
    if delivery.state != DeliveryState.QUEUED:
        delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.QUEUED)
    delivery.due_at = max(delivery.due_at, at)
    delivery.next_at, delivery.nudged_at = at, None
    delivery.looks, delivery.first_look_at, delivery.failures = 0, None, 0
    delivery.held_by = delivery.error_code = delivery.error_vi = delivery.error_en = ""
