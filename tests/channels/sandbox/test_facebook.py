"""Every documented refusal of Facebook, asked for with a plain HTTP client, never through our adapter."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from channels.sandbox.facebook import FacebookSandbox
from channels.sandbox.facebook.logins import USER_CALLS
from channels.sandbox.facebook.rules import CHUNK, MOST_PICTURE, MOST_TEXT, MOST_VIDEO
from channels.sandbox.facebook.uploads import MOST_REELS
from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.facebook_client import FILM, JPEG, Client
from tests.conftest import FakeClock


async def dead(c: Client, rule: str) -> None:
    c.platform.kill(c.token, rule)
    await c.get("me")


async def lacking(c: Client, scope: str, what: Callable[[Client], Awaitable[Any]]) -> None:
    c.account.extra["lacks"] = {scope}
    await what(c)


async def of_another_app(c: Client) -> None:
    post = await c.feed()
    c.platform.items[post].history = True
    await c.post(post, message="khác")


async def twice(c: Client) -> None:
    await c.feed()
    await c.feed()


async def wrong_offset(c: Client) -> None:
    begun = await c.phase("start", file_size=str(CHUNK * 2))
    session = begun["upload_session_id"]
    await c.phase("transfer", {"video_file_chunk": b"x"}, upload_session_id=session, start_offset="77")


async def too_late(c: Client) -> None:
    begun = await c.phase("start", file_size="4096")
    c.clock.forward(days=1, seconds=1)
    await c.phase("transfer", {"video_file_chunk": b"x"}, upload_session_id=begun["upload_session_id"],
                  start_offset="0")  # fmt: skip


async def reel_bytes(c: Client, data: bytes = FILM, **headers: str) -> None:
    await c.bytes((await c.reel_start())[1], data, **headers)


async def reel_without_bytes(c: Client) -> None:
    await c.reel_end((await c.reel_start())[0])


async def reel_of_nothing(c: Client) -> None:
    video, url = await c.reel_start()
    await c.bytes(url, b"x" * 5000)
    await c.reel_end(video)


async def too_many_reels(c: Client) -> None:
    for _ in range(MOST_REELS + 1):
        assert c.answer[0] in (0, 200), "up to the limit they are taken"
        await c.reel()


async def posted_photo(c: Client) -> None:
    photo = (await c.photo(published="false"))["id"]
    media = json.dumps([{"media_fbid": photo}])
    assert await c.feed("một", attached_media=media)
    await c.feed("hai", attached_media=media)


async def photo_scheduled_as_a_draft(c: Client) -> None:
    photo = (await c.photo(published="false", temporary="true"))["id"]
    await c.feed(attached_media=json.dumps([{"media_fbid": photo}]), published="false",
                 scheduled_publish_time=c.ahead(hours=1), unpublished_content_type="DRAFT")  # fmt: skip


async def video_insights(c: Client) -> None:
    await c.get(f"{(await c.video())['id']}/insights", metric="post_media_view")


async def page_limit(c: Client) -> None:
    c.platform.logins.page_calls[c.id] = 3
    for _ in range(3):
        await c.get("me")
        assert c.answer[0] == 200
    await c.get("me")


async def person_limit(c: Client, path: str) -> None:
    await c.log_in()
    for _ in range(USER_CALLS):
        await c.get(path)
        assert c.answer[0] == 200
    await c.get(path)


async def as_a_person(c: Client) -> None:
    await c.log_in()
    await c.feed()


async def too_long_file(c: Client) -> None:
    page_token = c.token
    await c.log_in()
    place = (await c.post("900/uploads", file_name="a.mp4", file_length="5", file_type="video/mp4"))["id"]
    c.token = page_token
    headers = {"Authorization": f"OAuth {c.token}", "file_offset": "0"}
    await c.call("POST", f"/v26.0/{place}", data=b"123456", headers=headers)


async def arranged(c: Client, rule: str) -> None:
    c.platform.arrange(c.id, rule)
    await c.feed()


async def fail(c: Client) -> None:
    c.platform.fail_next("server_error")
    await c.get("me")


Case = Callable[[Client], Awaitable[Any]]
CASES: dict[str, Case] = {
    "no_token": lambda c: c.get("me", access_token=""),
    "bad_token": lambda c: c.get("me", access_token="nobody"),
    **{
        key: lambda c, key=key: dead(c, key)  # type: ignore[misc]
        for key in ("expired", "password_changed", "app_removed", "role_lost", "session", "login_needed",
                    "unconfirmed", "invalid_token")
    },
    "proof": lambda c: c.get("me", appsecret_proof="0" * 64),
    "permission": lambda c: lacking(c, "pages_manage_posts", Client.feed),
    "page_token_needed": as_a_person,
    "removed": of_another_app,
    "missing": lambda c: c.delete(f"{c.id}_404"),
    "bad_query": lambda c: c.get(f"{c.id}/a/b"),
    "no_field": lambda c: c.get(c.id, fields="id,page_name"),
    "syntax": lambda c: c.get(c.id, fields="id,name,"),
    "ids": lambda c: c.get("", ids=",".join(str(n) for n in range(51))),
    "parameter": lambda c: c.feed(published="maybe"),
    "empty_post": lambda c: c.post(f"{c.id}/feed", published="true"),
    "too_long": lambda c: c.feed("x" * (MOST_TEXT + 1)),
    "invalid_url": lambda c: c.feed(link="not a link"),
    "own_link": lambda c: c.feed(link="https://www.facebook.com/other"),
    "scrape": lambda c: c.feed(link=f"{c.platform.url}/video-upload/v26.0/404"),
    "preset": lambda c: c.feed(text_format_preset_id="blue"),
    "schedule": lambda c: c.feed(published="false", scheduled_publish_time=c.ahead(minutes=9, seconds=59)),
    "schedule_live": lambda c: c.feed(scheduled_publish_time=c.ahead(hours=1)),
    "content_type": photo_scheduled_as_a_draft,
    "already_posted": posted_photo,
    "duplicate": twice,
    "bad_image": lambda c: c.photo(b"<html>"),
    "big_image": lambda c: c.photo(JPEG + b"\0" * (MOST_PICTURE - len(JPEG) + 1)),
    "small_video": lambda c: c.video(FILM[:1023]),
    "big_video": lambda c: c.phase("start", file_size=str(MOST_VIDEO + 1)),
    "bad_video": lambda c: c.video(b"x" * 3000),
    "cannot_fetch": lambda c: c.post(f"{c.id}/videos", file_url="https://example.com/a.mp4"),
    "offset": wrong_offset,
    "upload_timeout": too_late,
    "file_length": too_long_file,
    "reel_offset": lambda c: reel_bytes(c, offset="5"),
    "reel_partial": reel_without_bytes,
    "reel_failed": reel_of_nothing,
    "reel_limit": too_many_reels,
    "metric": lambda c: c.get(f"{c.id}/insights", metric="page_media_view,page_impressions"),
    "no_metric": lambda c: c.get(f"{c.id}/insights"),
    "window": lambda c: c.get(f"{c.id}/insights", metric="page_media_view", since="1700000000", until="1707776001"),
    "page_throttled": page_limit,
    "throttled": lambda c: person_limit(c, c.id),
    "user_throttled": lambda c: person_limit(c, "me"),
    "transient": fail,
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(FacebookSandbox.rules))
async def test_refusals_have_metas_shape(
    key: str, sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    rule, client = FacebookSandbox.rules[key], Client(http, sandbox.facebook, clock)
    await (arranged(client, key) if rule.arranged else CASES[key](client))
    status, body, _ = client.answer
    assert status == rule.status, body
    error = body["error"]
    assert (error["code"], error.get("error_subcode")) == (rule.code, rule.more.get("error_subcode"))
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"] and error["message"]
    assert error["is_transient"] is (rule.code == 2)
    assert_refused_by(sandbox.facebook, key)
    assert rule.cites.startswith("facebook.md ")


def test_no_case_is_left_over() -> None:
    assert set(CASES) == {key for key, rule in FacebookSandbox.rules.items() if not rule.arranged}


async def test_a_wrong_offset_tells_where_to_go_on(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    client = Client(http, sandbox.facebook, clock)
    await wrong_offset(client)
    assert client.answer[1]["error"]["error_data"] == {"start_offset": "0", "end_offset": str(CHUNK)}


async def test_a_full_page_is_told_how_long_to_wait(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    client = Client(http, sandbox.facebook, clock)
    await client.get("me")
    used = json.loads(client.answer[2]["X-Business-Use-Case-Usage"])[client.id][0]
    assert (used["type"], used["estimated_time_to_regain_access"]) == ("pages", 0)
    client.platform.logins.page_calls[client.id] = 2
    await client.get("me")
    clock.forward(hours=1)
    await client.get("me")
    assert_refused_by(sandbox.facebook, "page_throttled")
    used = json.loads(client.answer[2]["X-Business-Use-Case-Usage"])[client.id][0]
    assert (used["call_count"], used["estimated_time_to_regain_access"]) == (100, 23 * 60)
    clock.forward(hours=23)
    await client.get("me")
    assert client.answer[0] == 200


async def test_a_person_has_a_limit_of_an_hour(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    client = Client(http, sandbox.facebook, clock)
    await person_limit(client, "me")
    assert json.loads(client.answer[2]["X-App-Usage"])["call_count"] == 100
    clock.forward(hours=1)
    await client.get("me")
    assert client.answer[0] == 200
    assert json.loads(client.answer[2]["X-App-Usage"])["call_count"] == 0
