"""The scripted day: it passes on a rumour of its own, and fails, naming the step, when anything is broken."""

from __future__ import annotations

import asyncio
import functools
import io
import os
import random
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import bot.daemon
from bot.daemon import Daemon
from bot.demo.day import Day
from bot.demo.pace import Running
from bot.demo.run import SPEED, day_start, demo_settings, run_once
from bot.parts import real_now
from channels.sandbox.scenario import Script, scripted_day
from channels.sandbox.world import Sandbox
from monitor.scoring.base import CATEGORIES, FIELDS, HARMS, STANCES, Score
from monitor.scoring.heads import load_heads

ROOT = Path(__file__).parents[2]
LINES = 150
"""Everyday lines in a test's day; `loa demo --once` has two thousand."""


@functools.cache
def short_day() -> Script:
    """A short day whose rumour is not one of the brief's samples and begins early; it is over an hour after the
    rumour."""
    days = [scripted_day(seed, LINES) for seed in range(41, 81)]
    day = min(
        (day for day in days if day.rumour.key in ("gao_da_xanh", "muoi_trang", "bang_lai")),
        key=lambda day: day.third.offset,
    )
    end = day.last_rumour + timedelta(hours=1)
    return replace(day, length=end, said=tuple(line for line in day.said if line.offset <= end))


async def play(script: Script, tmp_path: Path, port: int | None = None) -> tuple[int, str]:
    """Return the exit status and what stood on the screen."""
    screen = Console(file=io.StringIO(), width=220)
    status = await run_once(seed=script.seed, port=port, keep=tmp_path / "kept", screen=screen, script=script)
    assert isinstance(screen.file, io.StringIO)
    return status, screen.file.getvalue()


@pytest.mark.slow
async def test_the_day_passes(tmp_path: Path) -> None:
    status, shown = await play(short_day(), tmp_path)
    assert status == 0, shown
    assert "✗" not in shown
    for step in ("facebook", "zalo", "viber", "youtube", "tin đồn", "nhận sự cố", "đính chính", "tóm tắt tuần"):
        assert step in shown
    assert (tmp_path / "kept" / "alert.png").read_bytes().startswith(b"\x89PNG")
    assert next((tmp_path / "kept").glob("*.pdf")).read_bytes().startswith(b"%PDF")


class RandomScorer:
    """Answers anything: what the demo must notice."""

    revision, degraded, reason = "random", False, ""

    def __init__(self) -> None:
        self._rng = random.Random(5)

    def score(self, texts: Sequence[str]) -> list[Score]:
        rng = self._rng
        return [
            Score(
                risk=rng.random(), claim=rng.random(), lexical=rng.random(), category=rng.choice(CATEGORIES),
                stance=rng.choice(STANCES), field=rng.choice(FIELDS), harm=rng.choice(HARMS),
                vector=np.array([rng.gauss(0, 0.05) for _ in range(384)], dtype=np.float32), revision="random",
            )
            for _ in texts
        ]  # fmt: skip


@pytest.mark.slow
async def test_random_scores_fail_the_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bot.daemon, "open_scorer", lambda *_, **__: RandomScorer())
    status, shown = await play(short_day(), tmp_path)
    assert status == 1
    assert "✗" in shown


async def test_a_missing_model_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOA_MODEL", str(tmp_path / "nowhere"))
    status, shown = await play(short_day(), tmp_path)
    assert (status, "mô hình / model" in shown) == (1, True)
    assert "nowhere" in shown


async def test_broken_heads_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "heads.npz"
    broken.write_bytes(b"PK\x03\x04 cut off")
    monkeypatch.setattr("monitor.scoring.load_heads", lambda file: load_heads(broken))
    status, shown = await play(short_day(), tmp_path)
    assert (status, "mô hình / model" in shown) == (1, True)
    assert "heads.npz" in shown


async def test_a_wrong_bot_token_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOA_TELEGRAM_TOKEN", "1:wrong")
    status, shown = await play(short_day(), tmp_path)
    assert (status, "nhóm trực / duty chat" in shown) == (1, True)
    assert "LOA_TELEGRAM_TOKEN" in shown


async def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, shown = await play(short_day(), tmp_path, port=taken.getsockname()[1])
    assert (status, "console" in shown) == (1, True)


async def test_a_platform_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOA_ZALO_BASE_URL", "http://127.0.0.1:9")
    status, shown = await play(short_day(), tmp_path)
    assert (status, "zalo" in shown) == (1, True)


@pytest.mark.parametrize("kind", ["facebook", "zalo"])
async def test_a_channel_that_refuses_is_named(kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The Page may not post any more; the OA was disabled."""
    original = Sandbox.load_history

    def broken(self: Sandbox, *args: Any) -> None:
        original(self, *args)
        if kind == "facebook":
            self.facebook.arrange(self.page.remote_id, "blocked")
        else:
            self.zalo.arrange(self.oa.remote_id, "disabled")

    monkeypatch.setattr(Sandbox, "load_history", broken)
    status, shown = await play(short_day(), tmp_path)
    assert status == 1
    (failed,) = [line for line in shown.splitlines() if "✗" in line]
    assert kind in failed


@pytest.mark.slow
async def test_the_morning_runs_before_a_newcomers_eyes(tmp_path: Path) -> None:
    """`make demo`: on a running clock the posts of every channel go out by themselves, and Ctrl+C ends it well."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "demo", "--port", "0", "--seed", "43", "--keep", str(tmp_path / "kept"),
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert demo.stdout is not None
    seen: list[str] = []
    try:
        async with asyncio.timeout(240):
            while "đăng youtube" not in (seen or [""])[-1]:
                line = await demo.stdout.readline()
                assert line, "".join(seen)
                seen.append(line.decode())
                assert "✗" not in seen[-1], "".join(seen)
            demo.send_signal(signal.SIGINT)
            await demo.communicate()
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.communicate()
    assert demo.returncode == 0, "".join(seen)
    for kind in ("facebook", "zalo", "viber"):
        assert any(f"✓ đăng {kind}" in line for line in seen), "".join(seen)
    assert not any("Traceback" in line for line in seen), "".join(seen)


async def test_the_summary_comes_on_a_running_clock_too(tmp_path: Path, unused_port: int) -> None:
    """The daemon's alarm clock follows the machine's time; the day leaps to its Monday."""
    pace = Running(day_start(real_now()), SPEED)
    sandbox = Sandbox(now=pace.now, seed=1)
    await sandbox.start()
    settings = demo_settings(tmp_path, sandbox.environment(), sandbox.bot_token, unused_port)
    daemon = await asyncio.to_thread(Daemon, settings, now=pace.now)
    try:
        await daemon.start()
        day = Day(pace, daemon, sandbox, short_day(), pace.now(), tmp_path, lambda row: None, lambda text: None)
        await day._accounts()
        assert "gửi một lần lúc 07:" in await day._weekly()
    finally:
        await daemon.stop()
        await sandbox.stop()
