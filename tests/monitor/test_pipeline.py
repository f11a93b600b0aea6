"""From stored mention to stored incident: once, whole, and the same after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlmodel import col, select

from models.claim import Claim, ClaimDecision, Regrouping
from models.db import Database
from models.incident import Incident, IncidentEvent
from models.mention import Mention
from models.office import Account, Organisation
from models.post import Post, PostKind, Variant
from models.states import IncidentState, PostState
from monitor.learning.alarms import choose
from monitor.pipeline import Pipeline
from monitor.scoring.base import Score
from monitor.text import plain
from tests.conftest import FakeClock
from tests.monitor.crowd import DOUBTS, MILK, QUAY, WordScorer

TZ = ZoneInfo("Asia/Ho_Chi_Minh")


class Office:
    """A database with one organisation and two accounts, and a pipeline over it."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock, self.scorer = db, clock, VectorScorer()
        self.pipeline = self.restarted()
        self._number = 0

    def restarted(self) -> Pipeline:
        """Another process over the same store."""
        self.pipeline = Pipeline(self.db, self.scorer, now=self.clock, tz=TZ)
        return self.pipeline

    async def write(
        self, *texts: str, minutes_ago: float = 5, author: str = "", account: int = 1, **kind: object
    ) -> None:
        """People write."""
        now = self.clock()
        async with self.db.write() as session:
            for text in texts:
                self._number += 1
                session.add(
                    Mention(
                        organisation_id=1, account_id=account, channel=("", "facebook", "youtube")[account],
                        remote_id=f"m{self._number}", text=text, author_hash=author or f"h{self._number}",
                        written_at=now - timedelta(minutes=minutes_ago), fetched_at=now, **kind,
                    )
                )  # fmt: skip

    async def incidents(self) -> Sequence[Incident]:
        async with self.db.read() as session:
            return (await session.exec(select(Incident).order_by(col(Incident.id)))).all()

    async def events(self) -> list[str]:
        async with self.db.read() as session:
            rows = await session.exec(select(IncidentEvent.action).order_by(col(IncidentEvent.id)))
            return list(rows.all())

    async def mentions(self) -> Sequence[Mention]:
        async with self.db.read() as session:
            return (await session.exec(select(Mention).order_by(col(Mention.id)))).all()

    async def settle(self, state: IncidentState, *, closed_at: datetime | None = None) -> None:
        """What the desk does when a person closes an incident."""
        async with self.db.write() as session:
            incident = (await session.exec(select(Incident))).one()
            session.add(
                IncidentEvent(
                    incident_id=incident.id or 0, at=self.clock(), action="moved", was=incident.state, now=state
                )
            )
            incident.state, incident.closed_at = state, closed_at or self.clock()
            incident.updated_at = self.clock()


class VectorScorer(WordScorer):
    """With a vector, so that its way through the store is tried; `broken` makes the next call fail."""

    broken = False

    def score(self, texts: Sequence[str]) -> list[Score]:
        if self.broken:
            raise RuntimeError("no model")
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector[3 if "sua" in plain(text) else 7] = 1.0  # one direction a topic
        scores = super().score(texts)
        return [Score(**{**vars(s), "vector": v}) for s, v in zip(scores, vectors, strict=True)]


@pytest.fixture
async def office(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Office]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/loa.db")
    await db.migrate()
    async with db.write() as session:
        places = [{"name": "xã Tân Lạc", "aliases": ["Tân Lạc"]}]
        session.add(Organisation(name="Tỉnh thử", places=places))
        await session.flush()
        for kind in ("facebook", "youtube"):
            session.add(Account(organisation_id=1, kind=kind, remote_id=kind, name=kind, created_at=clock()))
    yield Office(db, clock)
    await db.close()


async def test_three_people_make_an_incident_with_evidence(office: Office) -> None:
    await office.write("Cảm ơn trang nhé", "Đường hỏng hoài, chán quá", *MILK[:3], DOUBTS["milk"][0])
    assert await office.pipeline.turn() == 1
    (incident,) = await office.incidents()
    assert (incident.state, incident.level, incident.harm, incident.spread) == ("new", "high", 3, 1)
    assert incident.locality == "xã Tân Lạc" and incident.channels_hit == ["facebook"]
    assert incident.evidence["people"] == 3 and incident.evidence["short_history"] is True
    assert incident.claim_text == incident.evidence["claim"] and incident.claim_text in MILK
    assert await office.events() == ["opened"]


async def test_every_mention_is_scored_and_stored(office: Office) -> None:
    await office.write("Cảm ơn trang nhé", *MILK[:3])
    await office.write("Trang xin cảm ơn", own=True)
    await office.pipeline.turn()
    thanks, *rumour, own = await office.mentions()
    assert thanks.scored_at and thanks.claim_id is None and thanks.stance and thanks.model == "test/1"
    assert {m.claim_id for m in rumour} == {1} and rumour[0].risk == 0.9 and rumour[0].harm == 3
    assert np.frombuffer(rumour[0].vector or b"", dtype=np.float16)[3] == 1.0
    assert own.scored_at is None and own.claim_id is None


async def test_an_office_is_woken_from_the_threshold_on_that_it_chose(office: Office) -> None:
    async with office.db.write() as session:
        await choose(session, 1, 0.95, 1, None, office.clock())
    await office.write(*MILK[:3])
    assert await office.pipeline.turn() == 0
    async with office.db.write() as session:
        await choose(session, 1, 0.85, 2, None, office.clock())
    await office.write(MILK[3])
    assert await office.pipeline.turn() == 1


async def test_nothing_new_changes_nothing(office: Office) -> None:
    await office.write(*MILK[:3])
    assert await office.pipeline.turn() == 1
    assert await office.pipeline.turn() == 0
    assert len(await office.incidents()) == 1


async def test_more_people_raise_it_and_the_picture_follows(office: Office) -> None:
    await office.write(*MILK[:3])
    await office.pipeline.turn()
    await office.write(MILK[3], minutes_ago=4)
    assert await office.pipeline.turn() == 0  # nothing to tell anybody
    shown = (await office.incidents())[0].evidence
    assert shown["people"] == 4
    assert [r["vi"] for r in shown["reasons"]] == ["3 người khác nhau viết trong 60 phút"], "why it was flagged stays"
    await office.write(*MILK * 2, minutes_ago=3, account=2)
    assert await office.pipeline.turn() == 1
    (incident,) = await office.incidents()
    assert incident.level == "emergency" and incident.channels_hit == ["facebook", "youtube"]
    assert await office.events() == ["opened", "raised"]


async def test_a_restart_between_the_second_and_the_third(office: Office) -> None:
    await office.write(*MILK[:2])
    assert await office.pipeline.turn() == 0
    office.restarted()
    await office.pipeline.restore()
    await office.write(MILK[2], minutes_ago=1)
    assert await office.pipeline.turn() == 1
    assert await office.restarted().turn() == 0
    assert len(await office.incidents()) == 1
    async with office.db.read() as session:
        assert len((await session.exec(select(Claim))).all()) == 1


async def test_the_model_is_asked_while_others_may_write_and_what_a_person_decides_meanwhile_is_heeded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scored again for its reasons, a claim keeps nobody from writing; after a decision all is looked at anew."""
    score, asked = office.scorer.score, list[int]()
    loop = asyncio.get_running_loop()

    async def decide() -> None:
        async with office.db.write() as session:
            session.add(
                ClaimDecision(
                    organisation_id=1, kind=Regrouping.SPLIT, claim_key="a", other_key="b", why="khác",
                    at=office.clock(),
                )
            )  # fmt: skip

    def asking(texts: Sequence[str]) -> list[Score]:
        asked.append(len(texts))
        if len(asked) == 1:
            asyncio.run_coroutine_threadsafe(decide(), loop).result(20)
        return score(texts)

    await office.write(*MILK[:3])
    await office.pipeline.scoring.turn()
    monkeypatch.setattr(office.scorer, "score", asking)
    assert await office.pipeline.group() == 1
    assert len(asked) == 2, "once before the decision, once after it"
    (incident,) = await office.incidents()
    assert incident.evidence["people"] == 3 and await office.events() == ["opened"]


async def test_a_failure_half_way_loses_and_doubles_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise OSError("disk full")

    await office.write(*MILK[:3])
    with monkeypatch.context() as broken:
        broken.setattr("monitor.incidents.Incidents._show", fail)
        with pytest.raises(OSError, match="disk full"):
            await office.pipeline.turn()
    assert not await office.incidents() and all(m.grouped_at is None for m in await office.mentions())
    assert await office.pipeline.turn() == 1
    assert (await office.incidents())[0].evidence["people"] == 3


async def test_a_scorer_that_fails_leaves_the_mentions_waiting(office: Office) -> None:
    await office.write(*MILK[:3])
    office.scorer.broken = True
    with pytest.raises(RuntimeError):
        await office.pipeline.turn()
    office.scorer.broken = False
    assert await office.pipeline.turn() == 1


async def test_old_texts_alarm_nobody(office: Office) -> None:
    await office.write(*MILK, minutes_ago=60 * 25)
    assert await office.pipeline.turn() == 0 and not await office.incidents()


async def test_history_says_what_is_usual(office: Office) -> None:
    now = office.clock()
    for hours in range(24 * 20, 30, -1):
        await office.write("xin chào", minutes_ago=60 * hours, scored_at=now)
    await office.write(*MILK[:3])
    await office.pipeline.turn()
    (incident,) = await office.incidents()
    assert incident.evidence["short_history"] is False
    assert incident.evidence["usual"] == 0.25 and incident.evidence["growth"] == 3.0


async def test_a_false_alarm_speaks_again_only_above_its_level(office: Office) -> None:
    await office.write(*MILK[:3])
    await office.pipeline.turn()
    await office.settle(IncidentState.FALSE_ALARM)
    office.clock.forward(minutes=30)
    await office.write(*MILK[:3])
    assert await office.restarted().turn() == 0
    await office.write(*MILK * 3, minutes_ago=1)
    assert await office.pipeline.turn() == 1
    (incident,) = await office.incidents()
    assert (incident.state, incident.level) == ("new", "emergency")
    assert await office.events() == ["opened", "moved", "reopened"]


@pytest.mark.parametrize("restart", [False, True])
async def test_a_closed_claim_that_returns_is_reopened(office: Office, restart: bool) -> None:
    await office.write(*MILK[:3])
    await office.pipeline.turn()
    await office.settle(IncidentState.CLOSED)
    if restart:
        office.restarted()
    office.clock.forward(minutes=20)
    await office.write(*MILK[:2])
    assert await office.pipeline.turn() == 0  # those from before it was closed count no more
    office.clock.forward(hours=30)
    await office.write(*MILK[:3])
    assert await office.pipeline.turn() == 1
    (incident,) = await office.incidents()
    assert incident.state == "new" and incident.closed_at is None


async def test_after_seven_days_it_is_a_new_incident(office: Office) -> None:
    await office.write(*MILK[:3])
    await office.pipeline.turn()
    await office.settle(IncidentState.CLOSED)
    office.clock.forward(days=8)
    await office.write(*MILK[:3])
    assert await office.pipeline.turn() == 1
    assert [i.state for i in await office.incidents()] == ["closed", "new"]


async def test_two_rumours_are_two_incidents(office: Office) -> None:
    await office.write(*MILK[:3], *QUAY[:3])
    assert await office.pipeline.turn() == 2
    assert len({i.claim_id for i in await office.incidents()}) == 2


async def test_an_own_post_on_the_topic_is_shown_beside(office: Office) -> None:
    async with office.db.write() as session:
        post = Post(
            organisation_id=1, title="Sữa học đường ở trường Tân Lạc", kind=PostKind.ROUTINE, state=PostState.PUBLISHED,
            field="Y_TE", published_at=office.clock() - timedelta(hours=2), created_at=office.clock(),
            updated_at=office.clock(),
        )  # fmt: skip
        session.add(post)
        await session.flush()
        text = "Sữa học đường trường Tân Lạc đã được kiểm nghiệm, học sinh đều khỏe."
        session.add(Variant(post_id=post.id or 0, channel="facebook", text=text))
    await office.write(*MILK[:3])
    await office.pipeline.turn()
    (incident,) = await office.incidents()
    assert "kiểm nghiệm" in incident.evidence["official_text"]
    assert incident.evidence["official_ref"] == "bài “Sữa học đường ở trường Tân Lạc” (06:00 24/11)"


async def test_a_hostile_text_breaks_nothing(office: Office) -> None:
    await office.write("\u202e<script>" + "a" * 4000, "", "🔥" * 500, "\x00", *MILK[:3])
    assert await office.pipeline.turn() == 1


async def delete(office: Office, *remote_ids: str, back: bool = False) -> None:
    """Their authors take them back; with `back` the platform lists them again."""
    async with office.db.write() as session:
        rows = await session.exec(select(Mention).where(col(Mention.remote_id).in_(remote_ids)))
        for mention in rows.all():
            mention.deleted_at = None if back else office.clock()


@pytest.mark.parametrize("restart", [False, True])
async def test_words_that_were_deleted_leave_the_claim_and_the_evidence(office: Office, restart: bool) -> None:
    await office.write(*MILK)
    await office.pipeline.turn()
    (incident,) = await office.incidents()
    assert MILK[0] in incident.evidence["typical"] + [incident.evidence["claim"]] and incident.evidence["people"] == 4
    await delete(office, "m1", "m2")
    pipeline = office.restarted() if restart else office.pipeline
    await pipeline.group()
    (incident,) = await office.incidents()
    assert incident.evidence["people"] == 2 and set(incident.evidence["typical"]) == set(MILK[2:4])
    async with office.db.read() as session:
        (claim,) = (await session.exec(select(Claim))).all()
    assert claim.text in MILK[2:4]
    assert MILK[0] not in repr(pipeline._streams[1].grouper.claims)
    await delete(office, "m1", back=True)
    await pipeline.group()
    (incident,) = await office.incidents()
    assert incident.evidence["people"] == 3, "it was there after all"


async def test_when_all_was_deleted_the_record_quotes_nobody(office: Office) -> None:
    await office.write(*MILK[:3])
    await office.pipeline.turn()
    await delete(office, "m1", "m2", "m3")
    await office.pipeline.group()
    (incident,) = await office.incidents()
    assert incident.state == "new" and incident.evidence["typical"] == incident.evidence["copied"] == []
    assert incident.evidence["people"] == 3 and incident.claim_text
    assert not office.pipeline._streams[1].grouper.claims


async def test_many_that_were_deleted_leave_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.pipeline.LET_GO", 2)
    await office.write(*MILK)
    await office.pipeline.turn()
    await delete(office, "m1", "m2", "m3", "m4")
    for left in (2, 0, 0):
        await office.pipeline.group()
        assert sum(len(c.members) for c in office.pipeline._streams[1].grouper.claims.values()) == left


async def test_a_claim_of_one_that_was_deleted_loses_its_sentence(office: Office) -> None:
    await office.write(MILK[0])
    await office.pipeline.turn()
    await delete(office, "m1")
    await office.pipeline.group()
    async with office.db.read() as session:
        (claim,) = (await session.exec(select(Claim))).all()
    assert claim.text == "" and not await office.incidents()
