"""More ways to break each of Facebook's rules than one, and what stays as it was when a call is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from channels.sandbox.facebook.rules import MOST_PICTURE, MOST_TEXT, MOST_VIDEO
from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.facebook_client import BACK, FILM, JPEG, Client
from tests.channels.sandbox.test_facebook import lacking, reel_bytes
from tests.conftest import FakeClock

Way = Callable[[Client], Awaitable[Any]]


def later(**words: str) -> Callable[[Client], Awaitable[Any]]:
    """A post scheduled with these words."""
    return lambda c: c.feed(published="false", **words)


def at(what: str, **span: float) -> Way:
    """Scheduled so far ahead: a post, a photo, a video or a reel."""

    async def way(c: Client) -> None:
        words = {"published": "false", "scheduled_publish_time": c.ahead(**span)}
        if what == "reel":
            await c.reel("SCHEDULED", scheduled_publish_time=c.ahead(**span))
        elif what == "photo":
            await c.photo(**words)
        else:
            await (c.feed(**words) if what == "feed" else c.video(**words))

    return way


async def login_with(c: Client, **words: str) -> None:
    app = {"client_id": "900", "redirect_uri": BACK}
    await c.call("GET", "/v26.0/dialog/oauth", params={**app, **words})


async def exchange_with(c: Client, **words: str) -> None:
    await login_with(c)
    code = c.answer[2]["Location"].rpartition("code=")[2]
    asked = {"client_id": "900", "redirect_uri": BACK, "client_secret": c.platform.logins.app_secret, "code": code}
    await c.call("GET", "/v26.0/oauth/access_token", params={**asked, **words})


async def code_twice(c: Client) -> None:
    await login_with(c)
    code = c.answer[2]["Location"].rpartition("code=")[2]
    asked = {"client_id": "900", "redirect_uri": BACK, "client_secret": c.platform.logins.app_secret, "code": code}
    await c.call("GET", "/oauth/access_token", params=asked)
    assert c.answer[0] == 200
    await c.call("GET", "/oauth/access_token", params=asked)


async def long_from(c: Client, token: str | None = None, **span: float) -> None:
    user = await c.log_in(long=False)
    c.clock.forward(**span)
    words = {"grant_type": "fb_exchange_token", "fb_exchange_token": user if token is None else token,
             "client_id": "900", "client_secret": c.platform.logins.app_secret}  # fmt: skip
    await c.call("GET", "/v26.0/oauth/access_token", params=words)


async def short_page_token(c: Client) -> None:
    await c.log_in(long=False)
    c.token = (await c.get(c.id, fields="access_token"))["access_token"]
    c.clock.forward(minutes=59)
    await c.get("me")
    assert c.answer[0] == 200
    c.clock.forward(minutes=1)
    await c.get("me")


async def without_proof(c: Client) -> None:
    c.platform.logins.needs_proof = True
    await c.get("me")


async def debug_by(c: Client, asker: str, **words: str) -> None:
    await c.call("GET", "/v26.0/debug_token", params={"input_token": c.token, "access_token": asker, **words})


async def on_comment(c: Client, what: Callable[[str], Awaitable[Any]], *, own: bool = True) -> None:
    post = await c.feed()
    if own:
        await what(await c.comment(post))
    else:
        await what(c.platform.add_remark(post, "Người dân", "hỏi", c.clock()).remote_id)


async def on_post(c: Client, what: Callable[[str], Awaitable[Any]], **words: str) -> None:
    await what(await c.feed(**words))


async def another_pages(c: Client) -> None:
    post = await c.feed()
    other = c.platform.add_page("999", "Trang khác", "other")
    c.token, c.id = "other", other.remote_id
    await c.get(post)


async def removed_post_comments(c: Client) -> None:
    post = await c.feed()
    comment = await c.comment(post)
    await c.delete(post)
    await c.get(comment)


def insights(**words: str) -> Way:
    return lambda c: c.get(f"{c.id}/insights", **words)


async def as_person(c: Client, what: Callable[[], Awaitable[Any]]) -> None:
    await c.log_in()
    await what()


async def later_lacking(c: Client, scope: str, what: Callable[[str], Awaitable[Any]]) -> None:
    """A post, then a permission taken away, then this with the post's id."""
    post = await c.feed()
    c.account.extra["lacks"] = {scope}
    await what(post)


async def twice_deleted(c: Client, post: str) -> None:
    assert await c.delete(post) == {"success": True}
    await c.delete(post)


async def on_video(c: Client, what: Callable[[str], Awaitable[Any]]) -> None:
    await what((await c.video())["id"])


async def on_coming(c: Client, what: Callable[[str], Awaitable[Any]]) -> None:
    await what((await c.phase("start", file_size="5000"))["video_id"])


async def since_when(c: Client, told: str) -> None:
    await c.feed()
    await c.get("me/published_posts", since=told)


def as_json(c: Client) -> dict[str, str]:
    return {"Content-Type": "application/json", "Authorization": f"OAuth {c.token}"}


async def moved(c: Client) -> None:
    post = await c.feed(published="false", scheduled_publish_time=c.ahead(hours=1))
    await c.post(post, scheduled_publish_time=c.ahead(days=75, seconds=1))


WAYS: list[tuple[str, Way]] = [
    # access
    ("no_token", lambda c: c.call("GET", "/v26.0/me")),
    ("no_token", lambda c: reel_bytes(c, Authorization="")),
    ("bad_token", lambda c: c.call("GET", "/v26.0/me", headers={"Authorization": "OAuth nobody"})),
    ("bad_token", lambda c: long_from(c, "nobody")),
    ("bad_token", lambda c: debug_by(c, "900|wrong")),
    ("no_token", lambda c: debug_by(c, "")),
    ("expired", lambda c: long_from(c, minutes=60)),
    ("expired", short_page_token),
    ("proof", without_proof),
    ("parameter", lambda c: login_with(c, client_id="901")),
    ("parameter", lambda c: login_with(c, redirect_uri="loa:back")),
    ("parameter", lambda c: exchange_with(c, client_id="901")),
    ("parameter", lambda c: exchange_with(c, client_secret="wrong")),
    ("parameter", lambda c: exchange_with(c, redirect_uri="https://loa.example/")),
    ("parameter", lambda c: exchange_with(c, code="")),
    ("parameter", code_twice),
    ("parameter", lambda c: debug_by(c, f"900|{c.platform.logins.app_secret}", input_token="")),
    ("page_token_needed", lambda c: as_person(c, lambda: c.get("me/insights", metric="page_media_view"))),
    ("page_token_needed", lambda c: as_person(c, lambda: c.get(f"{c.id}/published_posts"))),
    ("page_token_needed", lambda c: as_person(c, lambda: c.get("", ids=c.id))),
    ("page_token_needed", lambda c: as_person(c, lambda: c.post("901/uploads", file_length="1", file_type="a/b"))),
    ("page_token_needed", lambda c: as_person(c, lambda: c.bytes("/video-upload/v26.0/1"))),
    ("no_field", lambda c: as_person(c, lambda: c.get("me", fields="followers_count"))),
    ("no_field", lambda c: as_person(c, lambda: c.get("me/accounts", fields="id,secret"))),
    # permissions, one a thing
    ("permission", lambda c: lacking(c, "pages_manage_posts", Client.photo)),
    ("permission", lambda c: lacking(c, "pages_manage_posts", Client.video)),
    ("permission", lambda c: lacking(c, "pages_manage_posts", lambda _: c.post(f"{c.id}/video_reels"))),
    ("permission", lambda c: later_lacking(c, "pages_manage_posts", lambda post: c.post(post, message="b"))),
    ("permission", lambda c: later_lacking(c, "pages_manage_posts", c.delete)),
    ("permission", lambda c: later_lacking(c, "pages_manage_engagement", c.comment)),
    ("permission", lambda c: later_lacking(c, "pages_manage_engagement", lambda post: c.post(f"{post}/likes"))),
    ("permission", lambda c: lacking(c, "pages_manage_engagement", lambda _: c.post(f"{c.id}/blocked", psid="1"))),
    ("permission", lambda c: later_lacking(c, "pages_read_user_content", lambda post: c.get(f"{post}/comments"))),
    ("permission", lambda c: later_lacking(c, "pages_read_user_content", lambda post: c.get(post, fields="reactions"))),
    ("permission", lambda c: later_lacking(c, "pages_read_engagement", c.get)),
    ("permission", lambda c: lacking(c, "pages_read_engagement", lambda _: c.get("me/published_posts"))),
    ("permission", lambda c: later_lacking(c, "read_insights", lambda p: c.get(f"{p}/insights", metric="post_clicks"))),
    ("permission", lambda c: lacking(c, "read_insights", insights(metric="page_media_view"))),
    ("permission", lambda c: lacking(c, "pages_manage_metadata", lambda _: c.get("me/subscribed_apps"))),
    ("permission", lambda c: on_comment(c, lambda one: c.post(one, message="b"), own=False)),
    # nodes, edges and fields
    ("missing", lambda c: c.get("404")),
    ("missing", another_pages),
    ("missing", lambda c: on_post(c, lambda post: twice_deleted(c, post))),
    ("missing", removed_post_comments),
    ("missing", lambda c: c.get(f"{c.id}_404/comments")),
    ("missing", lambda c: c.get("", ids=f"{c.id},404")),
    ("bad_query", lambda c: c.get("")),
    ("bad_query", lambda c: c.delete("", ids="1")),
    ("bad_query", lambda c: c.get(f"{c.id}/walls")),
    ("bad_query", lambda c: c.post(f"{c.id}/insights", metric="page_media_view")),
    ("bad_query", lambda c: on_post(c, lambda post: c.get(f"{post}/walls"))),
    ("bad_query", lambda c: on_post(c, lambda post: c.delete(f"{post}/comments"))),
    ("no_field", lambda c: c.get(f"{c.id}/comments")),
    ("no_field", lambda c: on_post(c, lambda post: c.get(f"{post}/video_insights"))),
    ("no_field", lambda c: on_post(c, lambda post: c.get(post, fields="id,likes_count"))),
    ("no_field", lambda c: on_post(c, lambda post: c.get(f"{post}/comments", fields="id,text"))),
    ("no_field", lambda c: on_post(c, lambda post: c.get(post, fields="comments{text}"))),
    ("no_field", lambda c: c.get("me/published_posts", fields="id,title")),
    ("no_field", lambda c: c.get("me/videos", fields="id,message")),
    ("no_field", lambda c: on_video(c, lambda video: c.get(video, fields="reactions.summary(true)"))),
    ("no_field", lambda c: on_video(c, lambda video: c.get(f"{video}/insights", metric="post_clicks"))),
    ("no_field", lambda c: on_video(c, lambda v: c.get(f"{c.id}_{v}/video_insights"))),
    ("no_field", lambda c: on_coming(c, lambda video: c.get(video, fields="message"))),
    ("syntax", lambda c: c.get("me", fields=",id")),
    ("syntax", lambda c: c.get("me", fields="id name")),
    ("syntax", lambda c: c.get("me", fields="posts.limit(1")),
    ("syntax", lambda c: c.get("me", fields="posts{id")),
    ("syntax", lambda c: c.get("me", fields="posts.limit")),
    # kinds of values
    ("parameter", lambda c: c.photo(no_story="perhaps")),
    ("parameter", lambda c: on_post(c, lambda post: c.post(post, is_hidden="2"))),
    ("parameter", lambda c: c.feed(targeting="Hà Nội")),
    ("parameter", lambda c: c.feed(targeting="[1]")),
    ("parameter", lambda c: c.feed(attached_media="{}")),
    ("parameter", lambda c: c.feed(attached_media='["7"]')),
    ("parameter", lambda c: c.feed(attached_media="media_fbid")),
    ("parameter", lambda c: c.feed(unpublished_content_type="LATER")),
    ("parameter", lambda c: c.video(content_category="WEATHER")),
    ("parameter", lambda c: c.get("me/published_posts", limit="many")),
    ("parameter", lambda c: c.get("me/published_posts", limit="-1")),
    ("parameter", lambda c: c.get("me/published_posts", after="x")),
    ("parameter", lambda c: c.get("me/published_posts", before="-1")),
    ("parameter", lambda c: since_when(c, "last tuesday")),
    ("parameter", lambda c: since_when(c, "9" * 20)),
    ("parameter", lambda c: c.call("POST", f"/v26.0/{c.id}/feed", data="{", headers=as_json(c))),
    ("parameter", lambda c: c.call("POST", f"/v26.0/{c.id}/feed", data="[]", headers=as_json(c))),
    ("parameter", lambda c: on_post(c, lambda post: c.get(post, fields="reactions.type(BLUE)"))),
    # posts
    ("parameter", lambda c: c.post(c.id, message="x")),
    ("parameter", lambda c: c.delete("me")),
    ("parameter", lambda c: on_post(c, lambda post: c.post(post))),
    ("empty_post", lambda c: c.feed("")),
    ("empty_post", lambda c: c.call("POST", f"/v26.0/{c.id}/feed", json={"message": None, "access_token": c.token})),
    ("empty_post", lambda c: on_post(c, lambda post: c.post(post, message=""))),
    ("too_long", lambda c: on_post(c, lambda post: c.post(post, message="x" * (MOST_TEXT + 1)))),
    ("too_long", lambda c: c.photo(caption="x" * (MOST_TEXT + 1))),
    ("too_long", lambda c: c.video(description="x" * (MOST_TEXT + 1))),
    ("invalid_url", lambda c: c.feed(link="ftp://binhson.example/x")),
    ("invalid_url", lambda c: c.feed(link="https://")),
    ("own_link", lambda c: c.feed(link="http://facebook.com")),
    ("own_link", lambda c: c.feed(link="https://m.facebook.com/a?b=c")),
    ("preset", lambda c: c.feed(text_format_preset_id="123")),
    # the window of a schedule
    ("schedule", at("feed", days=75, seconds=1)),
    ("schedule", at("photo", days=75, seconds=1)),
    ("schedule", at("video", days=183, seconds=1)),
    ("schedule", at("reel", days=29, seconds=1)),
    ("schedule", at("reel", minutes=9)),
    ("schedule", later(scheduled_publish_time="1")),
    ("schedule", later(scheduled_publish_time="soon")),
    ("schedule", later(scheduled_publish_time="9" * 20)),
    ("schedule", later(scheduled_publish_time="+9 minutes")),
    ("schedule", later(scheduled_publish_time="now")),
    ("schedule", lambda c: c.reel("SCHEDULED")),
    ("schedule", moved),
    ("schedule_live", lambda c: c.photo(scheduled_publish_time=c.ahead(hours=1))),
    ("schedule_live", lambda c: on_post(c, lambda post: c.post(post, scheduled_publish_time=c.ahead(hours=1)))),
    # comments
    ("parameter", lambda c: on_post(c, lambda post: c.comment(post, ""))),
    ("parameter", lambda c: on_comment(c, lambda one: c.post(one, message=""))),
    ("parameter", lambda c: on_comment(c, lambda one: c.post(one))),
    ("parameter", lambda c: on_post(c, lambda post: c.get(f"{post}/comments", filter="all"))),
    ("parameter", lambda c: on_post(c, lambda post: c.get(f"{post}/comments", order="ranked"))),
    ("parameter", lambda c: on_post(c, lambda post: c.get(f"{post}/comments", live_filter="on"))),
    ("parameter", lambda c: c.post(f"{c.id}/blocked")),
    # figures
    ("metric", insights(metric="page_fans")),
    ("metric", insights(metric="page_follows", period="week")),
    ("metric", insights(metric="page_media_view", period="lifetime")),
    ("metric", lambda c: on_post(c, lambda post: c.get(f"{post}/insights", metric="post_impressions"))),
    ("metric", lambda c: on_post(c, lambda post: c.get(f"{post}/insights", metric="post_clicks", period="day"))),
    ("metric", lambda c: on_video(c, lambda video: c.get(f"{video}/video_insights", metric="post_clicks"))),
    ("no_metric", lambda c: on_post(c, lambda post: c.get(f"{post}/insights", period="lifetime"))),
    ("parameter", insights(metric="page_media_view", breakdown="country")),
    ("parameter", insights(metric="page_media_view", period="hour")),
    ("parameter", insights(metric="page_media_view", date_preset="last_5d")),
    ("window", insights(metric="page_media_view", since="1700000000", until="1700000000")),
    # webhooks
    ("parameter", lambda c: c.post(f"{c.id}/subscribed_apps")),
    ("parameter", lambda c: c.post(f"{c.id}/subscribed_apps", subscribed_fields="feed,weather")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "way"), WAYS, ids=[f"{n}-{key}" for n, (key, _) in enumerate(WAYS)])
async def test_a_rule_is_broken_in_every_way_there_is(
    key: str, way: Way, sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    client = Client(http, sandbox.facebook, clock)
    await way(client)
    assert client.answer[0] == sandbox.facebook.rules[key].status, client.answer[1]
    assert_refused_by(sandbox.facebook, key)


async def test_the_limits_themselves_are_taken(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    c = Client(http, sandbox.facebook, clock)
    assert await c.feed("x" * MOST_TEXT)
    assert "id" in await c.photo(JPEG + b"\0" * (MOST_PICTURE - len(JPEG)))
    assert "id" in await c.video(FILM[:1024])
    assert "video_id" in await c.phase("start", file_size=str(MOST_VIDEO))
    for what, most in (("feed", 75), ("photo", 75), ("video", 183), ("reel", 29)):
        for span in ({"minutes": 10.0}, {"days": float(most)}):
            await at(what, **span)(c)
            assert c.answer[0] == 200, (what, span, c.answer[1])
    assert await c.comment(await c.feed("bình luận"), "x" * 9_000), "the notes call its limit unverified"
    await c.get("me/insights", metric="page_media_view", since="1700000000", until=str(1700000000 + 90 * 86_400))
    assert c.answer[0] == 200
    await c.get("", ids=",".join([c.id] * 50))
    assert c.answer[0] == 200


@pytest.mark.parametrize(
    "told", ["+11 minutes", "+2 hours", "tomorrow", "2026-11-24T09:00:00+07:00", "2026-11-24 02:00"]
)
async def test_a_time_may_be_told_in_words(
    told: str, sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    c = Client(http, sandbox.facebook, clock)
    post = await c.feed(published="false", scheduled_publish_time=told)
    due = (await c.get(post, fields="scheduled_publish_time"))["scheduled_publish_time"]
    wanted = {"+11 minutes": 660, "tomorrow": 23 * 3600, "2026-11-24T09:00:00+07:00": 3600, "2026-11-24 02:00": 3600}
    assert due - clock().timestamp() == wanted.get(told, 7200)


async def test_a_refused_edit_changes_nothing(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    c = Client(http, sandbox.facebook, clock)
    post = await c.feed("cũ")
    await c.post(post, message="mới", is_pinned="true", scheduled_publish_time=c.ahead(hours=1))
    assert_refused_by(sandbox.facebook, "schedule_live")
    item = sandbox.facebook.items[post]
    assert (item.text, item.payload["message"], item.pinned) == ("cũ", "cũ", False)


async def test_another_text_or_link_is_no_duplicate(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    c = Client(http, sandbox.facebook, clock)
    first, second = await c.feed("a"), await c.feed("b")
    assert first and second
    assert await c.feed("a"), "not in a row"
    assert await c.feed("a", link="https://binhson.example/1"), "another link"
    again = {"link": "https://binhson.example/1", "published": "false", "scheduled_publish_time": c.ahead(hours=1)}
    assert await c.feed("a", **again), "not now"
    last = await c.feed("b")
    await c.delete(last)
    assert await c.feed("b"), "the one it would repeat is gone"
    await c.feed("b")
    assert_refused_by(sandbox.facebook, "duplicate")


async def test_the_old_versions_are_served_by_the_oldest_that_lives(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    c = Client(http, sandbox.facebook, clock)
    for path, served in (("/v26.0/me", "v26.0"), ("/v22.0/me", "v22.0"), ("/v19.0/me", "v21.0"), ("/me", "v21.0")):
        assert (await c.call("GET", path, params={"access_token": c.token}))["id"] == c.id
        assert c.answer[2]["facebook-api-version"] == served
