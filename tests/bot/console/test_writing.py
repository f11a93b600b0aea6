"""Writing and approving in the console: one form makes one post, nobody's edit is lost, and when it goes out."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from sqlmodel import select

from bot.office_setup import add_account
from bot.publishing import approval, writing
from models.delivery import Delivery
from models.post import Approval, Post
from models.queue import Slot
from models.states import DeliveryState, PostState
from tests.bot.conftest import Office
from tests.bot.console.conftest import Client, Open, give, token
from tests.bot.console.test_pages import errors_at, look_at

NINE = "2026-11-24T09:00"  # in Hanoi; the clock of the tests stands at 08:00
POST = {"title": "Phát gạo", "use": "facebook", "text-facebook": "Xã phát gạo từ thứ Hai."}


async def posts_of(office: Office) -> list[Post]:
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Post).order_by(Post.id))).all())  # type: ignore[arg-type]


async def waiting(office: Office, **fields: object) -> int:
    """A post that waits for its approval, made without the console."""
    draft = writing.PostDraft(
        **{
            "title": "Phát gạo", "field": "KHAC", "locality": "", "due_at": None,
            "variants": {"facebook": writing.VariantDraft("Xã phát gạo từ thứ Hai.")}, **fields,
        }  # type: ignore[arg-type]
    )  # fmt: skip
    post_id = await writing.create_post(office.parts, office.people["author"], draft)
    await approval.submit_post(office.parts, office.people["author"], post_id)
    await approval.forward_post(office.parts, office.people["editor"], post_id)
    return post_id


async def approve(office: Office, post_id: int) -> None:
    async with office.parts.db.read() as session:
        content_hash = (await session.get_one(Post, post_id)).content_hash
    await approval.approve_post(office.parts, office.people["approver"], post_id, content_hash)


def local(office: Office, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=office.parts.settings.tz)


# -- one form, one post -----------------------------------------------------------------------------------------------


def once(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    return found[1]


async def test_a_double_press_makes_one_post(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    seen = await look_at(author, "/posts/new")
    form = {**POST, "once": once(seen), "do": "submit"}
    answers = await asyncio.gather(*(give(author, "/posts/new", seen, **form) for _ in range(4)))
    assert [a.status for a in answers] == [303] * 4
    assert {a.headers["Location"] for a in answers} == {"/posts/1"}
    assert [p.state for p in await posts_of(office)] == [PostState.IN_REVIEW]
    again = await give(author, "/posts/new", seen, **{**form, "do": "save"})
    assert again.headers["Location"] == "/posts/1", "the other button of the same form"


async def test_other_words_or_another_file_are_another_post(office: Office, sign_in: Open) -> None:
    author, editor = await sign_in("author"), await sign_in("editor")
    seen = await look_at(author, "/posts/new")
    form = {**POST, "once": once(seen), "do": "save"}
    assert once(await look_at(author, "/posts/new")) != form["once"]
    await give(author, "/posts/new", seen, **form)
    await give(author, "/posts/new", seen, **{**form, "text-facebook": "Viết thêm"})
    await author.post("/posts/new", data={"csrf": token(seen), **form, "file": BytesIO(b"x")}, allow_redirects=False)
    await give(editor, "/posts/new", await look_at(editor, "/posts/new"), **form)
    assert len(await posts_of(office)) == 4


async def test_a_form_shown_again_for_a_mistake_still_makes_one_post(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    seen = await look_at(author, "/posts/new")
    form = {**POST, "once": once(seen), "do": "save"}
    shown = await (await give(author, "/posts/new", seen, **{**form, "title": " "})).text()
    assert once(shown) == form["once"]
    for _ in range(2):
        await give(author, "/posts/new", shown, **form)
    assert len(await posts_of(office)) == 1


# -- two people at one post -------------------------------------------------------------------------------------------


async def test_a_stale_edit_is_told_and_overwrites_nothing(office: Office, sign_in: Open) -> None:
    author, editor = await sign_in("author"), await sign_in("editor")
    await give(author, "/posts/new", await look_at(author, "/posts/new"), **POST, do="save")
    stale, fresh = await look_at(author, "/posts/1/edit"), await look_at(editor, "/posts/1/edit")
    version = re.search(r'name="version" value="(\d+)"', stale)
    assert version
    mine = {**POST, "version": version[1], "do": "save"}
    assert (await give(editor, "/posts/1/edit", fresh, **{**mine, "title": "Của biên tập"})).status == 303
    for _ in range(2):  # pressing again does not push it through either
        answer = await give(author, "/posts/1/edit", stale, **{**mine, "text-facebook": "Của người soạn"})
        page = await answer.text()
        assert answer.status == 422 and "Người khác vừa sửa bài này" in page
        assert "Của người soạn</textarea>" in page and "Mở bản mới nhất trong thẻ khác" in page
        assert f'name="version" value="{version[1]}"' in page
    assert [p.title for p in await posts_of(office)] == ["Của biên tập"]


# -- when it goes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({}, {"timing": "now", "due_at": None, "late_after_min": 30}),
        ({"timing": "now", "late_after_min": "90"}, {"timing": "now", "due_at": None, "late_after_min": 90}),
        ({"due": NINE}, {"timing": "at", "due_at": NINE}),
        ({"timing": "slot", "embargo_until": NINE}, {"timing": "slot", "due_at": None, "embargo_until": NINE}),
        (
            {"timing": "at", "due": NINE, "window_from": NINE, "window_to": "2026-11-24T17:30"},
            {"due_at": NINE, "window_from": NINE, "window_to": "2026-11-24T17:30"},
        ),
    ],
)
async def test_times_are_kept_and_shown_again(
    office: Office, sign_in: Open, fields: dict[str, str], kept: dict[str, object]
) -> None:
    author = await sign_in("author")
    await give(author, "/posts/new", await look_at(author, "/posts/new"), **POST, **fields, do="save")
    (post,) = await posts_of(office)
    for name, value in kept.items():
        at = getattr(post, name)
        assert at == (local(office, value) if isinstance(value, str) and value.startswith("2026") else value), name
    page = await look_at(author, "/posts/1/edit")
    assert f'value="{post.timing}" checked' in page
    for name, value in fields.items():
        if name not in ("timing",):
            assert re.search(rf'name="{name}" value="{value}"', page), name


@pytest.mark.parametrize(
    ("fields", "at", "said"),
    [
        ({"timing": "at"}, "due", "Hãy chọn giờ đăng"),
        ({"timing": "now", "due": NINE}, "due", "Bạn đã ghi giờ"),
        ({"timing": "at", "due": "2026-11-24T07:00"}, "due", "Giờ đăng đã qua"),
        ({"due": NINE, "window_from": NINE}, "window_from", "cả giờ đầu và giờ cuối"),
        ({"due": NINE, "window_from": "2026-11-24T10:00", "window_to": "2026-11-24T11:00"}, "window_from", "nằm trong"),
        ({"due": NINE, "embargo_until": "2026-11-24T10:00"}, "embargo_until", "cấm công bố"),
        ({"due": NINE, "window_to": "mai"}, "window_to", "không đúng dạng"),
    ],
)
async def test_times_that_cannot_be_are_said_at_their_field(
    office: Office, sign_in: Open, fields: dict[str, str], at: str, said: str
) -> None:
    author = await sign_in("author")
    answer = await give(author, "/posts/new", await look_at(author, "/posts/new"), **POST, **fields, do="save")
    assert answer.status == 422
    assert said in errors_at(await answer.text(), at)
    assert await posts_of(office) == []


async def test_the_time_of_a_post_that_is_not_moved_may_have_passed(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    await give(author, "/posts/new", await look_at(author, "/posts/new"), **POST, due=NINE, do="save")
    office.parts.now.forward(hours=2)  # type: ignore[attr-defined]
    page = await look_at(author, "/posts/1/edit")
    answer = await give(author, "/posts/1/edit", page, **POST, due=NINE, version="1", do="save")
    assert answer.status == 303


async def test_moved_inside_its_window_a_post_keeps_its_approval(office: Office, sign_in: Open) -> None:
    window = {"window_from": local(office, NINE), "window_to": local(office, "2026-11-24T11:00")}
    post_id = await waiting(office, due_at=local(office, NINE), **window)
    approver, author = await sign_in("approver"), await sign_in("author")
    asked = await look_at(approver, f"/posts/{post_id}")
    assert "Cần duyệt trước" in asked and "11:00" in asked and "Cho phép từ 09:00 đến 11:00" in asked
    assert "Cần duyệt trước" in await look_at(approver, "/")
    await approve(office, post_id)
    page = await look_at(author, f"/posts/{post_id}")
    assert "Từ 09:00 đến 11:00: lượt duyệt vẫn giữ." in page
    await give(author, f"/posts/{post_id}/reschedule", page, due="2026-11-24T10:30")
    (post,) = await posts_of(office)
    assert (post.state, post.due_at) == (PostState.SCHEDULED, local(office, "2026-11-24T10:30"))
    await give(author, f"/posts/{post_id}/reschedule", page, due="2026-11-24T15:00")
    (post,) = await posts_of(office)
    assert post.state == PostState.PENDING
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Approval))).one().voided_at is not None


async def test_an_approver_is_told_of_the_same_text_and_minute(office: Office, sign_in: Open) -> None:
    first = await waiting(office, due_at=local(office, NINE), title="Bài trước")
    await approve(office, first)
    second = await waiting(office, due_at=local(office, NINE))
    page = await look_at(await sign_in("approver"), f"/posts/{second}")
    assert "có cùng nội dung" in page and "cũng hẹn đúng phút này" in page
    assert f'<a href="/posts/{first}">' in page and f'action="/posts/{second}/approve"' in page
    assert "có cùng nội dung" not in await look_at(await sign_in("approver"), f"/posts/{first}")


async def test_a_slot_post_says_so_until_it_has_its_time(office: Office, sign_in: Open) -> None:
    async with office.parts.db.write() as session:
        session.add(Slot(organisation_id=office.id, channel="facebook", weekday=2, minute=9 * 60))
    post_id = await waiting(office, timing="slot")
    approver = await sign_in("approver")
    assert "khung giờ trống kế tiếp" in await look_at(approver, f"/posts/{post_id}")
    await approve(office, post_id)
    assert "09:00 25/11/2026" in await look_at(approver, f"/posts/{post_id}")


# -- a post that is partly out ----------------------------------------------------------------------------------------


async def partly_failed(office: Office) -> int:
    """Out on Facebook, refused by Viber."""
    words = {"facebook": writing.VariantDraft("Đã đăng"), "viber": writing.VariantDraft("Sai")}
    post_id = await waiting(office, variants=words)
    await approve(office, post_id)
    async with office.parts.db.write() as session:
        post = await session.get_one(Post, post_id)
        post.state = PostState.PARTLY_FAILED
        for delivery in (await session.exec(select(Delivery))).all():
            sent = delivery.channel == "facebook"
            delivery.state = DeliveryState.SENT if sent else DeliveryState.REFUSED
            delivery.attempt_no = 1
            delivery.error_vi = "" if sent else "Viber từ chối nội dung."
    return post_id


async def edit(author: Client, post_id: int, **fields: str) -> int:
    page = await look_at(author, f"/posts/{post_id}/edit")
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    sent = {"title": "Phát gạo", "version": version[1], "do": "save", **fields}
    return (await give(author, f"/posts/{post_id}/edit", page, **sent)).status


async def test_what_was_refused_is_mended_and_what_is_out_stays(office: Office, sign_in: Open) -> None:
    post_id = await partly_failed(office)
    author = await sign_in("author")
    page = await look_at(author, f"/posts/{post_id}")
    assert "Viber từ chối nội dung." in page and f'href="/posts/{post_id}/edit"' in page
    form = await look_at(author, f"/posts/{post_id}/edit")
    disabled = re.findall(r'<fieldset class="card channel" disabled>.*?value="(\w+)"', form, re.S)
    assert disabled == ["facebook"], "a browser sends nothing of it"
    assert await edit(author, post_id, use="viber", **{"text-viber": "Đúng", "text-facebook": "Lén sửa"}) == 303
    (post,) = await posts_of(office)
    assert post.state == PostState.PENDING
    await approve(office, post_id)
    async with office.parts.db.read() as session:
        rows = {d.channel: d for d in (await session.exec(select(Delivery))).all()}
    assert rows["viber"].state == DeliveryState.QUEUED and rows["viber"].composed["text"] == "Đúng"
    assert rows["facebook"].state == DeliveryState.SENT and rows["facebook"].composed["message"] == "Đã đăng"


async def test_every_account_of_a_channel_is_shown(office: Office, sign_in: Open) -> None:
    add = {"kind": "viber", "settings": {"product": "channel", "sender": "khác=="}, "secrets": {"auth_token": "t-t"}}
    await add_account(office.parts, office.id, remote_id="2", name="Xã bên", **add)  # type: ignore[arg-type]
    same = {"kind": "facebook", "settings": {}, "secrets": {"page_token": "t"}}
    await add_account(office.parts, office.id, remote_id="3", name="Trang hai", **same)  # type: ignore[arg-type]
    words = {"facebook": writing.VariantDraft("Chung"), "viber": writing.VariantDraft("Riêng")}
    post_id = await waiting(office, variants=words)
    approver = await sign_in("approver")
    assert "Đăng lên: Mẫu facebook, Trang hai" in await look_at(approver, f"/posts/{post_id}")
    await approve(office, post_id)
    page = await look_at(approver, f"/posts/{post_id}")
    cards = re.findall(r'<article class="shown".*?</article>', page, re.S)
    told = [re.findall(r"Đăng lên: ([^<]+)", card) for card in cards]
    assert told == [["Mẫu facebook, Trang hai"], ["Mẫu viber"], ["Xã bên"]], "another sender is another payload"
    assert all("khác==" in card for card in cards[2:])
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


async def test_a_late_limit_shows_on_the_post(office: Office, sign_in: Open) -> None:
    post_id = await waiting(office, due_at=office.parts.now() + timedelta(hours=1), late_after_min=45)
    assert "Trễ quá 45 phút thì giữ lại" in await look_at(await sign_in("approver"), f"/posts/{post_id}")
