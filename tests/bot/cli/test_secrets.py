"""`loa secrets`: a new key in `.env`, everything sealed with it anew, the old one gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.bot.cli.conftest import KEY, Loa, refused


def test_the_key_is_changed_without_anything_being_lost(
    office: Loa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LOA_SECRET_KEY")
    file = tmp_path / ".env"
    file.write_text(f"# ours\nexport LOA_SECRET_KEY='{KEY}'\nLOA_LANGUAGE=en\n")
    token = tmp_path / "token.json"
    token.write_text('{"auth_token": "tok-1"}')
    monkeypatch.setenv("LOA_VIBER_BASE_URL", "http://127.0.0.1:9")
    office("account", "add", "viber", "--as", "admin", "--id", "v", "--secrets-file", str(token))
    assert office("secrets", "new-key").status == 0
    written = dotenv_values(file)
    assert written["LOA_OLD_SECRET_KEYS"] == KEY != written["LOA_SECRET_KEY"]
    assert "# ours\nLOA_LANGUAGE=en\n" in file.read_text()
    assert oct(file.stat().st_mode)[-3:] == "600"
    said = office("secrets", "rotate", "--as", "admin")
    assert said.status == 0, said
    assert "Đã niêm phong lại 3 mục" in said.out
    refused(office("secrets", "rotate", "--as", "soan"), "Only an admin changes the key.")
    file.write_text(f"LOA_SECRET_KEY={written['LOA_SECRET_KEY']}\n")
    assert office("account", "list").status == 0
    file.write_text(f"LOA_SECRET_KEY={KEY}\n")
    refused(office("account", "list"), "LOA_SECRET_KEY does not open the tokens")


def test_without_a_key_in_the_file_it_says_where_to_put_one(loa: Loa) -> None:
    refused(loa("secrets", "new-key"), "LOA_OLD_SECRET_KEYS")
