"""What identifies a person goes, what carries the claim stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.masking import mask


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    "written",
    [
        "0900 000 000",
        "0912.345.678",
        "+84 912 345 678",
        "an.nguyen@x.example",
        "cccd 012345678901",
        "29A-123.45",
        "nhà số 12",
    ],
)
def test_what_identifies_a_person_goes(written: str) -> None:
    found = mask(f"gọi {written} nhé")
    assert not set(written.split()[-1]) & set("0123456789@") & set(found)


@pytest.mark.parametrize(
    "written",
    [
        "12/10/2026",
        "19h30",
        "2.000.000đ",
        "gọi 113 hoặc 1022",
        "hotline 1900 1234",
        "tăng 12,5%",
        "200 người chết",
        "QĐ số 15",
    ],
)
def test_what_carries_the_claim_stays(written: str) -> None:
    assert mask(written) == written
