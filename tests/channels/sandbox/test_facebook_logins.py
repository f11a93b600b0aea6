"""Logins and the tokens that follow, the Page itself, webhook fields, and what a citizen sees."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.facebook_client import Client


async def test_a_person_logs_in_and_gets_a_pages_token(facebook: Client) -> None:
    old = facebook.token
    await facebook.call("GET", "/v26.0/dialog/oauth", params={"client_id": "900", "redirect_uri": "https://loa.example/b",
                                                      "state": "s1", "scope": "pages_show_list"})  # fmt: skip
    assert facebook.answer[0] == 302
    back = parse_qs(urlsplit(facebook.answer[2]["Location"]).query)
    assert back["state"] == ["s1"] and back["code"]
    await facebook.log_in()
    assert (facebook.answer[1]["token_type"], facebook.answer[1]["expires_in"]) == ("bearer", 5_183_944)
    (row,) = (await facebook.get("me/accounts", fields="id,name,access_token,tasks", limit="100"))["data"]
    assert row == {
        "id": facebook.id,
        "name": facebook.account.name,
        "access_token": old,
        "tasks": ["CREATE_CONTENT", "MODERATE", "ANALYZE", "MANAGE"],
    }
    assert (await facebook.get("me", fields="id,name"))["id"] == "77"
    assert (await facebook.get("me/accounts", fields="id"))["data"] == [{"id": facebook.id}]
    facebook.account.extra["lacks"] = {"pages_show_list"}
    assert (await facebook.get("me/accounts"))["data"] == []


async def test_a_dead_page_token_is_replaced_at_the_next_login(facebook: Client) -> None:
    dead = facebook.token
    facebook.platform.kill(dead, "password_changed")
    await facebook.log_in()
    fresh = (await facebook.get(facebook.id, fields="access_token"))["access_token"]
    assert fresh != dead
    facebook.token = fresh
    assert (await facebook.get("me"))["id"] == facebook.id
    assert (await facebook.get("me", fields="access_token"))["access_token"] == fresh, "a Page's token names itself"
    facebook.clock.forward(days=400)
    assert (await facebook.get("me"))["id"] == facebook.id, "from a long user token it has no end"


async def debugged(facebook: Client, token: str) -> dict[str, Any]:
    asker = f"900|{facebook.platform.logins.app_secret}"
    body = await facebook.call("GET", "/debug_token", params={"input_token": token, "access_token": asker})
    data: dict[str, Any] = body["data"]
    return data


async def test_debug_token_tells_of_every_kind(facebook: Client) -> None:
    start = int(facebook.clock().timestamp())
    data = await debugged(facebook, facebook.token)
    assert (data["type"], data["is_valid"], data["expires_at"], data["profile_id"]) == ("PAGE", True, 0, facebook.id)
    assert data["data_access_expires_at"] == start + 90 * 86_400
    assert {"scope": "pages_manage_posts", "target_ids": [facebook.id]} in data["granular_scopes"]
    facebook.account.extra["lacks"] = {"pages_manage_posts"}
    facebook.clock.forward(days=3)
    later = await debugged(facebook, facebook.token)
    assert "pages_manage_posts" not in later["scopes"]
    assert later["data_access_expires_at"] == data["data_access_expires_at"], "it counts from the login"
    person = await facebook.log_in(long=False)
    data = await debugged(facebook, person)
    assert (data["type"], data["expires_at"]) == ("USER", int(facebook.clock().timestamp()) + 3600)
    facebook.clock.forward(hours=1)
    data = await debugged(facebook, person)
    assert (data["is_valid"], data["error"]["code"], data["error"]["subcode"]) == (False, 190, 463)
    facebook.platform.kill(person, "app_removed")
    assert (await debugged(facebook, person))["error"]["subcode"] == 458
    assert (await debugged(facebook, f"900|{facebook.platform.logins.app_secret}"))["type"] == "APP"


async def test_the_right_proof_is_taken(facebook: Client) -> None:
    page = facebook.platform.add_page("999", "Trang khác", "other", app_secret="s3cret")
    proof = hmac.new(b"s3cret", b"other", hashlib.sha256).hexdigest()
    facebook.token = "other"
    assert (await facebook.get("me", appsecret_proof=proof))["id"] == page.remote_id
    await facebook.get("me")
    assert_refused_by(facebook.platform, "proof")


async def test_the_page_tells_who_it_is(facebook: Client) -> None:
    fields = "id,name,followers_count,fan_count,is_published,video_upload_limits"
    read = await facebook.get("me", fields=fields)
    assert (read["id"], read["name"], read["followers_count"]) == (
        facebook.id,
        facebook.account.name,
        facebook.account.followers,
    )
    assert read["video_upload_limits"] == {"length": 14_400, "size": 2 * 1024**3}
    post = await facebook.feed("a")
    read = await facebook.get("me", fields="published_posts.limit(1){message}")
    assert read["published_posts"]["data"] == [{"id": post, "message": "a"}]


async def test_webhook_fields_are_subscribed(facebook: Client) -> None:
    assert (await facebook.get(f"{facebook.id}/subscribed_apps"))["data"] == []
    assert await facebook.post(f"{facebook.id}/subscribed_apps", subscribed_fields="feed,mention") == {"success": True}
    assert (await facebook.get(f"{facebook.id}/subscribed_apps"))["data"] == [
        {"id": "900", "subscribed_fields": ["feed", "mention"]}
    ]
    await facebook.delete(f"{facebook.id}/subscribed_apps")
    assert (await facebook.get(f"{facebook.id}/subscribed_apps"))["data"] == []


async def test_a_citizen_sees_what_is_out(facebook: Client) -> None:
    await facebook.feed("<b>Bài</b> đã đăng")
    await facebook.feed("Bài hẹn giờ", published="false", scheduled_publish_time=facebook.ahead(hours=1))
    photo = await facebook.photo(caption="chú thích riêng", published="false")
    await facebook.feed("Bài có hình", attached_media=json.dumps([{"media_fbid": photo["id"]}]))
    hidden = await facebook.feed("Bài ẩn")
    await facebook.post(hidden, is_hidden="true")
    page = await facebook.call("GET", "/")
    assert "&lt;b&gt;Bài&lt;/b&gt; đã đăng" in page and "Bài có hình" in page
    assert "Hẹn giờ / scheduled: Bài hẹn giờ" in page
    assert "Đang ẩn / hidden: Bài ẩn" in page
    assert "chú thích riêng" not in page, "a photo of a post is not shown beside it"
    facebook.clock.forward(hours=1)
    assert "scheduled" not in await facebook.call("GET", "/")
