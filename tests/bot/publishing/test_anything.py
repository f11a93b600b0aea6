"""Whatever people do, platforms answer, clocks show and processes die of, in any order: at most one visible post a
delivery, nothing that may not go out, and in the end every delivery is finished or with a person."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import col, select

from bot.accounts.standing import pause_account, release_held, resume_account
from bot.background import Background
from bot.engine.base import GROUP
from bot.engine.embedded import EmbeddedEngine
from bot.office_setup import add_account
from bot.parts import Actor, Parts, Refused
from bot.publishing.approval import approve_post, expire_unanswered, forward_post, return_post, submit_post
from bot.publishing.handing_in import hand_in
from bot.publishing.holds import place_hold, release_hold
from bot.publishing.queueing import (
    cancel_post,
    hold_post,
    release_post,
    reschedule_post,
    retry_delivery,
    settle_unknown,
)
from bot.publishing.writing import PostDraft, VariantDraft, revise_post
from bot.settings import Settings, read_settings
from bot.vault import Vault
from channels.base import Can
from channels.http import Door
from channels.registry import CHANNELS
from models.db import Database
from models.delivery import Delivery
from models.office import Account, Organisation, Role, User
from models.post import Post
from models.queue import HoldScope
from models.states import DeliveryState, IllegalMove, PostState
from monitor.scoring import open_scorer
from tests.bot.publishing.world import CHANNEL_KINDS, WORLD, Answer, World
from tests.databases import migrate, sqlite_url

BEGIN = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = Fernet.generate_key().decode()
KINDS = ("proof", "blind")
FIELDS = ("KHAC", "CHINH_SACH")
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.CHECKING)
MAY_DO = frozenset({Role.EDITOR, Role.AUTHOR, Role.DUTY, Role.ADMIN})
AUTHOR, APPROVER = Actor(1, 1, MAY_DO), Actor(2, 1, MAY_DO | {Role.APPROVER})
SCORER = open_scorer("lexical")

SCOPES = (
    (HoldScope.EVERYTHING, ""), (HoldScope.ORGANISATION, ""), (HoldScope.CHANNEL, "proof"), (HoldScope.TOPIC, "KHAC"),
)  # fmt: skip
STEPS = (
    *[timedelta(0)] * 3, timedelta(seconds=5), *[timedelta(seconds=70)] * 2, timedelta(minutes=10), timedelta(hours=2),
)  # fmt: skip
DEEDS = (
    *["publish"] * 5, *["time passes"] * 4, *["the process dies"] * 4, "edit", "approve", "reschedule", "hold",
    "release", "cancel", "scope", "pause", "connect", "settle", "retry",
)  # fmt: skip


T = TypeVar("T")


@dataclass
class Wish:
    """What people have said about one post: the versions of its texts, what was approved of it, what holds it."""

    number: int
    field: str
    due: datetime | None
    embargo: datetime | None
    versions: dict[str, int]
    approved: dict[str, int] | None = None
    approved_due: datetime | None = None
    approved_embargo: datetime | None = None
    held: bool = False
    settled: set[str] = field(default_factory=set)

    def text(self, kind: str) -> str:
        """The text of its variant as it is now."""
        return f"{self.number}/{kind}/{self.versions[kind]}"


@cache
def template() -> Path:
    """A SQLite file with an office of two people and one account a channel; made once."""
    file = Path(tempfile.mkdtemp(prefix="loa-anything-")) / "template.db"
    migrate(sqlite_url(file))

    async def fill() -> None:
        db = Database(sqlite_url(file))
        async with db.write() as session:
            session.add(Organisation(id=1, name="Đơn vị mẫu"))
            await session.flush()
            session.add_all(
                User(id=n, organisation_id=1, login=f"nguoi{n}", name=f"Người {n}", created_at=BEGIN) for n in (1, 2)
            )
            await session.flush()
            session.add_all(
                Account(
                    organisation_id=1, kind=kind, remote_id=kind, name=kind, sealed=Vault(KEY).seal({}),
                    created_at=BEGIN,
                )
                for kind in KINDS
            )  # fmt: skip
        await db.close()

    asyncio.run(fill())
    return file


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch) -> None:
    """The channels of this world are there in these tests alone, and nothing is logged, which costs more than all."""
    for channel in CHANNEL_KINDS:
        monkeypatch.setitem(CHANNELS, channel.kind, channel)
    structlog.configure(processors=[], wrapper_class=structlog.make_filtering_bound_logger(50))


class Publishing(RuleBasedStateMachine):
    """One office, two channels, any order."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.at = BEGIN
        self.folder = Path(tempfile.mkdtemp(prefix="loa-anything-"))
        self.file = Path(shutil.copy(template(), self.folder / "loa.db"))
        self.wishes: dict[int, Wish] = {}
        self.holds: dict[int, tuple[HoldScope, str]] = {}
        self.paused: set[str] = set()
        self.world = World(now=lambda: self.at, may_go=self.may_go)
        WORLD.append(self.world)
        self.be_born()

    # -- the process ------------------------------------------------------------------------------------------------

    def be_born(self) -> None:
        """A new process on the same file."""
        config: Settings = read_settings(
            _env_file=None, data_dir=self.folder / "var", secret_key=KEY, database_url=sqlite_url(self.file),
            deliveries_at_once=1,
        )  # fmt: skip
        self.parts = Parts(config, Database(config.database), Vault(KEY), Door(), lambda: self.at, SCORER)
        self.background = Background()
        self.engine = EmbeddedEngine(self.parts, self.background)
        dialect = self.parts.db.engine.sync_engine.dialect
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            self.world.step()
            commit(connection)

        dialect.do_commit = do_commit  # type: ignore[method-assign]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the machine's own loop."""
        return self.runner.run(work)

    async def die(self) -> None:
        """What is left of a dead process: nothing but its file."""
        await self.background.drain(GROUP, 0)
        await self.parts.door.close()
        await self.parts.db.close()

    def teardown(self) -> None:
        """Every example ends well: people let go what they hold, platforms answer, and time goes on."""
        try:
            self.come_to_an_end()
        finally:
            self.run(self.die())
            self.runner.close()
            WORLD.remove(self.world)
            shutil.rmtree(self.folder)

    # -- what may go out --------------------------------------------------------------------------------------------

    def may_go(self, text: str) -> str:
        """Why a text must not be sent now; empty when it may."""
        number, kind, version = text.split("/")
        wish = next(w for w in self.wishes.values() if w.number == int(number))
        if wish.approved is None or wish.approved.get(kind) != int(version):
            return f"sent, but approved is {wish.approved}"
        if wish.held or kind in self.paused or any(self.covers(h, wish, kind) for h in self.holds.values()):
            return "sent while held"
        if wish.approved_embargo is not None and self.at < wish.approved_embargo:
            return f"sent under embargo until {wish.approved_embargo}"
        if wish.approved_due is not None and self.at < wish.approved_due:
            return f"sent before its time {wish.approved_due}"
        if self.world.seen(kind, text):
            return "sent again while it stands there"
        return ""

    @staticmethod
    def covers(hold: tuple[HoldScope, str], wish: Wish, kind: str) -> bool:
        """Whether a hold of a scope stops this."""
        scope, key = hold
        return scope in (HoldScope.EVERYTHING, HoldScope.ORGANISATION) or key in (kind, wish.field)

    @invariant()
    def nothing_forbidden_was_sent(self) -> None:
        """The platform noted nothing."""
        assert not self.world.violations, self.world.violations

    @invariant()
    def nothing_stands_there_twice(self) -> None:
        """At most one visible post a delivery, whatever its versions."""
        found = [(kind, text.split("/")[0]) for kind, text in self.world.posts]
        assert len(found) == len(set(found)), self.world.posts

    # -- people -----------------------------------------------------------------------------------------------------

    def try_to(self, work: Coroutine[Any, Any, object]) -> bool:
        """Do what a person wants; False when the rules forbid it."""
        try:
            self.run(work)
        except (Refused, IllegalMove):
            return False
        return True

    async def state(self, post_id: int) -> Post:
        """The post as it is stored."""
        async with self.parts.db.read() as session:
            return await session.get_one(Post, post_id)

    async def deliveries(self) -> list[tuple[Delivery, Post]]:
        """Every delivery."""
        async with self.parts.db.read() as session:
            query = select(Delivery, Post).join(Post, col(Post.id) == Delivery.post_id).order_by(col(Delivery.id))
            return list((await session.exec(query)).all())

    def draft(self, wish: Wish) -> PostDraft:
        """What the author would type."""
        window = (wish.due, wish.due + timedelta(hours=2)) if wish.due else (None, None)
        return PostDraft(
            title=f"bài {wish.number}", field=wish.field, locality="", due_at=wish.due, embargo_until=wish.embargo,
            window_from=window[0], window_to=window[1],
            variants={kind: VariantDraft(text=wish.text(kind)) for kind in wish.versions},
        )  # fmt: skip

    @rule(
        deed=st.sampled_from(DEEDS),
        which=st.integers(0, 9),
        kinds=st.sampled_from([("proof",), ("blind",), KINDS]),
        topic=st.sampled_from(FIELDS),
        due=st.sampled_from([None, None, 0, 20]),
        embargo=st.sampled_from([None, None, None, 30]),
        minutes=st.sampled_from([5, 60, 600]),
        scope=st.sampled_from(SCOPES),
        step=st.sampled_from(STEPS),
        answers=st.lists(st.sampled_from(list(Answer)), min_size=1, max_size=4),
        dies_after=st.integers(0, 14),
    )
    def something_happens(self, deed: str, which: int, **words: Any) -> None:
        """One deed of a person, or of the world. One rule for all: the more a deed is worth, the oftener it stands in
        the list, and every example has all of them."""
        if deed == "publish":
            self.publish(words["kinds"], words["topic"], words["due"], words["embargo"])
        elif deed == "time passes":
            self.wait(words["step"])
            self.go_on(words["answers"], None)
        elif deed == "the process dies":
            self.wait(words["step"])
            self.go_on(words["answers"], words["dies_after"])
        elif deed == "scope":
            self.hold_or_release_scope(words["scope"])
        elif deed == "pause":
            self.pause(KINDS[which % len(KINDS)])
        elif deed in ("connect", "settle", "retry"):
            getattr(self, deed)()
        elif self.wishes:
            self.act(deed, list(self.wishes)[-1 - which % len(self.wishes)], words)

    def act(self, deed: str, post_id: int, words: dict[str, Any]) -> None:
        """Somebody does something about a post."""
        if deed == "edit":
            self.edit(post_id, words["kinds"], words["embargo"])
        elif deed == "reschedule":
            self.reschedule(post_id, words["minutes"])
        else:
            getattr(self, deed)(post_id)

    def publish(self, kinds: tuple[str, ...], topic: str, due: int | None, embargo: int | None) -> None:
        """An author hands a post in, and an approver says yes."""
        self.approve(self.write(kinds, topic, due, embargo))

    def write(self, kinds: tuple[str, ...], topic: str, due: int | None, embargo: int | None) -> int:
        """An author hands a post in."""
        at = None if due is None else self.at + timedelta(minutes=due)
        until = None if embargo is None else self.at + timedelta(minutes=embargo)
        if at is not None and until is not None:
            at = max(at, until)
        wish = Wish(len(self.wishes) + 1, topic, at, until, dict.fromkeys(kinds, 1))
        post_id = self.run(hand_in(self.parts, AUTHOR, self.draft(wish)))
        self.wishes[post_id] = wish
        return post_id

    def approve(self, post_id: int) -> None:
        """An approver says yes to what is there."""
        wish, post = self.wishes[post_id], self.run(self.state(post_id))
        before = wish.approved, wish.approved_due, wish.approved_embargo
        wish.approved, wish.approved_due, wish.approved_embargo = dict(wish.versions), wish.due, wish.embargo
        if not self.try_to(approve_post(self.parts, APPROVER, post_id, post.content_hash)):
            wish.approved, wish.approved_due, wish.approved_embargo = before

    def edit(self, post_id: int, kinds: tuple[str, ...], embargo: int | None) -> None:
        """An author changes some of the texts, or when they may be read, and hands the post in again."""
        wish = self.wishes[post_id]
        before = dict(wish.versions), wish.embargo, wish.due
        wish.versions = {kind: n + (kind in kinds) for kind, n in wish.versions.items()}
        if embargo is not None:
            wish.embargo = self.at + timedelta(minutes=embargo)
            wish.due = max(wish.due, wish.embargo) if wish.due else None
        if not self.try_to(revise_post(self.parts, AUTHOR, post_id, self.draft(wish))):
            wish.versions, wish.embargo, wish.due = before
            return
        wish.approved = None
        self.try_to(submit_post(self.parts, AUTHOR, post_id))

    def reschedule(self, post_id: int, minutes: int) -> None:
        """An author moves the post; outside its window that needs a new yes."""
        wish, before = self.wishes[post_id], self.run(self.state(post_id))
        due = self.at + timedelta(minutes=minutes)
        if self.try_to(reschedule_post(self.parts, AUTHOR, post_id, due)):
            wish.due = due
            if before.window_from is not None and before.window_from <= due <= before.window_to:  # type: ignore[operator]
                wish.approved_due = due if wish.approved else None
            if self.run(self.state(post_id)).version != before.version:
                wish.approved = None

    def hold(self, post_id: int) -> None:
        """Somebody stops a post."""
        if self.try_to(hold_post(self.parts, AUTHOR, post_id, "xem lại")):
            self.wishes[post_id].held = True

    def release(self, post_id: int) -> None:
        """Somebody lets it go on; past its approved time another than its author must."""
        if any(self.try_to(release_post(self.parts, person, post_id)) for person in (AUTHOR, APPROVER)):
            self.wishes[post_id].held = False

    def cancel(self, post_id: int) -> None:
        """Somebody takes it out of the queue."""
        if self.try_to(cancel_post(self.parts, AUTHOR, post_id)):
            self.wishes[post_id].approved, self.wishes[post_id].held = None, False

    def hold_or_release_scope(self, scope: tuple[HoldScope, str]) -> None:
        """Somebody stops many, or lets them go on."""
        if self.holds:
            self.release_scope()
        else:
            self.hold_scope(scope)

    def hold_scope(self, scope: tuple[HoldScope, str]) -> None:
        """Somebody stops many."""
        self.holds[self.run(place_hold(self.parts, AUTHOR, *scope, reason="có tin giả"))] = scope

    def release_scope(self) -> None:
        """And lets them go on."""
        hold, _ = self.holds.popitem()
        self.run(release_hold(self.parts, AUTHOR, hold))

    def pause(self, kind: str) -> None:
        """Somebody pauses an account, or resumes it."""
        number = KINDS.index(kind) + 1
        if kind in self.paused:
            self.run(resume_account(self.parts, AUTHOR, number))
            self.paused.discard(kind)
        else:
            self.run(pause_account(self.parts, AUTHOR, number, "bảo trì"))
            self.paused.add(kind)

    def connect(self) -> None:
        """An administrator connects what is lost."""
        for kind in sorted(self.world.dead_accounts):
            work = add_account(
                self.parts, 1, kind=kind, remote_id=kind, name=kind, settings={}, secrets={"token": str(self.at)}
            )
            self.run(work)
        self.world.dead_accounts.clear()
        accounts = self.run(self.accounts())
        self.paused = {account.kind for account in accounts if account.status == "paused"}
        self.run(release_held(self.parts))

    async def accounts(self) -> list[Account]:
        """Every account."""
        async with self.parts.db.read() as session:
            return list((await session.exec(select(Account))).all())

    def settle(self) -> None:
        """A person looks at the channels and says of everything unknown whether it is there."""
        for delivery, _ in self.run(self.deliveries()):
            if delivery.state == DeliveryState.UNKNOWN:
                there = bool(self.world.seen(delivery.channel, str(delivery.composed["text"])))
                number = delivery.id or 0
                people = (AUTHOR, APPROVER)
                assert any(self.try_to(settle_unknown(self.parts, who, number, there=there)) for who in people)

    def retry(self) -> None:
        """A person puts back whatever the rules let be put back."""
        for delivery, _ in self.run(self.deliveries()):
            any(self.try_to(retry_delivery(self.parts, who, delivery.id or 0)) for who in (AUTHOR, APPROVER))

    # -- the engine, the platform and the clock ---------------------------------------------------------------------

    def go_on(self, answers: list[Answer], steps: int | None) -> None:
        """The engine delivers what is due; with `steps` its process dies after so many."""
        self.world.answers, self.world.steps_left = answers, steps
        self.run(self.deliver())
        self.world.answers, self.world.steps_left = [], None

    async def deliver(self) -> None:
        """Until nothing is due, or the process is dead."""
        try:
            await self.engine.drain()
        except asyncio.CancelledError:
            assert self.world.dead
        if self.world.dead:
            await self.die()
            self.be_born()

    def wait(self, step: timedelta) -> None:
        """Time goes on."""
        self.at += step
        self.run(expire_unanswered(self.parts))

    # -- the end ----------------------------------------------------------------------------------------------------

    def come_to_an_end(self) -> None:
        """Nothing is left open: it is finished, or a person reads what to do."""
        while self.holds:
            self.release_scope()
        for kind in sorted(self.paused):
            self.pause(kind)
        for post_id, wish in self.wishes.items():
            if wish.held:
                self.release(post_id)
        self.connect()
        self.until_nothing_is_open()
        self.nothing_forbidden_was_sent()
        self.nothing_stands_there_twice()
        for delivery, post in self.run(self.deliveries()):
            self.is_settled(delivery, post)

    def until_nothing_is_open(self) -> None:
        """Step from one thing to the next."""
        for _ in range(60):
            self.go_on([], None)
            waiting = [d for d, p in self.run(self.deliveries()) if d.state in OPEN and self.is_on_its_way(p)]
            if not waiting:
                return
            self.at = max(self.at + timedelta(seconds=61), min(d.next_at for d in waiting))
        raise AssertionError([(d.state, d.next_at, d.error_vi, p.state) for d, p in self.run(self.deliveries())])

    @staticmethod
    def is_on_its_way(post: Post) -> bool:
        """A delivery of a post that waits for people waits with it."""
        return post.state in (PostState.SCHEDULED, PostState.GOING_OUT, PostState.PARTLY_FAILED)

    def is_settled(self, delivery: Delivery, post: Post) -> None:
        """Its end is the truth, or a person is told."""
        text = str(delivery.composed["text"])
        seen = self.world.seen(delivery.channel, text)
        told = f"{text}: {delivery.state} ({delivery.error_vi}), post {post.state}, seen {seen}"
        if delivery.state == DeliveryState.SENT:
            assert seen == 1, told
        elif delivery.state in (DeliveryState.UNKNOWN, DeliveryState.REFUSED, DeliveryState.HELD):
            assert seen == 0 or delivery.state == DeliveryState.UNKNOWN, told
            assert delivery.error_vi or delivery.held_by, told
            assert delivery.state != DeliveryState.UNKNOWN or not can_be_read(delivery.channel), told
        else:
            assert seen == 0, told
            assert delivery.state == DeliveryState.CANCELLED or not self.is_on_its_way(post), told


def can_be_read(kind: str) -> bool:
    """Whether a person must look."""
    return Can.FIND_SENT in CHANNELS[kind].can


def test_what_was_in_flight_when_its_post_was_cancelled_is_not_sent_again() -> None:
    """Found by hand; whatever the machine finds stays here as well."""
    for answer in (Answer.LOST, Answer.LATE, Answer.TAKEN_UNTOLD):
        machine = Publishing()
        post_id = machine.write(("proof",), "KHAC", None, None)
        machine.approve(post_id)
        machine.go_on([answer], None)
        machine.hold(post_id)
        machine.cancel(post_id)
        for _ in range(4):
            machine.wait(timedelta(seconds=70))
            machine.go_on([], None)
            machine.retry()
        ((delivery, post),) = machine.run(machine.deliveries())
        out = answer is not Answer.LOST
        assert delivery.state == (DeliveryState.SENT if out else DeliveryState.CANCELLED)
        assert post.state == (PostState.PUBLISHED if out else PostState.RETRACTED)
        machine.teardown()


def test_a_yes_does_not_lift_a_hold() -> None:
    machine = Publishing()
    post_id = machine.write(("proof",), "KHAC", None, None)
    machine.hold(post_id)
    machine.approve(post_id)
    assert not machine.try_to(submit_post(machine.parts, AUTHOR, post_id))
    assert not machine.try_to(forward_post(machine.parts, AUTHOR, post_id))
    assert not machine.try_to(return_post(machine.parts, APPROVER, post_id, "sửa lại"))
    machine.go_on([], None)
    assert machine.run(machine.state(post_id)).state == PostState.HELD
    machine.release(post_id)
    machine.approve(post_id)
    machine.go_on([], None)
    assert machine.run(machine.state(post_id)).state == PostState.PUBLISHED
    machine.teardown()


def test_an_embargo_that_is_new_after_a_refusal_holds() -> None:
    machine = Publishing()
    post_id = machine.write(("proof",), "KHAC", None, None)
    machine.approve(post_id)
    machine.go_on([Answer.REFUSED], None)
    machine.edit(post_id, ("proof",), 30)
    machine.approve(post_id)
    ((delivery, _),) = machine.run(machine.deliveries())
    assert delivery.embargo_until == machine.at + timedelta(minutes=30)
    machine.teardown()


Publishing.TestCase.settings = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "12")),
    stateful_step_count=40,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestAnything: Callable[..., Any] = pytest.mark.slow(Publishing.TestCase)
