"""More ways to break each rule of the Bot API than one, the limits themselves, and the flood limits by the clock."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from channels.sandbox.telegram import RIGHTS
from channels.sandbox.world import DUTY_CHAT, LEADERS_CHAT, Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.test_telegram import (
    FORUM,
    GROUP,
    PERSON,
    PNG,
    Bot,
    after,
    album,
    commands,
    download,
    keyboard,
    png,
)
from tests.conftest import FakeClock

PRIVATE = str(PERSON)


async def about(bot: Bot, sent: Awaitable[Any], method: str, **words: str) -> None:
    await bot.on(method, await sent, **words)


def html(text: str) -> Callable[[Bot], Awaitable[Any]]:
    return lambda b: b.say(text, parse_mode="HTML")


def v2(text: str) -> Callable[[Bot], Awaitable[Any]]:
    return lambda b: b.say(text, parse_mode="MarkdownV2")


def listed(*entities: Any) -> Callable[[Bot], Awaitable[Any]]:
    return lambda b: b.say("Chào", entities=json.dumps(entities))


def markup(value: Any) -> Callable[[Bot], Awaitable[Any]]:
    return lambda b: b.say(reply_markup=json.dumps(value))


def rows(*row: Any) -> Callable[[Bot], Awaitable[Any]]:
    return markup({"inline_keyboard": list(row)})


def group(*items: Any) -> Callable[[Bot], Awaitable[Any]]:
    return lambda b: b.call("sendMediaGroup", chat_id=DUTY_CHAT, media=json.dumps(items), file=("a", PNG))


def webhook(url: str, **words: str) -> Callable[[Bot], Awaitable[Any]]:
    return lambda b: b.call("setWebhook", url=url, **words)


async def answered_twice(bot: Bot) -> None:
    query = await bot.press()
    await bot.call("answerCallbackQuery", callback_query_id=query)
    assert bot.answer[0] == 200
    await bot.call("answerCallbackQuery", callback_query_id=query)


async def blocked_then(bot: Bot, method: str, **words: str) -> None:
    message = await bot.say(chat_id=PRIVATE)
    bot.platform.block(PERSON)
    await bot.on(method, message, **words)


async def kicked_then(bot: Bot, method: str, **words: str) -> None:
    message = await bot.say()
    bot.platform.kick(DUTY_CHAT)
    await bot.on(method, message, **words)


async def migrated_then(bot: Bot, method: str, **words: str) -> None:
    message = await bot.say(chat_id=GROUP)
    bot.platform.migrate(GROUP)
    await bot.on(method, message, **words)


async def gone_topic(bot: Bot) -> None:
    thread = await bot.topic()
    await bot.call("deleteForumTopic", chat_id=FORUM, message_thread_id=thread)
    await bot.say(chat_id=FORUM, message_thread_id=thread)


async def deleted_then(bot: Bot, method: str, **words: str) -> None:
    message = await bot.say()
    await bot.on("deleteMessage", message)
    await bot.on(method, message, **words)


async def delete_of_a_person(bot: Bot) -> None:
    bot.platform.set_rights(DUTY_CHAT, RIGHTS - {"can_delete_messages"})
    message = bot.platform.say(DUTY_CHAT, PERSON, "x")
    await bot.call("deleteMessage", chat_id=DUTY_CHAT, message_id=str(message.message_id))


async def photo_as_document(bot: Bot) -> None:
    sent = await bot.photo()
    await bot.call("sendDocument", chat_id=DUTY_CHAT, document=sent["photo"][0]["file_id"])


async def edit_media(bot: Bot, media: Any, **words: str) -> None:
    message = await bot.photo()
    words |= {"chat_id": DUTY_CHAT, "message_id": str(message["message_id"])}
    await bot.call("editMessageMedia", media=json.dumps(media), **words)


async def same_keyboard(bot: Bot) -> None:
    rows_ = keyboard(("x", "y"))
    message = await bot.say(reply_markup=rows_)
    await bot.on("editMessageReplyMarkup", message, reply_markup=rows_)


async def second_unpin(bot: Bot) -> None:
    message = await bot.say()
    await bot.on("pinChatMessage", message)
    await bot.on("unpinChatMessage", message)
    await bot.on("unpinChatMessage", message)


async def poll_of_a_revoked_token(bot: Bot) -> None:
    old = bot.platform.token
    bot.platform.revoke(old)
    await bot.call("getUpdates", token=old)


BUTTON = {"text": "x", "callback_data": "y"}
PHOTO = {"type": "photo", "media": "attach://a"}
WAYS: list[tuple[str, Callable[[Bot], Awaitable[Any]]]] = [
    # access and updates
    ("token", poll_of_a_revoked_token),
    ("token", lambda b: download(b, token="1:nobody")),
    ("malformed_token", lambda b: b.call("getMe", token="12345")),
    ("malformed_token", lambda b: b.call("getMe", token="x:abc")),
    ("method", lambda b: b.call("sendmessages")),
    ("json", lambda b: b.call("getUpdates", allowed_updates="message")),
    ("json", lambda b: b.call("getUpdates", allowed_updates="[1]")),
    ("json", lambda b: b.say(link_preview_options="true")),
    ("json", lambda b: b.say(link_preview_options='{"is_disabled": "true"}')),
    ("json", lambda b: b.say(reply_parameters="[1]")),
    ("json", lambda b: b.say(entities='{"type": "bold"}')),
    ("json", markup([])),
    ("json", markup({"inline_keyboard": {}})),
    ("json", rows("x")),
    ("json", rows([[]])),
    ("json", rows([{"text": " ", "callback_data": "y"}])),
    ("json", rows([{"text": 1, "callback_data": "y"}])),
    ("json", lambda b: b.call("setMyCommands", commands="{}")),
    ("json", lambda b: b.call("setMyCommands", commands="[1]")),
    ("json", lambda b: b.call("setMyCommands")),
    ("unreadable", lambda b: b.call("getUpdates", offset="first")),
    ("unreadable", lambda b: b.say(reply_parameters='{"message_id": "one"}')),
    ("unreadable", lambda b: b.call("createForumTopic", chat_id=FORUM, name="x", icon_color="7")),
    ("webhook_https", webhook("ftp://x.example/hook")),
    ("webhook_https", webhook("https:///hook")),
    ("webhook_https", webhook("https://x.example:port/hook")),
    ("webhook_https", webhook("http://127.0.0.1.x.example/hook")),
    ("webhook_port", webhook("https://x.example:444/hook")),
    ("secret", webhook("https://x.example/hook", secret_token="khóa")),
    # chats
    ("chat", lambda b: b.call("getChat", chat_id="-100404")),
    ("chat", lambda b: b.call("sendChatAction", chat_id="@nobody", action="typing")),
    ("chat_empty", lambda b: b.call("getChat")),
    ("migrated", lambda b: migrated_then(b, "editMessageText", text="x")),
    ("migrated", lambda b: migrated_then(b, "getChat")),
    ("blocked", lambda b: blocked_then(b, "editMessageText", text="x")),
    ("blocked", lambda b: blocked_then(b, "sendChatAction", action="typing")),
    ("blocked", lambda b: blocked_then(b, "pinChatMessage")),
    ("kicked", lambda b: kicked_then(b, "editMessageText", text="x")),
    ("kicked", lambda b: kicked_then(b, "getChat")),
    ("kicked", lambda b: kicked_then(b, "leaveChat")),
    ("kicked", lambda b: kicked_then(b, "sendMediaGroup", media=album(PHOTO, PHOTO))),
    ("never_started", lambda b: after(lambda: b.platform.add_person(8, "A"), b.photo(chat_id="8"))),
    # words
    ("empty", lambda b: b.call("sendMessage", chat_id=DUTY_CHAT)),
    ("empty", html("<b> </b>")),
    ("empty", lambda b: about(b, b.say(), "editMessageText", text="")),
    ("long", lambda b: b.say("🔴" * 2048 + "x")),
    ("long", lambda b: about(b, b.say(), "editMessageText", text="x" * 4097)),
    ("long_caption", lambda b: b.photo(caption="🔴" * 512 + "x")),
    ("long_caption", lambda b: about(b, b.photo(), "editMessageCaption", caption="x" * 1025)),
    ("long_caption", group(PHOTO, PHOTO | {"caption": "x" * 1025})),
    ("entities", html("a < b")),
    ("entities", html("<b>x")),
    ("entities", html("<b><i>x</b></i>")),
    ("entities", html("x</b>")),
    ("entities", html("<span>x</span>")),
    ("entities", html("<p>x</p>")),
    ("entities", html("<br>")),
    ("entities", html("<>")),
    ("entities", lambda b: about(b, b.say(), "editMessageText", text="<b>", parse_mode="HTML")),
    ("entities", lambda b: b.photo(caption="<b>", parse_mode="HTML")),
    ("entities", lambda b: b.say("a\0b")),
    ("entities", v2("xong.")),
    ("entities", v2("*đậm")),
    ("entities", v2("*a _b* c_")),
    ("entities", v2("`mã")),
    ("entities", v2("[nối")),
    ("entities", v2("a > b")),
    ("entities", lambda b: b.say("*đậm", parse_mode="Markdown")),
    ("entities", listed({"type": "huge", "offset": 0, "length": 1})),
    ("entities", listed({"type": "bold", "offset": 0, "length": 5})),
    ("entities", listed({"type": "bold", "offset": -1, "length": 1})),
    ("entities", listed({"type": "bold", "offset": 0, "length": 0})),
    ("entities", listed({"type": "bold", "offset": "0", "length": 1})),
    ("entities", listed({"type": "text_link", "offset": 0, "length": 1})),
    ("entities", listed("bold")),
    # buttons
    ("button", rows([{"text": "x", "callback_data": ""}])),
    ("button", rows([{"text": "x", "callback_data": "ạ" * 22}])),
    ("button", rows([{"text": "x", "callback_data": 1}])),
    ("button", lambda b: about(b, b.say(), "editMessageReplyMarkup", reply_markup=keyboard(("x", "y" * 65)))),
    ("button_url", rows([{"text": "x", "url": "javascript:alert(1)"}])),
    ("button_url", rows([{"text": "x", "url": 1}])),
    ("button_kind", rows([BUTTON | {"url": "https://x.example"}])),
    ("keyboard", rows(*[[BUTTON] * 8] * 12, [BUTTON] * 5)),
    ("markup", markup({"buttons": []})),
    # answers and topics
    ("no_reply", lambda b: b.say(reply_to_message_id="404")),
    ("no_reply", lambda b: b.say(reply_parameters='{"message_id": 404, "allow_sending_without_reply": false}')),
    ("no_reply", lambda b: b.say(reply_parameters='{"message_id": 1, "chat_id": -100404}')),
    ("no_reply", lambda b: b.say(reply_parameters="{}")),
    ("no_topic", gone_topic),
    ("no_topic", lambda b: b.call("sendChatAction", chat_id=FORUM, action="typing", message_thread_id="9")),
    ("no_topic", lambda b: b.call("editForumTopic", chat_id=FORUM, message_thread_id="9", name="x")),
    ("no_topic", lambda b: b.call("closeForumTopic", chat_id=FORUM, message_thread_id="9")),
    ("not_forum", lambda b: b.call("createForumTopic", chat_id=PRIVATE, name="x")),
    ("topic_name", lambda b: b.call("createForumTopic", chat_id=FORUM, name=" ")),
    # files
    ("no_file", lambda b: b.call("sendDocument", chat_id=DUTY_CHAT, file=("photo", PNG))),
    ("no_file", lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT, photo="attach://b", file=("a", PNG))),
    ("no_file", group(PHOTO, {"type": "photo", "media": "attach://b"})),
    ("empty_file", lambda b: b.call("sendDocument", chat_id=DUTY_CHAT, file=("document", b""))),
    ("wrong_file", photo_as_document),
    ("wrong_file", lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT, photo="https://x.example/a.png")),
    ("wrong_file", lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT, photo=f"{b.platform.url}/_sandbox/file/none")),
    ("wrong_file", lambda b: edit_media(b, {"type": "photo", "media": "AgAC404"})),
    ("photo", lambda b: b.photo(png(42, 2))),
    ("photo", lambda b: b.photo(png(5001, 5000))),
    ("photo", lambda b: b.photo(png(20_000, 10_000))),
    ("not_image", lambda b: b.photo(PNG[:20])),
    ("album", group(*[PHOTO] * 11)),
    ("album", lambda b: b.call("sendMediaGroup", chat_id=DUTY_CHAT)),
    ("media", group(PHOTO, {"type": "document", "media": "attach://a"})),
    ("media", group(PHOTO, {"type": "photo"})),
    ("media", group(PHOTO, "photo")),
    ("media", group(PHOTO, PHOTO | {"caption": 1})),
    ("json", lambda b: edit_media(b, None)),
    ("media", lambda b: edit_media(b, {"type": "poll", "media": "x"})),
    # states
    ("not_modified", same_keyboard),
    ("not_modified", lambda b: about(b, b.say(), "editMessageReplyMarkup")),
    ("not_modified", lambda b: about(b, b.photo(caption="x"), "editMessageCaption", caption=" x ")),
    ("not_modified", lambda b: about(b, b.say("<b>x</b>", parse_mode="HTML"), "editMessageText", text="*x*",
                                     parse_mode="MarkdownV2")),
    ("no_id", lambda b: b.call("pinChatMessage", chat_id=DUTY_CHAT)),
    ("no_message", lambda b: deleted_then(b, "editMessageText", text="x")),
    ("no_message", lambda b: b.call("editMessageReplyMarkup", chat_id=DUTY_CHAT, message_id="404")),
    ("no_delete", lambda b: deleted_then(b, "deleteMessage")),
    ("cannot_delete", delete_of_a_person),
    ("no_pin", lambda b: deleted_then(b, "pinChatMessage")),
    ("no_unpin", second_unpin),
    ("no_unpin", lambda b: about(b, b.say(), "unpinChatMessage")),
    ("old_query", answered_twice),
    ("old_query", lambda b: b.call("answerCallbackQuery", callback_query_id="404")),
    ("old_query", lambda b: b.call("answerCallbackQuery")),
    # commands
    ("command", lambda b: commands(b, ("x" * 33, "x"))),
    ("command", lambda b: commands(b, ("", "x"))),
    ("command_text", lambda b: commands(b, ("truc", "x" * 257))),
    ("scope", lambda b: b.call("setMyCommands", commands="[]", scope='{"type": "chat"}')),
    ("scope", lambda b: b.call("getMyCommands", scope=json.dumps({"type": "chat_member", "chat_id": GROUP}))),
    ("chat", lambda b: b.call("getMyCommands", scope='{"type": "chat", "chat_id": 404}')),
    ("language", lambda b: b.call("getMyCommands", language_code="VI")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "way"), WAYS, ids=[f"{n}-{key}" for n, (key, _) in enumerate(WAYS)])
async def test_a_rule_is_broken_in_every_way_there_is(
    key: str, way: Callable[[Bot], Awaitable[Any]], sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    await way(bot)
    assert bot.answer[0] == sandbox.telegram.rules[key].status, bot.answer[1]
    assert_refused_by(sandbox.telegram, key)


TAKEN: list[Callable[[Bot], Awaitable[Any]]] = [
    lambda b: b.say("x" * 4096),
    lambda b: b.say("🔴" * 2048),
    lambda b: b.say("<b>" + "x" * 4096 + "</b>", parse_mode="html"),
    lambda b: b.say("&lt;" * 4096, parse_mode="HTML"),
    lambda b: b.photo(caption="<i>" + "x" * 1024 + "</i>", parse_mode="HTML"),
    lambda b: b.photo(png(2, 40)),
    lambda b: b.photo(png(5000, 5000)),
    lambda b: b.photo(PNG + b"\0" * (10_000_000 - len(PNG))),
    lambda b: b.call("sendDocument", chat_id=DUTY_CHAT, file=("document", b"x" * 50_000_000)),
    rows([{"text": "x", "callback_data": "ạ" * 21 + "y"}]),
    rows(*[[BUTTON] * 8] * 12, [BUTTON] * 4),
    markup({"remove_keyboard": True}),
    rows([{"text": "x", "url": "https://x.example/a"}]),
    lambda b: b.say(reply_parameters='{"message_id": 404, "allow_sending_without_reply": true}'),
    lambda b: b.say(reply_to_message_id="404", allow_sending_without_reply="true"),
    group(*[PHOTO] * 10),
    group(PHOTO, PHOTO),
    lambda b: b.call("createForumTopic", chat_id=FORUM, name="x" * 128),
    lambda b: commands(b, *[("x" * 32, "x" * 256)] * 100),
    webhook("https://x.example:8443/hook", secret_token="aZ0_-" * 51 + "a"),
    webhook("https://x.example:88/hook"),
    webhook("http://127.0.0.1:9/hook"),
    lambda b: b.call("sendChatAction", chat_id=DUTY_CHAT, action="upload_photo"),
]


@pytest.mark.parametrize("way", TAKEN, ids=[str(n) for n in range(len(TAKEN))])
async def test_the_limits_themselves_are_taken(
    way: Callable[[Bot], Awaitable[Any]], sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    await way(bot)
    assert bot.answer[0] == 200, bot.answer[1]


async def test_an_answer_is_taken_until_the_last_second(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    query = await bot.press()
    clock.forward(seconds=56)
    assert await bot.call("answerCallbackQuery", callback_query_id=query, text="x" * 200) is True
    assert sandbox.telegram.answer_of(query) == "x" * 200


async def test_a_message_is_deletable_for_48_hours(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    message = await bot.say()
    clock.forward(hours=48, seconds=-5)
    assert await bot.on("deleteMessage", message) is True
    assert sandbox.telegram.messages(DUTY_CHAT) == []


# -- floods: the clock stands still but where it says so --------------------------------------------------------------


async def still(bot: Bot, method: str = "sendMessage", **words: str) -> tuple[int, int]:
    """One call without time going on; its status and how long to wait."""
    bot.clock.forward(seconds=-4)
    await bot.call(method, **{"chat_id": DUTY_CHAT, "text": "x", **words})
    return bot.answer[0], bot.answer[1].get("parameters", {}).get("retry_after", 0)


async def test_one_chat_takes_a_short_burst_and_then_one_a_second(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    for _ in range(5):
        assert await still(bot, chat_id=PRIVATE) == (200, 0)
        clock.forward(seconds=0.5)
    assert await still(bot, chat_id=PRIVATE) == (429, 3), "the first was 2.5 seconds ago"
    assert await still(bot, chat_id=LEADERS_CHAT) == (200, 0), "another chat"
    clock.forward(seconds=2.5)
    assert await still(bot, chat_id=PRIVATE) == (200, 0)


async def test_a_group_takes_twenty_in_a_minute_and_edits_count(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    await still(bot)
    number = str(bot.answer[1]["result"]["message_id"])
    for turn in range(19):
        clock.forward(seconds=2)
        assert await still(bot, "editMessageText", message_id=number, text=f"lần {turn}") == (200, 0)
    clock.forward(seconds=2)
    assert await still(bot) == (429, 20)
    assert await still(bot, "editMessageText", message_id=number, text="nữa") == (429, 20)
    assert (await still(bot, "pinChatMessage", message_id=number))[0] == 200, "no message"
    clock.forward(seconds=20)
    assert await still(bot) == (200, 0)
    for _ in range(21):
        clock.forward(seconds=1)
        assert await still(bot, chat_id=PRIVATE) == (200, 0), "a private chat is no group"


async def test_the_bot_sends_thirty_a_second_to_all_chats(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    for person in range(100, 131):
        sandbox.telegram.add_person(person, "A")
        sandbox.telegram.unblock(person)
    for person in range(100, 130):
        assert await still(bot, chat_id=str(person)) == (200, 0)
    assert await still(bot, chat_id="130") == (429, 1)
    clock.forward(seconds=1)
    assert await still(bot, chat_id="130") == (200, 0)


async def test_an_album_counts_as_its_messages(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    for _ in range(2):
        await group(*[PHOTO] * 10)(bot)
        assert bot.answer[0] == 200
        clock.forward(seconds=10)
    assert (await still(bot))[0] == 429


async def test_a_refused_message_leaves_nothing_and_costs_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    for _ in range(6):
        assert (await still(bot, text=" "))[0] == 400
    await still(bot, reply_markup="{}")
    assert await still(bot) == (200, 0)
    assert [m.text for m in sandbox.telegram.messages(DUTY_CHAT)] == ["x"]


async def test_an_arranged_flood_hits_one_call_of_one_chat(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    bot = Bot(http, sandbox.telegram, clock)
    sandbox.telegram.flood(DUTY_CHAT, 7)
    assert await still(bot, chat_id=LEADERS_CHAT) == (200, 0)
    assert await still(bot) == (429, 7)
    assert await still(bot) == (200, 0)
