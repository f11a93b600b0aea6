"""The Facebook adapter's further forms against the stand-in: many pictures, words under an item, new words for one,
acting on comments."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import COMMENT, EDIT, Can, Content
from channels.errors import Rejected, Unclear, Unreachable
from channels.facebook import FacebookChannel
from channels.facebook.composing import FIRST_COMMENT
from channels.sandbox.facebook import FacebookSandbox
from tests.channels.facebook_wire import (
    PAGE,
    Kept,
    Wire,
    clip,
    composed,
    on,
    pictures,
    upright,
)
from tests.conftest import FakeClock

# -- many pictures ------------------------------------------------------------------------------------------------


async def test_many_pictures_are_one_post(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out = composed("Ba hình", *pictures(tmp_path, "Cầu", "Đường", ""), link="https://binhson.example/tin")
    assert out.form == "photos" and Can.PICTURES in page.can
    assert out.payload["message"] == "Ba hình\nhttps://binhson.example/tin"
    notes = await page.prepare(out, {}, Kept())
    assert [i for i in graph.published() if i.live] == [], "nothing is seen before the post"
    sent = await page.submit(out, notes)
    post = graph.items[sent.remote_id]
    names = [one["media_fbid"] for one in json.loads(post.payload["attached_media"])]
    photos = [graph.items[f"{PAGE}_{name}"] for name in names]
    assert [p.payload.get("alt_text_custom") for p in photos] == ["Cầu", "Đường", None]
    assert {p.extra["post"] for p in photos} == {sent.remote_id}
    assert [i.remote_id for i in graph.published() if i.live] == [sent.remote_id]
    found = await page.find_sent(out, notes, clock())
    assert found is not None and found.remote_id == sent.remote_id


async def test_a_restart_goes_on_with_the_next_picture(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    out, kept = composed("a", *pictures(tmp_path, "1", "2", "3")), Kept()
    graph.fail_next("drop_after", match="/photos", times=1)
    with pytest.raises(Unreachable):
        await page.prepare(out, {}, kept)
    assert kept.saved == []
    first = await page.prepare(out, {}, kept)
    assert [len(saved) for saved in kept.saved] == [1, 2, 3]
    assert await page.prepare(out, first, kept) == first
    uploads = graph.calls[f"POST /v26.0/{PAGE}/photos"]
    assert uploads == 4, "the one whose answer was lost, and three"
    clock.forward(hours=21)
    anew = await page.prepare(out, first, kept)
    assert graph.calls[f"POST /v26.0/{PAGE}/photos"] == uploads + 3, "Facebook deletes them after a day"
    assert await page.submit(out, anew)


async def test_a_post_of_pictures_alone_is_told_from_one_of_nothing(
    told: FacebookChannel, wire: Wire, clock: FakeClock, tmp_path: Path
) -> None:
    at = f"{clock():%Y-%m-%dT%H:%M:%S}+0000"
    wire.says({"data": [{"id": "1", "created_time": at, "status_type": "shared_story"},
                        {"id": "2", "created_time": at, "status_type": "added_photos"}]})  # fmt: skip
    for out, name in (
        (composed("", *pictures(tmp_path, "1", "2")), "2"),
        (composed("", link="https://a.example"), "1"),
    ):
        found = await told.find_sent(out, {}, clock())
        assert found is not None and found.remote_id == name


def test_too_many_pictures_are_refused_before_approval(tmp_path: Path) -> None:
    files = tuple(pictures(tmp_path, *(str(n) for n in range(11))))
    assert [p.code for p in FacebookChannel.review(Content("a", media=files))] == ["picture_count"]
    assert FacebookChannel.review(Content("a", media=files[:10])) == []
    mixed = FacebookChannel.review(Content("a", media=(*files[:1], clip(tmp_path))))
    assert [p.code for p in mixed] == ["media_mixed"]


# -- words under an item, and new words ---------------------------------------------------------------------------


async def test_the_first_comment_is_a_delivery_of_its_own(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    content = Content("Bài", options={FIRST_COMMENT: " Nguồn: xã Bình Sơn "})
    (first,) = FacebookChannel.follow_ups(content)
    assert FacebookChannel.follow_ups(Content("Bài")) == ()
    assert FacebookChannel.follow_ups(replace(content, options={**content.options, "form": COMMENT})) == ()
    post = (await page.submit(composed("Bài"), {})).remote_id
    out = FacebookChannel.compose(replace(first, options={**first.options, "target": post}), page.account)
    assert (out.form, out.payload) == (COMMENT, {"target": post, "message": "Nguồn: xã Bình Sơn"})
    graph.fail_next("drop_after", match="/comments")
    with pytest.raises(Unclear):
        await page.submit(out, {})
    found = await page.find_sent(out, {}, clock())
    (remark,) = graph.items[post].remarks
    assert found is not None and (found.remote_id, remark.own, remark.parent_id) == (remark.remote_id, True, "")
    assert await page.poll(out, found, {}) == found
    await page.withdraw(found.remote_id)
    assert remark.removed and await page.find_sent(out, {}, clock()) is None
    await page.withdraw(post)
    assert await page.find_sent(out, {}, clock()) is None
    with pytest.raises(Rejected):
        await page.submit(out, {})


async def test_a_comment_goes_under_a_clip_too(page: FacebookChannel, graph: FacebookSandbox, tmp_path: Path) -> None:
    clip_out = composed("a", clip(tmp_path))
    video = (await page.submit(clip_out, await page.prepare(clip_out, {}, Kept()))).remote_id
    await page.submit(on(video, COMMENT, "Phụ lục"), {})
    assert [r.text for r in graph.items[video].remarks] == ["Phụ lục"]


async def test_what_is_out_is_edited_in_place(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    post = (await page.submit(composed("Cũ"), {})).remote_id
    film = composed("Cũ", clip(tmp_path), title="Tên cũ")
    video = (await page.submit(film, await page.prepare(film, {}, Kept()))).remote_id
    comment = (await page.submit(on(post, COMMENT, "Cũ"), {})).remote_id
    assert not page.withdraws(EDIT) and page.withdraws(COMMENT)
    for target in (post, video, comment):
        out = on(target, EDIT, "Mới\ncó xuống dòng", title="Tên mới")
        assert await page.find_sent(out, {}, clock()) is None
        assert (await page.submit(out, {})).remote_id == target
        found = await page.find_sent(out, {}, clock())
        assert found is not None and found.remote_id == target
        assert (await page.submit(out, {})).remote_id == target, "once more changes nothing"
    assert graph.items[post].text == graph.items[video].text == "Mới\ncó xuống dòng"
    assert graph.items[video].title == "Tên mới"


async def test_a_post_made_elsewhere_is_not_edited(page: FacebookChannel, graph: FacebookSandbox) -> None:
    post = (await page.submit(composed("Cũ"), {})).remote_id
    graph.items[post].history = True
    with pytest.raises(Rejected) as caught:
        await page.submit(on(post, EDIT, "Mới"), {})
    assert "Loa" in caught.value.told.en
    assert await page.find_sent(on("1001_404", EDIT, "Mới"), {}, graph.now()) is None
    with pytest.raises(Rejected):
        await page.submit(on("1001_404", EDIT, "Mới"), {})


async def test_an_edit_that_says_nothing_is_unclear(told: FacebookChannel, wire: Wire) -> None:
    wire.says({})
    with pytest.raises(Unclear):
        await told.submit(on("1001_7", EDIT, "Mới"), {})
    wire.says({"success": False})
    with pytest.raises(Unclear):
        await told.submit(on("1001_7", EDIT, "Mới"), {})


# -- acting on comments -------------------------------------------------------------------------------------------


async def test_a_comment_is_hidden_and_shown_once(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock
) -> None:
    post = (await page.submit(composed(), {})).remote_id
    spam = graph.add_remark(post, "Lừa đảo", "nhận quà", clock())
    for hidden in (True, False):
        for _ in range(2):
            await page.hide_comment(spam.remote_id, hidden)
            assert spam.hidden is hidden
    assert graph.calls[f"POST /v26.0/{spam.remote_id}"] == 2
    own = (await page.submit(on(post, COMMENT, "của Trang"), {})).remote_id
    with pytest.raises(Rejected) as caught:
        await page.hide_comment(own, True)
    assert "own" in caught.value.told.en
    with pytest.raises(Rejected):
        await page.hide_comment("1_404", True)


async def test_a_comment_is_liked_once(page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock) -> None:
    post = (await page.submit(composed(), {})).remote_id
    thanks = graph.add_remark(post, "Người dân", "cảm ơn", clock())
    for liked, likes in ((True, 1), (False, 0)):
        for _ in range(2):
            await page.like_comment(thanks.remote_id, liked)
            assert thanks.likes == likes


async def test_a_missing_right_is_named_and_holds_up_nothing_else(
    page: FacebookChannel, graph: FacebookSandbox, clock: FakeClock
) -> None:
    post = (await page.submit(composed(), {})).remote_id
    remark = graph.add_remark(post, "Người dân", "hỏi", clock())
    graph.accounts[PAGE].extra["lacks"] = {"pages_manage_engagement"}
    for act in (page.hide_comment(remark.remote_id, True), page.like_comment(remark.remote_id, True),
                page.like_comment(remark.remote_id, False)):  # fmt: skip
        with pytest.raises(Rejected) as caught:
            await act
        assert "pages_manage_engagement" in caught.value.told.vi


# -- how they look ------------------------------------------------------------------------------------------------


def test_every_form_is_drawn_and_counted(tmp_path: Path) -> None:
    three = pictures(tmp_path, "1", "2", "3")
    for out, card, files, part, most in (
        (composed("a", *three), "facebook", ["picture"] * 3, "caption", 63_206),
        (composed("a", upright(tmp_path)), "facebook", ["clip"], "description", 63_206),
        (on("1001_7", COMMENT, "a"), "comment", [], "text", 8000),
        (on("1001_7", EDIT, "a"), "facebook", [], "text", 63_206),
        (on("41", EDIT, "a", "Tên"), "facebook", [], "description", 63_206),
    ):
        look, (counted,) = FacebookChannel.look(out), FacebookChannel.counted(out)
        assert look is not None and (look.card, look.text) == (card, "a")
        assert [file.kind for file in look.files] == files
        assert (counted.part, counted.text, counted.limit.most) == (part, "a", most)
