"""The training lines are well made, stay out of the product, and know nothing of what the sandbox asks."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from random import Random

import pytest

from channels.sandbox.lines import RUMOURS, Rumour
from monitor.scoring.base import CATEGORIES, FIELDS, HARMS, STANCES
from monitor.text import shingles
from monitor.training.examples import LINES, own_examples, own_lines

ROOT = Path(__file__).parents[3]
THEMES = {
    "ho_khe_suong": r"(đập|đê|kè|hồ) [^|{}]*vỡ|vỡ (đập|đê|hồ)|hồ chứa",
    "truong_nang_moi": r"bắt cóc|mất tích [^|{}]*(cháu|trẻ)|mấy cháu mất tích",
    "vacxin_cum": r"vắc|vaccine|liệt mặt|mũi tiêm|tiêm [^|{}]*(chết|liệt|nhập viện)",
    "quy_tin_dung": r"tín dụng|phá sản|vỡ nợ|rút tiền|ngân hàng [^|{}]*(hết|sắp)",
    "gia_nuoc": r"(giá|tiền) nước[^|{}]*tăng|tăng gấp|gấp (đôi|ba)",
    "the_giay": r"giấy tờ [^|{}]*(cũ|hết)|hết giá trị|vô hiệu|thẻ cũ|hết hiệu lực",
    "cau_vuon_que": r"cầu [^|{}]*sập|sập cầu|rơi xuống sông",
    "gao_da_xanh": r"\bgạo\b|ngộ độc",
    "bang_lai": r"bằng lái|giấy phép lái|giữ xe",
    "muoi_trang": r"\bmuối\b|tích trữ|dự trữ|mua [^|{}]*để dành|(?<!thu )\bgom\b",
    "tram_phat_song": r"phát sóng|\bsóng\b [^|{}]*(gây|làm)|ăng ten|cột (sóng|điện|thu)|vô sinh|sảy thai|hư thai",
    "de_thi_vuon_que": r"lộ đề|đề thi|đáp án|đề bị lộ",
    "dat_nghia_trang": r"nghĩa trang|nghĩa địa|\b(mồ )?mộ\b|\bmả\b|sân gôn|hài cốt",
}
"""What each rumour of the sandbox is about. None of it stands in a training line."""
MOST_SHARED = 0.3


def test_every_rumour_of_the_sandbox_has_its_theme_held_out() -> None:
    assert set(THEMES) == {r.key for r in RUMOURS}
    for rumour in RUMOURS:
        assert any(re.search(THEMES[rumour.key], text.lower()) for text in rumour.wordings), "the pattern means it"


@pytest.mark.parametrize("rumour", RUMOURS, ids=lambda r: r.key)
def test_no_training_line_is_about_it(rumour: Rumour) -> None:
    for line in own_lines():
        assert not re.search(THEMES[rumour.key], line.lower()), line


@pytest.fixture(scope="module")
def drawn() -> list[frozenset[str]]:
    """The word pairs of what training really sees, with some more draws."""
    return [_pairs(e.text) for seed in range(6) for e in own_examples(Random(seed)) if e.stance == "asserts"]


@pytest.mark.parametrize("rumour", RUMOURS, ids=lambda r: r.key)
def test_no_drawn_text_is_nearly_one_of_its_wordings(rumour: Rumour, drawn: list[frozenset[str]]) -> None:
    for text in rumour.wordings:
        mine = _pairs(text)
        assert max(len(mine & other) / len(mine) for other in drawn) <= MOST_SHARED, text


def _pairs(text: str) -> frozenset[str]:
    return frozenset(w for w in shingles(text) if " " in w)


def test_every_line_is_well_made() -> None:
    lines = own_lines()
    assert len(set(lines)) == len(lines) > 100
    for line in lines:
        category, stance, field, harm, pattern = line.split("|", 4)
        assert category in CATEGORIES and stance in STANCES and field in FIELDS and int(harm) in HARMS, line
        assert pattern.count("{") == pattern.count("}") and pattern == pattern.strip(), line
        assert (int(harm) > 0) == (category in ("misinformation", "scam")), line
    assert {line.split("|")[0] for line in lines} == set(CATEGORIES)


def test_training_material_is_not_installed() -> None:
    """It is data for `python -m monitor.training`; no sample text stands in the product's code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    assert LINES.suffix != ".py" and not any(fnmatch(LINES.name, pattern) for pattern in patterns)
    assert not (ROOT / "MANIFEST.in").exists(), "a manifest would install it after all"
