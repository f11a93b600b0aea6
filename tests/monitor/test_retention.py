"""What people wrote has its days; then the words are nowhere, not even in the file, and the counts stay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from channels.base import Comment
from models.audit import AuditEntry
from models.claim import Claim
from models.db import Database
from models.incident import Alert, Incident
from models.mention import Mention
from models.office import Account, Organisation
from models.reading import ReadingGap
from models.states import IncidentState
from models.surge import Surge
from monitor.intake import keep_comments
from monitor.retention import forget_old_words, set_days
from tests.conftest import FakeClock
from tests.monitor.stored import OneOffice

WORDS = "vỡ đập rồi bà con ơi"


class Store(OneOffice):
    async def write(self, days_ago: float, **kind: Any) -> None:
        self.number += 1
        at = self.clock() - timedelta(days=days_ago)
        row = Mention(
            organisation_id=1, account_id=1, channel="facebook", remote_id=f"m{self.number}", author_hash="hash",
            written_at=at, fetched_at=at, scored_at=at, grouped_at=at, model="x/1", category="misinformation",
            vector=b"v" * 768, words_key="k", **{"text": WORDS, **kind},
        )  # fmt: skip
        async with self.db.write() as session:
            session.add(row)

    async def claim(self, days_ago: float, state: IncidentState | None = None) -> int:
        """A claim; with a state, an incident of it with its message to the chat."""
        at = self.clock() - timedelta(days=days_ago)
        async with self.db.write() as session:
            claim = Claim(organisation_id=1, key=f"c{days_ago}{state}", text=WORDS, first_at=at, last_at=at)
            session.add(claim)
            await session.flush()
            if state is not None:
                incident = Incident(
                    organisation_id=1, claim_id=claim.id, state=state, level="high", harm=2, spread=2, claim_text=WORDS,
                    evidence={"claim": WORDS, "typical": [WORDS], "people": 9}, started_at=at, opened_at=at,
                    updated_at=at, closed_at=None if state is IncidentState.WATCHING else at,
                )  # fmt: skip
                session.add(incident)
                await session.flush()
                about = {"kind": "opened", "key": "a", "chat_id": "-1", "next_at": at, "created_at": at}
                session.add(Alert(organisation_id=1, incident_id=incident.id, text=WORDS, **about))
            return claim.id or 0

    async def forget(self, days: int = 90) -> int:
        return await forget_old_words(self.db, self.clock(), days)

    async def all(self, table: type[Any]) -> list[Any]:
        async with self.db.read() as session:
            return list((await session.exec(select(table).order_by(col(table.id)))).all())


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    db = Database(database_url)
    yield await Store(db, clock).found()
    await db.close()


async def test_after_its_days_only_the_count_is_left(store: Store) -> None:
    await store.write(91)
    await store.write(89)
    assert await store.forget() == 1
    old, young = await store.all(Mention)
    assert (old.text, old.author_hash, old.vector, old.words_key) == ("", "", None, "")
    assert (old.channel, old.category, old.erased_at) == ("facebook", "misinformation", store.clock())
    assert (young.text, young.author_hash, young.erased_at) == (WORDS, "hash", None)
    [entry] = await store.all(AuditEntry)
    assert (entry.action, entry.detail) == ("words_erased", {"texts": 1})
    assert await store.forget() == 0 and len(await store.all(AuditEntry)) == 1
    assert await store.forget(days=30) == 1, "the days are the office's choice"


async def test_a_change_of_the_days_counts_from_its_date_and_is_on_record(store: Store) -> None:
    """Each office by its own rule; what the settings say holds where none was set."""
    for days in (31, 61, 91):
        await store.write(days)
    begins = store.clock() + timedelta(days=1)
    async with store.db.write() as session:
        session.add(Organisation(name="Xã khác"))
        await session.flush()
        await set_days(session, 1, 60, store.clock(), "Quy chế số 5", None, store.clock())
        await set_days(session, 1, 30, begins, "Quy chế số 9", None, store.clock())
        await set_days(session, 2, 7, store.clock(), "Đơn vị khác", None, store.clock())
    assert await store.forget() == 2
    store.clock.forward(hours=23)
    assert await store.forget() == 0
    store.clock.forward(hours=2)
    assert await store.forget() == 1
    entries = [e for e in await store.all(AuditEntry) if e.action == "retention_set"]
    assert [(e.organisation_id, e.detail["days"], e.detail["why"]) for e in entries] == [
        (1, 60, "Quy chế số 5"), (1, 30, "Quy chế số 9"), (2, 7, "Đơn vị khác"),
    ]  # fmt: skip
    assert entries[1].detail["since"] == begins.isoformat()


async def test_gaps_and_surges_go_with_the_words_and_stay_while_they_say_what_is_usual(store: Store) -> None:
    now = store.clock()
    async with store.db.write() as session:
        for days in (6, 20, 29, 95):
            at = now - timedelta(days=days)
            session.add(ReadingGap(account_id=1, since=at - timedelta(hours=5), until=at))
            session.add(
                Surge(
                    organisation_id=1, kind="topic", name=f"d{days}", since=at, last_at=at, texts=9, people=9, usual=1,
                    seldom_days=20,
                )
            )  # fmt: skip
    await store.forget()
    assert len(await store.all(ReadingGap)) == len(await store.all(Surge)) == 3
    await store.forget(days=7)
    assert [(now - g.until).days for g in await store.all(ReadingGap)] == [6, 20], "four weeks say what is usual"
    assert [s.name for s in await store.all(Surge)] == ["d6"]


async def test_what_is_erased_is_not_read_again(store: Store) -> None:
    await store.write(91)
    await store.forget()
    again = Comment("m1", WORDS, store.clock() - timedelta(days=91), item_id="1_1", author_key="88")
    async with store.db.write() as session:
        account = await session.get_one(Account, 1)
        assert await keep_comments(session, account, None, [again], lambda *_: "hash", store.clock()) == 0
    [row] = await store.all(Mention)
    assert row.text == ""


@pytest.mark.parametrize("state", [IncidentState.WATCHING, IncidentState.CLOSED])
async def test_words_of_an_incident_stay_while_it_is_open(store: Store, state: IncidentState) -> None:
    await store.write(100, claim_id=await store.claim(95, state))
    await store.forget()
    [mention], [incident], [alert] = await store.all(Mention), await store.all(Incident), await store.all(Alert)
    assert incident.claim_text == incident.evidence["claim"] == WORDS, "the record keeps its one masked sentence"
    assert incident.evidence["people"] == 9
    is_open = state is IncidentState.WATCHING
    assert incident.evidence["typical"] == ([WORDS] if is_open else [])
    assert {mention.text, alert.text} == {WORDS if is_open else ""}


async def test_a_claim_without_an_incident_loses_its_sentence(store: Store) -> None:
    await store.claim(91)
    await store.claim(80)
    await store.forget()
    assert [c.text for c in await store.all(Claim)] == ["", WORDS]


async def test_what_its_author_deleted_goes_within_a_day(store: Store) -> None:
    claim = await store.claim(1, IncidentState.WATCHING)
    await store.write(2, deleted_at=store.clock() - timedelta(hours=13), claim_id=claim)
    await store.write(2, deleted_at=store.clock() - timedelta(hours=11))
    assert await store.forget() == 1
    assert [m.text for m in await store.all(Mention)] == ["", WORDS]


async def test_nothing_of_it_is_left_in_the_file(sqlite_database: str, clock: FakeClock) -> None:
    store = await Store(Database(sqlite_database), clock).found()
    for number in range(50):
        await store.write(91, text=f"{WORDS} {number} " + "dài " * (number * 20))
    await store.db.close()
    store.db = Database(sqlite_database)
    file = store.db.path
    assert file is not None and WORDS.encode() in file.read_bytes()
    assert await store.forget() == 50
    await store.db.close()
    files = [f for f in file.parent.iterdir() if f.name.startswith(file.name)]
    assert not [f.name for f in files if WORDS.encode() in f.read_bytes()]
