"""SIGKILL between what Telegram was told was taken and the work: whoever comes next works it, once."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr
from sqlmodel import col, func, select
from telegram import Bot

from bot.demo.office import set_up
from bot.duty.hook import SECRET_HEADER, set_hook
from bot.duty.request import new_request
from bot.keys import keep_lasting_keys
from bot.parts import Parts, real_now
from bot.vault import Vault
from channels.http import Door
from channels.sandbox.world import Sandbox
from models.db import Database
from models.office import User
from models.webhook import ChatUpdate
from monitor.scoring import open_scorer
from tests.journeys.test_kill import environment, settings_for, start_daemon

SOON_S = 120.0


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(now=real_now, seed=7)
    await made.start()
    yield made
    await made.stop()


async def waiting(db: Database) -> int:
    async with db.read() as session:
        rows = await session.exec(select(func.count()).where(col(ChatUpdate.due_at).is_not(None)))
        return int(rows.one())


async def listens(url: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(SOON_S):
        while True:
            try:
                async with http.get(f"{url}/healthz"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_an_update_that_was_taken_outlives_its_receiver(
    sandbox: Sandbox, tmp_path: Path, unused_port: int
) -> None:
    """One `loa serve` only receives and is killed; another one works what it took."""
    telegram, settings = sandbox.telegram, settings_for(sandbox, tmp_path, unused_port)
    token = {"telegram_token": SecretStr(telegram.token), "telegram_updates": "webhook"}
    settings = settings.model_copy(update=token)
    db, vault = Database(settings.database), Vault(*settings.keys)
    await db.migrate()
    await keep_lasting_keys(db, vault)
    async with Door() as door:
        parts = Parts(settings, db, vault, door, real_now, open_scorer("lexical"))
        office = await set_up(parts, sandbox)
        person = sandbox.telegram_user("truc", "Trực")
        async with db.write() as session:
            (await session.get_one(User, office.people["truc"].user_id)).telegram_id = str(person)
        request = new_request()
        async with Bot(telegram.token, base_url=f"{telegram.url}/bot", request=request) as bot:
            await set_hook(bot, parts)

    env = environment(settings, sandbox, unused_port) | {
        "LOA_TELEGRAM_TOKEN": telegram.token, "LOA_TELEGRAM_UPDATES": "webhook"
    }  # fmt: skip
    receiver = await start_daemon(env, tmp_path / "receiver.log", "console")
    await listens(settings.public_url)
    telegram.say(str(person), person, "/suco")
    raw = telegram._updates[-1]
    assert await telegram.wait_for(lambda: not telegram._updates, SOON_S)
    receiver.send_signal(signal.SIGKILL)
    await receiver.wait()
    assert await waiting(db) == 2, "that they pressed Start, and what they wrote"

    def answers() -> list[str]:
        return [m.text for m in telegram.messages(str(person)) if m.own]

    worker = await start_daemon(env, tmp_path / "worker.log", "console,duty")
    try:
        assert await telegram.wait_for(lambda: bool(answers()), SOON_S)
        headers = {SECRET_HEADER: telegram.secret}
        async with (
            aiohttp.ClientSession() as http,
            http.post(telegram.webhook, data=json.dumps(raw), headers=headers) as again,
        ):
            assert again.status == 200
        telegram.say(str(person), person, "/truc")
        assert await telegram.wait_for(lambda: len(answers()) > 1, SOON_S)
        async with asyncio.timeout(SOON_S):
            while await waiting(db):  # noqa: ASYNC110 - another process marks as done what it answered
                await asyncio.sleep(0.05)
    finally:
        worker.send_signal(signal.SIGTERM)
        await asyncio.wait_for(worker.wait(), 60)
        await db.close()
    assert [text.split()[0] for text in answers()] == ["Không", "Trực"]
    for log in tmp_path.glob("*.log"):
        assert telegram.secret not in log.read_text() and telegram.token not in log.read_text()
