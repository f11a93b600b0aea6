"""The address that Telegram calls for the duty chat: where it is, what proves a call, and whether it stands."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from telegram import Bot, WebhookInfo

from bot.parts import Parts
from bot.webhooks.address import ROOM
from channels.errors import Told, redact
from channels.hooks import same_mac

KINDS: Final = ("message", "callback_query", "my_chat_member")
"""The kinds of updates that the duty chat works."""
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
DUTY: Final = f"{ROOM}/duty"
MOST_CONNECTIONS: Final = 4
"""What people write in a few chats: more at once would only come out of order."""
RECENT: Final = timedelta(hours=1)
"""A call that failed longer ago, with nothing waiting, is over."""


def bot_number(parts: Parts) -> str:
    """The bot's own number, which stands before the colon of its token."""
    return parts.settings.telegram_token.get_secret_value().partition(":")[0]


def hook_path(parts: Parts) -> str:
    """The path of the address; its last word is guessed by nobody."""
    return f"{DUTY}/{_derived(parts, 'path')[:32]}"


def hook_address(parts: Parts) -> str:
    """The address that Telegram is given."""
    return f"{parts.settings.public_url}{hook_path(parts)}"


def is_from_telegram(parts: Parts, headers: Mapping[str, str]) -> bool:
    """Say whether a call carries the secret that Telegram was given, in constant time."""
    return same_mac(headers.get(SECRET_HEADER, ""), _derived(parts, "secret"))


def _derived(parts: Parts, purpose: str) -> str:
    """Every process of the installation makes the same of the key in its database; a new token makes another."""
    words = f"telegram {purpose} {parts.settings.telegram_token.get_secret_value()}"
    return hmac.new(parts.vault.signing_key, words.encode(), hashlib.sha256).hexdigest()


async def set_hook(bot: Bot, parts: Parts) -> None:
    """Have Telegram call us. Safe to repeat; what waits is kept. Raises `TelegramError`."""
    await bot.set_webhook(
        hook_address(parts),
        secret_token=_derived(parts, "secret"),
        allowed_updates=KINDS,
        max_connections=MOST_CONNECTIONS,
        drop_pending_updates=False,
    )


def why_not_called(info: WebhookInfo, address: str, now: datetime) -> Told | None:
    """Say why nothing can arrive at `address`, or why calls fail; None when all is well. Pure."""
    if not info.url:
        return Told("Telegram không còn giữ địa chỉ webhook nào", "Telegram holds no webhook address any more")
    if info.url != address:
        return Told("Telegram gọi một địa chỉ khác", "Telegram calls another address")
    if info.allowed_updates and not set(KINDS) <= set(info.allowed_updates):
        return Told("Telegram không báo đủ loại tin", "Telegram does not tell every kind of update")
    if info.last_error_message and (info.pending_update_count or _is_recent(info, now)):
        why, waiting = redact(info.last_error_message)[:200], info.pending_update_count
        return Told(
            f"Telegram gọi không được ({why}), {waiting} tin đang chờ",
            f"Telegram's calls fail ({why}), {waiting} updates wait",
        )
    return None


def _is_recent(info: WebhookInfo, now: datetime) -> bool:
    return info.last_error_date is not None and info.last_error_date > now - RECENT
