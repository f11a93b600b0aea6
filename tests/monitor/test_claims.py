"""The same claim in many hands is one claim; another place, another thing, a complaint is not."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitor.claims import FORGET_AFTER, MOST_MEMBERS, Grouper, founds, spreads
from monitor.claims.likeness import likeness
from monitor.claims.words import content
from tests.monitor.crowd import DOUBTS, RUMOURS, everyday, said, score, variants

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def grouper() -> Grouper:
    """One that has heard ordinary talk, so that it knows which words are common."""
    made = Grouper()
    for line in everyday(300, random.Random(0)):
        made.learn(line)
    return made


@pytest.mark.parametrize("rumour", RUMOURS)
def test_every_hand_writes_the_same_claim(grouper: Grouper, rumour: str) -> None:
    texts = variants(rumour, 30, random.Random(3))
    keys = [grouper.assign(said(i, text, AT + timedelta(minutes=i))) for i, text in enumerate(texts)]
    assert {claim.key for claim in keys if claim} == {"0"} and None not in keys
    assert len(grouper.claims["0"].asserting()) == 30


def test_two_rumours_are_two_claims(grouper: Grouper) -> None:
    first = [grouper.assign(said(i, t, AT)) for i, t in enumerate(variants("milk", 5, random.Random(1)))]
    second = [grouper.assign(said(10 + i, t, AT)) for i, t in enumerate(variants("quay", 5, random.Random(1)))]
    assert {c.key for c in first if c} == {"0"} and {c.key for c in second if c} == {"10"}


def test_questions_and_denials_attach_without_counting(grouper: Grouper) -> None:
    grouper.assign(said(1, RUMOURS["milk"][0], AT))
    asks, denies = DOUBTS["milk"]
    claim = grouper.assign(said(2, asks, AT, risk=0.1, stance="asks", category="question"))
    assert claim is grouper.assign(said(3, denies, AT, risk=0.1, stance="denies", category="harmless"))
    assert claim is not None and len(claim.members) == 3 and len(claim.asserting()) == 1


def test_a_denial_taken_for_an_assertion_does_not_spread() -> None:
    assert not spreads(score(0.2, category="harmless"))
    assert spreads(score(0.35, category="harmless")) and spreads(score(0.2, category="misinformation"))
    assert not spreads(score(0.9, stance="asks"))


def test_only_a_risky_assertion_founds_a_claim(grouper: Grouper) -> None:
    assert founds(score(0.9)) and founds(score(0.5, category="scam"))
    for other in (score(0.9, stance="asks"), score(0.9, category="criticism"), score(0.3, category="misinformation")):
        assert not founds(other)
    assert grouper.assign(said(1, "Hồ sơ nộp ba lần chưa xong", AT, risk=0.9, category="criticism")) is None
    assert not grouper.claims


def test_the_same_words_about_another_place_are_another_claim(grouper: Grouper) -> None:
    text = "Cầu sập rồi, ba xe rơi xuống sông mà họ giấu"
    one = grouper.assign(said(1, text, AT, place="Lai Châu"))
    assert one is not grouper.assign(said(2, text, AT, place="Cà Mau"))
    assert one is grouper.assign(said(3, text, AT))


def test_vectors_bring_paraphrases_together(grouper: Grouper) -> None:
    near = np.zeros(384, dtype=np.float32)
    near[0] = 1.0
    one = grouper.assign(said(1, RUMOURS["quay"][0], AT, vector=near))
    assert one is grouper.assign(said(2, RUMOURS["quay"][3], AT, vector=near))
    far = -near
    assert one is not grouper.assign(said(3, "Mai cả tỉnh cúp điện mười ngày", AT, vector=far))


def test_what_is_not_heard_is_forgotten(grouper: Grouper) -> None:
    for i in range(2):
        grouper.assign(said(i, RUMOURS["milk"][0], AT))
    grouper.assign(said(9, RUMOURS["quay"][0], AT))
    assert grouper.forget(AT + timedelta(days=3)) == ["9"]
    assert grouper.forget(AT + FORGET_AFTER + timedelta(minutes=1)) == ["0"]
    assert grouper.assign(said(10, RUMOURS["milk"][0], AT + FORGET_AFTER * 2)).key == "10"  # type: ignore[union-attr]


def test_memory_of_one_claim_is_bounded(grouper: Grouper) -> None:
    for i in range(MOST_MEMBERS + 10):
        grouper.restore("0", said(i, RUMOURS["milk"][0], AT))
    assert len(grouper.claims["0"].members) <= MOST_MEMBERS


def test_a_restored_claim_takes_up_where_it_was(grouper: Grouper) -> None:
    grouper.restore("7", said(7, RUMOURS["milk"][0], AT))
    claim = grouper.assign(said(8, RUMOURS["milk"][1], AT))
    assert claim is not None and claim.key == "7"


def test_a_shared_complaint_is_not_doubtful(grouper: Grouper) -> None:
    line = "Rác ở khu tập thể không ai dọn, hôi không chịu nổi"
    grouper.assign(said(0, line, AT, risk=0.6))
    for i in range(1, 8):
        grouper.assign(said(i, line, AT, risk=0.15, category="criticism", stance=("asserts", "comments")[i % 2]))
    (claim,) = grouper.claims.values()
    assert len(claim.members) == 8 and claim.doubtful() < 0.5 and len(claim.asserting()) == 1


def test_the_typical_text_names_the_claim(grouper: Grouper) -> None:
    texts = [RUMOURS["milk"][0], RUMOURS["milk"][0] + "!!", RUMOURS["milk"][1], "nhà trường giấu nhẹm 40 học sinh"]
    for i, text in enumerate(texts):
        grouper.restore("c", said(i, text, AT))
    assert "thuốc diệt chuột" in grouper.claims["c"].typical(1)[0].text


def test_an_edited_text_counts_as_it_is_now(grouper: Grouper) -> None:
    for i in (1, 2, 3):
        grouper.assign(said(i, RUMOURS["milk"][i - 1], AT))
    again = grouper.assign(said(2, RUMOURS["milk"][3], AT))
    assert again is not None and sorted(m.id for m in again.members) == ["1", "2", "3"]
    assert grouper.assign(said(2, "Xin lỗi, em gỡ rồi ạ", AT, risk=0.05, stance="comments")) is None
    assert sorted(m.id for m in grouper.claims["1"].members) == ["1", "3"]


def test_a_founder_who_edits_leaves_the_claim_to_the_others(grouper: Grouper) -> None:
    """The other rumour is a claim of its own, though the first one bears its founder's name."""
    for i, text in enumerate(variants("milk", 4, random.Random(2))):
        grouper.assign(said(i, text, AT))
    other = grouper.assign(said(0, RUMOURS["quay"][0], AT + timedelta(minutes=9)))
    assert other is not None and other.key == "0.2" and len(other.members) == 1
    assert len(grouper.claims["0"].members) == 3


def test_a_claim_of_one_edited_away_is_gone(grouper: Grouper) -> None:
    grouper.assign(said(1, RUMOURS["milk"][0], AT))
    assert grouper.assign(said(1, "Cảm ơn trang", AT, risk=0.05, stance="comments")) is None
    assert not grouper.claims and grouper.forget(AT) == []


def test_claims_that_a_person_took_apart_stay_apart(grouper: Grouper) -> None:
    grouper.restore("d1", said(1, RUMOURS["milk"][0], AT))
    grouper.restore("2", said(2, RUMOURS["milk"][1], AT))
    grouper.apart.add(frozenset(("d1", "2")))
    assert grouper.assign(said(3, RUMOURS["milk"][0] + "!!", AT)) is grouper.claims["d1"]
    assert grouper.assign(said(4, RUMOURS["milk"][1] + " 😡", AT)) is grouper.claims["2"]
    grouper.apart.clear()
    grouper.assign(said(5, RUMOURS["milk"][0] + "...", AT))
    assert len(grouper.claims) == 1


def test_a_text_takes_its_stance_towards_the_claim(grouper: Grouper) -> None:
    grouper.assign(said(1, RUMOURS["quay"][0], AT))
    claim = grouper.assign(said(2, "Kho xăng cảng Hòn Nhạn không rò rỉ, không sắp nổ", AT))
    assert claim is grouper.claims["1"] and [m.score.stance for m in claim.members] == ["asserts", "denies"]
    assert len(claim.asserting()) == 1


def test_a_bar_for_likeness_changes_no_answer_above_it(grouper: Grouper) -> None:
    texts = [content(text) for text in (*variants("milk", 6, random.Random(1)), *everyday(6, random.Random(2)))]
    for mine, other in itertools.product(texts, texts):
        for cosine in (None, 0.2, 0.9):
            whole = likeness(mine, other, grouper.rarity, cosine)
            assert likeness(mine, other, grouper.rarity, cosine, 0.6) in ({whole} if whole >= 0.6 else {whole, 0.0})


def test_words_are_forgotten_rarest_first_and_by_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.claims.grouper.MOST_WORDS", 100)
    grouper = Grouper()
    for number in range(200):
        grouper.learn(f"chợ phiên từ{number}")
        assert len(grouper._frequency) <= 103
    assert {"cho", "phien", "cho phien"} <= set(grouper._frequency)


def test_a_deleted_text_takes_its_words_along(grouper: Grouper) -> None:
    """Its wording draws nobody in any more; what others wrote goes on."""
    grouper.assign(said(1, RUMOURS["milk"][0], AT, place="Tân Lạc"))
    grouper.assign(said(2, RUMOURS["milk"][1], AT))
    assert grouper.take_out(["1", "77"]) == ["1"]
    (claim,) = grouper.claims.values()
    assert [m.id for m in claim.members] == ["2"] and claim.locality == ""
    assert RUMOURS["milk"][0] not in repr(vars(grouper))
    again = grouper.assign(said(3, RUMOURS["milk"][1], AT))
    assert again is claim
    assert grouper.take_out(["2", "3"]) == ["1"] and not grouper.claims and not grouper._owners
    assert grouper.take_out(["2", "3"]) == []


def test_who_else_says_it_speaks_for_a_claim_whose_wordings_are_gone(grouper: Grouper) -> None:
    for i in (1, 2, 3):
        grouper.assign(said(i, RUMOURS["milk"][0], AT))
    grouper.take_out(["1"])
    assert [e.text for e in grouper.claims["1"].exemplars] == [RUMOURS["milk"][0]], "two others said the same"
    grouper.claims["1"].members.append(said(9, RUMOURS["milk"][2], AT))
    grouper._rebuild()
    grouper.take_out(["2", "3"])
    assert [e.text for e in grouper.claims["1"].exemplars] == [RUMOURS["milk"][2]]
