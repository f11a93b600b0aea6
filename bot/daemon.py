"""Builds the parts, starts them in order and stops them in the reverse order.

Start: settings -> database -> console -> loops -> engine -> clock. Stop (first signal): the clock, then the engine
(nothing more is claimed, sends in flight get their grace, what remains is read back later), then the rest.

On PostgreSQL several hosts may play the same roles: everybody publishes, every other loop runs under a lease, on one
of them at a time, and whatever it writes is fenced with the lease's number.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram.error import InvalidToken, TelegramError

from bot.accounts.watch import TURN_S, keep_accounts
from bot.background import Background, keep_up
from bot.console.app import Console
from bot.duty.gap import tell_gap
from bot.duty.reserve import send_reserve
from bot.duty.routes import BOT, RouteBook
from bot.duty.telegram import DutyChat
from bot.duty.watch import watch
from bot.engine.alone import hold_roles
from bot.engine.choose import open_engine
from bot.engine.lease import Lease, run_single
from bot.heartbeat import call_watcher
from bot.keys import keep_lasting_keys
from bot.loops import Loop
from bot.parts import Parts, real_now
from bot.publishing.approval import expire_unanswered
from bot.publishing.moderation import do_due
from bot.publishing.recurring import make_due_copies
from bot.publishing.settle import inherit
from bot.reports.weekly import issue_due
from bot.settings import Settings
from bot.vault import Vault
from bot.watchdog import Watchdog
from bot.webhooks.worker import Worker
from channels.base import Clock
from channels.http import Door
from models.db import Database
from monitor.collect import Collector
from monitor.learning.head import LearningScorer
from monitor.learning.store import active_head, forget_dead
from monitor.pipeline import Pipeline
from monitor.retention import forget_old_words
from monitor.scoring import open_scorer

log = structlog.get_logger()

ROLES = frozenset({"publish", "monitor", "console", "duty"})
GRACE_S = 30.0
CHAT_AGAIN_S = 30.0
RECURRING_EVERY_S, WEEKLY_EVERY_S, BUDGETS_EVERY_S, MODERATION_EVERY_S = 60.0, 600.0, 2.0, 5.0
LABELS_EVERY_S = 3600.0
RETENTION_EVERY_S = 3600.0
WEBHOOKS_EVERY_S = 2.0
RESERVE_EVERY_S = 5.0
SCORED_EVERY_S = 2.0
"""Another host may have received, or scored, something."""


class Daemon:
    """Loa as one process. `start()`, `stop()`; `run()` does both around the signals."""

    def __init__(self, settings: Settings, *, now: Clock = real_now, roles: Collection[str] = ROLES) -> None:
        self.settings, self.roles = settings, frozenset(roles)
        vault = Vault(*settings.keys)
        scorer = open_scorer(settings.model or None, threads=settings.model_threads, device=settings.model_device)
        self.scorer = LearningScorer(scorer)
        self.parts = Parts(settings, Database(settings.database), vault, Door(), now, self.scorer)
        self.background = Background()
        self.engine = open_engine(self.parts, self.background)
        self.parts.nudge = self.engine.nudge
        self.collector = Collector(
            self.parts.db, open_channel=self.parts.channel, hash_author=vault.author_hash, now=now
        )
        self.worker = Worker(self.parts)
        self.pipeline = Pipeline(
            self.parts.db,
            self.parts.scorer,
            now=now,
            tz=settings.tz,
            days_off=settings.free_days,
            scored=lambda: self.parts.bell.ring("scored"),
            indexes=settings.data_dir / "index",
        )
        self.chat = DutyChat(self.parts) if settings.telegram_token.get_secret_value() else None
        self.console = Console(self.parts) if "console" in self.roles else None
        self.console_url = ""
        self._chat_not_before = 0.0
        self._bot_route = RouteBook(self.parts, BOT)
        self._stack = AsyncExitStack()
        self.watchdog = Watchdog(self.parts.rounds)

    # -- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start everything; on an error what was started is stopped again and the error comes out."""
        try:
            await self.open()
            await self._turn_by_itself()
        except BaseException:
            await self.stop()
            raise
        self.watchdog.tell("READY=1")
        self.background.spawn(self.watchdog.run(), name="watchdog")
        log.info("started", roles=sorted(self.roles), console=self.console_url, database=self.parts.db.safe_url)

    async def open(self) -> None:
        """Open database and console and take up where the last process stopped; nothing turns by itself yet.

        Whoever steps the clock by hand (the demo, tests) calls the turns below instead of `start`.
        """
        stack, parts = self._stack, self.parts
        stack.push_async_callback(parts.db.close)
        stack.push_async_callback(parts.door.close)
        stack.push_async_callback(self.pipeline.library.close)
        await parts.db.migrate()
        await keep_lasting_keys(parts.db, parts.vault)
        await self.engine.open()
        if self.console is not None:
            self.console_url = await self.console.start()
            stack.push_async_callback(self.console.stop)
        if "monitor" in self.roles:
            await self.pipeline.restore()
        if "duty" in self.roles:
            await tell_gap(self.parts)
            if self.chat is not None:
                stack.push_async_callback(self.chat.stop)

    async def _turn_by_itself(self) -> None:
        stack = self._stack
        if (database := self.parts.db.path) is not None:
            stack.enter_context(hold_roles(database, self.roles - {"console"}))
        stack.push_async_callback(self.background.drain, "loop", 0.0)
        for loop in self.loops():
            self.background.spawn(keep_up(loop.name, self._alone(loop)), name=loop.name)
        for own in self.own_loops():
            self.background.spawn(keep_up(own.name, own.run), name=own.name)
        if "publish" in self.roles:
            if self.parts.db.is_sqlite:  # the lock says that no other process publishes
                await inherit(self.parts)
            stack.push_async_callback(self.engine.stop, GRACE_S)
            await self.engine.start()
        scheduler = self._clock()
        scheduler.start()
        stack.callback(scheduler.shutdown, wait=False)

    def _alone(self, loop: Loop) -> Callable[[], Awaitable[None]]:
        """Run a loop in one process at a time: on SQLite this is the one, on PostgreSQL the holder of a lease."""
        if self.parts.db.is_sqlite:
            return loop.run
        lease = Lease(self.parts.db, loop.name, holder=self.parts.process, now=self.parts.now)

        async def run(_: Lease) -> None:
            try:
                await loop.run()
            finally:
                if loop.name == "chat" and self.chat is not None:  # has tasks of its own until it is stopped
                    await self.chat.stop()

        return lambda: run_single(lease, run)

    async def stop(self) -> None:
        """Stop in reverse order."""
        self.watchdog.tell("STOPPING=1")
        await self._stack.aclose()
        log.info("stopped")

    async def run(self) -> None:
        """Start, wait for SIGINT or SIGTERM, stop. A second signal leaves at once; the next start repairs."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled, stopping)
        await self.start()
        await stopping.wait()
        await self.stop()

    def _signalled(self, stopping: asyncio.Event) -> None:
        if stopping.is_set():
            raise SystemExit(1)
        stopping.set()

    # -- what turns ---------------------------------------------------------------------------------------------

    def loops(self) -> list[Loop]:
        """The loops of this process's roles that one process at a time runs."""
        parts, every = self.parts, self.settings.collect_every_s
        found = []
        if "publish" in self.roles:
            found.append(Loop(parts, "recurring", self.repeat, every_s=RECURRING_EVERY_S))
            found.append(Loop(parts, "accounts", self.keep_accounts, every_s=TURN_S))
            found.append(Loop(parts, "moderation", self.moderate, every_s=MODERATION_EVERY_S, topics={"act"}))
        if "monitor" in self.roles:
            found.append(Loop(parts, "collect", self.collect, every_s=every, topics={"collect"}))
            found.append(Loop(parts, "webhooks", self.worker.turn, every_s=WEBHOOKS_EVERY_S, topics={"webhook"}))
            found.append(Loop(parts, "retention", self.forget, every_s=RETENTION_EVERY_S))
            # Elsewhere somebody else may have grouped since: what the stream remembers is read anew.
            first = None if parts.db.is_sqlite else self.pipeline.restore
            found.append(Loop(parts, "labels", self.forget_labels, every_s=LABELS_EVERY_S))
            found.append(Loop(parts, "group", self.group, every_s=SCORED_EVERY_S, topics={"scored"}, first=first))
        if "duty" in self.roles:
            found.append(Loop(parts, "duty", self.watch, every_s=5, topics={"incident", "delivery"}))
            found.append(Loop(parts, "weekly", self.weekly, every_s=WEEKLY_EVERY_S, topics={"weekly"}))
            if self.chat is not None:
                found.append(Loop(parts, "chat", self.chat_turn, every_s=2, topics={"alert"}))
            if self.settings.alert_targets.get_secret_value():
                found.append(Loop(parts, "reserve", self.reserve, every_s=RESERVE_EVERY_S))
        return found

    def own_loops(self) -> list[Loop]:
        """The loops that every process runs beside the others: scoring is shared by all that monitor."""
        parts = self.parts
        found = [Loop(parts, "budgets", self.write_budgets, every_s=BUDGETS_EVERY_S)]
        if "monitor" in self.roles:
            found.append(Loop(parts, "score", self.score_alone, every_s=SCORED_EVERY_S, topics={"mention"}))
        return found

    async def repeat(self) -> None:
        """Make the copies of recurring posts whose time has come near; send back what nobody approved in time."""
        await make_due_copies(self.parts)
        await expire_unanswered(self.parts)

    async def moderate(self) -> None:
        """Hide and like what was asked for."""
        await do_due(self.parts)

    async def write_budgets(self) -> None:
        """Write down what the platforms told this process of their limits."""
        await self.parts.usage.flush(self.parts.db, self.parts.now())

    async def keep_accounts(self) -> None:
        """Renew tokens ahead of their end, and know each account's health before it is needed."""
        await keep_accounts(self.parts)

    async def collect(self) -> None:
        """Read the channels."""
        got = await self.collector.turn()
        if got.mentions:
            self.parts.bell.ring("mention")

    async def score(self) -> None:
        """Score what is new, then group it."""
        await self.score_alone()
        await self.group()

    async def score_alone(self) -> None:
        """Score what is new, with the head that was learned last or put back."""
        async with self.parts.db.read() as session:
            self.scorer.take(await active_head(session))
        await self.pipeline.scoring.turn()

    async def forget_labels(self) -> None:
        """A verdict on a text that is no more goes too."""
        async with self.parts.db.write() as session:
            await forget_dead(session)

    async def group(self) -> None:
        """Group what is scored, and open or raise incidents."""
        if await self.pipeline.group():
            self.parts.bell.ring("incident")

    async def forget(self) -> None:
        """Erase people's words that have had their time."""
        await forget_old_words(self.parts.db, self.parts.now(), self.settings.retention_days)

    async def watch(self) -> None:
        """One turn of the duty desk."""
        await watch(self.parts)

    async def weekly(self) -> None:
        """Issue the weekly summary if it is due and was not issued."""
        await issue_due(self.parts)

    async def beat(self) -> None:
        """Tell the outside watcher that Loa is well."""
        await call_watcher(self.parts)

    def _clock(self) -> AsyncIOScheduler:
        """APScheduler only rings at calendar times; a missed ring is caught up by the loop itself."""
        scheduler = AsyncIOScheduler(
            timezone=self.settings.tz,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(self._job_failed, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        if "duty" in self.roles:
            scheduler.add_job(self.parts.bell.ring, "cron", ["weekly"], day_of_week="mon", hour=7, id="weekly")
        scheduler.add_job(self.beat, "interval", seconds=60, id="heartbeat")
        return scheduler

    def _job_failed(self, event: object) -> None:
        log.error("clock_job_failed", job=getattr(event, "job_id", ""), error=str(getattr(event, "exception", "")))

    # -- chat -------------------------------------------------------------------------------------------------------

    async def chat_turn(self) -> None:
        """Connect when not connected (a dead chat must never keep posts from going out), then send what is due."""
        assert self.chat is not None, "the loop exists only with a chat"
        await self.chat.watch()
        connected = self.chat.running or await self._connect_chat(self.chat)
        await self._bot_route.note(self.chat.trouble)
        if not connected:
            return
        await self.chat.send_due()
        await self.chat.probe_chats()

    async def reserve(self) -> None:
        """Bring out by other ways what Telegram does not take."""
        await send_reserve(self.parts)

    async def _connect_chat(self, chat: DutyChat) -> bool:
        """Try once; after a failure not again before a while. Queued alerts wait in the store meanwhile."""
        clock = asyncio.get_running_loop().time
        if clock() < self._chat_not_before:
            return False
        try:
            await chat.start()
        except InvalidToken:
            log.error("chat_token_refused", hint="LOA_TELEGRAM_TOKEN: make a new one with BotFather")
        except TelegramError as error:
            hint = "check LOA_TELEGRAM_BASE_URL and the network; Loa tries again"
            log.error("chat_unreachable", error=type(error).__name__, hint=hint)
        else:
            return True
        await chat.stop()
        self._chat_not_before = clock() + CHAT_AGAIN_S
        return False
