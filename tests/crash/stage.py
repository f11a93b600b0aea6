"""What a child plays before: an office with one post of every form in its queue, platforms that strike, one clock."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from aiohttp import web
from cryptography.fernet import Fernet
from sqlmodel import col, delete, select

from bot.demo.office import set_up
from bot.engine.jobs import apply_schema
from bot.office_setup import add_account
from bot.parts import Parts
from bot.settings import Settings, read_settings
from bot.vault import Vault
from bot.webhooks.people import keep_followers
from channels.base import BROADCAST, COMMENT, Can
from channels.facebook.composing import FIRST_COMMENT
from channels.hooks import Follows
from channels.http import Door
from channels.registry import CHANNELS
from channels.sandbox.core import Platform
from channels.sandbox.world import Sandbox
from models.db import Database
from models.delivery import Attempt, Delivery
from models.office import Account
from models.post import Post
from models.states import DeliveryState
from monitor.scoring import open_scorer
from tests.crash.child import AFTER_COMMIT, BEFORE_COMMIT, LIFE_S, Job
from tests.crash.clock import SharedClock
from tests.crash.forms import (
    BATCHED,
    FOLLOWED,
    FORMS,
    SUBSCRIBERS,
    Form,
    files,
    got,
    queue,
    said,
    sent_on,
    shown,
    subscribe,
)
from tests.databases import MIGRATED, Postgres, migrate, sqlite_url

RECEIVED, HANDLED, ANSWERED = "request received", "request handled", "request answered"
POINTS: Final = (RECEIVED, HANDLED, ANSWERED, BEFORE_COMMIT, AFTER_COMMIT)
ENGINES: Final = ("embedded", "distributed")
BEGIN: Final = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ALL: Final = (*FORMS, *FOLLOWED, *BATCHED)
PLATFORMS: Final = ("facebook", "zalo", "viber", "youtube")


@dataclass(frozen=True)
class Kill:
    """Dies at the nth commit or the nth request of a life, counted from 1."""

    point: str
    nth: int

    def __str__(self) -> str:
        return f"{self.point} {self.nth}"


@dataclass
class Verdict:
    """What the platforms show against what the rows say. `blind`: calls in flight at a kill that cannot be read."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    deliveries: int = 0
    kills: int = 0
    blind: int = 0
    requests: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def well(self) -> bool:
        """True when nothing is lost, doubled, in a wrong state, or unknown without need."""
        return not (self.lost or self.doubled or self.wrong) and len(self.unknown) <= self.blind


class Stuck(Exception):
    """A child did not come to an end."""


class Children:
    """Starts children, one after the other; see `tests.crash.child`."""

    def __init__(self) -> None:
        self._mother: asyncio.subprocess.Process | None = None
        self.pid = 0

    async def __aenter__(self) -> Children:
        env = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
        root = Path(__file__).parents[2]
        self._mother = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.child", stdin=-1, stdout=-1, env=env | {"PYTHONPATH": str(root)}
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._mother is not None and self._mother.stdin is not None
        self._mother.stdin.close()
        await self._mother.wait()

    async def live(self, job: Job) -> int:
        """Let a child live and return how it ended."""
        assert self._mother is not None and self._mother.stdin is not None and self._mother.stdout is not None
        self._mother.stdin.write(job.line())
        self.pid = int(await self._mother.stdout.readline())
        try:
            async with asyncio.timeout(LIFE_S + 10):
                return int(await self._mother.stdout.readline())
        except TimeoutError:
            self.kill()
            await self._mother.stdout.readline()
            raise Stuck(f"nothing came to an end in {LIFE_S:.0f} s; see {job.log}") from None
        finally:
            self.pid = 0

    def kill(self) -> None:
        """SIGKILL the child that lives."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)


class Striker:
    """Stands around the platforms' handlers, counts requests, and kills whoever sent the nth."""

    def __init__(self, children: Children) -> None:
        self._children, self._kill = children, Kill("", 0)
        self.requests: list[str] = []
        self.busy = 0

    def arm(self, kill: Kill) -> None:
        """Count anew."""
        self._kill, self.requests = kill, []

    def stand_around(self, platform: Platform) -> None:
        """Take the place of a platform's middleware, which goes on inside; to be done before it starts."""
        inside = platform._around

        @web.middleware
        async def around(request: web.Request, handler: Any) -> web.StreamResponse:
            self.requests.append(f"{platform.name} {request.method} {request.path.rsplit('/', 1)[-1]}")
            kill = self._kill if self._kill.nth == len(self.requests) else Kill("", 0)
            self.busy += 1
            try:
                if kill.point == RECEIVED:
                    self._children.kill()
                    return platform._drop(request)
                answer = await inside(request, handler)
                if kill.point == HANDLED:
                    self._children.kill()
                if kill.point == ANSWERED:
                    await answer.prepare(request)
                    await answer.write_eof()
                    self._children.kill()
                return answer
            finally:
                self.busy -= 1

        platform._around = around  # type: ignore[method-assign]


class Stage:
    """Made once, played on many times: every run gets a copy of the prepared database and new platforms."""

    def __init__(self, folder: Path, children: Children, postgres: Postgres | None) -> None:
        self.folder, self.children, self.postgres = folder, children, postgres
        self._key = Fernet.generate_key().decode()
        self._templates: dict[str, str] = {}
        self._stack = AsyncExitStack()
        self._pictures = ""
        self._runs = 0

    async def __aenter__(self) -> Stage:
        self._pictures = await self._stack.enter_async_context(files(self.folder))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    # -- one run ------------------------------------------------------------------------------------------------

    async def run(
        self, engine: str, kills: Sequence[Kill], forms: Sequence[Form] = ALL, shuffle: Random | None = None
    ) -> Verdict:
        """Play the lives that end with `kills`, then one to the end, and compare."""
        self._runs += 1
        verdict = Verdict(deliveries=len(forms))
        async with AsyncExitStack() as stack:
            template = await self._template(engine)
            url = stack.enter_context(self._copy(engine, template))
            clock = SharedClock(self.folder / f"clock-{self._runs}", BEGIN)
            stack.callback(clock.close)
            striker = Striker(self.children)
            sandbox = await stack.enter_async_context(_platforms(clock, striker))
            db = Database(url)
            stack.push_async_callback(db.close)
            await _choose(db, forms, shuffle)
            for kill in (*kills, Kill("", 0)):
                striker.arm(kill)
                if await self._life(url, sandbox, kill, verdict):
                    break
                while striker.busy:  # noqa: ASYNC110  (what a dead process asked for is done before the next looks)
                    await asyncio.sleep(0.01)
                verdict.kills += 1
                verdict.blind += await _blind(db)
            verdict.requests = striker.requests
            await _compare(db, sandbox, verdict)
            for form in forms:  # what follows is queued by what it follows, and may not be forgotten either
                if FIRST_COMMENT in form.options and not shown(sandbox, form.channel, form.mark, COMMENT):
                    verdict.lost.append(f"{form.channel} {form.mark}: its first comment")
        return verdict

    async def _life(self, url: str, sandbox: Sandbox, kill: Kill, verdict: Verdict) -> bool:
        """Let one child live; True when it came to its own end."""
        settings = self._settings(url, sandbox).model_dump(mode="json", exclude={"secret_key", "telegram_token"})
        commits = self.folder / "commits"
        job = Job(
            settings | {"secret_key": self._key},
            str(self.folder / f"clock-{self._runs}"),
            str(self.folder / "child.log"),
            str(commits),
            kill.point,
            kill.nth,
        )
        ended = await self.children.live(job)
        if ended == -signal.SIGKILL:
            return False
        if ended:
            raise Stuck(f"the child ended with {ended}; see {job.log}")
        verdict.commits = int(commits.read_text())
        return True

    # -- what is prepared once ----------------------------------------------------------------------------------

    def _settings(self, url: str, sandbox: Sandbox) -> Settings:
        addresses = {name.removeprefix("LOA_").lower(): value for name, value in sandbox.environment().items()}
        return read_settings(
            _env_file=None,
            data_dir=str(self.folder / "var"),
            secret_key=self._key,
            database_url=url,
            public_url=self._pictures,
            dispatch_every_s=0.05,
            **{name: value for name, value in addresses.items() if value},
        )

    @contextmanager
    def _copy(self, engine: str, template: str) -> Any:
        if engine == "embedded":
            file = self.folder / f"run-{self._runs}.db"
            shutil.copy(template, file)
            yield sqlite_url(file)
            for left in self.folder.glob(f"{file.name}*"):
                left.unlink()
            return
        assert self.postgres is not None, "the distributed engine lives on PostgreSQL"
        with self.postgres.database(template) as url:
            yield url

    async def _template(self, engine: str) -> str:
        """A database with a post of every form due at the clock's beginning, and nobody connected to it."""
        if engine not in self._templates:
            if engine == "embedded":
                file = self.folder / "template.db"
                await asyncio.to_thread(migrate, sqlite_url(file))
                await self._fill(sqlite_url(file))
                self._templates[engine] = str(file)
            else:
                assert self.postgres is not None, "the distributed engine lives on PostgreSQL"
                self.postgres.run(f"CREATE DATABASE loa_crash TEMPLATE {MIGRATED}")
                self._stack.callback(self.postgres.run, "DROP DATABASE loa_crash")
                await self._fill(self.postgres.url("loa_crash"))
                self._templates[engine] = "loa_crash"
        return self._templates[engine]

    async def _fill(self, url: str) -> None:
        sandbox = Sandbox(now=lambda: BEGIN, seed=7)
        db, vault = Database(url), Vault(self._key)
        async with Door() as door:
            parts = Parts(self._settings(url, sandbox), db, vault, door, lambda: BEGIN, open_scorer("lexical"))
            office = await set_up(parts, sandbox)
            people = office.people
            await _connect_bot(parts, office.organisation_id, sandbox)
            for form in ALL:
                await queue(parts, people, form, self.folder)
        if not db.is_sqlite:
            await apply_schema(db)
        await db.close()


async def _connect_bot(parts: Parts, organisation_id: int, sandbox: Sandbox) -> None:
    """The Viber bot with everybody who follows it, as its webhook told."""
    given = sandbox.viber_bot_account()
    account_id = await add_account(
        parts, organisation_id, kind=given.kind, remote_id=given.remote_id, name=given.name, settings={},
        secrets=given.secrets,
    )  # fmt: skip
    async with parts.db.write() as session:
        account = await session.get_one(Account, account_id)
        told = [Follows("", BEGIN, user_id, True) for user_id in subscribe(sandbox)]
        await keep_followers(session, parts.vault, account, told)


@asynccontextmanager
async def _platforms(clock: SharedClock, striker: Striker) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(now=clock, seed=7)
    sandbox.zalo.settle = timedelta(0)  # its conversion is waited for inside one call, on the real clock
    sandbox.facebook.processing = sandbox.youtube.processing = timedelta(seconds=1)  # done at the first poll
    subscribe(sandbox)
    for name in PLATFORMS:
        striker.stand_around(sandbox.platforms[name])
        await sandbox.platforms[name].start()
    yield sandbox
    for name in PLATFORMS:
        await sandbox.platforms[name].stop()


async def _choose(db: Database, forms: Sequence[Form], rng: Random | None) -> None:
    """Leave the deliveries of these forms, due at once or, with `rng`, within five minutes in any order."""
    async with db.write() as session:
        wanted = select(Post.id).where(col(Post.title).in_([form.mark for form in forms]))
        await session.exec(delete(Delivery).where(col(Delivery.post_id).not_in(wanted)))
        for row in (await session.exec(select(Delivery).order_by(col(Delivery.id)))).all():
            if rng is not None:
                row.due_at = row.next_at = BEGIN + timedelta(seconds=rng.choice((0, rng.randrange(300))))


async def _blind(db: Database) -> int:
    """Calls in flight on a channel that cannot be read back."""
    async with db.read() as session:
        query = (
            select(Delivery.channel, Delivery.form)
            .join(Attempt, (col(Attempt.delivery_id) == Delivery.id) & (col(Attempt.number) == Delivery.attempt_no))
            .where(Delivery.state == DeliveryState.SENDING, Attempt.step == "submit")
        )
        return sum(not readable(channel, form) for channel, form in (await session.exec(query)).all())


def readable(channel: str, form: str) -> bool:
    """True for what can be read back after a crash; of a broadcast no platform tells anything."""
    return form != BROADCAST and Can.FIND_SENT in CHANNELS[channel].can


async def _compare(db: Database, sandbox: Sandbox, verdict: Verdict) -> None:
    async with db.read() as session:
        rows = (await session.exec(select(Delivery, Post.title).join(Post, col(Post.id) == Delivery.post_id))).all()
    for delivery, mark in rows:
        seen = shown(sandbox, delivery.channel, mark, delivery.form)
        if delivery.form == BROADCAST:
            seen = sent_on(sandbox, delivery.target_id)
        elif delivery.form == COMMENT:
            seen = said(sandbox, delivery.channel, mark)
        if delivery.channel == "viber":  # a picture that follows another has no words to be known by
            seen = sum(item.payload == delivery.composed for item in sandbox.viber.published())
        name = f"{delivery.channel} {mark} ({delivery.state}, {delivery.error_vi})"
        if seen > 1:
            verdict.doubled.append(name)
        if delivery.state == DeliveryState.UNKNOWN and not readable(delivery.channel, delivery.form):
            verdict.unknown.append(name)
        elif delivery.state != DeliveryState.SENT:
            verdict.wrong.append(name)
        elif not seen:
            verdict.lost.append(name)
    for mark in {mark for delivery, mark in rows if delivery.channel == "viber_bot"}:
        unsure = any(delivery.state == DeliveryState.UNKNOWN for delivery, its in rows if its == mark)
        if not unsure and len(got(sandbox, mark)) < SUBSCRIBERS:
            verdict.lost.append(f"viber_bot {mark}: {len(got(sandbox, mark))} of {SUBSCRIBERS} people")
    followed = {mark for delivery, mark in rows if delivery.form in (BROADCAST, COMMENT)}
    verdict.lost += [f"what follows {f.mark}" for f in FOLLOWED if f.mark in {m for _, m in rows} - followed]
