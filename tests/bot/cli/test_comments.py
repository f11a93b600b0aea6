"""`loa post comments` and `loa post answer`: what citizens wrote, and an answer that somebody else approves."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Loa, refused
from tests.bot.cli.test_posts_and_queue import approve, state

COLUMNS = "organisation_id, account_id, item_id, channel, remote_id, parent_id, text, author_hash, own, written_at, "
ROWS = (
    (1, 1, "i", "facebook", "c1", "", "Khi nào có nước [/b]?", "hash-of-lan", 0),
    (1, 1, "i", "facebook", "c2", "", "Cảm ơn xã", "", 0),
    (1, 1, "i", "facebook", "r2", "c2", "Không có chi", "", 1),
    (1, 2, "", "viber", "v1", "", "Chào xã", "", 0),
)


@pytest.fixture
def heard(office: Loa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Loa:
    """The office with a Page where two citizens wrote and one was answered there, and a message to a Viber bot."""
    monkeypatch.setenv("LOA_FACEBOOK_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LOA_VIBER_BASE_URL", "http://127.0.0.1:9")
    (tmp_path / "keys.json").write_text(json.dumps({"page_token": "t", "auth_token": "t"}))
    for kind in ("facebook", "viber"):
        said = office("account", "add", "--as", "admin", kind, "--id", "1001", "--secrets-file", "keys.json")
        assert said.status == 0, said.err
    with sqlite3.connect(tmp_path / "var" / "loa.db") as store:
        rest = "fetched_at, category, stance, field, locality, model"
        values = f"{', '.join('?' * 9)}, '2026-11-24 01:00:00.000000', '2026-11-24 01:00:00.000000', '', '', '', '', ''"
        store.executemany(f"INSERT INTO mention ({COLUMNS}{rest}) VALUES ({values})", ROWS)
    store.close()
    return office


def test_comments_are_listed_with_their_numbers_and_what_became_of_them(heard: Loa) -> None:
    said = heard("post", "comments", "--as", "duyet")
    assert said.status == 0, said.err
    lines = {line.split("│")[1].strip(): line for line in said.out.splitlines() if "│" in line}
    assert set(lines) == {"1", "2", "4"} and "Khi nào có nước [/b]?" in lines["1"] and "08:00" in lines["1"]
    assert "trên kênh" in lines["2"] and "không trả lời được" in lines["4"] and "hash-of-lan" not in said.out
    still = heard("post", "comments", "--as", "duyet", "--open")
    assert "Khi nào có nước" in still.out and "Cảm ơn xã" not in still.out
    refused(heard("post", "comments", "--as", "duyet", "7"), "post 7")


def test_an_answer_is_handed_in_shown_with_its_comment_and_approved_by_another(heard: Loa, tmp_path: Path) -> None:
    said = heard("post", "answer", "--as", "soan", "1", "--text", "Cấp nước lại lúc 17 giờ.")
    assert said.status == 0 and "Bài 1 trả lời bình luận 1" in said.out
    shown = heard("post", "show", "--as", "duyet", "1").out
    assert "Trả lời #1 (facebook, 24/11/2026 08:00): “Khi nào có nước [/b]?”" in shown
    assert '"comment_id": "c1"' in shown and "Cấp nước lại lúc 17 giờ." in shown
    own = heard("post", "approve", "--as", "soan", "1", "--hash", shown.splitlines()[0].split()[-1])
    assert own.status == 2
    assert state(tmp_path, "select count(*) from delivery") == [(0,)]
    approve(heard, 1)
    assert state(tmp_path, "select state, target_id, form from delivery") == [("queued", "c1", "reply")]
    assert "bài 1: Hẹn giờ" in heard("post", "comments", "--as", "soan").out


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("99", "--text", "x"), "no such comment"),
        (("1", "--text", " "), "--text: there is nothing"),
        (("1", "--text", "x" * 8001), "cut 1"),
        (("3", "--text", "x"), "own words"),
        (("4", "--text", "x"), "Viber"),
    ],
)
def test_what_cannot_be_answered_leaves_nothing(
    heard: Loa, tmp_path: Path, words: tuple[str, ...], wanted: str
) -> None:
    refused(heard("post", "answer", "--as", "soan", *words), wanted)
    assert state(tmp_path, "select id from post") == []
