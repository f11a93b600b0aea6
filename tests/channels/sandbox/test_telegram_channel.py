"""A public channel at the stand-in: what the bot posts in it, who may, how it is named, and how its page shows it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from channels.sandbox.telegram import CHANNEL_RIGHTS, DELETE, EDIT, POST
from channels.sandbox.world import OFFICE, TELEGRAM_CHANNEL, Sandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.test_telegram import PNG, Bot
from tests.conftest import FakeClock

NAME = "@binhson"


@pytest.fixture
def bot(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> Bot:
    return Bot(http, sandbox.telegram, clock)


async def test_a_post_is_the_channels_own_and_the_channel_has_a_name(bot: Bot) -> None:
    for name in (TELEGRAM_CHANNEL, NAME, NAME.upper()):
        post = await bot.say("Lịch cấp nước", chat_id=name)
        shown = {"id": int(TELEGRAM_CHANNEL), "type": "channel", "title": OFFICE, "username": "binhson"}
        assert post["chat"] == post["sender_chat"] == shown
        assert "from" not in post
    assert [m.message_id for m in bot.platform.messages(TELEGRAM_CHANNEL)] == [1, 2, 3]
    await bot.say(chat_id="@nobody")
    assert_refused_by(bot.platform, "chat")


async def test_the_members_and_the_bots_rights_are_told(bot: Bot) -> None:
    assert await bot.call("getChatMemberCount", chat_id=NAME) == 2141
    bot.platform.set_rights(TELEGRAM_CHANNEL, frozenset({POST}))
    member = await bot.call("getChatMember", chat_id=NAME, user_id=str(bot.platform.bot_id))
    rights = {name: member[name] for name in CHANNEL_RIGHTS}
    assert (member["status"], rights) == ("administrator", {POST: True, EDIT: False, DELETE: False})
    assert "can_manage_topics" not in member


async def test_a_clip_and_a_mixed_album(bot: Bot) -> None:
    words = {"chat_id": NAME, "caption": "Clip", "width": "640", "height": "360", "duration": "7"}
    sent = await bot.call("sendVideo", file=("video", b"film"), **words)
    clip = {name: sent["video"][name] for name in ("width", "height", "duration", "file_size", "mime_type")}
    assert clip == {"width": 640, "height": 360, "duration": 7, "file_size": 4, "mime_type": "video/mp4"}
    media = [
        {"type": "photo", "media": "attach://a", "caption": "Hai"},
        {"type": "video", "media": sent["video"]["file_id"]},
    ]
    album = await bot.call("sendMediaGroup", chat_id=NAME, media=json.dumps(media), file=("a", PNG))
    assert len({one["media_group_id"] for one in album}) == 1
    kept = bot.platform.messages(TELEGRAM_CHANNEL)
    assert [(m.text, m.photo, m.video) for m in kept] == [("Clip", b"", b"film"), ("Hai", PNG, b""), ("", b"", b"film")]
    media[1] = {"type": "document", "media": "attach://a"}
    await bot.call("sendMediaGroup", chat_id=NAME, media=json.dumps(media), file=("a", PNG))
    assert_refused_by(bot.platform, "media")
    assert len(bot.platform.messages(TELEGRAM_CHANNEL)) == 3


async def test_edit_pin_and_delete_need_the_channels_own_rights(bot: Bot) -> None:
    post: dict[str, Any] = await bot.say("Cũ", chat_id=NAME)
    assert (await bot.on("editMessageText", post, text="Mới"))["text"] == "Mới"
    assert await bot.on("pinChatMessage", post) is True
    bot.platform.set_rights(TELEGRAM_CHANNEL, frozenset({POST}))
    await bot.on("pinChatMessage", post)
    assert_refused_by(bot.platform, "no_pin_right")
    foreign = bot.platform.say(TELEGRAM_CHANNEL, 0, "của quản trị khác")
    await bot.call("deleteMessage", chat_id=NAME, message_id=str(foreign.message_id))
    assert_refused_by(bot.platform, "cannot_delete")
    assert await bot.on("deleteMessage", post) is True
    assert bot.platform.messages(TELEGRAM_CHANNEL) == [foreign]
    bot.platform.set_rights(TELEGRAM_CHANNEL, frozenset({EDIT}))
    await bot.on("editMessageText", post, text="x")
    assert_refused_by(bot.platform, "no_post_right")


async def test_what_other_administrators_post_is_told(bot: Bot) -> None:
    bot.platform.say(TELEGRAM_CHANNEL, 0, "Bài của người khác")
    [update] = await bot.call("getUpdates")
    assert update["channel_post"]["text"] == "Bài của người khác"
    assert update["channel_post"]["sender_chat"]["username"] == "binhson"


async def test_a_bot_that_was_removed_says_from_what(bot: Bot) -> None:
    bot.platform.kick(TELEGRAM_CHANNEL)
    await bot.say(chat_id=NAME)
    assert bot.answer[1]["description"] == "Forbidden: bot was kicked from the channel chat"


async def test_the_page_shows_the_channel_without_a_form_to_write(bot: Bot, http: aiohttp.ClientSession) -> None:
    for chat in list(bot.platform.chats):
        if chat != TELEGRAM_CHANNEL:
            del bot.platform.chats[chat]
    await bot.call("sendVideo", chat_id=NAME, caption="<b>Clip</b>", file=("video", b"film"))
    async with http.get(bot.platform.url) as answer:
        page = await answer.text()
    assert "@binhson · 2140 người theo dõi" in page and "🎬" in page and "&lt;b&gt;Clip&lt;/b&gt;" in page
    assert "/_sandbox/say" not in page and "Xóa bot khỏi kênh" in page
