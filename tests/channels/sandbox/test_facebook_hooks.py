"""Webhooks of Facebook's stand-in: a challenge first, then signed deliveries that come again when not taken."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sandbox.facebook.hooks import MOST_UPDATES
from tests.channels.sandbox.facebook_client import Client


class Office:
    """The office's own web server: answers the challenge, keeps what was delivered, takes it or not."""

    def __init__(self) -> None:
        self.echo, self.status = "{}", 200
        self.verified: list[dict[str, str]] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def verify(self, request: web.Request) -> web.Response:
        self.verified.append(dict(request.query))
        right = request.query["hub.verify_token"] == "XYZ"
        challenge = self.echo.format(request.query["hub.challenge"])
        return web.Response(text=challenge, status=200 if right else 403)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status)

    def changes(self) -> list[dict[str, Any]]:
        """What the deliveries say, one a change."""
        entries = [entry for _, body in self.got for entry in json.loads(body)["entry"]]
        return [change["value"] for entry in entries for change in entry["changes"]]


@pytest.fixture
async def callback() -> AsyncIterator[Office]:
    made, app = Office(), web.Application()
    app.add_routes([web.get("/hook", made.verify, allow_head=False), web.post("/hook", made.take)])
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    made.echo, made.url = "{}", f"{str(server.make_url('')).rstrip('/')}/hook"
    yield made
    await server.close()


@pytest.fixture
async def subscribed(facebook: Client, callback: Office) -> Client:
    """A Page whose feed the app hears of. Deliveries are sent by the test alone."""
    await facebook.platform.save_callback(callback.url, "XYZ")
    assert facebook.platform._pump is not None
    facebook.platform._pump.cancel()
    await facebook.post(f"{facebook.id}/subscribed_apps", subscribed_fields="feed")
    return facebook


async def test_the_address_answers_the_challenge_first(facebook: Client, callback: Office) -> None:
    await facebook.platform.save_callback(callback.url, "XYZ")
    (asked,) = callback.verified
    assert asked["hub.mode"] == "subscribe" and asked["hub.challenge"].isdigit()
    for token, echo, url in (("ABC", "{}", callback.url), ("XYZ", '"{}"', callback.url), ("XYZ", "{}\n", callback.url),
                             ("XYZ", "{}", "https://loa.example/hook")):  # fmt: skip
        callback.echo = echo
        with pytest.raises(ValueError, match="challenge"):
            await facebook.platform.save_callback(url, token)


async def test_a_comment_is_delivered_with_its_signature(subscribed: Client, callback: Office) -> None:
    post = await subscribed.feed("Bài")
    remark = subscribed.platform.add_remark(post, "Người dân", "hỏi về cầu/đường", subscribed.clock())
    await subscribed.platform.send_due()
    ((headers, body),) = callback.got
    secret = subscribed.platform.logins.app_secret.encode()
    assert headers["X-Hub-Signature-256"] == f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    assert rb"h\u1ecfi v\u1ec1 c\u1ea7u\/\u0111\u01b0\u1eddng" in body, "Meta's own escaped form is what is signed"
    told = json.loads(body)
    assert told["object"] == "page"
    assert [e["id"] for e in told["entry"]] == [subscribed.id] * 2
    now = int(subscribed.clock().timestamp())
    assert told["entry"][0]["time"] == now
    item, comment = callback.changes()
    assert (item["item"], item["verb"], item["post_id"], item["message"]) == ("status", "add", post, "Bài")
    assert item["from"]["id"] == subscribed.id, "own actions come back too"
    assert comment == {
        "from": {"id": remark.author_id, "name": "Người dân"},
        "item": "comment",
        "verb": "add",
        "post_id": post,
        "comment_id": remark.remote_id,
        "parent_id": post,
        "message": "hỏi về cầu/đường",
        "created_time": now,
        "post": {
            "id": post,
            "permalink_url": subscribed.platform.items[post].permalink,
            "is_published": True,
            "promotion_status": "inactive",
        },
    }


async def test_every_change_is_told(subscribed: Client, callback: Office) -> None:
    post = await subscribed.feed("a", link="https://binhson.example/")
    await subscribed.post(post, message="b")
    await subscribed.post(post, is_hidden="true")
    await subscribed.post(post, is_hidden="false")
    comment = await subscribed.comment(post, "đáp")
    await subscribed.post(comment, message="sửa")
    await subscribed.post(comment, is_hidden="true")
    await subscribed.post(comment, is_hidden="false")
    reply = await subscribed.comment(comment, "thêm")
    await subscribed.delete(comment)
    await subscribed.delete(post)
    await subscribed.photo(caption="c")
    await subscribed.video(description="d")
    await subscribed.platform.send_due()
    assert [(c["item"], c["verb"], c.get("message")) for c in callback.changes()] == [
        ("share", "add", "a"),
        ("share", "edited", "b"),
        ("share", "hide", "b"),
        ("share", "unhide", "b"),
        ("comment", "add", "đáp"),
        ("comment", "edited", "sửa"),
        ("comment", "hide", "sửa"),
        ("comment", "unhide", "sửa"),
        ("comment", "add", "thêm"),
        ("comment", "remove", None),
        ("share", "remove", None),
        ("photo", "add", "c"),
        ("video", "add", "d"),
    ]
    told = {c["comment_id"]: c for c in callback.changes() if c["item"] == "comment"}
    assert told[reply]["parent_id"] == comment
    assert told[comment]["from"] == {"id": subscribed.id, "name": subscribed.account.name}


async def test_what_waits_is_told_when_it_appears(subscribed: Client, callback: Office) -> None:
    await subscribed.feed("sau", published="false", scheduled_publish_time=subscribed.ahead(hours=1))
    other = await subscribed.feed("nháp", published="false")
    assert subscribed.platform.updates == []
    subscribed.clock.forward(hours=1)
    await subscribed.post(other, is_published="true")
    await subscribed.platform.send_due()
    assert [c["message"] for c in callback.changes()] == ["sau", "nháp"]


async def test_only_subscribers_hear(subscribed: Client, callback: Office) -> None:
    await subscribed.delete(f"{subscribed.id}/subscribed_apps")
    await subscribed.feed("a")
    await subscribed.post(f"{subscribed.id}/subscribed_apps", subscribed_fields="mention")
    await subscribed.feed("b")
    await subscribed.platform.send_due()
    assert callback.got == []


async def test_what_is_not_taken_comes_again_less_and_less_often(subscribed: Client, callback: Office) -> None:
    callback.status = 500
    await subscribed.feed("a")
    await subscribed.platform.send_due()
    await subscribed.platform.send_due()
    assert len(callback.got) == 2, "at once"
    for minutes in (1, 2, 4):
        subscribed.clock.forward(minutes=minutes, seconds=-1)
        await subscribed.platform.send_due()
        before = len(callback.got)
        subscribed.clock.forward(seconds=1)
        await subscribed.platform.send_due()
        assert len(callback.got) == before + 1, minutes
    subscribed.clock.forward(hours=36)
    await subscribed.platform.send_due()
    assert subscribed.platform.updates == [], "dropped after a day and a half"


async def test_a_delivery_is_of_a_thousand_at_most(subscribed: Client, callback: Office) -> None:
    post = await subscribed.feed("a")
    for number in range(MOST_UPDATES):
        subscribed.platform.add_remark(post, "Người dân", str(number), subscribed.clock())
    await subscribed.platform.send_due()
    assert len(callback.changes()) == MOST_UPDATES
    await subscribed.platform.send_due()
    assert len(callback.changes()) == MOST_UPDATES + 1
    await subscribed.platform.send_due()
    assert len(callback.got) == 2


async def test_deliveries_go_out_by_themselves(facebook: Client, callback: Office) -> None:
    await facebook.platform.save_callback(callback.url, "XYZ")
    await facebook.post(f"{facebook.id}/subscribed_apps", subscribed_fields="feed")
    await facebook.feed("a")
    task = facebook.platform._pump
    assert task is not None
    await facebook.platform.send_due()
    assert len(callback.got) == 1
    await facebook.platform.stop()
    assert task.done()
