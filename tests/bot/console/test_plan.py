"""Accounts with their limits, slots and recurring posts, as people see and change them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from bot.console.accounts import quota_of
from bot.publishing.queueing import cancel_post, hold_post
from bot.publishing.recurring import make_due_copies, repeat_post
from models.office import Account
from models.queue import Budget, Every, Recurrence, Slot
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open, give
from tests.bot.console.test_pages import look_at
from tests.bot.console.test_writing import waiting
from tests.conftest import FakeClock


async def set_account(office: Office, kind: str, **values: object) -> None:
    async with office.parts.db.write() as session:
        await session.exec(update(Account).where(col(Account.id) == office.accounts[kind]).values(**values))


def card(page: str, account_id: int) -> str:
    found = re.search(rf'aria-labelledby="account-{account_id}">(.*?)</section>', page, re.S)
    assert found
    return found[1]


# -- accounts ---------------------------------------------------------------------------------------------------------


async def test_an_account_tells_what_is_wrong_and_what_to_do(office: Office, sign_in: Open) -> None:
    now = office.parts.now()
    concern = {"code": "c", "since": now.isoformat(), "vi": "Thiếu quyền đăng bài.", "en": "A right is missing."}
    await set_account(office, "facebook", concerns=[concern], followers=1234567, checked_at=now - timedelta(minutes=4))
    await set_account(office, "zalo", status="lost", status_reason="Mã hết hạn.", lost_at=now - timedelta(hours=2))
    page = await look_at(await sign_in("auditor"), "/accounts")
    facebook, zalo = card(page, office.accounts["facebook"]), card(page, office.accounts["zalo"])
    assert "Hoạt động" in facebook and "Thiếu quyền đăng bài." in facebook and "1.234.567" in facebook
    assert "4 phút trước" in facebook
    assert "Mất kết nối" in zalo and "Mã hết hạn." in zalo and "06:00" in zalo
    assert f"<code>loa account connect zalo --account {office.accounts['zalo']}</code>" in zalo
    assert "<form" not in facebook, "who may not pause it sees no button"


async def test_an_account_is_paused_with_a_reason_and_goes_on(office: Office, sign_in: Open) -> None:
    duty, at = await sign_in("duty"), f"/accounts/{office.accounts['viber']}"
    page = await look_at(duty, "/accounts")
    empty = await give(duty, f"{at}/pause?back=/accounts", page, why=" ")
    assert empty.headers["Location"] == "/accounts" and "Hãy ghi lý do" in await look_at(duty, "/accounts")
    await give(duty, f"{at}/pause?back=/accounts", page, why="chờ đổi khóa")
    shown = card(await look_at(duty, "/accounts"), office.accounts["viber"])
    assert "Tạm dừng" in shown and "chờ đổi khóa" in shown and "Cho chạy tiếp" in shown
    await give(duty, f"{at}/resume?back=/accounts", page)
    assert "chờ đổi khóa" not in card(await look_at(duty, "/accounts"), office.accounts["viber"])


async def test_a_check_tells_what_the_platform_said(office: Office, sign_in: Open) -> None:
    duty = await sign_in("duty")
    at = f"/accounts/{office.accounts['facebook']}/check?back=/accounts"
    assert (await give(duty, at, await look_at(duty, "/accounts"))).headers["Location"] == "/accounts"
    assert 'class="note bad" role="status">Mẫu facebook:' in await look_at(duty, "/accounts"), "nobody listens there"


async def test_limits_show_their_share_and_when_they_are_renewed(office: Office, sign_in: Open) -> None:
    now, account_id = office.parts.now(), office.accounts["youtube"]
    async with office.parts.db.write() as session:
        soon = now + timedelta(hours=3)
        session.add_all(
            [
                Budget(key="youtube:units:1", account_id=account_id, unit="units", used=7200, most=10_000,
                       resets_at=soon, told_at=now - timedelta(minutes=2)),
                Budget(key="facebook:app:1", unit="percent", used=93, most=100, blocked_until=soon),
                Budget(key="facebook:page:1", account_id=office.accounts["facebook"], unit="percent", used=91,
                       most=100),
                Budget(key="facebook:page:100001", account_id=office.accounts["facebook"], unit="percent", used=80,
                       most=100),
                Budget(key="zalo:articles:1", account_id=office.accounts["zalo"], unit="articles", most=0,
                       blocked_until=soon),
            ]
        )  # fmt: skip
    page = await look_at(await sign_in("author"), "/accounts")
    zalo = card(page, office.accounts["zalo"])
    assert "nền tảng không cho biết còn bao nhiêu" in zalo and "<meter" not in zalo
    assert "tạm dừng đọc vì hạn mức facebook:page:100001" in card(page, office.accounts["facebook"])
    youtube, facebook = card(page, account_id), card(page, office.accounts["facebook"])
    assert "Hạn mức: đã dùng 7.200 trên 10.000 đơn vị" in youtube and 'value="0.72"' in youtube
    assert "làm mới lúc" in youtube and "11:00" in youtube and "nền tảng báo 2 phút trước" in youtube
    assert "đã dùng 91%" in facebook and "bài thường phải chờ, đính chính vẫn đi" in facebook
    assert "Hạn mức chung của ứng dụng" in page and "nền tảng từ chối đến" in page


def test_a_limit_that_was_renewed_is_unused(clock: FakeClock) -> None:
    budget = Budget(key="k", unit="units", used=9, most=10, resets_at=clock() + timedelta(minutes=1))
    assert quota_of(budget, clock()).share == 0.9
    assert quota_of(budget, clock.forward(minutes=1)).share == 0
    unknown = Budget(key="k", unit="units", most=0, blocked_until=clock() + timedelta(minutes=1))
    assert (quota_of(unknown, clock()).share, quota_of(unknown, clock()).blocked) == (0, True)


# -- slots ------------------------------------------------------------------------------------------------------------


async def slots(office: Office) -> list[tuple[str, int, int]]:
    async with office.parts.db.read() as session:
        rows = await session.exec(select(Slot).order_by(col(Slot.weekday), col(Slot.minute)))
        return [(s.channel, s.weekday, s.minute) for s in rows.all()]


async def test_slots_are_added_for_a_day_or_the_working_days_and_removed(office: Office, sign_in: Open) -> None:
    editor = await sign_in("editor")
    page = await look_at(editor, "/schedule")
    for weekday in ("workdays", "6"):
        await give(editor, "/schedule", page, channel="zalo", weekday=weekday, time="08:30")
    assert await slots(office) == [("zalo", day, 510) for day in (0, 1, 2, 3, 4, 6)]
    page = await look_at(await sign_in("author"), "/schedule")
    assert "Chủ Nhật 08:30" in page and "/slots/" not in page and "Thêm khung giờ" not in page
    page = await look_at(editor, "/schedule")
    at = re.findall(r'action="(/slots/\d+/remove[^"]*)"', page)[-1]
    assert (await give(editor, at, page)).headers["Location"] == "/schedule"
    assert len(await slots(office)) == 5


@pytest.mark.parametrize("time", ["", "25:00", "sáng"])
async def test_a_slot_needs_a_time(office: Office, sign_in: Open, time: str) -> None:
    editor = await sign_in("editor")
    answer = await give(editor, "/schedule", await look_at(editor, "/schedule"), channel="zalo", weekday="1", time=time)
    assert answer.status == 422 and "Giờ không đúng dạng" in await answer.text()
    answer = await give(editor, "/schedule", await look_at(editor, "/schedule"), channel="x", weekday="1", time="08:00")
    assert answer.status == 422 and await slots(office) == []


# -- recurring posts --------------------------------------------------------------------------------------------------


async def test_a_post_recurs_until_a_person_ends_it(office: Office, sign_in: Open) -> None:
    post_id = await waiting(office, title="Lịch tiếp dân")
    author = await sign_in("author")
    page = await look_at(author, f"/posts/{post_id}")
    wanted = {"every": "month", "day": "31", "time": "07:15", "ahead_h": "72", "until": "2027-06-30"}
    done = await give(author, f"/posts/{post_id}/repeat?back=/posts/{post_id}", page, **wanted)
    assert done.headers["Location"] == f"/posts/{post_id}"
    async with office.parts.db.read() as session:
        rule = (await session.exec(select(Recurrence))).one()
    assert (rule.every, rule.day, rule.minute, rule.ahead_h) == ("month", 31, 435, 72)
    page = await look_at(author, "/schedule")
    assert "Lịch tiếp dân" in page and "Hằng tháng, ngày cuối tháng 07:15" in page
    assert "07:15 30/11/2026" in page and "30/06/2027" in page and "trước 72 giờ" in page
    await give(author, f"/recurrences/{rule.id}/end?back=/schedule", page)
    assert "Chưa có bài nào lặp lại." in await look_at(author, "/schedule")


async def test_the_list_says_that_a_post_no_longer_recurs_and_why(office: Office, sign_in: Open) -> None:
    post_id = await waiting(office, title="Lịch tiếp dân")
    await repeat_post(office.parts, office.people["author"], post_id, Every.DAY, minute=480)
    await hold_post(office.parts, office.people["editor"], post_id, "sai giờ")
    await cancel_post(office.parts, office.people["editor"], post_id)
    await make_due_copies(office.parts)
    author = await sign_in("author")
    page = await look_at(author, "/schedule")
    assert "Lịch tiếp dân" in page and "bài gốc đã bị hủy hoặc gỡ" in page and "/recurrences/" not in page
    page = await look_at(author, f"/posts/{post_id}")
    assert "Loa: Dừng lặp lại – Loa đã dừng" in page and 'action="/posts/1/repeat' not in page


async def test_a_recurrence_that_is_none_is_refused(office: Office, sign_in: Open) -> None:
    post_id = await waiting(office)
    author = await sign_in("author")
    page = await look_at(author, f"/posts/{post_id}")
    at = f"/posts/{post_id}/repeat?back=/posts/{post_id}"
    assert (await give(author, at, page, every="hour", time="07:15")).status == 400
    for fields in ({"every": "day", "time": ""}, {"every": "day", "time": "07:15", "until": "mai"}):
        assert (await give(author, at, page, **fields)).headers["Location"] == f"/posts/{post_id}"
        assert 'class="note bad"' in await look_at(author, f"/posts/{post_id}")
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Recurrence))).first() is None
