"""The sweep: every delivery that stands past its time, with why and what a person can do about it.

What can move by itself is moved by the engine's own turns (a call that broke off is looked at again, a limit that is
renewed is spent). This room tells what does not move, so that nothing waits unseen: the doctor, the queue page and the
duty desk show the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.publishing.claim import held
from channels.errors import Told
from models.delivery import Delivery
from models.office import Account, AccountStatus
from models.post import Post
from models.states import DeliveryState

GRACE = timedelta(minutes=1)
"""So long after its time a delivery may still be on its way: the engine turns every second."""
MOST = 500


class Why(StrEnum):
    """What keeps a delivery standing."""

    UNKNOWN = "unknown"
    HELD = "held"
    SCOPE_HELD = "scope_held"
    ACCOUNT_LOST = "account_lost"
    ACCOUNT_PAUSED = "account_paused"
    THROTTLED = "throttled"
    ENGINE = "engine"


_TOLD = {
    Why.UNKNOWN: Told(
        "Xem kênh rồi chọn “đã có” hoặc “gửi lại”.", "Look at the channel: 'it is there' or 'send again'."
    ),
    Why.HELD: Told("Đang giữ: thả, gửi lại hoặc hủy.", "On hold: release, send again or cancel."),
    Why.SCOPE_HELD: Told("Cả nhóm đang bị giữ: thả lệnh giữ khi xong.", "Its scope is on hold: release the hold."),
    Why.ACCOUNT_LOST: Told("Tài khoản mất kết nối: kết nối lại.", "The account is lost: connect it again."),
    Why.ACCOUNT_PAUSED: Told("Tài khoản đang tạm dừng: cho chạy lại.", "The account is paused: resume it."),
    Why.THROTTLED: Told("Nền tảng đang giới hạn; Loa tự gửi tiếp.", "The platform limits; Loa goes on by itself."),
    Why.ENGINE: Told(
        "Đã quá giờ mà không ai gửi: xem Loa có đang chạy phần đăng bài không (`loa doctor`).",
        "Its time is past and nobody sends it: is Loa running with the role 'publish' (`loa doctor`)?",
    ),
}


@dataclass(frozen=True)
class Stuck:
    """One delivery that stands, since when, why, and what to do."""

    delivery: Delivery
    post: Post
    account: Account
    why: Why
    since: datetime

    @property
    def told(self) -> Told:
        """What a person can do."""
        return _TOLD[self.why]


async def stuck(session: AsyncSession, now: datetime, organisation_id: int | None = None) -> list[Stuck]:
    """Return what stands past its time, oldest first (at most 500); of one organisation or of all."""
    waits = col(Delivery.state).in_([DeliveryState.UNKNOWN, DeliveryState.HELD])
    moving = col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.CHECKING])
    query = (
        select(Delivery, Post, Account, held())
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(
            sa.or_(sa.and_(waits, col(Delivery.due_at) <= now), sa.and_(moving, col(Delivery.next_at) <= now - GRACE))
        )
        .order_by(col(Delivery.due_at), col(Delivery.id))
        .limit(MOST)
    )
    if organisation_id is not None:
        query = query.where(Post.organisation_id == organisation_id)
    rows: Sequence[tuple[Delivery, Post, Account, bool]] = (await session.exec(query)).all()
    return [Stuck(d, p, a, _why(d, a, now, scope_held=s), max(d.due_at, min(d.next_at, now))) for d, p, a, s in rows]


def _why(delivery: Delivery, account: Account, now: datetime, *, scope_held: bool) -> Why:
    """Name what keeps a delivery standing. Pure."""
    if delivery.state == DeliveryState.UNKNOWN:
        return Why.UNKNOWN
    if account.status == AccountStatus.LOST:
        return Why.ACCOUNT_LOST
    if delivery.state == DeliveryState.HELD:
        return Why.HELD
    if account.status == AccountStatus.PAUSED:
        return Why.ACCOUNT_PAUSED
    if scope_held:
        return Why.SCOPE_HELD
    if account.throttled_until is not None and account.throttled_until > now:
        return Why.THROTTLED
    return Why.ENGINE
