"""Spam under an item of ours is hidden once a person says why, criticism never; good words are liked. However the
platform fails in between, it ends as it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlmodel import col, select

from bot.parts import Refused
from bot.publishing.moderation import ask, do_due
from channels.base import Can
from channels.registry import CHANNELS
from models.audit import AuditEntry
from models.mention import ActKind, ActState, CommentAct, Mention
from models.office import Account
from tests.crash.forms import FORMS
from tests.journeys.faulty import Day, a_day
from tests.journeys.test_answers import collect

HIDING: Final = sorted(k for k in ("facebook", "youtube") if Can.HIDE_COMMENT in CHANNELS[k].can)
SPAM: Final = "Vay nhanh 5 phút, bấm vào đây nhận tiền!"


@pytest.fixture
async def day(tmp_path: Path, database_url: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, database_url) as made:
        yield made


async def commented(day: Day, channel: str, category: str = "scam") -> int:
    """A post of ours is out and a stranger's comment under it was read; return the comment's number."""
    delivery = await day.queue(next(f for f in FORMS if f.channel == channel and f.name in ("feed", "film")))
    await day.go_on()
    day.sandbox.comment(channel, (await day.row(delivery)).remote_id, "Lan", SPAM, day.times.at)
    await collect(day)
    async with day.parts.db.write() as session:
        asked = (await session.exec(select(Mention).where(Mention.text == SPAM, Mention.channel == channel))).one()
        asked.category = category
        return asked.id or 0


async def acts(day: Day) -> list[CommentAct]:
    async with day.parts.db.read() as session:
        return list((await session.exec(select(CommentAct).order_by(col(CommentAct.id)))).all())


def hidden(day: Day, channel: str) -> bool:
    """Whether the platform hides it from others."""
    [remark] = [r for i in day.sandbox.platforms[channel].items.values() for r in i.remarks if r.text == SPAM]
    return remark.hidden


@pytest.mark.parametrize("channel", HIDING)
@pytest.mark.parametrize("trouble", ["", "server_error", "server_error_after", "drop_after"])
async def test_it_is_hidden_and_shown_again(day: Day, channel: str, trouble: str) -> None:
    comment, duty = await commented(day, channel), day.office.people["truc"]
    if trouble:
        day.sandbox.platforms[channel].fail_next(trouble, match="POST")
    await ask(day.parts, duty, comment, ActKind.HIDE, "scam")
    await ask(day.parts, duty, comment, ActKind.HIDE, "scam")
    await do_due(day.parts)
    day.times.at += timedelta(minutes=10)
    await do_due(day.parts)
    assert hidden(day, channel)
    assert [(a.kind, a.state, a.reason) for a in await acts(day)] == [("hide", ActState.DONE, "scam")], "asked once"
    await ask(day.parts, duty, comment, ActKind.SHOW)
    await do_due(day.parts)
    assert not hidden(day, channel)
    async with day.parts.db.read() as session:
        told = (await session.exec(select(AuditEntry.action).where(AuditEntry.subject == f"mention:{comment}"))).all()
    assert told == ["comment_hide_asked", "comment_hide_done", "comment_show_asked", "comment_show_done"]


@pytest.mark.parametrize(
    "category", ["", "criticism", "question", "feedback", "urgent", "warning", "misinformation", "satire"]
)
async def test_nobody_hides_what_is_to_be_answered(day: Day, category: str) -> None:
    comment = await commented(day, "facebook", category)
    with pytest.raises(Refused, match="Only spam and scams"):
        await ask(day.parts, day.office.people["truc"], comment, ActKind.HIDE, "spam")
    assert not await acts(day)


async def test_who_may_not_and_without_a_reason_nothing_is_asked(day: Day) -> None:
    comment = await commented(day, "facebook")
    with pytest.raises(Refused):
        await ask(day.parts, day.office.people["soan"], comment, ActKind.HIDE, "spam")
    with pytest.raises(Refused):
        await ask(day.parts, day.office.people["truc"], comment, ActKind.HIDE, "tôi không thích")
    assert not await acts(day)


async def test_the_later_word_counts_and_a_refusal_is_told(day: Day) -> None:
    comment, duty = await commented(day, "facebook", "harmless"), day.office.people["truc"]
    await ask(day.parts, duty, comment, ActKind.LIKE)
    await ask(day.parts, duty, comment, ActKind.UNLIKE)
    await do_due(day.parts)
    assert [(a.kind, a.state) for a in await acts(day)] == [("like", "replaced"), ("unlike", "done")]
    day.sandbox.platforms["facebook"].items.clear()
    await ask(day.parts, duty, comment, ActKind.HIDE, "spam")
    await do_due(day.parts)
    refused = (await acts(day))[-1]
    assert refused.state == ActState.REFUSED
    assert refused.error_vi and refused.error_en and refused.error_vi != refused.error_en


async def test_an_account_that_cannot_be_opened_keeps_no_other_waiting(day: Day) -> None:
    first, second = await commented(day, "facebook"), await commented(day, "youtube")
    for comment in (first, second):
        await ask(day.parts, day.office.people["truc"], comment, ActKind.HIDE, "scam")
    async with day.parts.db.write() as session:
        (await session.get_one(Account, day.office.accounts["facebook"])).sealed = b"by another key"
    await do_due(day.parts)
    assert hidden(day, "youtube")
    day.times.at += timedelta(minutes=10)
    await do_due(day.parts)
    assert [(a.state, a.failures) for a in await acts(day)] == [(ActState.QUEUED, 2), (ActState.DONE, 0)]
