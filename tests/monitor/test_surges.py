"""More than usual, through the store: told by itself, never pushed, and once with the incident that explains it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col, select

from models.mention import Mention
from models.surge import Surge
from monitor.surges import lately, named, sentence
from tests.monitor.crowd import MILK
from tests.monitor.test_pipeline import Office, office

__all__ = ["office"]
HOUR = timedelta(hours=1)
RUBBISH = "Rác ở khu tập thể hôi quá không ai dọn, thất vọng ghê"


async def weeks(office: Office, account: int = 1, field: str = "Y_TE") -> None:
    """Two texts every hour until lately, for three weeks."""
    end = office.clock().replace(minute=0, second=0, microsecond=0) - HOUR
    async with office.db.write() as session:
        for hour in range(24 * 21):
            for i in range(2):
                at = end - HOUR * (hour + 1) + timedelta(minutes=i)
                session.add(
                    Mention(
                        organisation_id=1, account_id=account, channel=("", "facebook", "youtube")[account],
                        remote_id=f"h{account}-{hour}-{i}", text="Cảm ơn", author_hash=f"a{hour}", written_at=at,
                        fetched_at=at, scored_at=at, grouped_at=at, model="words/1", field=field, category="harmless",
                    )
                )  # fmt: skip


async def surges(office: Office) -> Sequence[Surge]:
    async with office.db.read() as session:
        return (await session.exec(select(Surge).order_by(col(Surge.kind)))).all()


async def look(office: Office) -> list[tuple[str, str, int, int | None]]:
    """What is noted a minute later."""
    office.clock.forward(seconds=61)
    await office.pipeline.group()
    return [(s.kind, s.name, s.texts, s.incident_id) for s in await surges(office)]


async def test_a_wave_of_criticism_is_told_and_opens_nothing(office: Office) -> None:
    await weeks(office)
    await office.write(*[RUBBISH] * 40, minutes_ago=3)
    await office.pipeline.turn()
    assert await look(office) == [("account", "1", 40, None), ("topic", "Y_TE", 40, None)]
    assert not await office.incidents()
    account, _ = await surges(office)
    assert account.people == 40 and account.kinds == {"criticism": 40} and 1 <= account.usual <= 2
    assert account.since == office.clock() - timedelta(minutes=4, seconds=1)
    async with office.db.read() as session:
        [(_, name), _] = await named(session, await surges(office))
    assert name[0] == "kênh Facebook “facebook”"
    vi, en = sentence(account)
    assert vi.startswith(
        "40 lời trong 60 phút của 40 người, gấp 20 lần bình thường; phần lớn là phê bình, góp ý (100%)"
    )
    assert "Chance alone" in en and "mostly criticism (100%)" in en


async def test_one_burst_is_one_surge_and_its_strongest_hour_is_said(office: Office) -> None:
    await weeks(office)
    await office.write(*[RUBBISH] * 40, minutes_ago=3)
    await office.pipeline.turn()
    first = (await surges(office))[0].since
    office.clock.forward(minutes=10)
    await office.write(*[RUBBISH] * 30, minutes_ago=1)
    await office.pipeline.turn()
    assert await look(office) == [("account", "1", 70, None), ("topic", "Y_TE", 70, None)]
    assert {s.since for s in await surges(office)} == {first}
    office.clock.forward(hours=26)
    await office.write(*[RUBBISH] * 50, minutes_ago=1)
    await office.pipeline.turn()
    assert len(await look(office)) == 4
    async with office.db.read() as session:
        assert len(await lately(session, 1, office.clock())) == 2, "those of yesterday are over"


async def test_what_a_claim_explains_stands_with_its_incident(office: Office) -> None:
    await weeks(office)
    await office.write(*MILK * 6, minutes_ago=2)
    await office.pipeline.turn()
    (incident,) = await office.incidents()
    assert await look(office) == [("account", "1", 24, incident.id), ("topic", "Y_TE", 24, incident.id)]
    (incident,) = await office.incidents()
    assert incident.evidence["surges_vi"].startswith("kênh Facebook “facebook”: gấp 12 lần bình thường; chủ đề Y tế")
    await office.write(MILK[0], minutes_ago=1)
    await office.pipeline.turn()
    (incident,) = await office.incidents()
    assert incident.evidence["people"] == 25 and incident.evidence["surges_en"], "it stays beside newer numbers"


async def test_a_catch_up_after_an_outage_is_no_surge(office: Office) -> None:
    await weeks(office)
    for hours in range(2, 30):
        await office.write(*[RUBBISH] * 2, minutes_ago=60 * hours)
    await office.pipeline.turn()
    assert await look(office) == []


async def test_our_own_words_and_deleted_ones_make_no_surge(office: Office) -> None:
    await weeks(office)
    await office.write(*["Cảm ơn bà con"] * 40, own=True, scored_at=office.clock(), grouped_at=office.clock())
    await office.write(*[RUBBISH] * 40, deleted_at=office.clock(), scored_at=office.clock())
    await office.pipeline.turn()
    assert await look(office) == []
