"""An alarm holds what is due on its topic from its first moment on, also where the duty desk has not seen it yet;
everything else goes out."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlmodel import select

from bot.duty.telling import raise_alerts
from bot.publishing.queueing import release_post
from models.delivery import Delivery
from models.incident import Incident, Level
from models.post import Post
from models.states import PostState
from tests.bot.engine.hosts import Host
from tests.bot.engine.tiny import PERSON, Platform, office, queue, row, until

TOPIC, PLACE = "THIEN_TAI", "xã Đồi Mây"


async def speak_of(host: Host, deliveries: list[int], field: str, locality: str = "") -> None:
    """Say what these posts speak of."""
    async with host.db.write() as session:
        for delivery in deliveries:
            post = await session.get_one(Post, (await session.get_one(Delivery, delivery)).post_id)
            post.field, post.locality = field, locality


async def alarm(host: Host, level: Level = Level.HIGH) -> None:
    """The monitor opens an incident."""
    now = host.parts.now()
    async with host.db.write() as session:
        session.add(
            Incident(
                organisation_id=1, level=level, harm=3, spread=2, field=TOPIC, locality=PLACE, claim_text="đập đã vỡ",
                started_at=now, opened_at=now, updated_at=now,
            )
        )  # fmt: skip


async def post_states(host: Host) -> dict[str, str]:
    async with host.db.read() as session:
        return {post.title: post.state for post in (await session.exec(select(Post))).all()}


async def due_in_a_minute(host: Host, platform: Platform) -> int:
    """Two posts due soon, one of them on the topic, and one that is due on the topic of another place."""
    (account,) = await office(host.parts, platform.url)
    (same,) = await queue(host.parts, ["liên hoan bên hồ"], account, in_s=1.0)
    other, elsewhere = await queue(host.parts, ["lịch tiêm", "tập huấn ở Nắng Mới"], account, in_s=1.0)
    await speak_of(host, [same], TOPIC)
    await speak_of(host, [other], "Y_TE")
    await speak_of(host, [elsewhere], TOPIC, "phường Nắng Mới")
    return same


async def test_what_is_due_right_after_the_alarm_waits_and_the_rest_goes(host: Host, platform: Platform) -> None:
    same = await due_in_a_minute(host, platform)
    await host.engine.start()
    await alarm(host)
    await raise_alerts(host.parts)
    await until(host.db, sent=2)
    await asyncio.sleep(1.0)  # longer than any engine's look
    assert sorted(platform.posts) == ["lịch tiêm", "tập huấn ở Nắng Mới"]
    assert (await post_states(host))["liên hoan bên hồ"] == PostState.HELD
    await release_post(host.parts, PERSON, (await row(host.db, same)).post_id)
    await until(host.db, sent=3)
    assert not platform.twice


async def test_it_waits_although_no_desk_is_there_to_hold_it(host: Host, platform: Platform) -> None:
    """The desk's machine is down: the alarm stands in the store, and that is enough. A person's word holds here too."""
    same = await due_in_a_minute(host, platform)
    await alarm(host, Level.EMERGENCY)
    await host.engine.start()
    await until(host.db, sent=2, held=1)
    assert "liên hoan bên hồ" not in platform.posts
    await release_post(host.parts, PERSON, (await row(host.db, same)).post_id)
    await until(host.db, sent=3)


async def test_an_upload_that_runs_stops_before_its_last_step(host: Host, platform: Platform) -> None:
    platform.ready.clear()
    (account,) = await office(host.parts, platform.url)
    (same,) = await queue(host.parts, ["phim lễ hội"], account)
    await speak_of(host, [same], TOPIC, PLACE)
    await host.engine.start()
    await platform.knocked.wait()
    await alarm(host)
    await raise_alerts(host.parts)
    assert await post_states(host) == {"phim lễ hội": PostState.HELD}
    platform.ready.set()
    await until(host.db, held=1)
    await asyncio.sleep(1.0)
    assert platform.posts == []
    async with host.db.write() as session:
        post = await session.get_one(Post, (await row(host.db, same)).post_id)
        post.window_to = host.parts.now() + timedelta(hours=1)
    await release_post(host.parts, PERSON, post.id or 0)
    await until(host.db, sent=1)
    assert platform.posts == ["phim lễ hội"]


async def test_a_lower_level_holds_nothing(host: Host, platform: Platform) -> None:
    await due_in_a_minute(host, platform)
    await alarm(host, Level.MEDIUM)
    await host.engine.start()
    await until(host.db, sent=3)
