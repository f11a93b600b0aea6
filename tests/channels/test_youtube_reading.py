"""What the YouTube adapter reads: comments, figures and uploads, also where answers are odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from channels.base import MediaFile
from channels.errors import AuthLost, Unreachable
from channels.sandbox.core import Account, Item
from channels.sandbox.youtube import YouTubeSandbox
from tests.channels.scripted import Scripted
from tests.channels.youtube_wire import CHANNEL, Adapter, composed, uploaded

# -- comments ---------------------------------------------------------------------------------------------------------


async def test_every_reply_of_a_long_thread_is_read(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    top = youtube.add_remark(video, "An", "hỏi &lt;gì&gt;", opened.clock()).remote_id
    for n in range(230):
        youtube.add_remark(video, "Bình", f"đáp {n}", opened.clock(), parent_id=top)
    found = await adapter.read_comments(video, None)
    assert len({comment.remote_id for comment in found}) == len(found) == 231
    assert {comment.parent_id for comment in found} == {"", top}
    assert found[0].text == "hỏi &lt;gì&gt;", "plain text is asked for, and left alone"


async def test_where_no_comment_can_be_there_are_none(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    youtube.items[video].extra["comments_off"] = True
    assert await adapter.read_comments(video, None) == []
    assert await adapter.read_comments("gone", None) == []


def thread(number: int, **top: Any) -> dict[str, Any]:
    snippet = {"textDisplay": f"c{number}", "publishedAt": "2026-11-24T01:00:00Z", **top}
    return {"id": f"T{number}", "snippet": {"topLevelComment": {"id": f"T{number}", "snippet": snippet}}}


async def test_odd_comments_neither_break_nor_hide_the_others(scripted: Scripted, opened: Adapter) -> None:
    rows = [
        thread(1, authorChannelId=None, likeCount="10000001"), thread(2, publishedAt="yesterday"), None, "x", {},
        {"id": "T3", "snippet": None}, {"id": "T4", "snippet": {"topLevelComment": {"id": None}}},
        thread(5, authorChannelId={"value": CHANNEL}, textOriginal="ta", authorDisplayName=None),
        {**thread(6), "replies": {"comments": None}}, thread(1),
    ]  # fmt: skip
    scripted.says({"items": rows, "nextPageToken": None})
    found = await opened(scripted.url, access_token="t").read_comments("v", None)
    assert [(c.remote_id, c.text, c.own) for c in found] == [
        ("T1", "c1", False),
        ("T5", "ta", True),
        ("T6", "c6", False),
    ]
    assert (found[1].author_name, found[0].author_key) == ("", "")


async def test_pages_end_even_where_the_platform_never_ends_them(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"items": [thread(1)], "nextPageToken": "A"}, {"items": [thread(2)], "nextPageToken": "A"})
    found = await opened(scripted.url, access_token="t").read_comments("v", None)
    assert [c.remote_id for c in found] == ["T1", "T2"]
    assert len(scripted.calls) == 2


@pytest.mark.parametrize("token", [["A"], {"A": 1}, 7, True])
async def test_a_next_page_that_has_no_name_is_none(token: Any, scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"items": [thread(1)], "nextPageToken": token})
    assert len(await opened(scripted.url, access_token="t").read_comments("v", None)) == len(scripted.calls) == 1


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, {"items": ["x"]}, {"items": [{"id": "v"}]}])
async def test_thin_answers_are_no_zeros_and_no_crash(body: Any, scripted: Scripted, opened: Adapter) -> None:
    scripted.says(body)
    adapter = opened(scripted.url, access_token="t")
    assert [metric.value for metric in await adapter.read_metrics("v")] == [None] * 5
    assert await adapter.read_comments("v", None) == []
    with pytest.raises((AuthLost, Unreachable)):
        await adapter.read_items(datetime(2026, 11, 1, tzinfo=UTC))


# -- figures ----------------------------------------------------------------------------------------------------------


NO_QUERY = web.json_response({"error": {"code": 400, "errors": [{"reason": "badRequest"}]}}, status=400)


def report(names: str, *rows: Any) -> web.Response:
    return web.json_response({"columnHeaders": [{"name": name} for name in names.split()], "rows": list(rows)})


async def test_figures_are_read_by_the_columns_names(scripted: Scripted, opened: Adapter) -> None:
    told = {"columnHeaders": [{"name": "views"}, {"name": "day"}, {}], "rows": [[12_000_000, "2026-11-20"], [1], "x"]}
    scripted.says(told, {"items": [{"id": CHANNEL, "statistics": {"subscriberCount": "5230"}}]})
    until = opened.clock()
    found = await opened(scripted.url, access_token="t").read_account_metrics(until - timedelta(days=7), until)
    assert [(m.name, m.value, m.day) for m in found] == [
        ("views", 12_000_000, "2026-11-20"),
        ("followers", 5230, "2026-11-24"),
    ]


async def test_views_that_are_counted_in_another_way_are_another_series(scripted: Scripted, opened: Adapter) -> None:
    days = ["2025-03-30", "2025-03-31", "2026-08-23", "2026-08-24"]
    mine = web.json_response({"items": [{"id": CHANNEL}]})
    scripted.answers = [report("day views engagedViews", *([day, 5, 4] for day in days)), mine]
    until = opened.clock()
    found = await opened(scripted.url, access_token="t").read_account_metrics(until - timedelta(days=900), until)
    assert [m.definition.removeprefix("youtube:analytics:") for m in found if m.name == "views"] == [
        "views", "views:2025-03", "views:2025-03", "views:2026-08",
    ]  # fmt: skip
    assert {m.definition for m in found if m.name == "engaged_views"} == {"youtube:analytics:engagedViews"}


async def test_one_metric_that_is_no_more_never_loses_the_others(scripted: Scripted, opened: Adapter) -> None:
    scripted.answers = [NO_QUERY, report("day views", ["2026-11-20", 7]), NO_QUERY, web.json_response({"items": [{}]})]
    until = opened.clock()
    found = await opened(scripted.url, access_token="t").read_account_metrics(until - timedelta(days=7), until)
    assert [(m.name, m.value) for m in found] == [("views", 7), ("followers", None)]


HUGE = 98_765_432_109_876_543


async def test_figures_of_a_video_are_exact_however_large(scripted: Scripted, opened: Adapter) -> None:
    counts = {"viewCount": str(HUGE), "likeCount": "0"}
    scripted.answers = [
        web.json_response({"items": [{"id": "v", "statistics": counts}]}),
        report("shares engagedViews", [10_000_001.0, HUGE]),
    ]
    found = await opened(scripted.url, access_token="t").read_metrics("v")
    assert [(m.name, m.value) for m in found] == [
        ("views", HUGE), ("reactions", 0), ("comments", None), ("shares", 10_000_001), ("engaged_views", HUGE),
    ]  # fmt: skip
    assert found[0].definition == "youtube:viewCount:2026-08"


@pytest.mark.parametrize("answer", [NO_QUERY, web.Response(status=503), web.Response(status=429)])
async def test_what_is_counted_now_is_told_when_analytics_is_not_to_be_had(
    answer: web.Response, scripted: Scripted, opened: Adapter
) -> None:
    scripted.answers = [web.json_response({"items": [{"id": "v", "statistics": {"viewCount": "3"}}]}), answer]
    found = await opened(scripted.url, access_token="t").read_metrics("v")
    assert [m.value for m in found] == [3, None, None, None, None]


async def test_a_days_without_figures_are_none(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"rows": None}, {"items": [{"id": CHANNEL, "statistics": {"hiddenSubscriberCount": True}}]})
    until = opened.clock()
    [followers] = await opened(scripted.url, access_token="t").read_account_metrics(until - timedelta(days=7), until)
    assert followers.value is None


async def test_uploads_are_read_page_by_page_to_the_asked_day(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter
) -> None:
    now = opened.clock()
    made = [Item(f"v{n}", CHANNEL, "video", {}, now - timedelta(days=n), title=f"t{n}", text="d") for n in range(120)]
    youtube.seed_history(made)
    found = await opened(youtube.url).read_items(now - timedelta(days=99))
    assert [item.remote_id for item in found] == [f"v{n}" for n in reversed(range(100))]
    assert (found[0].title, found[0].text) == ("t99", "d")


@pytest.mark.parametrize("rows", [1.5, "x", {"a": 1}, [None, 7]])
async def test_a_report_without_rows_is_an_empty_one(rows: Any, scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"columnHeaders": [{"name": "day"}], "rows": rows}, {"items": [{"id": CHANNEL}]})
    since = datetime(2026, 11, 20, tzinfo=UTC)
    found = await opened(scripted.url, access_token="t").read_account_metrics(since, since + timedelta(days=2))
    assert [(m.name, m.value) for m in found] == [("followers", None)]
