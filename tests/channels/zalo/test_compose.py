"""What is sent, field by field, before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from channels.base import AccountRef, Content, MediaFile
from channels.zalo import ZaloChannel
from tests.channels.zalo.wire import (
    clip_in,
    composed,
    picture_at,
    thumbnail_at,
)


def test_what_is_sent_is_composed_unicode_with_blocks_and_encoded_addresses() -> None:
    picture = picture_at("https://x.vn/ảnh một%20.jpg?a=1&b=2")
    text = 'Đoạn một\r\ndòng hai\r\n\r\nA < B & "C"'.replace("Đ", "Đ").replace("ạ", "a\u0323")
    out = composed(picture, text=text, title=" Li\u0323ch ", link='https://x.vn/?a=1&b="2"')
    assert out.payload == {
        "type": "normal", "title": "Lịch", "description": "Đoạn một", "status": "show", "comment": "show",
        "author": "UBND Phường",
        "cover": {"cover_type": "photo", "photo_url": "https://x.vn/%E1%BA%A3nh%20m%E1%BB%99t%20.jpg?a=1&b=2",
                  "status": "show"},
        "body": [
            {"type": "text", "content": "<p>Đoạn một<br>dòng hai</p>"},
            {"type": "text", "content": '<p>A &lt; B &amp; "C"</p>'},
            {"type": "text", "content": '<p><a href="https://x.vn/?a=1&amp;b=&quot;2&quot;">'
                                        "https://x.vn/?a=1&amp;b=&quot;2&quot;</a></p>"},
        ]}  # fmt: skip
    assert out.media == (picture,)


def test_an_article_is_never_without_words() -> None:
    out = composed(picture_at("https://x.vn/a.jpg"), text=" ", title="Chỉ có tên")
    assert out.payload["body"] == [{"type": "text", "content": "<p>Chỉ có tên</p>"}]
    assert out.payload["description"] == "Chỉ có tên"


def test_a_long_first_line_is_cut_for_the_description() -> None:
    whole, cut = [composed(text="x" * n).payload["description"] for n in (250, 251)]
    assert (whole, cut) == ("x" * 250, "x" * 249 + "…")


def test_a_clip_goes_with_its_picture_where_there_is_one(tmp_path: Path) -> None:
    clip = clip_in(tmp_path)
    alone, with_picture = composed(clip), composed(clip, picture_at("https://x.vn/a.jpg"))
    assert (alone.form, "avatar" in alone.payload) == ("video_article", False)
    assert (with_picture.form, with_picture.payload["avatar"]) == ("video_article", "https://x.vn/a.jpg")
    own = composed(clip, picture_at("https://x.vn/a.jpg"), thumbnail_at("https://x.vn/t.jpg"))
    assert own.payload["avatar"] == "https://x.vn/t.jpg"
    assert {m.kind for m in own.media} == {"clip", "picture", "thumbnail"}


def test_the_first_picture_is_the_cover_and_the_others_stand_in_the_article() -> None:
    out = composed(*(picture_at(f"https://x.vn/{n}.jpg", alt) for n, alt in enumerate(("Bìa", "Điểm tiêm", ""))),
                   text="Lời", link="https://x.vn/l")  # fmt: skip
    assert out.payload["cover"]["photo_url"] == "https://x.vn/0.jpg"
    assert out.payload["body"] == [
        {"type": "text", "content": "<p>Lời</p>"},
        {"type": "image", "url": "https://x.vn/1.jpg", "caption": "Điểm tiêm"},
        {"type": "image", "url": "https://x.vn/2.jpg"},
        {"type": "text", "content": '<p><a href="https://x.vn/l">https://x.vn/l</a></p>'},
    ]
    assert len(out.media) == 3


def test_a_thumbnail_is_the_cover_where_there_is_no_picture() -> None:
    assert composed(thumbnail_at("https://x.vn/t.jpg")).payload["cover"]["photo_url"] == "https://x.vn/t.jpg"


def test_all_words_and_the_link_stand_under_the_clip_alone(tmp_path: Path) -> None:
    out = composed(clip_in(tmp_path), text="Một\n\nHai", link="https://x.vn/a")
    assert out.payload["description"] == "Một\n\nHai\nhttps://x.vn/a"


def test_with_more_words_or_pictures_the_clip_stands_in_an_article(tmp_path: Path) -> None:
    clip, cover, other = clip_in(tmp_path), picture_at("https://x.vn/a.jpg"), picture_at("https://x.vn/b.jpg")
    video = {"type": "video", "video": clip.sha256, "thumb": "https://x.vn/a.jpg"}
    long, many = composed(clip, cover, text="x" * 251), composed(clip, cover, other, text="x")
    assert (long.form, long.payload["type"]) == ("article", "normal")
    assert long.payload["body"] == [{"type": "text", "content": f"<p>{'x' * 251}</p>"}, video]
    assert many.payload["body"][1:] == [video, {"type": "image", "url": "https://x.vn/b.jpg"}]
    assert composed(clip, cover, text="x" * 250).form == "video_article"


def test_what_is_hidden_and_not_commented_on_is_said() -> None:
    shown, hidden = composed(), composed(options={"status": "hide", "comment": "hide"})
    assert [(o.payload["status"], o.payload["comment"]) for o in (shown, hidden)] == [
        ("show", "show"), ("hide", "hide")]  # fmt: skip


def codes(*media: MediaFile, text: str = "Lời", title: str = "Tên", **more: Any) -> set[str]:
    return {p.code for p in ZaloChannel.review(Content(text, title, media=media, **more))}


def test_a_clip_alone_has_room_for_a_description(tmp_path: Path) -> None:
    clip, cover = clip_in(tmp_path), picture_at("https://x.vn/a.jpg", "Bìa")
    most = [ZaloChannel.limits_for(Content("x" * 251, media=media)).text.most for media in ((clip,), (clip, cover))]
    assert most == [250, 10_000]
    [problem] = ZaloChannel.review(Content("x" * 251, "Tên", media=(clip,)))
    assert (problem.most, problem.actual, "hình bìa" in problem.told.vi) == (250, 251, True)


def test_what_zalo_would_refuse_is_told_before(tmp_path: Path) -> None:
    cover, clip = picture_at("https://x.vn/a.jpg", "Bìa"), clip_in(tmp_path)
    assert codes(cover) == codes(clip) == set()
    assert codes(*[cover] * 20) == set()
    assert codes(*[cover] * 21) == {"picture_count"}
    assert codes(clip, text="x" * 251) == codes(clip, text="x" * 240, link="https://x.vn/a") == {"text_too_long"}
    assert codes(clip, cover, text="x" * 251) == set()
    assert codes(options={"form": "edit", "target": "art_1"}) == set()
    assert codes(cover, options={"broadcast": "true", "status": "hide"}) == {"broadcast_hidden"}
    assert codes(options={"form": "broadcast", "target": "a,b,c,d,e,f"}) == {"broadcast_count"}
    for wrong in ({"cities": "64"}, {"ages": "0,8"}, {"gender": "1,2"}, {"locations": "Bắc"}, {"platform": "0"}):
        [(name, value)] = wrong.items()
        assert codes(cover, options={f"broadcast_{name}": value}) == {"option_unknown"}, wrong


def test_an_empty_author_setting_is_the_oas_name() -> None:
    ref = AccountRef("zalo", "1", "x" * 60, {"author": ""})
    assert ZaloChannel.compose(Content("a", "b"), ref).payload["author"] == "x" * 50
