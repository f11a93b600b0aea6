"""Connecting accounts at the stand-ins: consent, code, tokens, choice, and every way in which it comes to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from sqlmodel import select

from bot.accounts import connect as room
from bot.accounts.connect import Connected, Pending
from bot.accounts.watch import keep_accounts
from bot.parts import NotFound, Refused
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.writing import VariantDraft
from channels.connecting import NotConnected
from channels.errors import AuthLost, ChannelError, Unreachable
from channels.sandbox.world import Sandbox
from models.audit import AuditEntry
from models.delivery import HeldBy
from models.office import Account, AccountStatus, Connection
from models.states import DeliveryState, PostState
from tests.bot.accounts.conftest import account_of, credentials
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, state_of
from tests.conftest import FakeClock

HOLDER, BACK = "web:1", "http://127.0.0.1:8080"


def app(sandbox: Sandbox, kind: str) -> dict[str, str]:
    """What the person enters."""
    found = credentials(sandbox, kind)
    if kind == "facebook":
        return {"app_id": sandbox.facebook.logins.app_id, "app_secret": sandbox.facebook.logins.app_secret}
    words = {**found.settings, **found.secrets}
    names = {"zalo": ("app_id", "app_secret"), "youtube": ("client_id", "client_secret"), "viber": ("auth_token",)}
    return {name: words[name] for name in names[kind]}


async def agree(address: str) -> dict[str, str]:
    """Open the platform's page as a browser does; return what comes back to our address."""
    async with aiohttp.ClientSession() as browser, browser.get(address, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        place = urlsplit(answer.headers["Location"])
    assert f"{place.scheme}://{place.netloc}" == BACK
    assert place.path.startswith("/oauth/") and place.path.endswith("/callback")
    return dict(parse_qsl(place.query))


async def begin(
    office: Office, kind: str, words: Mapping[str, str], again: bool = True, holder: str = HOLDER
) -> Pending:
    account = office.accounts[kind] if again else None
    place = room.callback(BACK, kind)
    return await room.begin(
        office.parts, office.people["admin"], holder, kind, words, redirect_uri=place, account_id=account
    )


async def take(office: Office, kind: str, answer: Mapping[str, str], holder: str = HOLDER) -> Pending:
    return await room.take_answer(office.parts, office.people["admin"], holder, kind, answer)


async def finish(office: Office, pending: Pending, remote_id: str = "") -> Connected:
    return await room.connect(office.parts, office.people["admin"], HOLDER, pending.id, remote_id)


async def whole(office: Office, sandbox: Sandbox, kind: str, **more: str) -> Connected:
    """The whole way, an account connected again."""
    begun = await begin(office, kind, {**app(sandbox, kind), **more})
    return await finish(office, await take(office, kind, await agree(begun.address)))


async def secrets_of(office: Office, kind: str) -> dict[str, str]:
    return office.parts.vault.open((await account_of(office, kind)).sealed)


async def left(office: Office) -> int:
    async with office.parts.db.read() as session:
        return len((await session.exec(select(Connection))).all())


# -- it works -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["facebook", "zalo", "youtube"])
async def test_a_consent_connects_the_account_that_was_known_under_its_number(
    office: Office, sandbox: Sandbox, clock: FakeClock, kind: str
) -> None:
    before = await account_of(office, kind)
    done = await whole(office, sandbox, kind)
    assert (done.account_id, done.health.ok, done.health.concerns) == (office.accounts[kind], True, ())
    after = await account_of(office, kind)
    assert (after.remote_id, after.name, after.checked_at) == (before.remote_id, before.name, clock())
    assert await left(office) == 0, "nothing of it stays behind"
    async with office.parts.db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == "account_connected").order_by(AuditEntry.id.desc())  # type: ignore[union-attr]
        entry = (await session.exec(query)).first()
    assert entry is not None and entry.user_id == office.people["admin"].user_id


async def test_facebook_gives_the_pages_lasting_token_never_the_persons(office: Office, sandbox: Sandbox) -> None:
    await whole(office, sandbox, "facebook")
    secrets = await secrets_of(office, "facebook")
    assert secrets["page_token"] in sandbox.page.tokens
    assert secrets.keys() == {"page_token", "app_id", "app_secret"}
    assert (await account_of(office, "facebook")).expires_at is not None, "debug_token tells of the access to data"


async def test_of_two_pages_one_is_chosen_and_keeps_its_own_token(office: Office, sandbox: Sandbox) -> None:
    from channels.sandbox.core import Account as Page

    sandbox.facebook.add_account(Page("100777", "Trang thứ hai", {"EAAB-second"}, followers=900))
    pending = await begin(office, "facebook", app(sandbox, "facebook"), again=False)
    pending = await take(office, "facebook", await agree(pending.address))
    assert [f.remote_id for f in pending.found] == [sandbox.page.remote_id, "100777"]
    with pytest.raises(Refused, match="Choose one account"):
        await finish(office, pending)
    with pytest.raises(Refused, match="Choose one account"):
        await finish(office, pending, "100778")
    done = await finish(office, pending, "100777")
    assert done.account_id not in office.accounts.values()
    async with office.parts.db.read() as session:
        row = await session.get_one(Account, done.account_id)
    assert (row.name, office.parts.vault.open(row.sealed)["page_token"]) == ("Trang thứ hai", "EAAB-second")


async def test_zalo_rotates_on_and_keeps_what_was_set(office: Office, sandbox: Sandbox) -> None:
    old = await secrets_of(office, "zalo")
    async with office.parts.db.write() as session:
        row = await session.get_one(Account, office.accounts["zalo"])
        row.settings = {**row.settings, "hook_signer": "oa_id"}
        row.sealed = office.parts.vault.seal({**old, "oa_secret": "kept"})
    await whole(office, sandbox, "zalo", author="Xã Đá Xanh")
    secrets = await secrets_of(office, "zalo")
    assert secrets["refresh_token"] == sandbox.oa.extra["refresh"] != old["refresh_token"]
    assert secrets["oa_secret"] == "kept"
    assert (await account_of(office, "zalo")).settings == {
        "app_id": "42",
        "author": "Xã Đá Xanh",
        "hook_signer": "oa_id",
    }


async def test_zalo_with_the_challenge_saved_in_its_console(office: Office, sandbox: Sandbox) -> None:
    from channels.sandbox.zalo.logins import challenge_of

    verifier = "v" * 43
    sandbox.oa.extra["challenge"] = challenge_of(verifier)
    begun = await begin(office, "zalo", {**app(sandbox, "zalo"), "code_verifier": verifier})
    assert dict(parse_qsl(urlsplit(begun.address).query))["code_challenge"] == challenge_of(verifier)
    assert (await finish(office, await take(office, "zalo", await agree(begun.address)))).health.ok


async def test_google_is_asked_for_a_refresh_token_again_and_again(office: Office, sandbox: Sandbox) -> None:
    for _ in range(2):  # without prompt=consent the second would bring none
        await whole(office, sandbox, "youtube")
        assert (await secrets_of(office, "youtube"))["refresh_token"] == sandbox.channel.extra["refresh_token"]
    assert (await account_of(office, "youtube")).settings["scopes"].split()[0] == "youtube.upload"


async def test_a_viber_token_tells_whose_it_is(office: Office, sandbox: Sandbox) -> None:
    token = sandbox.viber.regenerate(sandbox.viber_channel.remote_id)
    done = await finish(office, await begin(office, "viber", {"auth_token": f" {token}\n"}))
    assert (done.account_id, done.health.ok) == (office.accounts["viber"], True)
    account = await account_of(office, "viber")
    assert account.settings["sender"] == sandbox.viber_channel.extra["superadmin"]
    sandbox.viber.add_bot("pa:777", "Bot xã", "bot-token", webhook="https://loa.example/b")
    done = await finish(office, await begin(office, "viber_bot", {"auth_token": "bot-token"}, again=False))
    async with office.parts.db.read() as session:
        row = await session.get_one(Account, done.account_id)
    assert (row.kind, row.remote_id, row.name, row.settings) == ("viber_bot", "pa:777", "Bot xã", {})


@pytest.mark.parametrize(("kind", "other"), [("viber", "viber_bot"), ("viber_bot", "viber")])
async def test_a_viber_token_of_the_other_product_is_told_where_it_belongs(
    kind: str, other: str, office: Office, sandbox: Sandbox
) -> None:
    sandbox.viber.add_bot("pa:777", "Bot xã", "bot-token", webhook="https://loa.example/b")
    token = "bot-token" if kind == "viber" else sandbox.viber.regenerate(sandbox.viber_channel.remote_id)
    with pytest.raises(Refused, match=f"connect {other}`"):
        await finish(office, await begin(office, kind, {"auth_token": token}, again=False))


@pytest.mark.parametrize("named", ["@binhson", "binhson", "https://t.me/binhson"])
async def test_a_telegram_channel_where_the_bot_is_an_administrator(
    office: Office, sandbox: Sandbox, named: str
) -> None:
    office.parts.settings.telegram_base_url = sandbox.telegram.url
    words = {"bot_token": sandbox.bot_token, "chat": named}
    done = await finish(office, await begin(office, "telegram", words, again=False))
    assert done.health.ok
    async with office.parts.db.read() as session:
        row = await session.get_one(Account, done.account_id)
    assert (row.remote_id, row.kind) == (sandbox.telegram_account().remote_id, "telegram")
    again = await finish(office, await begin(office, "telegram", words, again=False))
    assert again.account_id == done.account_id
    for wrong in ({**words, "bot_token": "1:wrong"}, {**words, "chat": "@nowhere"}, {**words, "chat": "-100"}):
        with pytest.raises(ChannelError) as said:
            await begin(office, "telegram", wrong, again=False)
        assert said.value.told.vi and "wrong" not in repr(said.value)


async def test_what_the_settings_and_the_account_know_is_not_asked_again(office: Office, sandbox: Sandbox) -> None:
    admin, settings = office.people["admin"], office.parts.settings
    assert await room.known_words(office.parts, admin, "facebook", None) == {}
    with pytest.raises(Refused, match="Enter: App ID") as missing:
        await begin(office, "facebook", {})
    assert missing.value.at == "app_id"
    settings.facebook_app_id = sandbox.facebook.logins.app_id
    with pytest.raises(Refused, match="Enter: App Secret"):
        await begin(office, "facebook", {}, again=False)
    await whole(office, sandbox, "facebook")
    begun = await begin(office, "facebook", {})  # the secret lies sealed beside the Page's token
    assert (await finish(office, await take(office, "facebook", await agree(begun.address)))).health.ok
    known = await room.known_words(office.parts, admin, "viber", office.accounts["viber"])
    assert known == {}, "a pasted token is what is replaced"


@pytest.mark.parametrize("kind", ["facebook", "viber"])
async def test_posts_that_wait_for_a_lost_account_go_out_once_it_is_connected_again(
    office: Office, sandbox: Sandbox, clock: FakeClock, kind: str
) -> None:
    posts = []
    for minutes in (1, 2):
        words = {kind: VariantDraft(text=f"Lịch tiếp dân {minutes}.")}
        posts.append(await approved(office, clock, due_at=clock() + timedelta(minutes=minutes), variants=words))
    if kind == "facebook":
        sandbox.facebook.kill(next(iter(sandbox.page.tokens)), "password_changed")
        sandbox.page.tokens.add("EAAB-after")
    else:
        sandbox.viber.regenerate(sandbox.viber_channel.remote_id)

    async def send() -> None:
        for flying in await claim_due(office.parts, 20):
            await deliver(office.parts, flying)

    clock.forward(minutes=1)
    await send()
    (waiting,) = await deliveries(office, posts[0])
    assert (waiting.state, waiting.held_by) == (DeliveryState.HELD, HeldBy.ACCOUNT)
    clock.forward(minutes=10)
    if kind == "facebook":
        await whole(office, sandbox, kind)
    else:
        await finish(office, await begin(office, kind, app(sandbox, kind)))
    account = await account_of(office, kind)
    assert (account.status, account.lost_at, account.id) == (AccountStatus.OK, None, office.accounts[kind])
    for _ in range(2):
        await send()
        clock.forward(seconds=2)  # Viber's least space between two
    assert [await state_of(office, post) for post in posts] == [PostState.PUBLISHED] * 2
    assert len(sandbox.platforms[kind].published()) == 2


# -- it comes to nothing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["facebook", "youtube"])
async def test_a_person_who_says_no_is_told_what_to_do(office: Office, sandbox: Sandbox, kind: str) -> None:
    sandbox.facebook.logins.agrees = sandbox.youtube.agrees = False
    begun = await begin(office, kind, app(sandbox, kind))
    with pytest.raises(NotConnected) as said:
        await take(office, kind, await agree(begun.address))
    assert "từ chối" in said.value.told.vi and "bắt đầu lại" in said.value.told.vi


async def test_an_answer_belongs_to_whoever_began_and_is_taken_once(office: Office, sandbox: Sandbox) -> None:
    begun = await begin(office, "youtube", app(sandbox, "youtube"))
    answer = await agree(begun.address)
    for wrong, holder, kind in (
        ({**answer, "state": "x" * 43}, HOLDER, "youtube"),
        ({"code": answer["code"]}, HOLDER, "youtube"),
        (answer, "web:2", "youtube"),
        (answer, HOLDER, "zalo"),
    ):
        with pytest.raises(Refused, match="belongs to no connection that was begun"):
            await take(office, kind, wrong, holder)
    with pytest.raises(Refused, match="Only an admin"):
        await room.take_answer(office.parts, office.people["editor"], HOLDER, "youtube", answer)
    pending = await take(office, "youtube", answer)
    with pytest.raises(Refused, match="used already"):
        await take(office, "youtube", answer)
    with pytest.raises(NotFound):
        await room.connect(office.parts, office.people["admin"], "web:2", pending.id)
    assert (await finish(office, pending)).health.ok
    with pytest.raises(NotFound):
        await finish(office, pending)


async def test_what_takes_too_long_begins_anew_and_leaves_nothing(
    office: Office, sandbox: Sandbox, clock: FakeClock
) -> None:
    begun = await begin(office, "zalo", app(sandbox, "zalo"))
    answer = await agree(begun.address)
    clock.forward(minutes=11)  # the code lives ten
    with pytest.raises(NotConnected) as said:
        await take(office, "zalo", answer)
    assert "hết hạn" in said.value.told.vi
    begun = await begin(office, "facebook", app(sandbox, "facebook"))
    answer = await agree(begun.address)
    clock.forward(minutes=15)
    with pytest.raises(Refused, match="More than 15 minutes"):
        await take(office, "facebook", answer)
    with pytest.raises(Refused, match="More than 15 minutes"):
        await finish(office, begun)
    assert await left(office) == 2
    await keep_accounts(office.parts)
    assert await left(office) == 0


@pytest.mark.parametrize(
    ("kind", "word", "said"),
    [
        ("facebook", "app_secret", "App Secret"),
        ("zalo", "app_secret", "khóa bí mật của ứng dụng"),
        ("youtube", "client_secret", "Client secret"),
    ],
)
async def test_a_wrong_secret_is_named(office: Office, sandbox: Sandbox, kind: str, word: str, said: str) -> None:
    begun = await begin(office, kind, {**app(sandbox, kind), word: "wrong-secret"})
    with pytest.raises(NotConnected) as refused:
        await take(office, kind, await agree(begun.address))
    assert said in refused.value.told.vi
    assert "wrong-secret" not in f"{refused.value!r} {refused.value.detail} {refused.value.told}"


async def test_a_code_that_came_to_another_address_is_not_taken(office: Office, sandbox: Sandbox) -> None:
    for kind in ("facebook", "youtube"):
        begun = await begin(office, kind, app(sandbox, kind))
        other = await begin(office, kind, app(sandbox, kind))
        answer = await agree(begun.address.replace("callback", "elsewhere%2Fcallback"))
        with pytest.raises(NotConnected) as refused:
            await take(office, kind, {**answer, "state": other.consent.state})
        assert "mã đồng ý" in refused.value.told.vi


@pytest.mark.parametrize("kind", ["zalo", "youtube"])
async def test_a_code_that_was_stolen_is_of_no_use_without_the_verifier(
    office: Office, sandbox: Sandbox, kind: str
) -> None:
    victim, thief = [await begin(office, kind, app(sandbox, kind)) for _ in range(2)]
    code = (await agree(victim.address))["code"]
    with pytest.raises(NotConnected):
        await take(office, kind, {"code": code, "state": thief.consent.state})


async def test_rights_that_were_ticked_off_are_named_with_what_is_lost(office: Office, sandbox: Sandbox) -> None:
    sandbox.page.extra["lacks"] = ["pages_manage_posts", "read_insights"]
    begun = await begin(office, "facebook", app(sandbox, "facebook"))
    with pytest.raises(NotConnected) as said:
        await take(office, "facebook", await agree(begun.address))
    for words in ("pages_manage_posts (không đăng, sửa, gỡ bài được)", "read_insights (không có số liệu tiếp cận)"):
        assert words in said.value.told.vi
    sandbox.page.extra["lacks"] = ["read_insights"]
    done = await whole(office, sandbox, "facebook")
    assert done.health.ok and [c.code for c in done.health.concerns] == ["rights:read_insights"]

    sandbox.channel.extra["lacks"] = ["youtube.force-ssl", "youtube.upload"]
    begun = await begin(office, "youtube", app(sandbox, "youtube"))
    with pytest.raises(NotConnected) as said:
        await take(office, "youtube", await agree(begun.address))
    assert "youtube.upload (không đăng video được)" in said.value.told.vi
    sandbox.channel.extra["lacks"] = ["youtube.force-ssl"]
    done = await whole(office, sandbox, "youtube")
    assert done.health.ok and [c.code for c in done.health.concerns] == ["rights:youtube.force-ssl"]


async def test_without_the_right_to_figures_that_is_said_at_every_check(office: Office, sandbox: Sandbox) -> None:
    sandbox.channel.extra["lacks"] = ["yt-analytics.readonly"]
    done = await whole(office, sandbox, "youtube")
    assert done.health.ok and [c.code for c in done.health.concerns] == ["rights:yt-analytics.readonly"]


async def test_another_page_than_the_one_to_be_connected_again_is_refused_by_name(
    office: Office, sandbox: Sandbox
) -> None:
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).remote_id = "100999"
    begun = await begin(office, "facebook", app(sandbox, "facebook"))
    with pytest.raises(Refused, match=rf"\(100999\) is to be connected again, but .*\({sandbox.page.remote_id}\)"):
        await take(office, "facebook", await agree(begun.address))
    sandbox.page.extra["lacks"] = ["pages_show_list"]
    begun = await begin(office, "facebook", app(sandbox, "facebook"), again=False)
    with pytest.raises(NotConnected, match="rights"):
        await take(office, "facebook", await agree(begun.address))


async def test_a_google_account_without_a_channel(office: Office, sandbox: Sandbox) -> None:
    sandbox.channel.extra["no_channel"] = True
    begun = await begin(office, "youtube", app(sandbox, "youtube"))
    with pytest.raises(ChannelError) as said:
        await take(office, "youtube", await agree(begun.address))
    assert "kênh" in said.value.told.vi


async def test_a_wrong_viber_token_is_refused_and_nothing_is_kept(office: Office) -> None:
    with pytest.raises(AuthLost) as said:
        await begin(office, "viber", {"auth_token": "no-such"})
    assert "Viber" in said.value.told.vi and await left(office) == 0


@pytest.mark.parametrize(
    ("kind", "path"), [("facebook", "access_token"), ("zalo", "access_token"), ("youtube", "/token")]
)
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "server_error", "garbage", "truncated"])
async def test_a_platform_in_trouble_says_so_and_one_begins_again(
    office: Office, sandbox: Sandbox, kind: str, path: str, fault: str
) -> None:
    begun = await begin(office, kind, app(sandbox, kind))
    answer = await agree(begun.address)
    sandbox.platforms[kind].fail_next(fault, match=path)
    with pytest.raises((Unreachable, NotConnected)) as said:
        await take(office, kind, answer)
    assert said.value.told.vi
    assert (await whole(office, sandbox, kind)).health.ok
