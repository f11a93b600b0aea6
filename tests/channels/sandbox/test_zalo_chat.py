"""Zalo's chats: what is said is read back, windows and quotas, citizens and tags, signed events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sandbox.zalo import signature
from channels.sandbox.zalo.messages import Group, Template
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.test_zalo import (
    BILL,
    CS,
    GIF,
    JPEG,
    OLD,
    PROMOTION,
    Oa,
    file,
    media,
    oa,
    promote,
)

__all__ = ["oa"]

RECENT, TALK = "/v2.0/oa/listrecentchat", "/v2.0/oa/conversation"
QUOTA = "/v3.0/oa/quota/message"


# -- chats ----------------------------------------------------------------------------------------------------------


async def test_both_sides_of_a_chat_are_read_back(oa: Oa) -> None:
    heard = oa.hear("Lan", "Đường ngập")
    oa.clock.forward(minutes=1)
    sent = (await oa.say({"user_id": heard.author_id}))["data"]
    assert sent == {"message_id": sent["message_id"], "user_id": heard.author_id,
                    "sent_time": str(int(oa.clock().timestamp() * 1000)),
                    "quota": {"quota_type": "reply", "remain": 8, "total": 8}}  # fmt: skip
    mine, theirs = await oa.ask(TALK, user_id=heard.author_id, offset=0, count=10)
    assert (mine["src"], mine["message"], mine["message_id"]) == (0, "Đã nhận", sent["message_id"])
    assert (mine["from_id"], mine["to_id"], mine["to_display_name"]) == (oa.id, heard.author_id, "Lan")
    picture = "https://media.zalo.example/{}.jpg".format
    assert theirs == {
        "src": 1, "time": int(heard.at.timestamp() * 1000), "type": "text", "message": "Đường ngập",
        "message_id": heard.remote_id, "from_id": heard.author_id, "from_display_name": "Lan",
        "from_avatar": picture(heard.author_id), "to_id": oa.id, "to_display_name": oa.account.name,
        "to_avatar": picture(oa.id)}  # fmt: skip
    assert int(heard.author_id) > 2**53


async def test_recent_messages_are_of_all_people_newest_first(oa: Oa) -> None:
    for number in range(12):
        oa.hear("Lan" if number % 2 else "Minh", f"Tin {number}")
        oa.clock.forward(seconds=number % 3)  # some at the same moment
    first, rest = await oa.ask(RECENT, offset=0, count=10), await oa.ask(RECENT, offset=10, count=10)
    assert [row["message"] for row in first + rest] == [f"Tin {n}" for n in range(11, -1, -1)]
    lan = oa.platform.citizen(oa.id, "Lan").user_id
    assert [r["message"] for r in await oa.ask(TALK, user_id=lan, offset=1, count=2)] == ["Tin 9", "Tin 7"]
    assert len(await oa.ask(RECENT)) == 10


async def test_media_are_kept_with_their_message(oa: Oa) -> None:
    photo = {"url": "https://x.example/a.jpg", "thumb": "https://x.example/t.jpg", "description": "ngập"}
    heard = oa.platform.add_message(oa.id, "Lan", "", oa.clock(), kind="photo", more=photo)
    oa.clock.forward(seconds=1)
    place = {"location": {"latitude": 21.0, "longitude": 105.8}}
    oa.platform.add_message(oa.id, "Lan", "", oa.clock(), kind="location", more=place)
    user, sent = heard.author_id, []
    image, gif = await oa.attach("image", JPEG, "a.jpg"), await oa.attach("gif", GIF, "a.gif")
    paper = await oa.attach("file", b"%PDF", "a.pdf")
    for message in (
        media(media_type="image", url=f"{oa.files}/a.jpg") | {"text": "Ảnh"},
        media(media_type="image", attachment_id=image),
        media(media_type="gif", attachment_id=gif, width=10, height="10"),
        media(media_type="sticker", attachment_id="st1"),
        file(paper),
        {"text": "Trả lời", "quote_message_id": heard.remote_id},
        {"text": "Trả lời", "react_message_id": heard.remote_id},
    ):
        oa.clock.forward(seconds=1)
        sent.append((await oa.say({"user_id": user}, message))["data"]["message_id"])
    rows = (await oa.ask(TALK, user_id=user))[::-1]
    assert {n: rows[0][n] for n in ("type", *photo)} == {"type": "photo", **photo}
    assert (rows[1]["type"], rows[1]["location"]) == ("location", place["location"])
    assert [r["message_id"] for r in rows[2:]] == sent
    assert [r["type"] for r in rows[2:]] == ["photo", "photo", "GIF", "sticker", "file", "text", "text"]
    assert (rows[2]["message"], rows[2]["url"]) == ("Ảnh", f"{oa.files}/a.jpg")
    assert [r["url"].rsplit("example/", 1)[1] for r in rows[3:7]] == [image, gif, "st1", paper]
    assert [oa.platform.said[m].get("quote_msg_id") for m in sent[-2:]] == [heard.remote_id] * 2


async def test_an_attachment_lives_for_seven_days(oa: Oa) -> None:
    image = await oa.attach("image", JPEG, "a.jpg")
    oa.later(days=6, hours=23, minutes=59)
    await oa.say({"user_id": oa.hear().author_id}, media(media_type="image", attachment_id=image))
    assert oa.answer["error"] == 0


async def test_a_chat_is_its_oas_alone(oa: Oa) -> None:
    heard = oa.hear()
    other = oa.platform.add_oa("2", "Khác", app_id="43", app_secret="s")
    oa.token = other.extra["access"]
    assert await oa.ask(RECENT) == []
    await oa.say({"message_id": heard.remote_id})
    assert oa.answer["error"] == -201
    await oa.say({"user_id": heard.author_id})
    assert_refused_by(oa.platform, "follow")


async def test_a_reaction_is_kept_and_taken_back(oa: Oa) -> None:
    heard = oa.hear()

    async def react(icon: str) -> None:
        action = {"react_icon": icon, "react_message_id": heard.remote_id}
        await oa.post(OLD, {"recipient": {"user_id": heard.author_id}, "sender_action": action})

    for _ in range(50):
        await react("/-heart")
    assert (oa.answer["error"], oa.platform.said[heard.remote_id]["reactions"]) == (0, ["/-heart"] * 50)
    await react("/-remove")
    assert oa.platform.said[heard.remote_id]["reactions"] == []


# -- windows and quotas ---------------------------------------------------------------------------------------------


async def test_after_two_days_the_package_pays_then_it_is_charged(oa: Oa) -> None:
    oa.extra["sub_quota"] = {"remain": 1, "total": 500, "expired_date": "31/12/2026"}
    heard = oa.hear()
    oa.later(hours=48, seconds=1)
    first = (await oa.say({"user_id": heard.author_id}))["data"]["quota"]
    assert first == {"quota_type": "sub_quota", "remain": 0, "total": 500, "expired_date": "31/12/2026"}
    assert "quota" not in (await oa.say({"user_id": heard.author_id}))["data"]
    assert (await oa.post(QUOTA, {"quota_owner": "OA"}))["data"] == [
        {"asset_id": f"as_{oa.id}", "product_type": "cs", "quota_type": "sub_quota", "valid_through": "31/12/2026",
         "total": 500, "remain": 0}]  # fmt: skip
    assert (await oa.post(QUOTA, {"quota_owner": "App", "product_type": "cs"}))["data"] == []
    assert (await oa.post(QUOTA, {"quota_owner": "OA", "product_type": "promotion"}))["data"] == []


async def test_a_fresh_follower_may_be_welcomed_three_times(oa: Oa) -> None:
    user, followers = oa.follower(), oa.account.followers
    kinds = [(await oa.say({"user_id": user}))["data"]["quota"] for _ in range(4)]
    assert [(q["quota_type"], q["remain"]) for q in kinds] == [
        ("welcome_msg", 2), ("welcome_msg", 1), ("welcome_msg", 0), ("reply", 8)]  # fmt: skip
    oa.follower()
    assert oa.account.followers == followers, "who follows already is not counted again"
    oa.platform.unfollow(oa.id, "Lan")
    assert oa.account.followers == followers - 1


async def test_eight_answers_to_one_message(oa: Oa) -> None:
    heard, other = oa.hear(), oa.hear(text="Còn đây")
    left = [(await oa.say({"message_id": heard.remote_id}))["data"]["quota"]["remain"] for _ in range(8)]
    assert left == [7, 6, 5, 4, 3, 2, 1, 0]
    await oa.say({"message_id": heard.remote_id})
    assert_refused_by(oa.platform, "reply_quota")
    assert (await oa.say({"message_id": other.remote_id}))["error"] == 0
    asked = await oa.post("/v2.0/oa/quota/message", {"message_id": heard.remote_id})
    assert asked["data"] == {"type": "reply", "remain": 0, "total": 8}


@pytest.mark.parametrize("how", ["message", "follow", "click", "comment", "info"])
async def test_every_interaction_opens_the_window(how: str, oa: Oa) -> None:
    oa.hear()
    article = await oa.publish()
    oa.later(days=8)
    at, platform = oa.clock(), oa.platform
    match how:
        case "message":
            oa.hear()
        case "follow":
            oa.follower()
        case "click":
            platform.click(oa.id, "Lan", at)
        case "comment":
            platform.add_remark(article, "Lan", "Hay", at)
        case "info":
            platform.submit_info(oa.id, "Lan", {"phone": "84900000000"}, at)
    assert (await oa.say({"user_id": platform.citizen(oa.id, "Lan").user_id}))["error"] == 0


async def test_the_quota_of_a_person(oa: Oa) -> None:
    oa.extra["oa_type"] = 2
    user = oa.follower()
    told = (await oa.post(QUOTA, {"user_id": user}))["data"]
    assert told == {
        "last_interaction": str(int(oa.clock().timestamp() * 1000)), "cs_reply": {"remain": 8, "total": 8},
        "promotion": {"daily_remain": 1, "daily_total": 1, "monthly_remain": 6, "monthly_total": 6}}  # fmt: skip
    await promote(oa, user)
    assert (oa.answer["error"], "quota" in oa.answer["data"]) == (0, False)
    left = (await oa.post(QUOTA, {"user_id": user}))["data"]["promotion"]
    assert (left["daily_remain"], left["monthly_remain"]) == (0, 5)
    old = await oa.post("/v2.0/oa/quota/message", {"user_id": user, "type": "promotion"})
    assert old["data"] == {"type": "promotion", "remain": 5, "total": 6}
    assert (await oa.post("/v2.0/oa/quota/message", {}))["data"] == {"type": "sub_quota", "remain": 0, "total": 0}
    oa.later(hours=15, minutes=59)
    assert (await oa.post(QUOTA, {"user_id": user}))["data"]["promotion"]["daily_remain"] == 0
    oa.later(minutes=1)  # midnight in Hanoi
    assert (await oa.post(QUOTA, {"user_id": user}))["data"]["promotion"]["daily_remain"] == 1


@pytest.mark.parametrize(("followers", "most"), [(9_999, 500), (20_000, 1_000)])
async def test_promotions_of_a_day_follow_the_number_of_followers(followers: int, most: int, oa: Oa) -> None:
    oa.extra["oa_type"], oa.account.followers = 2, followers
    oa.platform.spent["promotion_quota", oa.id, "2026-11-24"] = most - 1
    await promote(oa, oa.follower("Lan"))
    assert oa.answer["error"] == 0
    await promote(oa, oa.follower("Minh"))
    assert_refused_by(oa.platform, "promotion_quota")


async def test_transactions_and_templates_are_kept_in_the_chat(oa: Oa) -> None:
    heard = oa.hear()
    oa.later(days=300)
    oa.extra |= {"zca": "z1", "money": 2}
    oa.platform.templates["t1"] = Template(oa.id, frozenset({"name"}), uid=True)
    await oa.say({"user_id": heard.author_id}, BILL, "/v3.0/oa/message/transaction")
    assert oa.answer["error"] == 0
    oa.clock.forward(seconds=1)
    body = {"user_id": heard.author_id, "template_id": "t1", "template_data": {"name": "Lan"}}
    sent = (await oa.post("/v3.0/oa/message/template", body))["data"]
    assert sent["quota"] == {"quota_type": "purchase_quota", "remain": 1}
    await oa.post("/v3.0/oa/message/template", {**body, "template_data": {}})
    assert oa.answer["error"] == -201
    rows = await oa.ask(TALK, user_id=heard.author_id)
    assert [r["type"] for r in rows[:2]] == ["template", "transaction"]
    assert oa.platform.said[sent["message_id"]]["payload"] == {"name": "Lan"}
    assert oa.platform.said[rows[1]["message_id"]]["payload"] == BILL["attachment"]["payload"] | {
        "elements": list(BILL["attachment"]["payload"]["elements"])}  # fmt: skip


# -- groups, visitors ------------------------------------------------------------------------------------------------


async def test_a_group_is_written_to_until_its_asset_ends(oa: Oa) -> None:
    oa.platform.groups["g1"] = group = Group(oa.id, oa.clock() + timedelta(hours=1))
    sent = (await oa.say({"group_id": "g1"}, {"text": "Họp 8 giờ"}, "/v3.0/oa/group/message"))["data"]
    assert [(mid, message.text) for mid, message in group.messages] == [(sent["message_id"], "Họp 8 giờ")]
    assert sent["group_id"] == "g1"


async def test_a_visitor_of_the_website_is_answered(oa: Oa) -> None:
    who, conversation = oa.platform.visit(oa.id, "Cho hỏi")
    recipient = {"anonymous_id": who, "conversation_id": conversation}
    sent = (await oa.say(recipient, {"text": "Vâng"}, OLD))["data"]
    assert sent == {"message_id": sent["message_id"], **recipient}


# -- people ---------------------------------------------------------------------------------------------------------


async def test_the_oas_profile(oa: Oa) -> None:
    told = (await oa.get("/v2.0/oa/getoa"))["data"]
    assert (told["oa_id"], told["name"], told["num_follower"]) == (oa.id, oa.account.name, 88_400)
    assert (told["is_verified"], told["oa_type"], told["package_name"]) == (True, 4, "Growth")
    oa.extra |= {"unverified": True, "zca": "z1"}
    told = (await oa.get("/v2.0/oa/getoa"))["data"]
    assert (told["is_verified"], told["linked_ZCA"]) == (False, "z1")


async def listed(oa: Oa, **words: Any) -> list[str]:
    data = await oa.ask("/v3.0/oa/user/getlist", **words)
    assert data["count"] == len(data["users"])
    names = {p.user_id: p.name for p in oa.platform.people[oa.id].values()}
    return [names[row["user_id"]] for row in data["users"]]


async def test_users_are_listed_by_what_is_asked(oa: Oa) -> None:
    for name, days in (("Lan", 0), ("Minh", 1), ("Hoa", 1), ("An", 6)):
        oa.later(days=days)
        oa.follower(name) if name != "Hoa" else oa.hear(name)
    oa.platform.citizen(oa.id, "Chưa gì")
    assert await listed(oa) == ["Lan", "Minh", "Hoa", "An", "Chưa gì"]
    assert await listed(oa, offset=1, count=2) == ["Minh", "Hoa"]
    assert (await oa.ask("/v3.0/oa/user/getlist", offset=1, count=2))["total"] == 5
    assert await listed(oa, is_follower="true") == ["Lan", "Minh", "An"]
    assert await listed(oa, is_follower="false") == ["Hoa", "Chưa gì"]
    assert await listed(oa, last_interaction_period="TODAY") == ["An"]
    assert await listed(oa, last_interaction_period="L7D") == ["Hoa", "An"]
    assert await listed(oa, last_interaction_period="L30D") == ["Lan", "Minh", "Hoa", "An"]
    assert await listed(oa, last_interaction_period="2026_11_24:2026_11_25") == ["Lan", "Minh"]
    oa.later(days=1)
    assert await listed(oa, last_interaction_period="YESTERDAY") == ["An"]
    old = await oa.ask("/v2.0/oa/getfollowers", offset=1, count=1)
    assert (old["total"], old["followers"]) == (3, [{"user_id": oa.platform.citizen(oa.id, "Minh").user_id}])


async def test_what_is_known_of_a_person_is_changed_and_forgotten(oa: Oa) -> None:
    user = oa.follower()
    await oa.post("/v3.0/oa/user/update", {"user_id": user, "alias": "Chị Lan", "shared_info": {"city": "Huế"}})
    await oa.post("/v3.0/oa/user/update", {"user_id": user, "shared_info": {"phone": "84900000000"}})
    await oa.post("/v2.0/oa/tag/tagfollower", {"user_id": user, "tag_name": "khu 3"})
    told = await oa.ask("/v3.0/oa/user/detail", user_id=user)
    picture = f"https://media.zalo.example/{user}.jpg"
    assert told == {
        "user_id": user, "user_id_by_app": f"5{user[1:]}", "user_external_id": "", "display_name": "Lan",
        "user_alias": "Chị Lan", "is_sensitive": False, "user_last_interaction_date": "24/11/2026",
        "user_is_follower": True, "avatar": picture, "avatars": {"120": picture, "240": picture},
        "dynamic_param": "", "tags_and_notes_info": {"notes": [], "tag_names": ["khu 3"]},
        "shared_info": {"city": "Huế", "phone": "84900000000"}}  # fmt: skip
    assert await oa.ask("/v2.0/oa/getprofile", user_id=int(user)) == told, "an id may come as a number"
    await oa.post("/v2.0/oa/deletefollowerinfo", {"user_id": user})
    told = await oa.ask("/v3.0/oa/user/detail", user_id=user)
    assert (told["user_alias"], told["shared_info"], told["tags_and_notes_info"]["tag_names"]) == ("", {}, [])
    assert told["user_is_follower"] is True


async def test_tags(oa: Oa) -> None:
    lan, minh = oa.follower("Lan"), oa.follower("Minh")
    for user, tag in ((lan, "khu 3"), (lan, "khu 3"), (minh, "khu 3"), (minh, "khu 1")):
        await oa.post("/v2.0/oa/tag/tagfollower", {"user_id": user, "tag_name": tag})
    assert (await oa.get("/v2.0/oa/tag/gettagsofoa"))["data"] == ["khu 1", "khu 3"]
    assert await listed(oa, tag_name="khu 3") == ["Lan", "Minh"]
    await oa.post("/v2.0/oa/tag/rmfollowerfromtag", {"user_id": lan, "tag_name": "khu 3"})
    assert await listed(oa, tag_name="khu 3") == ["Minh"]
    await oa.post("/v2.0/oa/tag/rmtag", {"tag_name": "khu 3"})
    assert (await oa.get("/v2.0/oa/tag/gettagsofoa"))["data"] == ["khu 1"]


# -- events ---------------------------------------------------------------------------------------------------------


class Receiver:
    """An app's webhook. `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.came = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((await request.read(), dict(request.headers)))
        self.came.set()
        return web.Response(status=self.status)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.got[1:]]


@pytest.fixture
async def receiver(oa: Oa) -> AsyncIterator[Receiver]:
    """A webhook that was saved in the console."""
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    async with TestServer(app) as server:
        await oa.platform.save_hook(oa.id, str(server.make_url("/hook")), "oa-secret")
        yield made


def test_the_signature_is_the_one_of_the_notes() -> None:
    wanted = "61a142764c01ed9c5329458f7afdda1360100e13c701ce7cc0d25350a95a05b0"
    assert signature("1", b'{"timestamp":"2"}', "2", "3") == wanted


async def test_saving_a_webhook_asks_it_unsigned(oa: Oa, receiver: Receiver) -> None:
    body, headers = receiver.got[0]
    assert (body, "X-ZEvent-Signature" in headers) == (b"{}", False)
    receiver.status = 500
    with pytest.raises(ValueError, match="did not answer 200"):
        await oa.platform.save_hook(oa.id, oa.platform.hooks[oa.id].url, "other")
    assert oa.platform.hooks[oa.id].secret == "oa-secret"
    with pytest.raises(ValueError, match="did not answer 200"):
        await oa.platform.save_hook(oa.id, "https://loa.example/hook", "other")


async def test_a_message_is_told_signed(oa: Oa, receiver: Receiver) -> None:
    heard = oa.hear()
    await oa.platform.send_due()
    (body, headers), told = receiver.got[1], receiver.events()[0]
    at = str(int(oa.clock().timestamp() * 1000))
    assert told == {
        "app_id": "42", "user_id_by_app": f"5{heard.author_id[1:]}", "sender": {"id": heard.author_id},
        "recipient": {"id": oa.id}, "message": {"msg_id": heard.remote_id, "text": "Đường ngập"},
        "event_name": "user_send_text", "timestamp": at}  # fmt: skip
    assert headers["X-ZEvent-Signature"] == f"mac={signature('42', body, at, 'oa-secret')}"
    assert "num_retry" not in headers
    assert oa.platform.events == []


async def test_everything_that_happens_is_told(oa: Oa, receiver: Receiver) -> None:
    p, at = oa.platform, oa.clock()
    user = oa.follower()
    photo = {"url": "https://x.example/a.jpg", "thumb": "https://x.example/t.jpg"}
    p.add_message(oa.id, "Lan", "", at, kind="photo", more=photo)
    mid = (await oa.say({"user_id": user}))["data"]["message_id"]
    await oa.say({"user_id": user}, media(media_type="image", url=f"{oa.files}/a.jpg"))
    p.see(oa.id, "Lan", [mid])
    p.react(oa.id, "Lan", mid, "/-heart")
    action = {"react_icon": "/-strong", "react_message_id": mid}
    await oa.post(OLD, {"recipient": {"user_id": user}, "sender_action": action})
    p.click(oa.id, "Lan", at)
    p.submit_info(oa.id, "Lan", {"phone": "84900000000"}, at)
    await oa.post("/v2.0/oa/tag/tagfollower", {"user_id": user, "tag_name": "khu 3"})
    who, conversation = p.visit(oa.id, "Cho hỏi")
    await oa.say({"anonymous_id": who, "conversation_id": conversation}, None, OLD)
    await oa.say({"user_id": user}, BILL, "/v3.0/oa/message/transaction")
    p.unfollow(oa.id, "Lan")
    await p.send_due()
    events = {e["event_name"]: e for e in receiver.events()}
    assert [e["event_name"] for e in receiver.events()] == [
        "follow", "user_send_image", "oa_send_text", "user_received_message", "oa_send_image",
        "user_received_message", "user_seen_message", "user_reacted_message", "oa_reacted_message",
        "user_click_chatnow", "user_submit_info", "add_user_to_tag", "anonymous_send_text",
        "oa_send_anonymous_text", "oa_send_template", "user_received_message", "unfollow"]  # fmt: skip
    assert (events["follow"]["follower"], events["follow"]["oa_id"]) == ({"id": user}, oa.id)
    assert events["user_send_image"]["message"]["attachments"] == [
        {"type": "image", "payload": {"url": photo["url"], "thumbnail": photo["thumb"]}}]  # fmt: skip
    echo = events["oa_send_text"]
    assert (echo["sender"]["id"], echo["recipient"]["id"], echo["message"]) == (
        oa.id, user, {"msg_id": mid, "text": "Đã nhận"})  # fmt: skip
    assert events["oa_send_image"]["message"]["attachments"][0]["payload"]["url"] == f"{oa.files}/a.jpg"
    assert events["user_seen_message"]["message"] == {"msg_ids": [mid]}
    assert events["user_reacted_message"]["message"] == {"msg_id": mid, "react_icon": "/-heart"}
    assert events["oa_reacted_message"]["message"] == {"msg_id": mid, "react_icon": "/-strong"}
    assert events["user_click_chatnow"]["user_id"] == user
    assert events["user_submit_info"]["info"] == {"phone": "84900000000"}
    assert events["add_user_to_tag"]["tag"] == {"user_ids": [user], "name": "khu 3"}
    assert (events["anonymous_send_text"]["sender"]["id"], events["anonymous_send_text"]["conversation_id"]) == (
        who, conversation)  # fmt: skip


async def test_an_event_not_taken_comes_again(oa: Oa, receiver: Receiver) -> None:
    receiver.status = 503
    oa.hear()
    await oa.platform.send_due()
    for number, seconds in enumerate((30, 300, 900, 1800, 3600), start=1):
        oa.clock.forward(seconds=seconds - 1)
        await oa.platform.send_due()
        assert len(receiver.got) == 1 + number, "not before its time"
        oa.clock.forward(seconds=1)
        await oa.platform.send_due()
        assert receiver.got[-1][1]["num_retry"] == str(number)
        assert receiver.got[-1][0] == receiver.got[1][0], "the same event with the same timestamp"
    oa.clock.forward(days=1)
    await oa.platform.send_due()
    assert (len(receiver.got), oa.platform.events) == (7, [])


async def test_events_go_out_by_themselves(oa: Oa, receiver: Receiver) -> None:
    receiver.came.clear()
    oa.hear()
    await asyncio.wait_for(receiver.came.wait(), 60)
    assert receiver.events()[0]["event_name"] == "user_send_text"


async def test_without_a_webhook_nothing_waits(oa: Oa) -> None:
    oa.hear()
    assert oa.platform.events == []


async def test_a_refused_message_is_nowhere(oa: Oa, receiver: Receiver) -> None:
    heard = oa.hear()
    await oa.say({"user_id": heard.author_id}, {"text": "x" * 2001})
    await oa.say({"user_id": heard.author_id}, PROMOTION, CS)
    await oa.platform.send_due()
    assert [e["event_name"] for e in receiver.events()] == ["user_send_text"]
    assert len(await oa.ask(TALK, user_id=heard.author_id)) == 1
