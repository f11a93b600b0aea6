"""SIGKILL in the middle of a burst: nothing lost, nothing twice, as counted at the platforms."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlmodel import col, func, select

from bot.demo.office import set_up
from bot.parts import Actor, Parts, real_now
from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.writing import PostDraft, VariantDraft, create_post
from bot.settings import Settings, read_settings
from bot.vault import Vault
from channels.http import Door
from channels.sandbox.pictures import clip, picture
from channels.sandbox.world import Sandbox
from models.db import Database
from models.delivery import Delivery
from models.post import Post
from models.states import DeliveryState
from monitor.scoring import open_scorer

EACH = 54
"""Deliveries a channel, but for YouTube."""
CLIPS = 40
"""YouTube takes a hundred uploads a day, and every one that a kill breaks off is booked again."""
TOTAL = EACH * 3 + CLIPS
DONE = (DeliveryState.SENT, DeliveryState.UNKNOWN)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Platforms on the real clock; they outlive the daemon that is killed."""
    made = Sandbox(now=real_now, seed=7)
    await made.start()
    made.zalo.settle = timedelta(seconds=0.2)
    made.youtube.processing = timedelta(seconds=0.2)
    made.facebook.processing = timedelta(seconds=0.2)
    yield made
    await made.stop()


def settings_for(sandbox: Sandbox, folder: Path, port: int) -> Settings:
    """An office of its own in `folder`, on the stand-in platforms."""
    return read_settings(
        _env_file=None,
        data_dir=folder / "var",
        secret_key=Fernet.generate_key().decode(),
        public_url=f"http://127.0.0.1:{port}",
        **{k.removeprefix("LOA_").lower(): v for k, v in sandbox.environment().items()},
    )


def environment(settings: Settings, sandbox: Sandbox, port: int) -> dict[str, str]:
    """What the daemon process is started with."""
    assert settings.secret_key is not None
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("LOA_")},
        **sandbox.environment(),
        "LOA_DATA_DIR": str(settings.data_dir),
        "LOA_SECRET_KEY": settings.secret_key.get_secret_value(),
        "LOA_CONSOLE_PORT": str(port),
        "LOA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LOA_MODEL": "lexical",
        "LOA_DISPATCH_EVERY_S": "0.1",
        "LOA_COLLECT_EVERY_S": "3600",
    }


async def queue_burst(parts: Parts, people: Mapping[str, Actor], folder: Path) -> None:
    """Write, approve and make due `TOTAL` deliveries."""
    cover, film = folder / "cover.jpg", folder / "film.mp4"
    cover.write_bytes(picture("Bìa", 1, (400, 210)))
    film.write_bytes(clip("Phim", 1, seconds=1))
    for number in range(EACH):
        for kinds, file in ((("facebook", "viber"), None), (("zalo",), cover), (("youtube",), film)):
            if file is film and number >= CLIPS:
                continue
            title = f"Thông báo số {number} ({'+'.join(kinds)})"
            draft = PostDraft(
                title=title,
                field="KHAC",
                locality="",
                due_at=None,
                variants={
                    k: VariantDraft(text=f"{title}: nội dung riêng {number * 7919}.", title=title) for k in kinds
                },
            )
            post_id = await create_post(parts, people["soan"], draft)
            if file is not None:
                await attach_media(parts, people["soan"], post_id, file, alt_text="Hình")
            await submit_post(parts, people["soan"], post_id)
            await forward_post(parts, people["bientap"], post_id)
            async with parts.db.read() as session:
                post = await session.get_one(Post, post_id)
            await approve_post(parts, people["duyet"], post_id, post.content_hash)


async def start_daemon(env: dict[str, str], log: Path, roles: str = "publish,console") -> asyncio.subprocess.Process:
    """The real `loa serve`, only some of its roles."""
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "serve", "--role", roles, env=env, stdout=out, stderr=out,
            cwd=log.parent,
        )  # fmt: skip


async def states(db: Database) -> Counter[str]:
    """How many deliveries are in which state."""
    async with db.read() as session:
        rows = await session.exec(select(Delivery.state, func.count()).group_by(col(Delivery.state)))
        return Counter(dict(rows.all()))


async def until_settled(db: Database, *, at_least: int, within_s: float) -> Counter[str]:
    """Wait until so many deliveries are done. What was in flight at a kill is read back only after its deadline and the
    settle time of its channel: minutes."""
    async with asyncio.timeout(within_s):
        while True:
            found = await states(db)
            if sum(found[s] for s in DONE) >= at_least:
                return found
            await asyncio.sleep(0.05)


def shown(sandbox: Sandbox) -> dict[str, Counter[str]]:
    """How often each text stands on each platform."""
    key = {"facebook": "message", "viber": "text"}
    found: dict[str, Counter[str]] = {}
    for kind in ("facebook", "zalo", "viber", "youtube"):
        items = sandbox.platforms[kind].published()
        found[kind] = Counter(str(i.payload.get(key[kind])) if kind in key else i.title for i in items)
    return found


@pytest.mark.slow
async def test_a_burst_survives_sigkill(sandbox: Sandbox, tmp_path: Path, unused_port: int) -> None:
    settings = settings_for(sandbox, tmp_path, unused_port)
    assert settings.secret_key is not None
    db = Database(settings.database)
    await db.migrate()
    async with Door() as door:
        parts = Parts(
            settings, db, Vault(settings.secret_key.get_secret_value()), door, real_now, open_scorer("lexical")
        )
        office = await set_up(parts, sandbox)
        await queue_burst(parts, office.people, tmp_path)
    assert (await states(db)).total() == TOTAL

    env, log = environment(settings, sandbox, unused_port), tmp_path / "daemon.log"
    flying = 0
    for kill_at in (EACH, EACH * 2):
        daemon = await start_daemon(env, log)
        await until_settled(db, at_least=kill_at, within_s=120)
        daemon.send_signal(signal.SIGKILL)
        await daemon.wait()
        flying += await in_flight_unreadable(db)
    daemon = await start_daemon(env, log)
    try:
        found = await until_settled(db, at_least=TOTAL, within_s=480)
    finally:
        daemon.send_signal(signal.SIGTERM)
        await asyncio.wait_for(daemon.wait(), 60)
    await db.close()

    print(json.dumps({"states": found, "in flight on Viber at the kills": flying}))
    for kind, texts in shown(sandbox).items():
        assert not [text for text, count in texts.items() if count > 1], f"twice on {kind}"
        if kind != "viber":
            assert len(texts) == (CLIPS if kind == "youtube" else EACH), f"lost on {kind}"
    assert len(shown(sandbox)["viber"]) + found[DeliveryState.UNKNOWN] >= EACH
    assert found[DeliveryState.UNKNOWN] <= flying


async def in_flight_unreadable(db: Database) -> int:
    """Calls that were in flight on the channel that cannot be read back."""
    async with db.read() as session:
        rows = await session.exec(
            select(func.count()).where(Delivery.channel == "viber", Delivery.state == DeliveryState.SENDING)
        )
        return int(rows.one())
