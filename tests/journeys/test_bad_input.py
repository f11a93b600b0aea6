"""Whatever is hostile or broken gets one clear line, and nothing else breaks."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlmodel import select

from bot.daemon import Daemon
from bot.demo.office import PASSWORD, set_up
from bot.settings import read_settings
from channels.base import AccountRef, Endpoints
from channels.errors import ChannelError
from channels.http import Door
from channels.registry import open_channel
from channels.sandbox.core import Item
from channels.sandbox.world import DUTY_CHAT, Sandbox
from models.mention import Mention
from monitor.scoring import open_scorer
from tests.conftest import FakeClock

KEY = Fernet.generate_key().decode()
HOSTILE = {
    "long": "vỡ đập rồi " * 10_000,
    "control": "xin\x00 chào\x07 \x1b[31mđỏ\u200b\u200d",
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)> {{7*7}} ${x} #eval(1)",
    "rtl": "\u202eđảo ngược\u202c \u2066ẩn\u2069 bình thường",
    "lonely": "nửa biểu tượng \ud83d và hết".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "empty": " \u3000 ",
}


def loa(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in an empty folder."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("LOA_")}
    env |= {"PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200", **environment}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )


def only_line(done: subprocess.CompletedProcess[str]) -> str:
    """The clear message; a traceback is none."""
    assert done.returncode == 2, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    return done.stderr


def test_every_wrong_setting_is_told_at_once(tmp_path: Path) -> None:
    wrong = {"LOA_ZONE": "Hanoi", "LOA_CONSOLE_PORT": "99999", "LOA_FACEBOOK_BASE_URL": "ftp://x"}
    said = only_line(loa(tmp_path, "serve", **wrong, LOA_SECRET_KEY="short"))
    for name in ("LOA_ZONE", "LOA_CONSOLE_PORT", "LOA_FACEBOOK_BASE_URL", "LOA_SECRET_KEY"):
        assert name in said
    assert "short" not in said, "a secret is never shown, not even a wrong one"


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    assert "loa init" in only_line(loa(tmp_path, "serve"))


def test_a_broken_database_file_is_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    broken = tmp_path / "var" / "loa.db"
    broken.write_bytes(b"this is no database" * 100)
    said = only_line(loa(tmp_path, "serve", LOA_SECRET_KEY=KEY))
    assert "loa.db" in said
    assert broken.read_bytes().startswith(b"this is no database")


def test_another_key_than_the_databases_is_told(tmp_path: Path) -> None:
    done = loa(tmp_path, "init", "--organisation", "X", "--login", "a1", "--name", "A", "--password", PASSWORD)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0, "the key is for its owner alone"
    again = loa(tmp_path, "init", "--organisation", "X", "--login", "a1", "--name", "A", "--password", PASSWORD)
    assert "taken" in only_line(again)


def test_a_missing_model_degrades_aloud(tmp_path: Path) -> None:
    scorer = open_scorer(str(tmp_path / "nowhere"))
    assert scorer.degraded
    assert "nowhere" in scorer.reason
    assert 0 <= scorer.score(["vỡ đập rồi, chạy ngay"])[0].risk <= 1


def test_a_cut_off_model_file_degrades_aloud(tmp_path: Path) -> None:
    for name in ("tokenizer.json", "config.json"):
        (tmp_path / name).write_text("{", encoding="utf-8")
    (tmp_path / "m.onnx").write_bytes(b"\x08\x07")
    scorer = open_scorer(str(tmp_path))
    assert scorer.degraded
    assert str(tmp_path) in scorer.reason


@pytest.mark.parametrize(
    ("command", "line", "wanted"),
    [
        ("score", '{"id": "1"}', "'text' is missing"),
        ("score", '{"id": "1", "text": 5}', "'text' must be str"),
        ("score", "not json", "not JSON"),
        ("replay", '{"id": "1", "text": "x", "time": "yesterday"}', "'time' is no ISO 8601 time"),
    ],
)
def test_a_bad_row_names_file_line_and_field(tmp_path: Path, command: str, line: str, wanted: str) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows.write_text(
        json.dumps({"id": "0", "text": "chào", "time": "2026-11-24T08:00:00+07:00"}) + f"\n{line}\n", "utf-8"
    )
    said = only_line(loa(tmp_path, command, "--input", str(rows), "--output", str(out), LOA_MODEL="lexical"))
    assert "rows.jsonl:2" in said
    assert wanted in said
    assert list(tmp_path.glob("*out*")) == [], "nothing half-written stays"


def test_a_bad_series_names_file_line_and_field(tmp_path: Path) -> None:
    rows = tmp_path / "s.csv"
    rows.write_text("timestamp,value\n2026-11-24 08:00:00,5\n2026-11-24 08:05:00,many\n", "utf-8")
    said = only_line(loa(tmp_path, "spikes", "--input", str(rows), "--output", str(tmp_path / "o.jsonl")))
    assert "s.csv:3" in said
    assert "value" in said


# -- a daemon among hostile people and broken platforms ---------------------------------------------------------------


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[Sandbox]:
    made = Sandbox(now=clock, seed=5)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def daemon(sandbox: Sandbox, clock: FakeClock, tmp_path: Path, unused_port: int) -> AsyncIterator[Daemon]:
    made = Daemon(
        read_settings(
            _env_file=None, data_dir=tmp_path / "var", secret_key=KEY, console_port=unused_port, model="lexical",
            duty_chat=DUTY_CHAT, **{k.removeprefix("LOA_").lower(): v for k, v in sandbox.environment().items()},
        ),
        now=clock,
    )  # fmt: skip
    await made.open()
    await set_up(made.parts, sandbox)
    yield made
    await made.stop()


async def stored(daemon: Daemon) -> list[Mention]:
    async with daemon.parts.db.read() as session:
        return list((await session.exec(select(Mention))).all())


async def test_hostile_comments_are_stored_plain_and_scored(daemon: Daemon, sandbox: Sandbox, clock: FakeClock) -> None:
    item = Item(
        f"{sandbox.page.remote_id}_1", sandbox.page.remote_id, "feed", {}, clock() - timedelta(hours=3), text="Tin"
    )
    sandbox.facebook.seed_history([item])
    for name, text in HOSTILE.items():
        sandbox.comment("facebook", item.remote_id, f"Người {name}", text, clock() - timedelta(hours=1))
    await daemon.collect()
    await daemon.score()
    kept = await stored(daemon)
    assert len(kept) == len(HOSTILE)
    for mention in kept:
        assert len(mention.text) <= 4000
        assert not set(mention.text) & set("\x00\x07\x1b\u200b\u202e\u2066")
        assert mention.scored_at is not None
    assert "<script>" in next(m.text for m in kept if "script" in m.text), "kept as text; the pages escape it"


@pytest.mark.parametrize("kind", ["garbage", "server_error", "drop_after"])
@pytest.mark.parametrize("channel", ["facebook", "zalo", "youtube"])
async def test_one_channels_broken_answers_stop_no_other(
    channel: str, kind: str, daemon: Daemon, sandbox: Sandbox, clock: FakeClock
) -> None:
    sandbox.platforms[channel].fail_next(kind, times=50)
    sandbox.message("zalo", "Lan", "Đường ngập quá", clock())
    await daemon.collect()
    heard = [m.text for m in await stored(daemon)]
    assert heard == ([] if channel == "zalo" else ["Đường ngập quá"])
    sandbox.platforms[channel].faults.clear()
    clock.forward(minutes=10)
    await daemon.collect()
    assert [m.text for m in await stored(daemon)] == ["Đường ngập quá"], "nothing is lost, nothing comes twice"


@pytest.mark.parametrize("kind", ["garbage", "server_error", "drop_before"])
async def test_a_malformed_answer_is_told_in_words(kind: str, sandbox: Sandbox, clock: FakeClock) -> None:
    urls = sandbox.urls()
    ends = Endpoints(
        facebook=urls["facebook"], facebook_video=urls["facebook"], zalo=urls["zalo"], viber=urls["viber"],
        youtube=urls["youtube"], google_oauth=urls["youtube"], youtube_analytics=urls["youtube"],
    )  # fmt: skip

    async def keep(_: object) -> None:
        await asyncio.sleep(0)

    async with Door() as door:
        for account in sandbox.credentials():
            sandbox.platforms[account.kind].fail_next(kind, times=20)
            ref = AccountRef(
                account.kind, account.remote_id, account.name, dict(account.settings), dict(account.secrets)
            )
            channel = open_channel(ref, door=door, endpoints=ends, now=clock, save_secrets=keep)
            try:
                health = await channel.check_account()
            except ChannelError as error:
                told, detail = error.told, error.detail
            else:
                assert not health.ok
                told, detail = health.told, ""
            assert told.vi
            assert told.en
            assert not any(secret in detail for secret in account.secrets.values())


def test_a_store_of_tomorrow_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    with sqlite3.connect(tmp_path / "var" / "loa.db") as store:
        store.execute("create table alembic_version (version_num varchar(32) not null)")
        store.execute("insert into alembic_version values ('9999')")
    store.close()
    assert "9999" in only_line(loa(tmp_path, "serve", LOA_SECRET_KEY=KEY))
