"""The heart of the watch: texts in order of time go in, raised claims come out. No store, no clock, no network.

The daemon's pipeline and `loa replay` both feed it, so what is replayed is what would have happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from models.incident import Level
from monitor.claims import Claim, Grouper, Text, spreads
from monitor.copying import voices_of
from monitor.severity import DEFAULT, WINDOW, above, level_of, spread_of
from monitor.spikes import ALARM, Baseline, Judgement, account_key, topic_key

FRESH: Final = timedelta(hours=24)
"""Older texts (history, a catch-up after days) teach what is usual and never raise an alarm."""
SURE: Final = 0.42
"""Least mean risk of the texts of a claim in the last hour, and of all; single high scores among low ones are noise."""
CLEANUP: Final = timedelta(hours=1)
FIRST: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Raised:
    """A claim reached a level it had not. `before` is None when this opens an incident. `authors` and `channels` are
    those of the hour that was counted, the few who paste one sentence as one author; 0 where nothing was counted, as
    for a claim that is only shown again."""

    claim: Claim
    level: Level
    before: Level | None
    harm: int
    spread: int
    at: datetime
    started_at: datetime
    surge: bool
    authors: int = 0
    channels: int = 0
    widely_heard: bool = False


@dataclass(frozen=True)
class Fed:
    """What a batch did: claims that were raised, the claim of each text that has one (text id -> claim key), its stance
    towards it (text id -> stance), and the claims that turned out to be one (absorbed key -> key)."""

    raised: list[Raised]
    claims: dict[str, str]
    absorbed: dict[str, str] = field(default_factory=dict)
    stances: dict[str, str] = field(default_factory=dict)


@dataclass
class Stream:
    """Feed it in order of time. `sure` is the least mean risk that may wake anybody. `levels` remembers what was raised
    for each claim, by its key; `heard_from` from when on a claim counts again that a person has closed."""

    grouper: Grouper = field(default_factory=Grouper)
    baseline: Baseline = field(default_factory=Baseline)
    sure: float = SURE
    levels: dict[str, Level] = field(default_factory=dict)
    heard_from: dict[str, datetime] = field(default_factory=dict)
    _cleaned: datetime | None = None

    def feed(self, texts: Iterable[Text], now: datetime | None = None) -> Fed:
        """Take texts; return what they raised. `now` None: each text's own time is the clock (replay)."""
        raised: dict[str, Raised] = {}
        claims: dict[str, str] = {}
        stances: dict[str, str] = {}
        for text in texts:
            clock = now or text.at
            self._clean(clock)
            for key in _series(text):
                self.baseline.count(key, text.at)
            claim = self.grouper.assign(text)
            if claim is None:
                continue
            as_member = claim.member(text.id) or text
            claims[text.id], stances[text.id] = claim.key, as_member.score.stance
            self._follow(raised)
            found = self._rate(claim) if spreads(as_member.score) and clock - text.at <= FRESH else None
            if found is not None:
                before = raised.get(claim.key)
                self.levels[claim.key] = found.level
                raised[claim.key] = found if before is None else _together(before, found)
        absorbed, self.grouper.absorbed = self.grouper.absorbed, {}
        return Fed(list(raised.values()), {i: _last(k, absorbed) for i, k in claims.items()}, absorbed, stances)

    def _follow(self, raised: dict[str, Raised]) -> None:
        """What was known of an absorbed claim holds for the one that remains."""
        for old, new in self.grouper.absorbed.items():
            level = self.levels.pop(old, None)
            if level is not None and above(level, self.levels.get(new)):
                self.levels[new] = level
            if old in self.heard_from:
                self.heard_from[new] = max(self.heard_from.pop(old), self.heard_from.get(new, FIRST))
            found = raised.pop(old, None)
            if found is not None and new in self.grouper.claims:
                raised.setdefault(new, replace(found, claim=self.grouper.claims[new]))

    def usual(self, claim: Claim, at: datetime) -> float:
        """Texts in a usual hour at this time on the channels where the claim is asserted, whatever they speak of."""
        return self.baseline.usual({m.channel for m in claim.asserting()}, at)

    def judged(self, claim: Claim, at: datetime) -> Judgement:
        """How unusual the claim's last hour would be if it were all that its channels brought."""
        hour = claim.asserting(at - WINDOW)
        return self.baseline.judge({m.channel for m in hour}, at, len(hour))

    def short_history(self, claim: Claim) -> bool:
        """Are less than two weeks known of a channel where the claim is asserted?"""
        return self.baseline.short_history({m.channel for m in claim.asserting()})

    # -- inside -----------------------------------------------------------------------------------------------------

    def _rate(self, claim: Claim) -> Raised | None:
        """Has the claim reached a level that it had not? Texts that come late count at the time they were written."""
        at = claim.last_at
        since = max(at - WINDOW, self.heard_from.get(claim.key, at - WINDOW))
        hour = claim.asserting(since)
        if not hour:
            return None
        channels, harm = {m.channel for m in hour}, harm_of(hour)
        widely = any(m.widely_heard for m in hour)
        most = level_of(harm, spread_of(len({m.author for m in hour}), len(channels), surge=True, widely_heard=widely))
        if most is None or not above(most, self.levels.get(claim.key)):  # the quick answer, which is the usual one
            return None
        voices = voices_of(hour)
        if (voices < DEFAULT.some and not widely) or sum(m.score.risk for m in hour) / len(hour) < self.sure:
            return None
        if claim.doubtful() < self.sure:
            return None
        surge = self._surges(hour, at)
        spread = spread_of(voices, len(channels), surge=surge, widely_heard=widely)
        level, before = level_of(harm, spread), self.levels.get(claim.key)
        if level is None or not above(level, before):
            return None
        first = min(m.at for m in claim.asserting())
        return Raised(claim, level, before, harm, spread, at, first, surge, voices, len(channels), widely)

    def _surges(self, hour: list[Text], at: datetime) -> bool:
        """Would this claim alone be an unusual hour for its channels: three times the usual, an alarm too?"""
        channels = {m.channel for m in hour}
        if self.baseline.short_history(channels):
            return False
        enough = len(hour) >= DEFAULT.times_usual * self.baseline.usual(channels, at)
        return enough and self.baseline.judge(channels, at, len(hour)).score >= ALARM

    def _clean(self, now: datetime) -> None:
        if self._cleaned is None or now - self._cleaned > CLEANUP:
            self._cleaned = now
            for key in self.grouper.forget(now):
                self.levels.pop(key, None)
                self.heard_from.pop(key, None)


def harm_of(texts: list[Text]) -> int:
    """The harm most of the texts propose, the worse one when they are split."""
    harms = sorted(m.score.harm for m in texts)
    return harms[len(harms) // 2]


def _series(text: Text) -> list[str]:
    """What a text is counted in: its channel, its topic, its account where that is known."""
    found = [text.channel, topic_key(text.score.field)]
    return [*found, account_key(text.account)] if text.account else found


def _last(key: str, absorbed: dict[str, str]) -> str:
    while key in absorbed:
        key = absorbed[key]
    return key


def _together(first: Raised, last: Raised) -> Raised:
    """Two steps of one claim in one batch are one message."""
    return replace(last, before=first.before, surge=first.surge or last.surge)
