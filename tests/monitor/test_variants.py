"""Each hand types the same text in its way, the same again with the same seed."""

from __future__ import annotations

import random

import pytest

from monitor.text import plain
from monitor.variants import HANDS, telex

TEXT = "Đập hồ Khe Sương sắp vỡ rồi, mọi người không được ở lại, chạy ngay đi"


@pytest.mark.parametrize("hand", HANDS)
def test_a_hand_changes_the_text_and_can_be_had_again(hand: str) -> None:
    typed = HANDS[hand](TEXT, random.Random(3))
    assert typed != TEXT and typed == HANDS[hand](TEXT, random.Random(3))


@pytest.mark.parametrize("hand", ["no_diacritics", "teencode", "capitals", "emoji"])
def test_what_only_looks_different_is_plainly_the_same(hand: str) -> None:
    assert plain(HANDS[hand](TEXT, random.Random(3))) == plain(TEXT)


def test_telex_leaves_the_keys() -> None:
    class Always(random.Random):
        def random(self) -> float:
            return 0.0

    assert telex("vỡ đập", Always()) == "vowx ddaapj"
    assert telex("Người", Always()) == "Nguwowif"


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("text", ["", " ", "\u0302\u0301", "🔥", "ạ\n\tb", "x" * 5000])
def test_any_string_goes_in(hand: str, text: str) -> None:
    assert isinstance(HANDS[hand](text, random.Random(1)), str)
