"""How one office is spoken to: its language, its clock, and what today is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.parts import Parts
from channels.registry import CHANNELS
from models.incident import Level
from models.names import LEVELS, field_name
from models.office import Organisation


@dataclass(frozen=True)
class Voice:
    """Picks the words of one language and says times as the office's people read them."""

    language: str
    tz: tzinfo
    now: datetime

    def say(self, vi: str, en: str) -> str:
        """The sentence in the office's language."""
        return en if self.language == "en" else vi

    def level(self, level: str) -> str:
        """CAO, KHẨN CẤP: as it stands at the head of an alert."""
        return self.say(*LEVELS[Level(level)]).upper()

    def field(self, code: str) -> str:
        """The name of a topic."""
        return self.say(*field_name(code))

    def clock(self, at: datetime | None) -> str:
        """The office's clock time, with the day when that is not today."""
        if at is None:
            return "–"
        local = at.astimezone(self.tz)
        if local.date() == self.now.astimezone(self.tz).date():
            return f"{local:%H:%M}"
        return self.say(f"{local:%H:%M} ngày {local:%d/%m}", f"{local:%H:%M} on {local:%d %b}")


def voice_of(parts: Parts, organisation: Organisation) -> Voice:
    """How this office is spoken to now."""
    return Voice(parts.settings.language, ZoneInfo(organisation.zone), parts.now())


def channel_name(kind: str) -> str:
    """What people call a channel."""
    return CHANNELS[kind].label if kind in CHANNELS else kind
