"""The environment is read here, once, and every mistake is told at once."""

from __future__ import annotations

import os
import re
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.base import Endpoints


class BadSettings(Exception):
    """One line a mistake, each naming the setting and what to put there."""


def _address(value: str) -> SplitResult:
    """An address that can be called at all. Raises `ValueError`."""
    if any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError("must be an address without blanks")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("must be an address such as https://example.gov.vn")
    return parts


def _base_url(value: str) -> str:
    parts = _address(value)
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a plain address such as https://graph.facebook.com")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("plain http is taken for this machine only (127.0.0.1); use https")
    return value.rstrip("/")


def _maybe_base_url(value: str) -> str:
    return _base_url(value) if value else ""


def _maybe_address(value: str) -> str:
    if value:
        _address(value)
    return value


def _chat(value: str) -> str:
    """Telegram's own number of a chat: a name such as @duty cannot be compared with what the bot is told."""
    if value and not re.fullmatch(r"-?[1-9]\d{0,18}", value):
        raise ValueError("must be the chat's number, such as -1001234567890; the log shows it when the bot is added")
    return value


def _database_url(value: str) -> str:
    if value:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            known = make_url(value).drivername in ("sqlite+aiosqlite", "postgresql+psycopg")
        except (ArgumentError, ValueError):
            known = False
        if not known:
            raise ValueError("must be sqlite+aiosqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    return value


def _none_if_empty(value: object) -> object:
    """A name with nothing after it in `.env` is a setting that is not set."""
    return None if value == "" else value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # an unknown name, a path, a folder of names
        raise ValueError("must be an IANA zone such as Asia/Ho_Chi_Minh") from None
    return value


def _dates(value: str) -> str:
    for day in _parts(value):
        try:
            date.fromisoformat(day)
        except ValueError:
            raise ValueError("must be days such as 2026-11-24, separated by commas") from None
    return value


def _fernet_key(value: SecretStr) -> SecretStr:
    try:
        Fernet(value.get_secret_value())
    except ValueError:
        raise ValueError("must be a key made by `loa init` (44 characters)") from None
    return value


def _fernet_keys(value: SecretStr) -> SecretStr:
    for key in _listed(value):
        _fernet_key(SecretStr(key))
    return value


def _targets(value: SecretStr) -> SecretStr:
    """Addresses by their form alone; `loa doctor` asks Apprise whether it knows them."""
    for address in value.get_secret_value().split():
        if not re.match(r"[a-z][a-z0-9]*://.", address, re.IGNORECASE):
            raise ValueError(
                "must be Apprise addresses such as mailtos://user:password@example.vn, with blanks between"
            )
    return value


def _listed(value: SecretStr) -> list[str]:
    return _parts(value.get_secret_value())


def _parts(value: str) -> list[str]:
    return value.replace(",", " ").split()


BaseUrl = Annotated[str, AfterValidator(_base_url)]
MaybeBaseUrl = Annotated[BaseUrl | None, BeforeValidator(_none_if_empty)]
Chat = Annotated[str, AfterValidator(_chat)]
Key = Annotated[SecretStr, AfterValidator(_fernet_key)]
Keys = Annotated[SecretStr, AfterValidator(_fernet_keys)]
Zone = Annotated[str, AfterValidator(_zone)]
_REAL = Endpoints()
ENV_FILE: Final = ".env"
PASSWORDS: Final = frozenset({"LOA_INIT_PASSWORD", "LOA_NEW_PASSWORD"})
"""Read by the commands that set one, no settings of the daemon."""


class Settings(BaseSettings):
    """Settings with the prefix LOA_, from the environment or `.env`. `.env.example` lists them all."""

    model_config = SettingsConfigDict(env_prefix="LOA_", env_file=ENV_FILE, extra="ignore", hide_input_in_errors=True)

    data_dir: Path = Field(Path("var"), description="Where Loa keeps its database, media and reports")
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        "", description="Empty: SQLite in the data folder; or postgresql+psycopg://..."
    )
    secret_key: Annotated[Key | None, BeforeValidator(_none_if_empty)] = Field(
        None, description="Key that seals the tokens; `loa init` makes it. Keep it outside the database's backups"
    )
    old_secret_keys: Keys = Field(
        SecretStr(""), description="Keys before that one, newest first, with commas: until `loa secrets rotate` is done"
    )
    zone: Zone = Field("Asia/Ho_Chi_Minh", description="The office's time zone (IANA)")
    days_off: Annotated[str, AfterValidator(_dates)] = Field(
        "", description="Free days beside weekends and public holidays, which people spend like these"
    )
    language: str = Field("vi", pattern="^(vi|en)$", description="Language of chat and reports: vi or en")

    console_host: str = Field("127.0.0.1", description="Address the console listens on")
    console_port: int = Field(8080, ge=0, le=65535, description="Port of the console (0: any free one)")
    console_https: bool = Field(False, description="true when a reverse proxy serves the console over https")
    session_hours: float = Field(10, gt=0, le=72, description="A console sign-in ends after so many hours")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for /metrics; without it only this machine"
    )
    public_url: Annotated[str, AfterValidator(_maybe_base_url)] = Field(
        "", description="Public https address of this daemon for webhooks and media, if any"
    )

    telegram_token: SecretStr = Field(SecretStr(""), description="Bot token from BotFather; empty: no chat")
    telegram_updates: str = Field(
        "poll", pattern="^(poll|webhook)$", description="How updates arrive: poll, or webhook (at LOA_PUBLIC_URL)"
    )
    telegram_base_url: BaseUrl = Field(_REAL.telegram, description="Bot API address")
    duty_chat: Chat = Field("", description="Chat id of the duty officers")
    leaders_chat: Chat = Field("", description="Chat id of the leaders for the weekly summary")
    alert_targets: Annotated[SecretStr, AfterValidator(_targets)] = Field(
        SecretStr(""),
        description="Reserve ways for alerts that Telegram does not take: Apprise addresses, separated by blanks",
    )

    model: str = Field("", description="Empty: the shipped model; or a folder or Hugging Face id")
    model_threads: int = Field(
        1, ge=1, le=64, description="CPU cores the model may use: so many batches are computed at once, one a core"
    )
    model_device: str = Field(
        "cpu", pattern="^(cpu|cuda)$", description="cpu, or cuda (needs onnxruntime-gpu in place of onnxruntime)"
    )
    retention_days: int = Field(
        90, ge=7, le=3650, description="Days after which people's words are erased; that something was written stays"
    )

    facebook_app_id: str = Field("", description="App ID of the Facebook app; empty: asked when a Page is connected")
    facebook_app_secret: SecretStr = Field(SecretStr(""), description="App Secret of the Facebook app")
    zalo_app_id: str = Field("", description="ID of the Zalo app; empty: asked when an OA is connected")
    zalo_app_secret: SecretStr = Field(SecretStr(""), description="Secret key of the Zalo app")
    google_client_id: str = Field("", description="OAuth client id of Google; empty: asked when a channel is connected")
    google_client_secret: SecretStr = Field(SecretStr(""), description="OAuth client secret of Google")

    heartbeat_url: Annotated[str, AfterValidator(_maybe_address)] = Field(
        "", description="Address of an outside watcher, called every minute while Loa is well"
    )
    collect_every_s: float = Field(30, gt=0, le=3600, description="How often to see whether anything is due to be read")
    dispatch_every_s: float = Field(1, gt=0, le=60, description="How often to see whether anything is due to go out")
    deliveries_at_once: int = Field(20, ge=1, le=500, description="Most deliveries in flight at a time")
    late_after_min: int = Field(
        30, ge=1, le=7 * 24 * 60, description="A post later than this is held for a person to decide"
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Detail of the log")

    facebook_base_url: BaseUrl = Field(_REAL.facebook, description="Facebook Graph API")
    facebook_video_base_url: BaseUrl = Field(_REAL.facebook_video, description="Facebook video uploads")
    facebook_dialog_base_url: BaseUrl = Field(_REAL.facebook_dialog, description="Facebook sign-in page")
    zalo_base_url: BaseUrl = Field(_REAL.zalo, description="Zalo OA API")
    zalo_oauth_base_url: BaseUrl = Field(_REAL.zalo_oauth, description="Zalo token service")
    viber_base_url: BaseUrl = Field(_REAL.viber, description="Viber API")
    youtube_base_url: BaseUrl = Field(_REAL.youtube, description="YouTube Data API")
    youtube_analytics_base_url: MaybeBaseUrl = Field(
        None, description="YouTube Analytics API; follows LOA_YOUTUBE_BASE_URL when that is set"
    )
    google_oauth_base_url: MaybeBaseUrl = Field(
        None, description="Google token service; follows LOA_YOUTUBE_BASE_URL when that is set"
    )

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'loa.db'}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The secret key and those before it. Raises `BadSettings` when there is none."""
        if self.secret_key is None:
            raise BadSettings("LOA_SECRET_KEY: missing. Make one with `loa init`.")
        return (self.secret_key.get_secret_value(), *_listed(self.old_secret_keys))

    @property
    def tz(self) -> ZoneInfo:
        """The office's zone."""
        return ZoneInfo(self.zone)

    @property
    def free_days(self) -> frozenset[date]:
        """The office's own days off."""
        return frozenset(date.fromisoformat(day) for day in _parts(self.days_off))

    @property
    def endpoints(self) -> Endpoints:
        """Where the platforms live."""
        own_youtube = self.youtube_base_url != _REAL.youtube
        fallback_analytics = self.youtube_base_url if own_youtube else _REAL.youtube_analytics
        fallback_oauth = self.youtube_base_url if own_youtube else _REAL.google_oauth
        fallback_consent = self.youtube_base_url if own_youtube else _REAL.google_accounts
        return Endpoints(
            facebook=self.facebook_base_url,
            facebook_video=self.facebook_video_base_url,
            facebook_dialog=self.facebook_dialog_base_url,
            zalo=self.zalo_base_url,
            zalo_oauth=self.zalo_oauth_base_url,
            viber=self.viber_base_url,
            telegram=self.telegram_base_url,
            youtube=self.youtube_base_url,
            youtube_analytics=self.youtube_analytics_base_url or fallback_analytics,
            google_oauth=self.google_oauth_base_url or fallback_oauth,
            google_accounts=self.google_oauth_base_url or fallback_consent,
        )


def read_settings(**overrides: object) -> Settings:
    """Return the settings. Raises `BadSettings` with one line for every mistake."""
    file = overrides.get("_env_file", ENV_FILE)
    lines = _unknown_names(Path(str(file)) if file else None)
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks each value itself
    except ValidationError as error:
        for mistake in error.errors(include_input=False, include_url=False):
            name = "LOA_" + "_".join(str(p) for p in mistake["loc"][:1]).upper()
            lines.append(f"{name}: {mistake['msg'].removeprefix('Value error, ')}")
    else:
        if settings.telegram_updates == "webhook" and not settings.public_url:
            lines.append("LOA_TELEGRAM_UPDATES: webhook needs LOA_PUBLIC_URL, the address that Telegram calls")
    if lines:
        raise BadSettings("\n".join(lines)) from None
    return settings


def _unknown_names(file: Path | None) -> list[str]:
    """A line for every LOA_ name that is no setting: a misspelt one would be passed over without a word."""
    try:
        written = dotenv_values(file) if file is not None and file.exists() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file}: cannot be read ({error})") from None
    real = {f"LOA_{name.upper()}" for name in Settings.model_fields} | PASSWORDS
    lines = []
    for name in sorted({n.upper() for n in (*os.environ, *written) if n.upper().startswith("LOA_")} - real):
        near = get_close_matches(name, real, n=1, cutoff=0.75)
        lines.append(f"{name}: there is no such setting" + (f"; is {near[0]} meant?" if near else ""))
    return lines
