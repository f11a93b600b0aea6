"""What is measured, on which texts, and that each figure moves when what it measures changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.learning.evaluate import Scored, gather, measure
from monitor.learning.figures import Figure
from monitor.scoring import open_scorer
from monitor.scoring.base import Score
from monitor.spikes.nab import Series
from monitor.text import plain
from tests.monitor.crowd import score

SETS: dict[str, list[dict[str, Any]]] = {
    "vi_reintel/dev.jsonl": [
        {"text": f"Kho xăng Hòn Nhạn sắp nổ, giấu dân, lần {i}", "label": 1} for i in range(10)
    ] + [{"text": f"Đội bóng huyện thắng trận thứ {i}", "label": 0} for i in range(30)],
    "multi_ct22/dev.jsonl": [
        {"text": "why do they do nothing", "harmful": 0, "claim": 0, "attention": "yes_blame_authorities"},
        {"text": "kho xăng sắp nổ", "harmful": 1, "claim": 1, "attention": "harmful"},
        {"text": "only Spanish has no label"},
    ],
    "en_covid_rumor/dev.jsonl": [{"text": "unverified", "label": 2}, {"text": "kho xăng true?", "label": 1}],
    "vi_hsd/dev.jsonl": [{"text": "hay quá", "label": 0}, {"text": "kho xăng", "label": 1}],
    "en_ct20_claims/claims.jsonl": [
        {"id": "c1", "claim": "a purple whale ate the moon", "title": "Purple whale"},
        {"id": "c2", "claim": "rivers flow uphill in spring", "title": ""},
    ],
    "en_ct20_claims/queries_dev.jsonl": [
        {"id": "q1", "text": "did the purple whale eat the moon?", "relevant": ["c1"]},
    ],
}  # fmt: skip


class Words:
    """Marks the rumour by one word; its second part never does."""

    revision, degraded, reason = "words/1", False, ""

    def __init__(self, key: str = "kho xang") -> None:
        self._key = key
        self.asked: list[str] = []

    def score(self, texts: Sequence[str]) -> list[Score]:
        return self.parts(texts)["both"]

    def parts(self, texts: Sequence[str]) -> dict[str, list[Score]]:
        self.asked += texts
        sure = [score(0.9 if self._key in plain(t) else 0.1) for t in texts]
        return {"lexical": [score(0.5) for _ in texts], "both": sure}


def figures(scorer: Words) -> dict[tuple[str, str], Figure]:
    material = gather(lambda name: SETS.get(name, []), ["mình không đồng ý, kho xang nào"])
    scored = Scored(scorer)
    scored.take(material.texts(), lambda done: None)
    return {(f.name, f.part): f for f in measure(material, scored)}


def test_each_part_has_its_own_figures() -> None:
    found = figures(Words())
    assert found["ROC-AUC vi_reintel", "both"].value == 1.0
    assert found["ROC-AUC vi_reintel", "lexical"].value == 0.5
    assert found["ROC-AUC vi_reintel", "both"].rows == 40
    assert found["MAP@5 en_ct20_claims", "lexical"].value == 1.0


def test_false_alarms_are_counted_among_the_calm_alone() -> None:
    found = figures(Words())
    assert (
        found["false alarms vi_hsd clean", "both"].value == 0.0 and found["false alarms vi_hsd clean", "both"].rows == 1
    )
    assert found["false alarms multi_ct22 criticism", "both"].rows == 1
    assert found["false alarms criticism file", "both"].value == 1.0
    assert found["false alarms all of these", "both"].value == pytest.approx(1 / 3)


def test_a_loss_is_what_typing_otherwise_costs() -> None:
    """Slang changes nothing for a scorer that reads plain words; a scorer that wants the diacritics loses all."""
    found = figures(Words())
    assert found["loss no_diacritics", "both"].value == 0.0
    assert found["loss homoglyphs", "both"].value == 0.0
    assert found["loss telex", "both"].value > 0.05
    assert found["loss capitals", "lexical"].value == 0.0


def test_what_is_missing_is_named_and_nothing_is_made_of_it() -> None:
    material = gather(lambda name: SETS.get(name, []))
    assert {"en_constraint", "en_covid_rumor", "vi_comments", "criticism file"} <= set(material.missing)
    assert "vi_reintel" not in material.missing
    names = {s.name: len(s.texts) for s in material.labelled}
    assert names == {"vi_reintel": 40, "multi_ct22 harmful": 2, "multi_ct22 claim": 2}


def test_every_text_is_scored_once() -> None:
    scorer = Words()
    figures(scorer)
    assert len(scorer.asked) == len(set(scorer.asked)) > 40


def test_the_shipped_scorer_answers_in_parts_that_make_its_whole() -> None:
    scorer, texts = open_scorer(None), ["Kho xăng sắp nổ, chạy ngay!", "Cảm ơn trang"]
    parts = scorer.parts(texts)
    assert list(parts) == ["lexical", "transformer", "both"]
    for i, whole in enumerate(scorer.score(texts)):
        one = [parts[p][i] for p in ("lexical", "transformer")]
        assert parts["both"][i].risk == pytest.approx(whole.risk, abs=1e-6)
        assert min(s.risk for s in one) <= whole.risk <= max(s.risk for s in one)
        assert one[0].risk == pytest.approx(whole.lexical, abs=1e-6) and one[0].vector is None


def bursts(*, marked: int) -> Series:
    """A quiet series with one great burst; `marked` is the row that people marked as its start."""
    start = datetime(2026, 1, 5)
    values = [5.0 + i % 3 for i in range(4000)]
    values[3000:3010] = [900.0] * 10
    times = [start + timedelta(minutes=5 * i) for i in range(4000)]
    return Series("a.csv", times, values, [(marked, marked + 50)])


def test_the_detectors_score_is_one_of_the_figures() -> None:
    def score_of(*series: Series) -> Figure:
        material = gather(lambda name: SETS.get(name, []), series=series)
        scored = Scored(Words())
        scored.take(material.texts(), lambda done: None)
        [found] = [f for f in measure(material, scored) if f.part == "detector"]
        return found

    hit, missed = score_of(bursts(marked=2995)), score_of(bursts(marked=1000))
    assert hit.name == "NAB standard nab_tweets" and hit.rows == 4000
    assert hit.value > 90 > 0 >= missed.value
    both = score_of(bursts(marked=2995), bursts(marked=1000))
    assert both.low <= missed.value < both.value < hit.value <= both.high
    assert "nab_tweets" in gather(lambda name: []).missing
