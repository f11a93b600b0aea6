"""`loa demo`: build sandbox, daemon and story, play it, say on the screen what happened."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from bot.console.app import PortBusy
from bot.daemon import Daemon
from bot.demo.day import Day
from bot.demo.office import PASSWORD, PEOPLE
from bot.demo.pace import Pace, Running, Stepped
from bot.demo.stage import Row
from bot.logs import set_up_logs
from bot.parts import real_now
from bot.settings import BadSettings, Settings, read_settings
from channels.sandbox.scenario import Script, scripted_day
from channels.sandbox.world import DUTY_CHAT, LEADERS_CHAT, Sandbox
from monitor.scoring import ModelBroken

SPEED: Final = 60.0
"""Scripted seconds a real second, for the day that is watched."""
ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
TAKEN_FROM_ENVIRONMENT: Final = frozenset(
    {
        "LOA_MODEL",
        "LOA_MODEL_THREADS",
        "LOA_TELEGRAM_TOKEN",
        "LOA_TELEGRAM_UPDATES",
        "LOA_LOG_LEVEL",
        "LOA_CONSOLE_PORT",
    }
)
"""Besides the platforms' addresses; a demo never touches the office's own database, key or data folder."""


async def run_once(
    *, seed: int, port: int | None, keep: Path | None, screen: Console, script: Script | None = None
) -> int:
    """Play the day as fast as it can; return the exit status. `script` replaces the day of the seed."""
    pace = Stepped(day_start(real_now()))
    with tempfile.TemporaryDirectory(prefix="loa-demo-") as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        table = Table("", "Bước / step", "Thấy được / seen", title=f"Loa – một ngày theo kịch bản (seed {seed})")
        story = _Story(pace, seed, folder, screen, script)
        well = await story.play(port or 0, lambda row: table.add_row(_mark(row), row.step, row.found))
        screen.print(table)
        for line in story.trouble:
            screen.print(line, style="red", markup=False)
    return 0 if well else 1


async def run_demo(*, seed: int, port: int | None, keep: Path | None, screen: Console) -> int:
    """Let the day pass before the reader's eyes, then go on until stopped."""
    pace = Running(day_start(real_now()), SPEED)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with tempfile.TemporaryDirectory(prefix="loa-demo-") as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        story = _Story(pace, seed, folder, screen)
        playing = asyncio.create_task(story.play(8080 if port is None else port, story.tell_row, stopping=stopping))
        await playing
        for line in story.trouble:
            screen.print(line, style="red", markup=False)
        return 0 if playing.result() else 1


def day_start(now: datetime) -> datetime:
    """07:00 on the Sunday before: the day ends with the summary of Monday morning."""
    local = now.astimezone(ZONE)
    sunday = local.date() - timedelta(days=(local.weekday() + 1) % 7 or 7)
    return datetime.combine(sunday, time(7), tzinfo=ZONE).astimezone(UTC)


def demo_settings(folder: Path, sandbox: Mapping[str, str], token: str, port: int) -> Settings:
    """The settings of the pretended office. The environment may replace the model and the platforms' addresses (on
    this machine only): an operator's own `.env`, database and key are never read."""
    wanted: dict[str, object] = {name: field.default for name, field in Settings.model_fields.items()}
    wanted |= {
        "data_dir": Path(tempfile.mkdtemp(prefix="data-", dir=folder)),
        "secret_key": Fernet.generate_key().decode(),
        "telegram_token": token,
        "duty_chat": DUTY_CHAT,
        "leaders_chat": LEADERS_CHAT,
        "console_port": port,
        "session_hours": 72,
        "collect_every_s": 1,
        "log_level": "ERROR",
    }
    given = {**sandbox, **{k: v for k, v in os.environ.items() if k in TAKEN_FROM_ENVIRONMENT or k in sandbox}}
    for name, value in given.items():
        if name.endswith("_BASE_URL") and urlsplit(value).hostname not in ("127.0.0.1", "localhost"):
            raise BadSettings(f"{name}: the demo speaks to 127.0.0.1 only; unset it")
        wanted[name.removeprefix("LOA_").lower()] = value
    wanted["public_url"] = f"http://127.0.0.1:{wanted['console_port']}"
    return read_settings(_env_file=None, **wanted)


class _Story:
    """Starts everything in order, plays the day, stops everything in the reverse order."""

    def __init__(self, pace: Pace, seed: int, folder: Path, screen: Console, script: Script | None = None) -> None:
        self.pace, self.seed, self.folder, self.screen = pace, seed, folder, screen
        self.script = script or scripted_day(seed)
        self.trouble: list[str] = []

    async def play(self, port: int, tell: object, stopping: asyncio.Event | None = None) -> bool:
        """True when every step happened."""
        sandbox = Sandbox(now=self.pace.now, seed=self.seed)
        try:
            await sandbox.start()
        except OSError as error:
            return self._failed("nền tảng giả lập / stand-in platforms", str(error))
        try:
            return await self._with_sandbox(sandbox, port or _free_port(), tell, stopping)
        finally:
            await sandbox.stop()

    async def _with_sandbox(self, sandbox: Sandbox, port: int, tell: object, stopping: asyncio.Event | None) -> bool:
        settings = demo_settings(self.folder, sandbox.environment(), sandbox.bot_token, port)
        set_up_logs(settings.log_level)
        try:
            daemon = await asyncio.to_thread(Daemon, settings, now=self.pace.now)
        except ModelBroken as error:
            return self._failed("mô hình / model", str(error))
        try:
            if isinstance(self.pace, Stepped):
                await daemon.open()
                self.pace.daemon = daemon
            else:
                await daemon.start()
            self._welcome(daemon, sandbox)
            return await self._day(daemon, sandbox, tell, stopping)
        except PortBusy as error:
            return self._failed("trang điều hành / console", str(error))
        finally:
            await daemon.stop()

    async def _day(self, daemon: Daemon, sandbox: Sandbox, tell: object, stopping: asyncio.Event | None) -> bool:
        start = self.pace.now()
        sandbox.load_history(self.script.history, start)
        assert callable(tell)
        day = Day(self.pace, daemon, sandbox, self.script, start, self.folder, tell, self._note)
        if stopping is None:
            return await day.play()
        playing = asyncio.create_task(day.play())
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({playing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            over = "đã xong / is over" if playing.result() else "dừng ở bước ✗ ở trên / stopped at the step marked ✗"
            self._note(f"Ngày kịch bản {over}. Trang vẫn mở; nhấn Ctrl+C để dừng. / The pages stay; Ctrl+C stops.")
            await stopped
            return playing.result()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return True

    def _failed(self, step: str, why: str) -> bool:
        self.trouble.append(f"✗ {step}: {why}")
        return False

    def _note(self, text: str) -> None:
        if not isinstance(self.pace, Stepped):
            self.screen.print(f"  {text}", markup=False)

    def tell_row(self, row: Row) -> None:
        """One line a step, with the scripted time."""
        self.screen.print(f"{self.pace.now().astimezone(ZONE):%H:%M} {_mark(row)} [bold]{row.step}[/]", end=" ")
        self.screen.print(row.found, markup=False)

    def _welcome(self, daemon: Daemon, sandbox: Sandbox) -> None:
        if isinstance(self.pace, Stepped):
            return
        show = self.screen.print
        show(f"\n[bold]Trang điều hành / console:[/] {daemon.console_url}")
        show(f"Mật khẩu của mọi người / everybody's password: [bold]{PASSWORD}[/]", highlight=False)
        for login, name, roles in PEOPLE:
            show(f"  {login:10} {name} ({', '.join(roles)})", markup=False, highlight=False)
        show("[bold]Nền tảng giả lập / stand-in platforms:[/]")
        for name, url in sandbox.urls().items():
            show(f"  {name:10} {url}")
        show(f"\nMột ngày trôi nhanh gấp {SPEED:.0f} lần; Ctrl+C để dừng. / The day runs {SPEED:.0f} times as fast.\n")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _mark(row: Row) -> str:
    return "[green]✓[/]" if row.ok else "[red]✗[/]"
