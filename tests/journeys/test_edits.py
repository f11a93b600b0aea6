"""What is out gets new words: drafted from what stands there, approved by somebody else, and the one item is changed,
however the platform or the process fails in between; no second one appears."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from sqlmodel import col, select

from bot.parts import Refused
from bot.publishing.approval import allowed_actions, approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.claim import claim_due
from bot.publishing.edits import start_edit
from bot.publishing.queueing import withdraw_post
from bot.publishing.writing import PostDraft, VariantDraft, preview_post, revise_post
from channels.base import Can
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.post import Post, PostKind, Timing, Variant
from models.states import DeliveryState, PostState
from tests.crash.forms import FORMS, Form
from tests.journeys.faulty import Day, a_day

NEW: Final = "Thông báo «đã sửa»: điểm tiếp dân chuyển sang số 4."
EDITED: Final = tuple(
    f for f in FORMS if f.name in ("feed", "photo", "article", "film") and Can.EDIT in CHANNELS[f.channel].can
)
CALL: Final = {"facebook": "", "youtube": "PUT /youtube/v3/videos", "zalo": "/article/update"}


@pytest.fixture
async def day(tmp_path: Path, database_url: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, database_url) as made:
        yield made


async def out_now(day: Day, form: Form) -> Delivery:
    """A post of this form that is out."""
    delivery = await day.queue(form)
    await day.go_on()
    found = await day.row(delivery)
    assert found.state == DeliveryState.SENT
    return found


async def edited(day: Day, first: Delivery) -> int:
    """Its edit, written by one person and handed in for another; returns the edit's post."""
    people = day.office.people
    edit = await start_edit(day.parts, people["soan"], first.post_id)
    async with day.parts.db.read() as session:
        post = await session.get_one(Post, edit)
        variant = (await session.exec(select(Variant).where(Variant.post_id == edit))).one()
    draft = PostDraft(
        post.title, post.field, post.locality, None, {first.channel: VariantDraft(NEW, variant.title)},
        kind=post.kind, timing=Timing.NOW,
    )  # fmt: skip
    await revise_post(day.parts, people["soan"], edit, draft)
    await submit_post(day.parts, people["soan"], edit)
    await forward_post(day.parts, people["bientap"], edit)
    return edit


async def approve(day: Day, post_id: int) -> None:
    async with day.parts.db.read() as session:
        seen = (await session.get_one(Post, post_id)).content_hash
    assert await approve_post(day.parts, day.office.people["duyet"], post_id, seen) is PostState.SCHEDULED


async def row_of(day: Day, post_id: int) -> Delivery:
    async with day.parts.db.read() as session:
        return (await session.exec(select(Delivery).where(Delivery.post_id == post_id))).one()


def fault(kind: str) -> Callable[[Day, str], Awaitable[None]]:
    async def arranged(day: Day, channel: str) -> None:
        day.sandbox.platforms[channel].fail_next(kind, match=CALL[channel] or (await _item(day)))

    return arranged


async def _item(day: Day) -> str:
    """The address of the Facebook item that is changed."""
    async with day.parts.db.read() as session:
        query = select(Delivery.target_id).where(Delivery.target_id != "").order_by(col(Delivery.id).desc())
        return f"POST /v26.0/{(await session.exec(query)).first()}"


async def nothing(day: Day, channel: str) -> None:
    """All goes well."""


async def killed_before_the_call(day: Day, channel: str) -> None:
    """The process dies when the attempt is written down and nothing is sent."""
    assert len(await claim_due(day.parts, 10)) == 1


TROUBLES: Final = {
    "none": nothing,
    "500 after changing": fault("server_error_after"),
    "500 before changing": fault("server_error"),
    "cut after changing": fault("drop_after"),
    "killed before the call": killed_before_the_call,
}


@pytest.mark.parametrize("form", EDITED, ids=lambda form: f"{form.channel}-{form.name}")
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_the_one_item_gets_the_new_words(day: Day, form: Form, trouble: str) -> None:
    first = await out_now(day, form)
    edit = await edited(day, first)
    shown = (await preview_post(day.parts, day.office.organisation_id, edit))[form.channel]
    await approve(day, edit)
    await TROUBLES[trouble](day, form.channel)
    await day.go_on(hours=2)
    row = await row_of(day, edit)
    assert (row.state, row.error_vi, row.target_id) == (DeliveryState.SENT, "", first.remote_id)
    assert [dict(out.payload) for out in shown] == [row.composed], "what was seen is what was sent"
    assert day.shown(replace(form, name="đã sửa")) == 1
    [item] = [i for i in day.sandbox.platforms[form.channel].published() if i.live]
    assert item.remote_id in first.remote_id or first.remote_id in item.remote_id


async def test_who_may_begin_an_edit_and_what_it_is_not(day: Day) -> None:
    people, feed = day.office.people, next(f for f in FORMS if f.name == "feed")
    first = await out_now(day, feed)
    edit = await edited(day, first)
    assert await start_edit(day.parts, people["soan"], first.post_id) == edit, "one at a time"
    for login in ("soan",):
        async with day.parts.db.read() as session:
            seen = (await session.get_one(Post, edit)).content_hash
        with pytest.raises(Refused):
            await approve_post(day.parts, people[login], edit, seen)
    with pytest.raises(Refused, match="not the files"):
        await attach_media(day.parts, people["soan"], edit, day.folder / "cover.jpg", alt_text="Hình")
    await approve(day, edit)
    await day.go_on(hours=2)
    with pytest.raises(Refused):
        await withdraw_post(day.parts, people["duyet"], edit, "nhầm")
    with pytest.raises(Refused):
        await start_edit(day.parts, people["soan"], edit)
    assert day.shown(replace(feed, name="đã sửa")) == 1
    async with day.parts.db.read() as session:
        post, original = await session.get_one(Post, edit), await session.get_one(Post, first.post_id)
    assert (post.kind, post.edits_id, post.state) == (PostKind.EDIT, original.id, PostState.PUBLISHED)
    assert "amend" in allowed_actions(original, people["soan"], [], [first], day.parts.now())
    assert not {"amend", "withdraw"} & allowed_actions(post, people["duyet"], [], [], day.parts.now())


async def test_a_channel_that_takes_no_new_words_begins_none(day: Day) -> None:
    first = await out_now(day, next(f for f in FORMS if f.channel == "viber" and f.name == "text"))
    with pytest.raises(Refused, match="needs a correction"):
        await start_edit(day.parts, day.office.people["soan"], first.post_id)


async def test_the_next_edit_begins_with_the_words_of_the_last_one(day: Day) -> None:
    first = await out_now(day, next(f for f in FORMS if f.name == "feed"))
    edit = await edited(day, first)
    await approve(day, edit)
    await day.go_on(hours=2)
    following = await start_edit(day.parts, day.office.people["soan"], first.post_id)
    async with day.parts.db.read() as session:
        variant = (await session.exec(select(Variant).where(Variant.post_id == following))).one()
    assert following != edit and variant.text == NEW
