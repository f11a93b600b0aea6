"""A daemon that runs takes a learned head up, and lets it go, without a restart; labels die with their texts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest
from sqlmodel import select

from bot.daemon import Daemon
from bot.settings import Settings
from models.learning import Label, LearnedHead, Verdict
from models.mention import Mention
from monitor.learning.head import Head
from monitor.learning.store import roll_back
from monitor.scoring.base import VECTOR_DIM
from tests.bot.conftest import Office
from tests.bot.duty.steps import incident
from tests.conftest import FakeClock


@pytest.fixture
async def daemon(office: Office, settings: Settings, clock: FakeClock) -> AsyncIterator[Daemon]:
    """The office's daemon; nothing turns by itself. It scores by words alone."""
    made = Daemon(settings.model_copy(update={"model": "lexical"}), now=clock, roles={"monitor"})
    yield made
    await made.parts.db.close()
    await made.parts.door.close()


async def write(office: Office, clock: FakeClock, number: int) -> None:
    async with office.parts.db.write() as session:
        session.add(
            Mention(
                organisation_id=office.id, account_id=office.accounts["facebook"], channel="facebook",
                remote_id=f"m{number}", text="Kho xăng sắp nổ, chạy ngay", written_at=clock(), fetched_at=clock(),
            )
        )  # fmt: skip


async def scored(office: Office) -> list[Mention]:
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Mention).order_by(Mention.id))).all())


async def test_a_head_scores_from_the_next_turn_on_until_it_is_taken_back(
    daemon: Daemon, office: Office, clock: FakeClock
) -> None:
    base = daemon.scorer.base.revision
    await write(office, clock, 1)
    await daemon.score()
    head = Head("", base, 1.0, -3.0, np.zeros(VECTOR_DIM))
    async with office.parts.db.write() as session:
        session.add(
            LearnedHead(made_at=clock(), base=base, weights=head.stored(), labels=9, accepted=True, active=True)
        )
    await write(office, clock, 2)
    await daemon.score()
    async with office.parts.db.write() as session:
        await roll_back(session, None, clock())
    await write(office, clock, 3)
    await daemon.score()
    rows = await scored(office)
    assert [row.model for row in rows] == [base, f"{base}+h1", base]
    assert rows[0].risk == rows[2].risk and (rows[1].risk or 1) < (rows[0].risk or 0) / 2


async def test_a_label_dies_with_its_text(daemon: Daemon, office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock)
    await write(office, clock, 1)
    async with office.parts.db.write() as session:
        mention = (await session.exec(select(Mention))).one()
        session.add(
            Label(
                organisation_id=office.id, incident_id=incident_id, mention_id=mention.id or 0, text_hash="h",
                verdict=Verdict.RIGHT, at=clock(),
            )
        )  # fmt: skip
    await daemon.forget_labels()
    async with office.parts.db.write() as session:
        assert len((await session.exec(select(Label))).all()) == 1
        (await session.get_one(Mention, mention.id)).deleted_at = clock()
    await daemon.forget_labels()
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Label))).all() == []
