"""What a person says about which texts belong together holds for later texts and after a restart, and is on record."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from bot.duty.desk import false_alarm
from bot.duty.regroup import merge, split, texts_of
from bot.parts import NotFound, Refused
from models.audit import AuditEntry
from models.claim import Claim, ClaimDecision
from models.incident import Incident, IncidentEvent, Level
from models.mention import Mention
from models.states import OPEN_INCIDENT, IncidentState
from monitor.pipeline import Pipeline
from tests.bot.conftest import Office
from tests.monitor.crowd import MILK, QUAY, WordScorer

TZ = ZoneInfo("Asia/Ho_Chi_Minh")


async def heard(office: Office, pipeline: Pipeline, *texts: str) -> list[Mention]:
    """People write, the pipeline works it off; return the texts as they are stored."""
    now = office.parts.now()
    async with office.parts.db.write() as session:
        known = len((await session.exec(select(Mention.id))).all())
        for number, text in enumerate(texts, known):
            row = Mention(
                organisation_id=office.id, account_id=office.accounts["facebook"], channel="facebook",
                remote_id=f"m{number}", text=text, author_hash=f"h{number}", written_at=now - timedelta(minutes=5),
                fetched_at=now,
            )  # fmt: skip
            session.add(row)
    await pipeline.turn()
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Mention).order_by(col(Mention.id)))).all())[known:]


def pipeline_of(office: Office) -> Pipeline:
    return Pipeline(office.parts.db, WordScorer(), now=office.parts.now, tz=TZ)


async def incidents(office: Office) -> list[Incident]:
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Incident).order_by(col(Incident.id)))).all())


async def test_later_texts_follow_a_merge_also_after_a_restart(office: Office) -> None:
    pipeline, duty = pipeline_of(office), office.people["duty"]
    await heard(office, pipeline, *MILK[:3], *QUAY[:3])
    milk, quay = await incidents(office)
    await merge(office.parts, duty, quay.id or 0, milk.id or 0, "cùng một tin đồn")
    for each in (pipeline, pipeline_of(office)):
        (late,) = await heard(office, each, QUAY[3])
        assert late.claim_id == milk.claim_id
    async with office.parts.db.read() as session:
        assert len(await texts_of(session, duty, milk.id or 0)) == 8
        (decision,) = (await session.exec(select(ClaimDecision))).all()
        assert (decision.user_id, decision.why, decision.kind) == (duty.user_id, "cùng một tin đồn", "merged")
        merged = (await session.exec(select(IncidentEvent).where(IncidentEvent.action == "merged"))).all()
        assert {(e.was, e.now) for e in merged} == {(milk.code, quay.code), (quay.code, milk.code)}
        assert (await session.exec(select(AuditEntry).where(AuditEntry.action == "incident_merged"))).all()
    with pytest.raises(Refused):
        await merge(office.parts, duty, quay.id or 0, milk.id or 0, "lần nữa")


async def test_after_a_merge_the_incident_that_takes_the_texts_is_the_one_kept_current(office: Office) -> None:
    """The other one is over, and nothing brings it back."""
    pipeline, duty = pipeline_of(office), office.people["duty"]
    await heard(office, pipeline, *MILK[:3], *QUAY[:3])
    milk, quay = await incidents(office)
    await merge(office.parts, duty, quay.id or 0, milk.id or 0, "cùng một tin đồn")
    for each in (pipeline, pipeline_of(office)):
        await heard(office, each, QUAY[3] + "!" * len(await incidents(office)))
    into, gone = await incidents(office)
    assert into.evidence["mentions"] == 8 and gone.evidence["mentions"] == 3
    assert (gone.state, gone.merged_into_id) == ("closed", into.id)
    await heard(office, pipeline, *QUAY[:3])
    assert [(i.state, i.reopened) for i in await incidents(office)] == [("new", 0), ("closed", 0)]


@pytest.mark.parametrize("was", sorted(OPEN_INCIDENT - {IncidentState.CORRECTED}))
async def test_what_is_merged_ends_step_by_step_and_the_other_is_as_grave(office: Office, was: IncidentState) -> None:
    pipeline, duty = pipeline_of(office), office.people["duty"]
    await heard(office, pipeline, *MILK[:3], *QUAY[:3])
    milk, quay = await incidents(office)
    async with office.parts.db.write() as session:
        row = await session.get_one(Incident, quay.id)
        row.state, row.level, row.harm = was, Level.EMERGENCY, 3
    await merge(office.parts, duty, quay.id or 0, milk.id or 0, "cùng một tin đồn")
    into, part = await incidents(office)
    assert (into.level, into.harm, part.state) == (Level.EMERGENCY, 3, IncidentState.CLOSED)
    async with office.parts.db.read() as session:
        mine = select(IncidentEvent).where(IncidentEvent.incident_id == part.id, IncidentEvent.action == "moved")
        walked = (await session.exec(mine.order_by(col(IncidentEvent.id)))).all()
    assert [e.was for e in walked] == [was, *(e.now for e in walked)][:-1]
    assert {(e.why, e.user_id) for e in walked} == {(f"gộp vào {into.code}", duty.user_id)}


async def test_an_open_incident_is_not_merged_into_one_that_is_over(office: Office) -> None:
    pipeline, duty = pipeline_of(office), office.people["duty"]
    await heard(office, pipeline, *MILK[:3], *QUAY[:3])
    milk, quay = await incidents(office)
    await false_alarm(office.parts, duty, milk.id or 0, "nhầm")
    with pytest.raises(Refused, match="is over"):
        await merge(office.parts, duty, quay.id or 0, milk.id or 0, "cùng một tin đồn")


async def test_later_texts_follow_a_split_also_after_a_restart(office: Office) -> None:
    pipeline, duty = pipeline_of(office), office.people["duty"]
    await heard(office, pipeline, *MILK[:3], *QUAY[:3])
    milk, quay = await incidents(office)
    await merge(office.parts, duty, quay.id or 0, milk.id or 0, "tưởng là một")
    wrong = [m for m in await heard(office, pipeline, QUAY[3]) if m.claim_id == milk.claim_id]
    async with office.parts.db.read() as session:
        others = [m for m in await texts_of(session, duty, milk.id or 0) if "kho xăng" in m.text.lower()]
    assert wrong and len(others) == 4
    key = await split(office.parts, duty, milk.id or 0, [m.id or 0 for m in others], "hai chuyện khác nhau")
    for each in (pipeline, pipeline_of(office)):
        late_quay, late_milk = await heard(office, each, QUAY[0] + " 😡", MILK[3])
        assert late_milk.claim_id == milk.claim_id
        async with office.parts.db.read() as session:
            assert (await session.get_one(Claim, late_quay.claim_id)).key == key


async def test_what_cannot_be_regrouped_is_refused(office: Office) -> None:
    pipeline, duty = pipeline_of(office), office.people["duty"]
    texts = await heard(office, pipeline, *MILK[:3])
    (milk,) = await incidents(office)
    ids = [m.id or 0 for m in texts]
    for wanted, why, error in (
        (ids, "tất cả", Refused), ([], "không có", Refused), ([ids[0]], " ", Refused), ([999], "lạ", NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            await split(office.parts, duty, milk.id or 0, wanted, why)
    with pytest.raises(Refused):
        await split(office.parts, office.people["author"], milk.id or 0, ids[:1], "không phải trực ban")


async def test_what_is_split_off_is_an_incident_of_its_own_which_is_told(office: Office) -> None:
    pipeline, duty = pipeline_of(office), office.people["duty"]
    await heard(office, pipeline, *MILK[:3], *QUAY[:3])
    milk, quay = await incidents(office)
    await merge(office.parts, duty, quay.id or 0, milk.id or 0, "tưởng là một")
    async with office.parts.db.read() as session:
        others = [m for m in await texts_of(session, duty, milk.id or 0) if "kho xăng" in m.text.lower()]
    key = await split(office.parts, duty, milk.id or 0, [m.id or 0 for m in others], "hai chuyện khác nhau")
    part = (await incidents(office))[-1]
    async with office.parts.db.read() as session:
        assert (await session.get_one(Claim, part.claim_id)).key == key
        mine = select(IncidentEvent).where(IncidentEvent.incident_id == part.id)
        assert [(e.action, e.why) for e in (await session.exec(mine)).all()] == [
            ("opened", f"tách từ {milk.code}: hai chuyện khác nhau")
        ]
    assert part.state == IncidentState.NEW and part.volume == part.evidence["mentions"] == len(others) == 3
    assert part.level == quay.level and "kho xăng" in part.claim_text.lower()
    for each in (pipeline, pipeline_of(office)):  # it is kept current, and no other one is opened for it
        await heard(office, each, QUAY[3] + "!" * len(await incidents(office)))
    assert [i.id for i in await incidents(office)] == [milk.id, quay.id, part.id]
    assert (await incidents(office))[-1].volume > 3
