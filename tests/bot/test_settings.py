"""Settings tell every mistake at once, and `.env.example` lists them all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.demo.run import demo_settings
from bot.office_setup import make_key_file
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


def test_a_webhook_for_the_chat_needs_a_public_address() -> None:
    assert read_settings().telegram_updates == "poll"
    with pytest.raises(BadSettings, match=r"LOA_TELEGRAM_UPDATES.*LOA_PUBLIC_URL"):
        read_settings(telegram_updates="webhook")
    with pytest.raises(BadSettings, match="LOA_TELEGRAM_UPDATES"):
        read_settings(telegram_updates="push")
    assert read_settings(telegram_updates="webhook", public_url="https://loa.example").telegram_updates == "webhook"


def test_analytics_and_sign_in_follow_a_youtube_stand_in() -> None:
    settings = read_settings(youtube_base_url="http://127.0.0.1:9103")
    assert settings.endpoints.youtube_analytics == settings.endpoints.google_oauth == "http://127.0.0.1:9103"
    assert read_settings().endpoints.google_oauth == "https://oauth2.googleapis.com"


def test_days_off_are_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_DAYS_OFF", "2026-11-24, 2026-12-31")
    assert read_settings().free_days == {date(2026, 11, 24), date(2026, 12, 31)}
    monkeypatch.setenv("LOA_DAYS_OFF", "24/11/2026")
    with pytest.raises(BadSettings, match="LOA_DAYS_OFF: must be days such as 2026-11-24"):
        read_settings()


def test_a_key_made_by_init_is_taken() -> None:
    key = Fernet.generate_key().decode()
    settings = read_settings(secret_key=key)
    assert settings.secret_key is not None
    assert key not in repr(settings)


# -- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_misspelt_name_is_told_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    wrong = {"LOA_CONSOL_PORT": "9000", "LOA_FEED_THE_CAT": "1", "loa_zones": "Asia/Ho_Chi_Minh", "LOA_ZONE": "Hanoi"}
    if where == "environment":
        for name, value in wrong.items():
            monkeypatch.setenv(name, value)
    else:
        (tmp_path / ".env").write_text("".join(f"{n}={v}\n" for n, v in wrong.items()), "utf-8")
    with pytest.raises(BadSettings) as caught:
        read_settings()
    lines = str(caught.value).splitlines()
    assert "LOA_CONSOL_PORT: there is no such setting; is LOA_CONSOLE_PORT meant?" in lines
    assert "LOA_FEED_THE_CAT: there is no such setting" in lines
    assert "LOA_ZONES: there is no such setting; is LOA_ZONE meant?" in lines
    assert any(line.startswith("LOA_ZONE: must be") for line in lines), "told together with wrong values"


def test_names_of_others_and_the_passwords_of_commands_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PATH_OF_OTHERS=1\nexport LOA_LANGUAGE=en\n", "utf-8")
    monkeypatch.setenv("LOA_NEW_PASSWORD", "x")
    monkeypatch.setenv("LOA_INIT_PASSWORD", "x")
    assert read_settings().language == "en"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"LOA_ZONE=\xff\n")
    with pytest.raises(BadSettings, match=r"\.env: cannot be read"):
        read_settings()


def test_the_demo_takes_nothing_else_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOA_DATABASE_URL", "postgresql+psycopg://office@db.example/loa")
    monkeypatch.setenv("LOA_CONSOLE_HOST", "0.0.0.0")
    monkeypatch.setenv("LOA_HEARTBEAT_URL", "https://watch.example/ping")
    monkeypatch.setenv("LOA_MODEL", "lexical")
    settings = demo_settings(tmp_path, {}, "123:abc", 8080)
    assert settings.database.startswith("sqlite")
    assert (settings.console_host, settings.heartbeat_url, settings.model) == ("127.0.0.1", "", "lexical")


# -- values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "ftp://x"),
        ("public_url", "loa.example"),
        ("public_url", "http://loa.example"),
        ("public_url", "https://"),
        ("public_url", "https://loa.example/?a=1"),
        ("public_url", "https://me@loa.example"),
        ("public_url", "https://loa .example"),
        ("public_url", "https://loa.example:99999"),
        ("heartbeat_url", "nonsense"),
        ("heartbeat_url", "file:///etc/passwd"),
        ("heartbeat_url", "https://[::1"),
        ("duty_chat", "abc"),
        ("duty_chat", "@duty"),
        ("duty_chat", "-100 1"),
        ("leaders_chat", "١٢٣"),
        ("leaders_chat", "0"),
        ("database_url", "mysql://x/y"),
        ("database_url", "postgresql://x/y"),
        ("database_url", "postgresql+psycopg://u:very-secret@h:port/x"),
        ("database_url", "/srv/loa.db"),
        ("collect_every_s", "inf"),
        ("dispatch_every_s", "nan"),
        ("viber_base_url", ""),
    ],
)
def test_a_value_that_cannot_be_is_told_by_its_name(name: str, value: str) -> None:
    with pytest.raises(BadSettings) as caught:
        read_settings(**{name: value})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"LOA_{name.upper()}: ")
    assert "very-secret" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "https://loa.example"),
        ("public_url", "http://127.0.0.1:8080"),
        ("public_url", ""),
        ("heartbeat_url", "http://10.0.0.5:3001/api/push/x?status=up"),
        ("duty_chat", "-1001234567890"),
        ("duty_chat", "5551234"),
        ("leaders_chat", ""),
        ("database_url", "postgresql+psycopg://loa:x@db.example/loa"),
        ("database_url", "postgresql+psycopg:///loa?host=/run/postgresql"),
        ("database_url", "sqlite+aiosqlite:////srv/loa.db"),
    ],
)
def test_a_real_value_is_taken_as_it_is(name: str, value: str) -> None:
    assert getattr(read_settings(**{name: value}), name) == value


def test_a_name_with_nothing_after_it_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOA_SECRET_KEY=\nLOA_YOUTUBE_ANALYTICS_BASE_URL=\nLOA_DUTY_CHAT=\n", "utf-8")
    settings = read_settings()
    assert settings.secret_key is None
    assert settings.endpoints.youtube_analytics.startswith("https://")


# -- the key ------------------------------------------------------------------------------------------------------


def test_a_key_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LOA_SECRET_KEY=\n#LOA_SECRET_KEY=old\nLOA_LANGUAGE=en", "utf-8")
    assert make_key_file(file)
    first = read_settings()
    assert (first.secret_key is not None, first.language) == (True, "en")
    assert not make_key_file(file)
    assert read_settings().secret_key == first.secret_key
