"""The own post that a claim is about is found by what is rare in it, whatever field the model took the claim for."""

from __future__ import annotations

import pytest

from monitor.official import OwnText, about_the_same
from monitor.text import shingles

OWN = [
    OwnText("Lịch tiếp công dân xã Tân Lạc. Thứ Ba và thứ Năm, 8 giờ, tại trụ sở xã Tân Lạc.", "KHAC"),
    OwnText("Kè sông Mơ. Xã Tân Lạc gia cố kè sông Mơ đoạn xóm Đông, xong trước mùa lũ.", "AN_NINH"),
    OwnText("Chợ phiên xã Tân Lạc. Mở từ 6 giờ sáng Chủ nhật, có chỗ gửi xe.", "KHAC"),
]


@pytest.mark.parametrize(
    ("text", "field", "found"),
    [
        ("Kè sông Mơ vỡ rồi bà con ơi, chạy ngay", "THIEN_TAI", 1),
        ("ke song mo vo roi chay ngay", "THIEN_TAI", 1),
        ("Kè sông Mơ vỡ rồi bà con ơi", "AN_NINH", 1),
        ("Xã Tân Lạc tăng học phí gấp ba", "CHINH_SACH", None),
        ("Trụ sở có ma", "KHAC", None),
        ("Vắc xin hết hạn mà vẫn tiêm", "Y_TE", None),
    ],
)
def test_rare_pairs_name_the_post(text: str, field: str, found: int | None) -> None:
    assert about_the_same(shingles(text), field, OWN) == found


def test_an_office_without_posts_has_none() -> None:
    assert about_the_same(shingles("Kè sông Mơ vỡ rồi"), "THIEN_TAI", []) is None
