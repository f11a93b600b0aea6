"""The whole monitor over timed texts, as if live: what would have been raised, and when. The clock is the data's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.claims import Text
from monitor.masking import mask
from monitor.places import locality
from monitor.scoring.base import Scorer
from monitor.spikes import Baseline
from monitor.stream import Raised, Stream
from monitor.text import clean

BATCH: Final = 256
OFFICE_ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class TimedText:
    """One row of the input. A missing author counts as somebody else. `heard`: when it was collected, if that was
    later than it was written."""

    id: str
    text: str
    at: datetime
    author: str = ""
    channel: str = ""
    heard: datetime | None = None


@dataclass
class Told:
    """One incident of the replay."""

    raised: Raised
    levels: list[tuple[datetime, str]] = field(default_factory=list)
    raised_at: datetime | None = None

    def row(self, number: int) -> dict[str, Any]:
        """The output row: mention ids are all texts that joined the claim by the end."""
        claim = self.raised.claim
        assert self.raised_at is not None, "set when it was first raised"
        return {
            "incident": f"SC-{number:04d}",
            "claim": claim.typical(1)[0].text,
            "level": self.levels[-1][1],
            "raised_at": self.raised_at.isoformat(),
            "started_at": self.raised.started_at.isoformat(),
            "mention_ids": [m.id for m in claim.members],
            "levels": [[at.isoformat(), level] for at, level in self.levels],
        }


def replay(rows: Iterable[TimedText], scorer: Scorer, *, tz: tzinfo = OFFICE_ZONE) -> list[dict[str, Any]]:
    """Return one row an incident, in the order they were raised. Hours and weekends are those of `tz`."""
    stream, told = Stream(baseline=Baseline(tz)), dict[str, Told]()
    for text, heard in scored(rows, scorer):
        fed = stream.feed([text], heard)
        for old, new in fed.absorbed.items():
            if old in told and new not in told:
                told[new] = told.pop(old)
        for found in fed.raised:
            entry = told.setdefault(found.claim.key, Told(found, raised_at=found.at))
            entry.raised = found
            entry.levels.append((found.at, found.level.value))
    return [entry.row(i) for i, entry in enumerate(told.values(), 1)]


def scored(rows: Iterable[TimedText], scorer: Scorer) -> Iterator[tuple[Text, datetime | None]]:
    """Each row as the stream takes it, with the time it was heard (None: when it was written)."""
    for batch in _batches(rows):
        masked = [mask(clean(r.text)) for r in batch]
        for r, words, score in zip(batch, masked, scorer.score(masked), strict=True):
            author, channel = r.author or f"#{r.id}", r.channel or "text"
            yield Text(r.id, words, r.at, author, channel, score, "", locality(words)), r.heard


def _batches(rows: Iterable[TimedText]) -> Iterator[Sequence[TimedText]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch
