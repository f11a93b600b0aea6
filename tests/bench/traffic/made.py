"""The traffic itself, deterministic by its seed. What each line is stays beside the text, never in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from channels.sandbox.wording import fill
from monitor.replay import TimedText
from tests.bench.traffic.events import Event, Written, plan
from tests.bench.traffic.everyday import PATTERNS, SHORT, SLOTS
from tests.bench.traffic.hands import by_hand
from tests.bench.traffic.volumes import CHANNELS, Volume, everyday_moments

START: Final = datetime(2026, 9, 6, 17, 0, tzinfo=UTC)
"""A Monday, midnight in Vietnam."""
REAL: Final = 0.6
"""Share of fresh everyday lines that are real comments, where the data folder is there."""
LONGEST: Final = 240
"""Longer real comments are left out: they cost most of the scoring, and are one in twenty."""
RECENT: Final = 200
SAME_HAND: Final = 0.8
CATCH_UP: Final = timedelta(minutes=4)
"""After an outage all that was missed comes within this time."""


@dataclass(frozen=True)
class Line:
    """One text of the traffic. `event` is the hidden gold: which event it belongs to, "" for everyday lines."""

    row: TimedText
    event: str
    stance: str


@dataclass(frozen=True)
class Traffic:
    """Lines in the order in which they are collected, and the events planted in them."""

    volume: Volume
    lines: list[Line]
    events: dict[str, Event]

    @property
    def repeats(self) -> float:
        """The share of texts that were there before, word for word."""
        return 1.0 - len({line.row.text for line in self.lines}) / len(self.lines)

    def first(self, length: timedelta) -> Traffic:
        """Its beginning, without the events that go on beyond."""
        kept = {key: e for key, e in self.events.items() if all(said.offset < length for said in e.written)}
        lines = [x for x in self.lines if x.row.at < START + length and (not x.event or x.event in kept)]
        return Traffic(replace(self.volume, length=length), lines, kept)


def traffic(volume: Volume, seed: int, data: Path | None = None) -> Traffic:
    """Return the traffic of a seed. `data`: a folder with real comments, read now and kept nowhere."""
    rng = Random(f"{volume.name}:{seed}")
    events = plan(volume, rng)
    written = [(event.key, said) for event in events for said in event.written]
    drawn: list[tuple[str, Written]] = [*written, *_everyday(volume, max(volume.lines - len(written), 0), rng, data)]
    drawn.sort(key=lambda pair: pair[1].offset)
    outages = _outages(volume, rng)
    lines = [_line(i, event, said, outages) for i, (event, said) in enumerate(drawn)]
    lines.sort(key=lambda line: line.row.heard or line.row.at)
    return Traffic(volume, lines, {event.key: event for event in events})


def write_rows(made: Traffic, file: Path) -> None:
    """Write what `loa replay` takes, ordered by when it was written; nothing in it tells what is planted."""
    with file.open("w", encoding="utf-8") as out:
        for row in sorted((line.row for line in made.lines), key=lambda row: row.at):
            kept = {"id": row.id, "text": row.text, "time": row.at.isoformat(), "author": row.author}
            out.write(json.dumps({**kept, "channel": row.channel}, ensure_ascii=False) + "\n")


def _line(number: int, event: str, said: Written, outages: list[tuple[str, timedelta, timedelta]]) -> Line:
    author = hashlib.blake2b(said.author.encode(), digest_size=6).hexdigest()  # the name would tell the event
    row = TimedText(f"t{number}", said.text, START + said.offset, author, said.channel)
    for channel, begin, end in outages:
        if channel == said.channel and begin <= said.offset < end:
            late = CATCH_UP * ((said.offset - begin) / (end - begin))
            row = replace(row, heard=START + end + late)
    return Line(row, event, said.stance)


def _outages(volume: Volume, rng: Random) -> list[tuple[str, timedelta, timedelta]]:
    found = []
    for _ in range(volume.outages):
        hours = rng.uniform(2, 9)
        begin = (volume.length - timedelta(hours=hours)) * rng.random()
        found.append((rng.choice(list(CHANNELS)), begin, begin + timedelta(hours=hours)))
    return found


def _everyday(volume: Volume, count: int, rng: Random, data: Path | None) -> Iterator[tuple[str, Written]]:
    """Short lines that all write, lines that somebody posts again, and fresh ones."""
    moments = sorted(everyday_moments(volume, count, rng))
    stock, recent = _stock(data), list[tuple[str, str]]()
    people = max(count // 12, 60)
    popular = [1 / (i + 3) for i in range(len(SHORT))]
    shares = (volume.fresh, (1 - volume.fresh) * 0.7, (1 - volume.fresh) * 0.3)
    for offset, channel in moments:
        author = f"n{int(people * rng.random() ** 2)}"
        how = rng.choices(("fresh", "short", "again"), shares)[0]
        if how == "fresh" or not recent:
            text = next(stock)
            recent = [*recent[-RECENT:], (text, author)]
        elif how == "short":
            text = rng.choices(SHORT, popular)[0]
        else:
            text, writer = rng.choice(recent)
            author = writer if rng.random() < SAME_HAND else author
        yield "", Written(offset, channel, author, text, "comments")


def _stock(data: Path | None) -> Iterator[str]:
    """Fresh everyday lines without end, the same for every volume, so that their scores are computed once."""
    rng = Random("stock")
    real = iter(_real(data, rng)) if data is not None else iter(())
    seen: set[str] = set()
    while True:
        text = next(real, "") if rng.random() < REAL else ""
        text = text or by_hand(fill(rng.choice(PATTERNS), rng, SLOTS), rng)
        if text not in seen:
            seen.add(text)
            yield text


def _real(data: Path, rng: Random) -> list[str]:
    """Real everyday comments: all of one set, the clean ones of the other."""
    found = []
    for file in (data / "vi_comments" / "unlabelled.jsonl", data / "vi_hsd" / "train.jsonl"):
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            if row.get("label3", "CLEAN") == "CLEAN" and len(row["text"]) <= LONGEST:
                found.append(str(row["text"]))
    rng.shuffle(found)
    return found
