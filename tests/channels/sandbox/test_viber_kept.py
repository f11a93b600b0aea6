"""What the stand-in keeps: posts, webhooks, chats, receipts, quotas, the webhook's callbacks and their retries."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from channels.sandbox.viber import RETRY_EVERY, RETRY_FOR, User
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.viber_client import Client, image
from tests.conftest import FakeClock

EVENTS = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]


@pytest.fixture
async def heard(viber_bot: Client) -> Client:
    """The bot, with a webhook on this machine that wants everything."""
    await viber_bot.call("set_webhook", url=viber_bot.office.hook, send_name=True, send_photo=True)
    return viber_bot


async def told(c: Client) -> list[dict[str, Any]]:
    """What the webhook heard, after everything due was sent."""
    await c.platform.deliver()
    return c.office.events


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


# -- channels -------------------------------------------------------------------------------------------------------


async def test_a_post_is_kept_as_it_came_under_a_token_beyond_a_floats_reach(viber_channel: Client) -> None:
    c = viber_channel
    answer = await c.post(text="Cắt nước", note=1)
    token = answer["message_token"]
    assert (len(str(token)), token > 2**53) == (19, True)
    assert set(answer) == {"status", "status_message", "message_token", "chat_hostname"}
    item = c.platform.items[str(token)]
    wanted = {"from": c.account.extra["superadmin"], "type": "text", "text": "Cắt nước", "note": 1}
    assert (item.payload, item.text, item.account) == (wanted, "Cắt nước", c.account.remote_id)
    assert (await c.post())["message_token"] != token
    assert "Cắt nước" in c.platform.page()
    assert "<form" not in c.platform.page(), "readers of a channel cannot answer by API"


async def test_the_token_may_be_in_the_body_and_is_not_kept(viber_channel: Client) -> None:
    c = viber_channel
    body = {"from": c.account.extra["superadmin"], "type": "text", "text": "a", "auth_token": c.token}
    answer = await c.raw("post", json=body)
    assert "auth_token" not in c.platform.items[str(answer["message_token"])].payload


async def test_a_video_has_no_caption(viber_channel: Client) -> None:
    c = viber_channel
    video = await c.post(type="video", text="chữ", media="https://x.example/a.mp4", size=9)
    picture = await c.post(type="picture", text="chữ", media="https://x.example/a.jpg")
    texts = [c.platform.items[str(answer["message_token"])].text for answer in (video, picture)]
    assert texts == ["", "chữ"]


async def test_a_channels_account_shows_its_members_and_no_count(viber_channel: Client) -> None:
    c = viber_channel
    info = await c.call("get_account_info")
    assert (info["id"], info["chat_hostname"]) == (c.account.remote_id, c.account.name)
    roles = {member["role"]: member["id"] for member in info["members"]}
    assert (roles["superadmin"], len(roles)) == (c.account.extra["superadmin"], 2)
    assert not {"subscribers_count", "name"} & set(info)
    assert await c.raw("get_account_info", "GET", headers={"X-Viber-Auth-Token": c.token}) == info
    c.account.extra["superadmin"] = "new=="
    assert (await c.post(**{"from": roles["superadmin"]}))["status"] == 3
    assert (await c.post())["status"] == 0


async def test_a_burst_of_posts_is_over_after_ten_seconds(viber_channel: Client, clock: FakeClock) -> None:
    c = viber_channel
    c.platform.posts_in_10_s = 1
    assert [(await c.post())["status"] for _ in range(2)] == [0, 12]
    clock.forward(seconds=9)
    assert (await c.post())["status"] == 12
    clock.forward(seconds=1)
    assert (await c.post())["status"] == 0


async def test_a_lost_answer_left_a_post(viber_channel: Client) -> None:
    c = viber_channel
    c.platform.fail_next("drop_after", match="/pa/post")
    with pytest.raises(aiohttp.ClientError):
        await c.post(text="Một lần")
    assert [item.text for item in c.platform.published()] == ["Một lần"]


async def test_a_regenerated_token_ends_the_old_one(viber_channel: Client) -> None:
    c = viber_channel
    old, new = c.token, c.platform.regenerate(c.account.remote_id)
    assert (await c.call("get_account_info", token=old))["status"] == 2
    assert (await c.call("get_account_info", token=new))["status"] == 0


# -- set_webhook ----------------------------------------------------------------------------------------------------


async def test_a_webhook_is_knocked_at_before_the_answer_and_only_then_kept(viber_channel: Client) -> None:
    c = viber_channel
    c.account.extra["webhook"] = ""
    c.office.status = 500
    await c.call("set_webhook", url=c.office.hook)
    assert_refused_by(c.platform, "hook_silent")
    assert (await c.post())["status"] == 10, "a refused webhook is not set"
    c.office.status, c.office.calls = 200, []
    answer = await c.call("set_webhook", url=c.office.hook)
    assert answer["event_types"] == ["delivered", "seen"]
    [(knock, _, _)] = c.office.calls
    assert set(knock) == {"event", "timestamp", "chat_hostname", "message_token"}
    assert (knock["event"], knock["timestamp"]) == ("webhook", int(c.platform.now().timestamp() * 1000))
    assert c.office.signed_with(c.token)
    assert (await c.post())["status"] == 0
    await c.call("set_webhook", url="")
    assert (await c.post())["status"] == 10
    assert await told(c) == [], "a channel's posts are told to nobody"


async def test_a_failed_change_leaves_the_webhook_that_was(heard: Client) -> None:
    await heard.call("set_webhook", url="http://plain.example/hook")
    info = await heard.call("get_account_info")
    assert info["webhook"] == heard.office.hook
    await heard.call("set_webhook", url="https://public.example/hook", event_types=["seen"])
    info = await heard.call("get_account_info")
    assert (info["webhook"], info["event_types"]) == ("https://public.example/hook", ["seen"])


@pytest.mark.parametrize("wanted", [[], ["seen"], ["message", "seen"]])
async def test_only_wanted_events_come_and_messages_always(heard: Client, wanted: list[str]) -> None:
    answer = await heard.call("set_webhook", url=heard.office.hook, event_types=wanted)
    assert answer["event_types"] == wanted
    user = heard.user()
    heard.platform.say("pa:7", user.user_id, "Alo")
    await heard.send(user)
    heard.platform.read("pa:7", user.user_id)
    assert names(await told(heard)) == ["message", *(["seen"] if "seen" in wanted else [])]


async def test_without_event_types_every_one_comes(heard: Client) -> None:
    assert (await heard.call("get_account_info"))["event_types"] == EVENTS


async def test_a_bot_without_webhook_hears_nobody(viber_bot: Client) -> None:
    user = viber_bot.user()
    assert "<form" in viber_bot.platform.page()
    await viber_bot.call("set_webhook", url="")
    with pytest.raises(ValueError, match="takes no messages"):
        viber_bot.platform.say("pa:7", user.user_id, "Alo")
    assert "<form" not in viber_bot.platform.page()
    with pytest.raises(ValueError, match="takes no messages"):
        viber_bot.platform.add_message("pa:5000000000000000001", "Lan", "Alo", viber_bot.platform.now())


async def test_what_happens_before_a_webhook_is_set_is_told_to_nobody(heard: Client) -> None:
    await heard.call("set_webhook", url="")
    heard.platform.subscribe("pa:7", heard.user(subscribed=False).user_id)
    await heard.call("set_webhook", url=heard.office.hook)
    assert await told(heard) == []


async def test_a_public_webhook_is_believed_and_never_called(viber_bot: Client) -> None:
    viber_bot.platform.say("pa:7", viber_bot.user().user_id, "Alo")
    assert await told(viber_bot) == []
    assert viber_bot.platform.callbacks == []


# -- callbacks ------------------------------------------------------------------------------------------------------


async def test_a_citizens_first_message_subscribes_without_an_event(heard: Client) -> None:
    user = heard.user(subscribed=False)
    assert (await heard.send(user))["status"] == 6
    heard.platform.say("pa:7", user.user_id, "ngập", kind="picture", media="https://x.example/a.jpg", silent=True)
    [event] = await told(heard)
    assert event["sender"] == {
        "id": user.user_id, "name": "Lan", "avatar": event["sender"]["avatar"], "country": "VN", "language": "vi",
        "api_version": 10,
    }  # fmt: skip
    assert event["message"] == {"type": "picture", "text": "ngập", "media": "https://x.example/a.jpg"}
    assert (event["silent"], event["timestamp"]) == (True, int(heard.platform.now().timestamp() * 1000))
    assert (await heard.send(user))["status"] == 0
    assert heard.office.signed_with("bot-token")


async def test_tracking_data_comes_back_with_the_answer(heard: Client) -> None:
    user = heard.user()
    await heard.send(user, tracking_data="case-118")
    heard.platform.say("pa:7", user.user_id, "Vâng")
    assert (await told(heard))[-1]["message"]["tracking_data"] == "case-118"
    await heard.send(user)
    heard.platform.say("pa:7", user.user_id, "Vâng")
    assert "tracking_data" not in (await told(heard))[-1]["message"]


async def test_every_device_tells_delivered_and_an_opened_chat_tells_seen_once(heard: Client) -> None:
    user = heard.user(devices=2)
    tokens = [(await heard.send(user))["message_token"] for _ in range(2)]
    delivered = [(e["event"], e["message_token"], e["user_id"]) for e in await told(heard)]
    assert delivered == [("delivered", token, user.user_id) for token in tokens for _ in range(2)]
    for _ in range(2):
        heard.platform.read("pa:7", user.user_id)
    assert [(e["event"], e["message_token"]) for e in (await told(heard))[4:]] == [("seen", tokens[-1])]


async def test_what_waits_for_a_phone_is_delivered_for_14_days(heard: Client, clock: FakeClock) -> None:
    user = heard.user()
    heard.platform.go_offline("pa:7", user.user_id)
    await heard.send(user)
    clock.forward(days=1)
    second = (await heard.send(user))["message_token"]
    assert await told(heard) == []
    clock.forward(days=14)
    heard.platform.go_online("pa:7", user.user_id)
    assert [e["message_token"] for e in await told(heard)] == [second]
    heard.platform.go_online("pa:7", user.user_id)
    assert len(await told(heard)) == 1


async def test_a_client_below_the_level_may_fail_later(heard: Client) -> None:
    heard.platform.low_client = "failed"
    user = heard.user(api_version=6)
    answer = await heard.send(user, min_api_version=7)
    assert answer["status"] == 0
    [event] = await told(heard)
    assert (event["event"], event["message_token"]) == ("failed", answer["message_token"])
    assert event["user_id"] == user.user_id
    assert event["desc"]
    assert heard.account.inbox == [], "the client does not show it"


async def test_subscriptions_are_told_and_counted(heard: Client) -> None:
    user = heard.user(subscribed=False)
    counts = []
    for act in (heard.platform.subscribe, heard.platform.unsubscribe):
        act("pa:7", user.user_id)
        counts.append((await heard.call("get_account_info"))["subscribers_count"])
    assert counts == [1, 0]
    subscribed, unsubscribed = await told(heard)
    assert (subscribed["event"], subscribed["user"]["id"]) == ("subscribed", user.user_id)
    assert (unsubscribed["event"], unsubscribed["user_id"]) == ("unsubscribed", user.user_id)
    assert (await heard.send(user))["status"] == 6


async def test_names_need_the_webhooks_wish_and_the_citizens_consent(heard: Client) -> None:
    shy = heard.user("Minh", consent=False)
    heard.platform.say("pa:7", shy.user_id, "a")
    sender = (await told(heard))[-1]["sender"]
    assert sender["name"] != "Minh"
    assert (await heard.call("get_user_details", id=shy.user_id))["user"]["name"] == sender["name"]
    await heard.call("set_webhook", url=heard.office.hook)
    heard.platform.say("pa:7", heard.user().user_id, "a")
    assert not {"name", "avatar"} & set((await told(heard))[-1]["sender"])


async def test_a_callback_is_the_same_until_it_is_taken(heard: Client, clock: FakeClock) -> None:
    heard.office.status = 500
    heard.platform.say("pa:7", heard.user().user_id, "Alo")
    await told(heard)
    assert len(await told(heard)) == 1, "not again at once"
    clock.forward(seconds=RETRY_EVERY.total_seconds())
    assert len(await told(heard)) == 2
    heard.office.status = 200
    clock.forward(seconds=RETRY_EVERY.total_seconds())
    assert len(await told(heard)) == 3
    clock.forward(hours=1)
    assert len(await told(heard)) == 3
    assert len({raw for event, _, raw in heard.office.calls if event["event"] == "message"}) == 1


async def test_a_callback_is_given_up_after_an_hour(heard: Client, clock: FakeClock) -> None:
    heard.office.status = 503
    heard.platform.say("pa:7", heard.user().user_id, "Alo")
    await told(heard)
    clock.forward(seconds=(RETRY_FOR - timedelta(seconds=1)).total_seconds())
    assert len(await told(heard)) == 2
    heard.office.status = 200
    clock.forward(hours=1)
    assert len(await told(heard)) == 2
    assert heard.platform.callbacks == []


async def test_a_removed_webhook_hears_no_more(heard: Client) -> None:
    heard.office.status = 500
    heard.platform.say("pa:7", heard.user().user_id, "Alo")
    await told(heard)
    heard.office.status = 200
    await heard.call("set_webhook", url="")
    heard.platform.unsubscribe("pa:7", heard.user("Minh").user_id)
    assert len(await told(heard)) == 1


# -- welcome --------------------------------------------------------------------------------------------------------


async def test_an_opened_chat_may_be_welcomed_once_without_subscription(heard: Client) -> None:
    user = heard.user(subscribed=False)
    heard.office.answer = json.dumps({"sender": {"name": "Phường"}, "type": "text", "text": "Xin chào"})
    heard.platform.start_conversation("pa:7", user.user_id, "bai-12")
    opened, delivered = await told(heard)
    assert (opened["type"], opened["context"], opened["subscribed"]) == ("open", "bai-12", False)
    assert (opened["user"]["id"], delivered["event"]) == (user.user_id, "delivered")
    [entry] = heard.account.inbox
    assert (entry.text, entry.parent_id, entry.own) == ("Xin chào", user.user_id, True)
    assert heard.platform.messages[0].billing_status == 0
    assert (await heard.send(user))["status"] == 6, "a message by the API needs the subscription"
    heard.platform.subscribe("pa:7", user.user_id)
    await told(heard)
    assert len(heard.account.inbox) == 1, "the answer to another event is no message"


async def test_a_bad_welcome_is_dropped_and_recorded(heard: Client) -> None:
    heard.office.answer = json.dumps({"type": "text", "text": "Xin chào"})
    heard.platform.start_conversation("pa:7", heard.user().user_id)
    [opened] = await told(heard)
    assert "context" not in opened
    assert_refused_by(heard.platform, "missing")
    heard.office.answer = "ok"
    heard.platform.start_conversation("pa:7", heard.user("Minh").user_id)
    await told(heard)
    assert heard.account.inbox == []


# -- sending --------------------------------------------------------------------------------------------------------


async def test_a_message_is_in_the_chat_and_on_the_page(viber_bot: Client) -> None:
    c, user = viber_bot, viber_bot.user()
    answer = await c.send(user, text="Đã nhận", tracking_data="case-1")
    assert set(answer) == {"status", "status_message", "message_token", "chat_hostname", "billing_status"}
    [message] = c.platform.messages
    assert (message.token, message.user_id) == (answer["message_token"], user.user_id)
    wanted = {"type": "text", "text": "Đã nhận", "tracking_data": "case-1", "sender": {"name": "UBND Phường"}}
    assert message.payload == wanted
    c.platform.say("pa:7", user.user_id, "Cảm ơn")
    assert "Đã nhận" in c.platform.page()
    assert "Cảm ơn" in c.platform.page()


async def test_a_message_too_may_have_the_token_in_its_body(viber_bot: Client) -> None:
    c = viber_bot
    body = {"auth_token": c.token, "receiver": c.user().user_id, "type": "text", "text": "a", "sender": {"name": "b"}}
    assert (await c.raw("send_message", json=body))["status"] == 0
    assert "auth_token" not in c.platform.messages[0].payload


async def test_the_page_shows_a_posts_file_and_to_how_many_a_broadcast_went(
    viber_bot: Client, viber_channel: Client
) -> None:
    jpg = "https://x.example/a.jpg"
    await viber_channel.post(type="picture", media=jpg, text="Hình")
    assert f"[picture] {jpg}" in viber_channel.platform.page()
    users = [viber_bot.user(f"người {n}", subscribed=True) for n in range(3)]
    await viber_bot.broadcast(*(user.user_id for user in users), text="Cắt nước <tối nay>")
    page = viber_bot.platform.page()
    assert "<li>Cắt nước &lt;tối nay&gt; → 3</li>" in page and "3 người theo dõi" in page


async def test_the_page_writes_as_a_citizen(viber_bot: Client) -> None:
    c = viber_bot
    for text in ("Đường ngập", " "):
        form = {"item": "pa:7", "author": "Lan", "text": text}
        async with c.http.post(f"{c.platform.url}/_sandbox/say", data=form) as answer:
            assert answer.status == 200
    c.platform.add_message("pa:7", "Lan", "Nhà tôi", c.platform.now())
    first, second = c.account.inbox
    assert (first.text, first.author, first.author_id) == ("Đường ngập", "Lan", second.author_id)
    async with c.http.post(f"{c.platform.url}/_sandbox/say", data={"item": "pa:none", "text": "a"}) as answer:
        assert answer.status == 200
    assert len(c.account.inbox) == 2


async def test_a_session_is_free_and_after_it_what_is_left_counts(viber_bot: Client, clock: FakeClock) -> None:
    c, user = viber_bot, viber_bot.user()
    assert (await c.send(user))["billing_status"] == 3
    c.platform.say("pa:7", user.user_id, "Alo")
    assert (await c.send(user))["billing_status"] == 1
    c.account.extra |= {"billable": True, "free": 2, "balance": 1}
    clock.forward(hours=23, minutes=59)
    assert (await c.send(user))["billing_status"] == 2
    clock.forward(minutes=1)
    found = [await c.send(user) for _ in range(3)]
    assert [answer.get("billing_status") for answer in found] == [4, 5, None]
    assert_refused_by(c.platform, "balance")
    clock.forward(days=31)
    assert (await c.send(user))["billing_status"] == 4, "another month"


async def test_a_reply_or_an_hour_opens_the_hundred_again(viber_bot: Client, clock: FakeClock) -> None:
    c, user = viber_bot, viber_bot.user()
    c.platform.user_hour = 2
    assert [(await c.send(user))["status"] for _ in range(3)] == [0, 0, 12]
    assert (await c.send(c.user("Minh")))["status"] == 0, "a citizen each"
    c.platform.say("pa:7", user.user_id, "Alo")
    assert [(await c.send(user))["status"] for _ in range(3)] == [0, 0, 12]
    clock.forward(minutes=60)
    assert (await c.send(user))["status"] == 0


async def test_a_broadcast_tells_whom_it_did_not_reach(heard: Client) -> None:
    lan, minh, out = heard.user(), heard.user("Minh"), heard.user("Hoa", subscribed=False)
    answer = await heard.broadcast(lan.user_id, out.user_id, "nobody", minh.user_id, lan.user_id)
    assert answer["status"] == 0
    assert answer["failed_list"] == [
        {"receiver": out.user_id, "status": 6, "status_message": "receiverNotSubscribed"},
        {"receiver": "nobody", "status": 5, "status_message": "receiverNotRegistered"},
    ]
    got = [(m.user_id, m.token) for m in heard.platform.messages]
    assert got == [(lan.user_id, answer["message_token"]), (minh.user_id, answer["message_token"])]
    assert "broadcast_list" not in heard.platform.messages[0].payload
    assert [e["user_id"] for e in await told(heard)] == [lan.user_id, minh.user_id]
    heard.platform.tells_failed = False
    assert "failed_list" not in await heard.broadcast("nobody")


async def test_placeholders_are_filled_in_broadcasts_alone(viber_bot: Client) -> None:
    c, user = viber_bot, viber_bot.user()
    text = "replace_me_with_user_name: replace_me_with_receiver_id"
    await c.broadcast(user.user_id, text=text)
    media = "https://x.example/?to=replace_me_with_url_encoded_receiver_id"
    await c.broadcast(user.user_id, type="url", text=None, media=media)
    await c.send(user, text=text)
    first, second, third = (m.payload for m in c.platform.messages)
    assert first["text"] == f"Lan: {user.user_id}"
    assert second["media"] == f"https://x.example/?to={quote(user.user_id, safe='')}"
    assert third["text"] == text


async def test_broadcasts_are_counted_over_ten_seconds(viber_bot: Client, clock: FakeClock) -> None:
    viber_bot.account.extra["broadcasts"] = [clock()] * 499
    assert [(await viber_bot.broadcast("x"))["status"] for _ in range(2)] == [0, 12]
    clock.forward(seconds=10)
    assert (await viber_bot.broadcast("x"))["status"] == 0


# -- users ----------------------------------------------------------------------------------------------------------


async def test_details_are_told_twice_in_twelve_hours(viber_bot: Client, clock: FakeClock) -> None:
    c, user = viber_bot, viber_bot.user(country="US", language="en", api_version=8)
    details = (await c.call("get_user_details", id=user.user_id))["user"]
    assert (details["id"], details["name"], details["country"]) == (user.user_id, "Lan", "US")
    assert (details["language"], details["api_version"]) == ("en", 8)
    assert set(details) == {"id", "name", "avatar", "country", "language", "primary_device_os", "api_version",
                            "viber_version", "mcc", "mnc", "device_type"}  # fmt: skip
    clock.forward(hours=11)
    found = [(await c.call("get_user_details", id=user.user_id))["status"] for _ in range(2)]
    assert found == [0, 12]
    clock.forward(hours=1)
    assert (await c.call("get_user_details", id=user.user_id))["status"] == 0


async def test_who_had_to_do_with_the_bot_is_no_stranger(viber_bot: Client) -> None:
    c, user = viber_bot, viber_bot.user(subscribed=False)
    assert (await c.call("get_user_details", id=user.user_id))["status"] == 6
    c.platform.start_conversation("pa:7", user.user_id)
    assert (await c.call("get_user_details", id=user.user_id))["status"] == 0
    for name, meet in (("Minh", c.platform.say), ("Hoa", c.platform.subscribe)):
        left = c.user(name, subscribed=False)
        meet("pa:7", left.user_id)
        c.platform.unsubscribe("pa:7", left.user_id)
        assert (await c.call("get_user_details", id=left.user_id))["status"] == 0


async def test_online_states(viber_bot: Client) -> None:
    c = viber_bot
    states: list[User] = [c.user("A"), c.user("B", online=2), c.user("C", online=3), c.user("D", subscribed=False),
                          c.user("E", gone=True), c.user("F")]  # fmt: skip
    c.platform.go_offline("pa:7", states[-1].user_id)
    rows = (await c.call("get_online", ids=[user.user_id for user in states] + ["nobody"]))["users"]
    assert [row["online_status"] for row in rows] == [0, 2, 3, 4, 4, 1, 4]
    assert [row["id"] for row in rows][:6] == [user.user_id for user in states]
    assert all(row["online_status_message"] for row in rows)
    last = [row.get("last_online") for row in rows]
    assert last == [None] * 5 + [int(c.platform.now().timestamp() * 1000), None]


async def test_a_bots_account(viber_bot: Client) -> None:
    info = await viber_bot.call("get_account_info")
    assert set(info) == {
        "status", "status_message", "id", "name", "uri", "icon", "background", "category", "subcategory", "location",
        "country", "webhook", "event_types", "subscribers_count", "members",
    }  # fmt: skip
    assert (info["id"], info["name"], info["webhook"]) == ("pa:7", "Phường hỏi đáp", "https://loa.example/b")


async def test_ids_are_a_bots_own_and_hold_every_sign_of_base64(viber_bot: Client) -> None:
    c = viber_bot
    c.platform.add_bot("pa:8", "Khác", "other")
    here, there = c.user(), c.platform.add_user("pa:8", "Lan")
    assert here.user_id != there.user_id
    assert all(sign in here.user_id for sign in "/+=")


async def test_callbacks_go_out_by_themselves(heard: Client) -> None:
    """No call of `deliver`: the running stand-in sends them."""
    heard.platform.say("pa:7", heard.user().user_id, "Alo")
    async with asyncio.timeout(60):
        await heard.office.heard.wait()
    assert names(heard.office.events) == ["message"]


async def test_a_file_is_fetched_from_this_machine_only(viber_channel: Client) -> None:
    c = viber_channel
    fetched = c.office.put("a.jpg", image())
    assert (await c.post(type="picture", media=fetched))["status"] == 0
    c.office.files.clear()
    assert (await c.post(type="picture", media=fetched))["status"] == 1
    assert (await c.post(type="picture", media="https://nowhere.example/a.jpg"))["status"] == 0
