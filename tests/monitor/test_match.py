"""Known claims are found again by words and by meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitor.match import Matcher
from monitor.scoring import open_scorer
from monitor.scoring.base import Score
from tests.monitor.crowd import MILK, QUAY, WordScorer, score

CLAIMS = [("milk", MILK[0]), ("quay", QUAY[0]), ("snow", "Mai tuyết rơi ở Cà Mau, học sinh nghỉ cả tuần")]


def test_words_alone_rank_the_right_claim_first() -> None:
    found = Matcher(CLAIMS, WordScorer()).rank([MILK[3], "kho xang cang hon nhan sap no"], 2)
    assert [r.claims[0] for r in found] == ["milk", "quay"]
    assert all(len(r.claims) == len(r.scores) == 2 and r.scores == sorted(r.scores, reverse=True) for r in found)


def test_the_shipped_model_ranks_too() -> None:
    scorer = open_scorer(None)
    found = Matcher(CLAIMS, scorer).rank(["Trường ở Tân Lạc có trẻ phải đi viện vì sữa", "ngày mai có tuyết"], 3)
    assert [r.claims[0] for r in found] == ["milk", "snow"]


def test_meaning_decides_where_no_word_is_shared() -> None:
    class Meaning(WordScorer):
        def score(self, texts: Sequence[str]) -> list[Score]:
            made = []
            for text in texts:
                vector = np.zeros(384, dtype=np.float32)
                vector[1 if "tuyết" in text or "snow" in text else 2] = 1
                made.append(score(vector=vector))
            return made

    (found,) = Matcher(CLAIMS, Meaning()).rank(["snow tomorrow"], 1)
    assert found.claims == ["snow"]


def test_nothing_known_and_nothing_asked() -> None:
    assert Matcher([], WordScorer()).rank(["abc"], 5)[0].claims == []
    assert Matcher(CLAIMS, WordScorer()).rank([], 5) == []
    assert Matcher([("a", "")], WordScorer()).rank(["", "!!"], 5)[0].claims == ["a"]
    assert Matcher([], open_scorer(None)).rank(["abc"], 5)[0].scores == []
