"""What the shipped model is worth where it counts: rumours it never learned are heard, criticism wakes nobody.

The figures are printed (`pytest -s`); the assertions hold them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import fmean

import pytest

from channels.sandbox.lines import RUMOURS, Rumour
from channels.sandbox.scenario import Said, scripted_day, spread
from channels.sandbox.wording import variants
from models.incident import Level
from monitor.claims import Text, spreads
from monitor.places import locality
from monitor.scoring import open_scorer
from monitor.scoring.base import Score, Scorer
from monitor.stream import SURE, Stream
from tests.monitor.criticism import BRIEF, HELD_OUT

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
MISSED = 1
"""Days on which the shipped model does not hear the rumour; it may not become more."""
RUMOUR_KINDS = ("rumour", "doubt", "denial")


@dataclass(frozen=True)
class Heard:
    """What a rumour among everyday lines came to."""

    level: Level | None
    in_claim: int
    foreign: int


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return open_scorer(None)


@pytest.fixture(scope="module")
def everyday(scorer: Scorer) -> list[tuple[Said, Score]]:
    """An ordinary day, without its rumour."""
    said = [line for line in scripted_day(5, 150).said if line.kind not in RUMOUR_KINDS]
    return list(zip(said, scorer.score([line.text for line in said]), strict=True))


def play(rows: Sequence[tuple[Said, Score]]) -> tuple[Stream, dict[str, str], list[tuple[str, Level]]]:
    """Feed a day; return the stream, each text's kind and what was raised, as (claim key, level)."""
    stream, kinds, raised = Stream(), dict[str, str](), list[tuple[str, Level]]()
    for i, (line, score) in enumerate(sorted(rows, key=lambda row: row[0].offset)):
        kinds[str(i)] = line.kind
        at = START + line.offset
        text = Text(str(i), line.text, at, line.author, line.channel, score, "", locality(line.text))
        fed = stream.feed([text])
        raised = [(fed.absorbed.get(key, key), level) for key, level in raised]
        raised += [(found.claim.key, found.level) for found in fed.raised]
    return stream, kinds, raised


def heard(rumour: Rumour, seed: int, everyday: list[tuple[Said, Score]], scorer: Scorer) -> tuple[Heard, float]:
    """Let ten people spread a rumour on an ordinary day; what came of it, and the mean risk of their words."""
    said = spread(rumour, Random(seed))
    scores = scorer.score([line.text for line in said])
    stream, kinds, raised = play([*everyday, *zip(said, scores, strict=True)])
    risk = fmean(s.risk for line, s in zip(said, scores, strict=True) if line.kind == "rumour")
    if not raised:
        return Heard(None, 0, 0), risk
    assert len({key for key, _ in raised}) == 1, "one rumour is one claim"
    members = [kinds[m.id] for m in stream.grouper.claims[raised[0][0]].members]
    foreign = sum(kind not in RUMOUR_KINDS for kind in members)
    return Heard(raised[-1][1], members.count("rumour"), foreign), risk


@pytest.mark.slow
def test_every_rumour_is_heard(scorer: Scorer, everyday: list[tuple[Said, Score]]) -> None:
    """All families of the sandbox, none left out: no theme of theirs was learned (`training/test_lines`). One day of
    26 is missed: an exam paper said to be leaked, which harms nobody's health or money."""
    found = {r.key: [heard(r, seed, everyday, scorer) for seed in (1, 2)] for r in RUMOURS}
    for key, tries in found.items():
        told = "; ".join(f"{h.level or 'not heard'}, {h.in_claim}/10, {h.foreign} foreign" for h, _ in tries)
        print(f"{key:16} mean risk {fmean(risk for _, risk in tries):.2f}  {told}")
    days = [h for tries in found.values() for h, _ in tries]
    print(f"heard: {sum(h.level is not None for h in days)} of {len(days)} days")
    missed = [key for key, tries in found.items() for h, _ in tries if h.level is None]
    assert len(missed) <= MISSED, missed
    for key, tries in found.items():
        for h, risk in tries:
            if h.level is None:
                continue
            assert h.level in (Level.HIGH, Level.EMERGENCY) and risk >= SURE - 0.1, key
            assert h.in_claim >= 8 and h.foreign <= 2, key


@pytest.mark.slow
@pytest.mark.parametrize(("group", "most"), [("brief", 0), ("held out", 1)])
def test_criticism_wakes_nobody(scorer: Scorer, everyday: list[tuple[Said, Score]], group: str, most: int) -> None:
    """Every line shared by eight people within forty minutes, each in their own spelling: harder than one writer each.

    No alert on the brief's lines. On our own held-out ones the shipped model takes one of forty for a rumour: the rate
    and its interval are printed, and it may not become worse. Their total was watched while the training lines were
    widened, never the lines themselves.
    """
    lines = list(BRIEF.values()) if group == "brief" else list(HELD_OUT)
    crowds = [_crowd(line, Random(i)) for i, line in enumerate(lines)]
    scores = scorer.score([said.text for crowd in crowds for said in crowd])
    alerts = 0
    for number, crowd in enumerate(crowds):
        mine = scores[number * len(crowd) : (number + 1) * len(crowd)]
        alerts += bool(play([*everyday, *zip(crowd, mine, strict=True)])[2])
    for told, hits, of in (
        ("alerts, a line shared by eight", alerts, len(lines)),
        ("single texts taken for a rumour", sum(spreads(s) for s in scores), len(scores)),
    ):
        low, high = wilson(hits, of)
        print(f"{group}: {told}: {hits} of {of}, {hits / of:.1%} (95 %: {low:.1%} to {high:.1%})")
    assert alerts <= most


@pytest.mark.slow
def test_a_whole_day_of_different_critics_wakes_nobody(scorer: Scorer, everyday: list[tuple[Said, Score]]) -> None:
    """All of it at once within one hour, each line by another person."""
    lines = [*BRIEF.values(), *HELD_OUT]
    said = [
        Said(timedelta(hours=5, minutes=i), ("facebook", "youtube")[i % 2], None, f"người {i}", text, "criticism")
        for i, text in enumerate(lines)
    ]
    assert play([*everyday, *zip(said, scorer.score(lines), strict=True)])[2] == []


def _crowd(line: str, rng: Random) -> list[Said]:
    """Eight people say the same in their own hands."""
    texts = variants((line,), rng, 8)
    return [
        Said(timedelta(hours=4, minutes=5 * i), ("facebook", "youtube")[i % 2], None, f"người {i}", text, "criticism")
        for i, text in enumerate(texts)
    ]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def test_the_interval_by_hand() -> None:
    assert wilson(0, 100) == pytest.approx((0.0, 0.037), abs=0.001)
    assert wilson(10, 100) == pytest.approx((0.055, 0.174), abs=0.001)
