"""A citizen writes, the office answers: collected, drafted, approved by somebody else, and exactly one answer under the
right text, however the platform or the process fails in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlmodel import col, select

from bot.parts import Refused
from bot.publishing.answers import hand_in_answer, standings
from bot.publishing.approval import approve_post, forward_post
from bot.publishing.claim import claim_due
from bot.reports.figures import gather
from channels.sandbox.core import Remark
from models.delivery import Attempt, Delivery
from models.mention import Mention
from models.office import Organisation
from models.post import Post
from models.states import DeliveryState, PostState
from monitor.collect import Collector
from monitor.response import ResponseTimes
from tests.crash.forms import FORMS
from tests.journeys.faulty import Day, a_day

CHANNELS: Final = ("facebook", "youtube", "zalo")
CALL: Final = {"facebook": "/comments", "youtube": "POST /youtube/v3/comments", "zalo": "/message/cs"}
ASKED, WORDS = "Khi nào có nước lại vậy xã?", "Dạ, xã cấp nước lại lúc 17 giờ hôm nay."


@pytest.fixture
async def day(tmp_path: Path, database_url: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, database_url) as made:
        yield made


async def collect(day: Day) -> None:
    """One turn of the collector, as the daemon takes it."""
    vault = day.parts.vault
    await Collector(
        day.parts.db, open_channel=day.parts.channel, hash_author=vault.author_hash, now=day.parts.now
    ).turn()


def remarks(day: Day, channel: str) -> list[Remark]:
    """Everything that was written on a platform, by citizens and by us."""
    platform = day.sandbox.platforms[channel]
    under = [r for item in platform.items.values() for r in item.remarks]
    return [*under, *(r for account in platform.accounts.values() for r in account.inbox)]


async def heard(day: Day, channel: str) -> tuple[Remark, Remark]:
    """A post of ours is out where it can be commented on; two citizens write at the same time."""
    if channel == "zalo":
        said = [
            day.sandbox.zalo.add_message(day.sandbox.oa.remote_id, who, ASKED, day.times.at) for who in ("Lan", "Minh")
        ]
        return said[0], said[1]
    delivery = await day.queue(next(f for f in FORMS if f.channel == channel and f.name in ("feed", "film")))
    await day.go_on()
    post = (await day.row(delivery)).remote_id
    said = [day.sandbox.comment(channel, post, who, ASKED, day.times.at) for who in ("Lan", "Minh")]
    return said[0], said[1]


async def approved(day: Day, asked: Remark) -> int:
    """The answer to one of them, drafted by one person and approved by another; returns its post."""
    people = day.office.people
    async with day.parts.db.read() as session:
        mention = (await session.exec(select(Mention).where(Mention.remote_id == asked.remote_id))).one()
    post_id = await hand_in_answer(day.parts, people["soan"], mention.id or 0, WORDS)
    await forward_post(day.parts, people["bientap"], post_id)
    async with day.parts.db.read() as session:
        seen = (await session.get_one(Post, post_id)).content_hash
    for login in ("soan", "truc"):
        with pytest.raises(Refused):
            await approve_post(day.parts, people[login], post_id, seen)
    await day.engine.drain()
    assert not [r for r in remarks(day, mention.channel) if r.text == WORDS], "no answer leaves without a yes"
    assert await approve_post(day.parts, people["duyet"], post_id, seen) is PostState.SCHEDULED
    return post_id


async def row_of(day: Day, post_id: int) -> Delivery:
    async with day.parts.db.read() as session:
        return (await session.exec(select(Delivery).where(Delivery.post_id == post_id))).one()


async def nothing(day: Day, channel: str) -> None:
    """All goes well."""


def fault(kind: str) -> Callable[[Day, str], Awaitable[None]]:
    async def arranged(day: Day, channel: str) -> None:
        day.sandbox.platforms[channel].fail_next(kind, match=CALL[channel])

    return arranged


async def killed_before_the_call(day: Day, channel: str) -> None:
    """The process dies when the attempt is written down and nothing is sent."""
    assert len(await claim_due(day.parts, 10)) == 1


async def killed_after_the_call(day: Day, channel: str) -> None:
    """The process dies when the platform has taken it and nothing more is written down."""
    [flying] = await claim_due(day.parts, 10)
    await flying.channel.submit(flying.out, flying.delivery.notes)


TROUBLES: Final = {
    "none": nothing,
    "500 after creating": fault("server_error_after"),
    "500 before creating": fault("server_error"),
    "cut after creating": fault("drop_after"),
    "killed before the call": killed_before_the_call,
    "killed after the call": killed_after_the_call,
}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_one_answer_under_the_right_text(day: Day, channel: str, trouble: str) -> None:
    asked, _ = await heard(day, channel)
    await collect(day)
    post_id = await approved(day, asked)
    await TROUBLES[trouble](day, channel)
    await day.go_on(hours=2)
    row = await row_of(day, post_id)
    assert (row.state, row.error_vi) == (DeliveryState.SENT, "")
    [mine] = [r for r in remarks(day, channel) if r.text == WORDS]
    assert (mine.remote_id, mine.own) == (row.remote_id, True)
    assert mine.parent_id == (asked.author_id if channel == "zalo" else asked.remote_id)
    async with day.parts.db.read() as session:
        attempts = (await session.exec(select(Attempt).where(Attempt.delivery_id == row.id))).all()
    assert len(attempts) > (trouble != "none") and all(a.started_at for a in attempts)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_our_answer_is_read_back_as_ours_and_counted(day: Day, channel: str) -> None:
    asked, _ = await heard(day, channel)
    day.times.at += timedelta(minutes=3)
    await collect(day)
    day.times.at += timedelta(minutes=17)
    await approved(day, asked)
    await day.engine.drain()
    day.times.at += timedelta(hours=1)
    await collect(day)
    async with day.parts.db.read() as session:
        rows = (await session.exec(select(Mention).where(Mention.channel == channel).order_by(col(Mention.id)))).all()
        became = await standings(session, rows)
        office = await session.get_one(Organisation, day.office.organisation_id)
        week = await gather(session, office, "2026-W48", day.parts.now())
    citizens = [m for m in rows if not m.own]
    assert [m.text for m in citizens] == [ASKED, ASKED], "no citizen said what we said"
    assert [became[m.id or 0].answered for m in citizens] == [m.remote_id == asked.remote_id for m in citizens]
    own = [(m.text, m.parent_id) for m in rows if m.own]
    assert own == ([] if channel == "zalo" else [(WORDS, asked.remote_id)]), "Zalo's inbox gives citizens' words alone"
    assert all(m.scored_at is not None for m in rows if m.own), "ours is never scored"
    assert week.answers == ResponseTimes(1, 20, 20)
    assert week.mentions == 2
