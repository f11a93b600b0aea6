"""What citizens do with a bot, and what the bot may ask about them. viber.md 4.6 and 5.3."""

from __future__ import annotations

import html
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Platform, Refusal, Remark, page_remark
from channels.sandbox.viber.base import User, ok, remark, said
from channels.sandbox.viber.bots import Bots
from channels.sandbox.viber.content import words
from channels.sandbox.viber.rules import RULES

MOST_IDS: Final = 100
DETAILS: Final = 2
DETAILS_SPAN: Final = timedelta(hours=12)
PLACEHOLDER: Final = "Subscriber"  # the notes say that there is one, not which
AVATAR: Final = "https://media-direct.example/avatar.jpg"


class Citizens(Bots):
    """Citizens act by these methods; every act is told to the webhook."""

    # -- acts -------------------------------------------------------------------------------------------------------

    def say(
        self, bot: str, user_id: str, text: str = "", at: datetime | None = None, *, silent: bool = False,
        kind: str = "text", **fields: Any,
    ) -> Remark:  # fmt: skip
        """Write to a bot (a pressed reply button says its ActionBody). The first message subscribes without a word of
        it. Raises `ValueError` when the bot takes none: it has no webhook, or is a channel."""
        account = self._taking(bot)
        user, token, moment = self.users(bot)[user_id], self.new_token(), at or self.now()
        message = {"type": kind, **({"text": text} if text else {}), **fields}
        entry = remark(token, user, message, moment, own=False)
        account.inbox.append(entry)
        user.subscribed = user.met = True
        user.heard_at = moment
        user.sent_at.clear()
        if user.tracking:
            message["tracking_data"] = user.tracking
        sender = self._profile(account, user)
        self.notify(account, "message", token, sender=sender, message=message, silent=silent)
        return entry

    def add_message(self, account: str, author: str, text: str, at: datetime) -> Remark:
        """Let a citizen write to a bot; the same name is the same person."""
        known = self._taking(account).extra["users"].get(self.author_id(f"{account}:{author}"))
        user = known or self.add_user(account, author)
        return self.say(account, user.user_id, text, at)

    def _taking(self, bot: str) -> Account:
        account = self.accounts[bot]
        if account.extra["product"] != "bot" or not account.extra["webhook"]:
            raise ValueError(f"{bot} takes no messages")
        return account

    def start_conversation(self, bot: str, user_id: str, context: str = "") -> None:
        """Open the chat by the button or a deep link; that is no subscription."""
        account, user = self.accounts[bot], self.users(bot)[user_id]
        user.met = True
        more: dict[str, Any] = {"context": context} if context else {}
        profile = self._profile(account, user)
        self.notify(account, "conversation_started", type="open", **more, user=profile, subscribed=user.subscribed)

    def subscribe(self, bot: str, user_id: str) -> None:
        """Subscribe without writing."""
        account, user = self.accounts[bot], self.users(bot)[user_id]
        user.subscribed = user.met = True
        self.notify(account, "subscribed", user=self._profile(account, user))

    def unsubscribe(self, bot: str, user_id: str) -> None:
        """Want no more messages."""
        self.users(bot)[user_id].subscribed = False
        self.notify(self.accounts[bot], "unsubscribed", user_id=user_id)

    def read(self, bot: str, user_id: str) -> None:
        """Open the chat and see what is new: one event, not one a message."""
        user = self.users(bot)[user_id]
        if user.unread:
            self.notify(self.accounts[bot], "seen", user.unread[-1], user_id=user_id)
            user.unread = []

    def go_offline(self, bot: str, user_id: str) -> None:
        """Switch the phone off: messages wait."""
        user = self.users(bot)[user_id]
        user.online, user.last_online = 1, self.now()

    def go_online(self, bot: str, user_id: str) -> None:
        """Switch it on again: what waited arrives."""
        user = self.users(bot)[user_id]
        user.online = 0
        self.hand_over(self.accounts[bot], user)

    @staticmethod
    def _profile(account: Account, user: User) -> dict[str, Any]:
        """A citizen as callbacks tell of him: name and picture only where the webhook asked for them."""
        found: dict[str, Any] = {"id": user.user_id}
        if account.extra["send_name"]:
            found["name"] = user.name if user.consent else PLACEHOLDER
        if account.extra["send_photo"]:
            found["avatar"] = AVATAR if user.consent else ""
        return {**found, "country": user.country, "language": user.language, "api_version": user.api_version}

    # -- questions --------------------------------------------------------------------------------------------------

    async def get_user_details(self, request: web.Request) -> web.Response:
        """Twice within twelve hours a citizen; only of those who had to do with the bot."""
        account, body = await self.enter(request, "bot")
        user = self.users(account.remote_id).get(words(body, "id"))
        if user is None or user.gone:
            raise Refusal(RULES["not_registered"])
        if not user.met:
            raise Refusal(RULES["not_subscribed"])
        user.details_at = [at for at in user.details_at if at > self.now() - DETAILS_SPAN]
        if len(user.details_at) >= DETAILS:
            raise Refusal(RULES["details"])
        user.details_at.append(self.now())
        told = {"id": user.user_id, "name": user.name if user.consent else PLACEHOLDER,
                "avatar": AVATAR if user.consent else "", "country": user.country, "language": user.language,
                "primary_device_os": "android 15", "api_version": user.api_version, "viber_version": "26.1.0",
                "mcc": 452, "mnc": 4, "device_type": "SM-A556E"}  # fmt: skip
        return ok(message_token=self.new_token(), user=told)

    async def get_online(self, request: web.Request) -> web.Response:
        """Who is online, of up to a hundred; of strangers and the unsubscribed nothing is told."""
        account, body = await self.enter(request, "bot")
        ids = body.get("ids")
        if ids is None:
            raise Refusal(RULES["missing"], what="ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_IDS or not all(isinstance(i, str) for i in ids):
            raise Refusal(RULES["ids"])
        return ok(users=[_online(user_id, self.users(account.remote_id).get(user_id)) for user_id in ids])

    # -- the page ---------------------------------------------------------------------------------------------------

    def page_form(self, item_id: str) -> str:
        """Readers of a channel cannot answer by API."""
        return ""

    def page_account(self, account: Account) -> str:
        """A channel's posts; what a bot sent to how many, and its chats with a form to write to it."""
        if account.extra["product"] != "bot":
            return super().page_account(account)
        chat = "".join(page_remark(r) for r in account.inbox[-60:])
        form = Platform.page_form(self, account.remote_id) if account.extra["webhook"] else ""
        following = sum(user.subscribed for user in self.users(account.remote_id).values())
        return (
            f"<section><h2>{html.escape(account.name)}</h2><p>{following} người theo dõi / subscribers</p>"
            f"<h3>Đã gửi / sent</h3><ul>{self._page_sent(account)}</ul>"
            f"<h3>Tin nhắn với bot / messages with the bot</h3>{form}<ul>{chat}</ul></section>"
        )

    def _page_sent(self, account: Account) -> str:
        """Each message once, with how many got it."""
        sent = [m for m in self.messages if m.account == account.remote_id]
        counts, payloads = Counter(m.token for m in sent), {m.token: m.payload for m in sent}
        newest = sorted(counts, reverse=True)[:40]
        return "".join(f"<li>{html.escape(said(payloads[token]))} → {counts[token]}</li>" for token in newest)

    def page_beside(self, item: Item) -> str:
        """The type of a channel's post, and the file it shows."""
        shown = [str(item.payload[name]) for name in ("media", "thumbnail") if item.payload.get(name)]
        return f"<p>[{html.escape(str(item.payload['type']))}] {html.escape(' · '.join(shown))}</p>" if shown else ""

    def say_from_page(self, form: dict[str, str]) -> None:
        """A citizen writes to a bot."""
        account = self.accounts.get(form.get("item", ""))
        if account is None or account.extra["product"] != "bot" or not account.extra["webhook"]:
            return
        if form.get("text", "").strip():
            self.add_message(account.remote_id, form.get("author") or "Người dân", form["text"][:7000], self.now())


_STATES: Final = ("online", "offline", "undisclosed", "tryLater", "unavailable")


def _online(user_id: str, user: User | None) -> dict[str, Any]:
    status = user.online if user is not None and user.subscribed and not user.gone else 4
    told = {"id": user_id, "online_status": status, "online_status_message": _STATES[status]}
    if status == 1 and user is not None and user.last_online is not None:
        told["last_online"] = int(user.last_online.timestamp() * 1000)
    return told
