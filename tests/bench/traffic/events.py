"""The planted events: who writes what when, around a rumour or around what only looks like one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from tests.bench.traffic.hands import by_hand, say
from tests.bench.traffic.lookalikes import COPIED, CRITICISM, JOKES, NEWS, SATIRE, WARNINGS
from tests.bench.traffic.rumours import SCAMS, THEMES, Theme
from tests.bench.traffic.volumes import CHANNELS, SPANS, Volume, start_of

SPEEDS: Final = ("slow", "medium", "explosive")
_SHAPES: Final = {"slow": (1.1, 1.2), "medium": (1.6, 2.4), "explosive": (2.0, 2.6)}
"""How the writers lie over the time (beta distribution): the quick ones grow and fall away."""
SHARED: Final = 0.3
"""How many pass on a text they read, word for word."""
AGAIN: Final = 0.12
"""How many writers wrote before."""


@dataclass(frozen=True)
class Written:
    """One line before it has a row: `offset` from the start of the traffic."""

    offset: timedelta
    channel: str
    author: str
    text: str
    stance: str


@dataclass(frozen=True)
class Event:
    """`kind` is rumour, scam, copying or a harmless kind; `speed` of a rumour, else the kind again."""

    key: str
    kind: str
    speed: str
    harm: int
    written: tuple[Written, ...]


def plan(volume: Volume, rng: Random) -> list[Event]:
    """All events of a volume. No theme comes twice: a claim that is known already raises nothing new."""
    themes, scams = rng.sample(THEMES, len(THEMES)), rng.sample(SCAMS, len(SCAMS))
    topics = {"criticism": rng.sample(list(CRITICISM), len(CRITICISM)), "news": rng.sample(list(NEWS), len(NEWS)),
              "satire": rng.sample(list(SATIRE), len(SATIRE))}  # fmt: skip
    copied, jokes = rng.sample(COPIED, len(COPIED)), rng.sample(JOKES, len(JOKES))
    made: list[Event] = []
    for what, count in volume.planted.items():
        for number in range(count):
            key = f"{what}-{number}"
            crowd, times = rng.randint(*volume.crowd[what]), _Times(volume, what, rng)
            if what in SPEEDS:
                made.append(_rumour(themes.pop(), what, crowd, times, rng))
            elif what == "scam":
                made.append(_rumour(scams.pop(), what, crowd, times, rng))
            elif what == "copying":
                made.append(_copying(key, *copied.pop(), crowd, times, rng))
            elif what == "joke":
                made.append(_crowd(key, "joke", [jokes.pop()], crowd, times, rng, shared=0.85))
            elif what == "warning":
                pattern = [rng.choice(WARNINGS)]
                made.append(_crowd(key, "warning", pattern, crowd, times, rng, shared=0.0))
            else:
                topic = topics[what].pop()
                patterns = {"criticism": CRITICISM, "news": NEWS, "satire": SATIRE}[what][topic]
                made.append(_crowd(f"{what}-{topic}", what, patterns, crowd, times, rng, shared=0.08))
    return made


class _Times:
    """Draws the moments and channels of one event."""

    def __init__(self, volume: Volume, what: str, rng: Random) -> None:
        low, high = volume.spans.get(what, SPANS[what])
        self.span = timedelta(hours=rng.uniform(low, high))
        self.start = start_of(volume, self.span, rng)
        self._shape, self._rng = _SHAPES.get(what, (1.5, 2.0)), rng
        self._home = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]

    def draw(self) -> tuple[timedelta, str]:
        """A moment, and the channel: mostly the one where it began."""
        rng = self._rng
        channel = self._home
        if rng.random() < 0.3:
            channel = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        return self.start + self.span * rng.betavariate(*self._shape), channel


def _rumour(theme: Theme, speed: str, crowd: int, times: _Times, rng: Random) -> Event:
    """Those who spread it, and fewer who ask or deny; those come when it is known."""
    spread = _say(theme.key, "asserts", theme.wordings, crowd, times, rng, SHARED)
    first = min(said.offset for said in spread)
    asked = _say(theme.key, "asks", theme.questions, max(crowd // rng.randint(4, 7), 1), times, rng, 0.05)
    denied = _say(theme.key, "denies", theme.denials, max(crowd // rng.randint(4, 9), 1), times, rng, 0.1)
    kind = "scam" if speed == "scam" else "rumour"
    kept = [said for said in (*spread, *asked, *denied) if said.offset >= first]
    return Event(theme.key, kind, speed, theme.harm, tuple(kept))


def _crowd(
    key: str, kind: str, patterns: Sequence[str], crowd: int, times: _Times, rng: Random, *, shared: float
) -> Event:
    return Event(key, kind, kind, 0, tuple(_say(key, "comments", patterns, crowd, times, rng, shared)))


def _copying(key: str, harm: int, text: str, crowd: int, times: _Times, rng: Random) -> Event:
    """One text by two accounts, or five, again and again; now and then with a slip."""
    hands = [f"{key}:{i}" for i in range(rng.choice((2, 2, 5)))]
    written = []
    for _ in range(crowd):
        offset, channel = times.draw()
        said = text if rng.random() < 0.9 else by_hand(text, rng)
        written.append(Written(offset, channel, rng.choice(hands), said, "asserts" if harm else "comments"))
    return Event(key, "copying", "copying", harm, tuple(written))


def _say(
    key: str, stance: str, patterns: Sequence[str], crowd: int, times: _Times, rng: Random, shared: float
) -> list[Written]:
    """So many lines, each by another person but for a few who write again."""
    moments = sorted((times.draw() for _ in range(crowd)), key=lambda drawn: drawn[0])
    written: list[Written] = []
    for i, (offset, channel) in enumerate(moments):
        pass_on = written and rng.random() < shared
        text = rng.choice(written).text if pass_on else say(patterns, rng)
        author = rng.choice(written).author if written and rng.random() < AGAIN else f"{key}:{stance}:{i}"
        written.append(Written(offset, channel, author, text, stance))
    return written
