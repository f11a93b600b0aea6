"""`loa report weekly`: both files or none, for the office that was named."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Loa, refused


@pytest.mark.parametrize("week", ["2026-W99", "0001-W01", "9999-W52", "hôm qua"])
def test_a_week_that_cannot_be_is_told(office: Loa, week: str) -> None:
    refused(office("report", "weekly", "--week", week), f"--week {week}:")


@pytest.mark.parametrize("place", ["nowhere/x.pdf", "."])
def test_a_place_that_cannot_be_written_to_leaves_neither_file(office: Loa, tmp_path: Path, place: str) -> None:
    before = sorted(tmp_path.iterdir())
    refused(office("report", "weekly", "--week", "2026-W47", "--html", "week.html", "--pdf", place), place)
    assert sorted(tmp_path.iterdir()) == before


def test_of_several_offices_one_is_named(office: Loa, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "var" / "loa.db") as store:
        store.execute(
            "insert into organisation (name, short_name, kind, zone, places, duty_chat, leaders_chat) "
            "values ('Xã Khác', 'Khác', 'commune', 'Asia/Ho_Chi_Minh', '[]', '', '')"
        )
    store.close()
    refused(office("report", "weekly", "--week", "2026-W47"), "Xã Mẫu, Xã Khác")
    refused(office("report", "weekly", "--organisation", "Xã"), "--organisation Xã: give one of")
    for name in ("Xã Khác", "Khác"):
        said = office("report", "weekly", "--week", "2026-W47", "--organisation", name, "--html", "week.html")
        assert "Xã Khác" in said.out
        assert "Xã Khác" in (tmp_path / "week.html").read_text("utf-8")


def test_without_an_office_there_is_no_report(loa: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_SECRET_KEY", "x" * 43 + "=")
    refused(loa("report", "weekly"), "loa init")
