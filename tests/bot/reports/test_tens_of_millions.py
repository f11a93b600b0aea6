"""An article that reaches tens of millions: kept to the last one, on both databases, and said as what was counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlmodel import col, func, select

from bot.parts import Parts
from bot.reports.weekly import weekly_text
from bot.settings import read_settings
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from models.reading import Reading
from tests.bot.reports.conftest import ISSUE, MONDAY, Maker, NoScorer, at
from tests.conftest import FakeClock

WEEK = "2026-W47"


@pytest.fixture
async def make(clock: FakeClock, tmp_path: Path, database_url: str) -> AsyncIterator[Maker]:
    """An empty office on SQLite and on PostgreSQL."""
    clock.at = ISSUE
    settings = read_settings(_env_file=None, data_dir=tmp_path / "var", database_url=database_url)
    db = Database(settings.database)
    parts = Parts(settings, db, Vault(Fernet.generate_key().decode()), Door(), clock, scorer=NoScorer())
    yield Maker(parts)
    await parts.door.close()
    await db.close()


async def stored(make: Maker) -> tuple[int, int]:
    """What the figure is, row by row and as the database itself adds it up."""
    async with make.parts.db.read() as session:
        row = (await session.exec(select(Reading.value))).one()
        total = (await session.exec(select(func.sum(col(Reading.value))))).one()
    return row or 0, int(total)


@pytest.mark.parametrize(("views", "words"), [(30_000_000, "30 triệu lượt"), (31_234_567, "31,2 triệu lượt")])
async def test_times_seen_are_exact_and_no_people(make: Maker, views: int, words: str) -> None:
    org = await make.office()
    youtube = await make.account(org, "youtube")
    await make.post(org, youtube, "youtube", at(1), "Clip", figures={"views": views})
    assert await stored(make) == (views, views)
    line = next(s for s in (await weekly_text(make.parts, org, WEEK, "vi")).splitlines() if "YouTube" in s)
    assert words in line and "người" not in line


@pytest.mark.parametrize(("reach", "words"), [(30_000_000, "30 triệu người"), (31_234_567, "31,2 triệu người")])
async def test_accounts_that_the_platform_told_apart_are_people(make: Maker, reach: int, words: str) -> None:
    org = await make.office()
    facebook = await make.account(org, "facebook")
    await make.daily(facebook, "reach", MONDAY + timedelta(days=6), reach, "f", unit="people", period="week")
    assert await stored(make) == (reach, reach)
    text = await weekly_text(make.parts, org, WEEK, "vi")
    assert f"Facebook tới {words}" in text and f"{words.removesuffix(' người')} lượt" not in text
