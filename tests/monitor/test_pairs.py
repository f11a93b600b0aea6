"""Pairs written by hand before any rule that joins them: who says the same, who denies, who asks, who speaks of other
things. The paraphrases share no words that matter, and many no language. The open halves are what the rules were made
on; the held ones are run by `tests.bench.claims` alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from monitor.claims.stance import asks, stance_towards, turns

PAIRS = Path(__file__).with_name("pairs")


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (PAIRS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("kind", "least"), [("", 300), ("paraphrases_", 70)])
def test_no_template_gives_more_than_three_pairs_and_none_stands_in_both_halves(kind: str, least: int) -> None:
    halves = {name: Counter(row["template"] for row in rows(f"{kind}{name}")) for name in ("open", "held")}
    assert (
        max(max(half.values()) for half in halves.values()) <= 3 and not halves["open"].keys() & halves["held"].keys()
    )
    assert sum(sum(half.values()) for half in halves.values()) >= least


@pytest.mark.parametrize(("kind", "stance", "least"), [("opposite", "denies", 38), ("question", "asks", 38)])
def test_denials_and_questions_are_seen_beside_the_claim(kind: str, stance: str, least: int) -> None:
    found = [stance_towards(row["a"], row["b"], "asserts") for row in rows("open") if row["kind"] == kind]
    assert found.count(stance) >= least, Counter(found)


def test_who_repeats_a_claim_neither_asks_nor_denies() -> None:
    found = [stance_towards(row["a"], row["b"], "asserts") for row in rows("open") if row["kind"] == "same"]
    assert found.count("asserts") >= 38, Counter(found)


@pytest.mark.parametrize(
    ("claim", "text", "denies"),
    [
        ("Đập vỡ rồi", "Đập không vỡ đâu", True),
        ("Đập vỡ rồi, báo không dám đăng", "Vỡ đập mà báo không dám đăng", False),
        ("Ai không đổi giấy là bị phạt", "Tháng sau không đổi giấy là bị phạt nha", False),
        ("Kho muối cạn sạch", "Kho không còn muối", False),
        ("The dam has burst", "The dam hasn't burst", True),
        ("Nước tăng giá gấp đôi", "Giá nước giữ nguyên, đừng tin", True),
    ],
)
def test_only_what_the_claim_asserts_can_be_denied(claim: str, text: str, denies: bool) -> None:
    assert turns(claim, text) is denies


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("vỡ đập thiệt hông mn", True), ("Đừng ăn gạo phát ở xã", False), ("họ giấu không cho ai biết", False),
        ("정말인가요?", True), ("is it true that the dam burst", True), ("share mà có nguồn ko vậy bạn", True),
    ],
)  # fmt: skip
def test_what_asks(text: str, question: bool) -> None:
    assert asks(text) is question
