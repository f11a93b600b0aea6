"""A day with faults: real adapters, engine and store; the platforms' clocks are right, Loa's own may be wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlmodel import col, select

from bot.background import Background
from bot.demo.office import Office, set_up
from bot.engine.embedded import EmbeddedEngine
from bot.parts import Parts
from bot.settings import read_settings
from bot.vault import Vault
from channels.http import Door
from channels.sandbox.world import Sandbox
from models.db import Database
from models.delivery import Delivery
from models.office import Account
from models.post import Post
from models.states import DeliveryState
from monitor.scoring import open_scorer
from tests.crash.child import OPEN
from tests.crash.forms import Form, files, queue, shown

BEGIN = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@dataclass
class Times:
    """The right time, and how far Loa's own clock is ahead of it."""

    at: datetime = BEGIN
    skew: timedelta = timedelta(0)

    def right(self) -> datetime:
        """The platforms' clock."""
        return self.at

    def ours(self) -> datetime:
        """Loa's clock."""
        return self.at + self.skew


@dataclass
class Day:
    """What a test of faults needs."""

    times: Times
    sandbox: Sandbox
    folder: Path
    parts: Parts
    engine: EmbeddedEngine
    office: Office

    async def queue(self, form: Form) -> int:
        """Bring a post into the queue, due at once; return its delivery."""
        post_id = await queue(self.parts, self.office.people, form, self.folder)
        async with self.parts.db.read() as session:
            found = (await session.exec(select(Delivery.id).where(Delivery.post_id == post_id))).one()
        assert found is not None
        return found

    async def row(self, delivery_id: int) -> Delivery:
        """A delivery as it is stored now."""
        async with self.parts.db.read() as session:
            return await session.get_one(Delivery, delivery_id)

    async def account(self, kind: str) -> Account:
        """An account as it is stored now."""
        async with self.parts.db.read() as session:
            return await session.get_one(Account, self.office.accounts[kind])

    async def rows(self) -> Mapping[str, Delivery]:
        """Every delivery by its post's title."""
        async with self.parts.db.read() as session:
            query = select(Post.title, Delivery).join(Delivery, col(Delivery.post_id) == Post.id)
            return dict((await session.exec(query)).all())

    def shown(self, form: Form) -> int:
        """How often a post stands on its platform."""
        return shown(self.sandbox, form.channel, form.mark)

    async def go_on(self, hours: float = 100) -> None:
        """Deliver, and step the clock to whatever is next, until nothing is open or so many hours are over."""
        times, until = self.times, self.times.at + timedelta(hours=hours)
        while True:
            await self.engine.drain()
            async with self.parts.db.read() as session:
                first = sa.func.min(Delivery.next_at)
                next_at = (await session.exec(select(first).where(col(Delivery.state).in_(OPEN)))).one()
            if next_at is None or times.at >= until:
                return
            times.at = max(next_at - times.skew, times.at + timedelta(seconds=1))


@asynccontextmanager
async def a_day(folder: Path, database_url: str) -> AsyncIterator[Day]:
    """Start the platforms and set the office up."""
    async with files(folder) as pictures, Door() as door:
        times = Times()
        sandbox = Sandbox(now=times.right, seed=7)
        sandbox.zalo.settle = timedelta(0)  # its conversion is waited for inside one call, on the real clock
        sandbox.facebook.processing = sandbox.youtube.processing = timedelta(seconds=1)
        settings = read_settings(
            _env_file=None, data_dir=str(folder / "var"), secret_key=Fernet.generate_key().decode(),
            database_url=database_url, public_url=pictures,
        )  # fmt: skip
        assert settings.secret_key is not None
        db, vault = Database(database_url), Vault(settings.secret_key.get_secret_value())
        parts = Parts(settings, db, vault, door, times.ours, open_scorer("lexical"))
        day = Day(times, sandbox, folder, parts, EmbeddedEngine(parts, Background()), Office(0))
        await sandbox.start()
        parts.settings = settings.model_copy(
            update={k.removeprefix("LOA_").lower(): v for k, v in sandbox.environment().items()}
        )
        day.office = await set_up(parts, sandbox)
        yield day
        await sandbox.stop()
        await db.close()


def is_told(row: Delivery) -> bool:
    """True when a person reads in both languages why it stands and what to do."""
    return len(row.error_vi) > 20 and len(row.error_en) > 10 and row.error_vi != row.error_en


def is_settled(row: Delivery) -> bool:
    """True for an end, or what waits for a person who is told."""
    return row.state == DeliveryState.SENT or (row.state not in OPEN and is_told(row))
