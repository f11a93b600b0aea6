"""Which channels there are. A new one is a file and a line here."""

from __future__ import annotations

from channels.base import AccountRef, Channel, Clock, Endpoints, LoadSecrets, SaveSecrets, TellUsage, tell_nobody
from channels.facebook import FacebookChannel
from channels.facebook.hooks import FacebookHooks
from channels.hooks import Hooks
from channels.http import Door
from channels.receivers import NOBODY, Receivers
from channels.telegram import TelegramChannel
from channels.viber import ViberBot, ViberChannel
from channels.viber.hooks import ViberBotHooks, ViberHooks
from channels.youtube import YouTubeChannel
from channels.zalo import ZaloChannel
from channels.zalo.hooks import ZaloHooks

CHANNELS: dict[str, type[Channel]] = {
    channel.kind: channel
    for channel in (FacebookChannel, ZaloChannel, ViberChannel, ViberBot, YouTubeChannel, TelegramChannel)
}

HOOKS: dict[str, Hooks] = {hooks.kind: hooks for hooks in (FacebookHooks(), ZaloHooks(), ViberHooks(), ViberBotHooks())}
"""The platforms that call us by themselves."""


def open_channel(
    account: AccountRef,
    *,
    door: Door,
    endpoints: Endpoints,
    now: Clock,
    save_secrets: SaveSecrets,
    load_secrets: LoadSecrets | None = None,
    tell_usage: TellUsage = tell_nobody,
    receivers: Receivers = NOBODY,
) -> Channel:
    """Return the adapter for one account. Raises `KeyError` for a kind that is not in `CHANNELS`."""
    return CHANNELS[account.kind](
        account,
        door=door,
        endpoints=endpoints,
        now=now,
        save_secrets=save_secrets,
        load_secrets=load_secrets,
        tell_usage=tell_usage,
        receivers=receivers,
    )
