"""Viber channels (posts) and bots (their subscribers). Facts and numbers: Viber Channels Post API and REST bot API."""

from channels.viber.channel import ViberChannel

__all__ = ["ViberChannel"]
