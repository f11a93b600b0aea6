"""An office whose accounts are at the stand-in platforms, over both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.office_setup import add_account
from bot.settings import Settings
from channels.sandbox.world import Credentials, Sandbox
from models.office import Account
from tests.bot.conftest import Office
from tests.conftest import FakeClock


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[Sandbox]:
    """The platforms, on the office's clock."""
    made = Sandbox(now=clock, seed=3)
    made.zalo.settle = made.zalo.settle * 0
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def settings(settings: Settings, database_url: str, sandbox: Sandbox, tmp_path: Path) -> Settings:
    """The office's settings: the stand-ins in the platforms' place."""
    places = {
        name.removeprefix("LOA_").lower(): url for name, url in sandbox.environment().items() if "TELEGRAM" not in name
    }
    return settings.model_copy(update={"database_url": database_url, "public_url": "", **places})


def credentials(sandbox: Sandbox, kind: str) -> Credentials:
    """What connects one account now."""
    return next(c for c in sandbox.credentials() if c.kind == kind)


async def connect(office: Office, sandbox: Sandbox, kind: str, **secrets: str) -> int:
    """Connect an account at its stand-in, or give it the tokens that are good now."""
    found = credentials(sandbox, kind)
    office.accounts[kind] = await add_account(
        office.parts,
        office.id,
        kind=kind,
        remote_id=found.remote_id,
        name=f"Mẫu {kind}",
        settings=found.settings,
        secrets={**found.secrets, **secrets},
    )
    return office.accounts[kind]


async def account_of(office: Office, kind: str) -> Account:
    """The account's row as it is now."""
    async with office.parts.db.read() as session:
        return await session.get_one(Account, office.accounts[kind])


@pytest.fixture
async def office(office: Office, sandbox: Sandbox) -> Office:
    """The office with its accounts at the stand-ins alone."""
    async with office.parts.db.write() as session:
        for account_id in office.accounts.values():
            await session.delete(await session.get_one(Account, account_id))
    for kind in list(office.accounts):
        await connect(office, sandbox, kind)
    return office
