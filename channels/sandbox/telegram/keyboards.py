"""Buttons under a message: what a keyboard must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.asked import Asked
from channels.sandbox.telegram.rules import RULES

MOST_BUTTONS: Final = 100
MOST_IN_A_ROW: Final = 8
MOST_DATA: Final = 64
# what a button may do besides sending its data; kept as it came
_DOES: Final = ("url", "callback_data", "web_app", "login_url", "switch_inline_query",
                "switch_inline_query_current_chat", "copy_text", "pay")  # fmt: skip
Rows = list[list[dict[str, Any]]]


@dataclass(frozen=True)
class Button:
    """An inline button: what it shows, what it sends."""

    text: str
    data: str


def keyboard(asked: Asked) -> Rows:
    """The rows of an inline keyboard. A keyboard of another kind is taken and stands under no message."""
    markup = asked.parsed("reply_markup", dict)
    if markup is None:
        return []
    if "inline_keyboard" not in markup:
        if not markup.keys() & {"keyboard", "remove_keyboard", "force_reply"}:
            raise Refusal(RULES["markup"])
        return []
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refusal(RULES["json"], name="reply_markup")
    if sum(len(row) for row in rows) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows):
        raise Refusal(RULES["keyboard"])
    for button in (b for row in rows for b in row):
        _check(button)
    return [row for row in rows if row]


def _check(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise Refusal(RULES["json"], name="reply_markup")
    does = [name for name in _DOES if name in button]
    if len(does) != 1:
        raise Refusal(RULES["button_kind"])
    value = button[does[0]]
    if does[0] == "callback_data" and not (isinstance(value, str) and 1 <= len(value.encode()) <= MOST_DATA):
        raise Refusal(RULES["button"])
    if does[0] == "url" and not _address(value):
        raise Refusal(RULES["button_url"])


def _address(value: object) -> bool:
    if not isinstance(value, str):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https", "tg") and bool(parts.netloc)


def buttons(rows: Rows) -> list[Button]:
    """Every button with its data, in reading order."""
    return [Button(b["text"], b.get("callback_data", "")) for row in rows for b in row]
