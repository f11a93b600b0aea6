"""In the console: a channel's own words and what it cannot do; files by what they are to the post."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from sqlmodel import select

from channels.base import SUBRIP, Can, MediaLimit, Option, TextLimit
from channels.errors import Told
from channels.registry import CHANNELS
from channels.sandbox.pictures import clip
from models.post import Media, Variant
from tests.bot.conftest import Office
from tests.bot.console.conftest import Client, Open, token
from tests.bot.console.test_pages import errors_at, look_at
from tests.bot.console.test_writing import edit

OPTIONS = (
    Option("note", Told("Nguồn tin", "Source"), limit=TextLimit(20), hint=Told("Một dòng", "One line")),
    Option("first", Told("Lời đầu tiên", "First words"), "long_text"),
    Option(
        "seen", Told("Ai xem", "Who sees it"), "choice", (("all", Told("Ai cũng", "All")), ("few", Told("Ít", "Few")))
    ),
    Option("ages", Told("Độ tuổi", "Ages"), "several", (("0", Told("Trẻ", "Young")), ("1", Told("Già", "Old")))),
    Option("quiet", Told("Không báo", "Without a sound"), "yes"),
)
WORDS = {"title": "Phòng lũ", "use": "facebook", "text-facebook": "Phòng lũ quét"}


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CHANNELS["facebook"], "options", OPTIONS)


async def stored(office: Office) -> dict[str, str]:
    async with office.parts.db.read() as session:
        return (await session.exec(select(Variant.options))).one()


async def send(author: Client, path: str, file: tuple[str, bytes] | None = None, **fields: object) -> str:
    """Fill in the form and press; return the page that comes."""
    seen = await look_at(author, path)
    sent: dict[str, object] = {"csrf": token(seen), "do": "save", **WORDS, **fields}
    if (version := re.search(r'name="version" value="(\d+)"', seen)) is not None:
        sent["version"] = version[1]
    if file is not None:
        sent["file"] = BytesIO(file[1])
        sent["file"].name = file[0]  # type: ignore[attr-defined]
    return await (await author.post(path, data=sent)).text()


@pytest.mark.usefixtures("options")
async def test_every_kind_of_word_is_asked_kept_shown_and_shown_again(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    page = await send(
        author, "/posts/new", **{
            "option-note-facebook": "Sở Y tế", "option-first-facebook": "Gọi 115.\nHoặc 113.",
            "option-seen-facebook": "few", "option-ages-facebook": "1", "option-quiet-facebook": "true",
        },
    )  # fmt: skip
    assert await stored(office) == {
        "note": "Sở Y tế", "first": "Gọi 115.\nHoặc 113.", "seen": "few", "ages": "1", "quiet": "true"
    }  # fmt: skip
    for shown in (page, await look_at(author, "/posts/1/edit")):
        assert 'name="option-note-facebook" value="Sở Y tế"' in shown and "7/20 ký tự" in shown
        assert ">Gọi 115.\nHoặc 113.</textarea>" in shown
        assert '<option value="few" selected>Ít</option>' in shown
        assert re.search(r'name="option-ages-facebook" value="1" checked', shown)
        assert re.search(r'name="option-quiet-facebook" value="true" checked', shown)
    said = (await look_at(author, "/posts/1")).split('"chosen"')[1]
    chosen = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", said, re.S)
    assert chosen[:5] == [
        ("Nguồn tin", "Sở Y tế"), ("Lời đầu tiên", "Gọi 115.\nHoặc 113."), ("Ai xem", "Ít"), ("Độ tuổi", "Già"),
        ("Không báo", "có"),
    ]  # fmt: skip


@pytest.mark.usefixtures("options")
async def test_what_goes_without_saying_is_not_kept_and_words_of_others_stay(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    await send(author, "/posts/new", **{"option-seen-facebook": "all", "option-note-facebook": "  "})
    assert await stored(office) == {}
    async with office.parts.db.write() as session:
        (await session.exec(select(Variant))).one().options = {"pin": "true", "quiet": "true"}
    await send(author, "/posts/1/edit", **{"option-first-facebook": "Gọi 115."})
    assert await stored(office) == {"pin": "true", "first": "Gọi 115."}


@pytest.mark.usefixtures("options")
async def test_a_wrong_word_is_said_beside_its_field_in_an_open_part(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    page = await send(author, "/posts/new", **{"option-note-facebook": "x" * 25, "option-seen-facebook": "nobody"})
    assert "hãy rút bớt 5" in errors_at(page, "option-note-facebook")
    assert "không có giá trị “nobody”" in errors_at(page, "option-seen-facebook")
    assert '<details class="own" open>' in page and "<option selected>nobody</option>" in page


async def test_what_a_channel_cannot_do_is_said_with_its_reason(office: Office, sign_in: Open) -> None:
    page = await look_at(await sign_in("author"), "/posts/new")
    for kind in ("facebook", "viber"):
        channel = CHANNELS[kind]
        part = page.split(f'name="use" value="{kind}"')[1].split("</fieldset>")[0]
        assert f"{channel.label} không làm được ({len(channel.cannot)})" in part
        assert part.count("<dt>") >= len(channel.cannot)
    assert CHANNELS["viber"].cannot[Can.EDIT].vi in page


async def test_captions_and_a_thumbnail_are_attached_as_what_they_are(
    office: Office, sign_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = replace(CHANNELS["facebook"].limits, captions=MediaLimit(frozenset({SUBRIP}), 10**6))
    monkeypatch.setattr(CHANNELS["facebook"], "limits", taking)
    author, still = await sign_in("author"), BytesIO()
    Image.new("RGB", (640, 360), "teal").save(still, "WEBP")
    srt = b"1\n00:00:00,000 --> 00:00:01,000\nXin chao\n"
    await send(author, "/posts/new", ("phim.mp4", clip("Lũ", 1, 2, (160, 90))), alt_text="Phim")
    await send(author, "/posts/1/edit", ("bia.webp", still.getvalue()), role="thumbnail", alt_text="Bìa")
    page = await send(author, "/posts/1/edit", ("en.srt", srt), role="captions", file_language="en")
    async with office.parts.db.read() as session:
        rows = (await session.exec(select(Media).order_by(Media.position))).all()  # type: ignore[arg-type]
    assert [(m.kind, m.mime, m.language, m.name) for m in rows] == [
        ("clip", "video/mp4", "", "phim.mp4"),
        ("thumbnail", "image/jpeg", "", "bia.webp"),
        ("captions", SUBRIP, "en", "en.srt"),
    ]
    assert "SRT, 1 giây, English" in page and "MP4 160×90, 2 giây" in page
    page = await send(author, "/posts/1/edit", ("sai.srt", b"1\nXin chao\n"), role="captions", file_language="en")
    assert "Tệp phụ đề sai.srt, dòng 1" in page


async def test_the_picture_that_a_channel_gets_is_named_and_seen(office: Office, sign_in: Open) -> None:
    author, photograph = await sign_in("author"), BytesIO()
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(photograph, "JPEG", quality=95)
    page = await send(
        author, "/posts/new", ("a.jpg", photograph.getvalue()), use="viber", alt_text="Lũ",
        **{"text-viber": "Lũ", "text-facebook": ""},
    )  # fmt: skip
    assert re.search(r'<a href="/files/1\?for=viber">Bản cho Viber</a>: JPEG \d+×\d+', page)
    assert "Bản cho Zalo" not in page, "which is not among the post's channels"
    page = await send(
        author, "/posts/1/edit", ("b.jpg", photograph.getvalue()), alt_text="Lũ", file_channels="facebook"
    )
    assert "<small>Chỉ cho Facebook</small>" in page
    answer = await author.get("/files/1?for=viber")
    assert answer.status == 200 and len(await answer.read()) <= 1_000_000
    assert len(await (await author.get("/files/1")).read()) > 1_000_000
    assert await edit(author, 1, use="viber", **{"text-viber": "Lũ lớn"}) == 303
