"""`loa incident` as it is called: the same steps as in the console, by the same table."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.db import Database
from models.incident import Incident
from tests.bot.cli.conftest import Loa, refused
from tests.databases import sqlite_url

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def opened(office: Loa, tmp_path: Path) -> Loa:
    """The command where SC-0001 is new."""

    async def fill() -> None:
        db = Database(sqlite_url(tmp_path / "var" / "loa.db"))
        async with db.write() as session:
            row = Incident(
                id=1, organisation_id=1, level="high", harm=2, spread=2, field="KINH_TE",
                claim_text="kho muối cạn sạch", started_at=NOW, opened_at=NOW, updated_at=NOW,
            )  # fmt: skip
            session.add(row)
        await db.close()

    asyncio.run(fill())
    return office


def test_an_incident_is_walked_from_new_to_reviewed(opened: Loa) -> None:
    for step, why in (("ack", ""), ("verify", ""), ("watch", "ít người tin"), ("close", "yên"), ("review", "xong")):
        said = opened("incident", "move", "SC-0001", step, "--as", "truc", *(("--why", why) if why else ()))
        assert said.status == 0, said.err
    shown = opened("incident", "show", "1", "--as", "lanh").out
    assert "SC-0001 [CAO] Rút kinh nghiệm: kho muối cạn sạch" in shown and "ít người tin" in shown
    assert shown.index("ít người tin") < shown.index("xong")


def test_what_the_table_refuses_is_refused_here_too(opened: Loa) -> None:
    def move(step: str, login: str, *more: str) -> str:
        return refused(opened("incident", "move", "SC-0001", step, "--as", login, *more))

    assert "no such step" in move("corrected", "truc")
    assert "may not act" in move("ack", "soan")
    assert "lý do" in move("false_alarm", "truc")
    assert "no move from" in move("close", "truc", "--why", "yên")
    assert "Mới" in opened("incident", "show", "SC-0001", "--as", "truc").out
    refused(opened("incident", "show", "SC-0099", "--as", "truc"), "Không tìm thấy")
