"""Connecting a Telegram channel: a bot's token and the channel's name, where the bot is an administrator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from channels.base import AccountRef
from channels.connecting import Ask, ByToken, Found, NotConnected
from channels.errors import Told
from channels.http import unreachable
from channels.telegram import TelegramChannel

CALL_S: Final = 30.0


class TelegramConnector(ByToken):
    """The channel that is named, if the bot may post in it."""

    kind = "telegram"
    label = "Telegram"
    asks = (
        Ask(
            "bot_token",
            Told("Mã của bot (token)", "The bot's token"),
            hint=Told("@BotFather gửi mã khi tạo bot bằng /newbot.", "@BotFather sends it when /newbot makes a bot."),
        ),
        Ask(
            "chat",
            Told("Tên kênh, dạng @ten_kenh", "The channel's name, such as @our_channel"),
            secret=False,
            hint=Told(
                "Kênh không có tên công khai: số của kênh, dạng -100…",
                "A channel without a public name: its number, -100…",
            ),
        ),
    )
    steps = (
        Told(
            "Trong kênh: Quản trị viên → Thêm quản trị viên → chọn bot, cho phép đăng, sửa và xóa tin.",
            "In the channel: Administrators → Add Admin → the bot, allowed to post, edit and delete messages.",
        ),
    )

    async def look(self, words: Mapping[str, str]) -> Sequence[Found]:
        """getMe, getChat and what the bot may do there; then the channel's lasting number."""
        token, name = words["bot_token"].strip(), _named(words["chat"])
        ref = AccountRef(self.kind, name, secrets={"bot_token": token})
        health = await TelegramChannel(ref, door=self.door, endpoints=self.endpoints, now=self.now).check_account()
        if not health.ok:
            raise NotConnected("check", told=health.told)
        answer = await self.door.call(
            "POST",
            f"{self.endpoints.telegram}/bot{token}/getChat",
            writes=False,
            timeout_s=CALL_S,
            data={"chat_id": name},
        )
        chat = answer.data.get("result") if isinstance(answer.data, dict) else None
        if not isinstance(chat, dict) or not chat.get("id"):
            raise unreachable(f"getChat: HTTP {answer.status}")
        return [Found(str(chat["id"]), str(chat.get("title") or name), secrets={"bot_token": token})]


def _named(text: str) -> str:
    """A number as it is, a name with its @, also out of a link."""
    name = text.strip().rstrip("/").rsplit("/", 1)[-1].removeprefix("@")
    return name if name.lstrip("-").isdigit() else f"@{name}"
