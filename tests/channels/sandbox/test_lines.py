"""The pretended public's lines can be drawn, are composed Vietnamese, and name nobody real."""

from __future__ import annotations

import re
import unicodedata
from random import Random

import pytest

from channels.sandbox import lines
from channels.sandbox.lines import RUMOURS, Rumour
from channels.sandbox.wording import fill, without_marks

POOLS = {
    name: getattr(lines, name).strip().splitlines()
    for name in ("HARMLESS", "CRITICISM", "QUESTIONS", "FEEDBACK", "WARNINGS", "BANTER")
}
SLOTS = {"noi": lines.PLACES, "duong": lines.STREETS, "thang": ("tháng 3",), "so": ("4",)}
FIELDS = {"CHINH_SACH", "KINH_TE", "Y_TE", "THIEN_TAI", "AN_NINH", "GIA_MAO", "LUA_DAO", "KHAC"}


@pytest.mark.parametrize("pool", sorted(POOLS))
def test_every_pattern_fills_without_leftovers(pool: str) -> None:
    for pattern in POOLS[pool]:
        assert pattern.count("{") == pattern.count("}"), pattern
        for seed in range(10):
            text = fill(pattern, Random(seed), SLOTS)
            assert text and not re.search(r"[{}|]", text), text
            assert text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("pool", sorted(POOLS))
def test_patterns_are_not_repeated(pool: str) -> None:
    assert len(set(POOLS[pool])) == len(POOLS[pool])


def test_nothing_can_be_followed_out_of_the_sandbox() -> None:
    everything = "\n".join(p for pool in POOLS.values() for p in pool)
    assert not re.search(r"https?://|www\.|@\w+\.|\b0\d{8,}", everything)


@pytest.mark.parametrize("rumour", RUMOURS, ids=lambda r: r.key)
def test_a_rumour_is_whole(rumour: Rumour) -> None:
    assert len(set(rumour.wordings)) >= 3 and rumour.denials and rumour.questions
    assert rumour.field in FIELDS and rumour.official_title and rumour.official
    for text in (*rumour.wordings, *rumour.denials, *rumour.questions, rumour.official):
        assert text == unicodedata.normalize("NFC", text) and text != without_marks(text)
    assert all(text.endswith("?") for text in rumour.questions)


def test_rumours_differ() -> None:
    assert len({r.key for r in RUMOURS}) == len(RUMOURS)
    assert len({w for r in RUMOURS for w in r.wordings}) == sum(len(r.wordings) for r in RUMOURS)
