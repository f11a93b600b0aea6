"""A small office over a real database: parts, people, accounts on addresses where nothing listens."""

from __future__ import annotations

import asyncio
import functools
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlmodel import SQLModel

from bot.office_setup import add_account, create_organisation
from bot.parts import Actor, Parts
from bot.people import actor_for, create_user, new_password
from bot.settings import Settings, read_settings
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from models.office import Role
from monitor.scoring import open_scorer
from monitor.scoring.heads import load_heads
from tests.conftest import BEGIN, FakeClock
from tests.databases import sqlite_url

KEY = Fernet.generate_key().decode()
PASSWORD = "Mua-thu-1945"  # of pretended people
PEOPLE = {
    "author": (Role.AUTHOR,),
    "editor": (Role.EDITOR,),
    "approver": (Role.APPROVER,),
    "duty": (Role.DUTY,),
    "backup": (Role.BACKUP,),
    "speaker": (Role.SPOKESPERSON, Role.APPROVER),
    "admin": (Role.ADMIN,),
    "auditor": (Role.AUDITOR,),
}
ACCOUNTS = {
    "facebook": ("100001", {}, {"page_token": "tok-fb"}),
    "zalo": (
        "200002",
        {"app_id": "1", "author": "UBND"},
        {"access_token": "a", "refresh_token": "r", "app_secret": "s"},
    ),
    "viber": ("300003", {"product": "channel", "sender": "sup=="}, {"auth_token": "t-t-t"}),
    "youtube": ("UC4", {}, {"refresh_token": "r", "client_id": "c", "client_secret": "s"}),
}


@dataclass
class Office:
    """What a test needs: the parts, ids by name."""

    parts: Parts
    id: int
    people: dict[str, Actor] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)


@functools.cache
def _settings() -> Settings:
    """They are checked once: that takes a good part of a short test's time."""
    nowhere = "http://127.0.0.1:9"
    names = ("facebook", "facebook_video", "facebook_dialog", "zalo", "zalo_oauth", "viber", "youtube", "telegram")
    return read_settings(
        _env_file=None,
        secret_key=KEY,
        console_port=0,
        public_url="http://127.0.0.1:8080",
        duty_chat="-100",
        leaders_chat="-200",
        **{f"{name}_base_url": nowhere for name in names},
    )


@pytest.fixture
def settings(tmp_path: Path, migrated_sqlite: Path) -> Settings:
    """Settings of an office whose platforms are not there, over a fresh SQLite file."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    shutil.copy(migrated_sqlite, folder / "loa.db")
    return _settings().model_copy(update={"data_dir": folder})


@pytest.fixture(autouse=True, scope="session")
def _heads_read_once() -> Iterator[None]:
    """Nobody changes the shipped heads, and most tests open a scorer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.scoring.load_heads", functools.cache(load_heads))
        yield


@pytest.fixture
async def parts(settings: Settings, clock: FakeClock) -> AsyncIterator[Parts]:
    """Parts over the database of the settings."""
    db = Database(settings.database)
    async with Door() as door:
        yield Parts(settings, db, Vault(KEY), door, clock, open_scorer("lexical"))
    await db.close()


async def found_office(parts: Parts) -> Office:
    """An organisation with one person a role and one account a channel."""
    made = Office(parts, await create_organisation(parts, "Đơn vị mẫu", duty_chat="-100", leaders_chat="-200"))
    async with parts.db.write() as session:
        for login, roles in PEOPLE.items():
            user = await create_user(
                session,
                organisation_id=made.id,
                login=login,
                name=login.title(),
                password_hash=await new_password(login, PASSWORD),
                roles=list(roles),
                at=parts.now(),
            )
            made.people[login] = await actor_for(session, user)
    for kind, (remote_id, options, secrets) in ACCOUNTS.items():
        made.accounts[kind] = await add_account(
            parts, made.id, kind=kind, remote_id=remote_id, name=f"Mẫu {kind}", settings=options, secrets=secrets
        )
    return made


@dataclass(frozen=True)
class FoundedOffice:
    """An office that was founded once, and the rows that it is made of."""

    office: Office
    rows: list[tuple[sa.Table, list[dict[str, Any]]]]

    async def put_into(self, parts: Parts) -> Office:
        """Put the rows into an empty database: several times quicker than to found it anew for each test."""
        async with parts.db.write() as session:
            connection = await session.connection()
            for table, rows in self.rows:
                await connection.execute(table.insert(), rows)
                key = table.primary_key.columns[0]
                if not parts.db.is_sqlite and isinstance(key.type, sa.Integer) and len(table.primary_key.columns) == 1:
                    next_id = f"setval(pg_get_serial_sequence('{table.name}', '{key.name}'), max({key.name}))"
                    await connection.execute(sa.text(f"SELECT {next_id} FROM {table.name}"))
        return Office(parts, self.office.id, dict(self.office.people), dict(self.office.accounts))


@pytest.fixture(scope="session")
def founded_office(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> FoundedOffice:
    """What every test's office is a copy of."""
    folder = tmp_path_factory.mktemp("office")
    url = sqlite_url(Path(shutil.copy(migrated_sqlite, folder / "loa.db")))
    settings = read_settings(_env_file=None, data_dir=folder, secret_key=KEY, database_url=url)

    async def found() -> FoundedOffice:
        db = Database(url)
        parts = Parts(settings, db, Vault(KEY), Door(), lambda: BEGIN, open_scorer("lexical"))
        office = await found_office(parts)
        rows = []
        async with db.engine.connect() as connection:
            for table in SQLModel.metadata.sorted_tables:
                found = [dict(row) for row in (await connection.execute(table.select())).mappings()]
                if found:
                    rows.append((table, found))
        await db.close()
        return FoundedOffice(office, rows)

    with ThreadPoolExecutor(1) as thread:  # whoever asks first has a loop of its own
        return thread.submit(asyncio.run, found()).result()


@pytest.fixture
async def office(parts: Parts, founded_office: FoundedOffice) -> Office:
    """An organisation with one person a role and one account a channel."""
    return await founded_office.put_into(parts)
