"""What a bot sends to citizens: to one, to many, and the welcome that answers an opened conversation. viber.md 4."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from channels.sandbox.core import Account, Refusal
from channels.sandbox.viber.base import Message, User, ok, remark
from channels.sandbox.viber.buttons import check_keyboard, check_rich_media, level
from channels.sandbox.viber.content import address, check, inner, whole, words
from channels.sandbox.viber.files import check_avatar, check_files
from channels.sandbox.viber.posts import Posts
from channels.sandbox.viber.rules import RULES

MOST_BODY: Final = 30 * 1024
MOST_SENDER: Final = 28
MOST_TRACKING: Final = 4000
MOST_RECEIVERS: Final = 300
BROADCASTS: Final = 500
NEWEST_API: Final = 10  # the notes give no highest level; it is that of their sample client
SESSION: Final = timedelta(hours=24)  # the notes name sessions without their length
DELIVERABLE: Final = timedelta(days=14)


class Bots(Posts):
    """send_message and broadcast_message."""

    async def send_message(self, request: web.Request) -> web.Response:
        """One message to one subscribed citizen."""
        account, body = await self._begin(request)
        receiver = words(body, "receiver")
        await self._check(body)
        token = self.new_token()
        billing = self._give(account, receiver, body, token)
        return ok(message_token=token, chat_hostname="SN-CHAT-05_", billing_status=billing)

    async def broadcast_message(self, request: web.Request) -> web.Response:
        """One message to up to 300 citizens; those it cannot reach are in `failed_list`."""
        account, body = await self._begin(request)
        self.spend(account, "broadcasts", BROADCASTS, "broadcasts")
        if body.get("broadcast_list") is None:
            raise Refusal(RULES["missing"], what="broadcast_list")
        receivers = body["broadcast_list"]
        if not isinstance(receivers, list) or not 1 <= len(receivers) <= MOST_RECEIVERS:
            raise Refusal(RULES["receivers"])
        if not all(isinstance(receiver, str) for receiver in receivers):
            raise Refusal(RULES["receivers"])
        await self._check(body)
        token, failed = self.new_token(), []
        for receiver in dict.fromkeys(receivers):
            try:
                self._give(account, receiver, body, token, placed=True)
            except Refusal as refusal:
                self._record(request, refusal.rule.key)
                failed.append({"receiver": receiver, "status": refusal.rule.code, "status_message": refusal.message})
        told: dict[str, Any] = {"failed_list": failed} if self.tells_failed else {}
        return ok(message_token=token, chat_hostname="SN-CHAT-05_", **told)

    async def _begin(self, request: web.Request) -> tuple[Account, dict[str, Any]]:
        account, body = await self.enter(request, "bot")
        if not account.extra["webhook"]:
            raise Refusal(RULES["webhook"])
        if len(await request.read()) > MOST_BODY:
            raise Refusal(RULES["big_body"])
        return account, body

    async def _check(self, body: Mapping[str, Any]) -> None:
        """Everything in a message but its receivers."""
        takes = self.takes["bot"]
        sender = inner(body, "sender")
        if len(words(sender, "name")) > MOST_SENDER:
            raise Refusal(RULES["long_name"])
        if "avatar" in sender:
            address(sender, "avatar")
        tracking = body.get("tracking_data", "")
        if not isinstance(tracking, str):
            raise Refusal(RULES["bad"], what="tracking_data")
        if len(tracking) > MOST_TRACKING:
            raise Refusal(RULES["tracking"])
        check(body, takes)
        check_keyboard(body)
        check_rich_media(body)
        _check_level(body)
        await check_avatar(sender)
        await check_files(body, takes)

    # -- to one citizen ---------------------------------------------------------------------------------------------

    def _give(
        self, account: Account, receiver: str, body: Mapping[str, Any], token: int, *, placed: bool = False
    ) -> int:
        """Let a citizen get a message, or refuse. Returns the billing status."""
        user = self.users(account.remote_id).get(receiver)
        if user is None or user.gone:
            raise Refusal(RULES["not_registered"])
        if not user.subscribed:
            raise Refusal(RULES["not_subscribed"])
        if not user.devices:
            raise Refusal(RULES["no_device"])
        shows = user.api_version >= body.get("min_api_version", 1)
        if not shows and self.low_client == "status":
            raise Refusal(RULES["low_client"])
        user.sent_at = [at for at in user.sent_at if at > self.now() - timedelta(hours=1)]
        if len(user.sent_at) >= self.user_hour:
            raise Refusal(RULES["user_hour"])
        billing = self._bill(account, user)
        user.sent_at.append(self.now())
        self._put(account, user, _placed(body, user) if placed else dict(body), token, billing, shows=shows)
        return billing

    def _bill(self, account: Account, user: User) -> int:
        """The billing status of a message, and its price: free in a session, else from what is left."""
        extra, month = account.extra, f"{self.now():%Y-%m}"
        if user.heard_at is not None and self.now() < user.heard_at + SESSION:
            return 2 if extra["billable"] else 1
        if extra["free"] is None or extra["free_used"][month] < extra["free"]:
            extra["free_used"][month] += 1
            return 4 if extra["billable"] else 3
        if not extra["billable"]:
            raise Refusal(RULES["free"])
        if extra["balance"] < 1:
            raise Refusal(RULES["balance"])
        extra["balance"] -= 1
        return 5

    def _put(
        self, account: Account, user: User, body: dict[str, Any], token: int, billing: int, *, shows: bool = True
    ) -> None:
        """Into the chat. A client below the level does not show it; one that is offline gets it later."""
        payload = {k: v for k, v in body.items() if k not in ("auth_token", "receiver", "broadcast_list")}
        self.messages.append(Message(token, account.remote_id, user.user_id, payload, self.now(), billing))
        if not shows:
            self.notify(account, "failed", token, user_id=user.user_id, desc="client is below min_api_version")
            return
        account.inbox.append(remark(token, user, payload, self.now(), own=True))
        user.tracking = payload.get("tracking_data", "")
        user.waiting.append((token, self.now()))
        if user.online != 1:
            self.hand_over(account, user)

    def hand_over(self, account: Account, user: User) -> None:
        """Let the citizen's devices get what waits for him; after 14 days nothing is told of it any more."""
        for token, at in user.waiting:
            if self.now() <= at + DELIVERABLE:
                self.notify(account, "delivered", token, times=user.devices, user_id=user.user_id)
                user.unread.append(token)
        user.waiting = []

    # -- welcome ----------------------------------------------------------------------------------------------------

    async def answered(self, account: Account, event: Mapping[str, Any], answer: str) -> None:
        """The 200 to a conversation_started may carry a message: the welcome, for which no subscription is needed."""
        if event["event"] != "conversation_started":
            return
        try:
            body = json.loads(answer)
        except ValueError:
            return
        if not isinstance(body, dict) or not body:
            return
        try:
            await self._check(body)
        except Refusal as refusal:
            self.refused.append((self.now(), refusal.rule.key, "welcome"))
            return
        user = self.users(account.remote_id)[event["user"]["id"]]
        self._put(account, user, body, self.new_token(), 0)


def _check_level(body: Mapping[str, Any]) -> None:
    wanted = body.get("min_api_version", 1)
    if not whole(wanted):
        raise Refusal(RULES["bad"], what="min_api_version")
    if not 1 <= wanted <= NEWEST_API:
        raise Refusal(RULES["api_version"])
    if wanted < level(body):
        raise Refusal(RULES["incompatible"])


def _placed(body: Mapping[str, Any], user: User) -> dict[str, Any]:
    """The body with the placeholders of text and addresses filled for one receiver."""
    made = dict(body)
    for name in ("text", "media", "thumbnail"):
        if isinstance(made.get(name), str):
            made[name] = (
                made[name]
                .replace("replace_me_with_receiver_id", user.user_id)
                .replace("replace_me_with_url_encoded_receiver_id", quote(user.user_id, safe=""))
                .replace("replace_me_with_user_name", user.name)
            )
    return made
