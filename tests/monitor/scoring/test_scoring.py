"""The shipped model and the words beside it, on lines it was not fitted on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from monitor.scoring import open_scorer
from monitor.scoring.base import CATEGORIES, FIELDS, HARMS, STANCES, Scorer
from monitor.scoring.cues import WIDTH, cues, features
from monitor.text import strip_marks

SPREAD = (
    "Cống ngăn triều phường Cau Đỏ bung rồi, nước mặn tràn vào ruộng, chính quyền giấu, bà con chạy đồ ngay",
    "Trạm xá Cau Đỏ tiêm nhầm thuốc, bốn em bé co giật chết mà bệnh viện im lặng, đừng cho con đi tiêm",
    "Hợp tác xã Cau Đỏ vỡ nợ, chủ nhiệm ôm tiền trốn rồi, ai gửi rút gấp kẻo mất trắng",
)
NOT_SPREAD = (
    "Cống ngăn triều làm ba năm chưa xong, dân kêu mãi, đề nghị xem lại cách làm",
    "Nghe nói cống Cau Đỏ bung, có đúng không ad?",
    "Cống Cau Đỏ không bung đâu nha, mình ở ngay đó, đừng tin lời đồn",
    "Cảm ơn các cô y tá trạm Cau Đỏ, tiêm nhẹ tay lắm",
    "Đèn đường trước hợp tác xã hỏng hai tuần, nhờ kiểm tra giúp",
)


@pytest.fixture(scope="module", params=["", "lexical"])
def scorer(request: pytest.FixtureRequest) -> Scorer:
    return open_scorer(request.param or None)


@pytest.mark.parametrize("hand", ["marked", "bare"])
def test_rumours_stand_above_criticism_questions_and_denials(scorer: Scorer, hand: str) -> None:
    typed = (lambda t: t) if hand == "marked" else (lambda t: strip_marks(t.lower()))
    bad = [s.risk for s in scorer.score([typed(t) for t in SPREAD])]
    good = [s.risk for s in scorer.score([typed(t) for t in NOT_SPREAD])]
    assert min(bad) > max(good)


def test_a_score_is_whole_and_the_same_again(scorer: Scorer) -> None:
    texts = [*SPREAD, *NOT_SPREAD, "", "🔥", "x" * 50_000]
    first, second = scorer.score(texts), scorer.score(texts)
    for one, other in zip(first, second, strict=True):
        assert abs(one.risk - other.risk) < 1e-4
        assert min(one.risk, one.claim, one.lexical) >= 0
        assert max(one.risk, one.claim, one.lexical) <= 1
        assert one.category in CATEGORIES
        assert one.stance in STANCES
        assert one.field in FIELDS
        assert one.harm in HARMS
        if one.vector is not None:
            assert one.vector.shape == (384,)
            assert abs(float(np.linalg.norm(one.vector)) - 1) < 1e-3
    assert scorer.score([]) == []


def test_order_and_company_do_not_change_a_score() -> None:
    scorer = open_scorer(None)
    alone = scorer.score([SPREAD[0]])[0].risk
    among = scorer.score([*NOT_SPREAD, SPREAD[0]])[-1].risk
    assert abs(alone - among) < 0.05, "int8 sums depend a little on padding"


def test_cues_are_readable() -> None:
    assert {"share", "hidden"} <= set(cues("chia sẻ gấp, họ giấu dân"))
    assert features("").shape == (WIDTH,)


def test_the_runtime_reports_to_nobody(tmp_path: Path) -> None:
    """ONNX Runtime keeps an id of the machine and a queue of events in the home folder while it may report."""
    told = "from monitor.scoring import open_scorer; assert open_scorer(None).score(['xin chào'])"
    root = Path(__file__).parents[3]
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", told], env={**os.environ, **home}, check=True, timeout=120)
    assert not [p for p in tmp_path.rglob("*") if "onnxruntime" in p.name.lower()]
