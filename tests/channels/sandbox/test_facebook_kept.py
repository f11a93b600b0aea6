"""What is written to Facebook's stand-in is read back: posts, photos, schedules, edits."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from channels.sandbox.core import Item
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.facebook_client import JPEG, PNG, Client


async def test_what_was_posted_is_read_back(facebook: Client) -> None:
    post = await facebook.feed("Thông báo")
    facebook.clock.forward(minutes=1)
    photo = await facebook.photo(caption="Hình", alt_text_custom="mô tả")
    assert photo["post_id"] == f"{facebook.id}_{photo['id']}"
    found = await facebook.rows("published_posts", fields="id,message,status_type")
    assert [(r["id"], r["message"], r["status_type"]) for r in found] == [
        (photo["post_id"], "Hình", "added_photos"),
        (post, "Thông báo", "mobile_status_update"),
    ]
    node = await facebook.get(photo["id"], fields="id,name,alt_text_custom,page_story_id")
    assert node == {
        "id": photo["id"],
        "name": "Hình",
        "alt_text_custom": "mô tả",
        "page_story_id": photo["post_id"],
    }
    kept = facebook.platform.items[photo["post_id"]].payload
    assert kept["media_sha256"] == hashlib.sha256(JPEG).hexdigest()
    assert "access_token" not in kept
    assert await facebook.delete(post) == {"success": True}
    assert await facebook.ids("published_posts") == [photo["post_id"]]


async def test_every_body_form_is_taken(facebook: Client) -> None:
    body = {"message": "JSON", "published": True, "link": None, "access_token": facebook.token}
    post = (await facebook.call("POST", f"/v26.0/{facebook.id}/feed", json=body))["id"]
    assert (await facebook.get(post, fields="message"))["message"] == "JSON"
    query = {"message": "Địa chỉ", "access_token": facebook.token}
    post = (await facebook.call("POST", f"/v26.0/{facebook.id}/feed", params=query))["id"]
    assert (await facebook.get(post, fields="message"))["message"] == "Địa chỉ"
    header = {"Authorization": f"Bearer {facebook.token}"}
    post = (await facebook.call("POST", f"/v26.0/{facebook.id}/feed", data={"message": "Form"}, headers=header))["id"]
    assert (await facebook.get(post, fields="message"))["message"] == "Form"


async def test_a_write_reads_back_what_it_names(facebook: Client) -> None:
    made = await facebook.post(f"{facebook.id}/feed", message="a", fields="id,permalink_url,message")
    assert made == {"id": made["id"], "permalink_url": facebook.platform.items[made["id"]].permalink, "message": "a"}
    photo = await facebook.photo(fields="link")
    assert set(photo) == {"id", "post_id", "link"}
    assert (await facebook.video(title="Clip", fields="title"))["title"] == "Clip"


@pytest.mark.parametrize("word", ["caption", "message", "name"])
async def test_the_older_words_for_a_caption_are_taken(facebook: Client, word: str) -> None:
    photo = await facebook.photo(**{word: "Hình"})
    assert (await facebook.get(photo["post_id"], fields="message"))["message"] == "Hình"


async def test_photos_come_by_address_and_in_other_kinds(facebook: Client, facebook_files: str) -> None:
    photo = await facebook.post(f"{facebook.id}/photos", url=f"{facebook_files}/a.png")
    assert facebook.platform.items[photo["post_id"]].picture == PNG
    for data in (b"GIF89a", b"BM" + b"\0" * 40, b"II*\0aa", b"MM\0*aa"):
        assert "id" in await facebook.photo(data)


async def test_a_link_is_scraped_and_kept(facebook: Client, facebook_files: str) -> None:
    post = await facebook.feed("xem", link=f"{facebook_files}/a.png")
    assert (await facebook.get(post, fields="status_type"))["status_type"] == "shared_story"
    assert facebook.platform.items[post].link == f"{facebook_files}/a.png"
    assert await facebook.feed("", link="https://binhson.example/tin"), "a link alone is a post"


@pytest.mark.parametrize("form", ["list", "keys"])
async def test_photos_are_attached_in_order(facebook: Client, form: str) -> None:
    pictures = [JPEG + bytes([n]) for n in range(11)]
    photos = [await facebook.photo(data, published="false") for data in pictures]
    assert all(set(p) == {"id"} for p in photos), "an unpublished photo has no post"
    assert await facebook.ids("feed") == [], "and is none"
    media = [json.dumps({"media_fbid": p["id"]}) for p in photos]
    words = {f"attached_media[{n}]": one for n, one in enumerate(media)}
    post = await facebook.feed("Ảnh", **(words if form == "keys" else {"attached_media": f"[{','.join(media)}]"}))
    hashes = [hashlib.sha256(data).hexdigest() for data in pictures]
    assert facebook.platform.items[post].payload["media_sha256"].split(",") == hashes
    assert await facebook.ids("feed") == [post]
    assert (await facebook.get(post, fields="status_type"))["status_type"] == "added_photos"
    assert (await facebook.get(photos[0]["id"]))["id"] == photos[0]["id"], "the photo itself stays"


async def test_photos_alone_are_a_post(facebook: Client) -> None:
    photo = await facebook.photo(published="false")
    media = json.dumps([{"media_fbid": photo["id"]}])
    assert await facebook.feed("", attached_media=media)


async def test_an_unused_photo_lives_a_day(facebook: Client) -> None:
    photo = await facebook.photo(published="false")
    facebook.clock.forward(hours=24)
    assert (await facebook.get(photo["id"]))["id"] == photo["id"]
    facebook.clock.forward(seconds=1)
    await facebook.get(photo["id"])
    assert_refused_by(facebook.platform, "missing")


async def test_a_photo_without_story_is_no_post(facebook: Client) -> None:
    photo = await facebook.photo(no_story="true")
    assert set(photo) == {"id"}
    assert await facebook.ids("published_posts") == []


async def test_a_scheduled_post_waits_can_be_moved_and_appears(facebook: Client) -> None:
    post = await facebook.feed("sau", published="false", scheduled_publish_time=facebook.ahead(hours=1))
    asked = "is_published,scheduled_publish_time"
    assert await facebook.ids("scheduled_posts") == [post]
    assert await facebook.ids("published_posts") == []
    assert (await facebook.get(post, fields=asked)) == {
        "id": post,
        "is_published": False,
        "scheduled_publish_time": int(facebook.ahead(hours=1)),
    }
    assert await facebook.post(post, scheduled_publish_time=facebook.ahead(hours=2)) == {"success": True}
    facebook.clock.forward(hours=1, minutes=59)
    assert await facebook.ids("published_posts") == []
    facebook.clock.forward(minutes=1)
    assert await facebook.ids("published_posts") == [post]
    assert await facebook.ids("scheduled_posts") == []
    read = await facebook.get(post, fields=f"{asked},created_time")
    assert read == {"id": post, "is_published": True, "created_time": f"{facebook.clock():%Y-%m-%dT%H:%M:%S}+0000"}
    assert [i.state for i in facebook.platform.published()] == ["live"]


async def test_a_waiting_post_can_go_out_now(facebook: Client) -> None:
    post = await facebook.feed("sau", published="false", scheduled_publish_time=facebook.ahead(hours=1))
    facebook.clock.forward(minutes=5)
    await facebook.post(post, is_published="true")
    read = await facebook.get(post, fields="is_published,created_time")
    assert read["is_published"] is True
    assert read["created_time"] == f"{facebook.clock():%Y-%m-%dT%H:%M:%S}+0000"


async def test_an_unpublished_post_is_on_the_feed_alone_and_can_be_scheduled(facebook: Client) -> None:
    post = await facebook.feed("nháp", published="false")
    assert (await facebook.ids("feed"), await facebook.ids("published_posts"), await facebook.ids("posts")) == (
        [post],
        [],
        [],
    )
    await facebook.post(post, scheduled_publish_time=facebook.ahead(hours=1))
    assert await facebook.ids("scheduled_posts") == [post]


async def test_photos_go_with_a_scheduled_post(facebook: Client) -> None:
    photo = await facebook.photo(published="false", temporary="true")
    post = await facebook.feed(
        "sau",
        attached_media=json.dumps([{"media_fbid": photo["id"]}]),
        published="false",
        scheduled_publish_time=facebook.ahead(days=2),
        unpublished_content_type="SCHEDULED",
    )
    facebook.clock.forward(days=2)
    assert await facebook.ids("published_posts") == [post]
    assert facebook.platform.items[post].picture == JPEG


async def test_a_scheduled_photo_has_only_its_id(facebook: Client) -> None:
    photo = await facebook.photo(caption="sau", published="false", scheduled_publish_time=facebook.ahead(hours=1))
    assert set(photo) == {"id"}
    assert await facebook.ids("scheduled_posts") == [f"{facebook.id}_{photo['id']}"]


async def test_a_post_is_edited_pinned_hidden(facebook: Client) -> None:
    post = await facebook.feed("cũ")
    facebook.clock.forward(minutes=3)
    assert await facebook.post(post, message="mới", is_pinned="true") == {"success": True}
    read = await facebook.get(post, fields="message,created_time,updated_time,is_hidden")
    assert read["message"] == "mới"
    assert read["created_time"] != read["updated_time"] == f"{facebook.clock():%Y-%m-%dT%H:%M:%S}+0000"
    assert facebook.platform.items[post].pinned and facebook.platform.items[post].payload["message"] == "mới"
    await facebook.post(post, is_pinned="false", is_hidden="true")
    assert not facebook.platform.items[post].pinned
    assert (await facebook.get(post, fields="is_hidden,is_published")) == {
        "id": post,
        "is_hidden": True,
        "is_published": True,
    }
    assert await facebook.ids("published_posts") == []
    assert await facebook.ids("published_posts", include_hidden="true") == [post]
    await facebook.post(post, is_hidden="false")
    assert await facebook.ids("published_posts") == [post]


async def test_photos_of_a_post_can_be_changed(facebook: Client) -> None:
    first, second = await facebook.photo(published="false"), await facebook.photo(PNG, published="false")
    post = await facebook.feed("hình", attached_media=json.dumps([{"media_fbid": first["id"]}]))
    both = json.dumps([{"media_fbid": second["id"]}, {"media_fbid": first["id"]}])
    await facebook.post(post, attached_media=both)
    wanted = ",".join(hashlib.sha256(data).hexdigest() for data in (PNG, JPEG))
    assert facebook.platform.items[post].payload["media_sha256"] == wanted


async def test_captions_and_titles_are_edited_under_their_own_names(facebook: Client) -> None:
    photo, video = await facebook.photo(caption="a"), await facebook.video(title="t", description="d")
    await facebook.post(photo["post_id"], message="b")
    assert facebook.platform.items[photo["post_id"]].payload["caption"] == "b"
    await facebook.post(video["id"], description="e", name="u")
    read = await facebook.get(video["id"], fields="title,description")
    assert (read["title"], read["description"]) == ("u", "e")


async def test_history_stays_but_can_be_deleted(facebook: Client) -> None:
    old = Item(f"{facebook.id}_1", facebook.id, "feed", {}, facebook.clock() - timedelta(days=20), text="cũ")
    facebook.platform.seed_history([old])
    await facebook.post(old.remote_id, is_pinned="true")
    assert_refused_by(facebook.platform, "removed")
    assert await facebook.delete(old.remote_id) == {"success": True}
    assert facebook.platform.published() == []
