"""Messages of the OA: consultation, transaction, promotion, templates, and what is left of v2 (zalo.md 4 and 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Refusal, Remark
from channels.sandbox.zalo.asked import above, body_of, choice, ident, inner, ok, wrong
from channels.sandbox.zalo.base import MESSAGES, Citizen, stamp
from channels.sandbox.zalo.broadcasts import Broadcasts
from channels.sandbox.zalo.message import Message, read
from channels.sandbox.zalo.rules import RULES

CONSULTATION: Final = frozenset({"text", "image", "gif", "sticker", "file", "request_user_info", "list"})
PLAIN: Final = frozenset({"text", "image", "file", "sticker"})
ICONS: Final = (":>", "--b", ":-((", "/-strong", "/-heart", ":-h", ":o", "/-remove")
MOST_REACTIONS: Final = 50
_CHAT_TYPES: Final = {"image": "photo", "gif": "GIF"}
_EVENTS: Final = {"request_user_info": "template", "transaction": "template", "promotion": "template"}


@dataclass
class Group:
    """A chat group that the OA bought. `until` is when the asset ends."""

    oa: str
    until: datetime
    messages: list[tuple[str, Message]] = field(default_factory=list)


@dataclass(frozen=True)
class Template:
    """An approved template. `uid`: may be sent by user id."""

    oa: str
    params: frozenset[str]
    uid: bool
    price: int = 1


class Messages(Broadcasts):
    """What the OA writes. Every message is kept in the chat and told to the webhook."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.groups: dict[str, Group] = {}
        self.templates: dict[str, Template] = {}
        self.visitors: dict[tuple[str, str], str] = {}

    def message_routes(self) -> list[web.RouteDef]:
        """v3 for followers; of v2 only broadcast, reaction and the website's visitors are left."""
        return [
            web.post("/v3.0/oa/message/cs", self._cs),
            web.post("/v3.0/oa/message/transaction", self._transaction),
            web.post("/v3.0/oa/message/promotion", self._promotion),
            web.post("/v3.0/oa/message/template", self._template),
            web.post("/v3.0/oa/group/message", self._group),
            web.post("/v2.0/oa/message", self._old),
        ]

    # -- to one person ----------------------------------------------------------------------------------------------

    async def _cs(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, MESSAGES), await body_of(request)
        message = await self._message(account, body, CONSULTATION)
        recipient = inner(body, "recipient")
        if "message_id" in recipient:
            asked = ident(recipient, "message_id")
            heard = next((r for r in account.inbox if r.remote_id == asked and not r.own), None)
            if heard is None:
                raise wrong("recipient.message_id")
            person = self.known(account, heard.author_id)
            return self._sent(account, person, message, self.pay_answer(heard))
        person = self.known(account, ident(recipient, "user_id"))
        return self._sent(account, person, message, self.pay(account, person))

    async def _transaction(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, MESSAGES), await body_of(request)
        message = await self._message(account, body, frozenset({"transaction"}))
        person = self.known(account, ident(inner(body, "recipient"), "user_id"))
        self.within_year(person)
        return self._sent(account, person, message, None)

    async def _promotion(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, MESSAGES), await body_of(request)
        message = await self._message(account, body, frozenset({"promotion"}))
        person = self.known(account, ident(inner(body, "recipient"), "user_id"))
        self.promote(account, person)
        return self._sent(account, person, message, None)

    async def _template(self, request: web.Request) -> web.Response:
        """A paid, approved template by user id."""
        account, body = self.enter(request, MESSAGES), await body_of(request)
        person = self.known(account, ident(body, "user_id"))
        template = self.templates.get(ident(body, "template_id"))
        if template is None or template.oa != account.remote_id:
            raise wrong("template_id")
        if not template.uid:
            raise Refusal(RULES["template"])
        if not template.params <= set(inner(body, "template_data")):
            raise wrong("template_data")
        if not account.extra.get("zca"):
            raise Refusal(RULES["zca"])
        if account.extra.get("money", 0) < template.price:
            raise Refusal(RULES["money"])
        account.extra["money"] -= template.price
        message = Message("template", payload=body["template_data"])
        quota = {"quota_type": "purchase_quota", "remain": account.extra["money"]}
        return self._sent(account, person, message, quota)

    async def _message(self, account: Account, body: Mapping[str, Any], kinds: frozenset[str]) -> Message:
        """The message of a request, with its picture, file and quoted message looked at."""
        message = read(inner(body, "message"), kinds)
        if message.quote and not any(r.remote_id == message.quote for r in account.inbox):
            raise wrong("quote_message_id")
        element = message.element
        if message.kind == "file":
            self.asset(account, element["token"], "file")
        elif message.kind == "image" and "url" in element:
            await self.picture(element["url"], "send_media")
        elif message.kind in ("image", "gif") and "attachment_id" in element:
            self.asset(account, element["attachment_id"], message.kind)
        return message

    def _sent(
        self, account: Account, person: Citizen, message: Message, quota: Mapping[str, Any] | None
    ) -> web.Response:
        """Keep a message, tell the webhook, answer. Without `quota` it was charged."""
        remark = Remark(self.remark_id(""), account.remote_id, account.name, message.text, self.now(), person.user_id)
        remark.own = True
        account.inbox.append(remark)
        media = self._media(message)
        self.said[remark.remote_id] = {"type": _CHAT_TYPES.get(message.kind, message.kind), **media}
        self._echo(account, person, message, remark.remote_id, media)
        told: dict[str, Any] = {"message_id": remark.remote_id, "user_id": person.user_id}
        told["sent_time"] = str(stamp(self.now()))
        return ok(told | ({"quota": dict(quota)} if quota is not None else {}))

    def _media(self, message: Message) -> dict[str, Any]:
        """What the chat shows of a message besides its text."""
        element, shown = message.element, {}
        if "url" in element:
            shown = {"url": element["url"], "thumb": element["url"]}
        elif handle := element.get("token") or element.get("attachment_id"):
            shown = {"url": f"https://media.zalo.example/{handle}", "thumb": ""}
        if message.quote:
            shown["quote_msg_id"] = message.quote
        return shown | ({"payload": dict(message.payload)} if message.payload else {})

    def _echo(self, account: Account, person: Citizen, message: Message, mid: str, media: Mapping[str, Any]) -> None:
        told: dict[str, Any] = {"msg_id": mid, "text": message.text}
        if "url" in media:
            told["attachments"] = [
                {"type": message.kind, "payload": {"url": media["url"], "thumbnail": media["thumb"]}}
            ]
        sides = {"sender": {"id": account.remote_id}, "recipient": {"id": person.user_id}}
        event = f"oa_send_{_EVENTS.get(message.kind, message.kind)}"
        self.emit(account, event, {**sides, "message": told})
        self.emit(account, "user_received_message", {**sides, "message": {"msg_id": mid}})

    # -- to a group -------------------------------------------------------------------------------------------------

    async def _group(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, MESSAGES), await body_of(request)
        message = await self._message(account, body, PLAIN)
        asked = ident(inner(body, "recipient"), "group_id")
        if account.extra.get("unverified"):
            raise Refusal(RULES["unverified"])
        group = self.groups.get(asked)
        if group is None or group.oa != account.remote_id:
            raise Refusal(RULES["not_in_group"])
        if group.until <= self.now():
            raise Refusal(RULES["group"])
        mid = self.remark_id("")
        group.messages.append((mid, message))
        return ok({"message_id": mid, "group_id": asked, "sent_time": str(stamp(self.now()))})

    # -- what is left of v2 -----------------------------------------------------------------------------------------

    async def _old(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, MESSAGES), await body_of(request)
        recipient = inner(body, "recipient")
        if "sender_action" in body:
            return self._react(account, recipient, inner(body, "sender_action"))
        if "anonymous_id" in recipient:
            return await self._to_visitor(account, recipient, body)
        if "target" in recipient:
            return self.broadcast(account, inner(recipient, "target"), inner(body, "message"))
        raise Refusal(RULES["v2_closed"])

    def _react(self, account: Account, recipient: Mapping[str, Any], action: Mapping[str, Any]) -> web.Response:
        person = self.known(account, ident(recipient, "user_id"))
        icon, mid = choice(action, "react_icon", ICONS), ident(action, "react_message_id")
        if not any(r.remote_id == mid for r in self.of_user(account, person.user_id)):
            raise wrong("react_message_id")
        icons: list[str] = self.said.setdefault(mid, {}).setdefault("reactions", [])
        if icon == "/-remove":
            icons.clear()
        elif len(icons) >= MOST_REACTIONS:
            raise above("react_icon")
        else:
            icons.append(icon)
        sides = {"sender": {"id": account.remote_id}, "recipient": {"id": person.user_id}}
        self.emit(account, "oa_reacted_message", {**sides, "message": {"msg_id": mid, "react_icon": icon}})
        return ok({"message_id": mid, "user_id": person.user_id})

    async def _to_visitor(
        self, account: Account, recipient: Mapping[str, Any], body: Mapping[str, Any]
    ) -> web.Response:
        message = await self._message(account, body, PLAIN)
        who = ident(recipient, "anonymous_id"), ident(recipient, "conversation_id")
        if self.visitors.get(who) != account.remote_id:
            raise wrong("anonymous_id")
        mid = self.remark_id("")
        told = {"sender": {"id": account.remote_id}, "recipient": {"id": who[0]}, "conversation_id": who[1]}
        self.emit(
            account, f"oa_send_anonymous_{message.kind}", {**told, "message": {"msg_id": mid, "text": message.text}}
        )
        return ok({"message_id": mid, "anonymous_id": who[0], "conversation_id": who[1]})
