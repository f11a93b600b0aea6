"""The states of posts, deliveries and incidents, and the only place that says which moves exist.

A table checks itself when the module is imported: every target is a known state and every state is reachable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from models.office import Role


class IllegalMove(Exception):
    """The move is not in the table; nothing was changed."""

    def __init__(self, thing: str, now: str, to: str) -> None:
        self.thing, self.now, self.to = thing, now, to
        super().__init__(f"{thing}: no move from {now!r} to {to!r}")


class PostState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PENDING = "pending"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    GOING_OUT = "going_out"
    PUBLISHED = "published"
    PARTLY_FAILED = "partly_failed"
    HELD = "held"
    RETURNED = "returned"
    RETRACTED = "retracted"
    CORRECTED = "corrected"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    CHECKING = "checking"
    SENT = "sent"
    REFUSED = "refused"
    HELD = "held"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    RETRACTED = "retracted"


class IncidentState(StrEnum):
    NEW = "new"
    ACKED = "acked"
    VERIFYING = "verifying"
    FALSE_ALARM = "false_alarm"
    WATCHING = "watching"
    RESPONDING = "responding"
    CORRECTED = "corrected"
    AFTERCARE = "aftercare"
    CLOSED = "closed"
    REVIEWED = "reviewed"


S = TypeVar("S", bound=StrEnum)


class Flow(Generic[S]):
    """A named table of allowed moves between the states of one kind of thing."""

    def __init__(self, thing: str, start: S, moves: Mapping[S, frozenset[S]], labels: Mapping[S, str]) -> None:
        self.thing, self.start, self.moves, self.labels = thing, start, moves, labels
        every = set(type(start))
        if set(moves) != every or set(labels) != every:
            raise ValueError(f"{thing}: the table must name every state once")
        seen, edge = {start}, [start]
        while edge:
            new = set(moves[edge.pop()]) - seen
            seen |= new
            edge += new
        if seen != every:
            raise ValueError(f"{thing}: unreachable states {sorted(every - seen)}")

    def allows(self, now: S, to: S) -> bool:
        """Say whether the table has the move."""
        return to in self.moves[now]

    def check(self, now: S, to: S) -> S:
        """Return `to`, or raise `IllegalMove`."""
        if not self.allows(now, to):
            raise IllegalMove(self.thing, now, to)
        return to

    def sources(self, to: S) -> frozenset[S]:
        """Return the states from which `to` can be reached in one move (for guarded updates)."""
        return frozenset(s for s, targets in self.moves.items() if to in targets)

    def is_final(self, state: S) -> bool:
        """Say whether nothing follows."""
        return not self.moves[state]


def _to(*states: S) -> frozenset[S]:
    return frozenset(states)


_P, _D, _I = PostState, DeliveryState, IncidentState

POST = Flow(
    "post",
    _P.DRAFT,
    {
        _P.DRAFT: _to(_P.IN_REVIEW, _P.HELD),
        _P.IN_REVIEW: _to(_P.PENDING, _P.RETURNED, _P.HELD),
        _P.PENDING: _to(_P.APPROVED, _P.RETURNED, _P.HELD),
        _P.APPROVED: _to(_P.SCHEDULED, _P.PENDING, _P.HELD),
        _P.SCHEDULED: _to(_P.GOING_OUT, _P.PENDING, _P.HELD, _P.RETRACTED),
        _P.GOING_OUT: _to(  # back to scheduled: certainly nothing went out; retracted: cancelled, none is out
            _P.SCHEDULED, _P.PUBLISHED, _P.PARTLY_FAILED, _P.HELD, _P.RETRACTED
        ),
        _P.PARTLY_FAILED: _to(_P.SCHEDULED, _P.GOING_OUT, _P.PUBLISHED, _P.PENDING, _P.RETRACTED, _P.CORRECTED),
        _P.PUBLISHED: _to(_P.RETRACTED, _P.CORRECTED),
        _P.HELD: _to(
            _P.DRAFT, _P.IN_REVIEW, _P.PENDING, _P.APPROVED, _P.SCHEDULED, _P.GOING_OUT, _P.RETURNED, _P.RETRACTED
        ),
        _P.RETURNED: _to(_P.DRAFT, _P.HELD),
        _P.CORRECTED: _to(_P.RETRACTED),
        _P.RETRACTED: _to(),
    },
    {
        _P.DRAFT: "Nháp",
        _P.IN_REVIEW: "Chờ biên tập",
        _P.PENDING: "Chờ duyệt",
        _P.APPROVED: "Đã duyệt",
        _P.SCHEDULED: "Hẹn giờ",
        _P.GOING_OUT: "Đang đăng",
        _P.PUBLISHED: "Đã đăng",
        _P.PARTLY_FAILED: "Lỗi một phần",
        _P.HELD: "Tạm giữ",
        _P.RETURNED: "Trả lại",
        _P.RETRACTED: "Đã gỡ",
        _P.CORRECTED: "Đã đính chính",
    },
)

DELIVERY = Flow(
    "delivery",
    _D.QUEUED,
    {
        _D.QUEUED: _to(_D.SENDING, _D.HELD, _D.CANCELLED, _D.REFUSED),
        _D.SENDING: _to(_D.SENT, _D.CHECKING, _D.QUEUED, _D.REFUSED, _D.HELD, _D.UNKNOWN),
        _D.CHECKING: _to(_D.SENT, _D.REFUSED, _D.UNKNOWN, _D.HELD),
        _D.UNKNOWN: _to(_D.SENT, _D.QUEUED, _D.CANCELLED),  # a person decides: it is there / send again / leave it
        _D.HELD: _to(_D.QUEUED, _D.CANCELLED),
        _D.REFUSED: _to(_D.QUEUED, _D.CANCELLED),
        _D.SENT: _to(_D.RETRACTED),
        _D.CANCELLED: _to(),
        _D.RETRACTED: _to(),
    },
    {
        _D.QUEUED: "Chờ đăng",
        _D.SENDING: "Đang gửi",
        _D.CHECKING: "Nền tảng đang xử lý",
        _D.SENT: "Đã đăng",
        _D.REFUSED: "Bị từ chối",
        _D.HELD: "Tạm giữ",
        _D.UNKNOWN: "Chưa rõ, cần người quyết định",
        _D.CANCELLED: "Đã hủy",
        _D.RETRACTED: "Đã gỡ",
    },
)


@dataclass(frozen=True)
class IncidentMove:
    """One way of an incident. `name` is what every surface calls it; without `roles` it is made by what happened, never
    by a person. `reason`: it is not made without one."""

    name: str
    sources: frozenset[IncidentState]
    to: IncidentState
    roles: frozenset[Role] = frozenset()
    reason: bool = False


DESK: Final = frozenset({Role.DUTY, Role.BACKUP, Role.LEADER, Role.SPOKESPERSON})
"""Who works on incidents."""

INCIDENT_MOVES: Final = (
    IncidentMove("ack", _to(_I.NEW), _I.ACKED, DESK),
    IncidentMove("verify", _to(_I.ACKED), _I.VERIFYING, DESK),
    IncidentMove("false_alarm", _to(_I.NEW, _I.VERIFYING, _I.WATCHING), _I.FALSE_ALARM, DESK, reason=True),
    IncidentMove("watch", _to(_I.VERIFYING, _I.RESPONDING), _I.WATCHING, DESK, reason=True),
    IncidentMove("respond", _to(_I.VERIFYING, _I.WATCHING, _I.CORRECTED, _I.AFTERCARE), _I.RESPONDING, DESK),
    IncidentMove("close", _to(_I.WATCHING, _I.AFTERCARE), _I.CLOSED, DESK, reason=True),
    IncidentMove("review", _to(_I.CLOSED, _I.FALSE_ALARM), _I.REVIEWED, DESK, reason=True),
    IncidentMove("correct", _to(_I.RESPONDING), _I.CORRECTED),  # its correction is out
    IncidentMove("follow", _to(_I.CORRECTED), _I.AFTERCARE),
    IncidentMove("expire", _to(_I.ACKED), _I.NEW),  # whoever took it is not there any more, or the level rose
    IncidentMove("reopen", _to(_I.CLOSED, _I.FALSE_ALARM, _I.REVIEWED), _I.NEW),  # the claim is back within 7 days
)
"""The life of an incident: chat, console and command line offer and take just these."""


def incident_move(now: IncidentState, to: IncidentState) -> IncidentMove:
    """The move between two states, or raise `IllegalMove`. There is one at most."""
    for move in INCIDENT_MOVES:
        if now in move.sources and to is move.to:
            return move
    raise IllegalMove("incident", now, to)


INCIDENT = Flow(
    "incident",
    _I.NEW,
    {state: _to(*(move.to for move in INCIDENT_MOVES if state in move.sources)) for state in _I},
    {
        _I.NEW: "Mới",
        _I.ACKED: "Đã nhận",
        _I.VERIFYING: "Đang xác minh",
        _I.FALSE_ALARM: "Báo nhầm",
        _I.WATCHING: "Theo dõi",
        _I.RESPONDING: "Ứng phó",
        _I.CORRECTED: "Đã đính chính",
        _I.AFTERCARE: "Theo dõi sau",
        _I.CLOSED: "Đã đóng",
        _I.REVIEWED: "Rút kinh nghiệm",
    },
)

OPEN_INCIDENT = frozenset({_I.NEW, _I.ACKED, _I.VERIFYING, _I.WATCHING, _I.RESPONDING, _I.CORRECTED, _I.AFTERCARE})
"""Incident states that still need eyes."""

UNFINISHED_DELIVERY = frozenset({_D.QUEUED, _D.SENDING, _D.CHECKING, _D.UNKNOWN, _D.HELD})
"""Delivery states that keep a post from being called published."""


ON_ITS_WAY: Final = (_P.SCHEDULED, _P.GOING_OUT, _P.PARTLY_FAILED)
"""States of a post whose deliveries may be sent: approved, not held, not withdrawn."""


def post_state_from(deliveries: list[DeliveryState]) -> PostState:
    """Return the state a post has from its deliveries, from `scheduled` on (cancelled ones do not count). While none
    is out nor in flight and one still waits, it is scheduled: it can be cancelled, moved and edited."""
    live = [d for d in deliveries if d not in (_D.CANCELLED, _D.RETRACTED)]
    if not live:
        return _P.RETRACTED
    if all(d is _D.SENT for d in live):
        return _P.PUBLISHED
    if _D.QUEUED in live and all(d in (_D.QUEUED, _D.HELD, _D.REFUSED, _D.CANCELLED) for d in deliveries):
        return _P.SCHEDULED
    if any(d in (_D.QUEUED, _D.SENDING, _D.CHECKING) for d in live):
        return _P.GOING_OUT
    return _P.PARTLY_FAILED
