"""What is scored first in a flood, and that nothing is lost by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.flow.order import Waiting, first_of_a_flood, words_key

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def wait(number: int, text: str, item: str = "", minutes: int = 0) -> Waiting:
    return Waiting(number, text, item, NOON + timedelta(minutes=minutes))


def ids(rows: list[Waiting]) -> list[int]:
    return [row.id for row in rows]


def test_a_text_that_many_paste_counts_once() -> None:
    rows = [wait(i, "vỡ đập  rồi" if i % 2 else "vỡ đập rồi") for i in range(50)]
    assert len(first_of_a_flood(rows, 1)) == 50


def test_new_wording_then_busy_posts_then_the_young() -> None:
    rows = [
        wait(1, "vỡ đập rồi", "busy", 9),
        wait(2, "VO DAP ROI", "busy", 10),  # the same in another hand
        wait(3, "cầu sập", "quiet", 8),
        wait(4, "mất điện", "quiet2", 7),
        wait(5, "nước đục", "busy", 1),
    ]
    assert ids(first_of_a_flood(rows, 5)) == [2, 5, 3, 4, 1]


def test_capitals_and_signs_are_other_words() -> None:
    assert words_key("Vỡ  đập\n") == words_key("Vỡ đập") != words_key("VỠ ĐẬP")
    assert words_key("Vỡ đập") != words_key("Vỡ đập!")
    assert words_key("\ud800")


@given(st.lists(st.sampled_from(["a", "b", "A", "b ", "c"]), max_size=30), st.integers(1, 5))
def test_whoever_waits_gets_a_turn(texts: list[str], most: int) -> None:
    """Each text is taken once, however small the rounds are."""
    waiting, taken = [wait(i, text) for i, text in enumerate(texts)], list[int]()
    while waiting:
        chosen = ids(first_of_a_flood(waiting, most))
        assert chosen
        taken += chosen
        waiting = [row for row in waiting if row.id not in chosen]
    assert sorted(taken) == list(range(len(texts)))
