"""What citizens wrote, and answering it in the console: one form with a counter, somebody else's yes, and a line that
says what became of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.office_setup import create_organisation
from models.claim import Claim
from models.delivery import Delivery
from models.incident import Incident
from models.mention import Mention
from models.post import Post, Variant
from tests.bot.conftest import Office
from tests.bot.console.conftest import Client, Open, give, token
from tests.bot.console.test_pages import Page, errors_at, look_at
from tests.bot.publishing.asked import asked
from tests.bot.publishing.steps import state_of

ASKED, WORDS = "Khi nào có <b>nước</b> lại?", "Cấp nước lại lúc 17 giờ hôm nay."
FORM = "/comments/1/answer"


async def answered(client: Client, text: str = WORDS, channel: str = "facebook", **more: str) -> str:
    """Fill the form in, hand the answer in, and return where it leads."""
    seen = await look_at(client, FORM)
    version = re.search(r'name="version" value="(\d+)"', seen)
    assert version
    fields = {f"text-{channel}": text, "version": version[1], "do": "submit", **more}
    made = await give(client, FORM, seen, **fields)
    assert made.status == 303, errors_at(await made.text(), f"text-{channel}")
    return made.headers["Location"]


async def published(office: Office, post_id: int) -> None:
    """What the delivery engine does."""
    async with office.parts.db.write() as session:
        for row in (await session.exec(select(Delivery).where(Delivery.post_id == post_id))).all():
            row.state, row.remote_id, row.sent_at = "sent", f"r{row.id}", office.parts.now()
        (await session.get_one(Post, post_id)).state = "published"


async def under_a_post(office: Office) -> None:
    """Post 1 went out and was commented on; an incident holds the comment."""
    now = office.parts.now()
    async with office.parts.db.write() as session:
        post = Post(organisation_id=office.id, title="Lịch cắt nước", state="published", created_at=now, updated_at=now)
        claim = Claim(organisation_id=office.id, key="k", text="cắt nước", first_at=now, last_at=now)
        session.add_all([post, claim])
        await session.flush()
        variant = Variant(post_id=post.id, channel="facebook", text="x")
        session.add(variant)
        await session.flush()
        times = {"due_at": now, "next_at": now, "sent_at": now}
        session.add(
            Delivery(
                post_id=post.id, variant_id=variant.id, account_id=office.accounts["facebook"], channel="facebook",
                state="sent", remote_id="100001_5", **times,
            )
        )  # fmt: skip
        session.add(
            Incident(
                organisation_id=office.id, claim_id=claim.id, claim_text="cắt nước", field="KHAC", level="high",
                harm=2, spread=1, channels_hit=["facebook"], opened_at=now, started_at=now, updated_at=now,
            )
        )  # fmt: skip
    await asked(office, text=ASKED, delivery_id=1, claim_id=1, author_hash="hash-of-lan", stance="asks")


async def test_from_the_comment_to_answered(office: Office, sign_in: Open) -> None:
    await under_a_post(office)
    author, places = await sign_in("author"), ("/", "/comments", "/posts/1", "/incidents/1")
    for path in places:
        page = await look_at(author, path)
        assert f'href="{FORM}"' in page and "Đã trả lời" not in page, path
        assert "Khi nào có &lt;b&gt;nước&lt;/b&gt; lại?" in page and "hash-of-lan" not in page, path
    form = await look_at(author, FORM)
    assert "Khi nào có &lt;b&gt;nước&lt;/b&gt; lại?" in form and 'href="/posts/1"' in form and "0/8.000 ký tự" in form
    at = await answered(author)
    mine = await look_at(author, at)
    assert "Đã gửi duyệt." in mine and f'action="{at}/approve"' not in mine
    for path in places:
        page = await look_at(author, path)
        assert "Có câu trả lời" in page and f'href="{at}"' in page and f'href="{FORM}"' not in page, path
    editor, approver = await sign_in("editor"), await sign_in("approver")
    await give(editor, f"{at}/forward", await look_at(editor, at))
    own = await give(author, f"{at}/approve", mine)
    assert own.status == 403
    page = await look_at(approver, at)
    assert "Trả lời cho" in page and "Khi nào có &lt;b&gt;nước&lt;/b&gt; lại?" in page
    assert '<div class="look reply ' in page and "Mẫu facebook" in page and "Nội dung: 32/8.000 ký tự" in page
    hashed = re.search(r'name="content_hash" value="(\w+)"', page)
    assert hashed
    assert (await give(approver, f"{at}/approve", page, content_hash=hashed[1])).status == 303
    post_id = int(at.rsplit("/", 1)[1])
    assert await state_of(office, post_id) == "scheduled"
    await published(office, post_id)
    for path in places:
        page = await look_at(author, path)
        assert f'<a class="away" href="{at}">Đã trả lời</a>' in page and "Trả lời thêm" in page, path


async def test_only_who_writes_may_answer(office: Office, sign_in: Open) -> None:
    await asked(office)
    for login, may in (("author", True), ("duty", True), ("approver", False), ("auditor", False), ("admin", False)):
        client = await sign_in(login)
        assert (f'href="{FORM}"' in await look_at(client, "/comments")) is may, login
        assert (await client.get(FORM)).status == (200 if may else 403), login
        if not may:
            csrf = token(await look_at(client, "/me"))
            sent = {"csrf": csrf, "text-facebook": WORDS, "do": "submit"}
            assert (await client.post(FORM, data=sent, allow_redirects=False)).status == 403
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Post))).all() == []


@pytest.mark.parametrize(
    ("channel", "text", "said"),
    [
        ("facebook", "x" * 8001, "hãy rút bớt 1"),
        ("zalo", "ộ" * 2003, "hãy rút bớt 3"),
        ("youtube", " \n", "không được để trống"),
    ],
)
async def test_what_the_platform_would_refuse_is_said_at_the_field(
    office: Office, sign_in: Open, channel: str, text: str, said: str
) -> None:
    await asked(office, channel)
    author = await sign_in("author")
    fields = {f"text-{channel}": text, "version": "0", "do": "submit"}
    answer = await give(author, FORM, await look_at(author, FORM), **fields)
    page = await answer.text()
    assert answer.status == 422 and said in errors_at(page, f"text-{channel}")
    assert [a["name"] for _, a in Page(page).all if a.get("aria-invalid")] == [f"text-{channel}"]
    assert f"{text}</textarea>" in page, "what was typed stays"
    assert f'href="#text-{channel}"' in page
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Post))).all() == []


async def test_a_preview_stores_nothing_and_a_double_press_is_one_answer(office: Office, sign_in: Open) -> None:
    await asked(office, "zalo")
    author = await sign_in("author")
    seen = await look_at(author, FORM)
    shown = await (await give(author, FORM, seen, **{"text-zalo": "Vâng <i>ạ</i>", "do": "preview"})).text()
    live = await (await give(author, "/comments/1/preview", seen, **{"text-zalo": "Vâng <i>ạ</i>"})).text()
    for page in (shown, live):
        assert '<div class="look reply ' in page and "Vâng &lt;i&gt;ạ&lt;/i&gt;" in page
        assert "<dt>recipient.message_id</dt>" in page and "13/2.000 ký tự" in page
    assert "Chỉ người này nhận được." in seen
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Post))).all() == []
    assert await answered(author, channel="zalo") == "/posts/1"
    again = await give(author, FORM, seen, **{"text-zalo": WORDS, "version": "0", "do": "submit"})
    assert (again.status, again.headers["Location"]) == (303, "/posts/1")
    other = await give(author, FORM, seen, **{"text-zalo": "Lời khác", "version": "0", "do": "submit"})
    page = await other.text()
    assert other.status == 422 and "đang có câu trả lời chưa gửi xong (bài 1)" in page
    assert "Lời khác</textarea>" in page, "nothing typed is lost"


async def test_an_answer_is_changed_in_its_own_form(office: Office, sign_in: Open) -> None:
    await asked(office)
    author = await sign_in("author")
    at = await answered(author)
    moved = await author.get(f"{at}/edit", allow_redirects=False)
    assert (moved.status, moved.headers["Location"]) == (303, FORM)
    seen = await look_at(author, FORM)
    assert f"{WORDS}</textarea>" in seen and "Sửa câu trả lời" in seen
    assert await answered(author, "Có nước lúc 18 giờ.") == at
    stale = await give(author, FORM, seen, **{"text-facebook": "Cũ", "version": "1", "do": "submit"})
    page = await stale.text()
    assert stale.status == 422 and "Mở bản mới nhất" in page and "Cũ</textarea>" in page
    fields = {"title": "x", "use": "facebook", "text-facebook": "x", "version": "2"}
    general = await give(author, f"{at}/edit", seen, **fields)
    assert general.status == 422 and "ở dưới đúng bình luận ấy" in await general.text()
    assert "Có nước lúc 18 giờ." in await look_at(author, at)


async def test_what_cannot_be_answered_is_greyed_with_its_reason(office: Office, sign_in: Open) -> None:
    await asked(office, "viber", remote_id="v")
    author = await sign_in("author")
    line = await look_at(author, "/comments")
    assert re.search(r'<button disabled aria-describedby="why-not-1">Trả lời</button>', line)
    assert "người dân viết cho đơn vị qua Viber Bot" in line and FORM not in line
    page = await look_at(author, FORM)
    assert "người dân viết cho đơn vị qua Viber Bot" in page and "<textarea" not in page
    assert (await look_at(author, "/accounts")).count("người dân viết cho đơn vị qua Viber Bot") == 1


async def test_the_approver_is_told_that_the_answer_costs_or_comes_too_late(office: Office, sign_in: Open) -> None:
    now = office.parts.now()
    await asked(office, "zalo", written_at=now - timedelta(hours=49))
    at = await answered(await sign_in("author"), channel="zalo")
    approver = await sign_in("approver")
    assert "Đã quá 48 giờ: Zalo trừ vào gói tin hoặc tính phí" in await look_at(approver, at)
    async with office.parts.db.write() as session:
        (await session.get_one(Mention, 1)).deleted_at = now
    assert "không còn trên kênh" in await look_at(approver, at)
    async with office.parts.db.write() as session:
        await session.delete(await session.get_one(Mention, 1))
    page = await look_at(approver, at)
    assert "Bình luận này không còn được lưu." in page and WORDS in page


async def test_the_list_is_narrowed_and_keeps_to_its_office(office: Office, sign_in: Open) -> None:
    await under_a_post(office)
    now = office.parts.now()
    await asked(office, "zalo", remote_id="z", text="Tin Zalo", written_at=now - timedelta(hours=50))
    await asked(office, remote_id="own", text="Lời của xã", own=True)
    await asked(office, remote_id="gone", text="Đã xóa", deleted_at=now)
    await asked(office, remote_id="done", text="Đã có lời đáp")
    await asked(office, remote_id="reply", text="Đáp trên kênh", own=True, parent_id="done")
    stranger = await create_organisation(office.parts, "Xã bên", duty_chat="", leaders_chat="")
    await asked(office, remote_id="next", text="Của xã bên", organisation_id=stranger)
    author = await sign_in("author")

    async def seen(query: str) -> list[str]:
        page = await look_at(author, f"/comments{query}")
        return [w for w in ("nước&lt;", "Tin Zalo", "Lời của xã", "Đã xóa", "Đã có lời đáp", "Của xã bên") if w in page]

    assert await seen("") == ["nước&lt;", "Tin Zalo", "Đã có lời đáp"]
    assert await seen("?channel=zalo") == ["Tin Zalo"]
    assert await seen("?post=1") == ["nước&lt;"]
    assert await seen("?open=1") == ["nước&lt;", "Tin Zalo"]
    assert await seen("?channel=nonsense&page=99") == ["nước&lt;", "Tin Zalo", "Đã có lời đáp"]
    assert "Đã trả lời trên kênh" in await look_at(author, "/comments")
    for post in ("2", "x", "9" * 12):
        assert (await author.get(f"/comments?post={post}")).status == 404
    assert "Đã quá 48 giờ" in await look_at(author, "/comments/2/answer")
    assert (await author.get("/comments/99/answer")).status == 404


async def test_a_post_says_which_of_its_channels_tell_no_comments(office: Office, sign_in: Open) -> None:
    await under_a_post(office)
    async with office.parts.db.write() as session:
        for row in (await session.exec(select(Delivery))).all():
            row.channel, row.account_id = "zalo", office.accounts["zalo"]
    assert "API Zalo không cho đọc bình luận của bài viết" in await look_at(await sign_in("author"), "/posts/1")


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_pages_are_for_every_reader(office: Office, sign_in: Open, language: str) -> None:
    await asked(office, text="Hi")
    await asked(office, "viber", remote_id="v", text="Hi")
    author = await sign_in("author")
    await give(author, "/me/language", await look_at(author, "/me"), language=language)
    for path in ("/comments", FORM, "/comments/2/answer"):
        text = await look_at(author, path)
        page = Page(text)
        ids = [a["id"] for _, a in page.all if "id" in a]
        assert len(ids) == len(set(ids)) and text.count("<h1") == 1, path
        named = {a["for"] for tag, a in page.all if tag == "label" and "for" in a}
        assert named <= set(ids), path
        for tag, a in page.all:
            if tag in ("input", "select", "textarea") and a.get("type") != "hidden":
                assert a.get("id") in named or "aria-label" in a or a in page.named, (path, a)
            assert a.get("aria-describedby", ids[0]) in ids, (path, a)
        if language == "en":
            plain = re.sub(r"<(button|a|option)[^>]*>[^<]*(Tiếng Việt|Mẫu)[^<]*|Đơn vị mẫu|Mẫu \w+", "", text)
            assert not re.findall(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", plain), path


async def test_spam_is_hidden_from_the_list_with_a_reason_and_criticism_cannot_be(
    office: Office, sign_in: Open
) -> None:
    await asked(office, text="Vay nhanh 5 phút!", category="scam")
    await asked(office, remote_id="c2", text="Làm ăn quá chậm.", category="criticism")
    editor = await sign_in("editor")
    seen = await look_at(editor, "/comments")
    assert "/comments/1/hide?back=/comments" in seen and "/comments/2/hide" not in seen
    assert "/comments/1/like" in seen and "/comments/2/like" in seen
    done = await give(editor, "/comments/1/hide?back=/comments", seen, reason="scam")
    assert (done.status, done.headers["Location"]) == (303, "/comments")
    seen = await look_at(editor, "/comments")
    assert "Đang ẩn" in seen and "/comments/1/show" in seen and "/comments/1/hide" not in seen
    await give(editor, "/comments/2/hide", seen, reason="spam")
    assert "Chỉ ẩn tin rác và lừa đảo đã được phân loại." in await look_at(editor, "/comments")
    author = await sign_in("author")
    assert "/hide" not in await look_at(author, "/comments")
    assert (await give(author, "/comments/1/hide", seen, reason="spam")).status == 403
