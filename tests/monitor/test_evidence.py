"""The evidence shows numbers that can be counted again, in words that accuse nobody."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.reports.charts import incident_chart
from models.incident import Level
from monitor.evidence import build, one_sentence
from monitor.spikes import Judgement
from monitor.stream import Raised, Stream
from tests.monitor.crowd import MILK, said

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEYS = (
    "claim", "since", "people", "mentions", "channels", "minutes", "growth", "seldom_days", "copying", "stances",
    "typical", "copied", "spread", "reasons", "official_text", "official_ref", "series", "usual", "model",
    "short_history", "numbers_vi", "numbers_en", "why_vi", "why_en", "official_vi", "official_en", "model_vi",
    "model_en", "not_spread_vi", "not_spread_en",
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
    sure = build(raised, usual=0.5, short_history=False, titles={}, judged=Judgement(0.9, timedelta(days=40)))
    assert sure["seldom_days"] == 40.0 and "khoảng 40 ngày mới có một lần" in sure["numbers_vi"]
    assert "once in 40 days" in sure["numbers_en"]
    short = build(raised, usual=0.5, short_history=True, titles={})
    assert "chưa đủ hai tuần" in short["numbers_vi"] and "gấp" not in short["numbers_vi"]


def test_what_the_office_said_is_no_reason_but_to_be_held_against_it(raised: Raised) -> None:
    why = [{"code": "authors", "vi": "4 người khác nhau viết trong 60 phút", "en": "4 people"}]
    official = ("Sữa đạt chuẩn.", "bài “Sữa” (08:00 20/11)")
    evidence = build(raised, usual=0, short_history=True, titles={}, official=official, reasons=why)
    assert evidence["reasons"] == why and evidence["why_vi"] == why[0]["vi"]
    assert evidence["official_text"] == "Sữa đạt chuẩn." and evidence["official_vi"].startswith("cần đối chiếu với bài")


def test_the_claim_is_one_masked_sentence() -> None:
    assert one_sentence("Ôi trời! Kho xăng sắp nổ, gọi 0912 345 678 ngay. Chạy đi.") == (
        "Kho xăng sắp nổ, gọi [số điện thoại] ngay."
    )
    assert one_sentence("Sập rồi") == "Sập rồi"
    assert len(one_sentence("chạy " * 500)) <= 220


def test_what_was_copied_most_is_shown_with_its_count() -> None:
    stream = Stream()
    texts = [MILK[0], MILK[1], MILK[0].upper(), MILK[0], MILK[2], MILK[1]]
    for i, text in enumerate(texts):
        stream.feed([said(i, text, AT + timedelta(minutes=i))])
    found = Raised(stream.grouper.claims["0"], Level.MEDIUM, None, 2, 1, AT + timedelta(minutes=9), AT, False)
    evidence = build(found, usual=0, short_history=True, titles={})
    assert evidence["copied"] == [[MILK[0], 3], [MILK[1], 2]]


def test_where_it_stands_without_who_wrote_it(raised: Raised) -> None:
    evidence = build(raised, usual=0, short_history=True, titles={})
    assert evidence["spread"] == ["tin nhắn gửi đến trang: 5"]
    assert len(evidence["typical"]) == 3 and evidence["claim"] == evidence["typical"][0]
    assert "hash-" not in json.dumps(evidence)


def test_the_sentences_are_there_in_english_too(raised: Raised) -> None:
    evidence = build(raised, usual=0.4, short_history=False, titles={}, official=("Sữa đạt chuẩn.", "bài “Sữa”"))
    assert evidence["official_en"] == "compare with bài “Sữa”"
    assert evidence["numbers_en"] == (
        "5 comments / 4 different authors / 2 channels (Facebook, Zalo) / 20 minutes (12.5 times the usual)"
    )
    assert evidence["not_spread_en"] == "Not counted as spread: 1 question, 1 denial."
    assert evidence["model_en"].startswith("Model's score: ")


VERDICTS = re.compile(
    r"tin giả|tin vịt|sai sự thật|tin sai\b|bịa đặt|xuyên tạc|\bfake|\bfalse\b(?! alarm)|misinformation|debunk", re.I
)
"""Words that judge. A model only suspects; a person judges."""
WRITTEN = (
    *sorted((ROOT / "bot" / "duty").glob("*.py")),
    ROOT / "monitor" / "evidence.py",
    ROOT / "monitor" / "reasons.py",
)


@pytest.mark.parametrize("file", WRITTEN, ids=lambda p: p.name)
def test_no_text_of_the_desk_or_the_evidence_says_that_a_claim_is_false(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    told = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    told = [text for text in told if text not in docstrings(tree) and not text.isidentifier()]
    assert [text for text in told if VERDICTS.search(text)] == []


def docstrings(tree: ast.Module) -> set[str]:
    """What is written for programmers: every string that stands as a statement of its own."""
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    return {node.value for node in alone if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_alert_says_that_it_is_suspected() -> None:
    words = (ROOT / "bot" / "duty" / "texts.py").read_text(encoding="utf-8")
    assert "Nghi vấn – cần kiểm chứng" in words and "Suspected – to be verified" in words
