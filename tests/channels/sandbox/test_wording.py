"""The ways of writing one sentence: different, reproducible, and as the variant rules ask."""

from __future__ import annotations

import re
import unicodedata
from random import Random

import pytest

from channels.sandbox.wording import HANDS, fill, slang, stretched, typed, variants, without_marks

WORDINGS = (
    "Chợ Đá Xanh đóng cửa vĩnh viễn rồi, không được bán nữa",
    "Từ mai không ai được bán ở chợ Đá Xanh nữa",
    "Đá Xanh mất chợ rồi mọi người",
)


def unmarked(text: str) -> bool:
    """No Vietnamese letter is left."""
    return text == without_marks(text)


def test_marks_go_and_letters_stay() -> None:
    assert without_marks("Đường Ở đây, ưỡn ngực") == "Duong O day, uon nguc"
    assert without_marks(unicodedata.normalize("NFD", "đập vỡ")) == "dap vo"


@pytest.mark.parametrize("seed", range(20))
def test_ten_variants_differ_and_keep_the_rules(seed: int) -> None:
    made = variants(WORDINGS, Random(seed), 10)
    assert len(set(made)) == 10
    assert sum(unmarked(text) for text in made) >= 2
    assert made == variants(WORDINGS, Random(seed), 10)


@pytest.mark.parametrize("seed", range(20))
def test_every_variant_names_the_place(seed: int) -> None:
    for text in variants(WORDINGS, Random(seed), 10):
        assert re.search("d+a+ x+a+n+h+", without_marks(text.lower())), text


def test_hands_hold_the_promised_share() -> None:
    assert len(HANDS) == 10
    assert sum(hand.startswith("bare") for hand in HANDS) >= 2
    assert sum("slang" in hand for hand in HANDS) >= 2


def test_slang_leaves_parts_of_words_alone() -> None:
    assert all(slang("khôngg", Random(seed)) == "khôngg" for seed in range(30))
    assert any(slang("không được", Random(seed)) != "không được" for seed in range(5))


@pytest.mark.parametrize("hand", sorted({*HANDS, "plain"}))
def test_a_hand_never_empties_a_text(hand: str) -> None:
    assert typed("Nước lên rồi", hand, Random(3)).strip()


def test_stretched_takes_empty_text() -> None:
    assert stretched("", Random(1)) == ""


def test_fill_takes_slots_and_nested_choices() -> None:
    slots = {"noi": ("Gò Thông",)}
    assert fill("{ở {noi}|tại {noi}} nhé {}", Random(1), slots) in ("ở Gò Thông nhé", "tại Gò Thông nhé")
