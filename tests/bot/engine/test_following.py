"""What goes out by itself once a post is out: as a delivery of its own, over both engines and both databases."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import col, select

from bot.publishing.queueing import hold_post, release_post, settle_unknown
from models.delivery import Delivery, HeldBy
from models.post import Post, Variant
from models.states import DeliveryState, PostState
from tests.bot.engine.hosts import Host
from tests.bot.engine.tiny import PERSON, Platform, office, queue, row, until


async def _queue(host: Host, platform: Platform, text: str, comment: str) -> int:
    """A post with a first comment, queued; return its delivery."""
    (account,) = await office(host.parts, platform.url, "followed")
    (delivery,) = await queue(host.parts, [text], account, in_s=0.2)
    async with host.db.write() as session:
        variant = await session.get_one(Variant, (await session.get_one(Delivery, delivery)).variant_id)
        variant.options = {"first_comment": comment}
    return delivery


async def _post(host: Host, delivery: int) -> Post:
    async with host.db.read() as session:
        return await session.get_one(Post, (await session.get_one(Delivery, delivery)).post_id)


async def test_the_first_comment_goes_out_once_under_the_post_that_is_out(host: Host, platform: Platform) -> None:
    delivery = await _queue(host, platform, "bài", "đường dây nóng")
    await host.engine.start()
    await until(host.db, sent=2)
    assert platform.posts == ["bài", "đường dây nóng < id bài"]
    assert (await _post(host, delivery)).state == PostState.PUBLISHED
    async with host.db.read() as session:
        rows = (await session.exec(select(Delivery.target_id, Delivery.form).order_by(col(Delivery.id)))).all()
    assert [tuple(r) for r in rows] == [("", "text"), ("id bài", "comment")]


async def test_a_post_that_is_held_while_it_goes_out_gets_no_comment_before_its_release(
    host: Host, platform: Platform
) -> None:
    platform.answers.clear()
    delivery = await _queue(host, platform, "bài", "sau khi thả")
    await host.engine.start()
    async with asyncio.timeout(60):
        while not platform.posts:  # noqa: ASYNC110  (the platform is plain data)
            await asyncio.sleep(0.01)
    post = await _post(host, delivery)
    await hold_post(host.parts, PERSON, post.id or 0, "chờ")
    platform.answers.set()
    await until(host.db, sent=1, held=1)
    assert platform.posts == ["bài"]
    await release_post(host.parts, PERSON, post.id or 0)
    await until(host.db, sent=2)
    assert platform.posts == ["bài", "sau khi thả < id bài"]


async def test_what_a_person_says_is_there_without_its_id_says_what_is_left_to_do(
    host: Host, platform: Platform
) -> None:
    delivery = await _queue(host, platform, "bài", "bình luận")
    async with host.db.write() as session:
        stored = await session.get_one(Delivery, delivery)
        stored.state, stored.attempt_no = DeliveryState.UNKNOWN, 1
    await settle_unknown(host.parts, PERSON, delivery, there=True)
    settled = await row(host.db, delivery)
    assert settled.state == DeliveryState.SENT
    assert "bình luận đầu tiên" in settled.error_vi and "first comment" in settled.error_en


async def test_a_message_to_many_goes_out_batch_by_batch_each_a_delivery_of_its_own(
    host: Host, platform: Platform
) -> None:
    (account,) = await office(host.parts, platform.url, "batches")
    (delivery,) = await queue(host.parts, ["tin"], account)
    await host.engine.start()
    await until(host.db, sent=3)
    assert platform.posts == ["tin 1", "tin 2", "tin 3"]
    assert (await _post(host, delivery)).state == PostState.PUBLISHED
    async with host.db.read() as session:
        rows = (await session.exec(select(Delivery).order_by(col(Delivery.id)))).all()
    assert [(r.target_id, r.remote_id) for r in rows] == [("", "id tin 1"), ("#2", "id tin 2"), ("#3", "id tin 3")]
    assert {(r.fingerprint, str(r.composed)) for r in rows} == {(rows[0].fingerprint, str(rows[0].composed))}


@pytest.mark.parametrize(("called_off", "left"), [(False, ["#2"]), (True, [])])
async def test_a_batch_that_a_person_says_is_there_is_followed_by_the_next_unless_the_post_was_called_off(
    called_off: bool, left: list[str], host: Host, platform: Platform
) -> None:
    (account,) = await office(host.parts, platform.url, "batches")
    (delivery,) = await queue(host.parts, ["tin"], account, in_s=60)
    async with host.db.write() as session:
        stored = await session.get_one(Delivery, delivery)
        stored.state, stored.attempt_no, stored.notes = DeliveryState.UNKNOWN, 1, {"batch": "1"}
        stored.held_by = HeldBy.CANCELLED if called_off else ""
    await settle_unknown(host.parts, PERSON, delivery, there=True)
    async with host.db.read() as session:
        rows = (await session.exec(select(Delivery).where(Delivery.state == DeliveryState.QUEUED))).all()
    assert [(r.target_id, r.notes) for r in rows] == [(target, {"batch": "2"}) for target in left]
