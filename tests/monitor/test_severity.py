"""The table of the domain brief 6.1, cell by cell, and the spread in front of it."""

from __future__ import annotations

import pytest

from models.incident import Level
from monitor.severity import above, deadlines, level_of, spread_of, widely_heard_by

L, M, H, E = Level.LOW, Level.MEDIUM, Level.HIGH, Level.EMERGENCY


@pytest.mark.parametrize(
    ("harm", "row"), [(0, (None,) * 4), (1, (None, L, L, M)), (2, (L, M, H, H)), (3, (M, H, E, E))]
)
def test_the_table(harm: int, row: tuple[Level | None, ...]) -> None:
    assert tuple(level_of(harm, spread) for spread in range(4)) == row


@pytest.mark.parametrize(
    ("authors", "channels", "surge", "spread"),
    [(2, 2, True, 0), (3, 1, False, 1), (4, 2, True, 1), (5, 1, False, 1), (5, 2, False, 2), (5, 1, True, 2),
     (10, 1, False, 2), (29, 1, False, 2), (30, 1, False, 3)],
)  # fmt: skip
def test_spread(authors: int, channels: int, surge: bool, spread: int) -> None:
    assert spread_of(authors, channels, surge=surge) == spread


def test_the_press_and_big_pages_reach_many_at_once() -> None:
    assert spread_of(1, 1, surge=False, widely_heard=True) == 3
    assert widely_heard_by("press", None)
    assert widely_heard_by("page", 100_001) and not widely_heard_by("page", 100_000)
    assert not widely_heard_by("page", None), "what nobody said is not known"


def test_deadlines_shrink_with_the_level() -> None:
    for worse, milder in ((E, H), (H, M), (M, L)):
        assert above(worse, milder)
        for name in ("ack_min", "first_line_min", "correction_min"):
            assert getattr(deadlines(worse), name) <= getattr(deadlines(milder), name)
    assert (deadlines(E).ack_min, deadlines(H).correction_min) == (5, 240)
