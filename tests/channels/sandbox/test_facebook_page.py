"""What went with a clip, and how all that was posted is seen on the stand-in's page."""

from __future__ import annotations

import pytest

from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.facebook_client import JPEG, PNG, Client

SRT = b"1\n00:00:00,000 --> 00:00:02,000\nXin ch\xc3\xa0o\n"


async def captions(facebook: Client, video: str, name: str, data: bytes = SRT, **words: str) -> object:
    return await facebook.post(f"{video}/captions", {"captions_file": data}, names={"captions_file": name}, **words)


async def test_captions_are_kept_a_language_each(facebook: Client) -> None:
    video = (await facebook.video())["id"]
    assert await captions(facebook, video, "a.vi_VN.srt", default_locale="vi_VN") == {"success": True}
    await captions(facebook, video, "a.en_US.srt")
    fields = "locale,is_default,is_auto_generated"
    rows = (await facebook.get(f"{video}/captions", fields=fields))["data"]
    assert [(r["locale"], r["is_default"]) for r in rows] == [("vi_VN", True), ("en_US", False)]
    await facebook.post(f"{video}/captions", locales_to_delete="en_US", default_locale="none")
    rows = (await facebook.get(f"{video}/captions", fields=fields))["data"]
    assert [(r["locale"], r["is_default"]) for r in rows] == [("vi_VN", False)]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("vi_VN.srt", SRT, {}),
        ("a.vi_VN.vtt", SRT, {}),
        ("a.vi.srt", SRT, {}),
        ("a.vi_VN.srt", b"WEBVTT\n\n00:00.000 --> 00:02.000\nA\n", {}),
        ("a.vi_VN.srt", SRT + b" " * 200_000, {}),
        ("a.vi_VN.srt", SRT, {"default_locale": "Vietnamese"}),
    ],
)
async def test_captions_of_another_kind_are_refused(
    facebook: Client, name: str, data: bytes, words: dict[str, str]
) -> None:
    video = (await facebook.video())["id"]
    await captions(facebook, video, name, data, **words)
    assert_refused_by(facebook.platform, "parameter")
    assert (await facebook.get(f"{video}/captions"))["data"] == []


async def test_the_last_preferred_thumbnail_is_seen(facebook: Client) -> None:
    video = await facebook.reel()
    for data, preferred in ((JPEG, "true"), (PNG, "false")):
        await facebook.post(f"{video}/thumbnails", {"source": data}, is_preferred=preferred)
    rows = (await facebook.get(f"{video}/thumbnails", fields="id,is_preferred"))["data"]
    assert [row["is_preferred"] for row in rows] == [False, True, False]
    assert facebook.platform.items[video].picture == JPEG
    await facebook.post(f"{video}/thumbnails", {"source": b"text"})
    assert_refused_by(facebook.platform, "bad_image")
    post = await facebook.feed()
    await facebook.get(f"{post}/captions")
    assert_refused_by(facebook.platform, "no_field")


async def test_what_was_posted_is_seen(facebook: Client) -> None:
    photos = [(await facebook.photo(data, published="false", alt_text_custom=alt))["id"]
              for data, alt in ((JPEG, "Cầu <mới>"), (PNG, "Đường"))]  # fmt: skip
    attached = "[" + ",".join(f'{{"media_fbid":"{photo}"}}' for photo in photos) + "]"
    post = await facebook.feed("Hai hình", attached_media=attached)
    await facebook.comment(post, "Nguồn: xã")
    spam = facebook.platform.add_remark(post, "Lừa đảo", "nhận quà", facebook.clock())
    await facebook.post(spam.remote_id, is_hidden="true")
    reel = await facebook.reel(description="Ngắn")
    await captions(facebook, reel, "a.vi_VN.srt", default_locale="vi_VN")
    shown = await facebook.call("GET", "/")
    assert "alt='Cầu &lt;mới&gt;'" in shown and "alt='Đường'" in shown
    assert "<li class='own'><b>" in shown and "Nguồn: xã" in shown
    assert "<li class='hidden'>" in shown and "nhận quà" in shown
    assert "🎬 reel" in shown and "vi_VN (mặc định / default)" in shown
    for photo, kind in zip(photos, ("image/jpeg", "image/png"), strict=True):
        await facebook.call("GET", f"/_sandbox/picture/{facebook.id}_{photo}")
        assert (facebook.answer[0], facebook.answer[2]["Content-Type"]) == (200, kind)
    await facebook.call("GET", f"/_sandbox/picture/{reel}")
    assert facebook.answer[0] == 404
