"""A small office over a real database: parts, people, accounts on addresses where nothing listens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from bot.office_setup import add_account, create_organisation
from bot.parts import Actor, Parts
from bot.people import actor_for, create_user, new_password
from bot.settings import Settings, read_settings
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from models.office import Role
from monitor.scoring import open_scorer
from tests.conftest import FakeClock

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


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2 with the least work: its strength is the library's affair, and tests make hundreds of people."""
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr("bot.people._hasher", quick)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an office whose platforms are not there."""
    nowhere = "http://127.0.0.1:9"
    names = ("facebook", "facebook_video", "facebook_dialog", "zalo", "zalo_oauth", "viber", "youtube", "telegram")
    return read_settings(
        _env_file=None,
        data_dir=tmp_path / "var",
        secret_key=Fernet.generate_key().decode(),
        console_port=0,
        public_url="http://127.0.0.1:8080",
        duty_chat="-100",
        leaders_chat="-200",
        **{f"{name}_base_url": nowhere for name in names},
    )


@pytest.fixture
async def parts(settings: Settings, clock: FakeClock) -> AsyncIterator[Parts]:
    """Parts over a fresh SQLite file."""
    db = Database(settings.database)
    await db.migrate()
    assert settings.secret_key is not None
    async with Door() as door:
        yield Parts(settings, db, Vault(settings.secret_key.get_secret_value()), door, clock, open_scorer("lexical"))
    await db.close()


@pytest.fixture
async def office(parts: Parts) -> Office:
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
