"""A post is out on all four channels within a minute of its time; what its time passed by while Loa was down asks a
person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlmodel import select

from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.queueing import release_post
from bot.publishing.writing import PostDraft, VariantDraft, create_post
from models.delivery import Delivery, HeldBy
from models.post import Post, PostKind
from models.states import DeliveryState, PostState
from tests.crash.forms import shown
from tests.journeys.faulty import Day, a_day

CHANNELS: Final = ("facebook", "zalo", "viber", "youtube")
MINUTE: Final = timedelta(minutes=1)


@pytest.fixture
async def day(tmp_path: Path, database_url: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, database_url) as made:
        yield made


async def scheduled(day: Day, mark: str, **more: Any) -> int:
    """A post for all four channels, approved, due in an hour unless said otherwise."""
    people, parts = day.office.people, day.parts
    text = VariantDraft(text=f"Thông báo {mark}.", title=mark)
    wanted = {"due_at": parts.now() + timedelta(hours=1), "variants": dict.fromkeys(CHANNELS, text), **more}
    draft = PostDraft(title=mark, field="KHAC", locality="", **wanted)
    post_id = await create_post(parts, people["soan"], draft)
    for name, channel in (("cover.jpg", "zalo"), ("clip.mp4", "youtube")):
        if channel in draft.variants:
            file = day.folder / name
            await attach_media(parts, people["soan"], post_id, file, alt_text="Hình", channels=[channel])
    await submit_post(parts, people["soan"], post_id)
    if (await post_of(day, post_id)).state == PostState.IN_REVIEW:
        await forward_post(parts, people["bientap"], post_id)
    for who in ("duyet", "phatngon") if draft.kind == PostKind.CORRECTION else ("duyet",):
        await approve_post(parts, people[who], post_id, (await post_of(day, post_id)).content_hash)
    return post_id


async def post_of(day: Day, post_id: int) -> Post:
    async with day.parts.db.read() as session:
        return await session.get_one(Post, post_id)


async def rows(day: Day, post_id: int) -> list[Delivery]:
    async with day.parts.db.read() as session:
        return list((await session.exec(select(Delivery).where(Delivery.post_id == post_id))).all())


def seen(day: Day, mark: str) -> dict[str, int]:
    """How often it stands on each platform."""
    return {channel: shown(day.sandbox, channel, mark) for channel in CHANNELS}


async def go_on(day: Day, until: timedelta, every_s: float | None = None) -> None:
    """Let time pass as the engine lives through it: a turn each second, or more seldom where nothing is timed."""
    end, step = day.times.at + until, timedelta(seconds=every_s or day.parts.settings.dispatch_every_s)
    while day.times.at < end:
        await day.engine.drain()
        day.times.at += step
    await day.engine.drain()


async def test_all_four_channels_have_it_within_a_minute_and_none_before_its_time(day: Day) -> None:
    post_id = await scheduled(day, "«đúng giờ»")
    due = day.parts.now() + timedelta(hours=1)
    day.times.at = due - MINUTE
    await go_on(day, MINUTE - timedelta(seconds=day.parts.settings.dispatch_every_s))
    assert seen(day, "«đúng giờ»") == dict.fromkeys(CHANNELS, 0)
    await go_on(day, MINUTE)
    assert seen(day, "«đúng giờ»") == dict.fromkeys(CHANNELS, 1)
    deliveries = await rows(day, post_id)
    assert {d.state for d in deliveries} == {DeliveryState.SENT}
    assert sorted(d.channel for d in deliveries) == sorted(CHANNELS)
    for delivery in deliveries:
        assert delivery.sent_at is not None
        assert timedelta(0) <= delivery.sent_at - due <= MINUTE, delivery.channel


async def test_after_two_hours_down_what_is_late_is_held_for_a_person_and_a_correction_goes(day: Day) -> None:
    post_id = await scheduled(day, "«trễ»")
    correction = await scheduled(
        day, "«đính chính»", kind=PostKind.CORRECTION,
        variants={"facebook": VariantDraft(text="Đính chính «đính chính».", title="Đính chính")},
    )  # fmt: skip
    day.times.at += timedelta(hours=3)  # nothing ran from before the due time until two hours after it
    await go_on(day, MINUTE, every_s=5)
    assert seen(day, "«trễ»") == dict.fromkeys(CHANNELS, 0)
    assert seen(day, "«đính chính»")["facebook"] == 1
    late = await rows(day, post_id)
    assert {d.state for d in late} == {DeliveryState.HELD}
    assert {d.held_by for d in late} <= {HeldBy.LATE, HeldBy.POST} and HeldBy.LATE in {d.held_by for d in late}
    post = await post_of(day, post_id)
    assert post.state == PostState.HELD and post.held_reason == "trễ 120 phút"
    assert (await post_of(day, correction)).state == PostState.PUBLISHED
    await go_on(day, 5 * MINUTE, every_s=60)
    assert seen(day, "«trễ»") == dict.fromkeys(CHANNELS, 0), "nobody has decided yet"
    await release_post(day.parts, day.office.people["duyet"], post_id)
    await go_on(day, MINUTE, every_s=5)
    assert seen(day, "«trễ»") == dict.fromkeys(CHANNELS, 1)
