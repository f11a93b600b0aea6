"""The parts the daemon is built from, handed to every room of `bot` as one argument."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.accounts.receivers import StoredReceivers
from bot.accounts.secrets import StoredSecrets
from bot.publishing.budget import UsageBook
from bot.settings import Settings
from bot.vault import Vault
from channels.base import AccountRef, Channel, Clock
from channels.http import Door
from channels.registry import open_channel
from models.db import Database
from models.office import Account, Role
from monitor.scoring.base import Scorer


def process_name() -> str:
    """Names this process in leases and claims: host, process id, and a random part, since ids are used again."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def real_now() -> datetime:
    """The machine's clock; the only place that reads it."""
    return datetime.now(UTC)


class Bell:
    """Rings when something changed: wakes the dispatcher, feeds the console's live page.

    Listeners get a topic ("delivery", "mention", "incident", "post"); a slow listener only loses duplicates.
    """

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()

    def ring(self, topic: str) -> None:
        """Tell every listener; never waits."""
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(topic)

    def listen(self) -> asyncio.Queue[str]:
        """Return a queue of topics; give it back with `leave`."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Stop listening."""
        self._listeners.discard(queue)


@dataclass(frozen=True)
class Actor:
    """Who acts, with which rights, from where. Made by the surface (console, chat, command line) after it checked
    who that is; the rules live in `bot.publishing` and `bot.duty`, never in the surface."""

    user_id: int
    organisation_id: int
    roles: frozenset[str]
    name: str = ""
    surface: str = "console"
    language: str = "vi"

    def has(self, *roles: Role) -> bool:
        """Say whether the person holds any of the roles; an admin does not count as all of them."""
        return any(role in self.roles for role in roles)


class Refused(Exception):
    """The office's rules forbid it. `vi`/`en` say why and what to do; `at` names the field that is to be put right,
    where it is one."""

    def __init__(self, vi: str, en: str, *, at: str = "") -> None:
        super().__init__(en)
        self.vi, self.en, self.at = vi, en, at

    def text(self, language: str) -> str:
        """The sentence in the reader's language."""
        return self.vi if language == "vi" else self.en


class NotFound(Refused):
    """No such thing in this organisation."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(f"Không tìm thấy {vi}.", f"There is no {en}.")


Nudge = Callable[[AsyncSession, Sequence[int]], Awaitable[None]]
"""Wakes the engine for these deliveries when the caller's transaction commits; if it does not, nothing happens."""


async def no_nudge(session: AsyncSession, delivery_ids: Sequence[int]) -> None:
    """Wake nobody: an engine finds by itself what is due, within a second."""


@dataclass
class Parts:
    """Everything a room needs. Built by `bot.daemon`, closed by it.

    `beats` says for each loop of this process until when its last good turn counts; `rounds` by when it comes round
    again, well or not, on the clock that nobody sets.
    """

    settings: Settings
    db: Database
    vault: Vault
    door: Door
    now: Clock
    scorer: Scorer
    bell: Bell = field(default_factory=Bell)
    process: str = field(default_factory=process_name)
    usage: UsageBook = field(default_factory=UsageBook)
    nudge: Nudge = no_nudge
    beats: dict[str, datetime] = field(default_factory=dict)
    rounds: dict[str, float] = field(default_factory=dict)

    def channel(self, account: Account) -> Channel:
        """Return the adapter for one account, with its secrets opened and token rotation saved."""
        stored = StoredSecrets(self.db, self.vault, self.now, account)
        ref = AccountRef(
            kind=account.kind,
            remote_id=account.remote_id,
            name=account.name,
            settings=account.settings,
            secrets=stored.secrets,
        )
        return open_channel(
            ref,
            door=self.door,
            endpoints=self.settings.endpoints,
            now=self.now,
            save_secrets=stored.save,
            load_secrets=stored.load,
            tell_usage=partial(self.usage.tell, account.id),
            receivers=StoredReceivers(self.db, self.vault, self.now, account),
        )
