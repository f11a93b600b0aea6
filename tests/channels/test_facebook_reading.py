"""What the Facebook adapter reads: the account, items, comments and figures, also where answers are odd."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.errors import AuthLost, Rejected, Unreachable
from channels.facebook import FacebookChannel
from channels.facebook.figures import CLIP, COUNTED, FOLLOWERS, POST
from channels.facebook.figures import PAGE as OF_PAGE
from channels.facebook.values import count, moment
from channels.http import Door
from channels.sandbox.facebook import FacebookSandbox
from tests.channels.facebook_wire import PAGE, TOKEN, Wire, adapter, answer, clip, composed
from tests.conftest import FakeClock

AT = "2026-11-24T01:00:00+0000"


async def no_notes(_: Any) -> None:
    return None


# -- the account --------------------------------------------------------------------------------------------------


async def test_a_page_that_works(page: FacebookChannel, graph: FacebookSandbox) -> None:
    health = await page.check_account()
    assert (health.ok, health.name, health.remote_id, health.followers) == (True, "UBND", PAGE, 500)
    assert health.expires_at is None
    graph.kill(TOKEN, "password_changed")
    health = await page.check_account()
    assert (health.ok, health.lost) == (False, True)


async def test_the_app_asks_when_the_token_ends(door: Door, clock: FakeClock, graph: FacebookSandbox) -> None:
    graph.logins.app_secret = "s3cret"
    channel = adapter(door, clock, graph.url, app_id="900", app_secret="s3cret")
    health = await channel.check_account()
    assert health.ok
    assert health.expires_at == clock() + timedelta(days=90), "the access to data ends first"
    graph.accounts[PAGE].extra["lacks"] = {"pages_manage_posts"}
    health = await channel.check_account()
    assert health.lost and "permission" in health.told.en


@pytest.mark.parametrize(
    ("data", "lost", "ends"),
    [
        ({"is_valid": True, "expires_at": 0}, False, None),
        ({"is_valid": True, "expires_at": "1790000000", "data_access_expires_at": 1790000009}, False, 1790000000),
        ({"is_valid": True, "expires_at": 1790000000, "data_access_expires_at": 0, "scopes": None}, False, 1790000000),
        ({"is_valid": True, "expires_at": "never"}, False, None),
        ({"is_valid": False, "error": {"code": 190, "subcode": 460}}, True, None),
        ({}, True, None),
        ({"is_valid": True, "scopes": ["pages_show_list"]}, True, None),
    ],
)
async def test_debug_token_is_the_truth(
    door: Door, clock: FakeClock, wire: Wire, data: Any, lost: bool, ends: int | None
) -> None:
    channel = adapter(door, clock, wire.url, app_id="900", app_secret="s3cret")
    wire.says({"id": PAGE, "name": "UBND", "fan_count": "12000000"}, {"data": data})
    health = await channel.check_account()
    assert health.lost is lost
    if not lost:
        assert health.expires_at == (datetime.fromtimestamp(ends, UTC) if ends else None)
        assert health.followers == 12_000_000, "fans where followers are not told"
    _, path, query, _ = wire.asked[1]
    assert path == "/v26.0/debug_token"
    assert query == {"input_token": TOKEN, "access_token": "900|s3cret"}, "the app's own token, no proof"


async def test_a_page_that_is_down_is_not_lost(told: FacebookChannel, wire: Wire) -> None:
    wire.says((2, None))
    with pytest.raises(Unreachable):
        await told.check_account()


# -- items and comments -------------------------------------------------------------------------------------------


async def test_items_come_oldest_first_over_all_pages(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock
) -> None:
    start = clock()
    for number in range(101):
        await page.submit(composed(str(number)), {})
        clock.forward(minutes=1)
    items = await page.read_items(start)
    assert [i.text for i in items] == [str(n) for n in range(101)]
    assert items[0].created_at == start
    assert items[0].permalink == graph.items[items[0].remote_id].permalink
    assert len(await page.read_items(start + timedelta(minutes=51))) == 50


async def test_reels_are_items_and_none_comes_twice(told: FacebookChannel, wire: Wire) -> None:
    posts = {"data": [{"id": f"{PAGE}_41", "message": "clip", "created_time": AT}, {"id": "9"}, {"message": "x"}]}
    reels = {"data": [{"id": "41", "description": "clip", "created_time": AT},
                      {"id": "42", "description": None, "created_time": AT, "permalink_url": "/reel/42/"}]}  # fmt: skip
    wire.says(posts, reels)
    items = await told.read_items(datetime(2026, 11, 20, tzinfo=UTC))
    assert [(i.remote_id, i.text, i.permalink) for i in items] == [
        (f"{PAGE}_41", "clip", ""),
        ("42", "", "https://www.facebook.com/reel/42/"),
    ]
    assert [path for _, path, _, _ in wire.asked] == [f"/v26.0/{PAGE}/published_posts", f"/v26.0/{PAGE}/video_reels"]
    wire.says(posts, (2500, None))
    assert len(await told.read_items(datetime(2026, 11, 20, tzinfo=UTC))) == 1
    wire.says(posts, (190, None))
    with pytest.raises(AuthLost):
        await told.read_items(datetime(2026, 11, 20, tzinfo=UTC))


async def test_comments_and_replies_come_flat(page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock) -> None:
    post = (await page.submit(composed(), {})).remote_id
    for number in range(150):
        graph.add_remark(post, f"Người {number}", f"câu {number}", clock())
        clock.forward(seconds=1)
    first = graph.items[post].remarks[0]
    ours = await page.submit(answer(first.remote_id, "đáp"), {})
    found = await page.read_comments(post, None)
    assert [c.text for c in found] == [*(f"câu {n}" for n in range(150)), "đáp"]
    assert (found[-1].remote_id, found[-1].parent_id, found[-1].own) == (ours.remote_id, first.remote_id, True)
    assert (found[0].author_name, found[0].author_key, found[0].own) == ("Người 0", first.author_id, False)
    assert {c.item_id for c in found} == {post}
    later = await page.read_comments(post, clock() - timedelta(seconds=10))
    assert [c.text for c in later] == [*(f"câu {n}" for n in range(140, 150)), "đáp"]


async def test_what_is_missing_in_a_comment_is_empty(told: FacebookChannel, wire: Wire) -> None:
    wire.says(
        {
            "data": [
                {"id": 7, "message": None, "created_time": AT, "from": None, "parent": None, "like_count": "12000000"},
                {"id": "8", "created_time": 1790000000, "parent": {"id": 7}, "like_count": None},
                {"created_time": AT},
                {"id": "9", "created_time": None},
                "odd",
            ]
        }
    )
    first, second = sorted(await told.read_comments("1001_7", None), key=lambda c: c.remote_id)
    assert (first.remote_id, first.text, first.author_key, first.likes, first.own) == ("7", "", "", 12_000_000, False)
    assert (second.parent_id, second.likes) == ("7", None)
    assert second.created_at == datetime.fromtimestamp(1790000000, UTC)


async def test_an_empty_page_may_have_a_next_one(told: FacebookChannel, wire: Wire) -> None:
    row = {"id": "7", "message": "a", "created_time": AT}
    wire.says(
        {"data": [], "paging": {"cursors": {"after": "A"}, "next": f"{wire.url}/x?after=A&access_token={TOKEN}"}},
        {"data": [], "paging": {"next": f"{wire.url}/x?after=B"}},
        {"data": [row], "paging": {"cursors": {"after": "C"}}},
    )
    assert [c.remote_id for c in await told.read_comments("1001_7", None)] == ["7"]
    assert [query.get("after") for _, _, query, _ in wire.asked] == [None, "A", "B"]


async def test_a_cursor_that_stands_still_ends_the_list(told: FacebookChannel, wire: Wire) -> None:
    wire.says({"data": [], "paging": {"cursors": {"after": "A"}, "next": "https://graph.facebook.com/x"}})
    assert await told.read_comments("1001_7", None) == []
    assert len(wire.asked) == 2


# -- figures ------------------------------------------------------------------------------------------------------


async def test_figures_of_a_post(page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock) -> None:
    post = (await page.submit(composed(), {})).remote_id
    graph.add_remark(post, "Người dân", "hỏi", clock())
    clock.forward(hours=5)
    found = {m.name: m for m in await page.read_metrics(post)}
    assert (found["comments"].value, found["shares"].value) == (1, 0)
    reactions, views, reach = (found[n].value for n in ("reactions", "views", "reach"))
    assert reactions and views and reach and views > reach > reactions
    assert (found["reach"].unit, found["views"].unit) == ("people", "occurrences")
    assert found["views"].definition == "facebook:post_media_view@2025-11-15"


async def test_a_new_post_has_no_figures_rather_than_zero(page: FacebookChannel) -> None:
    found = {m.name: m.value for m in await page.read_metrics((await page.submit(composed(), {})).remote_id)}
    assert (found["views"], found["reach"]) == (None, None)


async def test_figures_of_a_clip(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out = composed("a", clip(tmp_path))
    sent = await page.submit(out, await page.prepare(out, {}, no_notes))
    clock.forward(hours=3)
    found = {m.name: m for m in await page.read_metrics(sent.remote_id)}
    assert found["views"].definition == "facebook:post_media_view@2025-11-15" and found["views"].value


async def test_a_reel_has_plays_where_its_post_tells_nothing(told: FacebookChannel, wire: Wire) -> None:
    plays = {"data": [{"name": "fb_reels_total_plays", "values": [{"value": 9}]},
                      {"name": "blue_reels_play_count", "values": [{"value": 8}]}]}  # fmt: skip
    wire.says({"id": "1001_41"}, (100, None), (100, None), (100, None), plays)
    found = {m.name: m for m in await told.read_metrics("41")}
    assert (found["views"].value, found["views"].definition) == (8, "facebook:blue_reels_play_count")
    assert "reach" not in found
    paths = [path for _, path, _, _ in wire.asked]
    assert (paths[0], paths[-1]) == (f"/v26.0/{PAGE}_41", "/v26.0/41/video_insights")
    wire.says({"id": "1001_41"}, (100, None), (100, None), (100, None), (100, None))
    assert "views" not in {m.name for m in await told.read_metrics("41")}


async def test_a_clip_tells_under_which_post_it_stands(told: FacebookChannel, wire: Wire) -> None:
    wire.says((100, 33), {"id": "41", "post_id": "1001_900"}, {"reactions": {"summary": {"total_count": 4}}},
              {"data": [{"name": "post_media_view", "values": [{"value": "1234567890123456789"}]}]})  # fmt: skip
    found = {m.name: m.value for m in await told.read_metrics("41")}
    assert (found["reactions"], found["views"]) == (4, 1_234_567_890_123_456_789)
    assert [path for _, path, _, _ in wire.asked][2:] == ["/v26.0/1001_900", "/v26.0/1001_900/insights"]
    wire.says((100, 33), {"id": "41"})
    with pytest.raises(Rejected):
        await told.read_metrics("41")


def test_a_definition_that_took_the_place_of_another_is_a_series_of_its_own() -> None:
    series = [d.series for d in (*COUNTED, *POST, *CLIP, *OF_PAGE, FOLLOWERS)]
    assert len(set(series)) == len(series)
    removed = {
        "page_impressions",
        "page_impressions_unique",
        "post_impressions",
        "post_impressions_unique",
        "page_fans",
    }
    assert not removed & {d.name for d in (*POST, *CLIP, *OF_PAGE)}, "facebook.md 5.3"
    assert {d.series for d in OF_PAGE} == {
        "facebook:page_total_media_view_unique@2026-06-15", "facebook:page_media_view@2025-11-15"
    }  # fmt: skip


async def test_comments_come_with_the_words_they_have_now(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock
) -> None:
    post = (await page.submit(composed(), {})).remote_id
    changed, gone = (graph.add_remark(post, "Người dân", text, clock()) for text in ("trước", "sẽ xóa"))
    assert {c.text for c in await page.read_comments(post, None)} == {"trước", "sẽ xóa"}
    changed.text, gone.removed = "sau", True
    assert [(c.remote_id, c.text) for c in await page.read_comments(post, None)] == [(changed.remote_id, "sau")]


async def test_one_invalid_name_loses_no_other(told: FacebookChannel, wire: Wire) -> None:
    reach = {"data": [{"name": "post_total_media_view_unique", "values": [{"value": 12_345_678}]}]}
    wire.says({"id": "1001_7", "reactions": None, "comments": {"summary": None}}, (100, None), (100, None), reach)
    found = {m.name: m.value for m in await told.read_metrics("1001_7")}
    assert found == {"reactions": None, "comments": None, "shares": 0, "reach": 12_345_678}
    assert [query["metric"] for _, _, query, _ in wire.asked[1:]] == [
        "post_media_view,post_total_media_view_unique",
        "post_media_view",
        "post_total_media_view_unique",
    ]


async def test_a_post_that_is_gone_is_told(told: FacebookChannel, wire: Wire) -> None:
    wire.says((100, 33))
    with pytest.raises(Rejected):
        await told.read_metrics("1001_7")


async def test_a_value_belongs_to_the_day_before_its_end(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock
) -> None:
    graph.accounts[PAGE].days["2026-11-20"] = {
        "page_media_view": 120,
        "week:page_total_media_view_unique": 700,
    }
    found = await page.read_account_metrics(clock() - timedelta(days=8), clock())
    assert [(m.name, m.value, m.period, m.day) for m in found] == [
        ("reach", 700, "week", "2026-11-20"),
        ("views", 120, "day", "2026-11-20"),
        ("followers", 500, "day", "2026-11-24"),
    ]


async def test_a_long_span_is_asked_in_pieces(page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock) -> None:
    for day in ("2026-05-01", "2026-08-01", "2026-11-01"):
        graph.accounts[PAGE].days[day] = {"page_media_view": 5}
    found = await page.read_account_metrics(clock() - timedelta(days=250), clock())
    assert [m.day for m in found if m.name == "views"] == ["2026-05-01", "2026-08-01", "2026-11-01"]


async def test_odd_figures_are_none(told: FacebookChannel, wire: Wire) -> None:
    rows = [{"value": "7", "end_time": AT}, {"value": {"a": 1}, "end_time": AT}, {"value": 5}, None]
    wire.says({"data": [{"name": "page_total_media_view_unique", "values": rows}]}, {"data": []}, {})
    until = datetime(2026, 11, 25, tzinfo=UTC)
    found = await told.read_account_metrics(until - timedelta(days=8), until)
    assert [(m.name, m.value) for m in found] == [("reach", 7), ("reach", None), ("followers", None)]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, 0), (12_345_678_901, 12_345_678_901), ("1234567890123456789", 1_234_567_890_123_456_789),
     (7.0, 7), ("7", 7), (True, None), (None, None), ({}, None), ("x", None),
     (float("nan"), None), (float("inf"), None)],
)  # fmt: skip
def test_a_number_is_read_or_none(value: object, wanted: int | None) -> None:
    assert count(value) == wanted


def test_a_time_is_read_or_none() -> None:
    assert moment("2026-11-20T15:00:00+0700") == moment("2026-11-20T08:00:00Z") == moment("1795161600")
    for odd in (None, "", "soon", {}, 1e30):
        assert moment(odd) is None
    assert json.loads('"2026"') and moment("2026-11-20") is None
