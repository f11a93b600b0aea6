"""The sweep: every delivery that stands past its time, with why and what a person can do about it.

What can move by itself is moved by the engine's own turns (a call that broke off is looked at again, a limit that is
renewed is spent). This room tells what is not out in time, whether something moves it or not, so that nothing waits
unseen: the doctor, the queue page and the duty desk show the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.claim import held
from bot.vault import Vault, WrongKey
from channels.errors import Told
from models.delivery import Delivery
from models.office import Account, AccountStatus
from models.post import Post
from models.states import DeliveryState
from models.system import Heartbeat

GRACE = timedelta(minutes=1)
"""So long after its time a delivery may still be on its way: the engine turns every second."""
ENGINE_LIVES = timedelta(minutes=2)
"""An engine that turns writes that down three times a minute."""
SLOW_POLLS = 20
"""So many times "not yet" (a quarter of an hour) is what people want to hear of."""
MOST = 500


class Why(StrEnum):
    """What keeps a delivery standing."""

    UNKNOWN = "unknown"
    HELD = "held"
    SCOPE_HELD = "scope_held"
    ACCOUNT_LOST = "account_lost"
    ACCOUNT_PAUSED = "account_paused"
    THROTTLED = "throttled"
    FAILING = "failing"
    LOOKING = "looking"
    PROCESSING = "processing"
    BUSY = "busy"
    WRONG_KEY = "wrong_key"
    ENGINE = "engine"


OWN_FAULT: Final = frozenset({Why.WRONG_KEY, Why.ENGINE})
"""Loa itself is the reason: nothing at all goes out."""

_TOLD = {
    Why.UNKNOWN: Told(
        "Xem kênh rồi chọn “đã có” hoặc “gửi lại”.", "Look at the channel: 'it is there' or 'send again'."
    ),
    Why.HELD: Told("Đang giữ: thả, gửi lại hoặc hủy.", "On hold: release, send again or cancel."),
    Why.SCOPE_HELD: Told("Cả nhóm đang bị giữ: thả lệnh giữ khi xong.", "Its scope is on hold: release the hold."),
    Why.ACCOUNT_LOST: Told("Tài khoản mất kết nối: kết nối lại.", "The account is lost: connect it again."),
    Why.ACCOUNT_PAUSED: Told("Tài khoản đang tạm dừng: cho chạy lại.", "The account is paused: resume it."),
    Why.THROTTLED: Told("Nền tảng đang giới hạn; Loa tự gửi tiếp.", "The platform limits; Loa goes on by itself."),
    Why.LOOKING: Told(
        "Chưa rõ bài đã lên chưa: Loa đang đọc lại kênh trước khi làm gì khác. Đừng đăng tay; cần gấp thì mở kênh xem.",
        "It is not clear whether it is out: Loa reads the channel back before anything else. Do not post it by hand; "
        "where it is urgent, look at the channel.",
    ),
    Why.PROCESSING: Told(
        "Nền tảng đã nhận và còn đang xử lý; Loa hỏi lại đều đặn. Đừng đăng tay: sẽ thành hai bài.",
        "The platform took it and still works on it; Loa goes on asking. Do not post it by hand: there would be two.",
    ),
    Why.BUSY: Told(
        "Loa đang gửi những bài khác trước và chưa tới lượt bài này; nếu kéo dài, xem mạng của máy Loa và số lượt gửi "
        "cùng lúc (LOA_DELIVERIES_AT_ONCE).",
        "Loa is sending others and has not got to it; if that lasts, look at this machine's network and at how many go "
        "out at once (LOA_DELIVERIES_AT_ONCE).",
    ),
    Why.WRONG_KEY: Told(
        "LOA_SECRET_KEY không mở được mã truy cập trong cơ sở dữ liệu: đặt lại đúng khóa cũ rồi khởi động lại Loa, "
        "hoặc kết nối lại tài khoản bằng `loa account connect`.",
        "LOA_SECRET_KEY does not open the tokens in the database: put the old key back and start Loa again, or connect "
        "the account anew with `loa account connect`.",
    ),
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
        """What is the matter, and what a person can do."""
        if self.why is not Why.FAILING:
            return _TOLD[self.why]
        row = self.delivery
        return Told(
            f"Đã thử {row.failures} lần chưa gửi được, Loa tự thử lại. {row.error_vi}".strip(),
            f"Tried {row.failures} times in vain; Loa goes on trying. {row.error_en}".strip(),
        )


async def stuck(session: AsyncSession, parts: Parts, organisation_id: int | None = None) -> list[Stuck]:
    """Return what stands past its time, oldest first (at most 500); of one organisation or of all."""
    now = parts.now()
    query = (
        select(Delivery, Post, Account, held())
        .join(Post, col(Post.id) == Delivery.post_id)
        .join(Account, col(Account.id) == Delivery.account_id)
        .where(col(Delivery.id).in_(_late_ids(now)))
        .order_by(col(Delivery.due_at), col(Delivery.id))
        .limit(MOST)
    )
    if organisation_id is not None:
        query = query.where(Post.organisation_id == organisation_id)
    rows: Sequence[tuple[Delivery, Post, Account, bool]] = (await session.exec(query)).all()
    if not rows:
        return []
    beat = await session.get(Heartbeat, "publish")
    lives = beat is not None and beat.at >= now - ENGINE_LIVES
    opens = {a.id: _opens(parts.vault, a) for _, _, a, _ in rows}
    found = []
    for delivery, post, account, scope_held in rows:
        why = _why(delivery, account, now, scope_held=scope_held)
        if why is Why.ENGINE and not opens[account.id]:
            why = Why.WRONG_KEY
        elif why is Why.ENGINE and lives:
            why = Why.BUSY
        found.append(Stuck(delivery, post, account, why, delivery.due_at))
    return found


def _late_ids(now: datetime) -> sa.CompoundSelect[tuple[int | None]]:
    """The ids of what stands past its time, one list a way to do so: each is found by an index of its own."""
    state, late = col(Delivery.state), col(Delivery.due_at) <= now - GRACE
    queued: sa.ColumnElement[str] = sa.literal_column(f"'{DeliveryState.QUEUED}'")  # as it stands in the index
    over = col(Delivery.call_deadline) <= now - GRACE
    ways = (
        (state.in_([DeliveryState.UNKNOWN, DeliveryState.HELD]), col(Delivery.due_at) <= now),
        (
            state.in_([DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.CHECKING]),
            col(Delivery.next_at) <= now - GRACE,
        ),
        (state == queued, col(Delivery.next_at) > col(Delivery.due_at), late),
        (state == DeliveryState.SENDING, late, sa.or_(over, col(Delivery.failures) > 0, col(Delivery.looks) > 0)),
        (state == DeliveryState.CHECKING, late, sa.or_(col(Delivery.failures) > 0, col(Delivery.looks) >= SLOW_POLLS)),
    )
    return sa.union_all(*(sa.select(col(Delivery.id)).where(*way) for way in ways))


def _opens(vault: Vault, account: Account) -> bool:
    try:
        vault.open(account.sealed)
    except WrongKey:
        return False
    return True


def _why(delivery: Delivery, account: Account, now: datetime, *, scope_held: bool) -> Why:
    """Name what keeps a delivery standing; `ENGINE` where nothing is in its way. Pure."""
    state = DeliveryState(delivery.state)
    if state is DeliveryState.UNKNOWN:
        return Why.UNKNOWN
    if account.status == AccountStatus.LOST:
        return Why.ACCOUNT_LOST
    if state is DeliveryState.HELD:
        return Why.HELD
    if state in (DeliveryState.SENDING, DeliveryState.CHECKING):
        return _why_in_flight(delivery, now)
    if account.status == AccountStatus.PAUSED:
        return Why.ACCOUNT_PAUSED
    if scope_held:
        return Why.SCOPE_HELD
    if account.throttled_until is not None and account.throttled_until > now:
        return Why.THROTTLED
    if delivery.next_at <= now - GRACE:
        return Why.ENGINE
    return Why.FAILING if delivery.failures else Why.THROTTLED


def _why_in_flight(delivery: Delivery, now: datetime) -> Why:
    if delivery.next_at <= now - GRACE:
        return Why.ENGINE
    if delivery.state == DeliveryState.CHECKING:
        return Why.PROCESSING
    over = delivery.call_deadline is not None and delivery.call_deadline <= now - GRACE
    return Why.LOOKING if over or delivery.looks else Why.FAILING
