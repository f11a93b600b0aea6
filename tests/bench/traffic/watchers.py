"""Who watches the traffic: the monitor's own stream, and two simple ways that it must beat."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from models.incident import Level
from monitor.claims import Text
from monitor.severity import WINDOW
from monitor.stream import Stream
from monitor.text import plain
from tests.bench.traffic.gold import PUSHED, Alarm, about
from tests.bench.traffic.made import Line

Heard = tuple[Text, datetime | None]


@dataclass
class Watched:
    """What the stream did: its alarms, the claim that each text ended in, and the stream as it was at the end."""

    alarms: list[Alarm] = field(default_factory=list)
    claims: dict[str, str] = field(default_factory=dict)
    absorbed: dict[str, str] = field(default_factory=dict)
    texts: list[tuple[Alarm, list[str]]] = field(default_factory=list)


def watch(stream: Stream, heard: Sequence[Heard], lines: Mapping[str, Line]) -> Watched:
    """Feed the stream text by text, as `loa replay` does; an alarm counts from the moment its last text was heard."""
    seen = Watched()
    for text, late in heard:
        fed = stream.feed([text], late)
        seen.claims |= fed.claims
        seen.absorbed |= fed.absorbed
        for found in fed.raised:
            if found.level not in PUSHED:
                continue
            said = found.claim.asserting(found.at - WINDOW)
            event = about((m.id for m in said), lines)
            alarm = Alarm(late or text.at, event, found.level, found.before not in PUSHED)
            seen.alarms.append(alarm)
            seen.texts.append((alarm, [m.text for m in said]))
    return seen


KEYWORDS: Final = (
    "vo dap", "sap", "chet", "mat tich", "nhiem doc", "hoa chat", "bi giau", "giau", "em", "bung bit", "chia se gap",
    "chuyen tiep", "lua dao", "otp", "tich thu", "phat", "no", "ma tuy", "hiv", "dich", "bom", "khoa tai khoan",
)  # fmt: skip
ENOUGH: Final = 8
REST: Final = timedelta(hours=12)


def by_keywords(heard: Sequence[Heard], lines: Mapping[str, Line], enough: int = ENOUGH) -> list[Alarm]:
    """An alarm when so many different people used one word of a list within the hour."""
    hours: dict[str, deque[tuple[datetime, str, str]]] = defaultdict(deque)
    rests: dict[str, datetime] = {}
    alarms = []
    for text, late in heard:
        now, words = late or text.at, f" {plain(text.text)} "
        for word in KEYWORDS:
            if f" {word} " not in words:
                continue
            hour = hours[word]
            hour.append((now, text.author, text.id))
            while now - hour[0][0] > WINDOW:
                hour.popleft()
            if now >= rests.get(word, now) and len({author for _, author, _ in hour}) >= enough:
                rests[word] = now + REST
                alarms.append(Alarm(now, about((i for _, _, i in hour), lines), Level.MEDIUM))
    return alarms


SLOT: Final = timedelta(minutes=10)
FORGETS: Final = 0.05
STEEP: Final = 5.0
LEAST: Final = 6


@dataclass
class _Cluster:
    """Texts that share a run of four words, with what is usual of them by an exponential mean."""

    slot: int = -1
    ids: list[str] = field(default_factory=list)
    mean: float = 0.0
    square: float = 0.0
    rests_until: datetime | None = None

    def move(self, slot: int) -> None:
        """Close the slots before this one."""
        for past in range(self.slot, min(slot, self.slot + 200)):
            count = len(self.ids) if past == self.slot else 0
            self.mean += FORGETS * (count - self.mean)
            self.square += FORGETS * (count * count - self.square)
        self.slot, self.ids = slot, []

    def unusual(self) -> bool:
        """Is the open slot far above the mean?"""
        wide = math.sqrt(max(self.square - self.mean**2, 0.25))
        return len(self.ids) >= LEAST and len(self.ids) - self.mean > STEEP * wide


def by_ngrams(heard: Sequence[Heard], lines: Mapping[str, Line]) -> list[Alarm]:
    """Clusters by a shared rare run of four words, and an exponentially weighted mean of each cluster's counts."""
    clusters: dict[str, _Cluster] = {}
    seen: Counter[str] = Counter()
    alarms = []
    for text, late in heard:
        now, words = late or text.at, plain(text.text).split()
        runs = [" ".join(words[i : i + 4]) for i in range(len(words) - 3)]
        seen.update(runs)
        if not runs:
            continue
        run = max(runs, key=lambda r: (seen[r] > 1, -seen[r]))  # the rarest that was there before
        cluster = clusters.setdefault(run, _Cluster())
        slot = int(now.timestamp() // SLOT.total_seconds())
        if slot > cluster.slot:
            cluster.move(slot)
        cluster.ids.append(text.id)
        if cluster.unusual() and (cluster.rests_until is None or now >= cluster.rests_until):
            cluster.rests_until = now + REST
            alarms.append(Alarm(now, about(cluster.ids, lines), Level.MEDIUM))
    return alarms
