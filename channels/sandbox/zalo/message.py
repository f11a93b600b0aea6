"""What a message must be, kind by kind (zalo.md 4). Pure: no state, nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from channels.sandbox.zalo.asked import address, choice, inner, objects, text, wrong

MOST_TEXT: Final = 2000
MOST_TITLE, MOST_SUBTITLE, MOST_BUTTON_TITLE = 100, 500, 35
_TRANSACTIONS: Final = frozenset(
    {"billing", "order", "reward", "contract", "booking", "membership", "event", "transaction", "account", "internal"}
    | {"partnership", "education", "rating"}
)


@dataclass(frozen=True)
class Message:
    """A message as it was understood. `element` is its picture, sticker or file; `payload` its template."""

    kind: str
    text: str = ""
    element: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    quote: str = ""


def read(message: Mapping[str, Any], kinds: frozenset[str]) -> Message:
    """The message, if it is one of these kinds and complete."""
    found = _read(message)
    if found.kind not in kinds:
        raise wrong("message")
    return found


def _read(message: Mapping[str, Any]) -> Message:
    # one official sample has react_message_id, all others quote_message_id
    quote = str(message.get("quote_message_id") or message.get("react_message_id") or "")
    if "attachment" not in message:
        return Message("text", text(message, "text", MOST_TEXT, called="message.text"), quote=quote)
    words = text(message, "text", MOST_TEXT, needed=False, called="message.text")
    attachment = inner(message, "attachment")
    kind, payload = choice(attachment, "type", ("template", "file")), inner(attachment, "payload")
    if kind == "file":
        return Message("file", words, {"token": text(payload, "token")}, quote=quote)
    template = text(payload, "template_type")
    if template == "media":
        return _media(words, payload, quote)
    if template == "request_user_info":
        _check_request(payload)
    elif template == "list":
        _check_list(payload)
    elif template == "promotion":
        _check_blocks(payload, "VI")
    elif template.startswith("transaction_") and template.removeprefix("transaction_") in _TRANSACTIONS:
        _check_blocks(payload, "")
        template = "transaction"
    else:
        raise wrong("template_type")
    return Message(template, words, payload=payload, quote=quote)


def _media(words: str, payload: Mapping[str, Any], quote: str) -> Message:
    """One picture, gif or sticker."""
    elements = objects(payload, "elements", 1)
    element = elements[0]
    kind = choice(element, "media_type", ("image", "gif", "sticker"))
    if ("url" in element) == ("attachment_id" in element) or (kind == "sticker" and "url" in element):
        raise wrong("attachment_id")
    if "url" in element:
        address(element, "url")
    else:
        text(element, "attachment_id")
    if kind == "gif":
        for edge in ("width", "height"):
            if not str(element.get(edge, "")).isdigit():
                raise wrong(edge)
    return Message(kind, words, element, quote=quote)


def _check_request(payload: Mapping[str, Any]) -> None:
    element = objects(payload, "elements", 1)[0]
    text(element, "title", MOST_TITLE)
    text(element, "subtitle", MOST_SUBTITLE)
    address(element, "image_url")


def _check_list(payload: Mapping[str, Any]) -> None:
    """At most five elements, the first with a subtitle, and five buttons."""
    for number, element in enumerate(objects(payload, "elements", 5)):
        text(element, "title", MOST_TITLE)
        text(element, "subtitle", MOST_SUBTITLE, needed=number == 0)
        address(element, "image_url", needed="image_url" in element)
        if "default_action" in element:
            action = inner(element, "default_action")
            if choice(action, "type", _BUTTONS) == "oa.open.url":
                address(action, "url")
    _check_buttons(payload, 5, MOST_TITLE)


def _check_blocks(payload: Mapping[str, Any], language: str) -> None:
    """Banner, header, text and table; four buttons with short titles. `language` may be left out if there is one."""
    choice(payload, "language", ("VI", "EN"), language)
    for element in objects(payload, "elements"):
        if choice(element, "type", ("banner", "header", "text", "table")) == "header":
            text(element, "content", MOST_TITLE)
    _check_buttons(payload, 4, MOST_BUTTON_TITLE)


_BUTTONS: Final = ("oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.sms", "oa.open.phone")


def _check_buttons(payload: Mapping[str, Any], most: int, most_title: int) -> None:
    for button in objects(payload, "buttons", most, needed=False):
        text(button, "title", most_title)
        match choice(button, "type", _BUTTONS):
            case "oa.open.url":
                address(inner(button, "payload"), "url")
            case "oa.open.sms":
                text(inner(button, "payload"), "content", 160)
                text(inner(button, "payload"), "phone_code")
            case "oa.open.phone":
                text(inner(button, "payload"), "phone_code")
            case _:
                text(button, "payload", 1000)
