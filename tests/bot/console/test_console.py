"""The console over real HTTP and a real database: signing in, rights, forms, writing and approving, hostile texts."""

from __future__ import annotations

import re

import pytest

from bot.console.app import Console, PortBusy
from bot.console.app import make_app as build
from bot.console.guard import PAGES
from bot.console.rules import Door
from models.post import Post
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open, give


def test_every_route_has_a_right(office: Office) -> None:
    app = build(office.parts)
    declared = app[PAGES]
    for route in app.router.routes():
        assert route.resource is not None
        if route.method != "HEAD":
            assert (route.method, route.resource.canonical) in declared
    public = {path for (_, path), page in declared.items() if page.rule.door is Door.PUBLIC}
    assert public == {
        "/login",
        "/healthz",
        "/readyz",
        "/metrics",
        "/static/{name}",
        "/media/{expires}/{signature}/{name}",
        "/oauth/{kind}/callback",
    }


async def test_strangers_are_sent_to_sign_in_and_wrong_guesses_must_wait(sign_in: Open) -> None:
    client = await sign_in("")
    assert (await client.get("/posts", allow_redirects=False)).headers["Location"] == "/login?next=/posts"
    seen = await (await client.get("/login")).text()
    answers = [await give(client, "/login", seen, login="author", password="sai") for _ in range(11)]
    assert [a.status for a in answers] == [401] * 10 + [429]


async def test_a_form_without_its_token_or_right_does_nothing(sign_in: Open) -> None:
    client = await sign_in("auditor")
    assert (await client.post("/me/language", data={"language": "en"})).status == 403
    seen = await (await client.get("/")).text()
    assert (await client.get("/posts/new")).status == 403
    assert (await give(client, "/posts/1/approve", seen)).status == 403


async def test_pages_open_and_carry_the_headers(sign_in: Open) -> None:
    client = await sign_in("author")
    for path in (
        "/",
        "/posts",
        "/posts/new",
        "/queue",
        "/queue/live",
        "/schedule",
        "/accounts",
        "/accounts/live",
        "/incidents",
        "/today/live",
        "/healthz",
        "/readyz",
    ):
        answer = await client.get(path)
        assert answer.status == 200, path
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert (await client.get("/posts/999")).status == 404


async def test_written_by_one_and_approved_by_another(office: Office, sign_in: Open) -> None:
    author, editor, approver = await sign_in("author"), await sign_in("editor"), await sign_in("approver")
    hostile = "<script>alert(1)</script>\u202e đảo chữ"
    seen = await (await author.get("/posts/new")).text()
    fields = {"title": hostile, "use": "facebook", "text-facebook": hostile, "do": "submit"}
    made = await give(author, "/posts/new", seen, **fields)
    at = made.headers["Location"]
    assert re.fullmatch(r"/posts/\d+", at)
    shown = await (await author.get(at)).text()
    assert "<script>alert" not in shown and "&lt;script&gt;alert(1)" in shown
    assert (await give(editor, f"{at}/forward", await (await editor.get(at)).text())).status == 303
    assert f"{at}/approve" not in await (await author.get(at)).text()
    page = await (await approver.get(at)).text()
    found = re.search(r'name="content_hash" value="([^"]+)"', page)
    assert found
    assert (await give(approver, f"{at}/approve", page, content_hash=found[1])).status == 303
    async with office.parts.db.read() as session:
        assert (await session.get_one(Post, int(at.rsplit("/", 1)[1]))).state == "scheduled"
    assert 'id="deliveries"' in await (await approver.get(at)).text()


async def test_a_media_address_needs_its_signature(sign_in: Open) -> None:
    client = await sign_in("")
    assert (await client.get(f"/media/9999999999/{'0' * 32}/{'a' * 64}.png")).status == 404


async def test_a_busy_port_is_named(office: Office) -> None:
    first = Console(office.parts)
    url = await first.start()
    port = int(url.rsplit(":", 1)[1])
    office.parts.settings = office.parts.settings.model_copy(update={"console_port": port})
    with pytest.raises(PortBusy, match=f"LOA_CONSOLE_PORT.*{port}"):
        await Console(office.parts).start()
    await first.stop()
