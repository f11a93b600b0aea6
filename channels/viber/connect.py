"""Connecting a Viber channel or bot: its token is pasted, and Viber says whose it is. viber.md 1 and 2."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from channels.connecting import Ask, ByToken, Found
from channels.errors import Told
from channels.viber.calls import CALL_S
from channels.viber.errors import judge
from channels.viber.values import super_admin

_NO_ADMIN = Told(
    vi="Viber không cho thấy quản trị cao nhất của kênh, người duy nhất được đăng: cấp lại vai trò trong ứng dụng",
    en="Viber shows no super admin of the channel, who alone may post: give the role again in the app",
)


class ViberConnector(ByToken):
    """The account of a token. A bot tells its address `uri`, which a channel has not."""

    kind = "viber"
    label = "Viber"
    asks = (
        Ask(
            "auth_token",
            Told("Mã truy cập (token)", "Token"),
            hint=Told(
                "Kênh: trong ứng dụng Viber (từ bản 17.7), quản trị cao nhất mở thông tin kênh → Developer Tools.",
                "Channel: in the Viber app (17.7 or newer) a super admin opens Channel info → Developer Tools.",
            ),
        ),
    )
    steps = (
        Told(
            "Chỉ quản trị cao nhất (super admin) của kênh thấy được mã.",
            "Only a super admin of the channel sees the token.",
        ),
    )

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
        bot, admin = "uri" in body, super_admin(body)
        settings = {"product": "bot"} if bot else {"product": "channel", "sender": admin}
        name = str(body.get("name") or body.get("chat_hostname") or "")
        unfit = None if bot or admin else _NO_ADMIN
        return [Found(str(body.get("id") or ""), name, settings, {"auth_token": token}, unfit)]
