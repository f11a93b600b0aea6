"""The preview's cards: drawn from the very payload that is sent, and counted as the platform counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.console.labels import FORMS
from bot.console.look import fold, look_of
from bot.console.preview import show, show_stored, wrongs
from channels.base import AccountRef, Can, Content, MediaFile, Outgoing, Unit
from channels.registry import CHANNELS
from models.post import Media

SHA = "ab" * 32
PICTURE = Media(
    id=7, post_id=1, kind="picture", mime="image/jpeg", path="p.jpg", size=9, sha256=SHA, alt_text="Cầu mới"
)
CLIP = Media(id=8, post_id=1, kind="clip", mime="video/mp4", path="c.mp4", size=9, sha256=SHA, duration_s=3725.4)


def given(kind: str, media: Media | None = None, **words: object) -> Outgoing:
    """What the channel's own `compose` makes of a text."""
    files = ()
    if media is not None:
        address = f"https://loa.example/media/1/{'0' * 32}/{SHA}{Path(media.path).suffix}"
        files = (
            MediaFile(
                Path(media.path), media.kind, media.mime, media.size, SHA, alt_text=media.alt_text, public_url=address
            ),
        )
    content = Content(**{"text": "Lời báo", "media": files, **words})  # type: ignore[arg-type]
    return CHANNELS[kind].compose(content, AccountRef(kind, "1", "Xã Đá Xanh", {"author": "UBND xã", "sender": "s="}))


def test_a_facebook_post_shows_page_text_and_link_card() -> None:
    look = show(given("facebook", link="https://www.daxanh.example/tin/1"), name="Xã Đá Xanh").look
    assert look is not None and (look.card, look.name, look.initial) == ("facebook", "Xã Đá Xanh", "X")
    assert (look.text, look.head, look.host) == ("Lời báo", "", "daxanh.example")
    assert not look.seen


@pytest.mark.parametrize("kind", ["facebook", "viber", "zalo"])
def test_the_picture_is_found_by_what_the_payload_names(kind: str) -> None:
    look = show(given(kind, PICTURE), media=[PICTURE]).look
    assert look is not None and look.seen
    assert (look.seen[0].kind, look.seen[0].src, look.seen[0].alt) == ("picture", "/files/7", "Cầu mới")


@pytest.mark.parametrize("kind", ["facebook", "youtube", "zalo"])
def test_the_clip_is_found_with_its_length(kind: str) -> None:
    look = show(given(kind, CLIP, title="Tên"), media=[CLIP]).look
    assert look is not None and look.seen and look.title == "Tên"
    assert (look.seen[0].src, look.seen[0].length) == ("/files/8", "1:02:05")


def test_a_file_by_the_offices_own_address_is_found_and_a_strange_one_is_not() -> None:
    own = PICTURE.model_copy(update={"sha256": "cd" * 32, "public_url": "https://anh.example/ảnh 1.jpg"})
    payload = {"type": "picture", "text": "", "media": "https://anh.example/%E1%BA%A3nh%201.jpg"}
    for media, src in (([own], "/files/7"), ([], "")):
        look = look_of(Outgoing("viber", "post", payload), name="X", media=media)
        assert look is not None and look.seen
        assert (look.seen[0].kind, look.seen[0].src) == ("picture", src)


def test_a_zalo_article_shows_its_blocks_as_words() -> None:
    text = "Một <b>đoạn</b> & hai\ndòng\n\nĐoạn sau"
    look = show(given("zalo", PICTURE, text=text, title="Tên bài", link="https://a.example/?x=1&y=2")).look
    assert look is not None
    assert (look.title, look.author, look.lead) == ("Tên bài", "UBND xã", "Một <b>đoạn</b> & hai")
    assert look.text == text + "\n\nhttps://a.example/?x=1&y=2"


def test_a_youtube_video_shows_privacy_and_tags_and_a_comment_is_a_comment() -> None:
    look = show(given("youtube", CLIP, options={"privacy": "unlisted", "tags": "lũ, hồ"})).look
    assert look is not None and (look.card, look.privacy, list(look.tags)) == ("youtube", "unlisted", ["lũ", "hồ"])
    comment = show(given("youtube", options={"form": "comment", "target": "v1"})).look
    assert comment is not None and (comment.card, comment.text) == ("comment", "Lời báo")


def test_a_file_that_is_not_here_is_still_said_to_be_a_picture_or_a_clip() -> None:
    for form, kind in (("photo", "picture"), ("video", "clip")):
        look = show_stored("facebook", form, {"source": SHA}).look
        assert look is not None and look.seen
        assert (look.seen[0].kind, look.seen[0].src, look.text) == (kind, "", "")


def test_a_form_nobody_drew_is_shown_by_its_fields() -> None:
    shown = show_stored("facebook", "story", {"video_state": "PUBLISHED"})
    assert shown.look is None and shown.counted == () and shown.rows == (("video_state", "PUBLISHED"),)


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_every_form_that_goes_out_has_a_name_that_people_read(kind: str) -> None:
    """In whatever form a channel puts a text with these files, or by the word of what it is."""
    picture = MediaFile(Path("p.jpg"), "picture", "image/jpeg", 9, SHA, 400, 300, alt_text="Cầu")
    film = MediaFile(Path("c.mp4"), "clip", "video/mp4", 9_000, SHA, 1280, 720, 60.0, fps=30.0)
    files = ((), (picture,), (picture, picture), (film,), (replace(film, width=720, height=1280),))
    channel, account = CHANNELS[kind], AccountRef(kind, "1", "Xã Đá Xanh", {"sender": "s="})
    outs = [channel.compose(Content("Lời báo", "Tin", media=some), account) for some in files]
    said = {form for form, ability in (("reply", Can.REPLY), ("edit", Can.EDIT), ("broadcast", Can.BROADCAST))
            if ability in channel.can}  # fmt: skip
    outs += [channel.compose(Content("Lời báo", "Tin", options={"form": f, "target": "1"}), account) for f in said]
    assert {out.form for out in outs} <= FORMS.keys()


def test_long_texts_are_folded_between_words_or_lines() -> None:
    most, lines = 477, 5
    assert fold("a" * most, most, lines) == ""
    assert fold("một " * 200, most, lines).endswith("một") and len(fold("một " * 200, most, lines)) <= most
    assert fold("\n".join("12345678"[:lines]), most, lines) == ""
    assert fold("\n".join("12345678"), most, lines) == "\n".join("12345678"[:lines])
    look = show(given("facebook", text="a " * 300)).look
    assert look is not None and look.text.startswith(look.head) and 0 < len(look.head) <= most


@pytest.mark.parametrize(
    ("kind", "media", "words", "expected"),
    [
        ("facebook", None, {"text": "Ư" * 5}, [("text", 5, 63_206, Unit.CHARACTERS)]),
        ("viber", PICTURE, {"text": "Ư" * 800}, [("text", 800, 768, Unit.CHARACTERS)]),
        ("viber", None, {"text": "Ư" * 800}, [("text", 800, 7000, Unit.CHARACTERS)]),
        ("zalo", PICTURE, {"title": "Ư" * 141}, [("title", 141, 140, Unit.CHARACTERS)]),
        (
            "youtube",
            CLIP,
            {"title": "Ư" * 100, "text": "Ư" * 2490, "link": "https://a.example/abcde"},
            [("title", 100, 100, Unit.CHARACTERS), ("description", 5004, 5000, Unit.UTF8_BYTES)],
        ),
    ],
)
def test_lengths_are_those_of_the_fields_that_are_sent(
    kind: str, media: Media | None, words: dict[str, object], expected: list[tuple[str, int, int, Unit]]
) -> None:
    counted = show(given(kind, media, **words)).counted
    assert [(c.part, c.length, c.most, c.unit) for c in counted] == expected
    assert [c.over for c in counted] == [length > most for _, length, most, _ in expected]


def test_problems_name_the_field_where_they_are_put_right() -> None:
    found = {k: CHANNELS[k].review(Content(text="")) for k in ("zalo", "facebook")}
    said = wrongs(found, "vi")
    assert [w.at for w in said["zalo"]] == ["title-zalo", "file", "text-zalo"]
    assert all("Zalo" in w.text for w in said["zalo"]), "a problem at the common field for files names its channel"
    assert (
        wrongs(found, "en")["facebook"][0].text
        == "Facebook: There is nothing to publish yet: write a text or add a file."
    )


def test_what_was_approved_looks_as_it_did_when_composed() -> None:
    out = given("zalo", PICTURE, title="T")
    assert show(out, media=[PICTURE]) == show_stored("zalo", out.form, dict(out.payload), media=[PICTURE])


def test_a_telegram_post_shows_its_files_and_counts_in_utf16_units() -> None:
    text = show(given("telegram", text="🔴 Lời báo", link="https://a.example"), name="Xã Đá Xanh")
    assert text.look is not None and (text.look.card, text.look.seen) == ("chat", [])
    assert text.look.text == "🔴 Lời báo\nhttps://a.example"
    assert [(c.part, c.length, c.most, c.unit) for c in text.counted] == [("text", 28, 4096, Unit.UTF16_UNITS)]
    files = tuple(
        MediaFile(Path(m.path), m.kind, m.mime, m.size, sha, alt_text=m.alt_text)
        for m, sha in ((PICTURE, SHA), (CLIP, "cd" * 32))
    )
    album = show(
        CHANNELS["telegram"].compose(Content("Lời", media=files), AccountRef("telegram", "@x")),
        media=[PICTURE, CLIP.model_copy(update={"sha256": "cd" * 32})],
    )
    assert album.form == "album" and album.look is not None and album.look.text == "Lời"
    assert [(s.kind, s.src, s.alt or s.length) for s in album.look.seen] == [
        ("picture", "/files/7", "Cầu mới"),
        ("clip", "/files/8", "1:02:05"),
    ]
    assert [(c.part, c.most) for c in album.counted] == [("caption", 1024)]
    edit = show(given("telegram", options={"form": "edit", "target": "m17"}))
    assert edit.look is not None and edit.look.text == "Lời báo" and edit.counted[0].part == "caption"
