"""Viber channels (posts) and bots (their subscribers). Facts and numbers: Viber Channels Post API and REST bot API."""

from channels.viber.bot import ViberBot
from channels.viber.channel import ViberChannel

__all__ = ["ViberBot", "ViberChannel"]
