"""The command line as it is called: words in, exit status and two streams out."""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.fernet import Fernet

from bot.cli import main
from bot.people import create_user
from models.db import Database
from models.office import Organisation
from tests.databases import sqlite_url

PASSWORD = "Mua-thu-1945"  # of pretended people
KEY = Fernet.generate_key().decode()
PEOPLE = {
    "admin": "admin",
    "soan": "author",
    "duyet": "approver",
    "truc": "oncall",
    "thay": "backup",
    "lanh": "leader",
}


@dataclass(frozen=True)
class Said:
    """What a command left: its status and what it wrote."""

    status: int
    out: str
    err: str


class Loa(Protocol):
    def __call__(self, *words: str, stdin: str = "") -> Said: ...


@pytest.fixture
def loa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Loa:
    """Call the command in the test's own empty folder."""
    monkeypatch.setattr("bot.cli.base.out._width", 200)  # tables wrap at the width that was there at the import
    monkeypatch.setenv("LOA_MODEL", "lexical")

    def call(*words: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["loa", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return call


@pytest.fixture(scope="session")
def kept_office(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Path:
    """The database of an office with one person a role, to be copied."""
    file = Path(shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("office") / "loa.db"))

    async def fill() -> None:
        db, at = Database(sqlite_url(file)), datetime(2026, 11, 1, tzinfo=UTC)
        async with db.write() as session:
            session.add(Organisation(name="Xã Mẫu", valid_from=at))
            await session.flush()
            for login, role in PEOPLE.items():
                await create_user(
                    session, organisation_id=1, login=login, name=login, password_hash="", roles=[role], at=at
                )
        await db.close()

    asyncio.run(fill())
    return file


@pytest.fixture
def office(loa: Loa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept_office: Path) -> Loa:
    """The command in the folder of an office that is set up."""
    (tmp_path / "var").mkdir()
    shutil.copy(kept_office, tmp_path / "var" / "loa.db")
    monkeypatch.setenv("LOA_SECRET_KEY", KEY)
    return loa


def refused(said: Said, *wanted: str) -> str:
    """The one line of a refusal, which holds these words."""
    assert said.status == 2, said
    assert len(said.err.strip().splitlines()) == 1, said.err
    for words in wanted:
        assert words in said.err
    return said.err
