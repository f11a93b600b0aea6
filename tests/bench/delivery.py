"""How fast deliveries go out, beside a bare aiohttp client that posts the same to the same platform in the same run.

`make bench`, or `python -m tests.bench.delivery [--quick]`. Conditions: one HTTP channel over 100 accounts, the
platform answers after 200 ms, equal concurrency, budgets off. Printed, never asserted: machines differ, ratios tell.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table
from sqlmodel import col, func, select, update

import tests.bench.platform  # noqa: F401  (registers the channel)
from bot.publishing.claim import claim_due
from bot.publishing.queueing import cancel_post
from models.delivery import Attempt, Delivery
from models.states import DeliveryState
from tests.bot.engine.hosts import Host, make_host
from tests.bot.engine.tiny import PERSON, office, queue, states
from tests.databases import migrate, running_postgres, sqlite_url

ACCOUNTS, AT_ONCE = 100, 50
MANY_AT_ONCE = 200
"""With 50 calls of 200 ms at once the last of 1,000 cannot start before 4 s; with so many it can."""
FAR_S = 30 * 24 * 3600
ROOT = Path(__file__).parents[2]
screen = Console(width=150)


@asynccontextmanager
async def process(*words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A child of this measurement and the first line it printed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        yield child, (await child.stdout.readline()).decode().strip()
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def bare(url: str, posts: int, at_once: int = AT_ONCE) -> float:
    """Posts a second of a plain client with the same concurrency."""
    room = asyncio.Semaphore(at_once)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def post(number: int) -> None:
            async with room, session.post(f"{url}/posts", json={"text": f"bài {number}"}) as answer:
                await answer.read()

        begun = time.perf_counter()
        await asyncio.gather(*(post(n) for n in range(posts)))
        return posts / (time.perf_counter() - begun)


async def fill(host: Host, url: str, posts: int, *, in_s: float) -> None:
    """Approved posts over all accounts, all due in so many seconds after the last is written."""
    accounts = await accounts_of(host, url)
    each = max(1, posts // len(accounts))
    for account in accounts:
        await queue(host.parts, [f"bài {account} {n}" for n in range(each)], account, in_s=FAR_S, nudge=False)
    due = host.parts.now() + timedelta(seconds=in_s)
    async with host.db.write() as session:
        await session.exec(update(Delivery).values(due_at=due, next_at=due))
        if not host.db.is_sqlite:  # the tests' server has no autovacuum, which does it within a minute
            await (await session.connection()).exec_driver_sql("ANALYZE")


async def accounts_of(host: Host, url: str) -> list[int]:
    """The bench's accounts, made at the first call."""
    from models.office import Account

    async with host.db.read() as session:
        known = [a.id or 0 for a in (await session.exec(select(Account).order_by(col(Account.id)))).all()]
    return known or await office(host.parts, url, "bench", ACCOUNTS)


async def all_sent(host: Host, count: int, within_s: float) -> None:
    """Wait until so many are sent."""
    async with asyncio.timeout(within_s):
        while (await states(host.db))[DeliveryState.SENT] < count:  # noqa: ASYNC110  # another process does the work
            await asyncio.sleep(0.1)


async def latencies(host: Host, since_id: int = 0) -> tuple[list[float], list[float]]:
    """Seconds from due to started and from due to sent."""
    async with host.db.read() as session:
        rows = await session.exec(
            select(Delivery.due_at, func.min(Attempt.started_at), Delivery.sent_at)
            .join(Attempt, col(Attempt.delivery_id) == Delivery.id)
            .where(Delivery.state == DeliveryState.SENT, col(Delivery.id) > since_id)
            .group_by(col(Delivery.id), col(Delivery.due_at), col(Delivery.sent_at))
        )
        found = [(d, s, t) for d, s, t in rows.all() if t is not None]
    return [(s - d).total_seconds() for d, s, _ in found], [(t - d).total_seconds() for d, _, t in found]


def spread(values: Sequence[float]) -> str:
    """p50 and p99."""
    cut = statistics.quantiles(values, n=100, method="inclusive")
    return f"{cut[49]:.2f} / {cut[98]:.2f}"


async def burst(
    kind: str, database: str, url: str, posts: int, folder: Path, *, daemons: int = 1, at_once: int = AT_ONCE
) -> tuple[float, str, str]:
    """Posts a second of a burst that is due at once, with due-to-start and due-to-sent (p50 / p99 seconds)."""
    key = Fernet.generate_key().decode()
    host = await make_host(kind, database, folder, key=key, at_once=at_once)
    await fill(host, url, posts, in_s=4.0 + 2.0 * daemons)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(daemons):
            words = ("tests.bench.daemon", database, str(folder), key, str(at_once))
            await stack.enter_async_context(process(*words))
        await all_sent(host, posts, within_s=300)
    started, sent = await latencies(host)
    took = max(sent)
    await host.close(0)
    return posts / took, spread(started), spread(sent)


async def steady(kind: str, database: str, url: str, a_second: int, seconds: int, folder: Path) -> tuple[str, str]:
    """Due-to-start and due-to-sent of a stream of so many a second."""
    key = Fernet.generate_key().decode()
    host = await make_host(kind, database, folder, key=key, at_once=AT_ONCE)
    accounts = await accounts_of(host, url)
    async with process("tests.bench.daemon", database, str(folder), key, str(AT_ONCE)):
        for second in range(seconds):
            names = [f"dòng {second} {n}" for n in range(a_second)]
            await queue(host.parts, names, accounts[second % len(accounts)], in_s=2.0)
            await asyncio.sleep(1.0)
        await all_sent(host, a_second * seconds, within_s=120)
    started, sent = await latencies(host)
    await host.close(0)
    return spread(started), spread(sent)


async def crowd(kind: str, database: str, url: str, waiting: int, folder: Path) -> dict[str, float]:
    """Milliseconds of a claim, a list, an enqueue and a cancel beside so many deliveries that wait for a far time."""
    host = await make_host(kind, database, folder, key=Fernet.generate_key().decode(), at_once=AT_ONCE)
    begun = time.perf_counter()
    await fill(host, url, waiting, in_s=FAR_S)
    filled = time.perf_counter() - begun
    accounts, found = await accounts_of(host, url), {"enqueue": 1000 * filled / waiting}
    claims, lists, cancels = [], [], []
    for number in range(20):
        await queue(host.parts, [f"ngay {number}"], accounts[number], nudge=False)
        claims.append(await timed(claim_due(host.parts, 1)))
        lists.append(await timed(list_page(host)))
        (later,) = await queue(host.parts, [f"hủy {number}"], accounts[number], in_s=FAR_S, nudge=False)
        async with host.db.read() as session:
            post = (await session.get_one(Delivery, later)).post_id
        cancels.append(await timed(cancel_post(host.parts, PERSON, post)))
    await host.close(0)
    return found | {
        "claim": statistics.median(claims),
        "list": statistics.median(lists),
        "cancel": statistics.median(cancels),
    }


async def timed(work: object) -> float:
    """Milliseconds of one await."""
    begun = time.perf_counter()
    await work  # type: ignore[misc]
    return 1000 * (time.perf_counter() - begun)


async def list_page(host: Host) -> int:
    """The first page of the queue, as people look at it."""
    now = host.parts.now()
    query = (
        select(Delivery)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.next_at >= now - timedelta(days=1))
        .order_by(col(Delivery.next_at))
        .limit(50)
    )
    async with host.db.read() as session:
        return len((await session.exec(query)).all())


async def measure(*, quick: bool) -> None:
    """Run everything and print it."""
    posts, far = (300, 10_000) if quick else (1000, 100_000)
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as name, running_postgres() as server:
        folder = Path(name)

        def sqlite() -> str:
            file = Path(tempfile.mkdtemp(dir=folder)) / "loa.db"
            migrate(sqlite_url(file))
            return sqlite_url(file)

        async with process("tests.bench.platform") as (_, url):
            speed = Table("", "posts/s", "of the bare client", "due to start, s (p50 / p99)", "due to sent, s")
            for at_once in (MANY_AT_ONCE, AT_ONCE):
                plain = await bare(url, posts, at_once)
                speed.add_row(f"bare client, {at_once} at once", f"{plain:.0f}", "1.00", "", "")
                rate, started, sent = await burst("embedded", sqlite(), url, posts, folder, at_once=at_once)
                line = f"embedded, SQLite, burst of {posts}"
                speed.add_row(line, f"{rate:.0f}", f"{rate / plain:.2f}", started, sent)
            started, sent = await steady("embedded", sqlite(), url, 20, 5 if quick else 30, folder)
            speed.add_row("embedded, 20/s steady", "20", "", started, sent)
            for daemons in (1, 2, 3):
                with server.database() as database:
                    rate, started, sent = await burst("distributed", database, url, posts * 2, folder, daemons=daemons)
                line = f"PostgreSQL, {daemons} daemon(s), burst of {posts * 2}"
                speed.add_row(line, f"{rate:.0f}", f"{rate / plain:.2f}", started, sent)
            screen.print(speed)
            sizes = Table("milliseconds", "waiting", "enqueue (each, in batches)", "claim", "list", "cancel")
            for kind in ("embedded", "distributed"):
                for waiting in (1000, far):
                    with contextlib.ExitStack() as stack:
                        chosen = sqlite() if kind == "embedded" else stack.enter_context(server.database())
                        seen = await crowd(kind, chosen, url, waiting, folder)
                    figures = [f"{seen[n]:.2f}" for n in ("enqueue", "claim", "list", "cancel")]
                    sizes.add_row("SQLite" if kind == "embedded" else "PostgreSQL", f"{waiting:,}", *figures)
            screen.print(sizes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller numbers, about a minute")
    asyncio.run(measure(quick=parser.parse_args().quick))
