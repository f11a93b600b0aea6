"""Where a platform calls us for one account."""

from __future__ import annotations

import hashlib

from bot.parts import Parts
from models.office import Account

ROOM = "/hooks"


def webhook_path(account: Account) -> str:
    """The path of an account's address: its number, and what nobody guesses."""
    return f"{ROOM}/{account.kind}/{account.id}-{account.hook_key}"


def webhook_address(parts: Parts, account: Account) -> str:
    """The address to give to the platform; empty without LOA_PUBLIC_URL."""
    public = parts.settings.public_url
    return f"{public}{webhook_path(account)}" if public else ""


def verify_word(account: Account) -> str:
    """The verify token to enter beside the address where a platform asks for one (Facebook)."""
    return hashlib.sha256(f"verify {account.hook_key}".encode()).hexdigest()[:32]
