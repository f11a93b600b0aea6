"""What people see: previews, what is wrong beside its field, nothing written lost, every field named for a reader."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import delete, select

from bot.console.app import make_app
from bot.office_setup import add_account
from models.claim import Claim
from models.incident import Incident
from models.office import WebSession
from models.post import Post
from tests.bot.conftest import Office
from tests.bot.console.conftest import Client, Open, give, token

TEXT = "Xã Đá Xanh phát gạo từ thứ Hai. " * 30


class Page(HTMLParser):
    """The elements of a page in order: (tag, attributes); `named` are those that stand within their label."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.named: list[dict[str, str]] = []
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, {k: v or "" for k, v in attrs}))
        self._in_label |= tag == "label"
        if self._in_label:
            self.named.append(self.all[-1][1])

    def handle_endtag(self, tag: str) -> None:
        self._in_label &= tag != "label"


def errors_at(page: str, field: str) -> str:
    found = re.search(rf'<ul class="errors" id="errors-{field}"[^>]*>(.*?)</ul>', page, re.S)
    assert found, field
    return re.sub(r"<[^>]+>", " ", found[1]).strip()


async def look_at(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def handed_in(author: Client) -> str:
    """Write a Facebook post, hand it in, and return its path."""
    seen = await look_at(author, "/posts/new")
    fields = {"title": "Phát gạo", "use": "facebook", "text-facebook": TEXT, "do": "submit"}
    return (await give(author, "/posts/new", seen, **fields)).headers["Location"]


# -- the preview ----------------------------------------------------------------------------------------------------


async def test_writer_and_approver_see_the_same_card(sign_in: Open) -> None:
    author, approver = await sign_in("author"), await sign_in("approver")
    at = await handed_in(author)
    cards = []
    for page in (await look_at(author, f"{at}/edit"), await look_at(approver, at)):
        card = re.search(r'<article class="shown".*?</article>', page, re.S)
        assert card
        cards.append(card[0])
    assert cards[0] == cards[1]
    assert '<div class="look facebook facebook">' in cards[0] and "Mẫu facebook" in cards[0]
    assert "Xem thêm" in cards[0] and TEXT.strip() in cards[0]
    assert "Nội dung: 959/63.206 ký tự" in cards[0]
    assert re.search(r'<details class="fields"[^>]*><summary>Các trường gửi đi \(1\).*<dt>message</dt>', cards[0], re.S)


async def test_a_preview_without_script_keeps_what_was_typed_and_says_that_the_file_is_not_kept(sign_in: Open) -> None:
    author = await sign_in("author")
    seen = await look_at(author, "/posts/new")
    fields = {"csrf": token(seen), "use": "viber", "common": "Chào bà con", "do": "preview"}
    page = await (await author.post("/posts/new", data={**fields, "file": BytesIO(b"...")})).text()
    assert '<div class="bubble">' in page and "Chào bà con</textarea>" in page
    assert "hãy chọn lại tệp" in page
    assert "hãy chọn lại tệp" not in await (await author.post("/posts/new", data=fields)).text()


async def test_a_picture_is_shown_in_the_card_from_this_console_alone(
    office: Office, sign_in: Open, tmp_path: Path
) -> None:
    Image.new("RGB", (600, 400), "navy").save(tmp_path / "a.jpg")
    author = await sign_in("author")
    seen = await look_at(author, "/posts/new")
    fields = {"csrf": token(seen), "title": "Ảnh", "use": "viber", "text-viber": "Cầu mới", "alt_text": "Cầu"}
    made = await author.post(
        "/posts/new", data={**fields, "do": "save", "file": BytesIO((tmp_path / "a.jpg").read_bytes())}
    )
    page = await made.text()
    assert '<div class="bubble"><img src="/files/1" alt="Cầu">' in page.replace("\n", "")
    sources = [a["src"] for tag, a in Page(page).all if "src" in a and tag in ("img", "video", "script")]
    assert sources and all(src.startswith("/") for src in sources)
    assert (await author.get("/files/1")).status == 200


# -- what is wrong, beside its field ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "at", "said"),
    [
        ({"title": " "}, "title", "Hãy đặt tên gọi nội bộ"),
        ({"title": "Tên", "due": "2001-01-01T08:00"}, "due", "Giờ đăng đã qua"),
        ({"title": "Tên", "due": "mai"}, "due", "Giờ không đúng dạng"),
    ],
)
async def test_a_refused_form_says_it_at_the_field(sign_in: Open, fields: dict[str, str], at: str, said: str) -> None:
    author = await sign_in("author")
    answer = await give(author, "/posts/new", await look_at(author, "/posts/new"), common="Lời báo", **fields)
    page = await answer.text()
    assert answer.status == 422 and said in errors_at(page, at)
    wrong = [a for _, a in Page(page).all if a.get("aria-invalid")]
    assert [a["name"] for a in wrong] == [at] and "autofocus" in wrong[0]
    assert wrong[0]["aria-describedby"] == f"errors-{at}"
    assert "Lời báo</textarea>" in page, "what was typed stays"


async def test_what_keeps_a_post_from_going_out_is_said_at_each_field(sign_in: Open) -> None:
    author = await sign_in("author")
    seen = await look_at(author, "/posts/new")
    fields = {"title": "Tên", "use": "zalo", "text-zalo": "Ư" * 10_001, "link-zalo": "ftp://a", "do": "submit"}
    made = await give(author, "/posts/new", seen, **fields)
    page = await look_at(author, made.headers["Location"])
    assert made.headers["Location"].endswith("/edit#main") and "Hãy sửa những chỗ báo đỏ." in page
    assert "hãy rút bớt 1" in errors_at(page, "text-zalo")
    assert "https://" in errors_at(page, "link-zalo")
    assert "cần kèm hình hoặc clip" in errors_at(page, "file")
    assert errors_at(page, "text-facebook") == ""
    assert '<a href="#text-zalo"' in page and 'id="text-zalo"' in page


async def test_a_file_that_cannot_be_used_loses_no_words(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    seen = await look_at(author, "/posts/new")
    fields = {"csrf": token(seen), "title": "Tên", "use": "facebook", "text-facebook": "Lời báo", "do": "submit"}
    made = await author.post("/posts/new", data={**fields, "file": BytesIO(b"no picture")}, allow_redirects=False)
    assert made.headers["Location"] == "/posts/1/edit#media"
    page = await look_at(author, "/posts/1/edit")
    assert "Đã lưu bài nhưng chưa thêm được tệp:" in page and "Lời báo</textarea>" in page
    async with office.parts.db.read() as session:
        assert (await session.get_one(Post, 1)).state == "draft"


async def test_a_post_that_waits_already_is_saved_and_not_handed_in_again(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    at = await handed_in(author)
    page = await look_at(author, f"{at}/edit")
    assert "Lưu thay đổi" in page and 'value="submit"' not in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    fields = {"title": "Tên khác", "use": "facebook", "text-facebook": "Khác", "do": "submit", "version": version[1]}
    assert (await give(author, f"{at}/edit", page, **fields)).headers["Location"] == f"{at}/edit#main"
    assert "Đã lưu." in await look_at(author, f"{at}/edit")
    async with office.parts.db.read() as session:
        assert (await session.get_one(Post, 1)).state == "in_review"


async def test_a_new_password_is_refused_at_its_field_and_taken_with_a_word(sign_in: Open) -> None:
    author = await sign_in("author")
    page = await look_at(author, "/me")
    for old, new, at in (("sai", "Nang-mai-1975", "old"), ("Mua-thu-1945", "ngan", "new")):
        answer = await give(author, "/me/password", page, old=old, new=new)
        assert answer.status == 422
        assert [a["name"] for _, a in Page(await answer.text()).all if a.get("aria-invalid")] == [at]
    done = await give(author, "/me/password", page, old="Mua-thu-1945", new="Nang-mai-1975")
    assert "Đã đổi mật khẩu." in await look_at(author, done.headers["Location"])


async def test_signing_in_again_keeps_language_and_way(sign_in: Open) -> None:
    client = await sign_in("")
    page = await look_at(client, "/login?lang=en&next=/posts")
    wrong = await give(client, "/login?lang=en&next=/posts", page, login="author", password="sai")
    said = await wrong.text()
    assert "Wrong login or password" in said or "not right" in said
    assert [a["name"] for _, a in Page(said).all if a.get("aria-invalid")] == ["login", "password"]
    assert [a["name"] for _, a in Page(said).all if "autofocus" in a] == ["password"]
    assert 'action="/login?lang=en&amp;next=/posts"' in said and 'href="/login?lang=vi&amp;next=/posts"' in said
    for _ in range(10):
        last = await give(client, "/login", page, login="author", password="sai")
    assert last.status == 429 and 0 < int(last.headers["Retry-After"]) <= 15 * 60 + 1


# -- a sign-in that ran out -------------------------------------------------------------------------------------------


async def test_what_was_written_while_the_sign_in_ran_out_is_given_back(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    seen = await look_at(author, "/posts/new")
    async with office.parts.db.write() as session:
        await session.exec(delete(WebSession))
    fields = {"csrf": token(seen), "title": "Tên", "common": "Viết <b>rất</b> lâu", "do": "submit"}
    own = {"Sec-Fetch-Site": "same-origin"}
    for sent in (fields, {**fields, "file": BytesIO(b".")}):
        answer = await author.post("/posts/new", data=sent, headers=own)
        page = await answer.text()
        assert answer.status == 401
        assert "Viết &lt;b&gt;rất&lt;/b&gt; lâu</textarea>" in page and ">Tên</textarea>" in page
        assert fields["csrf"] not in page
    assert "Phiên đăng nhập đã hết." in await look_at(author, "/posts")
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Post))).first() is None


async def test_nobody_else_puts_words_on_the_sign_in_page(office: Office, sign_in: Open) -> None:
    author, stranger = await sign_in("author"), await sign_in("")
    async with office.parts.db.write() as session:
        await session.exec(delete(WebSession))
    foreign = {"Origin": "https://evil.example"}
    own = {"Sec-Fetch-Site": "same-origin"}
    ways = [(author, foreign), (author, {"Sec-Fetch-Site": "cross-site"}), (author, {}), (stranger, own)]
    for client, headers in ways:
        answer = await client.post("/posts/new", data={"common": "Gọi số này"}, headers=headers)
        assert "Gọi số này" not in await answer.text()
    long = await author.post("/posts/new", data={"common": "a" * 200_001, "file": BytesIO(b".")}, headers=own)
    assert "aaaa" not in await long.text()


# -- for every reader -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_every_field_has_a_name_and_nothing_is_inline(office: Office, sign_in: Open, language: str) -> None:
    author, duty = await sign_in("author"), await sign_in("duty")
    at = await handed_in(author)
    for client in (author, duty):
        await give(client, "/me/language", await look_at(client, "/"), language=language)
    planned = {"channel": "facebook", "weekday": "workdays", "time": "08:30"}
    editor = await sign_in("editor")
    await give(editor, "/schedule", await look_at(editor, "/schedule"), **planned)
    await give(editor, "/me/language", await look_at(editor, "/"), language=language)
    ways = [(author, p) for p in ("/", "/posts", "/posts/new", f"{at}/edit", at, "/me", "/queue")]
    ways += [(editor, p) for p in ("/queue", "/queue/stop", "/schedule", "/accounts")]
    for client, path in [*ways, (duty, "/incidents"), (await sign_in(""), f"/login?lang={language}")]:
        text = await look_at(client, path)
        page = Page(text)
        ids = [a["id"] for _, a in page.all if "id" in a]
        assert len(ids) == len(set(ids)), path
        named = {a["for"] for tag, a in page.all if tag == "label" and "for" in a}
        assert named <= set(ids), path
        for tag, a in page.all:
            assert not {k for k in a if k == "style" or k.startswith("on")}, (path, tag, a)
            if tag in ("input", "select", "textarea") and a.get("type") != "hidden" and "hidden" not in a:
                assert a.get("id") in named or "aria-label" in a or a in page.named, (path, a)
            assert a.get("aria-describedby", ids[0]) in ids, (path, a)
        assert f'<html lang="{language}">' in text and text.count("<h1") == 1


async def test_on_a_phone_what_can_be_done_comes_before_the_evidence(office: Office, sign_in: Open) -> None:
    now = office.parts.now()
    async with office.parts.db.write() as session:
        claim = Claim(organisation_id=office.id, key="k", text="đập vỡ", first_at=now, last_at=now)
        session.add(claim)
        await session.flush()
        about = {"organisation_id": office.id, "claim_id": claim.id, "claim_text": "đập vỡ", "field": "KHAC"}
        times = {"opened_at": now, "started_at": now, "updated_at": now}
        session.add(Incident(level="high", harm=2, spread=1, channels_hit=["facebook"], **about, **times))
    page = await look_at(await sign_in("duty"), "/incidents/1")
    assert 0 < page.index('action="/incidents/1/ack"') < page.index('class="chart"')
    live = await look_at(await sign_in("duty"), "/incidents/1/live")
    assert 'action="/incidents/1/ack"' in live, "a button that is no longer right goes away by itself"


async def test_an_error_page_has_words_for_a_name(office: Office) -> None:
    from aiohttp.test_utils import TestClient, TestServer

    async with TestClient(TestServer(make_app(office.parts))) as client:
        page = await (await client.get("/nowhere?lang=en")).text()
    assert "<h1>Not found <small>404</small></h1>" in page


async def test_a_telegram_channel_is_written_for_like_the_others(office: Office, sign_in: Open) -> None:
    await add_account(
        office.parts, office.id, kind="telegram", remote_id="@daxanh", name="Kênh Đá Xanh", settings={},
        secrets={"bot_token": "1:x"},
    )  # fmt: skip
    author = await sign_in("author")
    fields = {"title": "Cấp nước", "use": "telegram", "text-telegram": "🔴" * 2049, "do": "preview"}
    seen = await look_at(author, "/posts/new")
    page = await (await author.post("/posts/new", data={"csrf": token(seen), **fields})).text()
    assert '<div class="look chat telegram">' in page and "Kênh Đá Xanh" in page
    assert "Nội dung: 4.098/4.096 đơn vị UTF-16" in page and "hãy rút bớt 2." in page
    fields |= {"text-telegram": "5 < 7", "do": "submit"}
    at = (await give(author, "/posts/new", seen, **fields)).headers["Location"]
    page = await look_at(await sign_in("approver"), at)
    assert '<dt>text</dt><dd dir="auto">5 &lt; 7</dd>' in page and "tin đăng" in page
