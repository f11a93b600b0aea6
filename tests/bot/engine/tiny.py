"""A platform of a few lines over HTTP with its channel, and an office that posts there: quick enough for engines."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from aiohttp import web
from sqlmodel import col, func, select

from bot.parts import Actor, Parts
from channels.base import (
    COMMENT,
    AccountRef,
    Can,
    Channel,
    Content,
    Limits,
    Notes,
    Outgoing,
    SaveNotes,
    Sent,
    TextLimit,
)
from channels.errors import Rejected, Told
from channels.http import unclear, unreachable
from models.db import Database
from models.delivery import Attempt, Delivery
from models.office import Account, Organisation, Role, User
from models.post import Post, Priority, Variant
from models.states import DeliveryState, PostState

CALL_S, SETTLE_S = 10.0, 0.6
QUICK_S = 3.0


class TinyChannel(Channel):
    """Text only. `settings["url"]` is the platform's address."""

    kind: ClassVar[str] = "tiny"
    label: ClassVar[str] = "Tiny"
    limits: ClassVar[Limits] = Limits(text=TextLimit(500), settle_s=SETTLE_S, call_timeout_s=CALL_S)
    can: ClassVar[frozenset[Can]] = frozenset({Can.TEXT, Can.FIND_SENT})

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """The text as it is."""
        return Outgoing(channel=cls.kind, form="text", payload={"text": content.text})

    def prepares(self, out: Outgoing) -> bool:
        """Every post, in tests."""
        return True

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Knock at the platform's door: tests make it wait here."""
        await self._call("GET", "/ready", {}, writes=False)
        return notes

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Post the text."""
        return Sent(remote_id=(await self._call("POST", "/posts", dict(out.payload), writes=True))["id"])

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Look for the text."""
        found = (await self._call("GET", "/posts", dict(out.payload), writes=False))["id"]
        return Sent(remote_id=found) if found else None

    def has_extras(self, out: Outgoing) -> bool:
        """Texts that ask for it are pinned."""
        return str(out.payload["text"]).startswith("ghim")

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """Pin it."""
        await self._call("POST", "/pins", {"id": sent.remote_id}, writes=True)

    async def _call(self, method: str, path: str, data: Mapping[str, Any], *, writes: bool) -> Any:
        url = self.account.settings["url"] + path
        given: dict[str, Any] = {"json_body": data} if writes else {"params": data}
        answer = await self.door.call(method, url, writes=writes, timeout_s=self.limits.call_timeout_s, **given)
        if answer.status == 403:
            raise Rejected("not allowed", told=Told(vi="không được ghim", en="may not pin"), code="403")
        if answer.status != 200:
            raise (unclear if writes else unreachable)(f"status {answer.status}")
        return answer.data


class QuickChannel(TinyChannel):
    """Gives a call up soon, so that tests see what comes after its deadline."""

    kind = "quick"
    label = "Quick"
    limits = Limits(text=TextLimit(500), settle_s=SETTLE_S, call_timeout_s=QUICK_S)


class SpacedChannel(TinyChannel):
    """One post at a time on an account, half a second apart."""

    kind = "spaced"
    label = "Spaced"
    limits = Limits(text=TextLimit(500), settle_s=SETTLE_S, call_timeout_s=CALL_S, spacing_s=0.5)


class StepsChannel(TinyChannel):
    """Uploads in steps and tells of each."""

    kind = "steps"
    label = "Steps"
    STEPS: ClassVar[int] = 5

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Go on from the step that was told of last."""
        for step in range(int(notes.get("steps", "0")), self.STEPS):
            await self._call("GET", "/ready", {}, writes=False)
            notes = {"steps": str(step + 1)}
            await save_notes(notes)
        return notes


class FollowedChannel(TinyChannel):
    """A text, and a first comment under it where the writer gave one."""

    kind = "followed"
    label = "Followed"
    can = frozenset({*TinyChannel.can, Can.FIRST_COMMENT})

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """The text, under another one for a comment."""
        if content.options.get("form") == COMMENT:
            return Outgoing(cls.kind, COMMENT, {"text": f"{content.text} < {content.options['target']}"})
        return super().compose(content, account)

    @classmethod
    def follow_ups(cls, content: Content) -> Sequence[Content]:
        """The first comment."""
        said = content.options.get("first_comment", "")
        return [Content(said, options={"form": COMMENT})] if said else []


class BatchesChannel(TinyChannel):
    """Sends a text to three batches of receivers, one call each."""

    kind = "batches"
    label = "Batches"
    BATCHES: ClassVar[int] = 3

    @classmethod
    def rest(cls, out: Outgoing, notes: Notes) -> Notes | None:
        """The next batch."""
        batch = int(notes.get("batch", "1"))
        return {"batch": str(batch + 1)} if batch < cls.BATCHES else None

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Post the text with the batch's number."""
        text = f"{out.payload['text']} {notes.get('batch', '1')}"
        return Sent(remote_id=(await self._call("POST", "/posts", {"text": text}, writes=True))["id"])


CHANNEL_KINDS = (TinyChannel, QuickChannel, SpacedChannel, StepsChannel, FollowedChannel, BatchesChannel)


class Platform:
    """What was posted, in order. `open`/`answers`: tests close them to keep a prepare or an accepted post waiting."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.pins: list[str] = []
        self.pin_status = 200
        self.pin_asked, self.may_pin = asyncio.Event(), asyncio.Event()
        self.may_pin.set()
        self.times: dict[str, float] = {}
        self.ready, self.answers = asyncio.Event(), asyncio.Event()
        self.ready.set()
        self.answers.set()
        self.delay_s = 0.0
        self.knocked = asyncio.Event()
        self.knocks, self.free_knocks, self.step_s = 0, 0, 0.0
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Platform]:
        """Listen on a free port."""
        app = web.Application()
        app.add_routes([web.get("/ready", self._ready), web.post("/posts", self._post), web.get("/posts", self._find)])
        app.add_routes([web.post("/pins", self._pin)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.ready.set()
            self.answers.set()
            self.may_pin.set()
            await runner.cleanup()

    @property
    def twice(self) -> list[str]:
        """Texts that stand there more than once."""
        return [text for text, count in Counter(self.posts).items() if count > 1]

    async def _ready(self, request: web.Request) -> web.Response:
        self.knocked.set()
        self.knocks += 1
        await asyncio.sleep(self.step_s)
        if self.knocks > self.free_knocks:
            await self.ready.wait()
        return web.json_response({})

    async def _post(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        self.posts.append(text)
        self.times[text] = asyncio.get_running_loop().time()
        await asyncio.sleep(self.delay_s)
        await self.answers.wait()
        return web.json_response({"id": f"id {text}"})

    async def _pin(self, request: web.Request) -> web.Response:
        self.pin_asked.set()
        await self.may_pin.wait()
        if self.pin_status == 200:
            self.pins.append((await request.json())["id"])
        return web.json_response({}, status=self.pin_status)

    async def _find(self, request: web.Request) -> web.Response:
        text = request.query["text"]
        return web.json_response({"id": f"id {text}" if text in self.posts else ""})


async def office(parts: Parts, url: str, kind: str = "tiny", accounts: int = 1) -> list[int]:
    """An organisation with accounts at the platform; return the accounts' ids."""
    now = parts.now()
    async with parts.db.write() as session:
        if await session.get(Organisation, 1) is None:
            session.add(Organisation(id=1, name="Đơn vị mẫu"))
            await session.flush()
            session.add(User(id=1, organisation_id=1, login="truc", name="Trực", created_at=now))
            await session.flush()
        made = [
            Account(
                organisation_id=1, kind=kind, remote_id=f"{kind} {n}", name=f"{kind} {n}", settings={"url": url},
                sealed=parts.vault.seal({}), created_at=now,
            )
            for n in range(accounts)
        ]  # fmt: skip
        session.add_all(made)
        await session.flush()
        return [account.id or 0 for account in made]


PERSON = Actor(1, 1, frozenset({Role.EDITOR, Role.APPROVER, Role.DUTY, Role.ADMIN}))


async def queue(
    parts: Parts,
    texts: list[str],
    account: int,
    *,
    in_s: float = 0,
    priority: int = Priority.ROUTINE,
    nudge: bool = True,
) -> list[int]:
    """Approved posts, one delivery each, due in so many seconds, made in one transaction with their nudge."""
    now = parts.now()
    due = now + timedelta(seconds=in_s)
    async with parts.db.write() as session:
        kind = (await session.get_one(Account, account)).kind
        posts = [
            Post(
                organisation_id=1, title=text, state=PostState.SCHEDULED, due_at=due, created_at=now, updated_at=now,
                window_from=now, window_to=now + timedelta(days=1), content_hash=text,
            )
            for text in texts
        ]  # fmt: skip
        session.add_all(posts)
        await session.flush()
        variants = [Variant(post_id=p.id or 0, channel=kind, text=p.title) for p in posts]
        session.add_all(variants)
        await session.flush()
        made = [
            Delivery(
                post_id=v.post_id, variant_id=v.id or 0, account_id=account, channel=kind, priority=priority,
                due_at=due, next_at=due, form="text", composed={"text": v.text},
            )
            for v in variants
        ]  # fmt: skip
        session.add_all(made)
        await session.flush()
        ids = [d.id or 0 for d in made]
        if nudge:
            await parts.nudge(session, ids)
    parts.bell.ring("delivery")
    return ids


async def states(db: Database) -> Counter[str]:
    """How many deliveries are in which state."""
    async with db.read() as session:
        rows = await session.exec(select(Delivery.state, func.count()).group_by(col(Delivery.state)))
        return Counter(dict(rows.all()))


async def until(db: Database, within_s: float = 60.0, **wanted: int) -> Counter[str]:
    """Wait until so many deliveries are in these states; tolerates a database that restarts."""
    seen: Counter[str] = Counter()
    try:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    seen = await states(db)
                except Exception:  # noqa: BLE001  (it is down for a moment)
                    await asyncio.sleep(0.1)
                    continue
                if all(seen[state] >= count for state, count in wanted.items()):
                    return seen
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"wanted {wanted}, saw {dict(seen)}") from None


async def attempts(db: Database, delivery_id: int) -> list[Attempt]:
    """Every attempt at one delivery, in order."""
    async with db.read() as session:
        rows = await session.exec(
            select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(col(Attempt.number))
        )
        return list(rows.all())


async def row(db: Database, delivery_id: int) -> Delivery:
    """The delivery as it is stored now."""
    async with db.read() as session:
        return await session.get_one(Delivery, delivery_id)


SENT = DeliveryState.SENT
