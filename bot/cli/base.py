"""What every command shares: the screen, the parts without a daemon, who acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from bot.settings import BadSettings, Settings, read_settings

T = TypeVar("T")

out, err = Console(), Console(stderr=True)
As = Annotated[str, typer.Option("--as", help="Tên đăng nhập của người làm việc này / login of the person who acts")]


class Stop(Exception):
    """End with this message and status."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def settings_from_here(**overrides: object) -> Settings:
    from bot.logs import set_up_logs

    settings = read_settings(**overrides)
    set_up_logs(settings.log_level)
    return settings


@asynccontextmanager
async def parts_of(settings: Settings | None = None) -> AsyncIterator[Any]:
    """The parts without a daemon: database, vault, adapters. The model is not loaded."""
    from bot.parts import Parts, real_now
    from bot.vault import Vault
    from channels.http import Door
    from models.db import Database
    from monitor.scoring import open_scorer

    settings = settings or settings_from_here()
    if settings.secret_key is None:
        raise BadSettings("LOA_SECRET_KEY: missing. Make one with `loa init`.")
    db = Database(settings.database)
    try:
        await db.migrate()
        async with Door() as door:
            scorer = open_scorer("lexical")
            yield Parts(settings, db, Vault(settings.secret_key.get_secret_value()), door, real_now, scorer)
    finally:
        await db.close()


async def actor_of(parts: Any, login: str) -> Any:
    from dataclasses import replace

    from sqlmodel import col, select

    from bot.people import actor_for
    from models.office import User

    async with parts.db.read() as session:
        user = (await session.exec(select(User).where(User.login == login, col(User.active).is_(True)))).first()
        if user is None:
            raise Stop(f"--as {login}: no such person; see `loa user list`")
        return replace(await actor_for(session, user), surface="command line")


def as_person(login: str, work: Callable[[Any, Any], Awaitable[T]]) -> T:
    async def go() -> T:
        async with parts_of() as parts:
            return await work(parts, await actor_of(parts, login))

    return run(go())
