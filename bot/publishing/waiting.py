"""Why something in the queue does not go out, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from channels.errors import Told
from channels.registry import CHANNELS
from models.delivery import Delivery, HeldBy
from models.names import field_name
from models.office import Account, AccountStatus
from models.post import Post, Priority
from models.queue import Hold, HoldScope
from models.states import DeliveryState, PostState


class Why(StrEnum):
    """What keeps a delivery back."""

    POST = "post"
    LATE = "late"
    ACCOUNT = "account"
    HOLD = "hold"
    EMBARGO = "embargo"
    BUDGET = "budget"
    PLATFORM = "platform"
    AGAIN = "again"


@dataclass(frozen=True)
class Reason:
    """One thing that keeps a delivery back; `until` is when that ends by itself, where it does."""

    why: Why
    told: Told
    until: datetime | None = None


def reasons(delivery: Delivery, post: Post, account: Account, holds: Sequence[Hold], now: datetime) -> list[Reason]:
    """Say all that keeps a held or queued delivery back beside its own time; `holds` are the active ones. Pure."""
    if delivery.state == DeliveryState.HELD:
        return [_of_held(delivery, post, account)]
    if delivery.state != DeliveryState.QUEUED:
        return []
    found = [_of_post(post)] if post.state == PostState.HELD else []
    if account.status != AccountStatus.OK:
        found.append(_of_account(account))
    found += [Reason(Why.HOLD, hold_told(hold)) for hold in holds if stops(hold, delivery, post)]
    return [*found, *_of_times(delivery, account, now)]


def _of_held(delivery: Delivery, post: Post, account: Account) -> Reason:
    if delivery.held_by == HeldBy.ACCOUNT:
        return _of_account(account)
    if delivery.held_by == HeldBy.LATE:
        return Reason(Why.LATE, Told(delivery.error_vi, delivery.error_en))
    return _of_post(post)


def _of_post(post: Post) -> Reason:
    if post.state != PostState.HELD:
        return Reason(Why.POST, Told("bài đang chờ duyệt lại", "the post waits for a new approval"))
    return Reason(Why.POST, Told(f"bài đang tạm giữ: {post.held_reason}", f"the post is on hold: {post.held_reason}"))


def _of_account(account: Account) -> Reason:
    name, why = account.name, f": {account.status_reason}" if account.status_reason else ""
    if account.status == AccountStatus.PAUSED:
        return Reason(Why.ACCOUNT, Told(f"tài khoản {name} đang tạm dừng{why}", f"the account {name} is paused{why}"))
    if account.status == AccountStatus.LOST:
        return Reason(Why.ACCOUNT, Told(f"tài khoản {name} mất kết nối{why}", f"the account {name} is lost{why}"))
    told = Told(f"tài khoản {name} vừa được kết nối lại, sắp đi tiếp", f"the account {name} works again; going on soon")
    return Reason(Why.ACCOUNT, told)


def _of_times(delivery: Delivery, account: Account, now: datetime) -> Iterator[Reason]:
    if delivery.embargo_until is not None and delivery.embargo_until > now:
        yield Reason(Why.EMBARGO, Told("chưa được công bố", "under embargo"), delivery.embargo_until)
    if account.throttled_until is not None and account.throttled_until > now:
        told = Told("nền tảng bảo gửi chậm lại", "the platform asks to slow down")
        yield Reason(Why.PLATFORM, told, account.throttled_until)
    if delivery.next_at <= now or not delivery.error_vi:
        return
    told = Told(delivery.error_vi, delivery.error_en)
    if delivery.error_code == "budget":
        yield Reason(Why.BUDGET, told, delivery.next_at)
    elif delivery.error_code == "hours":
        yield Reason(Why.PLATFORM, told, delivery.next_at)
    elif delivery.failures:
        yield Reason(Why.AGAIN, told, delivery.next_at)


def stops(hold: Hold, delivery: Delivery, post: Post) -> bool:
    """Say whether an active hold stops this delivery: what `claim.held` asks in the row. Pure."""
    if hold.organisation_id not in (None, post.organisation_id):
        return False
    if hold.scope == HoldScope.CHANNEL:
        return hold.key == delivery.channel
    if hold.scope == HoldScope.TOPIC:
        return hold.key == post.field and delivery.priority < Priority.HOLDING
    return True


def hold_told(hold: Hold) -> Told:
    """Say what a hold stops and why. Pure."""
    what = scope_told(HoldScope(hold.scope), hold.key)
    return Told(f"đang tạm dừng {what.vi}: {hold.reason}", f"{what.en} on hold: {hold.reason}")


def scope_told(scope: HoldScope, key: str) -> Told:
    """Name a scope."""
    if scope is HoldScope.CHANNEL:
        label = CHANNELS[key].label
        return Told(f"kênh {label}", f"the channel {label}")
    if scope is HoldScope.TOPIC:
        vi, en = field_name(key)
        return Told(f"chủ đề {vi}", f"the topic {en}")
    if scope is HoldScope.ORGANISATION:
        return Told("tất cả bài của đơn vị", "all posts of the organisation")
    return Told("tất cả bài của mọi đơn vị", "all posts of every organisation")
