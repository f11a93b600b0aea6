"""In the console: what kind of item a post is, and a machine translation from its mark to its signature."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlmodel import select

from channels.sandbox.pictures import clip, picture
from models.post import Post, Variant
from models.states import PostState
from tests.bot.conftest import Office
from tests.bot.console.conftest import Client, Open, give, token
from tests.bot.console.test_pages import errors_at, look_at
from tests.bot.console.test_writing import edit

GERMAN = {
    "title": "Lịch tiếp dân", "use": "viber", "text-viber": "Bürgersprechstunde in Đá Xanh.", "language-viber": "de",
    "machine": "viber",
}  # fmt: skip


async def write(author: Client, do: str, file: bytes | None = None, **fields: str) -> str:
    """Fill in the form, with a file, press a button; return the page that comes."""
    seen = await look_at(author, "/posts/new")
    sent: dict[str, object] = {"csrf": token(seen), "title": "Phòng lũ", "do": do, **fields}
    if file is not None:
        sent["file"] = BytesIO(file)
    answer = await author.post("/posts/new", data=sent)
    return await answer.text()


async def row(office: Office) -> Variant:
    async with office.parts.db.read() as session:
        return (await session.exec(select(Variant))).one()


async def post(office: Office) -> Post:
    async with office.parts.db.read() as session:
        return (await session.exec(select(Post))).one()


# -- formats ----------------------------------------------------------------------------------------------------------


async def test_a_75_s_short_is_said_at_its_field_and_cut_it_is_handed_in(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    words = {"use": "facebook", "text-facebook": "Cách phòng lũ quét", "alt_text": "Vượt lũ"}
    page = await write(author, "submit", clip("Lũ", 1, 75, (90, 160)), **words, format="short_clip")
    said = "Clip ngắn tối đa 60 giây, tệp “Vượt lũ” dài 75 giây: hãy cắt ngắn hoặc chọn Clip dài."
    assert errors_at(page, "format") == said
    assert '<option value="short_clip" selected>Clip ngắn</option>' in page
    assert (await post(office)).state == PostState.DRAFT
    assert said in await look_at(author, "/posts/1")
    assert await edit(author, 1, **words, format="long_clip", do="submit") == 303
    assert (await post(office)).state == PostState.IN_REVIEW
    assert re.search(r"Bài thường · Clip dài · ", await look_at(author, "/posts/1"))


async def test_an_infographic_without_alt_text_is_said_at_the_file(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    words = {"use": "facebook", "text-facebook": "Ba bước phòng lũ", "format": "infographic"}
    page = await write(author, "submit", picture("Lũ", 1, (400, 500)), **words)
    assert "chưa có mô tả thay thế (alt)" in errors_at(page, "file")
    assert errors_at(page, "format") == ""
    assert (await post(office)).state == PostState.DRAFT


async def test_the_preview_says_what_is_missing_in_the_readers_language(sign_in: Open) -> None:
    author = await sign_in("author")
    fields = {"use": "facebook", "text-facebook": "x", "format": "infographic"}
    assert "Đồ họa thông tin cần ít nhất một hình" in await write(author, "preview", **fields)
    seen = await look_at(author, "/me")
    await give(author, "/me/language", seen, language="en")
    page = await write(author, "preview", **fields)
    assert "An infographic needs at least one picture" in page
    assert '<option value="infographic" selected>Infographic</option>' in page


async def test_what_is_no_format_is_none(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    await write(author, "save", use="facebook", format="pigeon", **{"text-facebook": "x"})
    assert (await post(office)).format == ""


# -- translations -----------------------------------------------------------------------------------------------------


async def sign(client: Client, page: str) -> None:
    """Press the button of the page that was seen."""
    found = re.search(r'action="/posts/1/sign">.*?name="content_hash" value="(\w+)".*?value="viber"', page, re.S)
    assert found
    await give(client, "/posts/1/sign", page, channel="viber", content_hash=found[1])


async def test_from_the_mark_to_the_signature_to_the_approval(office: Office, sign_in: Open) -> None:
    author, editor, approver = await sign_in("author"), await sign_in("editor"), await sign_in("approver")
    page = await write(author, "preview", **GERMAN)
    assert 'name="machine" value="viber" checked' in page and "Bản dịch máy – chưa ký" in page
    await write(author, "submit", **GERMAN)
    await give(editor, "/posts/1/forward", await look_at(editor, "/posts/1"))
    page = await look_at(approver, "/posts/1")
    assert "Bản dịch máy – chưa ký" in page and "Bản dịch máy chưa có người ký: hãy đọc kỹ" in page
    assert "/posts/1/approve" not in page and "/posts/1/sign" not in page
    await give(approver, "/posts/1/approve", page, content_hash=(await post(office)).content_hash)
    told = await look_at(approver, "/posts/1")
    assert told.count("Bản dịch máy chưa có người ký") == page.count("Bản dịch máy chưa có người ký") + 1
    assert (await post(office)).state == PostState.PENDING

    page = await look_at(editor, "/posts/1")
    await sign(editor, page)
    page = await look_at(approver, "/posts/1")
    assert "Bản dịch máy – đã ký" in page and "chưa ký" not in page and "/posts/1/approve" in page
    assert re.search(r"Bản dịch máy Viber \(Deutsch\): Editor đã ký", page)
    assert "Editor: Ký bản dịch máy" in page, "the history says who"
    await give(approver, "/posts/1/approve", page, content_hash=(await post(office)).content_hash)
    assert (await post(office)).state == PostState.SCHEDULED


async def test_an_edit_takes_the_signature_and_an_untouched_form_does_not(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    await write(author, "save", **GERMAN)
    await sign(author, await look_at(author, "/posts/1"))
    form = await look_at(author, "/posts/1/edit")
    assert "Đã có người ký. Sửa lời thì phải ký lại." in form and "Bản dịch máy – đã ký" in form
    assert await edit(author, 1, **GERMAN) == 303
    assert (await row(office)).signed_at is not None
    changed = {**GERMAN, "text-viber": "Sprechstunde"}
    shown = await author.post("/posts/preview", data={"csrf": token(form), "post_id": "1", **changed})
    assert "Bản dịch máy – chưa ký" in await shown.text(), "seen before it is saved"
    assert await edit(author, 1, **changed) == 303
    assert (await row(office)).signed_at is None
    assert "Hủy chữ ký bản dịch vì nội dung đã sửa" in await look_at(author, "/posts/1")


async def test_what_changed_since_it_was_seen_is_not_signed(office: Office, sign_in: Open) -> None:
    author, editor = await sign_in("author"), await sign_in("editor")
    await write(author, "save", **GERMAN)
    seen = await look_at(editor, "/posts/1")
    await edit(author, 1, **{**GERMAN, "text-viber": "Sprechstunde"})
    await sign(editor, seen)
    assert "Nội dung đã thay đổi sau khi bạn xem; hãy xem lại rồi ký." in await look_at(editor, "/posts/1")
    assert (await row(office)).signed_at is None


@pytest.mark.parametrize("apart", ["Nguye\u0302\u0303n Thi\u0323 Hươ\u0300ng", "Nguyễn Thị Hường"])
async def test_letters_come_back_whole(office: Office, sign_in: Open, apart: str) -> None:
    author = await sign_in("author")
    await write(author, "save", **{**GERMAN, "text-viber": f"Bürgeramt: {apart}"})
    assert (await row(office)).text == "Bürgeramt: Nguyễn Thị Hường"
    assert "Bürgeramt: Nguyễn Thị Hường</textarea>" in await look_at(author, "/posts/1/edit")
