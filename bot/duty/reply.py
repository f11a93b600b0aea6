"""What a press in the chat is answered with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.duty.alerts import Buttons


@dataclass(frozen=True)
class Reply:
    """What the presser sees; `remove_buttons` when there is nothing left to press on that message. `buttons` take the
    place of the others; `message` is what it says from now on (Telegram HTML), without any."""

    text: str
    alarm: bool = False
    remove_buttons: bool = False
    buttons: Buttons = ()
    message: str = ""
