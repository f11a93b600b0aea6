"""`loa account list|check|pause|resume`, as a person runs them beside a daemon."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.parts import real_now
from channels.sandbox.world import Sandbox
from models.office import AccountStatus
from models.queue import Budget
from tests.bot.accounts.conftest import account_of
from tests.bot.conftest import Office
from tests.conftest import FakeClock

ROOT = Path(__file__).parents[3]


@pytest.fixture
def clock() -> FakeClock:
    """The command line's own time."""
    return FakeClock(real_now())


async def loa(office: Office, *words: str) -> tuple[int, list[str]]:
    """Run a command; return its status and the lines of both its screens."""
    settings = office.parts.settings
    assert settings.secret_key is not None
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "300",
        "LOA_DATABASE_URL": settings.database,
        "LOA_DATA_DIR": str(settings.data_dir),
        "LOA_SECRET_KEY": settings.secret_key.get_secret_value(),
        "LOA_FACEBOOK_BASE_URL": settings.facebook_base_url,
        "LOA_ZALO_BASE_URL": settings.zalo_base_url,
        "LOA_ZALO_OAUTH_BASE_URL": settings.zalo_oauth_base_url,
        "LOA_VIBER_BASE_URL": settings.viber_base_url,
        "LOA_YOUTUBE_BASE_URL": settings.youtube_base_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "account", *words, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, [line for line in out.decode().splitlines() if set("#/%") & set(line)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_verbs_say_what_works_what_not_and_what_to_do(office: Office, sandbox: Sandbox) -> None:
    viber = str(office.accounts["viber"])
    status, lines = await loa(office, "list")
    assert (status, [line.split()[0] for line in lines]) == (0, ["?"] * 4), "nobody has asked yet"
    assert "loa account check" in lines[0]
    async with office.parts.db.write() as session:
        soon = real_now() + timedelta(hours=1)
        own = {"account_id": office.accounts["facebook"], "unit": "percent", "most": 100, "resets_at": soon}
        session.add_all(
            [
                Budget(key=f"facebook:page:{sandbox.page.remote_id}", used=91, **own),
                Budget(key="youtube:uploads:c", unit="uploads", used=7, most=100, resets_at=soon),
                Budget(key="youtube:units:c", unit="units", used=0, most=10_000),
            ]
        )
    _, lines = await loa(office, "list")
    page, uploads = [line for line in lines if line.lstrip().startswith(("facebook:page", "youtube:"))]
    assert page.startswith("    ") and "đã dùng 91%; bài thường phải chờ, đính chính vẫn đi; làm mới lúc" in page
    assert uploads.startswith("youtube:uploads:c: đã dùng 7/100 video (7%)"), "the app's, so no single account's"
    status, lines = await loa(office, "pause", "--as", "author", viber, "--reason", "thử")
    assert status == 2 and "You may not pause accounts." in lines[-1]
    assert (await loa(office, "pause", "--as", "duty", viber, "--reason", "Kênh bị mạo danh"))[0] == 0
    sandbox.facebook.kill(next(iter(sandbox.page.tokens)), "password_changed")
    status, lines = await loa(office, "check")
    assert (status, [line.split()[0] for line in lines if "#" in line]) == (1, ["✗", "✓", "⏸", "✓"])
    assert f"tạm dừng (Kênh bị mạo danh), chạy tiếp: loa account resume {viber}" in "\n".join(lines)
    assert (await loa(office, "resume", "--as", "duty", viber))[0] == 0
    assert (await account_of(office, "viber")).status == AccountStatus.OK
