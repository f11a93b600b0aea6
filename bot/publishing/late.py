"""What is too late, and who may let it go out all the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.parts import Actor, Refused
from bot.publishing.rows import is_urgent
from models.delivery import Delivery
from models.office import Role
from models.post import Post, Priority

_MAY_GO_LATE = (Role.APPROVER, Role.DUTY, Role.BACKUP)


def too_late(delivery: Delivery, post: Post, now: datetime) -> bool:
    """Routine posts go stale, or leave the window they were approved for; a correction never does. The post's own
    limit was copied when it was scheduled. What a person let go out late counts from then on."""
    stale = now > delivery.due_at + timedelta(minutes=delivery.late_after_min)
    return delivery.priority < Priority.HOLDING and (stale or unapproved(delivery, post, now))


def unapproved(delivery: Delivery, post: Post, now: datetime) -> bool:
    """True when nobody said yes to a time as late as this: past the window, or without one past the lateness that
    goes without saying."""
    by = delivery.due_at + timedelta(minutes=delivery.late_after_min)
    if post.window_to is not None and delivery.due_at <= post.window_to:
        by = post.window_to
    return delivery.priority < Priority.HOLDING and now > by


def answer_by(post: Post) -> datetime | None:
    """Until when an approval still makes sense: the end of the window, or when the post would be too late. None:
    any time (no time of its own, or a correction)."""
    if is_urgent(post) or post.due_at is None:
        return None
    return post.window_to or post.due_at + timedelta(minutes=post.late_after_min)


def expired(post: Post, now: datetime) -> bool:
    """True when the time passed that the post was to be approved for."""
    by = answer_by(post)
    return by is not None and now > by


def wrote(post: Post, actor: Actor) -> bool:
    """True for whoever wrote or changed the post, or signed one of its translations."""
    return actor.user_id == post.author_id or actor.user_id in post.contributors


def may_let_go(post: Post, rows: Sequence[Delivery], actor: Actor, now: datetime) -> bool:
    """True when this person may let these go out now: at a time that nobody approved only somebody else than the post's
    writers may. Pure."""
    late = any(unapproved(delivery, post, now) for delivery in rows)
    return not late or (actor.has(*_MAY_GO_LATE) and not wrote(post, actor))


def ask_to_let_go(post: Post, rows: Sequence[Delivery], actor: Actor, now: datetime) -> None:
    """Raise `Refused` for whoever may not let these go out now."""
    if may_let_go(post, rows, actor, now):
        return
    raise Refused(
        "Đã quá giờ bài được duyệt: chỉ người duyệt hoặc người trực không soạn bài này mới cho đăng muộn được; hoặc "
        "hủy bài và soạn lại với giờ khác.",
        "The time it was approved for has passed: only an approver or duty officer who did not write it may let it go "
        "out late; or cancel it and hand it in anew with another time.",
    )
