"""`loa post` and `loa queue`: from writing to the queue, holds, slots, and what a person decides."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Loa, refused

NEW = ("post", "new", "--as", "soan", "--title", "Lịch [/b]")


def at(hour: int, days: int = 2) -> str:
    """An hour of a coming day, as it is typed."""
    return f"{datetime.now() + timedelta(days=days):%Y-%m-%d}T{hour:02d}:00"


@pytest.fixture
def connected(office: Loa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Loa:
    """The office with a Facebook Page on an address where nothing listens."""
    monkeypatch.setenv("LOA_FACEBOOK_BASE_URL", "http://127.0.0.1:9")
    (tmp_path / "page.json").write_text(json.dumps({"page_token": "t", "app_id": "1", "app_secret": "s"}))
    account = ("facebook", "--id", "1001", "--secrets-file", "page.json")
    assert office("account", "add", "--as", "admin", *account).status == 0
    return office


def test_a_setting_of_an_account_that_says_nothing_is_told(office: Loa, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")
    account = ("viber", "--id", "1", "--secrets-file", "keys.json", "--set", "product")
    refused(office("account", "add", "--as", "admin", *account), "--set product: write it as name=value")


def approve(loa: Loa, post: int) -> None:
    """Look at a post, then say yes to what was shown."""
    shown = loa("post", "show", "--as", "duyet", str(post)).out.splitlines()[0]
    said = loa("post", "approve", "--as", "duyet", str(post), "--hash", shown.split()[-1])
    assert said.status == 0, said.err


def state(tmp_path: Path, sql: str) -> list[tuple[object, ...]]:
    """What the database says."""
    with sqlite3.connect(tmp_path / "var" / "loa.db") as store:
        found = store.execute(sql).fetchall()
    store.close()
    return found


# -- writing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--text", "facebook=Chào", "--at", "2020-01-01T08:00"), "has passed"),
        (("--text", "facebook=Chào", "--at", "hôm nay"), "--at hôm nay: write it as"),
        (("--text", "facebook=Chào", "--at", "0001-01-01"), "--at 0001-01-01: the year"),
        (("--text", "facebook=Chào", "--field", "NONSENSE"), "--field NONSENSE: use one of CHINH_SACH"),
        (("--text", "facebook"), "write it as facebook="),
        (("--text", "facebook=a", "--text", "facebook=b"), "twice"),
        (("--text", "myspace=a"), "no channel myspace"),
        (("--text", "facebook="), "nothing to publish"),
        (("--text", "facebook=Chào", "--file", "missing.jpg"), "missing.jpg"),
        (("--text", "facebook=Chào", "--file", "page.json"), "cannot be read"),
        (("--text", "facebook=Chào", "--slot", "--at", at(8)), "--slot"),
        (("--text", "facebook=Chào", "--window-from", at(8)), "both its beginning and its end"),
        (("--text", "facebook=Chào", "--at", at(8), "--embargo", at(9)), "before the embargo ends"),
        (("--text", "facebook=Chào", "--format", "pigeon"), "--format pigeon: use one of text, infographic"),
        (("--text", "facebook=Chào", "--format", "infographic"), "Đồ họa thông tin cần ít nhất một hình"),
        (("--text", "facebook=Chào", "--language", "de"), "write it as facebook=en"),
        (("--text", "facebook=Chào", "--language", "facebook=xx"), "--language facebook=xx: use one of vi, en"),
        (("--text", "facebook=Chào", "--language", "viber=de"), "there is no --text for viber"),
        (("--text", "facebook=Chào", "--machine", "viber"), "--machine viber: there is no --text"),
    ],
)
def test_what_cannot_be_leaves_no_draft(connected: Loa, tmp_path: Path, words: tuple[str, ...], wanted: str) -> None:
    refused(connected(*NEW, *words), wanted)
    assert state(tmp_path, "select id from post") == []


def test_from_writing_to_the_queue_in_the_offices_zone(connected: Loa, tmp_path: Path) -> None:
    times = ("--window-from", at(8), "--window-to", at(10), "--embargo", at(7))
    assert "Bài 1 đã nộp" in connected(*NEW, "--text", "facebook=Chào bà con", *times).out
    shown = connected("post", "show", "--as", "duyet", "1").out
    assert "Lịch [/b] [pending]" in shown
    for words in ("Giờ đăng: ", "Trong khung: ", "Không đăng trước: ", "Duyệt trước: "):
        assert words in shown
    assert "08:00 – " in shown
    approve(connected, 1)
    listed = connected("queue", "--as", "soan").out
    assert "Lịch [/b]" in listed
    assert listed == connected("queue", "list", "--as", "soan").out
    assert "[scheduled]" in connected("post", "move", "--as", "soan", "1", "--at", at(9)).out
    assert "[pending]" in connected("post", "move", "--as", "soan", "1", "--at", at(11)).out
    refused(connected("post", "move", "--as", "soan", "1", "--at", "2020-01-01T08:00"), "has passed")


def test_an_approval_is_for_what_was_shown(connected: Loa) -> None:
    connected(*NEW, "--text", "facebook=Chào")
    for wrong in ("0" * 12, "abc"):
        refused(connected("post", "approve", "--as", "duyet", "1", "--hash", wrong), "content changed")
    assert "--hash" in connected("post", "approve", "--as", "duyet", "1").err


def test_a_machine_translation_is_signed_by_another_than_the_approver(connected: Loa, tmp_path: Path) -> None:
    german = ("--text", "facebook=Bu\u0308rgeramt", "--language", "facebook=de", "--machine", "facebook")
    assert connected(*NEW, *german, "--format", "text").status == 0
    assert state(tmp_path, "select text from variant") == [("Bürgeramt",)]
    shown = connected("post", "show", "--as", "duyet", "1").out
    assert "Loại bài: Bài chữ" in shown
    assert "facebook: Deutsch, bản dịch máy – chưa ký" in shown
    assert "✗ facebook: Bản dịch máy chưa có người ký" in shown
    seen = ("1", "--hash", shown.splitlines()[0].split()[-1])
    refused(connected("post", "approve", "--as", "duyet", *seen), "Bản dịch máy chưa có người ký: hãy đọc kỹ")
    sign = ("post", "sign", "--channel", "facebook")
    refused(connected(*sign, "--as", "duyet", *seen), "may not sign")
    refused(connected(*sign, "--as", "soan", "1", "--hash", "0" * 12), "changed after you saw it")
    assert connected(*sign, "--as", "soan", *seen).out == "Bài 1: đã ký bản dịch facebook.\n"
    assert "bản dịch máy – đã ký lúc" in connected("post", "show", "--as", "duyet", "1").out
    approve(connected, 1)


def test_cautions_are_shown_to_the_approver(connected: Loa) -> None:
    for _ in range(2):
        connected(*NEW, "--text", "facebook=Chào bà con", "--at", at(8))
    approve(connected, 1)
    shown = connected("post", "show", "--as", "duyet", "2").out
    assert "cùng nội dung" in shown
    assert "đúng phút này" in shown


def test_posts_of_an_unknown_state_are_no_empty_list(office: Loa) -> None:
    refused(office("post", "list", "--as", "soan", "--state", "gone"), "--state gone: use one of draft")


def test_a_post_repeats_until_it_is_ended(connected: Loa) -> None:
    connected(*NEW, "--text", "facebook=Chào")
    repeat = ("post", "repeat", "--as", "soan", "1")
    for words, wanted in (
        (("--every", "year", "--at", "08:00"), "--every year"),
        (("--every", "week", "--at", "08:00"), "--day"),
        (("--every", "week", "--at", "8h", "--day", "mon"), "--at 8h"),
        (("--every", "day", "--at", "24:00"), "--at 24:00"),
        (("--every", "month", "--at", "08:00", "--day", "32"), "--day 32"),
    ):
        refused(connected(*repeat, *words), wanted)
    assert connected(*repeat, "--every", "week", "--at", "08:00", "--day", "fri").status == 0
    assert connected(*repeat, "--every", "month", "--at", "23:59", "--day", "31").status == 0
    listed = connected("post", "repeats", "--as", "soan").out
    assert re.search(r"week .* 08:00", listed)
    assert re.search(r"month .* 23:59", listed)
    assert connected("post", "unrepeat", "--as", "soan", "1").status == 0
    assert "week" not in connected("post", "repeats", "--as", "soan").out


# -- the queue ----------------------------------------------------------------------------------------------------


def test_the_queue_asks_who_looks(office: Loa) -> None:
    refused(office("queue"), "--as")
    refused(office("queue", "slots"), "--as")


@pytest.mark.parametrize(
    ("who", "scope", "shown"),
    [
        ("duyet", ("--channel", "viber"), "[channel viber]"),
        ("truc", ("--topic", "Y_TE"), "[topic Y_TE]"),
        ("lanh", ("--all",), "[organisation]"),
        ("admin", ("--everything",), "[everything]"),
    ],
)
def test_a_scope_is_held_and_released(office: Loa, who: str, scope: tuple[str, ...], shown: str) -> None:
    assert office("queue", "hold", "--as", who, *scope, "--reason", "kiểm tra [lại]").status == 0
    for words in (("queue", "--as", "soan"), ("queue", "holds", "--as", "soan")):
        assert f"Lệnh giữ 1 {shown}" in office(*words).out
        assert "kiểm tra [lại]" in office(*words).out
    assert office("queue", "release", "--as", who, "1").status == 0
    assert "Không có lệnh giữ nào" in office("queue", "holds", "--as", who).out
    refused(office("queue", "release", "--as", who, "1"), "released already")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--as", "soan", "--all", "--reason", "x"), "may not hold"),
        (("--as", "duyet", "--everything", "--reason", "x"), "may not hold"),
        (("--as", "duyet", "--channel", "myspace", "--reason", "x"), "nothing called 'myspace'"),
        (("--as", "duyet", "--all", "--topic", "Y_TE", "--reason", "x"), "one at a time"),
        (("--as", "duyet", "--reason", "x"), "one at a time"),
        (("--as", "duyet", "--all", "--reason", " "), "Give a reason"),
    ],
)
def test_a_hold_that_cannot_be_is_refused(office: Loa, words: tuple[str, ...], wanted: str) -> None:
    refused(office("queue", "hold", *words), wanted)
    assert "Không có lệnh giữ nào" in office("queue", "holds", "--as", "duyet").out


@pytest.mark.parametrize(("answer", "to"), [("--there", "sent"), ("--again", "queued")])
def test_a_person_settles_what_is_unknown(connected: Loa, tmp_path: Path, answer: str, to: str) -> None:
    connected(*NEW, "--text", "facebook=Chào")
    approve(connected, 1)
    refused(connected("queue", "settle", "--as", "duyet", "1", answer), "not unknown")
    with sqlite3.connect(tmp_path / "var" / "loa.db") as store:
        store.execute("update delivery set state = 'unknown', attempt_no = 1")
        store.execute("update post set state = 'going_out'")
    store.close()
    refused(connected("queue", "settle", "--as", "duyet", "1"), "--there or --again")
    refused(connected("queue", "settle", "--as", "soan", "1", answer), "may not decide")
    assert connected("queue", "settle", "--as", "duyet", "1", answer).status == 0
    assert state(tmp_path, "select state from delivery") == [(to,)]


def test_the_queue_says_why_something_waits(connected: Loa) -> None:
    connected(*NEW, "--text", "facebook=Chào")
    approve(connected, 1)
    connected("queue", "hold", "--as", "duyet", "--channel", "facebook", "--reason", "rà soát")
    assert "đang tạm dừng kênh Facebook: rà soát" in connected("queue", "--as", "soan").out
    connected("queue", "release", "--as", "duyet", "1")
    connected("account", "pause", "--as", "admin", "1", "--reason", "đổi chủ")
    assert "đang tạm dừng: đổi chủ" in connected("queue", "--as", "soan").out


def test_a_refused_delivery_is_tried_again(connected: Loa, tmp_path: Path) -> None:
    connected(*NEW, "--text", "facebook=Chào")
    approve(connected, 1)
    refused(connected("queue", "retry", "--as", "duyet", "1"), "needs no retry")
    with sqlite3.connect(tmp_path / "var" / "loa.db") as store:
        store.execute("update delivery set state = 'refused', error_vi = 'quá dài [/x]'")
    store.close()
    assert "quá dài [/x]" in connected("queue", "--as", "duyet", "--problems").out
    assert connected("queue", "retry", "--as", "duyet", "1").status == 0
    assert "Không có gì" in connected("queue", "list", "--as", "duyet", "--problems").out


def test_slots_are_added_used_and_removed(connected: Loa, tmp_path: Path) -> None:
    slot = ("queue", "slots", "add", "--channel", "facebook", "--day", "mon", "--day", "fri", "--at", "08:30")
    refused(connected(*slot, "--as", "soan"), "may not change slots")
    assert connected(*slot, "--as", "duyet").out == "Khung giờ 1, 2.\n"
    assert connected("queue", "slots", "--as", "soan").out.count("08:30") == 2
    connected(*NEW, "--text", "facebook=Chào", "--slot")
    assert "khung giờ trống" in connected("post", "list", "--as", "soan").out
    approve(connected, 1)
    assert "08:30" in connected("queue", "--as", "soan").out
    assert connected("queue", "slots", "remove", "--as", "duyet", "1").status == 0
    assert connected("queue", "slots", "list", "--as", "soan").out.count("08:30") == 1
    wrong = ("queue", "slots", "add", "--as", "duyet", "--channel", "facebook")
    refused(connected(*wrong, "--day", "thứ hai", "--at", "08:30"), "--day thứ hai: use one of mon")
    refused(connected(*wrong, "--day", "mon", "--at", "25:00"), "--at 25:00")
