"""Which channels there are. A new one is a file and a line here."""

from __future__ import annotations

from channels.base import AccountRef, Channel, Clock, Endpoints, LoadSecrets, SaveSecrets, TellUsage, tell_nobody
from channels.facebook import FacebookChannel
from channels.http import Door
from channels.viber import ViberChannel
from channels.youtube import YouTubeChannel
from channels.zalo import ZaloChannel

CHANNELS: dict[str, type[Channel]] = {
    channel.kind: channel for channel in (FacebookChannel, ZaloChannel, ViberChannel, YouTubeChannel)
}


def open_channel(
    account: AccountRef,
    *,
    door: Door,
    endpoints: Endpoints,
    now: Clock,
    save_secrets: SaveSecrets,
    load_secrets: LoadSecrets | None = None,
    tell_usage: TellUsage = tell_nobody,
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
    )
