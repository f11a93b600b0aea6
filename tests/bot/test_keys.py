"""The secret key is changed: everything opens all the time, authors stay who they are, a kill is mended."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlmodel import SQLModel

import models.tables as tables
from bot import keys
from bot.keys import UnknownKey, count_sealed, keep_lasting_keys, rotate, sealed_columns
from bot.parts import Parts, Refused
from bot.publishing.content import MediaAddress
from bot.settings import BadSettings, Settings, read_settings
from bot.vault import Vault, WrongKey
from models.db import Database
from models.mention import Mention, ReplyAddress
from models.office import Account
from tests.bot.conftest import KEY, Office

NEW = Fernet.generate_key().decode()


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    return settings.model_copy(update={"database_url": database_url})


def with_vault(parts: Parts, *named: str) -> Parts:
    return Parts(parts.settings, parts.db, Vault(*named), parts.door, parts.now, parts.scorer)


async def sealed_rows(db: Database) -> list[bytes]:
    found: list[bytes] = []
    async with db.read() as session:
        connection = await session.connection()
        for column in sealed_columns():
            found += [bytes(row[0]) for row in (await connection.execute(sa.select(column))).all()]
    return found


async def fill(office: Office, rows: int) -> None:
    """Addresses of citizens beside the four accounts and the lasting keys."""
    parts = office.parts
    await keep_lasting_keys(parts.db, parts.vault)
    async with parts.db.write() as session:
        for number in range(rows):
            mention = Mention(
                organisation_id=office.id, account_id=office.accounts["zalo"], channel="zalo", remote_id=f"m{number}",
                text="?", written_at=parts.now(), fetched_at=parts.now(),
            )  # fmt: skip
            session.add(mention)
            await session.flush()
            session.add(
                ReplyAddress(
                    mention_id=mention.id or 0,
                    sealed=parts.vault.seal({"user_id": str(number)}),
                    delete_after=parts.now() + timedelta(days=7),
                )
            )


async def test_everything_sealed_is_sealed_anew_and_no_author_becomes_another(office: Office) -> None:
    await fill(office, 7)
    before = office.parts.vault
    author = before.author_hash("zalo", "u1", 3)
    address = MediaAddress("https://loa.example", before.signing_key)._sign("a.jpg", 9)
    parts = with_vault(office.parts, NEW, KEY)
    await keep_lasting_keys(parts.db, parts.vault)
    steps: list[int] = []
    assert await rotate(parts, office.people["admin"], steps.append) == 13
    assert sum(steps) == await count_sealed(parts) == 13
    alone = Vault(NEW)
    await keep_lasting_keys(parts.db, alone)
    assert all(alone.open(sealed) for sealed in await sealed_rows(parts.db))
    assert alone.author_hash("zalo", "u1", 3) == author
    assert MediaAddress("https://loa.example", alone.signing_key)._sign("a.jpg", 9) == address
    with pytest.raises(WrongKey):
        await keep_lasting_keys(parts.db, Vault(KEY))
    assert await rotate(parts, office.people["admin"]) == 0, "run again it has nothing to do"


async def test_an_office_from_before_keeps_its_hashes_though_the_key_changes_first(office: Office) -> None:
    """Nothing is kept in its database yet when it starts with the new key for the first time."""
    author = Vault(KEY).author_hash("facebook", "u1", 3)
    vault = Vault(NEW, KEY)
    await keep_lasting_keys(office.parts.db, vault)
    later = Vault(NEW)
    await keep_lasting_keys(office.parts.db, later)
    assert vault.author_hash("facebook", "u1", 3) == later.author_hash("facebook", "u1", 3) == author


async def test_killed_in_the_middle_both_keys_are_needed_and_again_is_enough(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(office, 9)
    monkeypatch.setattr(keys, "AT_ONCE", 3)
    parts, steps = with_vault(office.parts, NEW, KEY), list[int]()

    def killed(rows: int) -> None:
        steps.append(rows)
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rotate(parts, office.people["admin"], killed)
    alone, some = Vault(NEW), await sealed_rows(parts.db)
    opened = [s for s in some if parts.vault.open(s) is not None]
    assert len(opened) == len(some) == 15
    with pytest.raises(WrongKey):
        [alone.open(sealed) for sealed in some]
    assert 0 < await rotate(parts, office.people["admin"]) < 15
    assert all(alone.open(sealed) for sealed in await sealed_rows(parts.db))


async def test_a_pair_that_was_renewed_meanwhile_is_not_put_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon stores a new token between the look and the write: that one is sealed anew, not the old one."""
    parts, zalo = with_vault(office.parts, NEW, KEY), office.accounts["zalo"]
    await keep_lasting_keys(parts.db, parts.vault)
    looked = keys._rotate_rows

    async def slowly(parts: Parts, column: sa.Column, rows: list) -> int:  # type: ignore[type-arg]
        if column.table.name == "account" and any(row == zalo for row, _ in rows):
            monkeypatch.setattr(keys, "_rotate_rows", looked)
            async with parts.db.write() as session:
                (await session.get_one(Account, zalo)).sealed = Vault(KEY).seal({"access_token": "newest"})
        return await looked(parts, column, rows)

    monkeypatch.setattr(keys, "_rotate_rows", slowly)
    await rotate(parts, office.people["admin"])
    async with parts.db.read() as session:
        assert Vault(NEW).open((await session.get_one(Account, zalo)).sealed) == {"access_token": "newest"}


async def test_a_row_that_no_key_opens_is_named(office: Office) -> None:
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["viber"])).sealed = Vault(Fernet.generate_key().decode()).seal(
            {"auth_token": "x"}
        )
    parts = with_vault(office.parts, NEW, KEY)
    with pytest.raises(UnknownKey, match=f"no named key opens account {office.accounts['viber']};"):
        await rotate(parts, office.people["admin"])
    with pytest.raises(Refused):
        await rotate(parts, office.people["editor"])


def test_every_table_has_its_sealed_things_where_a_rotation_finds_them() -> None:
    assert tables.__all__
    found = {column.table.name for column in sealed_columns()}
    assert {"account", "replyaddress", "lastingkey"} <= found
    for column in sealed_columns():
        assert len(column.table.primary_key.columns) == 1, column
    binary = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary) and column.name != "sealed"
    }
    numbers = {"mention.vector", "claim.vector", "label.vector", "knownsentence.vector", "learnedhead.weights"}
    assert binary <= numbers, "whatever the vault seals lies in a column `sealed`"


def test_old_keys_are_settings() -> None:
    settings = read_settings(_env_file=None, secret_key=NEW, old_secret_keys=f"{KEY}, {NEW}")
    assert settings.keys == (NEW, KEY, NEW)
    assert KEY not in repr(settings)
    with pytest.raises(BadSettings, match="LOA_OLD_SECRET_KEYS: must be a key made by `loa init`"):
        read_settings(_env_file=None, secret_key=NEW, old_secret_keys="short")
