"""Settings tell every mistake at once, and `.env.example` lists them all."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.settings import BadSettings, Settings, read_settings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = [line.lstrip("# ").split("=", 1)[0] for line in lines if "=" in line and "LOA_" in line.split("=")[0]]
    assert sorted(named) == sorted(f"LOA_{name.upper()}" for name in Settings.model_fields)


def test_the_example_itself_is_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    assert read_settings().zone == "Asia/Ho_Chi_Minh"


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_ZONE", "Hanoi")
    monkeypatch.setenv("LOA_CONSOLE_PORT", "99999")
    monkeypatch.setenv("LOA_FACEBOOK_BASE_URL", "http://example.com")
    monkeypatch.setenv("LOA_SECRET_KEY", "short")
    with pytest.raises(BadSettings) as caught:
        read_settings()
    text = str(caught.value)
    for name in ("LOA_ZONE", "LOA_CONSOLE_PORT", "LOA_FACEBOOK_BASE_URL", "LOA_SECRET_KEY"):
        assert name in text
    assert "short" not in text, "a wrong secret must not be repeated"


def test_plain_http_is_taken_for_this_machine_only() -> None:
    assert read_settings(viber_base_url="http://127.0.0.1:9/").viber_base_url == "http://127.0.0.1:9"
    with pytest.raises(BadSettings, match="https"):
        read_settings(viber_base_url="http://10.0.0.1")


def test_analytics_and_sign_in_follow_a_youtube_stand_in() -> None:
    settings = read_settings(youtube_base_url="http://127.0.0.1:9103")
    assert settings.endpoints.youtube_analytics == settings.endpoints.google_oauth == "http://127.0.0.1:9103"
    assert read_settings().endpoints.google_oauth == "https://oauth2.googleapis.com"


def test_a_key_made_by_init_is_taken() -> None:
    key = Fernet.generate_key().decode()
    settings = read_settings(secret_key=key)
    assert settings.secret_key is not None
    assert key not in repr(settings)
