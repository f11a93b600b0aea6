"""A claim is held against what is settled, corrected and posted: "contradicts" only where the opposite is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.claim import NewsLabel
from monitor.claims.claim import exemplar
from monitor.claims.known import Passage, Reference, compare, said, sentences_of
from tests.monitor.crowd import said as written

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
POST = Reference("Giá nước sạch phường Hoa Sim giữ nguyên đến hết năm 2026.", "bài “Giá nước”", "the post “Giá nước”")
BRIDGE = Reference("Cầu Hoa Sim đóng để sửa từ 22 giờ, mời bà con đi đường tránh.", "bài “Cầu”", "the post “Cầu”")
SETTLED = Reference(
    "Sữa học đường trường Tân Lạc pha thuốc diệt chuột", "“Sữa” (Sở Y tế)", "“Sữa” (Sở Y tế)", NewsLabel.FALSE
)
TRUE = Reference("Nước phường Hoa Sim đạt chuẩn, không nhiễm chì", "“Nước” (CDC)", "“Nước” (CDC)", NewsLabel.AUTHENTIC)
RARITY: Callable[[str], float] = lambda _: 3.7  # noqa: E731


def passages(*references: Reference) -> list[Passage]:
    return [Passage(each, sentence) for each in references for sentence in sentences_of(each.text)]


@pytest.mark.parametrize(
    ("text", "reference", "en"),
    [
        ("Giá nước sạch phường Hoa Sim tăng gấp đôi", POST, "contradicts the post “Giá nước”"),
        ("Cầu Hoa Sim sập, đang sửa gì mà sửa", BRIDGE, "compare with the post “Cầu”"),
        ("sua hoc duong truong tan lac pha thuoc diet chuot", SETTLED, "as a claim settled as false: “Sữa” (Sở Y tế)"),
        ("Nước phường Hoa Sim nhiễm chì", TRUE, "contradicts “Nước” (CDC)"),
        ("Sữa học đường trường Tân Lạc không pha thuốc diệt chuột", SETTLED, "compare with “Sữa” (Sở Y tế)"),
    ],
)
def test_what_is_said_of_a_claim(text: str, reference: Reference, en: str) -> None:
    (found,) = compare([exemplar(written(1, text, AT))], passages(reference), RARITY)
    assert said(found)[1] == en


def test_other_things_are_not_named() -> None:
    claim = [exemplar(written(1, "Mai tuyết rơi ở Cà Mau, học sinh nghỉ cả tuần", AT))]
    assert compare(claim, passages(POST, BRIDGE, SETTLED, TRUE), RARITY) == []


def test_the_likest_comes_first() -> None:
    claim = [exemplar(written(1, "Giá nước sạch phường Hoa Sim tăng gấp đôi đến hết năm 2026", AT))]
    found = compare(claim, passages(BRIDGE, TRUE, POST), RARITY)
    assert found[0].reference is POST and [c.likeness for c in found] == sorted(
        (c.likeness for c in found), reverse=True
    )
