"""A post is what it says it is: text, infographic, short clip or long clip, or it is refused with what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from bot.publishing import approval, attaching, writing
from bot.publishing.content import WHOLE_POST
from bot.publishing.formats import review_format
from bot.publishing.handing_in import FileDraft, hand_in
from bot.publishing.recurring import make_due_copies, repeat_post
from bot.publishing.writing import Invalid, VariantDraft
from channels.sandbox import pictures
from models.post import Media, Post, PostFormat
from models.queue import Every
from models.states import PostState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import draft, post_of, sign, state_of
from tests.conftest import FakeClock

UPRIGHT, LYING = (90, 160), (160, 90)
FACEBOOK = {"facebook": VariantDraft(text="Cách phòng lũ quét.")}


@cache
def film(seconds: int, size: tuple[int, int] = UPRIGHT) -> bytes:
    """A real clip, drawn once."""
    return pictures.clip("Phòng lũ", 3, seconds, size)


@cache
def drawing() -> bytes:
    """A real picture."""
    return pictures.picture("Phòng lũ", 3, (400, 500))


def file(kind: str, seconds: float = 0, width: int = 1080, height: int = 1920, alt_text: str = "") -> Media:
    """A file of a post, as its row says."""
    return Media(
        post_id=1, kind=kind, mime="x", path="x", size=1, sha256="x", width=width, height=height, duration_s=seconds,
        alt_text=alt_text,
    )  # fmt: skip


# -- the rule ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "files", "codes"),
    [
        ("", [file("clip", 75, 1920, 1080), file("picture")], []),
        ("text", [], []),
        ("text", [file("picture")], ["text_with_files"]),
        ("infographic", [file("picture"), file("picture")], []),
        ("infographic", [], ["infographic_without_picture"]),
        ("infographic", [file("picture"), file("clip", 20)], ["infographic_with_clip"]),
        ("short_clip", [], ["clip_missing"]),
        ("short_clip", [file("picture")], ["clip_missing"]),
        ("short_clip", [file("clip", 60.05), file("picture")], []),  # sound is padded to whole frames
        ("short_clip", [file("clip", 60.2)], ["short_too_long"]),
        ("short_clip", [file("clip", 30, 1080, 1080)], []),
        ("short_clip", [file("clip", 30, 1081, 1080)], ["short_too_wide"]),
        ("short_clip", [file("clip", 75, 1920, 1080)], ["short_too_long", "short_too_wide"]),
        ("long_clip", [file("clip", 61, 1920, 1080)], []),
        ("long_clip", [file("clip", 60.05)], ["long_too_short"]),
        ("long_clip", [file("picture")], ["clip_missing"]),
    ],
)
def test_what_contradicts_the_format(declared: str, files: list[Media], codes: list[str]) -> None:
    found = review_format(declared, files)
    assert [p.code for p in found] == codes
    for problem in found:
        assert problem.told.vi != problem.told.en and "hãy" in problem.told.vi, "it says what to do"


def test_no_length_is_both_short_and_long_or_neither() -> None:
    for tenths in range(580, 630):
        short, long = (review_format(f, [file("clip", tenths / 10)]) for f in ("short_clip", "long_clip"))
        assert bool(short) is not bool(long), tenths / 10


def test_the_file_is_called_as_its_author_knows_it() -> None:
    (problem,) = review_format("short_clip", [file("clip", 75, alt_text="Vượt lũ")])
    assert problem.told.vi == ("Clip ngắn tối đa 60 giây, tệp “Vượt lũ” dài 75 giây: hãy cắt ngắn hoặc chọn Clip dài.")
    assert (problem.most, problem.actual) == (60, 75)


# -- the whole path ---------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[str, Callable[[], bytes] | None, str]] = {
    "75 s short": ("short_clip", lambda: film(75), "Clip ngắn tối đa 60 giây, tệp “Vượt lũ” dài 75 giây: hãy cắt ngắn"),
    "lying short": ("short_clip", lambda: film(5, LYING), "phải dọc (9:16) hoặc vuông, tệp “Vượt lũ” nằm ngang 160x90"),
    "5 s long": (
        "long_clip",
        lambda: film(5),
        "Clip dài phải trên 60 giây, tệp “Vượt lũ” chỉ dài 5 giây: hãy chọn Clip ngắn",
    ),
    "short without clip": ("short_clip", drawing, "Clip ngắn cần một clip đi cùng bài: hãy thêm clip"),
    "infographic without picture": ("infographic", None, "Đồ họa thông tin cần ít nhất một hình"),
    "text with a picture": ("text", drawing, "Bài chữ không kèm tệp: hãy bỏ tệp"),
}
TAKEN: dict[str, tuple[str, Callable[[], bytes] | None]] = {
    "text": ("text", None),
    "infographic": ("infographic", drawing),
    "short": ("short_clip", lambda: film(5)),
    "long": ("long_clip", lambda: film(75)),
    "undeclared": ("", lambda: film(75)),
}


def on_disk(folder: Path, make: Callable[[], bytes] | None, alt_text: str = "Vượt lũ") -> FileDraft | None:
    """The file as it comes from an officer's machine."""
    if make is None:
        return None
    data = make()
    path = folder / ("a.jpg" if data.startswith(b"\xff\xd8") else "a.mp4")
    path.write_bytes(data)
    return FileDraft(path, alt_text)


@pytest.mark.parametrize("case", REFUSED)
async def test_it_is_refused_when_handed_in(office: Office, clock: FakeClock, tmp_path: Path, case: str) -> None:
    declared, make, said = REFUSED[case]
    with pytest.raises(Invalid) as caught:
        await hand_in(
            office.parts,
            office.people["author"],
            draft(clock, format=declared, variants=FACEBOOK),
            on_disk(tmp_path, make),
        )
    assert said in caught.value.text("vi")
    assert list(caught.value.problems) == [WHOLE_POST]


@pytest.mark.parametrize("case", TAKEN)
async def test_a_right_one_is_approved(office: Office, clock: FakeClock, tmp_path: Path, case: str) -> None:
    declared, make = TAKEN[case]
    post_id = await hand_in(
        office.parts, office.people["editor"], draft(clock, format=declared, variants=FACEBOOK), on_disk(tmp_path, make)
    )
    assert (await post_of(office, post_id)).format == declared
    assert await sign(office, post_id) == PostState.SCHEDULED


async def test_an_infographic_without_alt_text_is_refused_before_approval(
    office: Office, clock: FakeClock, tmp_path: Path
) -> None:
    infographic = draft(clock, format=PostFormat.INFOGRAPHIC, variants=FACEBOOK)
    author = office.people["author"]
    with pytest.raises(Invalid) as caught:
        await hand_in(office.parts, author, infographic, on_disk(tmp_path, drawing, alt_text=" "))
    assert "chưa có mô tả thay thế (alt) cho người khiếm thị: hãy viết một câu" in caught.value.text("vi")
    post_id = await hand_in(office.parts, office.people["editor"], infographic, on_disk(tmp_path, drawing))
    assert await sign(office, post_id) == PostState.SCHEDULED


async def test_what_changed_after_it_was_handed_in_is_refused_at_the_approval(
    office: Office, clock: FakeClock, tmp_path: Path
) -> None:
    """An edit of a waiting post is not handed in again: the approval looks for itself."""
    long = draft(clock, format=PostFormat.LONG_CLIP, variants=FACEBOOK)
    post_id = await hand_in(office.parts, office.people["editor"], long, on_disk(tmp_path, lambda: film(75)))
    short = draft(clock, format=PostFormat.SHORT_CLIP, variants=FACEBOOK)
    await writing.revise_post(office.parts, office.people["author"], post_id, short)
    with pytest.raises(Invalid, match="60 s"):
        await sign(office, post_id)
    assert await state_of(office, post_id) == PostState.PENDING


async def test_a_clip_that_goes_to_no_channel_of_the_post_does_not_count(
    office: Office, clock: FakeClock, tmp_path: Path
) -> None:
    author = office.people["author"]
    short = draft(clock, format=PostFormat.SHORT_CLIP, variants=FACEBOOK)
    post_id = await writing.create_post(office.parts, author, short)
    made = on_disk(tmp_path, lambda: film(5))
    assert made is not None
    await attaching.attach_media(office.parts, author, post_id, made.path, alt_text="Vượt lũ", channels=["youtube"])
    with pytest.raises(Invalid, match="needs a clip that goes out with it"):
        await approval.submit_post(office.parts, author, post_id)


async def test_copies_of_a_recurring_post_are_of_its_format(office: Office, clock: FakeClock) -> None:
    author = office.people["author"]
    post_id = await writing.create_post(office.parts, author, draft(clock, format=PostFormat.TEXT, variants=FACEBOOK))
    await repeat_post(office.parts, author, post_id, Every.DAY, minute=600)
    (copy,) = await make_due_copies(office.parts)
    assert (await post_of(office, copy)).format == PostFormat.TEXT


async def test_posts_from_before_there_were_formats_keep_their_hash(office: Office, clock: FakeClock) -> None:
    """What waits for its approval over an update is still what the approver saw."""
    author = office.people["author"]
    with_none = await writing.create_post(office.parts, author, draft(clock, variants=FACEBOOK))
    said = await writing.create_post(office.parts, author, draft(clock, variants=FACEBOOK, format=PostFormat.TEXT))
    rows: list[Post] = [await post_of(office, i) for i in (with_none, said)]
    assert rows[0].content_hash == rows[1].content_hash
