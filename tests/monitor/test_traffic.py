"""A generated day with one rumour among everyday lines, anger, a joke and satire; and that the generator is honest.

The whole of it, in three volumes, is `python -m tests.bench.replay`.
"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from channels.sandbox.lines import RUMOURS
from channels.sandbox.wording import fill
from monitor.replay import OFFICE_ZONE, scored
from monitor.scoring import open_scorer
from monitor.spikes import Baseline
from monitor.stream import Stream
from monitor.text import shingles
from monitor.training.examples import own_examples
from tests.bench.traffic.figures import interval, percentile
from tests.bench.traffic.gold import judge, truths
from tests.bench.traffic.made import START, traffic, write_rows
from tests.bench.traffic.perfect import PerfectScorer
from tests.bench.traffic.rumours import SCAMS, THEMES, Theme
from tests.bench.traffic.scores import KeptScorer
from tests.bench.traffic.volumes import DAY, PEAK, QUIET, Volume
from tests.bench.traffic.watchers import watch
from tests.monitor.crowd import WordScorer

MOST_SHARED = 0.3
"""Of the word pairs of a wording, as tests/monitor/training/test_lines.py holds the sandbox against what is learned."""


def test_the_same_seed_gives_the_same_traffic() -> None:
    assert traffic(DAY, 1) == traffic(DAY, 1) != traffic(DAY, 2)


@pytest.mark.parametrize("volume", [DAY, QUIET, PEAK], ids=lambda volume: volume.name)
def test_it_is_as_much_as_it_says_and_not_all_repeats(volume: Volume) -> None:
    made = traffic(volume, 3)
    assert 0.2 < made.repeats <= 0.7
    assert made.volume.lines <= len(made.lines) <= 1.05 * made.volume.lines
    heard = [line.row.heard or line.row.at for line in made.lines]
    assert heard == sorted(heard)
    assert sum(made.volume.planted.values()) == len(made.events)


def test_a_blind_channel_catches_up_after_the_outage() -> None:
    late = [line.row for line in traffic(QUIET, 1).lines if line.row.heard is not None]
    assert len(late) > 10
    assert all(row.heard is not None and row.heard > row.at for row in late)


def test_what_loa_replay_takes_tells_nothing_of_the_gold(tmp_path: Path) -> None:
    made = traffic(DAY, 1)
    write_rows(made, tmp_path / "day.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "day.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(made.lines) and [r["time"] for r in rows] == sorted(r["time"] for r in rows)
    assert set(rows[0]) == {"id", "text", "time", "author", "channel"}
    assert not [row for row in rows for key in made.events if key in json.dumps([row["id"], row["author"]])]


@pytest.mark.parametrize("theme", [*THEMES, *SCAMS], ids=lambda theme: theme.key)
def test_no_wording_is_nearly_one_that_was_learned_or_is_drilled(theme: Theme, known: list[frozenset[str]]) -> None:
    for pattern in theme.wordings:
        mine = _pairs(fill(pattern, Random(1), {}))
        assert max(len(mine & other) / len(mine) for other in known) <= MOST_SHARED, pattern


@pytest.fixture(scope="module")
def known() -> list[frozenset[str]]:
    learned = [example.text for seed in range(3) for example in own_examples(Random(seed))]
    return [_pairs(text) for text in (*learned, *(text for rumour in RUMOURS for text in rumour.wordings))]


def _pairs(text: str) -> frozenset[str]:
    return frozenset(word for word in shingles(text) if " " in word)


def test_the_gold_of_a_medium_rumour() -> None:
    gold = truths(traffic(DAY, 1))
    [rumour] = [truth for truth in gold.values() if truth.event.kind == "rumour"]
    spread = sorted((s.offset, s.author) for s in rumour.event.written if s.stance == "asserts")
    authors = [author for _, author in spread]
    third = next(offset for i, (offset, _) in enumerate(spread) if len(set(authors[: i + 1])) == 3)
    assert rumour.onset == START + third and rumour.must_push
    assert not [truth for truth in gold.values() if truth.event.kind != "rumour" and truth.must_push]


def test_scores_are_computed_once(tmp_path: Path) -> None:
    class Counting(WordScorer):
        asked = 0

        def score(self, texts: object) -> list[object]:
            Counting.asked += len(texts)  # type: ignore[arg-type]
            return super().score(texts)  # type: ignore[arg-type,return-value]

    texts = ["kho xăng sắp nổ", "hoa đẹp quá", "hoa đẹp quá"]
    with closing(KeptScorer(Counting(), tmp_path)) as kept:  # type: ignore[arg-type]
        first = kept.score(texts)
    asked = Counting.asked
    with closing(KeptScorer(Counting(), tmp_path)) as kept:  # type: ignore[arg-type]
        again = kept.score(texts)
    assert [(s.risk, s.category, s.stance, s.harm) for s in again] == [
        (s.risk, s.category, s.stance, s.harm) for s in first
    ]
    assert Counting.asked == asked + 1, "only the sentence that names the file"


def test_figures_by_hand() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.9) == 5 and percentile([1, 2, 3, 4], 0.5) == 3
    low, high = interval([0.0] * 50 + [1.0] * 50, lambda values: sum(values) / len(values))
    assert 0.38 < low < 0.45 and 0.55 < high < 0.62


def test_a_day_brings_its_rumour_in_minutes_and_nothing_else() -> None:
    made = traffic(DAY, 1)
    lines = {line.row.id: line for line in made.lines}
    gold = truths(made)
    heard = list(scored((line.row for line in made.lines), open_scorer(None)))
    seen = watch(Stream(baseline=Baseline(OFFICE_ZONE)), heard, lines)
    found = judge(seen.alarms, gold)
    assert found.recall == 1.0 and found.right == [True]
    assert max(found.minutes.values()) <= 15
    assert found.by_kind == {"rumour": 1}


def test_with_a_model_that_errs_nowhere_nothing_quick_is_missed_and_nobody_woken() -> None:
    """What the rules and the grouping lose by themselves, apart from any model."""
    made = traffic(DAY, 2)
    lines = {line.row.id: line for line in made.lines}
    heard = list(scored((line.row for line in made.lines), PerfectScorer(made)))
    found = judge(watch(Stream(baseline=Baseline(OFFICE_ZONE)), heard, lines).alarms, truths(made))
    assert found.recall == 1.0 and found.by_kind.total() == found.by_kind["rumour"]
