"""What stand-ins share: a file is fetched by its address, whole, from this machine alone and never too much; faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sandbox.core import Remark, fetch, on_loopback, page_thread
from channels.sandbox.viber import ViberSandbox

BIG = bytes(range(256)) * 8_000


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound("/big")

    async def big(_: web.Request) -> web.Response:
        return web.Response(body=BIG)

    app = web.Application()
    app.add_routes([web.get("/big", big), web.get("/moved", moved)])
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


async def test_a_file_is_fetched_whole_up_to_the_limit(site: str) -> None:
    assert await fetch(f"{site}/big", len(BIG)) == BIG
    with pytest.raises(LookupError):
        await fetch(f"{site}/big", len(BIG) - 1)


@pytest.mark.parametrize("path", ["/moved", "/404"])
async def test_only_a_plain_answer_counts(site: str, path: str) -> None:
    with pytest.raises(LookupError):
        await fetch(site + path, len(BIG))


@pytest.mark.parametrize("url", ["", "https://example.com/x", "http://127.0.0.1.example.com/", "http://[half"])
async def test_nothing_else_is_asked(url: str, unused_port: int) -> None:
    with pytest.raises(LookupError):
        await fetch(url, 10)
    with pytest.raises(LookupError):
        await fetch(f"http://127.0.0.1:{unused_port}/", 10)


def test_this_machine_is_known_by_its_name() -> None:
    assert on_loopback("http://localhost:1/x") and on_loopback("http://127.0.0.1/x")
    assert not on_loopback("http://192.0.2.1/x")


def test_an_answer_stands_under_what_it_answers() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    said = [
        Remark("1", "a", "An", "hỏi", at),
        Remark("2", "b", "Bình", "<b>", at),
        Remark("3", "o", "UBND", "đáp", at, parent_id="1", own=True),
        Remark("4", "c", "Chi", "lời đáp một điều đã ẩn", at, parent_id="gone"),
    ]
    entry = "<li{}><b>{}</b> {} <i>00:00</i>{}</li>"
    answer = entry.format(" class='own'", "UBND", "đáp", "")
    under = entry.format("", "An", "hỏi", f"<ul>{answer}</ul>")
    others = (("Bình", "&lt;b&gt;"), ("Chi", "lời đáp một điều đã ẩn"))
    assert page_thread(said) == under + "".join(entry.format("", name, text, "") for name, text in others)


def test_only_faults_that_there_are_can_be_arranged() -> None:
    platform = ViberSandbox(now=lambda: datetime(2026, 11, 24, tzinfo=UTC))
    for kind, rule in (("flood", ""), ("refuse", ""), ("refuse_after", "no such rule"), ("drop_before", "posts")):
        with pytest.raises(ValueError, match=kind):
            platform.fail_next(kind, rule=rule)
    with pytest.raises(ValueError, match="flood"):
        platform.fail_often(0.5, ["drop_before", "flood"])
    assert not platform.faults
