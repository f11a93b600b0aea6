"""The whole stand-in: every method of the notes on one address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from channels.sandbox.core import Account
from channels.sandbox.viber.base import ok
from channels.sandbox.viber.citizens import Citizens


class ViberSandbox(Citizens):
    """Channels with a super admin, and bots with citizens."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The methods of the notes."""
        methods = {
            "set_webhook": self.set_webhook,
            "get_account_info": self._account_info,
            "post": self.post,
            "send_message": self.send_message,
            "broadcast_message": self.broadcast_message,
            "get_user_details": self.get_user_details,
            "get_online": self.get_online,
        }
        info = web.get("/pa/get_account_info", self._account_info)
        return [info, *(web.post(f"/pa/{name}", handler) for name, handler in methods.items())]

    async def _account_info(self, request: web.Request) -> web.Response:
        account, _ = await self.enter(request)
        return ok(**(_channel(account) if account.extra["product"] == "channel" else self._bot(account)))

    def _bot(self, account: Account) -> dict[str, Any]:
        extra, users = account.extra, self.users(account.remote_id).values()
        return {"id": account.remote_id, "name": account.name, "uri": f"bot{account.remote_id[-6:]}",
                "icon": "https://media-direct.example/icon.jpg", "background": "https://media-direct.example/back.jpg",
                "category": "Government", "subcategory": "Public Service",
                "location": {"lat": 15.12, "lon": 108.8}, "country": "VN", "webhook": extra["webhook"],
                "event_types": extra["event_types"], "subscribers_count": sum(u.subscribed for u in users),
                "members": [{"id": "rZC3made+up/kC==", "name": "Quản trị", "role": "admin"}]}  # fmt: skip


def _channel(account: Account) -> dict[str, Any]:
    """A channel's name is in `chat_hostname`; how many read it is not told."""
    members = [
        {"id": account.extra["superadmin"], "name": "Quản trị", "avatar": "https://media-direct.example/1.jpg",
         "role": "superadmin"},
        {"id": "qYB2made+up/jB==", "name": "Biên tập", "avatar": "https://media-direct.example/2.jpg",
         "role": "admin"},
    ]  # fmt: skip
    return {"id": account.remote_id, "chat_hostname": account.name,
            "background": "https://media-direct.example/back.jpg", "members": members}  # fmt: skip
