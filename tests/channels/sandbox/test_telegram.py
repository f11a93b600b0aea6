"""Every documented refusal of the Bot API, asked for with a plain HTTP client; updates, presses and edits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from channels.sandbox.telegram import TelegramSandbox
from channels.sandbox.world import DUTY_CHAT, Sandbox
from tests.channels.sandbox.conftest import assert_refused_by

PNG = b"\x89PNG" + b"\0" * 50


class Bot:
    """A plain client of the Bot API."""

    def __init__(self, http: aiohttp.ClientSession, platform: TelegramSandbox) -> None:
        self.http, self.platform = http, platform
        self.answer: tuple[int, dict[str, Any]] = (0, {})

    async def call(self, method: str, *, token: str = "", file: tuple[str, bytes] | None = None, **words: str) -> Any:
        url = f"{self.platform.url}/bot{token or self.platform.token}/{method}"
        form = aiohttp.FormData(words)
        if file is not None:
            form.add_field(file[0], BytesIO(file[1]), filename="a.bin")
        async with self.http.post(url, data=form) as answer:
            kind = answer.content_type
            self.answer = (answer.status, await answer.json() if kind == "application/json" else {"html": True})
        return self.answer[1].get("result")

    async def say(self, text: str = "Chào", **words: str) -> Any:
        return await self.call("sendMessage", **{"chat_id": DUTY_CHAT, "text": text, **words})


def keyboard(*buttons: tuple[str, str]) -> str:
    return json.dumps({"inline_keyboard": [[{"text": t, "callback_data": d} for t, d in buttons]]})


async def edit_same(bot: Bot) -> None:
    message = await bot.say()
    await bot.call("editMessageText", chat_id=DUTY_CHAT, message_id=str(message["message_id"]), text="Chào")


async def migrate(bot: Bot) -> None:
    bot.platform.chats[DUTY_CHAT].migrated_to = "-100777"
    await bot.say()


async def arranged(bot: Bot, rule: str) -> None:
    bot.platform.arrange(DUTY_CHAT, rule)
    await bot.say()


async def second_poller(bot: Bot) -> None:
    first = asyncio.create_task(bot.call("getUpdates", timeout="5"))
    while not bot.platform._polls:  # noqa: ASYNC110  # one turn of the loop at a time
        await asyncio.sleep(0)
    await Bot(bot.http, bot.platform).call("getUpdates", timeout="0")
    await asyncio.wait_for(first, 10)


async def with_webhook(bot: Bot) -> None:
    await bot.call("setWebhook", url="https://x.example/hook")
    await bot.call("getUpdates")


async def flooded(bot: Bot) -> None:
    bot.platform.flood(DUTY_CHAT, 3)
    await bot.say()
    assert bot.answer[1]["parameters"] == {"retry_after": 3}


async def outage(bot: Bot) -> None:
    bot.platform.fail_next("server_error")
    await bot.say()


CASES: dict[str, Callable[[Bot], Awaitable[Any]]] = {
    "token": lambda b: b.call("getMe", token="1:nobody"),
    "method": lambda b: b.call("sendEverything"),
    "chat": lambda b: b.say(chat_id="42"),
    "empty": lambda b: b.say("   "),
    "long": lambda b: b.say("x" * 4097),
    "long_caption": lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT, caption="x" * 1025, file=("photo", PNG)),
    "entities": lambda b: b.say("<script>x</script>", parse_mode="HTML"),
    "button": lambda b: b.say(reply_markup=keyboard(("x", "ạ" * 40))),
    "keyboard": lambda b: b.say(reply_markup=keyboard(*[("x", "y")] * 9)),
    "photo": lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT, file=("photo", b"<html>")),
    "no_file": lambda b: b.call("sendPhoto", chat_id=DUTY_CHAT),
    "not_modified": edit_same,
    "no_message": lambda b: b.call("editMessageText", chat_id=DUTY_CHAT, message_id="404", text="x"),
    "old_query": lambda b: b.call("answerCallbackQuery", callback_query_id="404"),
    "migrated": migrate,
    "conflict": second_poller,
    "unreadable": lambda b: b.say(reply_markup="{not json"),
    "webhook_set": with_webhook,
    "flood": flooded,
    "outage": outage,
}


@pytest.mark.parametrize("key", sorted(TelegramSandbox.rules))
async def test_refusals_have_telegrams_shape(key: str, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    rule, bot = TelegramSandbox.rules[key], Bot(http, sandbox.telegram)
    await (arranged(bot, key) if rule.arranged else CASES[key](bot))
    status, body = bot.answer
    assert status == rule.status, body
    assert rule.cites.startswith("telegram.md ")
    assert_refused_by(sandbox.telegram, key)
    if key == "outage":
        assert body == {"html": True}
        return
    assert (body["ok"], body["error_code"]) == (False, rule.code)
    assert body["description"].split(":")[0] == rule.message.split(":")[0]


async def test_a_press_reaches_the_bot_once_and_its_answer_the_presser(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    bot, platform = Bot(http, sandbox.telegram), sandbox.telegram
    platform.add_person(7, "Trực")
    message = await bot.say(reply_markup=keyboard(("Nhận", "ack:1")))
    query = platform.press(DUTY_CHAT, message["message_id"], "ack:1", 7)
    (update,) = await bot.call("getUpdates")
    assert update["callback_query"]["data"] == "ack:1"
    assert await bot.call("getUpdates", offset=str(update["update_id"] + 1)) == []
    await bot.call("answerCallbackQuery", callback_query_id=query, text="Đã nhận")
    assert platform.answer_of(query) == "Đã nhận"
    with pytest.raises(ValueError, match="no button"):
        platform.press(DUTY_CHAT, message["message_id"], "other", 7)
