"""What people and the Page write under things, and how it is listed."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.channels.sandbox.facebook_client import Client


async def test_comments_come_in_pages_forward_and_back(facebook: Client) -> None:
    post = await facebook.feed()
    for number in range(7):
        facebook.platform.add_remark(post, f"Người {number}", f"bình luận {number}", facebook.clock())
    body, seen = await facebook.get(f"{post}/comments", limit="3", filter="stream", fields="message"), []
    while True:
        seen.append([r["message"] for r in body["data"]])
        if "next" not in body["paging"]:
            break
        body = await facebook.call("GET", body["paging"]["next"])
    assert seen == [[f"bình luận {n}" for n in part] for part in ([0, 1, 2], [3, 4, 5], [6])]
    body = await facebook.call("GET", body["paging"]["previous"])
    assert [r["message"] for r in body["data"]] == seen[1]
    words = parse_qs(urlsplit(body["paging"]["next"]).query)
    assert words["access_token"] == [facebook.token], "the link holds the token"
    assert words["after"] == [body["paging"]["cursors"]["after"]]


async def test_a_page_has_a_hundred_rows_at_most_and_25_unasked(facebook: Client) -> None:
    post = await facebook.feed()
    for number in range(101):
        facebook.platform.add_remark(post, "Người dân", str(number), facebook.clock())
    assert len((await facebook.get(f"{post}/comments", limit="500"))["data"]) == 100
    assert len((await facebook.get(f"{post}/comments"))["data"]) == 25
    assert (await facebook.get(f"{post}/comments", limit="0"))["data"] == []


async def test_replies_hang_under_the_top_comment(facebook: Client) -> None:
    post = await facebook.feed()
    top = facebook.platform.add_remark(post, "Người dân", "hỏi", facebook.clock()).remote_id
    facebook.clock.forward(minutes=1)
    first = await facebook.comment(top, "đáp")
    facebook.clock.forward(minutes=1)
    second = await facebook.comment(first, "đáp thêm")
    assert [r["id"] for r in (await facebook.get(f"{post}/comments"))["data"]] == [top]
    asked = {"filter": "stream", "order": "reverse_chronological", "summary": "true", "fields": "id,parent{id},from"}
    body = await facebook.get(f"{post}/comments", **asked)
    assert [(r["id"], r.get("parent")) for r in body["data"]] == [
        (second, {"id": top}),
        (first, {"id": top}),
        (top, None),
    ]
    assert body["data"][0]["from"] == {"id": facebook.id, "name": facebook.account.name}
    assert body["summary"] == {"order": "reverse_chronological", "total_count": 3, "can_comment": True}
    assert [r["id"] for r in (await facebook.get(f"{top}/comments"))["data"]] == [first, second]
    since = {"filter": "stream", "since": str(int(facebook.clock().timestamp()))}
    assert [r["id"] for r in (await facebook.get(f"{post}/comments", **since))["data"]] == [second]
    assert (await facebook.get(top, fields="comment_count"))["comment_count"] == 2


async def test_comments_are_hidden_edited_liked_deleted(facebook: Client) -> None:
    post = await facebook.feed()
    theirs, own = facebook.platform.add_remark(post, "Người dân", "hỏi", facebook.clock()), await facebook.comment(post)
    asked = "is_hidden,can_hide,like_count,user_likes,message"
    await facebook.post(theirs.remote_id, is_hidden="true")
    for _ in range(2):
        await facebook.post(f"{theirs.remote_id}/likes")
    read = await facebook.get(theirs.remote_id, fields=asked)
    assert (read["is_hidden"], read["can_hide"], read["like_count"], read["user_likes"]) == (True, True, 1, True)
    await facebook.post(theirs.remote_id, is_hidden="false")
    await facebook.delete(f"{theirs.remote_id}/likes")
    read = await facebook.get(theirs.remote_id, fields=asked)
    assert (read["is_hidden"], read["like_count"], read["user_likes"]) == (False, 0, False)
    await facebook.post(own, message="sửa", is_hidden="true")
    read = await facebook.get(own, fields=asked)
    assert (read["message"], read["can_hide"], read["is_hidden"]) == ("sửa", False, True), "unverified, so taken"
    assert await facebook.delete(theirs.remote_id) == {"success": True}
    assert [r["id"] for r in (await facebook.get(f"{post}/comments"))["data"]] == [own]


async def test_an_author_may_be_missing_and_a_comment_be_a_picture(facebook: Client) -> None:
    post = await facebook.feed()
    facebook.platform.add_remark(post, "", "giấu tên", facebook.clock())
    picture = await facebook.comment(post, "", attachment_url="https://binhson.example/a.png")
    first, second = (await facebook.get(f"{post}/comments", fields="from,attachment"))["data"]
    assert "from" not in first
    assert second["attachment"] == {"type": "photo", "url": "https://binhson.example/a.png"}
    assert second["id"] == picture


async def test_a_clip_and_a_photo_have_comments_too(facebook: Client) -> None:
    for thing in ((await facebook.video())["id"], (await facebook.photo())["id"]):
        comment = await facebook.comment(thing)
        assert [r["id"] for r in (await facebook.get(f"{facebook.id}_{thing}/comments"))["data"]] == [comment]


async def test_people_are_blocked_and_let_in_again(facebook: Client) -> None:
    assert await facebook.post(f"{facebook.id}/blocked", psid='["7","8"]') == {"7": True, "8": True}
    assert await facebook.ids("blocked") == ["7", "8"]
    await facebook.delete(f"{facebook.id}/blocked", psid="7")
    assert await facebook.ids("blocked") == ["8"]
