"""A few who paste are told apart from many who write or share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.incident import Level
from monitor.claims import Text
from monitor.copying import Copying, copying, voices_of
from monitor.evidence import build
from monitor.stream import Raised, Stream
from tests.monitor.crowd import MILK, said

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def pasted(count: int, authors: int, first: int = 0, wording: int = 0) -> list[Text]:
    """`count` copies of one sentence within minutes, each a little different, by so many authors."""
    tails = ("", "!!", " 😡", "  ", " .")
    return [
        said(
            first + i,
            MILK[wording] + tails[i % 5],
            AT + timedelta(seconds=20 * i),
            author=f"paste-{first}-{i % authors}",
        )
        for i in range(count)
    ]


def raised_by(texts: list[Text]) -> list[Raised]:
    stream = Stream()
    return [found for text in texts for found in stream.feed([text]).raised]


def test_ten_copies_by_two_authors_are_one_voice() -> None:
    assert copying(pasted(10, 2)) == Copying(wordings=1, copies=10, authors=2, voices=1)
    assert not raised_by(pasted(10, 2))


def test_five_who_paste_reach_no_more_than_three_who_write() -> None:
    """The first copies could be anybody's; a hundred more change nothing."""
    assert voices_of(pasted(100, 5)) == 1
    assert [r.level for r in raised_by(pasted(100, 5))] == [Level.MEDIUM]


def test_many_who_share_one_sentence_are_many() -> None:
    texts = pasted(30, 30)
    assert copying(texts) == Copying(wordings=1, copies=0, authors=0, voices=30)
    assert [r.level for r in raised_by(texts)][-1] == Level.HIGH
    assert voices_of(pasted(18, 6)) == 6, "more than a few"


def test_whoever_writes_in_own_words_counts_beside_the_copies() -> None:
    own = [said(100 + i, MILK[1 + i % 3], AT + timedelta(minutes=i), author=f"own-{i}") for i in range(4)]
    assert voices_of([*pasted(12, 3), *own]) == 5
    mine = said(200, MILK[2], AT, author="paste-0-1")
    assert voices_of([*pasted(12, 3), mine]) == 1, "one of the few is no further voice"


def test_two_pasted_wordings_are_two_voices() -> None:
    assert voices_of([*pasted(9, 3), *pasted(9, 3, first=50, wording=3)]) == 2


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=60))
def test_voices_are_never_more_than_authors_and_never_none(rows: list[tuple[int, int]]) -> None:
    texts = [said(i, MILK[w], AT + timedelta(seconds=i), author=f"a{a}") for i, (a, w) in enumerate(rows)]
    found = copying(texts)
    assert found.voices == voices_of(texts)
    assert found.voices <= len({m.author for m in texts})
    assert (found.voices > 0) == bool(texts)


def test_the_evidence_says_so_without_names() -> None:
    own = [said(100 + i, MILK[1 + i % 3], AT + timedelta(minutes=6 + i), author=f"own-{i}") for i in range(4)]
    evidence = build(raised_by([*pasted(10, 2), *own])[0], usual=0.0, short_history=True, titles={})
    assert evidence["copying"]["copies"] == 10 and evidence["copying"]["authors"] == 2
    assert "10 bình luận" in evidence["not_spread_vi"] and "2 people" in evidence["not_spread_en"]
    assert "paste-" not in str(evidence)


@pytest.mark.parametrize("authors", [2, 3, 5])
def test_to_paste_more_is_never_more_spread(authors: int) -> None:
    found = [voices_of(pasted(count, authors)) for count in range(authors * 3, 60, 7)]
    assert set(found) == {1}
