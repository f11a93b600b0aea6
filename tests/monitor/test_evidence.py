"""The evidence shows numbers that can be counted again, in words that accuse nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.reports.charts import incident_chart
from monitor.evidence import build
from monitor.stream import Raised, Stream
from tests.monitor.crowd import MILK, said

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEYS = (
    "claim", "since", "people", "mentions", "channels", "minutes", "growth", "stances", "typical", "spread", "reasons",
    "official_text", "official_ref", "series", "usual", "model", "short_history", "numbers_vi", "numbers_en", "why_vi",
    "why_en", "model_vi", "model_en", "not_spread_vi", "not_spread_en",
)  # fmt: skip


@pytest.fixture
def raised() -> Raised:
    """Four people, one of them twice, on two channels; one asks, one denies."""
    stream, found = Stream(), []
    for i in range(5):
        text = said(
            i, MILK[i % 4], AT + timedelta(minutes=10 * i), author=f"hash-{i % 4}", channel=("facebook", "zalo")[i % 2]
        )
        found += stream.feed([text]).raised
    stream.feed([said(8, MILK[0], AT, risk=0.1, stance="asks"), said(9, MILK[0], AT, risk=0.1, stance="denies")])
    return found[-1]


def test_the_keys_are_those_that_chat_and_console_read(raised: Raised) -> None:
    evidence = build(raised, usual=2.0, short_history=False, titles={})
    assert tuple(evidence) == KEYS
    assert json.loads(json.dumps(evidence)) == evidence
    assert incident_chart(evidence).startswith(b"\x89PNG")


def test_numbers(raised: Raised) -> None:
    evidence = build(raised, usual=2.0, short_history=False, titles={})
    assert (evidence["people"], evidence["mentions"], evidence["channels"]) == (4, 5, ["facebook", "zalo"])
    assert evidence["since"] == AT.isoformat() and evidence["minutes"] == 20
    assert evidence["stances"] == {"asserts": 5, "asks": 1, "denies": 1, "comments": 0}
    assert sum(n for _, n in evidence["series"]) == 3  # up to the moment it was raised
    assert evidence["usual"] == 0.5 and evidence["model"] == "test/1"
    assert evidence["numbers_vi"].startswith("5 bình luận / 4 người viết khác nhau / 2 kênh (Facebook, Zalo) / 20 phút")
    assert evidence["not_spread_vi"] == "1 bình luận hỏi lại và 1 bình luận đính chính không tính là lan truyền."


def test_growth_only_against_something(raised: Raised) -> None:
    assert build(raised, usual=0.0, short_history=False, titles={})["growth"] is None
    grown = build(raised, usual=0.5, short_history=False, titles={})
    assert grown["growth"] == 10.0 and "gấp 10,0 lần" in grown["numbers_vi"]
    short = build(raised, usual=0.5, short_history=True, titles={})
    assert "chưa đủ hai tuần" in short["numbers_vi"] and "gấp" not in short["numbers_vi"]


def test_reasons_are_true_of_the_texts(raised: Raised) -> None:
    evidence = build(
        raised, usual=0, short_history=True, titles={}, official=("Sữa đạt chuẩn.", "bài “Sữa” (08:00 20/11)")
    )
    codes = [r["code"] for r in evidence["reasons"]]
    assert "hidden" in codes and codes[-1] == "official" and "scam" not in codes
    assert evidence["official_text"] == "Sữa đạt chuẩn." and "cần đối chiếu" in evidence["why_vi"]
    assert not evidence["why_vi"].endswith(".")


def test_where_it_stands_without_who_wrote_it(raised: Raised) -> None:
    evidence = build(raised, usual=0, short_history=True, titles={})
    assert evidence["spread"] == ["tin nhắn gửi đến trang: 5"]
    assert len(evidence["typical"]) == 3 and evidence["claim"] == evidence["typical"][0]
    assert "hash-" not in json.dumps(evidence)


def test_the_sentences_are_there_in_english_too(raised: Raised) -> None:
    evidence = build(raised, usual=0.4, short_history=False, titles={}, official=("Sữa đạt chuẩn.", "bài “Sữa”"))
    assert evidence["numbers_en"] == (
        "5 comments / 4 different authors / 2 channels (Facebook, Zalo) / 20 minutes (12.5 times the usual)"
    )
    assert evidence["not_spread_en"] == "Not counted as spread: 1 question, 1 denial."
    assert evidence["model_en"].startswith("Model's score: ") and "compare with" in evidence["why_en"]


def test_it_never_says_that_the_claim_is_false(raised: Raised) -> None:
    shown = build(raised, usual=1, short_history=False, titles={})
    own = " ".join(str(shown[k]) for k in KEYS if k.endswith(("_vi", "_en")) or k == "reasons").lower()
    assert "tin giả" not in own and "fake" not in own and "sai sự thật" not in own
