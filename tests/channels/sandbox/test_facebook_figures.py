"""What Facebook's stand-in counts: engagement, and insights by metric, period and window."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.sandbox.facebook.insights import preset
from tests.channels.sandbox.facebook_client import Client
from tests.conftest import FakeClock


async def test_engagement_is_told_with_its_sums(facebook: Client) -> None:
    post = await facebook.feed()
    remark = facebook.platform.add_remark(post, "Người dân", "hỏi", facebook.clock())
    await facebook.comment(remark.remote_id, "đáp")
    facebook.clock.forward(hours=3)
    fields = (
        "shares,comments.limit(1).summary(total_count){message},reactions.limit(0).summary(true),"
        "reactions.type(LOVE).limit(0).summary(total_count).as(love)"
    )
    read = await facebook.get(post, fields=fields)
    assert "shares" not in read, "absent when 0"
    assert [r["message"] for r in read["comments"]["data"]] == ["hỏi"]
    assert read["comments"]["summary"]["total_count"] == 2
    assert 0 < read["love"]["summary"]["total_count"] < read["reactions"]["summary"]["total_count"]
    facebook.platform.items[post].figures["shares"] = 3
    assert (await facebook.get(post, fields="shares"))["shares"] == {"count": 3}
    assert (await facebook.get(post, fields="comments.limit(0),reactions")) == {
        "id": post,
        "comments": {"data": []},
        "reactions": {"data": []},
    }
    both = await facebook.get("", ids=f"{post},{facebook.id}", fields="id")
    assert set(both) == {post, facebook.id}


async def test_a_new_post_has_no_figures_yet(facebook: Client) -> None:
    post = await facebook.feed()
    words = {"metric": "post_media_view,post_total_media_view_unique", "period": "lifetime"}
    assert await facebook.get(f"{post}/insights", **words) == {"data": []}
    facebook.clock.forward(hours=2)
    data = (await facebook.get(f"{post}/insights", **words))["data"]
    assert [d["name"] for d in data] == words["metric"].split(",")
    assert data[0]["values"][0]["value"] > data[1]["values"][0]["value"] > 0
    assert data[0]["id"] == f"{post}/insights/post_media_view/lifetime"


async def test_reactions_add_up(facebook: Client) -> None:
    post = await facebook.feed()
    facebook.clock.forward(hours=30)
    names = ",".join(f"post_reactions_{kind}_total" for kind in ("like", "love", "wow", "haha", "sorry", "anger"))
    parts = (await facebook.get(f"{post}/insights", metric=names))["data"]
    whole = await facebook.get(post, fields="reactions.summary(true)")
    assert sum(d["values"][0]["value"] for d in parts) == whole["reactions"]["summary"]["total_count"]


async def test_a_clip_and_a_reel_have_their_own_figures(facebook: Client) -> None:
    video, reel = (await facebook.video())["id"], await facebook.reel()
    facebook.clock.forward(hours=2)
    names = {d["name"] for d in (await facebook.get(f"{video}/video_insights"))["data"]}
    assert "total_video_views" in names and "blue_reels_play_count" not in names
    names = {d["name"] for d in (await facebook.get(f"{reel}/video_insights"))["data"]}
    assert "blue_reels_play_count" in names and "total_video_views" not in names
    (row,) = (await facebook.get(f"{facebook.id}_{video}/insights", metric="post_video_views"))["data"]
    assert row["values"][0]["value"] > 0


async def test_daily_figures_end_with_the_day_in_california(facebook: Client) -> None:
    facebook.account.days |= {
        "2026-11-20": {"page_media_view": 120, "week:page_media_view": 700},
        "2026-11-21": {"page_media_view": 130},
    }
    since = str(int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()))
    words = {"metric": "page_media_view,page_follows", "since": since, "until": "2026-11-23"}
    body = await facebook.get(f"{facebook.id}/insights", period="day", **words)
    (row,) = body["data"]
    assert row["values"] == [
        {"value": 120, "end_time": "2026-11-21T08:00:00+0000"},
        {"value": 130, "end_time": "2026-11-22T08:00:00+0000"},
    ]
    (week,) = (await facebook.get(f"{facebook.id}/insights", period="week", **words | {"metric": "page_media_view"}))[
        "data"
    ]
    assert week["values"] == [{"value": 700, "end_time": "2026-11-21T08:00:00+0000"}]
    before = await facebook.call("GET", body["paging"]["previous"])
    assert before["data"] == []
    (row,) = (await facebook.get(f"{facebook.id}/insights", metric="page_media_view", date_preset="last_3d"))["data"]
    assert [v["value"] for v in row["values"]] == [120, 130]


async def test_a_small_page_has_no_figures(facebook: Client) -> None:
    facebook.account.days["2026-11-22"] = {"page_media_view": 120}
    for followers, wanted in ((99, 0), (100, 1)):
        facebook.account.followers = followers
        assert len((await facebook.get(f"{facebook.id}/insights", metric="page_media_view"))["data"]) == wanted


PRESETS = {
    "today": ("2026-11-24", None),
    "yesterday": ("2026-11-23", "2026-11-24"),
    "last_7d": ("2026-11-17", "2026-11-24"),
    "last_90d": ("2026-08-26", "2026-11-24"),
    "this_week_mon_today": ("2026-11-23", None),
    "this_week_sun_today": ("2026-11-22", None),
    "last_week_mon_sun": ("2026-11-16", "2026-11-23"),
    "last_week_sun_sat": ("2026-11-15", "2026-11-22"),
    "this_month": ("2026-11-01", None),
    "last_month": ("2026-10-01", "2026-11-01"),
    "this_quarter": ("2026-10-01", None),
    "last_quarter": ("2026-07-01", "2026-10-01"),
    "this_year": ("2026-01-01", None),
    "last_year": ("2025-01-01", "2026-01-01"),
}


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_names_its_days(name: str, clock: FakeClock) -> None:
    since, until = preset(name, clock())
    first, last = PRESETS[name]
    assert f"{since:%Y-%m-%d}" == first and since.hour == 0
    assert until == clock() if last is None else f"{until:%Y-%m-%d}" == last
