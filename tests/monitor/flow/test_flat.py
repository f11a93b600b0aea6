"""What is asked for every round finds its rows by an index of what waits, however much is stored beside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.db import Database
from monitor.flow.repeats import Repeats
from monitor.flow.score import Scoring
from monitor.flow.waiting import backlog
from monitor.history import History
from monitor.pipeline import Pipeline
from monitor.retention import forget_old_words
from tests.conftest import FakeClock
from tests.monitor.crowd import MILK
from tests.monitor.flow.test_scoring import CountingScorer, Store
from tests.monitor.test_pipeline import TZ


@pytest.fixture
async def asked(sqlite_database: str, clock: FakeClock) -> AsyncIterator[tuple[Store, list[str]]]:
    """A store, and how SQLite finds the mentions of whatever is asked of it."""
    store = await Store(Database(sqlite_database), clock).found()
    plans: list[str] = []

    def explain(connection: sa.Connection, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and isinstance(values, tuple):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.extend(row[3] for row in cursor.fetchall())

    sa.event.listen(store.db.engine.sync_engine, "before_cursor_execute", explain)
    yield store, plans
    sa.event.remove(store.db.engine.sync_engine, "before_cursor_execute", explain)
    await store.db.close()


def through(plans: list[str]) -> list[str]:
    """Looks at every mention that is stored."""
    return [plan for plan in plans if plan.startswith("SCAN mention") and "USING" not in plan]


async def test_scoring_and_grouping(asked: tuple[Store, list[str]]) -> None:
    store, plans = asked
    await store.write(*MILK, "lời chào", "lời chào")
    pipeline = Pipeline(store.db, CountingScorer(), now=store.clock, tz=TZ)
    await pipeline.restore()
    plans.clear()
    await pipeline.scoring.turn()
    await pipeline.group()
    assert through(plans) == []
    for index in ("mention_waiting", "mention_ungrouped", "mention_words", "mention_gone"):
        assert any(index in plan for plan in plans), index


async def test_counting_what_waits_and_erasing_what_is_old(asked: tuple[Store, list[str]]) -> None:
    store, plans = asked
    await store.write("lời chào", minutes_ago=60 * 24 * 100)
    await Scoring(store.db, CountingScorer(), now=store.clock).turn()
    plans.clear()
    async with store.db.read() as session:
        await backlog(session)
    await forget_old_words(store.db, store.clock(), 90)
    await Repeats(store.db).find(["key"], "count/1")
    history = History(store.db)
    await history.count_new(store.clock())
    await history.count_new(store.clock() + timedelta(hours=1))
    assert through(plans) == []
    assert any("mention_kept" in plan for plan in plans) and any("mention_gone" in plan for plan in plans)
