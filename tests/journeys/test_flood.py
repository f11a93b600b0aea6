"""A slice of the flood of `tests.bench.flood`, and SIGKILL between what was stored and what was worked."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from bot.parts import Parts, real_now
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from models.mention import Mention
from models.webhook import Subscriber, WebhookEvent
from monitor.scoring import open_scorer
from tests.bench.flood import Flood, all_worked, count, flood, make_event, send, set_up, settings_of
from tests.databases import migrate, sqlite_url

ROOT = Path(__file__).parents[2]
EVENTS = 300


@pytest.mark.slow
async def test_a_flood_loses_nothing(tmp_path: Path) -> None:
    seen = await flood(EVENTS, 2.0, tmp_path, model="lexical")
    assert set(seen.answers) <= {200, 503}, "refused only where it is not known to be stored"
    assert seen.stored == seen.mentions == EVENTS
    assert len(seen.during) == len(seen.before), "what was due meanwhile went out"


async def start(folder: Path) -> tuple[asyncio.subprocess.Process, str]:
    """The daemon and its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.flood", "--serve", str(folder), cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    return process, (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()


@pytest.mark.slow
async def test_a_daemon_killed_between_storing_and_working_loses_and_doubles_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path).model_copy(update={"model": "lexical"})
    assert settings.secret_key is not None
    key = settings.secret_key.get_secret_value()
    (tmp_path / "settings.json").write_text(json.dumps(settings.model_dump(mode="json") | {"secret_key": key}))
    await asyncio.to_thread(migrate, sqlite_url(tmp_path / "loa.db"))
    db = Database(settings.database)
    async with Door() as door:
        paths, _ = await set_up(Parts(settings, db, Vault(key), door, real_now, open_scorer("lexical")), "http://x")
    events = [make_event(n, real_now()) for n in range(EVENTS)]
    taken: set[int] = set()
    for kills in range(3):
        process, base = await start(tmp_path)
        seen = Flood()
        sending = asyncio.create_task(send(base, paths, events, 1.0, seen, taken))  # a platform sends again and again
        if kills < 2:
            while len(taken) < (kills + 1) * 40 and not sending.done():  # noqa: ASYNC110  (another process answers)
                await asyncio.sleep(0.005)
            process.kill()
            await process.wait()
        await asyncio.gather(sending, return_exceptions=True)
        async with db.read() as session:
            stored = (await session.exec(select(func.count()).select_from(WebhookEvent))).one()
        assert stored >= len(taken), "what was answered 200 is on the disk"
    while len(taken) < EVENTS:  # on a busy machine some were refused, and the platform sends again
        await send(base, paths, events, 1.0, Flood(), taken)
    await all_worked(db, within_s=60)
    process.kill()
    await process.wait()
    assert len(taken) == EVENTS == await count(db, WebhookEvent) == await count(db, Mention)
    async with db.read() as session:
        people = (await session.exec(select(Subscriber.person, func.count()).group_by(col(Subscriber.person)))).all()
    assert people and all(number == 1 for _, number in people)
    await db.close()
