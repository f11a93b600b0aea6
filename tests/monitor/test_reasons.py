"""Each reason is true of the computation: without what it names, the risk or the level is lower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.incident import Level
from monitor.claims import Text
from monitor.reasons import LEAST_FALL, level_reasons, wording_reasons
from monitor.scoring import open_scorer
from monitor.scoring.base import Score
from monitor.scoring.cues import CUES, cues, without
from monitor.severity import above
from monitor.stream import Raised, Stream
from monitor.text import plain
from tests.monitor.crowd import MILK, QUAY, said, score

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def feed(stream: Stream, texts: Sequence[Text]) -> Raised:
    return [found for text in texts for found in stream.feed([text]).raised][-1]


def crowd(texts: Sequence[str], people: int, channels: Sequence[str] = ("facebook",), first: int = 0) -> list[Text]:
    return [
        said(i, texts[i % len(texts)], AT + timedelta(minutes=i), channel=channels[i % len(channels)])
        for i in range(first, first + people)
    ]


@pytest.mark.parametrize("lines", [MILK, QUAY], ids=["milk", "quay"])
@pytest.mark.parametrize("model", [None, "lexical"])
def test_without_a_named_wording_the_risk_falls(lines: tuple[str, ...], model: str | None) -> None:
    scorer = open_scorer(model)
    claim = feed(Stream(), crowd(lines, 4)).claim
    named = [r["code"] for r in wording_reasons(claim, scorer)]
    assert named, "these lines are full of such wordings"
    before = [s.risk for s in scorer.score(list(lines))]
    for cue in named:
        after = [s.risk for s in scorer.score([without(text, cue) for text in lines])]
        assert (sum(before) - sum(after)) / len(lines) >= LEAST_FALL * 0.9, cue


class ByOneWord:
    """Knows one word only: whatever else the texts carry moves nothing."""

    revision, degraded, reason = "one/1", False, ""

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [score(0.9 if "giau" in plain(text) else 0.2) for text in texts]


def test_a_wording_that_moves_nothing_is_not_named() -> None:
    claim = feed(Stream(), crowd(QUAY[:2], 4)).claim
    assert {"hidden", "urgent", "danger"} <= {cue for text in QUAY[:2] for cue in cues(text)}
    assert [r["code"] for r in wording_reasons(claim, ByOneWord())] == ["hidden"]


def test_each_named_count_holds_the_level_up() -> None:
    alone = feed(Stream(), crowd(MILK, 3))
    assert [r["code"] for r in level_reasons(alone)] == ["authors"]
    assert alone.authors == 3 and "3 người" in level_reasons(alone)[0]["vi"]
    one = [replace(t, author="one") for t in crowd(MILK, 20)]
    assert not [f for text in one for f in Stream().feed([text]).raised], "without the people there is no alarm"


def test_channels_are_named_only_where_they_decide() -> None:
    both = feed(Stream(), crowd(MILK, 5, ("facebook", "youtube")))
    assert (both.level, [r["code"] for r in level_reasons(both)]) == (Level.HIGH, ["authors", "channels"])
    on_one = feed(Stream(), crowd(MILK, 5))
    assert above(both.level, on_one.level)
    many = replace(both, authors=40)
    assert [r["code"] for r in level_reasons(many)] == ["authors"], "so many people need no second channel"


def test_growth_is_named_only_where_it_decides() -> None:
    known, unknown = Stream(), Stream()
    for hour in range(24 * 20, 0, -1):
        known.baseline.count("facebook", AT - timedelta(hours=hour))
    surging, plainly = feed(known, crowd(MILK, 9)), feed(unknown, crowd(MILK, 9))
    assert surging.surge and [r["code"] for r in level_reasons(surging)] == ["authors", "surge"]
    assert above(surging.level, plainly.level), "without the history of growth the level is lower"


def test_a_claim_that_is_only_shown_again_counts_nothing() -> None:
    raised = feed(Stream(), crowd(MILK, 5, ("facebook", "youtube")))
    again = Raised(raised.claim, raised.level, raised.level, raised.harm, raised.spread, raised.at, AT, False)
    assert level_reasons(again) == []


@pytest.mark.parametrize("cue", sorted(CUES))
def test_taken_out_is_taken_out_and_the_rest_stays(cue: str) -> None:
    phrase = CUES[cue].split(",")[0].strip()
    text = f"Xyzt {phrase.upper()} qwrt, bcdf {phrase} ghkl: https://a.example/{phrase.replace(' ', '')}"
    bare = without(text, cue)
    assert cue not in cues(bare)
    assert all(word in bare for word in ("Xyzt", "qwrt", "bcdf", "ghkl", "https://a.example"))


def test_diacritics_and_slang_are_the_same_cue() -> None:
    assert "giấu" not in without("Họ GIẤU nhẹm, giau dan", "hidden").lower()
    assert without("không có gì", "hidden") == "không có gì"


def test_the_press_is_named_only_where_the_level_hangs_on_it() -> None:
    one = replace(crowd(MILK, 1)[0], widely_heard=True)
    raised = feed(Stream(), [one])
    assert [r["code"] for r in level_reasons(raised)] == ["widely_heard"]
    without_it = feed(Stream(), crowd(MILK, 3))
    assert above(raised.level, without_it.level)
    many = feed(Stream(), [*crowd(MILK, 31), replace(said(99, MILK[0], AT + timedelta(minutes=31)), widely_heard=True)])
    assert many.level is raised.level and "widely_heard" not in {r["code"] for r in level_reasons(many)}
