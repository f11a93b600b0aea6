"""Connecting an account in the console: over real HTTP from the form to the platform's page and back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse, ClientSession
from sqlmodel import select

from bot.accounts.subscribe import facts, subscribe
from bot.parts import Refused
from bot.webhooks.address import verify_word, webhook_address
from channels.sandbox.core import Account as Page
from channels.sandbox.world import Sandbox
from models.office import Account, Connection
from models.webhook import WebhookEvent
from tests.bot.accounts.conftest import connect as connect_now
from tests.bot.accounts.test_connect import app
from tests.bot.conftest import Office
from tests.bot.console.conftest import Client, Open, give
from tests.conftest import FakeClock


@pytest.fixture
async def sandbox(office: Office, clock: FakeClock) -> AsyncIterator[Sandbox]:
    """The platforms, with the office's accounts on them."""
    made = Sandbox(now=clock, seed=3)
    await made.start()
    settings = office.parts.settings
    for name, url in made.environment().items():
        setattr(settings, name.removeprefix("LOA_").lower(), url)
    settings.public_url = ""
    async with office.parts.db.write() as session:
        for account_id in office.accounts.values():
            await session.delete(await session.get_one(Account, account_id))
    for kind in list(office.accounts):
        await connect_now(office, made, kind)
    yield made
    await made.stop()


async def begin(client: Client, kind: str, words: dict[str, str], account: int | None = None) -> ClientResponse:
    seen = await (await client.get(f"/accounts/connect?kind={kind}&account={account or ''}")).text()
    fields = {f"word-{name}": word for name, word in words.items()}
    return await give(client, "/accounts/connect", seen, kind=kind, account=str(account or ""), **fields)


async def agreed(client: Client, place: str) -> str:
    """Open the platform's page from the link; return the path with which the browser comes back."""
    text = await (await client.get(place)).text()
    found = re.search(r'<a class="button main" href="([^"]+)"', text)
    assert found, text
    async with ClientSession() as browser:
        answer = await browser.get(found[1].replace("&amp;", "&"), allow_redirects=False)
    assert answer.status == 302
    back = answer.headers["Location"]
    assert back.startswith(str(client.make_url("/oauth/")))
    return back.removeprefix(str(client.make_url("/")).rstrip("/"))


async def shown(client: Client, answer: ClientResponse) -> str:
    """Where a redirect leads, as it is read."""
    assert answer.status == 303, await answer.text()
    assert "code=" not in answer.headers["Location"], "the code leaves the address"
    return await (await client.get(answer.headers["Location"])).text()


@pytest.mark.parametrize("kind", ["facebook", "zalo", "youtube"])
async def test_the_whole_way(office: Office, sandbox: Sandbox, sign_in: Open, kind: str) -> None:
    client, words = await sign_in("admin"), app(sandbox, kind)
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts[kind])).lose("mất", office.parts.now())
    begun = await begin(client, kind, words, office.accounts[kind])
    place = begun.headers["Location"]
    page = await (await client.get(place)).text()
    secret = list(words.values())[1]
    assert secret not in page
    back = await agreed(client, place)
    answer = await client.get(back, allow_redirects=False)
    text = await shown(client, answer)
    assert "Đã kết nối" in text and "hoạt động" in text
    async with office.parts.db.read() as session:
        row = await session.get_one(Account, office.accounts[kind])
        assert not (await session.exec(select(Connection))).all()
    assert row.lost_at is None
    form = await (await client.get(f"/accounts/connect?kind={kind}&account={row.id}")).text()
    assert "Đã có; để trống thì dùng giá trị đang lưu." in form and secret not in form
    assert "không thuộc yêu cầu kết nối nào" in await shown(client, await client.get(back, allow_redirects=False))


async def test_a_page_is_chosen(office: Office, sandbox: Sandbox, sign_in: Open) -> None:
    sandbox.facebook.add_account(Page("100777", "Trang <b>hai</b>", {"EAAB-second"}))
    client = await sign_in("admin")
    begun = await begin(client, "facebook", app(sandbox, "facebook"))
    answer = await client.get(await agreed(client, begun.headers["Location"]), allow_redirects=False)
    text = await shown(client, answer)
    assert "Trang &lt;b&gt;hai&lt;/b&gt;" in text and "EAAB" not in text
    done = await give(client, f"{answer.headers['Location']}/choose", text, remote_id="100777")
    assert "Đã kết nối Trang &lt;b&gt;hai&lt;/b&gt;." in await shown(client, done)


async def test_an_address_is_pasted_where_the_browser_came_back_to_another(
    office: Office, sandbox: Sandbox, sign_in: Open
) -> None:
    client, elsewhere = await sign_in("admin"), await sign_in("")
    begun = await begin(client, "youtube", app(sandbox, "youtube"))
    place = begun.headers["Location"]
    back = await agreed(client, place)
    seen = await (await client.get(place)).text()
    nobody = await elsewhere.get(back, allow_redirects=False)
    assert nobody.status == 403 and "dán vào nơi bạn đã bắt đầu" in await nobody.text()
    empty = await give(client, f"{place}/paste?back={place}", seen, address="https://loa.example/")
    assert "không có câu trả lời" in await shown(client, empty)
    done = await give(client, f"{place}/paste?back={place}", seen, address=str(client.make_url(back)))
    assert "Đã kết nối" in await shown(client, done)


async def test_a_link_of_somebody_else_changes_nothing(office: Office, sandbox: Sandbox, sign_in: Open) -> None:
    """An attacker's own consent, sent to an admin as a link, does not connect the attacker's channel."""
    attacker, victim = await sign_in("admin"), await sign_in("admin")
    begun = await begin(attacker, "youtube", app(sandbox, "youtube"))
    back = await agreed(attacker, begun.headers["Location"])
    before = await rows(office)
    assert "không mở liên kết lạ" in await shown(victim, await victim.get(back, allow_redirects=False))
    assert (await victim.get(begun.headers["Location"])).status == 404
    assert await rows(office) == before
    editor = await sign_in("editor")
    assert (await editor.get(back, allow_redirects=False)).status == 403
    assert (await editor.get("/accounts/connect")).status == 403


async def rows(office: Office) -> list[tuple[str, bytes]]:
    async with office.parts.db.read() as session:
        return [(a.remote_id, a.sealed) for a in (await session.exec(select(Account))).all()]


async def test_what_goes_wrong_is_said_where_one_begins_again(
    office: Office, sandbox: Sandbox, sign_in: Open, clock: FakeClock
) -> None:
    client = await sign_in("admin")
    sandbox.facebook.logins.agrees = False
    begun = await begin(client, "facebook", app(sandbox, "facebook"))
    denied = await client.get(await agreed(client, begun.headers["Location"]), allow_redirects=False)
    assert denied.headers["Location"] == "/accounts/connect?kind=facebook"
    assert "đã từ chối trên trang của Facebook" in await shown(client, denied)
    begun = await begin(client, "zalo", app(sandbox, "zalo"))
    back = await agreed(client, begun.headers["Location"])
    clock.forward(minutes=16)
    assert "Đã quá 15 phút" in await shown(client, await client.get(back, allow_redirects=False))
    seen = await (await client.get("/accounts/connect?kind=viber")).text()
    wrong = await give(
        client, "/accounts/connect?back=/accounts/connect%3Fkind%3Dviber", seen, kind="viber", account="",
        **{"word-auth_token": "wrong-token"},
    )  # fmt: skip
    text = await shown(client, wrong)
    assert "Mã truy cập Viber" in text and "wrong-token" not in text
    assert (await client.get("/accounts/connect?kind=myspace")).status == 404
    assert (await client.get("/oauth/myspace/callback")).status == 404
    assert (await client.get("/accounts/connect?kind=zalo&account=999")).status == 404


async def test_with_a_public_address_the_platform_is_let_to_call_and_seen_to(
    office: Office, sandbox: Sandbox, sign_in: Open
) -> None:
    client, settings = await sign_in("admin"), office.parts.settings
    settings.public_url = str(client.make_url("/")).rstrip("/")
    sandbox.viber_channel.extra["webhook"] = ""
    done = await begin(client, "viber", app(sandbox, "viber"), office.accounts["viber"])
    assert "webhook đã đặt và được gọi thử" in await shown(client, done)
    async with office.parts.db.read() as session:
        viber = await session.get_one(Account, office.accounts["viber"])
        facebook = await session.get_one(Account, office.accounts["facebook"])
    address = webhook_address(office.parts, viber)
    assert sandbox.viber_channel.extra["webhook"] == viber.settings["webhook"] == address
    begun = await begin(client, "facebook", app(sandbox, "facebook"))
    answer = await client.get(await agreed(client, begun.headers["Location"]), allow_redirects=False)
    text = await shown(client, answer)
    assert sandbox.page.extra["subscribed"] == ["feed"]
    assert webhook_address(office.parts, facebook) in text and verify_word(facebook) in text
    await sandbox.facebook.save_callback(webhook_address(office.parts, facebook), verify_word(facebook))


async def test_what_is_known_of_an_account_is_said_in_its_line(
    office: Office, sandbox: Sandbox, sign_in: Open, clock: FakeClock
) -> None:
    parts, admin = office.parts, office.people["admin"]

    async def said(kind: str) -> str:
        async with parts.db.read() as session:
            account = await session.get_one(Account, office.accounts[kind])
        return "; ".join(fact.vi for fact in await facts(parts, account))

    assert await said("youtube") == ""
    for kind, lost in (
        ("facebook", "đọc bình luận định kỳ"),
        ("zalo", "không tải được hình"),
        ("viber", "đòi webhook"),
    ):
        assert lost in await said(kind)
    client = await sign_in("admin")
    parts.settings.public_url = str(client.make_url("/")).rstrip("/")
    for kind in ("facebook", "zalo", "viber"):
        assert f"loa account subscribe {office.accounts[kind]}" in await said(kind)
    for kind, stands in (("facebook", "đã đăng ký, bảy ngày qua"), ("viber", "kênh Viber không báo gì thêm")):
        done = await subscribe(parts, admin, office.accounts[kind])
        assert done is not None and done.ok
        assert stands in await said(kind)
    zalo = await subscribe(parts, admin, office.accounts["zalo"])
    assert zalo is not None and "tại developers.zalo.me" in zalo.told.vi
    assert await subscribe(parts, admin, office.accounts["youtube"]) is None
    async with parts.db.write() as session:
        session.add(WebhookEvent(account_id=office.accounts["zalo"], key="k", received_at=clock(), sealed=b""))
        (await session.get_one(Account, office.accounts["zalo"])).expires_at = clock()
    assert await said("zalo") == "mã truy cập tự gia hạn trước 08:00 24/11/2026; webhook: nhận lần cuối lúc 08:00 24/11"
    with pytest.raises(Refused):
        await subscribe(parts, office.people["editor"], office.accounts["viber"])
    parts.settings.public_url = "http://127.0.0.1:9"
    silent = await subscribe(parts, admin, office.accounts["viber"])
    assert silent is not None and not silent.ok and "Viber không gọi được webhook" in silent.told.vi
