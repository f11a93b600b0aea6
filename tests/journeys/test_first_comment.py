"""A first comment is written under the post once that is out: one, in our name, however the platform or the process
fails in between, and exactly as it was seen before approval."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
from sqlmodel import col, select

from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.claim import claim_due
from bot.publishing.writing import PostDraft, VariantDraft, create_post, preview_post
from channels.base import COMMENT, Can
from channels.registry import CHANNELS
from channels.sandbox.core import Remark
from models.delivery import Delivery
from models.post import Post
from models.states import DeliveryState, PostState
from tests.journeys.faulty import Day, a_day

WITH_COMMENTS: Final = sorted(k for k in ("facebook", "youtube") if Can.FIRST_COMMENT in CHANNELS[k].can)
CALL: Final = {"facebook": "/comments", "youtube": "POST /youtube/v3/commentThreads"}
FIRST: Final = "Đường dây nóng: 1022. Số này trực cả ngày lẫn đêm."


@pytest.fixture
async def day(tmp_path: Path, database_url: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, database_url) as made:
        yield made


async def approved(day: Day, channel: str) -> int:
    """A post with a first comment, written by one person and approved by another, due at once."""
    people = day.office.people
    words = VariantDraft("Lịch tiếp dân tuần này.", "Lịch tiếp dân", options={"first_comment": FIRST})
    draft = PostDraft("Lịch", "KHAC", "", None, {channel: words}, late_after_min=10_000)
    post_id = await create_post(day.parts, people["soan"], draft)
    if channel == "youtube":
        await attach_media(day.parts, people["soan"], post_id, day.folder / "clip.mp4", alt_text="Phim")
    await submit_post(day.parts, people["soan"], post_id)
    await forward_post(day.parts, people["bientap"], post_id)
    async with day.parts.db.read() as session:
        seen = (await session.get_one(Post, post_id)).content_hash
    assert await approve_post(day.parts, people["duyet"], post_id, seen) is PostState.SCHEDULED
    return post_id


def ours(day: Day, channel: str) -> list[Remark]:
    """Our comments on the platform."""
    return [r for i in day.sandbox.platforms[channel].items.values() for r in i.remarks if r.own]


async def nothing(day: Day, channel: str) -> None:
    """All goes well."""


def fault(kind: str) -> Callable[[Day, str], Awaitable[None]]:
    async def arranged(day: Day, channel: str) -> None:
        day.sandbox.platforms[channel].fail_next(kind, match=CALL[channel])

    return arranged


async def killed_with_the_post_just_taken(day: Day, channel: str) -> None:
    """The process dies when the platform has taken the post and nothing more is written down: no comment is queued."""
    [flying] = await claim_due(day.parts, 10)
    notes = dict(flying.delivery.notes)

    async def save(kept: object) -> None:
        notes.update(kept)  # type: ignore[call-overload]

    notes = dict(await flying.channel.prepare(flying.out, notes, save))
    async with day.parts.db.write() as session:
        row = await session.get_one(Delivery, flying.id)
        row.notes = notes
    await flying.channel.submit(flying.out, notes)


TROUBLES: Final = {
    "none": nothing,
    "500 after the comment": fault("server_error_after"),
    "500 before the comment": fault("server_error"),
    "cut after the comment": fault("drop_after"),
    "killed with the post just taken": killed_with_the_post_just_taken,
}


@pytest.mark.parametrize("channel", WITH_COMMENTS)
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_one_comment_under_the_post(day: Day, channel: str, trouble: str) -> None:
    post_id = await approved(day, channel)
    seen = (await preview_post(day.parts, day.office.organisation_id, post_id))[channel]
    await TROUBLES[trouble](day, channel)
    await day.go_on(hours=6)
    async with day.parts.db.read() as session:
        query = select(Delivery).where(Delivery.post_id == post_id).order_by(col(Delivery.id))
        post, comment = (await session.exec(query)).all()
        state = (await session.get_one(Post, post_id)).state
    assert (post.state, comment.state, state) == (DeliveryState.SENT, DeliveryState.SENT, PostState.PUBLISHED)
    assert (comment.form, comment.target_id) == (COMMENT, post.remote_id)
    [mine] = ours(day, channel)
    assert (mine.text, mine.remote_id) == (FIRST, comment.remote_id)
    assert [out.form for out in seen] == [post.form, comment.form]
    assert FIRST in seen[1].payload.values(), "it is seen before the yes"
