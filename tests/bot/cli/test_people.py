"""`loa user` and `loa rota`: an office sets up its people without anybody's password in the list of processes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.duty.shifts import gaps, overlaps
from models.office import RotaShift
from tests.bot.cli.conftest import PASSWORD, Loa, refused

OTHER = "Gio-mua-2026"
DAY = datetime(2027, 1, 4, tzinfo=UTC)


def tomorrow(hour: int, days: int = 1) -> str:
    """An hour of a coming day, as it is typed."""
    return f"{datetime.now() + timedelta(days=days):%Y-%m-%d}T{hour:02d}:00"


def test_an_office_is_set_up_with_the_passwords_on_standard_input(
    loa: Loa, tmp_path: Path, migrated_sqlite: Path
) -> None:
    (tmp_path / "var").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "var" / "loa.db")
    named = ("init", "--organisation", "Xã Mới", "--login", "admin", "--name", "Quản Trị")
    refused(loa(*named), "no password", "LOA_INIT_PASSWORD")
    done = loa(*named, stdin=f"{PASSWORD}\n")
    assert done.status == 0, done.err
    assert "loa user add" in done.out
    new = ("--login", "soan", "--name", "Người Soạn", "--role", "author")
    assert loa("user", "add", "--as", "admin", *new, stdin=f"{OTHER}\r\n").status == 0
    assert PASSWORD not in (tmp_path / ".env").read_text("utf-8")


# -- people -------------------------------------------------------------------------------------------------------


def test_a_person_is_added_and_listed(office: Loa) -> None:
    assert "Đã thêm moi" in office(
        "user", "add", "--as", "admin", "--login", "moi", "--name", "[/b] Mới", "--role", "editor", stdin=f"{OTHER}\n"
    ).out  # fmt: skip
    (line,) = (row for row in office("user", "list").out.splitlines() if " moi " in row)
    assert "[/b] Mới" in line
    assert "editor" in line


@pytest.mark.parametrize(
    ("words", "typed", "wanted"),
    [
        (("add", "--as", "soan", "--login", "x1", "--name", "X", "--role", "author"), OTHER, "Only an admin"),
        (("add", "--as", "admin", "--login", "soan", "--name", "X", "--role", "author"), OTHER, "is taken"),
        (("add", "--as", "admin", "--login", "x1", "--name", "X", "--role", "king"), OTHER, "at least one role of"),
        (("add", "--as", "admin", "--login", "x1", "--name", "X", "--role", "author"), "short", "10 to 200"),
        (("add", "--as", "admin", "--login", "x1", "--name", "X", "--role", "author"), "", "no password"),
        (("add", "--as", "nobody", "--login", "x1", "--name", "X", "--role", "author"), OTHER, "no such person"),
        (("password", "--as", "soan", "duyet"), OTHER, "Only an admin"),
        (("password", "--as", "admin", "nobody"), OTHER, "no person nobody"),
        (("roles", "--as", "soan", "soan", "--role", "admin"), "", "Only an admin"),
        (("roles", "--as", "admin", "admin", "--role", "author"), "", "last admin"),
        (("roles", "--as", "admin", "soan", "--role", "king"), "", "at least one role of"),
        (("lock", "--as", "soan", "duyet"), "", "Only an admin"),
        (("lock", "--as", "admin", "admin"), "", "last admin"),
        (("unlock", "--as", "soan", "soan"), "", "Only an admin"),
    ],
)
def test_what_is_not_allowed_is_told(office: Loa, words: tuple[str, ...], typed: str, wanted: str) -> None:
    refused(office("user", *words, stdin=f"{typed}\n" if typed else ""), wanted)


def test_a_password_comes_from_the_environment_too(office: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_NEW_PASSWORD", OTHER)
    assert office("user", "password", "--as", "soan", "soan").status == 0
    assert office("user", "password", "--as", "admin", "duyet").status == 0
    assert OTHER not in office("user", "password", "--help").out


def test_roles_are_set_to_exactly_what_is_named(office: Loa) -> None:
    assert office("user", "roles", "--as", "admin", "soan", "--role", "editor", "--role", "backup").status == 0
    (line,) = (row for row in office("user", "list").out.splitlines() if " soan " in row)
    assert "backup, editor" in line
    assert "author" not in line


def test_a_locked_person_does_nothing_more_until_unlocked(office: Loa) -> None:
    office("rota", "add", "--as", "lanh", "--from", tomorrow(7), "--to", tomorrow(19), "--primary", "truc")
    assert "truc còn 1 ca trực" in office("user", "lock", "--as", "admin", "truc").out
    assert "truc đã bị khóa" in office("rota", "list", "--as", "lanh").out
    refused(office("queue", "--as", "truc"), "no such person")
    assert office("user", "unlock", "--as", "admin", "truc").status == 0
    assert office("queue", "--as", "truc").status == 0


def test_a_second_admin_may_lock_the_first(office: Loa) -> None:
    named = ("--login", "quantri2", "--name", "Hai", "--role", "admin")
    office("user", "add", "--as", "admin", *named, stdin=f"{PASSWORD}\n")
    assert office("user", "lock", "--as", "quantri2", "admin").status == 0
    refused(office("user", "lock", "--as", "quantri2", "quantri2"), "last admin")


# -- the rota -----------------------------------------------------------------------------------------------------


def test_shifts_are_added_listed_and_removed(office: Loa) -> None:
    day = ("--from", tomorrow(7), "--to", tomorrow(19))
    chain = ("--primary", "truc", "--backup", "thay", "--head", "lanh")
    assert len(office("rota", "add", "--as", "admin", *day, *chain, "--weeks", "2").out.splitlines()) == 2
    listed = office("rota", "list", "--as", "soan", "--days", "10").out
    assert "07:00 – 19:00" in listed
    assert "truc chưa liên kết chat" in listed
    assert listed.count("chưa xếp ca trực") == 3
    assert office("rota", "remove", "--as", "lanh", "1").status == 0
    refused(office("rota", "remove", "--as", "lanh", "1"), "no such shift")


def test_an_overlap_is_told_and_stands(office: Loa) -> None:
    office("rota", "add", "--as", "admin", "--from", tomorrow(7), "--to", tomorrow(19), "--primary", "truc")
    second = ("--from", tomorrow(18), "--to", tomorrow(7, days=2), "--primary", "thay")
    told = office("rota", "add", "--as", "admin", *second)
    assert told.status == 0
    assert "Ca 1 và ca 2 chồng nhau" in told.out
    assert "Ca 1 và ca 2 chồng nhau" in office("rota", "list", "--as", "admin").out


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"--primary": "soan"}, "no role that can take an alert"),
        ({"--primary": "nobody"}, "no active person nobody"),
        ({"--backup": "truc"}, "different people"),
        ({"--to": tomorrow(6)}, "ends after it starts"),
        ({"--from": tomorrow(7, days=-2), "--to": tomorrow(7, days=-1)}, "over already"),
        ({"--from": "mai"}, "write it as"),
        ({"--to": ""}, "both are needed"),
        ({"--as": "soan"}, "Only an admin or a leader"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(office: Loa, more: dict[str, str], wanted: str) -> None:
    words = {"--as": "admin", "--from": tomorrow(7), "--to": tomorrow(19), "--primary": "truc"} | more
    refused(office("rota", "add", *(word for pair in words.items() for word in pair)), wanted)
    assert "Chưa có ca trực nào" in office("rota", "list", "--as", "admin").out


def shift(number: int, start: float, end: float) -> RotaShift:
    """A shift so many hours into a day."""
    times = {"starts_at": DAY + timedelta(hours=start), "ends_at": DAY + timedelta(hours=end)}
    return RotaShift(id=number, organisation_id=1, primary_id=1, **times)


@pytest.mark.parametrize(
    ("spans", "wanted"),
    [
        ([], [(0, 24)]),
        ([(0, 24)], []),
        ([(-5, 8), (8, 30)], []),
        ([(2, 20), (4, 6)], [(0, 2), (20, 24)]),
        ([(2, 6), (8, 10)], [(0, 2), (6, 8), (10, 24)]),
    ],
)
def test_gaps(spans: list[tuple[float, float]], wanted: list[tuple[float, float]]) -> None:
    found = gaps([shift(i, *span) for i, span in enumerate(spans)], DAY, DAY + timedelta(hours=24))
    assert [((a - DAY) / timedelta(hours=1), (b - DAY) / timedelta(hours=1)) for a, b in found] == wanted


def test_overlaps_are_found_over_a_short_one_in_between() -> None:
    shifts = [shift(1, 0, 12), shift(2, 1, 2), shift(3, 11, 13), shift(4, 13, 20)]
    assert [(a.id, b.id) for a, b in overlaps(shifts)] == [(1, 2), (1, 3)]
