"""The heads: what is stored, how words and encoder are mixed, who answers for which kind of writing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from monitor.scoring.base import BOTH, KINDS
from monitor.scoring.cues import WIDTH
from monitor.scoring.heads import (
    BY_KIND,
    HEIGHT,
    ROWS,
    WORDS_WIDTH,
    Heads,
    Linear,
    Matrix,
    halves,
    load_heads,
    signs_of,
    words,
)

TEXTS = ("Đập Đồi Sim sắp vỡ, chạy ngay!", "Cảm ơn cán bộ phường", "")
POST = KINDS.index("post")


def made(rng: np.random.Generator) -> Heads:
    def matrix(*shape: int) -> Matrix:
        return rng.normal(size=shape).astype(np.float32)

    learned = {name: np.ones(len(KINDS), dtype=bool) for name in BY_KIND}
    by_words, by_meaning = matrix(WORDS_WIDTH, HEIGHT), matrix(384 + WIDTH, HEIGHT)
    return Heads(
        Linear(by_words, matrix(HEIGHT)), Linear(by_meaning, matrix(HEIGHT)), halves(), learned, matrix(384), "t"
    )


@pytest.fixture
def heads() -> Heads:
    return made(np.random.default_rng(1))


@pytest.fixture
def states() -> Matrix:
    return np.random.default_rng(2).normal(size=(len(TEXTS), 384)).astype(np.float32)


def test_what_is_stored_answers_the_same(heads: Heads, states: Matrix, tmp_path: Path) -> None:
    heads.save(tmp_path / "heads.npz")
    again = load_heads(tmp_path / "heads.npz")
    for name, found in again.answer(TEXTS, states).items():
        assert np.allclose(found, heads.answer(TEXTS, states)[name], atol=0.02), name
    assert again.revision == "t"


def test_heads_of_another_version_are_refused(heads: Heads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heads.save(tmp_path / "heads.npz")
    monkeypatch.setattr("monitor.scoring.heads.HEADS", {"risk": KINDS})
    with pytest.raises(ValueError, match="another version"):
        load_heads(tmp_path / "heads.npz")


def test_probabilities_are_probabilities(heads: Heads, states: Matrix) -> None:
    for part, answers in heads.parts(TEXTS, states).items():
        for name, found in answers.items():
            assert found.min() >= 0 and found.max() <= 1 + 1e-6, (part, name)
            if found.ndim == 2:
                assert np.allclose(found.sum(axis=1), 1, atol=1e-5), (part, name)


def test_words_alone_answer_without_an_encoder(heads: Heads, states: Matrix) -> None:
    alone = heads.answer(TEXTS, None)
    assert np.array_equal(alone["risk"], heads.parts(TEXTS, states)["lexical"]["risk"])
    assert np.array_equal(alone["risk"], alone["lexical"])
    assert not np.allclose(alone["risk"], heads.parts(TEXTS, states)[BOTH]["risk"])


def test_the_kind_of_a_text_decides_who_answers(heads: Heads) -> None:
    """Sure that it is a post: the post's answer, whatever the others say."""
    bias = heads.words.bias.copy()
    bias[ROWS["kind"]][POST] = 1000.0
    sure = dataclasses.replace(heads, words=dataclasses.replace(heads.words, bias=bias))
    row = ROWS["risk"].start + POST
    odds = sure.odds(TEXTS, None)["lexical"][:, row]
    assert np.allclose(sure.answer(TEXTS, None)["risk"], 1 / (1 + np.exp(-odds)), atol=1e-5)


def test_a_kind_that_was_never_learned_has_no_say(heads: Heads) -> None:
    learned = dict(heads.learned) | {"risk": np.array([kind != "post" for kind in KINDS])}
    bias = heads.words.bias.copy()
    bias[ROWS["risk"]][POST] = 1000.0
    told = dataclasses.replace(heads, words=dataclasses.replace(heads.words, bias=bias))
    untold = dataclasses.replace(told, learned=learned)
    assert (untold.answer(TEXTS, None)["risk"] < told.answer(TEXTS, None)["risk"]).all()


def test_words_keep_marks_and_share_pieces_without_them() -> None:
    marked, bare, twin = "Đập sắp vỡ!", "dap sap vo!", "Đậр sắр vỡ!"  # Cyrillic in the last
    a, b, c = (set(words(text, signs_of([text])[0]).places.tolist()) for text in (marked, bare, twin))
    assert a != b and a & b
    assert a == c
