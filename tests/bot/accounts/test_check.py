"""Health known before it is needed: what a check finds, keeps, and has told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from sqlmodel import select

from bot.accounts.check import check_account
from bot.accounts.overview import all_accounts, line
from bot.accounts.standing import pause_account
from bot.accounts.watch import keep_accounts
from bot.duty.notices import tell_troubles
from bot.duty.voice import voice_of
from bot.parts import NotFound
from bot.publishing import approval, attaching, writing
from bot.publishing.writing import VariantDraft
from channels.errors import Told
from channels.sandbox.world import Sandbox
from models.incident import Alert
from models.office import Account, Organisation
from models.post import Media
from models.queue import Budget
from tests.bot.accounts.conftest import account_of, connect
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, draft, sign
from tests.conftest import FakeClock


async def check(office: Office, kind: str) -> dict[str, str]:
    """Check an account; return its concerns by code."""
    assert (await check_account(office.parts, office.accounts[kind])).ok
    return {c["code"]: c["vi"] for c in (await account_of(office, kind)).concerns}


async def told(office: Office) -> list[str]:
    await tell_troubles(office.parts)
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Alert.text).order_by(Alert.id))).all())  # type: ignore[arg-type]


# -- what the platform tells --------------------------------------------------------------------------------------


async def test_a_good_account_has_no_concerns(office: Office, clock: FakeClock) -> None:
    for kind in office.accounts:
        assert await check(office, kind) == {}
        assert (await account_of(office, kind)).checked_at == clock()
    assert await told(office) == []
    with pytest.raises(NotFound):
        await check_account(office.parts, 999)


def _page_lacks(sandbox: Sandbox) -> None:
    sandbox.page.extra["lacks"] = {"read_insights", "pages_read_user_content"}


def _oa_quota(sandbox: Sandbox) -> None:
    sandbox.oa.extra["sub_quota"] = {"expired_date": "31/12/2026", "total": 500, "remain": 20}


def _channel_lacks(sandbox: Sandbox) -> None:
    sandbox.channel.extra["lacks"] = {"youtube.force-ssl"}


@pytest.mark.parametrize(
    ("kind", "arrange", "code", "words"),
    [
        ("facebook", _page_lacks, "rights:pages_read_user_content, read_insights", "không đọc được bình luận"),
        ("zalo", _oa_quota, "messages:as_388613000000001", "20/500"),
        ("youtube", _channel_lacks, "rights:youtube.force-ssl", "không đính chính được"),
    ],
)
async def test_a_missing_right_or_a_short_quota_is_told_once_and_again_when_it_comes_back(
    office: Office, clock: FakeClock, sandbox: Sandbox, kind: str, arrange: Callable[[Sandbox], None], code: str,
    words: str,
) -> None:  # fmt: skip
    sandbox.facebook.logins.app_secret = "s3cret"
    await connect(office, sandbox, "facebook", app_id="900", app_secret="s3cret")
    arrange(sandbox)
    for _ in range(2):
        found = await check(office, kind)
        assert words in found[code]
        clock.forward(hours=1)
    assert [words in text for text in await told(office)] == [True]
    for account in (sandbox.page, sandbox.oa, sandbox.channel):
        for name in ("lacks", "sub_quota"):
            account.extra.pop(name, None)
    assert await check(office, kind) == {}
    arrange(sandbox)
    await check(office, kind)
    assert len(await told(office)) == 2


async def test_the_end_of_facebooks_access_is_told_two_weeks_ahead(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    sandbox.facebook.logins.app_secret = "s3cret"
    await connect(office, sandbox, "facebook", app_id="900", app_secret="s3cret")
    assert await check(office, "facebook") == {}
    assert (await account_of(office, "facebook")).expires_at == clock() + timedelta(days=90)
    clock.forward(days=75)
    assert await check(office, "facebook") == {}
    clock.forward(days=1, minutes=1)
    assert "sau 13 ngày" in (await check(office, "facebook"))["data_access_ends"]
    clock.forward(days=13)
    assert list(await check(office, "facebook")) == ["data_access_ends_today"]


async def test_the_end_of_the_oas_package_is_told(office: Office, clock: FakeClock) -> None:
    clock.forward(days=23)  # 17 December; the package ends with the 31st
    assert await check(office, "zalo") == {}
    clock.forward(days=1, hours=16)
    assert "31/12/2026" in (await check(office, "zalo"))["package:31/12/2026"]


async def test_without_the_right_to_articles_the_oa_is_lost(office: Office, sandbox: Sandbox) -> None:
    sandbox.oa.extra["lacks"] = {"articles"}
    health = await check_account(office.parts, office.accounts["zalo"])
    assert health.lost and "quyền bài viết" in health.told.vi


# -- what the next posts need -------------------------------------------------------------------------------------


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture that every channel takes."""
    file = tmp_path / "cover.jpg"
    Image.new("RGB", (800, 450), (20, 90, 160)).save(file)
    return file


async def with_picture(office: Office, clock: FakeClock, file: Path, url: str = "", **more: object) -> int:
    """An approved post with a picture, due in an hour."""
    words = {"variants": {"facebook": VariantDraft(text="Lịch.")}, **more}
    post_id = await writing.create_post(office.parts, office.people["author"], draft(clock, **words))
    await attaching.attach_media(office.parts, office.people["author"], post_id, file, alt_text="Bìa", public_url=url)
    await approval.submit_post(office.parts, office.people["author"], post_id)
    await approval.forward_post(office.parts, office.people["editor"], post_id)
    await sign(office, post_id)
    return post_id


async def media_path(office: Office) -> Path:
    async with office.parts.db.read() as session:
        return Path((await session.exec(select(Media.path))).one())


@pytest.mark.parametrize("harm", ["gone", "changed"])
async def test_a_file_that_is_gone_or_changed_is_told_before_the_post_is_due(
    office: Office, clock: FakeClock, picture: Path, harm: str
) -> None:
    post_id = await with_picture(office, clock, picture)
    assert await check(office, "facebook") == {}
    path = await media_path(office)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"x")
    ((code, words),) = (await check(office, "facebook")).items()
    assert code.startswith(f"media:{post_id}:") and "“Lịch tiếp dân”" in words and "đính lại tệp" in words
    assert "đính lại tệp" in (await told(office))[0]
    assert await check(office, "viber") == {}, "no post of Viber's"


async def test_files_of_later_posts_have_time(office: Office, clock: FakeClock, picture: Path) -> None:
    await with_picture(office, clock, picture, due_at=clock() + timedelta(days=2))
    (await media_path(office)).unlink()
    assert await check(office, "facebook") == {}
    clock.forward(days=1)
    assert len(await check(office, "facebook")) == 1


async def test_a_public_address_is_tried_where_the_platform_fetches(
    office: Office, clock: FakeClock, picture: Path
) -> None:
    seen, status = Counter[str](), {"now": 200}

    async def file(request: web.Request) -> web.StreamResponse:
        seen[request.headers.get("Range", "")] += 1
        return web.Response(status=status["now"], body=picture.read_bytes())

    app = web.Application()
    app.router.add_get("/{path:.+}", file)
    both = {"variants": {k: VariantDraft(text="Lịch.") for k in ("facebook", "viber")}}
    server = TestServer(app)
    await server.start_server()
    await with_picture(office, clock, picture, str(server.make_url("/cover.jpg")), **both)
    assert [await check(office, kind) for kind in ("facebook", "viber")] == [{}, {}]
    assert seen == {"bytes=0-0": 1}, "Viber fetches, Facebook does not"
    status["now"] = 403
    (words,) = (await check(office, "viber")).values()
    assert "Viber sẽ không tải được tệp" in words and "trả lời HTTP 403" in words
    await server.close()
    (words,) = (await check(office, "viber")).values()
    assert "không trả lời" in words
    assert await check(office, "facebook") == {}


async def test_a_limit_that_does_not_suffice_is_told(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    for minutes in (30, 60):
        await approved(office, clock, due_at=clock() + timedelta(minutes=minutes))
    key, account_id = f"facebook:page:{sandbox.page.remote_id}", office.accounts["facebook"]

    async def used(share: float, resets_in: timedelta = timedelta(hours=2)) -> None:
        async with office.parts.db.write() as session:
            row = Budget(key=key, account_id=account_id, unit="percent", used=share, most=100.0)
            row.resets_at = clock() + resets_in
            await session.merge(row)

    await used(80)
    assert await check(office, "facebook") == {}
    await used(95)
    assert "95%, không đủ cho 2 bài" in (await check(office, "facebook"))[f"budget:{key}"]
    await used(95, timedelta(minutes=45))
    assert "1 bài" in (await check(office, "facebook"))[f"budget:{key}"]
    await used(95, timedelta(minutes=10))
    assert await check(office, "facebook") == {}, "renewed before they are due"


# -- the turn -------------------------------------------------------------------------------------------------------


async def test_accounts_are_asked_at_their_marks_and_once_a_day(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    """Thirty hours, minute by minute: when was the platform asked?"""
    start = clock()
    post_id = await approved(office, clock, due_at=start + timedelta(hours=26), variants={
        "viber": VariantDraft(text="Lịch.")})  # fmt: skip
    asked: dict[str, list[float]] = {"viber": [], "facebook": []}
    for _ in range(30 * 12):
        before = {k: (await account_of(office, k)).checked_at for k in asked}
        await keep_accounts(office.parts)
        for kind, times in asked.items():
            if (await account_of(office, kind)).checked_at != before[kind]:
                times.append((clock() - start).total_seconds() / 3600)
        clock.forward(minutes=5)
    assert post_id
    assert asked["facebook"] == [0.0, 24.0]
    assert asked["viber"] == [0.0, 2.0, 25.0, pytest.approx(26 - 5 / 60)]


async def test_one_accounts_trouble_stops_no_other(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    await sandbox.facebook.stop()
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["zalo"])).sealed = b"sealed with another key"
    with pytest.raises(Exception, match="LOA_SECRET_KEY"):
        await keep_accounts(office.parts)
    checked = {kind: (await account_of(office, kind)).checked_at is not None for kind in office.accounts}
    assert checked == {"facebook": True, "zalo": False, "viber": True, "youtube": True}
    assert [c["code"] for c in (await account_of(office, "facebook")).concerns] == ["unreachable"]


# -- a platform that does not answer --------------------------------------------------------------------------------


async def away(office: Office, sandbox: Sandbox) -> Callable[[], Awaitable[None]]:
    """Take Facebook off the network; what is returned brings it back."""
    port = int(sandbox.facebook.url.rsplit(":", 1)[1])
    await sandbox.facebook.stop()

    async def back() -> None:
        await sandbox.facebook.start(port)

    return back


async def test_a_platform_that_is_away_before_a_post_is_due_is_told_once_and_over_when_it_answers(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    await approved(office, clock, variants={"facebook": VariantDraft(text="Lịch.")})
    clock.forward(minutes=55)
    back = await away(office, sandbox)
    for _ in range(3):
        await keep_accounts(office.parts)
        texts = await told(office)
        clock.forward(seconds=30)
    assert len(texts) == 1
    assert "Facebook “Mẫu facebook”: không trả lời từ 08:55; bài gần nhất hẹn 09:00" in texts[0]
    assert "bài vẫn đăng được" not in texts[0], "nobody knows"
    await back()
    await keep_accounts(office.parts)
    assert (await account_of(office, "facebook")).concerns == []
    await away(office, sandbox)
    await office.parts.door.close()
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).checked_at = None
    await keep_accounts(office.parts)
    assert len(await told(office)) == 2, "away anew"


async def test_a_short_silence_long_before_a_post_and_one_without_posts_are_no_news(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    await away(office, sandbox)
    await keep_accounts(office.parts)
    clock.forward(hours=5)
    await keep_accounts(office.parts)
    assert await told(office) == [], "nothing is due within a day"
    async with office.parts.db.write() as session:
        row = await session.get_one(Account, office.accounts["facebook"])
        row.concerns, row.checked_at = [], None
    await approved(office, clock, variants={"facebook": VariantDraft(text="Lịch.")})
    await keep_accounts(office.parts)
    clock.forward(minutes=9)
    assert await told(office) == []
    clock.forward(minutes=1)
    assert len(await told(office)) == 1


async def test_what_needs_no_platform_is_looked_at_while_it_is_away(
    office: Office, clock: FakeClock, sandbox: Sandbox, picture: Path
) -> None:
    _page_lacks(sandbox)
    sandbox.facebook.logins.app_secret = "s3cret"
    await connect(office, sandbox, "facebook", app_id="900", app_secret="s3cret")
    post_id = await with_picture(office, clock, picture, due_at=clock() + timedelta(hours=3))
    (right,) = await check(office, "facebook")
    await away(office, sandbox)
    (await media_path(office)).unlink()
    clock.forward(hours=2)
    await keep_accounts(office.parts)
    codes = [c["code"] for c in (await account_of(office, "facebook")).concerns]
    assert codes[0] == "unreachable" and codes[1].startswith(f"media:{post_id}:") and codes[2] == right
    assert any("đính lại tệp" in text for text in await told(office))
    clock.forward(seconds=30)
    await keep_accounts(office.parts)
    assert [c["code"] for c in (await account_of(office, "facebook")).concerns] == [codes[0], *codes[1:]]
    async with office.parts.db.read() as session:
        voice = voice_of(office.parts, await session.get_one(Organisation, office.id))
    assert "chưa rõ, hỏi lần cuối lúc 10:00; không hỏi được nền tảng" in line(
        await account_of(office, "facebook"), 0, voice
    )


# -- one line an account --------------------------------------------------------------------------------------------


async def test_each_account_is_one_line_that_says_what_to_do(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    await pause_account(office.parts, office.people["duty"], office.accounts["viber"], "nghỉ lễ")
    await approved(office, clock)
    sandbox.youtube.revoke(sandbox.channel.extra["refresh_token"])
    _oa_quota(sandbox)
    for kind in ("facebook", "zalo", "youtube"):
        await check_account(office.parts, office.accounts[kind])
    lines = {
        account.kind: line(account, waiting, voice) for account, waiting, voice in await all_accounts(office.parts)
    }
    ids = office.accounts
    assert lines["facebook"] == (
        f"✓ #{ids['facebook']} Facebook Mẫu facebook: hoạt động, kiểm tra lúc 08:00; 1 lượt gửi chờ"
    )
    assert lines["zalo"].startswith(
        f"! #{ids['zalo']} Zalo Mẫu zalo: hoạt động, kiểm tra lúc 08:00; gói tin còn 20/500"
    )
    assert lines["viber"] == (
        f"⏸ #{ids['viber']} Viber Mẫu viber: tạm dừng (nghỉ lễ), chạy tiếp: loa account resume {ids['viber']}; "
        "1 lượt gửi chờ"
    )
    assert lines["youtube"].startswith(
        f"✗ #{ids['youtube']} YouTube Mẫu youtube: mất kết nối từ 08:00, kết nối lại: loa"
    )
    async with office.parts.db.read() as session:
        voice = voice_of(office.parts, await session.get_one(Organisation, office.id))
    said = line(await account_of(office, "facebook"), 0, voice, unasked=Told(vi="mạng hỏng.", en="no network."))
    assert said.startswith("? ") and said.endswith("lần này không hỏi được: mạng hỏng.")
