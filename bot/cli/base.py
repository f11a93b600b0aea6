"""What every command shares: the screen, the parts without a daemon, who acts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.parts import Actor, Parts
    from models.office import Organisation

T = TypeVar("T")

out, err = Console(), Console(stderr=True)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
As = Annotated[str, typer.Option("--as", help="Tên đăng nhập của người làm việc này / login of the person who acts")]


def say(line: str) -> None:
    """Print one line as it is: not folded, since scripts read it too, and no bracket taken for a colour."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)


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
    from bot.keys import keep_lasting_keys
    from bot.parts import Parts, real_now
    from bot.vault import Vault
    from channels.http import Door
    from models.db import Database
    from monitor.scoring import open_scorer

    settings = settings or settings_from_here()
    vault = Vault(*settings.keys)
    db = Database(settings.database)
    try:
        await db.migrate()
        await keep_lasting_keys(db, vault)
        async with Door() as door:
            scorer = open_scorer("lexical")
            yield Parts(settings, db, vault, door, real_now, scorer)
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


# -- what several commands ask for ----------------------------------------------------------------------------------


async def office_of(parts: Parts, actor: Actor) -> Organisation:
    """The office of the person who acts."""
    from models.office import Organisation

    async with parts.db.read() as session:
        return await session.get_one(Organisation, actor.organisation_id)


async def office_named(parts: Parts, name: str) -> Organisation:
    """The office with this name or short name; without a name the only one."""
    from sqlmodel import col, select

    from models.office import Organisation

    async with parts.db.read() as session:
        offices = (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all()
    if not offices:
        raise Stop("no organisation yet: run `loa init`")
    found = [o for o in offices if not name or name in (o.name, o.short_name)]
    if len(found) != 1:
        names = ", ".join(o.name for o in offices)
        raise Stop(f"--organisation {name}: give one of: {names}".replace(" : ", ": "))
    return found[0]


def local_time(text: str, option: str, tz: ZoneInfo) -> datetime | None:
    """A time typed into an option, in the office's zone unless it names its own; None when empty."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Stop(f"{option} {text}: write it as 2026-11-25T08:30") from None
    if not 2000 <= at.year < 2100:
        raise Stop(f"{option} {text}: the year cannot be right")
    return at if at.tzinfo else at.replace(tzinfo=tz)


def clock(at: datetime | None, tz: tzinfo) -> str:
    """A time as it is printed; empty for none."""
    return f"{at.astimezone(tz):%d/%m/%Y %H:%M}" if at is not None else ""


def time_of_week(day: str, at: str) -> tuple[int, int]:
    """(weekday, minute of the day) from `--day mon --at 08:30`; Monday is 0."""
    if day.lower() not in WEEKDAYS:
        raise Stop(f"--day {day}: use one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(day.lower()), minute_of_day(at)


def minute_of_day(at: str) -> int:
    """Minutes since midnight from `--at 08:30`."""
    hour, colon, minute = at.partition(":")
    if not (colon and len(minute) == 2 and (hour + minute).isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise Stop(f"--at {at}: write it as 08:30")
    return int(hour) * 60 + int(minute)


def secret_word(given: str, variable: str) -> str:
    """A new password: as given, else asked at the terminal, else the first line of standard input."""
    if given:
        return given
    if sys.stdin.isatty():
        asked: str = typer.prompt("Mật khẩu / password", hide_input=True, confirmation_prompt=True)
        return asked
    if not (line := sys.stdin.readline().rstrip("\r\n")):
        raise Stop(f"no password: give it on standard input or in {variable}, or run this at a terminal")
    return line
