"""`loa retention` and `loa outlet` as they are called."""

from __future__ import annotations

from tests.bot.cli.conftest import Loa, refused


def test_retention_is_set_from_a_day_and_shown_with_who_and_why(office: Loa) -> None:
    assert "90 ngày" in office("retention", "show", "--as", "admin").out
    said = office("retention", "set", "60", "--from", "2027-01-01", "--why", "Quy chế số 5", "--as", "admin")
    assert said.status == 0 and "01/01/2027 00:00" in said.out
    shown = office("retention", "show", "--as", "lanh").out
    assert "90 ngày" in shown and "Quy chế số 5" in shown and "01/01/2027" in shown and "admin" in shown
    refused(office("retention", "set", "5", "--why", "x", "--as", "admin"), "7")
    refused(office("retention", "set", "60", "--from", "mai", "--why", "x", "--as", "admin"), "--from")


def test_the_press_and_big_pages_are_listed(office: Loa) -> None:
    assert office("outlet", "add", "facebook", "11", "--name", "Báo Mẫu", "--press", "--as", "truc").status == 0
    page = office("outlet", "add", "youtube", "UC22", "--name", "Kênh", "--followers", "250000", "--as", "truc")
    assert page.out.strip() == "2"
    shown = office("outlet", "list", "--as", "truc").out
    assert "Báo Mẫu" in shown and "báo chí / press" in shown and "250,000" in shown
    assert office("outlet", "retire", "2", "--why", "đã đóng", "--as", "truc").status == 0
    assert "UC22" not in office("outlet", "list", "--as", "truc").out
    both = ("outlet", "add", "facebook", "12", "--name", "x", "--as", "truc")
    refused(office(*both), "--press or --followers")
    refused(office(*both, "--press", "--followers", "200000"), "--press or --followers")
