"""What is claimed is carried, whatever the next claim meets; a place is given back once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.engine import carrier
from bot.engine.base import GROUP
from bot.engine.carrier import Carrier
from bot.publishing.claim import claim_due
from bot.publishing.in_flight import InFlight
from bot.publishing.settle import overdue_ids
from models.db import DatabaseAway
from tests.bot.engine.conftest import KEY
from tests.bot.engine.hosts import make_host
from tests.bot.engine.tiny import SENT, Platform, office, queue, row


async def test_what_was_claimed_before_the_database_went_away_is_carried(
    sqlite_database: str, tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await make_host("embedded", sqlite_database, tmp_path, key=KEY, at_once=5)
    (account,) = await office(host.parts, platform.url)
    first, second = await queue(host.parts, ["một", "hai"], account)

    async def claim(parts: Any, limit: int, *, only: int | None = None, least: int = 0) -> list[InFlight]:
        if only is None:
            raise ValueError("a row that cannot be decided about")
        if only == second:
            raise DatabaseAway("gone")
        return await claim_due(parts, limit, only=only)

    monkeypatch.setattr(carrier, "claim_due", claim)
    landed: list[int] = []
    carried = Carrier(host.parts, host.background, lambda: landed.append(carried.room))
    with pytest.raises(DatabaseAway):
        await carried.take()
    assert carried.carries(first)
    assert carried.room == 4
    await host.background.drain(GROUP, 10)
    assert platform.posts == ["một"]
    assert (await row(host.db, first)).state == SENT
    assert landed == [5, 5], "its place is free when the platform has answered, and once"
    assert carried.idle
    await host.close(0)


async def test_what_was_sent_long_ago_is_not_walked_through_to_find_what_is_overdue(
    sqlite_database: str, tmp_path: Path
) -> None:
    host = await make_host("embedded", sqlite_database, tmp_path, key=KEY)
    async with host.db.read() as session:
        text = overdue_ids(host.parts.now(), 0).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in await (await session.connection()).execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))]
    assert any("delivery_extras" in line for line in plan), plan
    assert not any(line.endswith("delivery_due (state=?)") for line in plan), plan
    await host.close(0)
