"""What was written to the Bot API is read back: messages, files, pins, topics, members, commands, and updates."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from channels.sandbox.telegram import DELETE, PIN, TelegramSandbox
from channels.sandbox.world import DUTY_CHAT, Sandbox
from tests.channels.sandbox.test_telegram import FORUM, GROUP, PERSON, PNG, Bot, commands, keyboard, png
from tests.conftest import FakeClock

PRIVATE = str(PERSON)


@pytest.fixture
def bot(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> Bot:
    return Bot(http, sandbox.telegram, clock)


# -- words ------------------------------------------------------------------------------------------------------------


def spans(message: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(e["type"], e["offset"], e["length"]) for e in message.get("entities", [])]


@pytest.mark.parametrize(
    ("mode", "sent", "text", "found"),
    [
        ("HTML", "<b>Nhận <i>tin</i></b> &lt;&amp;&quot;&#39;&nbsp;", "Nhận tin <&\"'&nbsp;",
         [("bold", 0, 8), ("italic", 5, 3)]),
        ("HTML", "🔴 <u>a</u><s>b</s>", "🔴 ab", [("underline", 3, 1), ("strikethrough", 4, 1)]),
        ("HTML", "  <code>x</code>\n", "x", [("code", 0, 1)]),
        ("HTML", "<pre>a</pre><tg-spoiler>b</tg-spoiler>", "ab", [("pre", 0, 1), ("spoiler", 1, 1)]),
        ("HTML", "<blockquote>a</blockquote><blockquote expandable>b</blockquote>", "ab",
         [("blockquote", 0, 1), ("expandable_blockquote", 1, 1)]),
        ("HTML", "<b></b>x", "x", []),
        ("HTML", '<a href="https://x.example/?a=1&amp;b=2">x</a><a>y</a>', "xy", [("text_link", 0, 1)]),
        ("HTML", '<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("MarkdownV2", "*a* _b_ __c__ ~d~ ||e|| `f.` \\.", "a b c d e f. .",
         [("bold", 0, 1), ("italic", 2, 1), ("underline", 4, 1), ("strikethrough", 6, 1), ("spoiler", 8, 1),
          ("code", 10, 2)]),
        ("MarkdownV2", ">a\n>b\nc", "a\nb\nc", [("blockquote", 0, 3)]),
        ("MarkdownV2", "```py\nx```[y](https://x.example)", "xy", [("pre", 0, 1), ("text_link", 1, 1)]),
        ("Markdown", "*a* _b_ c. [d](https://x.example)", "a b c. d",
         [("bold", 0, 1), ("italic", 2, 1), ("text_link", 7, 1)]),
        ("", "<b>*a*</b>", "<b>*a*</b>", []),
    ],
)  # fmt: skip
async def test_formatted_text_becomes_words_and_spans(
    mode: str, sent: str, text: str, found: list[tuple[str, int, int]], bot: Bot
) -> None:
    message = await bot.say(sent, parse_mode=mode)
    assert (message["text"], spans(message)) == (text, found)
    for entity in message.get("entities", []):
        assert entity["type"] != "text_link" or entity["url"].startswith("https://x.example")


async def test_listed_entities_are_kept_and_a_parse_mode_goes_first(bot: Bot) -> None:
    listed = json.dumps([{"type": "bold", "offset": 0, "length": 2}])
    assert spans(await bot.say("🔴 x", entities=listed)) == [("bold", 0, 2)]
    assert spans(await bot.say("<i>x</i>", entities=listed, parse_mode="HTML")) == [("italic", 0, 1)]


async def test_the_first_hundred_entities_are_kept(bot: Bot) -> None:
    message = await bot.say("<b>x</b> " * 101, parse_mode="HTML")
    assert len(message["entities"]) == 100
    assert message["text"].count("x") == 101


# -- messages ---------------------------------------------------------------------------------------------------------


async def test_a_message_is_answered_as_it_was_sent(bot: Bot, clock: FakeClock) -> None:
    first = await bot.say("Đầu")
    words = {
        "reply_parameters": json.dumps({"message_id": first["message_id"]}),
        "reply_markup": keyboard(("Nhận", "ack:1")),
        "link_preview_options": '{"is_disabled": true}',
        "protect_content": "true",
        "disable_notification": "true",
    }
    message = await bot.say("Sau", **words)
    assert message["from"]["is_bot"]
    assert message["date"] == int(clock().timestamp())
    assert message["chat"] == {"id": int(DUTY_CHAT), "type": "supergroup", "title": "Nhóm trực thông tin"}
    assert message["message_id"] == first["message_id"] + 1
    assert message["reply_to_message"]["text"] == "Đầu"
    assert message["reply_markup"]["inline_keyboard"] == [[{"text": "Nhận", "callback_data": "ack:1"}]]
    assert message["link_preview_options"] == {"is_disabled": True}
    assert message["has_protected_content"] is True
    assert "edit_date" not in message
    kept = bot.platform.messages(DUTY_CHAT)[-1]
    assert (kept.silent, kept.protected, kept.own, kept.reply_to) == (True, True, True, first["message_id"])
    loud = await bot.say("Kêu", disable_notification="false", disable_web_page_preview="true", reply_to_message_id="1")
    assert not bot.platform.messages(DUTY_CHAT)[-1].silent
    assert (loud["link_preview_options"], loud["reply_to_message"]["message_id"]) == ({"is_disabled": True}, 1)


async def test_arguments_come_in_the_address_as_a_form_or_as_json(bot: Bot, http: aiohttp.ClientSession) -> None:
    base = f"{bot.platform.url}/bot{bot.platform.token}"
    async with http.get(f"{base}/SENDMESSAGE", params={"chat_id": DUTY_CHAT, "text": "a"}) as answer:
        assert answer.status == 200
    body = {"chat_id": int(DUTY_CHAT), "text": "b", "disable_notification": True, "reply_markup": None,
            "link_preview_options": {"is_disabled": True}}  # fmt: skip
    async with http.post(f"{base}/sendMessage", json=body) as answer:
        assert (await answer.json())["result"]["link_preview_options"] == {"is_disabled": True}
    assert [(m.text, m.silent) for m in bot.platform.messages(DUTY_CHAT)] == [("a", False), ("b", True)]
    async with http.post(f"{base}/sendMessage", json=[body]) as answer:
        assert answer.status == 400
    async with http.put(f"{base}/sendMessage", json=body) as answer:
        assert answer.status == 404


async def test_each_supergroup_counts_its_own_messages(bot: Bot) -> None:
    assert (await bot.say())["message_id"] == (await bot.say(chat_id=FORUM))["message_id"] == 1
    first, second = await bot.say(chat_id=GROUP), await bot.say(chat_id=PRIVATE)
    assert first["message_id"] < second["message_id"], "one counter for a bot's other chats"


async def test_an_edit_changes_the_message_and_takes_away_a_keyboard_left_out(bot: Bot, clock: FakeClock) -> None:
    rows = keyboard(("Nhận", "ack:1"))
    message = await bot.say(reply_markup=rows)
    edited = await bot.on("editMessageText", message, text="<b>Mới</b>", parse_mode="HTML", reply_markup=rows)
    assert (edited["text"], spans(edited)) == ("Mới", [("bold", 0, 3)])
    assert edited["edit_date"] == int(clock().timestamp()) > edited["date"]
    assert "reply_markup" in edited
    plain = await bot.on("editMessageText", message, text="Mới")
    assert "entities" not in plain
    assert "reply_markup" not in plain, "the edit had none"
    assert "reply_markup" in await bot.on("editMessageReplyMarkup", message, reply_markup=rows)
    gone = await bot.on("editMessageReplyMarkup", message)
    assert (gone["text"], "reply_markup" in gone) == ("Mới", False)
    assert bot.platform.messages(DUTY_CHAT)[0].edits == 4


async def test_a_caption_is_edited_and_may_become_empty(bot: Bot) -> None:
    message = await bot.photo(caption="<i>a</i>", parse_mode="HTML")
    assert (message["caption"], message["caption_entities"][0]["type"]) == ("a", "italic")
    assert (await bot.on("editMessageCaption", message, caption="b"))["caption"] == "b"
    empty = await bot.on("editMessageCaption", message)
    assert "caption" not in empty
    assert "text" not in empty


async def test_a_picture_is_replaced_and_added_to_a_text(bot: Bot) -> None:
    for message in (await bot.photo(png(9, 9)), await bot.say()):
        words = {"chat_id": DUTY_CHAT, "message_id": str(message["message_id"])}
        media = json.dumps({"type": "photo", "media": "attach://new", "caption": "mới"})
        edited = await bot.call("editMessageMedia", media=media, file=("new", png(30, 20)), **words)
        size = edited["photo"][0]
        assert (size["width"], size["height"], edited["caption"]) == (30, 20, "mới")


async def test_a_deleted_message_is_gone_and_its_pin_with_it(bot: Bot) -> None:
    message = await bot.say()
    await bot.on("pinChatMessage", message)
    assert await bot.on("deleteMessage", message) is True
    assert bot.platform.messages(DUTY_CHAT) == []
    assert "pinned_message" not in await bot.call("getChat", chat_id=DUTY_CHAT)


async def test_a_persons_message_is_deletable_in_private_and_with_the_right(bot: Bot) -> None:
    bot.platform.set_rights(DUTY_CHAT, frozenset({DELETE}))
    for chat in (PRIVATE, DUTY_CHAT):
        said = bot.platform.say(chat, PERSON, "x")
        assert await bot.call("deleteMessage", chat_id=chat, message_id=str(said.message_id)) is True


async def test_pins_stack_and_the_newest_shows(bot: Bot) -> None:
    async def shown() -> str:
        return str((await bot.call("getChat", chat_id=DUTY_CHAT)).get("pinned_message", {}).get("text", ""))

    for text in "abc":
        await bot.on("pinChatMessage", await bot.say(text))
    assert await shown() == "c"
    await bot.call("pinChatMessage", chat_id=DUTY_CHAT, message_id="1")
    assert await shown() == "a", "pinned anew"
    await bot.call("unpinChatMessage", chat_id=DUTY_CHAT)
    assert await shown() == "c"
    await bot.call("unpinChatMessage", chat_id=DUTY_CHAT, message_id="2")
    assert await shown() == "c"
    assert await bot.call("unpinAllChatMessages", chat_id=DUTY_CHAT) is True
    assert await shown() == ""
    bot.platform.set_rights(DUTY_CHAT, frozenset({PIN}))
    assert await bot.call("pinChatMessage", chat_id=DUTY_CHAT, message_id="1") is True


# -- files ------------------------------------------------------------------------------------------------------------


async def test_a_file_is_sent_again_by_its_id_and_downloaded(bot: Bot, http: aiohttp.ClientSession) -> None:
    sent = await bot.call("sendDocument", chat_id=DUTY_CHAT, caption="PDF", file=("document", b"%PDF-1"))
    document = sent["document"]
    assert (document["file_name"], document["file_size"], sent["caption"]) == ("a.bin", 6, "PDF")
    again = await bot.call("sendDocument", chat_id=FORUM, document=document["file_id"])
    assert again["document"] == document
    assert bot.platform.messages(FORUM)[0].document == b"%PDF-1"
    found = await bot.call("getFile", file_id=document["file_id"])
    async with http.get(f"{bot.platform.url}/file/bot{bot.platform.token}/{found['file_path']}") as answer:
        assert await answer.read() == b"%PDF-1"
    photo = (await bot.photo(png(30, 20)))["photo"][0]
    assert (photo["width"], photo["height"]) == (30, 20)
    assert photo["file_id"] != document["file_id"]


async def test_a_photo_is_fetched_from_an_address(bot: Bot) -> None:
    sent = await bot.photo(png(30, 20))
    address = f"{bot.platform.url}/_sandbox/file/{sent['photo'][0]['file_id']}"
    fetched = await bot.call("sendPhoto", chat_id=DUTY_CHAT, photo=address)
    assert fetched["photo"][0]["width"] == 30


async def test_an_album_is_several_messages_of_one_kind(bot: Bot) -> None:
    first = (await bot.photo(png(30, 20)))["photo"][0]["file_id"]
    media = [{"type": "photo", "media": "attach://a", "caption": "<b>x</b>", "parse_mode": "HTML"},
             {"type": "photo", "media": first}]  # fmt: skip
    thread = await bot.topic()
    sent = await bot.call("sendMediaGroup", chat_id=FORUM, message_thread_id=thread, media=json.dumps(media),
                          file=("a", PNG))  # fmt: skip
    assert [m["photo"][0]["width"] for m in sent] == [8, 30]
    assert len({m["media_group_id"] for m in sent}) == 1
    assert [m.get("caption") for m in sent] == ["x", None]
    assert {m["message_thread_id"] for m in sent} == {int(thread)}


# -- topics, members, commands ----------------------------------------------------------------------------------------


async def test_topics_take_messages_and_are_renamed_closed_and_deleted(bot: Bot) -> None:
    made = await bot.call("createForumTopic", chat_id=FORUM, name=" Tin đồn ", icon_color="16766590")
    assert (made["name"], made["icon_color"]) == ("Tin đồn", 16766590)
    thread = {"chat_id": FORUM, "message_thread_id": str(made["message_thread_id"])}
    sent = await bot.call("sendMessage", text="x", **thread)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (made["message_thread_id"], True)
    answer = await bot.say(chat_id=FORUM, reply_parameters=json.dumps({"message_id": sent["message_id"]}))
    assert answer["message_thread_id"] == made["message_thread_id"], "an answer stays in its topic"
    assert "message_thread_id" not in await bot.say(chat_id=FORUM), "the general topic"
    assert await bot.call("editForumTopic", name="Khác", **thread) is True
    assert bot.platform.chats[FORUM].topics[made["message_thread_id"]].name == "Khác"
    for method, status in (("closeForumTopic", 400), ("reopenForumTopic", 200), ("deleteForumTopic", 400)):
        assert await bot.call(method, **thread) is True
        await bot.call("sendMessage", text="x", **thread)
        assert bot.answer[0] == status, method
    assert len(bot.platform.messages(FORUM)) == 1, "a deleted topic's messages go with it"


async def test_chats_show_kind_members_and_rights(bot: Bot) -> None:
    assert (await bot.call("getChat", chat_id=PRIVATE))["type"] == "private"
    assert (await bot.call("getChat", chat_id=GROUP))["type"] == "group"
    assert (await bot.call("getChat", chat_id=FORUM))["is_forum"] is True
    assert (await bot.call("getMe"))["can_read_all_group_messages"] is False
    bot.platform.add_member(DUTY_CHAT, PERSON, "creator")
    bot.platform.add_person(8, "Phụ")
    bot.platform.say(DUTY_CHAT, 8, "x")

    async def status(person: int, chat: str = DUTY_CHAT) -> str:
        return str((await bot.call("getChatMember", chat_id=chat, user_id=str(person)))["status"])

    assert [await status(p) for p in (PERSON, 8)] == ["creator", "member"]
    assert [await status(8, GROUP), await status(PERSON, PRIVATE)] == ["left", "member"]
    assert await status(bot.platform.bot_id) == "administrator"
    both = await bot.call("getChatAdministrators", chat_id=DUTY_CHAT)
    assert [a["status"] for a in both] == ["administrator", "creator"]
    bot.platform.set_rights(DUTY_CHAT, frozenset())
    assert [a["status"] for a in await bot.call("getChatAdministrators", chat_id=DUTY_CHAT)] == ["creator"]
    assert await bot.call("getChatMemberCount", chat_id=DUTY_CHAT) == 3
    assert await bot.call("getChatMemberCount", chat_id=PRIVATE) == 2
    bot.platform.block(PERSON)
    assert (await bot.call("getChat", chat_id=PRIVATE))["first_name"] == "Trực", "still to be looked at"


async def test_commands_are_kept_by_scope_and_language(bot: Bot) -> None:
    chat = json.dumps({"type": "chat", "chat_id": int(GROUP)})
    await commands(bot, ("/truc", "Ai trực"))
    await commands(bot, ("duty", "Who"), language_code="en")
    await commands(bot, ("suco", "Sự cố"), scope=chat)
    assert await bot.call("getMyCommands") == [{"command": "truc", "description": "Ai trực"}]
    assert (await bot.call("getMyCommands", language_code="en"))[0]["command"] == "duty"
    assert (await bot.call("getMyCommands", scope=chat))[0]["command"] == "suco"
    assert await bot.call("getMyCommands", scope='{"type": "all_private_chats"}') == []
    assert await bot.call("deleteMyCommands") is True
    assert await bot.call("getMyCommands") == []
    assert await bot.call("getMyCommands", scope=chat) != []


# -- updates ----------------------------------------------------------------------------------------------------------


async def texts(bot: Bot, **words: str) -> list[str]:
    return [u["message"]["text"] for u in await bot.call("getUpdates", **words)]


async def test_updates_come_until_they_are_confirmed(bot: Bot) -> None:
    for text in "abc":
        bot.platform.say(PRIVATE, PERSON, text)
    assert await texts(bot) == ["a", "b", "c"]
    assert await texts(bot, limit="2") == ["a", "b"], "and again: nothing was confirmed"
    assert await texts(bot, limit="0") == ["a"]
    (second,) = (await bot.call("getUpdates"))[1:2]
    assert await texts(bot, offset=str(second["update_id"])) == ["b", "c"]
    assert await texts(bot, offset="-1") == ["c"]
    assert await texts(bot) == ["c"], "a negative offset forgot the older ones"
    assert await texts(bot, offset=str(second["update_id"] + 9)) == []
    assert await texts(bot) == []


async def test_a_poll_waits_for_an_update(bot: Bot) -> None:
    poll = asyncio.create_task(texts(bot, timeout="50"))
    while not bot.platform.polls:  # noqa: ASYNC110  # one turn of the loop at a time
        await asyncio.sleep(0)
    bot.platform.say(PRIVATE, PERSON, "a")
    assert await asyncio.wait_for(poll, 40) == ["a"]


async def test_only_allowed_kinds_of_updates_come(bot: Bot) -> None:
    await bot.call("getUpdates", allowed_updates='["callback_query"]')
    bot.platform.say(PRIVATE, PERSON, "a")
    await bot.press()
    bot.platform.block(PERSON)
    assert [set(u) for u in await bot.call("getUpdates")] == [{"update_id", "callback_query"}], "remembered"
    await bot.call("getUpdates", offset="99", allowed_updates="[]")
    bot.platform.unblock(PERSON)
    assert "my_chat_member" in (await bot.call("getUpdates"))[0]


async def test_in_a_group_the_bot_sees_commands_and_answers_to_itself(bot: Bot) -> None:
    own = (await bot.say())["message_id"]
    for text, reply_to in (("chuyện riêng", 0), ("/suco@loa_demo_bot nay", 0), ("đã xem", own), ("/", 0)):
        other = bot.platform.say(DUTY_CHAT, PERSON, text, reply_to=reply_to)
    bot.platform.say(DUTY_CHAT, PERSON, "với nhau", reply_to=other.message_id)
    command, answer = (u["message"] for u in await bot.call("getUpdates"))
    assert command["entities"] == [{"type": "bot_command", "offset": 0, "length": 18}]
    assert (command["from"]["id"], command["from"]["is_bot"]) == (PERSON, False)
    assert (answer["text"], answer["reply_to_message"]["message_id"]) == ("đã xem", own)
    bot.platform.kick(DUTY_CHAT)
    bot.platform.say(DUTY_CHAT, PERSON, "/suco")
    assert "message" not in (await bot.call("getUpdates"))[-1]


async def test_a_press_comes_once_and_its_answer_reaches_the_presser(bot: Bot, clock: FakeClock) -> None:
    query = await bot.press()
    (update,) = await bot.call("getUpdates")
    pressed = update["callback_query"]
    assert (pressed["id"], pressed["data"], pressed["from"]["id"]) == (query, "ack:1", PERSON)
    assert pressed["message"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "ack:1"
    assert bot.platform.answer_of(query) is None
    await bot.call("answerCallbackQuery", callback_query_id=query, text="Đã nhận")
    assert bot.platform.answer_of(query) == "Đã nhận"
    with pytest.raises(ValueError, match="no button"):
        bot.platform.press(DUTY_CHAT, 1, "other", PERSON)
    clock.forward(hours=49)
    bot.platform.press(DUTY_CHAT, 1, "ack:1", PERSON)
    old = (await bot.call("getUpdates"))[-1]["callback_query"]["message"]
    assert (old["date"], old["message_id"], "text" in old) == (0, 1, False)


async def test_blocking_and_kicking_are_told_and_undone(bot: Bot) -> None:
    bot.platform.block(PERSON)
    bot.platform.block(PERSON)
    bot.platform.say(PRIVATE, PERSON, "/start")
    bot.platform.kick(DUTY_CHAT)
    bot.platform.admit(DUTY_CHAT)
    seen = [u.get("my_chat_member") for u in await bot.call("getUpdates")]
    moves = [(m["old_chat_member"]["status"], m["new_chat_member"]["status"]) for m in seen if m]
    assert moves == [("member", "kicked"), ("kicked", "member"), ("administrator", "kicked"),
                     ("kicked", "administrator")]  # fmt: skip
    for chat in (PRIVATE, DUTY_CHAT):
        await bot.say(chat_id=chat)
        assert bot.answer[0] == 200


async def test_a_group_that_migrates_is_told_and_goes_on_under_its_new_id(bot: Bot) -> None:
    new = bot.platform.migrate(GROUP)
    old, now = (u["message"] for u in await bot.call("getUpdates"))
    assert (old["chat"]["id"], old["migrate_to_chat_id"]) == (int(GROUP), int(new))
    assert (now["chat"]["id"], now["migrate_from_chat_id"]) == (int(new), int(GROUP))
    assert (await bot.say(chat_id=new))["chat"]["type"] == "supergroup"


# -- webhook ----------------------------------------------------------------------------------------------------------


class Hook:
    """Somebody's webhook: what came, and the statuses it answers one after the other."""

    def __init__(self) -> None:
        self.came: list[tuple[str, dict[str, Any]]] = []
        self.statuses: list[int] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def hook(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hook]:
    monkeypatch.setattr(TelegramSandbox, "webhook_pause_s", 0.01)
    made, app = Hook(), web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def test_a_webhook_gets_each_update_with_its_secret(bot: Bot, hook: Hook) -> None:
    bot.platform.say(PRIVATE, PERSON, "a")
    await bot.call("setWebhook", url=hook.url, secret_token="khoa-1_A", max_connections="7",
                   allowed_updates='["message"]')  # fmt: skip
    bot.platform.block(PERSON)
    bot.platform.say(PRIVATE, PERSON, "b")
    assert await bot.platform.wait_for(lambda: len(hook.came) == 2 and not bot.platform._updates, 60)
    assert [(secret, update["message"]["text"]) for secret, update in hook.came] == [
        ("khoa-1_A", "a"),
        ("khoa-1_A", "b"),
    ]
    info = await bot.call("getWebhookInfo")
    assert info == {"url": hook.url, "has_custom_certificate": False, "pending_update_count": 0,
                    "max_connections": 7, "allowed_updates": ["message"]}  # fmt: skip


async def test_a_refused_update_is_repeated_in_order(bot: Bot, hook: Hook) -> None:
    hook.statuses = [500, 302, 404]
    await bot.call("setWebhook", url=hook.url)
    for text in "ab":
        bot.platform.say(PRIVATE, PERSON, text)
    assert await bot.platform.wait_for(lambda: len(hook.came) == 5, 60)
    assert [update["message"]["text"] for _, update in hook.came] == ["a", "a", "a", "a", "b"]
    assert {secret for secret, _ in hook.came} == {""}
    info = await bot.call("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"
    assert info["last_error_date"] > 0


async def test_an_update_refused_eight_times_is_given_up(bot: Bot, hook: Hook) -> None:
    hook.statuses = [500] * 8
    await bot.call("setWebhook", url=hook.url)
    for text in "ab":
        bot.platform.say(PRIVATE, PERSON, text)
    assert await bot.platform.wait_for(lambda: not bot.platform._updates, 60)
    assert [update["message"]["text"] for _, update in hook.came] == ["a"] * 8 + ["b"]


async def test_what_waits_is_dropped_when_asked(bot: Bot) -> None:
    await bot.call("setWebhook", url="https://x.example/hook")
    bot.platform.say(PRIVATE, PERSON, "a")
    assert (await bot.call("getWebhookInfo"))["pending_update_count"] == 1
    assert await bot.call("deleteWebhook") is True
    assert (await bot.call("getWebhookInfo"))["url"] == ""
    assert await texts(bot) == ["a"]
    await bot.call("setWebhook", url="")
    assert bot.platform.webhook == ""
    await bot.call("deleteWebhook", drop_pending_updates="true")
    assert await texts(bot) == []


async def test_a_webhook_ends_a_poll_that_waits(bot: Bot) -> None:
    poll = asyncio.create_task(bot.call("getUpdates", timeout="50"))
    while not bot.platform.polls:  # noqa: ASYNC110  # one turn of the loop at a time
        await asyncio.sleep(0)
    await Bot(bot.http, bot.platform, bot.clock).call("setWebhook", url="https://x.example/hook")
    await asyncio.wait_for(poll, 40)
    assert bot.answer[0] == 409


# -- the page ---------------------------------------------------------------------------------------------------------


async def on_page(bot: Bot, form: str = "", **words: str) -> str:
    if form:
        async with bot.http.post(f"{bot.platform.url}/_sandbox/{form}", data=words) as answer:
            assert answer.status == 200
    async with bot.http.get(bot.platform.url) as answer:
        return await answer.text()


async def test_the_page_shows_chats_safely_and_takes_words_and_presses(bot: Bot) -> None:
    await bot.say("<script>", reply_markup=keyboard(("Nhận <1>", "ack:1")))
    picture = (await bot.photo(png(30, 20)))["photo"][0]["file_id"]
    page = await on_page(bot, "say", chat=DUTY_CHAT, person=PRIVATE, text="/suco")
    assert "&lt;script&gt;" in page
    assert "Nhận &lt;1&gt;" in page
    assert "<script>" not in page
    async with bot.http.get(f"{bot.platform.url}/_sandbox/file/{picture}") as answer:
        assert Image.open(io.BytesIO(await answer.read())).size == (30, 20)
    assert bot.platform.messages(DUTY_CHAT)[-1].text == "/suco"
    press = asyncio.create_task(on_page(bot, "press", chat=DUTY_CHAT, message="1", data="ack:1", person=PRIVATE))
    (update,) = (await bot.call("getUpdates", offset="3", timeout="9"))[-1:]
    await bot.call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="xong")
    await asyncio.wait_for(press, 60)
    await on_page(bot, "press", chat=DUTY_CHAT, message="1", data="none", person=PRIVATE)


async def test_on_the_page_the_bot_is_blocked_and_thrown_out(bot: Bot) -> None:
    bot.platform.say(PRIVATE, PERSON, "chào")
    for chat, key in ((PRIVATE, "blocked"), (DUTY_CHAT, "kicked")):
        await on_page(bot, "status", chat=chat, **{"in": "no"})
        await bot.say(chat_id=chat)
        assert bot.answer[0] == 403, key
        await on_page(bot, "status", chat=chat, **{"in": "yes"})
        await bot.say(chat_id=chat)
        assert bot.answer[0] == 200
