"""What identifies a person goes, what carries the claim stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.masking import mask
from monitor.text import strip_marks
from tests.monitor.personal import ORDINARY, PERSONAL


@given(st.text(max_size=200) | st.text("0123456789 .-@+sn/nhàngõ", max_size=80))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("written", PERSONAL)
def test_what_identifies_a_person_goes(written: str) -> None:
    for text in (f"Nhờ xem: {written} nhé", written, f"{written}.", f"({written})", f"Ai biết {written}, giúp với!"):
        found = mask(text)
        assert not set(found) & set("0123456789") and "[" in found, found
        assert "nguyen" not in found


@pytest.mark.parametrize("written", ORDINARY)
def test_what_carries_the_claim_stays(written: str) -> None:
    assert mask(written) == written
    assert mask(f"Nghe nói {written}, thật không?") == f"Nghe nói {written}, thật không?"
    assert mask(strip_marks(written)) == strip_marks(written)


@pytest.mark.parametrize("piece", ["0 ", "1-", "a.", "a@", "12 ngo ", "nhà 12/", "không ", "gọi 0", "("])
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    begun = time.process_time()
    mask(piece * (4000 // len(piece)))
    assert time.process_time() - begun < 2
