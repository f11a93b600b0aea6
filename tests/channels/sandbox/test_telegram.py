"""Every documented refusal of the Bot API, brought about with a plain HTTP client or by what people do."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image

from channels.sandbox.telegram import RIGHTS, TelegramSandbox
from channels.sandbox.world import DUTY_CHAT, TELEGRAM_CHANNEL, Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.conftest import FakeClock

FORUM, GROUP, PERSON = "-1007", "-7", 7


def png(width: int = 8, height: int = 8) -> bytes:
    target = io.BytesIO()
    Image.new("1", (width, height)).save(target, "PNG")
    return target.getvalue()


PNG = png()


class Bot:
    """A plain client of the Bot API, in a small world: a forum, a group, a person who pressed Start."""

    def __init__(self, http: aiohttp.ClientSession, platform: TelegramSandbox, clock: FakeClock) -> None:
        self.http, self.platform, self.clock = http, platform, clock
        self.answer: tuple[int, dict[str, Any]] = (0, {})
        platform.add_person(PERSON, "Trực")
        platform.unblock(PERSON)
        platform.add_chat(FORUM, "Diễn đàn", forum=True)
        platform.add_chat(GROUP, "Nhóm nhỏ")
        platform._updates.clear()

    async def call(self, method: str, *, token: str = "", file: tuple[str, bytes] | None = None, **words: str) -> Any:
        """One call, as form or multipart. Time goes on, so that no flood limit is in the way."""
        self.clock.forward(seconds=4)
        url = f"{self.platform.url}/bot{token or self.platform.token}/{method}"
        form = aiohttp.FormData(words)
        if file is not None:
            form.add_field(file[0], io.BytesIO(file[1]), filename="a.bin")
        async with self.http.post(url, data=form) as answer:
            kind = answer.content_type
            self.answer = (answer.status, await answer.json() if kind == "application/json" else {"html": True})
        return self.answer[1].get("result")

    async def say(self, text: str = "Chào", **words: str) -> Any:
        return await self.call("sendMessage", **{"chat_id": DUTY_CHAT, "text": text, **words})

    async def on(self, method: str, message: dict[str, Any], **words: str) -> Any:
        """A call about a message."""
        chat, number = str(message["chat"]["id"]), str(message["message_id"])
        return await self.call(method, **{"chat_id": chat, "message_id": number, **words})

    async def photo(self, data: bytes = PNG, **words: str) -> Any:
        return await self.call("sendPhoto", **{"chat_id": DUTY_CHAT, **words}, file=("photo", data))

    async def topic(self, name: str = "Tin đồn") -> str:
        return str((await self.call("createForumTopic", chat_id=FORUM, name=name))["message_thread_id"])

    async def press(self) -> str:
        """Somebody presses a button of a new message."""
        message = await self.say(reply_markup=keyboard(("Nhận", "ack:1")))
        return self.platform.press(DUTY_CHAT, message["message_id"], "ack:1", PERSON)


def keyboard(*buttons: tuple[str, str]) -> str:
    return json.dumps({"inline_keyboard": [[{"text": t, "callback_data": d} for t, d in buttons]]})


def album(*items: dict[str, str]) -> str:
    return json.dumps(list(items))


async def edit_same(bot: Bot) -> None:
    await bot.on("editMessageText", await bot.say(), text="Chào")


async def migrate(bot: Bot) -> None:
    new = bot.platform.migrate(GROUP)
    await bot.say(chat_id=GROUP)
    assert bot.answer[1]["parameters"] == {"migrate_to_chat_id": int(new)}


async def second_poller(bot: Bot) -> None:
    first = asyncio.create_task(bot.call("getUpdates", timeout="50"))
    while not bot.platform.polls:  # noqa: ASYNC110  # one turn of the loop at a time
        await asyncio.sleep(0)
    other = Bot(bot.http, bot.platform, bot.clock)
    assert await other.call("getUpdates", timeout="0") == []
    await asyncio.wait_for(first, 40)


async def with_webhook(bot: Bot) -> None:
    await bot.call("setWebhook", url="https://x.example/hook")
    await bot.call("getUpdates")


async def flooded(bot: Bot) -> None:
    bot.platform.flood(DUTY_CHAT, 3)
    await bot.say()
    assert bot.answer[1]["parameters"] == {"retry_after": 3}
    assert bot.answer[1]["description"] == "Too Many Requests: retry after 3"


async def outage(bot: Bot) -> None:
    bot.platform.fail_next("server_error")
    await bot.say()


async def after(act: Callable[[], object], *calls: Awaitable[Any]) -> None:
    act()
    for call in calls:
        await call


async def download(bot: Bot, path: str = "photos/none.jpg", token: str = "") -> None:
    address = f"{bot.platform.url}/file/bot{token or bot.platform.token}/{path}"
    async with bot.http.get(address) as answer:
        bot.answer = (answer.status, await answer.json())


async def left(bot: Bot) -> None:
    await bot.call("leaveChat", chat_id=GROUP)
    await bot.say(chat_id=GROUP)


async def closed_topic(bot: Bot) -> None:
    thread = await bot.topic()
    await bot.call("closeForumTopic", chat_id=FORUM, message_thread_id=thread)
    await bot.say(chat_id=FORUM, message_thread_id=thread)


async def big_file(bot: Bot) -> None:
    sent = await bot.call("sendDocument", chat_id=DUTY_CHAT, file=("document", b"x" * 20_000_001))
    await bot.call("getFile", file_id=sent["document"]["file_id"])


async def edit_of_a_person(bot: Bot) -> None:
    message = bot.platform.say(DUTY_CHAT, PERSON, "của người khác")
    await bot.call("editMessageText", chat_id=DUTY_CHAT, message_id=str(message.message_id), text="x")


async def old_delete(bot: Bot) -> None:
    message = await bot.say()
    bot.clock.forward(hours=48)
    await bot.on("deleteMessage", message)


async def late_answer(bot: Bot) -> None:
    query = await bot.press()
    bot.clock.forward(seconds=57)
    await bot.call("answerCallbackQuery", callback_query_id=query, text="muộn")


async def pin_without_right(bot: Bot) -> None:
    message = await bot.say()
    bot.platform.set_rights(DUTY_CHAT, RIGHTS - {"can_pin_messages"})
    await bot.on("pinChatMessage", message)


async def post_without_right(bot: Bot) -> None:
    bot.platform.set_rights(TELEGRAM_CHANNEL, frozenset({"can_edit_messages"}))
    await bot.say(chat_id=TELEGRAM_CHANNEL)


async def topic_without_right(bot: Bot) -> None:
    bot.platform.set_rights(FORUM, RIGHTS - {"can_manage_topics"})
    await bot.call("createForumTopic", chat_id=FORUM, name="x")


CASES: dict[str, Callable[[Bot], Awaitable[Any]]] = {
    "token": lambda b: b.call("getMe", token="1:nobody"),
    "malformed_token": lambda b: b.call("getMe", token="nobody"),
    "method": lambda b: b.call("sendEverything"),
    "file": download,
    "outage": outage,
    "too_large": lambda b: b.call("sendDocument", chat_id=DUTY_CHAT, file=("document", b"x" * 50_000_001)),
    "unreadable": lambda b: b.call("deleteMessage", chat_id=DUTY_CHAT, message_id="one"),
    "json": lambda b: b.say(reply_markup="{not json"),
    "conflict": second_poller,
    "webhook_set": with_webhook,
    "webhook_https": lambda b: b.call("setWebhook", url="http://x.example/hook"),
    "webhook_port": lambda b: b.call("setWebhook", url="https://x.example:8080/hook"),
    "secret": lambda b: b.call("setWebhook", url="https://x.example/hook", secret_token="a b"),
    "secret_long": lambda b: b.call("setWebhook", url="https://x.example/hook", secret_token="a" * 257),
    "chat_empty": lambda b: b.call("sendMessage", text="x"),
    "chat": lambda b: b.say(chat_id="42"),
    "migrated": migrate,
    "blocked": lambda b: after(lambda: b.platform.block(PERSON), b.say(chat_id=str(PERSON))),
    "kicked": lambda b: after(lambda: b.platform.kick(DUTY_CHAT), b.say()),
    "left": left,
    "never_started": lambda b: after(lambda: b.platform.add_person(8, "Mới"), b.say(chat_id="8")),
    "no_post_right": post_without_right,
    "flood": flooded,
    "private_leave": lambda b: b.call("leaveChat", chat_id=str(PERSON)),
    "no_administrators": lambda b: b.call("getChatAdministrators", chat_id=str(PERSON)),
    "no_member": lambda b: b.call("getChatMember", chat_id=GROUP, user_id="404"),
    "action": lambda b: b.call("sendChatAction", chat_id=DUTY_CHAT, action="sleeping"),
    "empty": lambda b: b.say("   "),
    "long": lambda b: b.say("x" * 4097),
    "long_caption": lambda b: b.photo(caption="x" * 1025),
    "entities": lambda b: b.say("<script>x</script>", parse_mode="HTML"),
    "parse_mode": lambda b: b.say(parse_mode="RTF"),
    "button": lambda b: b.say(reply_markup=keyboard(("x", "y" * 65))),
    "button_url": lambda b: b.say(reply_markup=json.dumps({"inline_keyboard": [[{"text": "x", "url": "nowhere"}]]})),
    "button_kind": lambda b: b.say(reply_markup=json.dumps({"inline_keyboard": [[{"text": "x"}]]})),
    "keyboard": lambda b: b.say(reply_markup=keyboard(*[("x", "y")] * 9)),
    "markup": lambda b: b.say(reply_markup="{}"),
    "no_reply": lambda b: b.say(reply_parameters='{"message_id": 404}'),
    "no_topic": lambda b: b.say(message_thread_id="404"),
    "topic_closed": closed_topic,
    "no_file": lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT),
    "empty_file": lambda b: b.photo(b""),
    "wrong_file": lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT, photo="AgAC404"),
    "photo": lambda b: b.photo(png(2, 42)),
    "photo_size": lambda b: b.photo(PNG + b"\0" * 10_000_001),
    "not_image": lambda b: b.photo(b"<html>"),
    "album": lambda b: b.call("sendMediaGroup", chat_id=DUTY_CHAT, media=album({"type": "photo", "media": "x"})),
    "media": lambda b: b.call("sendMediaGroup", chat_id=DUTY_CHAT, media=album(*[{"type": "poll", "media": "x"}] * 2)),
    "no_stored_file": lambda b: b.call("getFile", file_id="404"),
    "big_file": big_file,
    "not_modified": edit_same,
    "no_id": lambda b: b.call("editMessageText", chat_id=DUTY_CHAT, text="x"),
    "no_message": lambda b: b.call("editMessageText", chat_id=DUTY_CHAT, message_id="404", text="x"),
    "cannot_edit": edit_of_a_person,
    "no_text": lambda b: _about(b, b.photo(), "editMessageText", text="x"),
    "no_caption": lambda b: _about(b, b.say(), "editMessageCaption", caption="x"),
    "no_delete": lambda b: b.call("deleteMessage", chat_id=DUTY_CHAT, message_id="404"),
    "cannot_delete": old_delete,
    "old_query": late_answer,
    "answer_long": lambda b: b.call("answerCallbackQuery", callback_query_id="404", text="x" * 201),
    "no_pin": lambda b: b.call("pinChatMessage", chat_id=DUTY_CHAT, message_id="404"),
    "no_unpin": lambda b: b.call("unpinChatMessage", chat_id=DUTY_CHAT),
    "no_pin_right": pin_without_right,
    "not_forum": lambda b: b.call("createForumTopic", chat_id=DUTY_CHAT, name="x"),
    "no_topic_right": topic_without_right,
    "topic_name": lambda b: b.call("createForumTopic", chat_id=FORUM, name="x" * 129),
    "command": lambda b: commands(b, ("Trực", "x")),
    "command_text": lambda b: commands(b, ("truc", "")),
    "commands": lambda b: commands(b, *[("truc", "x")] * 101),
    "scope": lambda b: b.call("getMyCommands", scope='{"type": "world"}'),
    "language": lambda b: b.call("getMyCommands", language_code="vie"),
}


async def _about(bot: Bot, sent: Awaitable[Any], method: str, **words: str) -> None:
    await bot.on(method, await sent, **words)


async def commands(bot: Bot, *found: tuple[str, str], **words: str) -> None:
    listed = [{"command": command, "description": text} for command, text in found]
    await bot.call("setMyCommands", commands=json.dumps(listed), **words)


@pytest.mark.parametrize("key", sorted(TelegramSandbox.rules))
async def test_refusals_have_telegrams_shape(
    key: str, sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock
) -> None:
    rule, bot = TelegramSandbox.rules[key], Bot(http, sandbox.telegram, clock)
    assert not rule.arranged, "a request or a person brings it about"
    await CASES[key](bot)
    status, body = bot.answer
    assert status == rule.status, body
    assert rule.cites.startswith("telegram.md ")
    assert_refused_by(sandbox.telegram, key)
    if key == "outage":
        assert body == {"html": True}
        return
    assert (body["ok"], body["error_code"]) == (False, rule.code)
    assert body["description"].startswith(rule.message.split("{")[0])
    assert "{" not in body["description"]
    assert ("parameters" in body) == (key in ("flood", "migrated"))
