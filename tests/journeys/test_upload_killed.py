"""A daemon that is killed in the middle of a long clip: the next one goes on where the upload stood."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from bot.demo.office import set_up
from bot.parts import Parts, real_now
from bot.vault import Vault
from channels.http import Door
from channels.sandbox.core import Platform
from channels.sandbox.pictures import clip
from channels.sandbox.world import Sandbox
from models.db import Database
from models.states import DeliveryState
from monitor.scoring import open_scorer
from tests.crash.forms import Form, padded, queue, shown
from tests.journeys.test_kill import environment, settings_for, start_daemon, states, until_settled

SIZE: Final = 40 * 1024 * 1024
KILLED_AT: Final = 0.6
BYTES_A_SECOND: Final = 32 * 1024 * 1024
PIECE: Final = 100_000
"""A request of so many bytes carries a piece of the clip."""


@dataclass
class Meter:
    """Stands around a platform's handlers: what each piece of a clip weighs, and a moment before each is taken, in
    which a process can be killed."""

    sent: list[int] = field(default_factory=list)
    taken: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def stand_around(self, platform: Platform) -> None:
        """Take the place of a platform's middleware, which goes on inside; to be done before it starts."""
        inside = platform._around

        @web.middleware
        async def around(request: web.Request, handler: Any) -> web.StreamResponse:
            weight = request.content_length or 0
            if weight < PIECE:
                return await inside(request, handler)
            self.sent.append(weight)
            await asyncio.sleep(weight / BYTES_A_SECOND)
            answer = await inside(request, handler)
            self.taken += weight
            if self.taken >= SIZE * KILLED_AT:
                self.enough.set()
            return answer

        platform._around = around  # type: ignore[method-assign]


@pytest.mark.slow
@pytest.mark.parametrize("channel", ["youtube", "facebook"])
async def test_a_clip_whose_upload_is_killed_goes_on_and_is_one_video(
    channel: str, tmp_path: Path, unused_port: int
) -> None:
    sandbox, meter = Sandbox(now=real_now, seed=7), Meter()
    sandbox.youtube.processing = sandbox.facebook.processing = timedelta(seconds=0.2)
    meter.stand_around(sandbox.platforms[channel])
    await sandbox.start()
    settings = settings_for(sandbox, tmp_path, unused_port)
    assert settings.secret_key is not None
    db, form = Database(settings.database), Form("film", channel, "clip")
    await db.migrate()
    (tmp_path / "clip.mp4").write_bytes(padded(clip("Phim", 1, seconds=1), SIZE))
    async with Door() as door:
        vault = Vault(settings.secret_key.get_secret_value())
        parts = Parts(settings, db, vault, door, real_now, open_scorer("lexical"))
        people = (await set_up(parts, sandbox)).people
        await queue(parts, people, form, tmp_path)

    env, log = environment(settings, sandbox, unused_port), tmp_path / "daemon.log"
    daemon = await start_daemon(env, log)
    async with asyncio.timeout(60):
        await meter.enough.wait()
    daemon.kill()
    await daemon.wait()
    assert await states(db) == {DeliveryState.SENDING: 1}
    assert shown(sandbox, channel, form.mark) == 0
    before = len(meter.sent)
    daemon = await start_daemon(env, log)
    try:
        found = await until_settled(db, at_least=1, within_s=60)
    finally:
        daemon.terminate()
        await asyncio.wait_for(daemon.wait(), 60)
    await db.close()
    await sandbox.stop()

    assert found == {DeliveryState.SENT: 1}
    assert shown(sandbox, channel, form.mark) == len(sandbox.platforms[channel].published()) == 1
    after = sum(meter.sent[before:])
    print(f"{channel}: {meter.taken} bytes taken of {SIZE}, {after} sent after the kill")
    most = SIZE * (1 - KILLED_AT) + max(meter.sent) + PIECE
    assert after < most, "the rest, and the piece that the kill cut: not from the first byte on"
