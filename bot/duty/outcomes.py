"""What a failed send to the chat means, and what happens next. As measured for the library: its own words say it.

`BadRequest` and `TimedOut` are children of `NetworkError` there: they are looked at first.
"""

from __future__ import annotations

import os
from datetime import timedelta
from enum import Enum

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

# The library reads this whenever it makes such an error; without it every 429 warns of a coming change.
os.environ.setdefault("PTB_TIMEDELTA", "1")
PLAIN = "can't parse entities"
_NOT_CONNECTED = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})


class Next(Enum):
    """What happens next."""

    AGAIN = "certainly not sent: try again later"
    MOVED = "the group has a new id: once more there"
    UNCLEAR = "it may have been delivered"
    NEVER = "never in this form: tell somebody else"


def judge(error: TelegramError | OSError) -> Next:
    """Decide by the kind of failure. An `OSError` is a file of ours that is not there yet."""
    if isinstance(error, ChatMigrated):
        return Next.MOVED
    if isinstance(error, RetryAfter | InvalidToken | OSError):  # with a new token the same message goes out
        return Next.AGAIN
    if isinstance(error, Forbidden | BadRequest):
        return Next.NEVER
    if isinstance(error, NetworkError):
        return _network(error)
    return Next.UNCLEAR  # an answer that cannot be read


def _network(error: NetworkError) -> Next:
    """A connection that never stood, one that broke, or an answer of the server's own trouble."""
    cause = error.__cause__
    if cause is not None and type(cause).__module__.startswith("httpx"):
        return Next.AGAIN if type(cause).__name__ in _NOT_CONNECTED else Next.UNCLEAR
    return Next.NEVER if "too large" in str(error).lower() else Next.AGAIN


def told_wait(error: RetryAfter) -> float:
    """The seconds that Telegram told to wait; the library gives a span, or a number where it is told to."""
    told = error.retry_after
    return told.total_seconds() if isinstance(told, timedelta) else float(told)


def not_parsed(error: BadRequest) -> bool:
    """True when the formatting was refused; the same words go as plain text."""
    return PLAIN in str(error).lower()
