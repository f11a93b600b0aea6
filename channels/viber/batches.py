"""How a message to all subscribers of a bot goes out in batches, and what Viber says of those it did not reach. Pure.

Where it stands is in a delivery's notes, by the numbers that Loa gave its subscribers: `top` is the last one of
the whole, `after` and `to` bound the batch. A batch is decided and written down before its one call, so it is the same
batch whenever somebody looks again; those who subscribe meanwhile get the next message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from channels.base import Notes
from channels.receivers import Receiver
from channels.viber.values import number

MOST_BODY: Final = 30_000
MOST_RECEIVERS: Final = 300
ROOM: Final = 1_000
"""Bytes of a message that are left for its sender and its receivers."""
GONE: Final = frozenset({5, 6})
"""Statuses that say that somebody left Viber or wants no more messages."""


def size(body: Mapping[str, Any]) -> int:
    """Bytes of a body as it is sent."""
    return len(json.dumps(body, ensure_ascii=False).encode())


def fitting(payload: Mapping[str, Any], receivers: Sequence[Receiver]) -> Sequence[Receiver]:
    """Return as many of the first receivers as the message leaves room for: a long text goes to fewer at a time."""
    left = MOST_BODY - size({"broadcast_list": [], **payload})
    return [r for r, used in takewhile(lambda each: each[1] <= left, _used(receivers))][:MOST_RECEIVERS]


def _used(receivers: Sequence[Receiver]) -> Iterator[tuple[Receiver, int]]:
    used = 0
    for receiver in receivers:
        used += len(json.dumps(receiver.id)) + 2
        yield receiver, used


def decided(notes: Notes) -> bool:
    """Whether the batch that comes next is written down."""
    return "to" in notes


def next_batch(notes: Notes) -> Notes | None:
    """Return the notes with which the batch after this one starts; None: it was the last."""
    to, top = notes.get("to", "0"), notes.get("top", "0")
    return {"after": to, "top": top} if int(to) < int(top) else None


def failures(answer: Mapping[str, Any]) -> dict[str, int]:
    """Return status by receiver of those whom a message did not reach. Newer answers have no such list."""
    rows = answer.get("failed_list")
    found = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("receiver"):
            found[str(row["receiver"])] = number(row.get("status")) or 0
    return found
