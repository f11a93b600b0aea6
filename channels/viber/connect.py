"""Connecting a Viber channel or bot: its token is pasted, and Viber says whose it is. viber.md 1 and 2."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels.base import AccountRef
from channels.connecting import Ask, ByToken, Found
from channels.errors import Told
from channels.viber.bot import ViberBot
from channels.viber.calls import CALL_S, ViberCalls
from channels.viber.channel import ViberChannel
from channels.viber.errors import judge
from channels.viber.values import super_admin

_TOKEN = Told("Mã truy cập (token)", "Token")
_NO_ADMIN = Told(
    vi="Viber không cho thấy quản trị cao nhất của kênh, người duy nhất được đăng: cấp lại vai trò trong ứng dụng",
    en="Viber shows no super admin of the channel, who alone may post: give the role again in the app",
)
_IS_BOT = Told(
    vi="đây là mã của một bot, không phải của kênh: kết nối bằng `loa account connect viber_bot`",
    en="this is the token of a bot, not of a channel: connect it with `loa account connect viber_bot`",
)
_IS_CHANNEL = Told(
    vi="đây là mã của một kênh, không phải của bot: kết nối bằng `loa account connect viber`",
    en="this is the token of a channel, not of a bot: connect it with `loa account connect viber`",
)


CHANNELS: Final[Mapping[str, type[ViberCalls]]] = {"viber": ViberChannel, "viber_bot": ViberBot}


class _ViberConnector(ByToken):
    """The account of a token. A bot tells its address `uri`, which a channel has not."""

    async def look(self, words: Mapping[str, str]) -> Sequence[Found]:
        """POST get_account_info."""
        token = words["auth_token"].strip()
        answer = await self.door.call(
            "POST",
            f"{self.endpoints.viber}/pa/get_account_info",
            writes=False,
            timeout_s=CALL_S - 5,
            headers={"X-Viber-Auth-Token": token, "Content-Type": "application/json"},
            data=json.dumps({}).encode(),
        )
        body = judge(answer, "get_account_info", writes=False)
        name = str(body.get("name") or body.get("chat_hostname") or "")
        settings, unfit = self.fits(body)
        return [Found(str(body.get("id") or ""), name, settings, {"auth_token": token}, unfit)]

    async def subscribe(self, account: AccountRef, address: str) -> None:
        """Viber calls the address while it is set, and refuses one that does not answer."""
        calls = CHANNELS[self.kind](account, door=self.door, endpoints=self.endpoints, now=self.now)
        await calls.set_webhook(address)

    def fits(self, body: Mapping[str, Any]) -> tuple[Mapping[str, str], Told | None]:
        """Return the settings of an account, and why it is of no use here. Pure."""
        raise NotImplementedError


class ViberConnector(_ViberConnector):
    """A channel."""

    kind = "viber"
    label = "Viber"
    asks = (
        Ask(
            "auth_token",
            _TOKEN,
            hint=Told(
                "Trong ứng dụng Viber (từ bản 17.7), quản trị cao nhất mở thông tin kênh → Developer Tools.",
                "In the Viber app (17.7 or newer) a super admin opens Channel info → Developer Tools.",
            ),
        ),
    )
    steps = (
        Told(
            "Chỉ quản trị cao nhất (super admin) của kênh thấy được mã.",
            "Only a super admin of the channel sees the token.",
        ),
    )

    def fits(self, body: Mapping[str, Any]) -> tuple[Mapping[str, str], Told | None]:
        """Only a super admin posts."""
        if "uri" in body:
            return {}, _IS_BOT
        admin = super_admin(body)
        return {"sender": admin}, None if admin else _NO_ADMIN


class ViberBotConnector(_ViberConnector):
    """A bot."""

    kind = "viber_bot"
    label = "Viber Bot"
    asks = (
        Ask(
            "auth_token",
            _TOKEN,
            hint=Told(
                "Trong trang quản trị bot của Viber; tạo mã mới ở đó thì mã cũ hết hiệu lực.",
                "In the bot's admin panel at Viber; a token that is made anew there ends the old one.",
            ),
        ),
    )
    steps = (
        Told(
            "Từ 05/02/2024 Viber chỉ mở bot mới theo hợp đồng thương mại: xin qua Viber hoặc đối tác.",
            "Since 2024-02-05 Viber opens new bots on commercial terms only: apply to Viber or a partner.",
        ),
    )

    def fits(self, body: Mapping[str, Any]) -> tuple[Mapping[str, str], Told | None]:
        """Any bot."""
        return {}, None if "uri" in body else _IS_CHANNEL
