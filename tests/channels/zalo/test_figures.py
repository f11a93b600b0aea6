"""Articles and their figures as Zalo lists them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.zalo import ZaloSandbox
from channels.zalo import ZaloChannel
from tests.channels.zalo.wire import (
    Told,
    adapter,
    clip_in,
    composed,
    forget,
    picture_at,
    published,
)
from tests.conftest import FakeClock


async def test_figures_of_all_articles_come_with_one_reading_of_the_list(
    platform: ZaloSandbox, door: Door, clock: FakeClock, files: str, tmp_path: Path
) -> None:
    channel = adapter(platform, door, clock)
    made = [await published(channel, composed(picture_at(f"{files}/a.jpg"), title=f"Số {n}")) for n in range(11)]
    film = composed(clip_in(tmp_path), title="Phim")
    sent = await channel.submit(film, await channel.prepare(film, {}, forget))
    made.append(await channel.poll(film, sent, sent.notes))
    clock.forward(hours=2)
    before = platform.calls["GET /v2.0/article/getslice"]
    figures = [await channel.read_metrics(s.remote_id) for s in made]
    assert all([m.name for m in row] == ["views", "shares"] and row[0].value for row in figures)
    assert platform.calls["GET /v2.0/article/getslice"] == before + 3
    assert [m.value for m in await channel.read_metrics("art_none")] == [None]
    clock.forward(minutes=1)
    await channel.read_metrics(made[0].remote_id)
    assert platform.calls["GET /v2.0/article/getslice"] == before + 6, "figures get old"
    items = await channel.read_items(clock() - timedelta(days=1))
    assert sorted(i.title for i in items) == sorted([*(f"Số {n}" for n in range(11)), "Phim"])
    platform.items[made[0].remote_id].state = "hidden"
    assert len(await channel.read_items(clock() - timedelta(days=1))) == 11
    assert await channel.read_items(clock()) == []
    followers = await channel.read_account_metrics(clock(), clock())
    assert [(m.name, m.value, m.day) for m in followers] == [("followers", 7, "2026-11-24")]


@pytest.mark.parametrize(
    ("said", "value"),
    [(12_345_678_901, 12_345_678_901), ("9007199254740993", 9_007_199_254_740_993), (12_345_678.0, 12_345_678),
     (0, 0), (None, None), ("", None), (1.5, None), (1e17, None), (True, None), ("1.2k", None)],
)  # fmt: skip
async def test_a_figure_is_exact_or_none(said: Any, value: int | None, told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    row = {"id": "a1", "total_view": said, "total_share": said}
    server.say({"error": 0, "data": {"medias": [row], "total": 1}}, {"error": 0, "data": {"medias": []}})
    figures = await channel.read_metrics("a1")
    assert [(m.name, m.value, m.definition) for m in figures] == [
        ("views", value, "zalo:total_view:v2.0"), ("shares", value, "zalo:total_share:v2.0")]  # fmt: skip


async def test_an_oa_that_is_not_verified_is_told_before_a_broadcast_fails(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    channel = adapter(platform, door, clock)
    assert [c.code for c in (await channel.check_account()).concerns] == []
    oa.extra["unverified"] = True
    [concern] = (await channel.check_account()).concerns
    assert (concern.code, "người quan tâm" in concern.told.vi) == ("unverified", True)
