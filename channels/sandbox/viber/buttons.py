"""What Viber checks in a keyboard and in rich media, and which client level they need. viber.md 4.3 and 4.4."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from channels.sandbox.core import Refusal
from channels.sandbox.viber.content import whole
from channels.sandbox.viber.rules import RULES

COLUMNS: Final = 6
KEY_ROWS: Final = 2
KEYBOARD_ROWS: Final = 24  # 12 in most texts, 24 in some: what is not sure is taken
CARDS: Final = 6
CARD_ROWS: Final = 7
ACTIONS: Final = frozenset({"reply", "open-url", "location-picker", "share-phone", "none"})
_LEVEL_3: Final = frozenset({"location-picker", "share-phone"})


def check_keyboard(body: Mapping[str, Any]) -> None:
    """Refuse a bad `keyboard`, on any type of message."""
    if "keyboard" not in body:
        return
    buttons = _board(body, "keyboard")
    if not isinstance(body["keyboard"].get("DefaultHeight", False), bool):
        raise _bad("keyboard", "DefaultHeight")
    rows = left = 0  # the buttons flow into rows of six columns
    for button in buttons:
        columns, height = _sized("keyboard", button, COLUMNS, KEY_ROWS)
        if columns > left:
            rows, left = rows + height, COLUMNS
        left -= columns
    if rows > KEYBOARD_ROWS:
        raise _bad("keyboard", "rows")


def check_rich_media(body: Mapping[str, Any]) -> None:
    """Refuse bad `rich_media`, which a message of that type must have."""
    if body["type"] != "rich_media":
        return
    buttons, board = _board(body, "rich_media"), body["rich_media"]
    columns = _number("rich_media", board, "ButtonsGroupColumns", COLUMNS, COLUMNS)
    rows = _number("rich_media", board, "ButtonsGroupRows", CARD_ROWS, CARD_ROWS)
    sizes = [_sized("rich_media", button, columns, rows) for button in buttons]
    if sum(width * height for width, height in sizes) > CARDS * columns * rows:
        raise _bad("rich_media", "more than six cards")
    if not isinstance(body.get("alt_text", ""), str):
        raise _bad("rich_media", "alt_text")


def level(body: Mapping[str, Any]) -> int:
    """The lowest `min_api_version` that a message can have."""
    buttons = [b for name in ("keyboard", "rich_media") for b in body.get(name, {}).get("Buttons", ())]
    if any(button.get("ActionType") in _LEVEL_3 for button in buttons):
        return 3
    return 2 if body["type"] == "rich_media" else 1


def _bad(board: str, what: str) -> Refusal:
    return Refusal(RULES[board], what=what)


def _board(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The buttons of a keyboard or of rich media."""
    board = body.get(name)
    if board is None:
        raise Refusal(RULES["missing"], what=name)
    if not isinstance(board, dict) or board.get("Type") != name:
        raise _bad(name, "Type")
    if not re.fullmatch("#[0-9A-Fa-f]{6}", board.get("BgColor", "#FFFFFF")):
        raise _bad(name, "BgColor")
    buttons = board.get("Buttons")
    if not isinstance(buttons, list) or not buttons or not all(isinstance(b, dict) for b in buttons):
        raise _bad(name, "Buttons")
    for button in buttons:
        _check_button(name, button)
    return buttons


def _check_button(board: str, button: Mapping[str, Any]) -> None:
    action = button.get("ActionType", "reply")
    if action not in ACTIONS:
        raise _bad(board, "ActionType")
    said = button.get("ActionBody")
    if action != "none" and (not isinstance(said, str) or not said):
        raise _bad(board, "ActionBody")
    if not isinstance(button.get("Text", ""), str) or not isinstance(button.get("Silent", False), bool):
        raise _bad(board, "Text, Silent")


def _sized(board: str, button: Mapping[str, Any], columns: int, rows: int) -> tuple[int, int]:
    return _number(board, button, "Columns", columns, columns), _number(board, button, "Rows", rows, 1)


def _number(board: str, thing: Mapping[str, Any], name: str, most: int, otherwise: int) -> int:
    value: int = thing.get(name, otherwise)
    if not whole(value) or not 1 <= value <= most:
        raise _bad(board, name)
    return value
