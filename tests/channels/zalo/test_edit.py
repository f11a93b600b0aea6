"""New words for an article that is out: the whole of it goes again, and nothing that nobody changed is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.base import MediaFile, Outgoing, Sent
from channels.errors import Rejected, Unclear
from channels.http import Door
from channels.sandbox.zalo import ZaloSandbox
from channels.zalo import ZaloChannel
from tests.channels.zalo.wire import adapter, clip_in, composed, forget, picture_at, published
from tests.conftest import FakeClock

UPDATE = "POST /v2.0/article/update"


def edit(target: str, *media: MediaFile, text: str = "Lời mới", title: str = "Tên mới", **options: str) -> Outgoing:
    return composed(*media, text=text, title=title, options={"form": "edit", "target": target, **options})


async def changed(channel: ZaloChannel, out: Outgoing) -> Sent:
    notes = await channel.prepare(out, {}, forget)
    sent = await channel.submit(out, notes)
    return await channel.poll(out, sent, {**notes, **sent.notes})


@pytest.fixture
async def channel(platform: ZaloSandbox, door: Door, clock: FakeClock) -> ZaloChannel:
    return adapter(platform, door, clock)


@pytest.fixture
async def made(channel: ZaloChannel, files: str) -> Sent:
    cover, other = picture_at(f"{files}/a.jpg"), picture_at(f"{files}/b.jpg", "Sơ đồ")
    return await published(channel, composed(cover, other, text="Lời cũ", title="Tên cũ"))


async def test_new_words_leave_the_pictures_as_they_were(
    platform: ZaloSandbox, channel: ZaloChannel, made: Sent, files: str
) -> None:
    done = await changed(channel, edit(made.remote_id))
    assert (done.remote_id, done.processing, done.permalink) == (made.remote_id, False, made.permalink)
    item = platform.items[made.remote_id]
    assert (item.title, item.payload["description"], item.payload["author"]) == ("Tên mới", "Lời mới", "UBND Phường")
    assert item.payload["cover"]["photo_url"] == f"{files}/a.jpg"
    assert item.payload["body"] == [
        {"type": "text", "content": "<p>Lời mới</p>"},
        {"type": "image", "url": f"{files}/b.jpg", "caption": "Sơ đồ"},
    ]
    assert len(platform.published()) == 1


async def test_new_pictures_take_the_place_of_the_old(
    platform: ZaloSandbox, channel: ZaloChannel, made: Sent, files: str
) -> None:
    await changed(channel, edit(made.remote_id, picture_at(f"{files}/c.jpg"), picture_at(f"{files}/d.jpg")))
    payload = platform.items[made.remote_id].payload
    assert payload["cover"]["photo_url"] == f"{files}/c.jpg"
    assert [b["url"] for b in payload["body"] if b["type"] == "image"] == [f"{files}/d.jpg"]


async def test_it_is_hidden_and_shown_again_as_it_is_said(
    platform: ZaloSandbox, channel: ZaloChannel, made: Sent
) -> None:
    item = platform.items[made.remote_id]
    await changed(channel, edit(made.remote_id, status="hide", comment="hide"))
    assert (item.state, item.payload["comment"]) == ("hidden", "hide")
    await changed(channel, edit(made.remote_id))
    assert (item.state, item.payload["comment"]) == ("live", "show")


async def test_a_clip_stays_in_its_article(
    platform: ZaloSandbox, channel: ZaloChannel, files: str, tmp_path: Path
) -> None:
    first = composed(clip_in(tmp_path), picture_at(f"{files}/a.jpg"))
    notes = await channel.prepare(first, {}, forget)
    sent = await channel.submit(first, notes)
    made = await channel.poll(first, sent, sent.notes)
    for out in (edit(made.remote_id), edit(made.remote_id, *first.media)):
        await changed(channel, out)
        payload = platform.items[made.remote_id].payload
        assert (payload["type"], payload["video_id"]) == ("video", notes["video_id"])
        assert (payload["description"], payload["avatar"]) == ("Lời mới", f"{files}/a.jpg")
    assert len(platform.assets) == 1, "the clip was not uploaded again"
    with pytest.raises(Rejected, match="too long"):
        await channel.prepare(edit(made.remote_id, text="x" * 251), {}, forget)


async def test_a_clip_within_an_article_stays_there_too(
    platform: ZaloSandbox, channel: ZaloChannel, files: str, tmp_path: Path
) -> None:
    first = composed(clip_in(tmp_path), picture_at(f"{files}/a.jpg"), text="Dài " * 100)
    notes = await channel.prepare(first, {}, forget)
    sent = await channel.submit(first, notes)
    made = await channel.poll(first, sent, sent.notes)
    video = {"type": "video", "video_id": notes["video_id"], "thumb": f"{files}/a.jpg"}
    assert video in platform.items[made.remote_id].payload["body"]
    await changed(channel, edit(made.remote_id))
    assert platform.items[made.remote_id].payload["body"] == [{"type": "text", "content": "<p>Lời mới</p>"}, video]


async def test_a_lost_answer_is_read_back_and_said_again_without_harm(
    platform: ZaloSandbox, channel: ZaloChannel, made: Sent, clock: FakeClock
) -> None:
    out = edit(made.remote_id)
    notes = await channel.prepare(out, {}, forget)
    platform.fail_next("drop_after", match="update")
    with pytest.raises(Unclear):
        await channel.submit(out, notes)
    assert await channel.find_sent(out, notes, clock()) is None, "the token that was lost would have ended it"
    await changed(channel, out)
    found = await channel.find_sent(out, notes, clock(), besides=[made.remote_id])
    assert found == Sent(remote_id=made.remote_id)
    assert platform.calls[UPDATE] == 2
    for other in ({"text": "Khác"}, {"title": "Khác"}, {"status": "hide"}, {"comment": "hide"}):
        assert await channel.find_sent(edit(made.remote_id, **other), notes, clock()) is None, other
    cover = edit(made.remote_id, picture_at("https://x.vn/other.jpg"))
    assert await channel.find_sent(cover, notes, clock()) is None


@pytest.mark.parametrize(
    ("detail", "sent"),
    [
        ({"type": "normal", "cover": {"cover_type": "photo", "photo_url": "https://z.vn/a"}},
         {"status": "show", "comment": "show", "cover": {"cover_type": "photo", "photo_url": "https://z.vn/a",
                                                          "status": "show"}}),
        ({"video_id": "v", "status": "hide", "total_view": 7, "create_date": 1}, {"type": "video", "status": "show",
                                                                                   "description": "Lời mới"}),
        ({"type": "normal", "body": ["junk", {"type": "product", "id": "p"}], "related_medias": ["a"]},
         {"body": [{"type": "text", "content": "<p>Lời mới</p>"}, {"type": "product", "id": "p"}],
          "related_medias": ["a"]}),
        ({"type": "normal", "body": None, "cover": None, "author": None}, {"author": "UBND Phường"}),
    ],
)  # fmt: skip
async def test_whatever_zalo_tells_of_an_article_only_what_update_takes_goes_back(
    detail: dict[str, Any], sent: dict[str, Any], told: Any
) -> None:
    server, channel = told
    server.say({"error": 0, "data": detail}, {"error": 0, "data": {"token": "t"}})
    out = edit("art_1")
    await channel.submit(out, await channel.prepare(out, {}, forget))
    body = server.posted(1)
    assert {name: body[name] for name in sent} == sent
    assert (body["id"], body["title"]) == ("art_1", "Tên mới")
    assert not body.keys() & {"total_view", "create_date", "before", "cover" if detail.get("cover") is None else ""}


async def test_an_edit_alone_is_no_item_that_could_be_taken_down(channel: ZaloChannel) -> None:
    assert [channel.withdraws(form) for form in ("article", "video_article", "edit", "broadcast", "reply")] == [
        True, True, False, False, False]  # fmt: skip
    assert edit("art_1").payload == {
        "id": "art_1", "title": "Tên mới", "description": "Lời mới", "author": "UBND Phường",
        "status": "show", "comment": "show",
        "body": [{"type": "text", "content": "<p>Lời mới</p>"}]}  # fmt: skip
