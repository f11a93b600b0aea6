"""A stand-in for Viber: channels that post, and bots that talk with citizens. From the platform notes.

HTTP is 200 always and `status` decides. A channel's post cannot be read back. A bot's webhook on loopback is really
called, signed with the token, and called again for an hour until it answers 200; a public one is believed and left
alone, because nothing leaves the machine.
"""

from channels.sandbox.viber.base import User
from channels.sandbox.viber.platform import ViberSandbox
from channels.sandbox.viber.webhooks import RETRY_EVERY, RETRY_FOR

__all__ = ["RETRY_EVERY", "RETRY_FOR", "User", "ViberSandbox"]
