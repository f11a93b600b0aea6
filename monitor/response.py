"""How long citizens wait for an answer: from their text to our own first reply under it (domain brief 8)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ResponseTimes:
    """Calendar minutes from a citizen's text to our first reply, and how many texts were answered."""

    answered: int
    median_min: float
    p90_min: float


def response_times(replies: Iterable[tuple[Hashable, datetime, datetime]]) -> ResponseTimes | None:
    """Return median and 90th percentile over `(text, written at, replied at)`; None when nothing was answered.

    Only the first reply to a text counts, and none that is older than the text. The percentile is the time within
    which nine of ten answered texts had their reply: a time that was really waited (nearest rank), never one between.
    """
    first: dict[Hashable, float] = {}
    for text, written, replied in replies:
        minutes = (replied - written).total_seconds() / 60
        if minutes >= 0:
            first[text] = min(minutes, first.get(text, minutes))
    if not first:
        return None
    waits = sorted(first.values())
    return ResponseTimes(len(waits), statistics.median(waits), waits[math.ceil(0.9 * len(waits)) - 1])
