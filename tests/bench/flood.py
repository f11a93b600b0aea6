"""A flood of signed webhooks on a real `loa serve` over SQLite, and what it does to posts that go out meanwhile.

`python -m tests.bench.flood [--events 5000] [--seconds 10]`. Each event is signed ahead and sent at its own moment; the
daemon is the whole one, with the shipped model, beside one more channel whose platform answers a post after 200 ms.
The same events go to a bare aiohttp server first, which does nothing with them: what this machine can do just now.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table
from sqlmodel import col, func, select

import tests.bench.platform  # noqa: F401  (registers the channel that posts go out on)
from bot.logs import set_up_logs
from bot.office_setup import add_account
from bot.parts import Parts, real_now
from bot.settings import Settings, read_settings
from bot.vault import Vault
from bot.webhooks.address import webhook_path
from channels.http import Door
from channels.sandbox.facebook.hooks import signed_form
from channels.sandbox.zalo.hooks import signature
from models.db import Database
from models.delivery import Attempt, Delivery
from models.mention import Mention
from models.office import Account
from models.webhook import WebhookEvent
from monitor.scoring import open_scorer
from tests.bench.delivery import process, spread
from tests.bot.engine.tiny import office, queue
from tests.databases import migrate, sqlite_url

PAGE, OA, BOT = "1001", "2002", "pa:3003"
SECRET = "flood"
POSTING = 20
"""Accounts that post, so that no least spacing of one shows."""
POSTS_A_SECOND = 4


@dataclass(frozen=True)
class Signed:
    """One event, ready to be sent."""

    kind: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Flood:
    """What was seen. Latencies in seconds; `sent` from due to sent."""

    answers: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    bare: list[float] = field(default_factory=list)
    stored: int = 0
    mentions: int = 0
    worked_s: float = 0.0
    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)


def make_event(number: int, at: datetime) -> Signed:
    """Three comments, a message to the OA and one to the bot, over and over."""
    seconds, text = int(at.timestamp()), f"Nước ngập ở hẻm {number % 97}, bao giờ có người đến? ({number})"
    if number % 5 == 3:
        stamp = str(seconds * 1000 + number)
        told = {"app_id": "42", "sender": {"id": f"9{number % 300}"}, "recipient": {"id": OA}, "timestamp": stamp,
                "event_name": "user_send_text", "message": {"msg_id": f"m{number}", "text": text}}  # fmt: skip
        body = json.dumps(told, ensure_ascii=False).encode()
        return Signed("zalo", body, {"X-ZEvent-Signature": f"mac={signature('42', body, stamp, SECRET)}"})
    if number % 5 == 4:
        said = {"event": "message", "timestamp": seconds * 1000 + number, "message_token": 10**18 + number,
                "sender": {"id": f"u{number % 300}="}, "message": {"type": "text", "text": text}}  # fmt: skip
        body = json.dumps(said).encode()
        return Signed("viber_bot", body, {"X-Viber-Content-Signature": _hmac(body)})
    value = {
        "from": {"id": str(number % 300), "name": "An"}, "item": "comment", "verb": "add", "created_time": seconds,
        "post_id": f"{PAGE}_5", "parent_id": f"{PAGE}_5", "comment_id": f"5_{number}", "message": text,
    }  # fmt: skip
    entry = {"id": PAGE, "time": seconds, "changes": [{"field": "feed", "value": value}]}
    body = signed_form({"object": "page", "entry": [entry]})
    return Signed("facebook", body, {"X-Hub-Signature-256": f"sha256={_hmac(body)}"})


def _hmac(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


async def send(
    base: str, paths: dict[str, str], events: list[Signed], seconds: float, seen: Flood, taken: set[int] | None = None
) -> None:
    """Send each event at its moment, spread over the time, however many are still unanswered. `taken`: the numbers of
    those that were answered 200."""
    begun = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=500)) as session:

        async def one(number: int, event: Signed) -> None:
            moment = begun + number * seconds / len(events)
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            async with session.post(base + paths[event.kind], data=event.body, headers=event.headers) as answer:
                seen.answers[answer.status] += 1
                if taken is not None and answer.status == 200:
                    taken.add(number)
            seen.took.append(time.perf_counter() - moment)

        await asyncio.gather(*(one(n, e) for n, e in enumerate(events)))
    seen.seconds = time.perf_counter() - begun


async def set_up(parts: Parts, platform_url: str) -> tuple[dict[str, str], list[int]]:
    """The office: where it is called, and the accounts that post."""
    posting = await office(parts, platform_url, "bench", POSTING)
    made = {
        "facebook": (PAGE, {}, {"page_token": "p", "app_secret": SECRET}),
        "zalo": (OA, {"app_id": "42"}, {"access_token": "a", "oa_secret": SECRET}),
        "viber_bot": (BOT, {}, {"auth_token": SECRET}),
    }
    paths = {}
    for kind, (remote_id, settings, secrets) in made.items():
        number = await add_account(
            parts, 1, kind=kind, remote_id=remote_id, name=kind, settings=settings, secrets=secrets
        )
        async with parts.db.read() as session:
            paths[kind] = webhook_path(await session.get_one(Account, number))
    return paths, posting


async def post_for(parts: Parts, accounts: list[int], seconds: float) -> list[int]:
    """Deliveries that are due one after the other in this time; return their ids when all had theirs."""
    ids, begun = [], time.perf_counter()
    for number in range(round(seconds * POSTS_A_SECOND)):
        await asyncio.sleep(max(0.0, begun + number / POSTS_A_SECOND - time.perf_counter()))
        ids += await queue(parts, [f"bài {begun} {number}"], accounts[number % len(accounts)], in_s=1.0)
    return ids


async def latencies(db: Database, ids: list[int]) -> list[float]:
    """Seconds from due to sent, once all of these are sent."""
    async with asyncio.timeout(60):
        while True:
            async with db.read() as session:
                query = (
                    select(Delivery.due_at, Delivery.sent_at, func.count(col(Attempt.id)))
                    .join(Attempt, col(Attempt.delivery_id) == Delivery.id)
                    .where(col(Delivery.id).in_(ids), Delivery.state == "sent")
                    .group_by(col(Delivery.id), col(Delivery.due_at), col(Delivery.sent_at))
                )
                rows = (await session.exec(query)).all()
            if len(rows) == len(ids):
                return [(sent - due).total_seconds() for due, sent, _ in rows if sent is not None]
            await asyncio.sleep(0.2)


async def count(db: Database, what: Any) -> int:
    """How many there are."""
    async with db.read() as session:
        return int((await session.exec(select(func.count()).select_from(what))).one())


async def all_worked(db: Database, within_s: float) -> None:
    """Wait until no event waits."""
    async with asyncio.timeout(within_s):
        while True:
            async with db.read() as session:
                waiting = select(func.count()).where(col(WebhookEvent.due_at).is_not(None))
                if not (await session.exec(waiting)).one():
                    return
            await asyncio.sleep(0.2)


def settings_of(folder: Path) -> Settings:
    """An office of its own, all of whose platforms are silent but the one that is posted to."""
    nowhere = "http://127.0.0.1:9"
    names = ("facebook", "facebook_video", "facebook_dialog", "zalo", "zalo_oauth", "viber", "youtube", "telegram")
    return read_settings(
        _env_file=None, data_dir=folder, secret_key=Fernet.generate_key().decode(), console_port=0,
        collect_every_s=3600, **{f"{name}_base_url": nowhere for name in names},
    )  # fmt: skip


async def flood(events: int, seconds: float, folder: Path, *, model: str = "") -> Flood:
    """Run it all: posts alone, then posts beside the flood."""
    settings = settings_of(folder).model_copy(update={"model": model})
    assert settings.secret_key is not None
    await asyncio.to_thread(migrate, sqlite_url(folder / "loa.db"))
    db, seen = Database(settings.database), Flood()
    (folder / "settings.json").write_text(
        json.dumps(settings.model_dump(mode="json") | {"secret_key": settings.secret_key.get_secret_value()})
    )
    async with Door() as door, process("tests.bench.platform") as (_, platform_url):
        vault = Vault(settings.secret_key.get_secret_value())
        parts = Parts(settings, db, vault, door, real_now, open_scorer("lexical"))
        paths, posting = await set_up(parts, platform_url)
        signed = [make_event(n, real_now() - timedelta(seconds=1)) for n in range(events)]
        async with process("tests.bench.flood", "--bare") as (_, bare):
            alone = Flood()
            await send(bare, paths, signed, seconds, alone)
            seen.bare = alone.took
        async with process("tests.bench.flood", "--serve", str(folder)) as (_, base):
            await queue(parts, ["bài thử"], posting[0])
            seen.before = await latencies(db, await post_for(parts, posting, seconds))
            sending = asyncio.create_task(send(base, paths, signed, seconds, seen))
            ids = await post_for(parts, posting, seconds)
            await sending
            begun = time.perf_counter()
            seen.during = await latencies(db, ids)
            seen.stored = await count(db, WebhookEvent)
            await all_worked(db, within_s=120)
            seen.worked_s = time.perf_counter() - begun
            seen.mentions = await count(db, Mention)
    await db.close()
    return seen


async def serve(folder: Path) -> None:
    """`loa serve` with the channel that posts go out on; prints its address."""
    from bot.daemon import Daemon

    set_up_logs("INFO")  # as `loa serve` does
    kept = json.loads((folder / "settings.json").read_text())
    daemon = Daemon(read_settings(_env_file=None, **kept))
    await daemon.start()
    sys.stdout.write(f"{daemon.console_url}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def serve_bare() -> None:
    """Take everything and do nothing with it; prints its address."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def show(seen: Flood, events: int) -> None:
    """Print what was seen."""
    table = Table("flood", "seen")
    table.add_row("events, answered 200", f"{events}, {seen.answers[200]} in {seen.seconds:.1f} s")
    table.add_row("answered after, s (p50 / p99), longest", f"{spread(seen.took)}, {max(seen.took):.2f}")
    table.add_row("a bare server answers after, s (the same)", f"{spread(seen.bare)}, {max(seen.bare):.2f}")
    table.add_row("stored, texts of them", f"{seen.stored}, {seen.mentions}")
    table.add_row("all worked after the last answer, s", f"{seen.worked_s:.1f}")
    table.add_row("posts alone: due to sent, s (p50 / p99)", spread(seen.before))
    table.add_row("posts beside the flood: the same", spread(seen.during))
    Console(width=120).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--lexical", action="store_true", help="without the model")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.bare:
        asyncio.run(serve_bare())
    elif words.serve:
        asyncio.run(serve(words.serve))
    else:
        with tempfile.TemporaryDirectory(prefix="loa-flood-") as name:
            model = "lexical" if words.lexical else ""
            show(asyncio.run(flood(words.events, words.seconds, Path(name), model=model)), words.events)
