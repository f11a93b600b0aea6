"""The proofs behind the demo's rows: each is false when the thing is not true."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.demo import seen
from bot.demo.seen import StepFailed
from channels.sandbox.core import Item, Remark
from channels.sandbox.world import Sandbox
from models.claim import Claim
from models.db import Database
from models.delivery import Delivery
from models.incident import Incident
from models.mention import Mention
from models.office import Account, Organisation
from models.post import Post, Variant
from models.reading import ChannelItem, Reading
from models.states import DeliveryState
from tests.conftest import FakeClock

COMPOSED = {"message": "Lịch tiếp dân"}


class Office:
    """A store and the platforms, filled by hand: what was sent lies on both."""

    def __init__(self, db: Database, world: Sandbox, now: datetime) -> None:
        self.db, self.world, self.now = db, world, now

    async def add(self, *rows: Any) -> None:
        async with self.db.write() as session:
            session.add_all(rows)

    async def send(self, remote_id: str, *, kind: str = "facebook", target: str = "", **composed: str) -> Delivery:
        """A delivery that the store calls sent."""
        row = Delivery(
            post_id=1, variant_id=1, account_id=1 if kind == "facebook" else 2, channel=kind, target_id=target,
            remote_id=remote_id, state=DeliveryState.SENT, due_at=self.now, next_at=self.now,
            composed=composed or COMPOSED,
        )  # fmt: skip
        await self.add(row)
        return row

    def show(self, remote_id: str, *, kind: str = "facebook", history: bool = False, **payload: str) -> Item:
        """An item that the platform shows."""
        platform = self.world.platforms[kind]
        item = Item(remote_id, next(iter(platform.accounts)), "feed", dict(payload or COMPOSED), self.now)
        item.history = history
        platform.items[remote_id] = item
        return item

    async def hear(self, remote_id: str, text: str = "…", **words: Any) -> None:
        """A comment in the store."""
        await self.add(
            Mention(
                organisation_id=1, account_id=1, remote_id=remote_id, text=text, fetched_at=self.now,
                **{"channel": "facebook", "written_at": self.now, **words},
            )
        )  # fmt: skip


@pytest.fixture
async def office(sqlite_database: str, clock: FakeClock) -> AsyncIterator[Office]:
    db = Database(sqlite_database)
    made = Office(db, Sandbox(now=clock, seed=1), clock())
    at = {"created_at": clock(), "updated_at": clock()}
    for row in (
        Organisation(name="Tỉnh thử"),
        Account(organisation_id=1, kind="facebook", remote_id="1", name="f", created_at=clock()),
        Account(organisation_id=1, kind="youtube", remote_id="2", name="y", created_at=clock()),
        Post(organisation_id=1, title="x", **at),
        Variant(post_id=1, channel="facebook", text="x"),
    ):
        await made.add(row)
    yield made
    await db.close()


async def test_what_is_shown_as_it_was_approved(office: Office) -> None:
    row = await office.send("a")
    office.show("a")
    assert seen.compare([row], office.world) == len(COMPOSED)
    office.show("a", message="Lịch tiếp dân!")
    with pytest.raises(StepFailed, match="message"):
        seen.compare([row], office.world)
    del office.world.facebook.items["a"]
    with pytest.raises(StepFailed, match="không có bài này"):
        seen.compare([row], office.world)


async def test_an_item_too_many_or_too_few_is_seen(office: Office) -> None:
    await office.send("a")
    office.show("a")
    office.show("past", history=True)
    await seen.everything_once(office.db, office.world, "facebook", 1)
    with pytest.raises(StepFailed):
        await seen.everything_once(office.db, office.world, "facebook", 2)
    office.show("a-again")
    with pytest.raises(StepFailed, match="2 trên nền tảng"):
        await seen.everything_once(office.db, office.world, "facebook", 1)
    office.world.facebook.items["a-again"].state = "removed"
    office.show("a").remarks.append(Remark("own", "1", "UBND", "đính chính", office.now, own=True))
    with pytest.raises(StepFailed, match="2 trên nền tảng"):
        await seen.everything_once(office.db, office.world, "facebook", 1)


async def test_a_correction_under_another_video_is_none(office: Office) -> None:
    row = await office.send("c", kind="youtube", target="v1", videoId="v1", textOriginal="Không có chuyện đó")
    right, wrong = office.show("v1", kind="youtube"), office.show("v2", kind="youtube")
    right.remarks.append(Remark("c", "2", "UBND", "Không có chuyện đó", office.now, own=True))
    assert seen.compare([row], office.world) == 2
    wrong.remarks.append(right.remarks.pop())
    with pytest.raises(StepFailed, match="videoId"):
        seen.compare([row], office.world)


async def test_comments_are_counted_one_by_one(office: Office) -> None:
    item = office.show("a")
    item.remarks += [Remark(f"r{i}", "9", "Lan", "…", office.now) for i in range(3)]
    item.remarks.append(Remark("own", "1", "UBND", "…", office.now, own=True))
    for i in (0, 1):
        await office.hear(f"r{i}")
    await office.hear("own", own=True)
    wanted, found = seen.written(office.world, office.now), await seen.collected(office.db, office.now)
    assert wanted != found and seen.missing(wanted, found) == "thiếu 1, thừa 0 trên 3"
    await office.hear("r2")
    assert await seen.collected(office.db, office.now) == wanted
    await office.hear("from nowhere")
    assert await seen.collected(office.db, office.now) != wanted


async def test_the_past_is_told_by_the_days_that_were_found(office: Office) -> None:
    days = (1, 20, 33)
    for n in days:
        office.show(f"p{n}", history=True)
        await office.add(
            ChannelItem(account_id=1, remote_id=f"p{n}", published_at=office.now - timedelta(days=n)),
            Reading(account_id=1, item_id=f"p{n}", metric="views", value=1, unit="occurrences", definition="d",
                    fetched_at=office.now),
        )  # fmt: skip
    found = await seen.past(office.db, office.world, office.now)
    assert found.items == 3 and found.first == office.now - timedelta(days=33)
    assert "(33 ngày)" in found.told(office.now.tzinfo or None)  # type: ignore[arg-type]
    office.show("p35", history=True)
    with pytest.raises(StepFailed, match="3 trên 4 bài cũ"):
        await seen.past(office.db, office.world, office.now)


async def test_who_stands_in_an_incident(office: Office) -> None:
    claim = Claim(organisation_id=1, key="1", text="x", first_at=office.now, last_at=office.now)
    await office.add(claim)
    kinds = {("facebook", f"r{i}"): "rumour" for i in range(10)} | {("facebook", "d"): "denial"}
    for i in range(7):
        await office.hear(f"r{i}", claim_id=claim.id)
    for other in ("d", "stray"):
        await office.hear(other, claim_id=claim.id, item_id="v1", channel="youtube" if other == "d" else "facebook")
    incident = Incident(
        organisation_id=1, claim_id=claim.id, level="high", harm=2, spread=2, field="Y_TE", claim_text="x",
        started_at=office.now, opened_at=office.now, updated_at=office.now,
    )  # fmt: skip
    found = await seen.members(office.db, incident, kinds | {("youtube", "d"): "denial"})
    assert (found.planted, found.doubts, found.foreign) == (7, 1, 1)
    assert found.told == "7/10 dòng cài trong sự cố, 1 dòng lạc ngoài"
    assert await seen.videos_hit(office.db, incident) == {"v1"}
