"""Every documented refusal of Facebook, asked for with a plain HTTP client, never through our adapter."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from channels.sandbox.facebook import CHUNK, MOST_TEXT, FacebookSandbox
from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.conftest import FakeClock

JPEG = b"\xff\xd8\xff" + b"\0" * 100
FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 4000


class Page:
    """A plain client of one Page."""

    def __init__(self, http: aiohttp.ClientSession, platform: FacebookSandbox, clock: FakeClock) -> None:
        self.http, self.platform, self.clock = http, platform, clock
        self.account = next(iter(platform.accounts.values()))
        self.id, self.token = self.account.remote_id, next(iter(self.account.tokens))
        self.answer: tuple[int, dict[str, Any]] = (0, {})

    async def ask(self, method: str, path: str, files: dict[str, bytes] | None = None, **words: str) -> dict[str, Any]:
        words = {"access_token": self.token, **words}
        url = f"{self.platform.url}/v26.0/{path}"
        if method == "GET":
            sent = self.http.get(url, params=words)
        elif method == "DELETE":
            sent = self.http.delete(url, params=words)
        else:
            form = aiohttp.FormData(words)
            for name, data in (files or {}).items():
                form.add_field(name, BytesIO(data), filename="file.bin")
            sent = self.http.post(url, data=form)
        async with sent as answer:
            self.answer = (answer.status, await answer.json())
        return self.answer[1]

    async def post(self, message: str = "Chào bà con") -> str:
        return str((await self.ask("POST", f"{self.id}/feed", message=message)).get("id", ""))


async def dead(page: Page, rule: str) -> None:
    page.platform.kill(page.token, rule)
    await page.ask("GET", "me")


async def lacking(page: Page) -> None:
    page.account.extra["lacks"] = {"pages_manage_posts"}
    await page.post()


async def history_edit(page: Page) -> None:
    post = await page.post()
    page.platform.items[post].history = True
    await page.ask("POST", post, message="khác")


async def twice(page: Page) -> None:
    await page.post()
    await page.post()


async def wrong_offset(page: Page) -> None:
    start = await page.ask("POST", f"{page.id}/videos", upload_phase="start", file_size=str(CHUNK * 2))
    await page.ask("POST", f"{page.id}/videos", {"video_file_chunk": b"x"}, upload_phase="transfer",
                   upload_session_id=start["upload_session_id"], start_offset="77")  # fmt: skip


async def reel_offset(page: Page) -> None:
    start = await page.ask("POST", f"{page.id}/video_reels", upload_phase="start")
    headers = {"Authorization": f"OAuth {page.token}", "offset": "5", "file_size": "10"}
    async with page.http.post(start["upload_url"], data=b"x" * 10, headers=headers) as answer:
        page.answer = (answer.status, await answer.json())


async def no_reel_insights(page: Page) -> None:
    video = (await page.ask("POST", f"{page.id}/videos", {"source": FILM}, title="t"))["id"]
    await page.ask("GET", f"{video}/insights", metric="post_media_view")


async def hide_own(page: Page) -> None:
    comment = (await page.ask("POST", f"{await page.post()}/comments", message="Cảm ơn"))["id"]
    await page.ask("POST", comment, is_hidden="true")


async def wrong_proof(page: Page) -> None:
    page.account.extra["app_secret"] = "s3cret"
    await page.ask("GET", "me", appsecret_proof="0" * 64)


async def throttle(page: Page) -> None:
    page.platform.throttled_until = page.clock.at.replace(hour=5)
    await page.ask("GET", "me")


async def arranged(page: Page, rule: str) -> None:
    page.platform.arrange(page.id, rule)
    await page.post()


async def fail(page: Page) -> None:
    page.platform.fail_next("server_error")
    await page.ask("GET", "me")


Case = Callable[[Page], Awaitable[Any]]
CASES: dict[str, Case] = {
    "no_token": lambda p: p.ask("GET", "me", access_token=""),
    "bad_token": lambda p: p.ask("GET", "me", access_token="nobody"),
    "expired": lambda p: dead(p, "expired"),
    "password_changed": lambda p: dead(p, "password_changed"),
    "app_removed": lambda p: dead(p, "app_removed"),
    "role_lost": lambda p: dead(p, "role_lost"),
    "proof": wrong_proof,
    "permission": lacking,
    "removed": history_edit,
    "missing": lambda p: p.ask("DELETE", f"{p.id}_404"),
    "bad_query": lambda p: p.ask("GET", f"{p.id}/a/b"),
    "parameter": lambda p: p.ask("POST", f"{p.id}/feed", message="x", link="not a link"),
    "empty_post": lambda p: p.ask("POST", f"{p.id}/feed", published="true"),
    "too_long": lambda p: p.post("x" * (MOST_TEXT + 1)),
    "schedule": lambda p: p.ask("POST", f"{p.id}/feed", message="x", scheduled_publish_time="1"),
    "bad_image": lambda p: p.ask("POST", f"{p.id}/photos", {"source": b"<html>"}),
    "big_image": lambda p: p.ask("POST", f"{p.id}/photos", {"source": JPEG + b"\0" * 10_500_000}),
    "small_video": lambda p: p.ask("POST", f"{p.id}/videos", {"source": b"tiny"}),
    "bad_video": lambda p: p.ask("POST", f"{p.id}/videos", {"source": b"x" * 3000}),
    "offset": wrong_offset,
    "duplicate": twice,
    "metric": lambda p: p.ask("GET", f"{p.id}/insights", metric="page_media_view,page_impressions"),
    "no_metric": lambda p: p.ask("GET", f"{p.id}/insights"),
    "no_insights": no_reel_insights,
    "window": lambda p: p.ask(
        "GET", f"{p.id}/insights", metric="page_media_view", since="1700000000", until="1720000000"
    ),
    "throttled": throttle,
    "transient": fail,
    "own_hide": hide_own,
    "own_link": lambda p: p.ask("POST", f"{p.id}/feed", message="x", link="https://www.facebook.com/other"),
    "big_video": lambda p: p.ask("POST", f"{p.id}/videos", upload_phase="start", file_size=str(3 * 1024**3)),
    "reel_offset": reel_offset,
}


@pytest.mark.parametrize("key", sorted(FacebookSandbox.rules))
async def test_refusals_have_metas_shape(
    key: str, sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    rule, page = FacebookSandbox.rules[key], Page(http, sandbox.facebook, clock)
    await (arranged(page, key) if rule.arranged else CASES[key](page))
    status, body = page.answer
    assert status == rule.status, body
    error = body["error"]
    assert (error["code"], error.get("error_subcode")) == (rule.code, rule.more.get("error_subcode"))
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    assert_refused_by(sandbox.facebook, key)
    assert rule.cites.startswith("facebook.md ")


async def test_a_wrong_offset_tells_where_to_go_on(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    page = Page(http, sandbox.facebook, clock)
    await wrong_offset(page)
    assert page.answer[1]["error"]["error_data"] == {"start_offset": "0", "end_offset": str(CHUNK)}


async def test_what_was_posted_is_read_back(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    page = Page(http, sandbox.facebook, clock)
    post = await page.post("Thông báo")
    photo = await page.ask("POST", f"{page.id}/photos", {"source": JPEG}, caption="Hình", alt_text_custom="mô tả")
    rows = (await page.ask("GET", f"{page.id}/published_posts", fields="id,message"))["data"]
    assert {r["id"]: r["message"] for r in rows} == {post: "Thông báo", photo["post_id"]: "Hình"}
    kept = sandbox.facebook.items[photo["post_id"]].payload
    assert kept["media_sha256"] == hashlib.sha256(JPEG).hexdigest()
    await page.ask("DELETE", post)
    assert len((await page.ask("GET", f"{page.id}/published_posts"))["data"]) == 1


async def test_the_right_proof_is_taken(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    page = Page(http, sandbox.facebook, clock)
    page.account.extra["app_secret"] = "s3cret"
    proof = hmac.new(b"s3cret", page.token.encode(), hashlib.sha256).hexdigest()
    assert (await page.ask("GET", "me", appsecret_proof=proof))["id"] == page.id


async def test_comments_come_in_pages(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    page = Page(http, sandbox.facebook, clock)
    post = await page.post()
    for number in range(7):
        sandbox.facebook.add_remark(post, f"Người {number}", f"bình luận {number}", clock())
    seen, after = [], ""
    while True:
        words = {"after": after} if after else {}
        body = await page.ask("GET", f"{post}/comments", limit="3", filter="stream", **words)
        seen += [r["message"] for r in body["data"]]
        if "next" not in body["paging"]:
            break
        after = body["paging"]["cursors"]["after"]
    assert seen == [f"bình luận {n}" for n in range(7)]


async def test_what_cannot_be_read_gets_metas_error(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    page = Page(http, sandbox.facebook, clock)
    await page.post()
    for words in ({"limit": "many"}, {"since": "yesterday"}):
        await page.ask("GET", f"{page.id}/published_posts", None, **words)
        assert (page.answer[0], page.answer[1]["error"]["code"]) == (400, 100)
