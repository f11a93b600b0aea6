"""What the YouTube adapter's tests share: the adapter at an address, and what it is given to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.base import AccountRef, Content, Endpoints, MediaFile, Notes, Outgoing
from channels.http import Door
from channels.youtube import YouTubeChannel
from tests.conftest import FakeClock

FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 300_000
CHANNEL = "UCoffice"


class Adapter:
    """Opens an adapter at an address; `saved` are the secrets it gave to keep."""

    def __init__(self, door: Door, clock: FakeClock) -> None:
        self.door, self.clock = door, clock
        self.saved: list[Mapping[str, str]] = []

    def __call__(self, url: str, **secrets: str) -> YouTubeChannel:
        held = secrets or {"refresh_token": "r", "client_id": "c", "client_secret": "s"}

        async def save(fresh: Mapping[str, str]) -> None:
            self.saved.append(fresh)

        ends = Endpoints(youtube=url, youtube_analytics=url, google_oauth=url)
        account = AccountRef("youtube", CHANNEL, "UBND", {}, held)
        return YouTubeChannel(account, door=self.door, endpoints=ends, now=self.clock, save_secrets=save)


def answering(comment: str, text: str = "Vâng") -> Outgoing:
    return YouTubeChannel.compose(
        Content(text, options={"form": "reply", "target": comment}), AccountRef("youtube", CHANNEL)
    )


def composed(clip: MediaFile, **words: Any) -> Outgoing:
    content = Content(**{"text": "Mô tả", "title": "Clip", "media": (clip,), **words})
    return YouTubeChannel.compose(content, AccountRef("youtube", CHANNEL))


def correction(video: str, text: str = "Thông tin đúng") -> Outgoing:
    content = Content(text, options={"form": "comment", "target": video})
    return YouTubeChannel.compose(content, AccountRef("youtube", CHANNEL))


async def keep_nothing(_: Notes) -> None:
    return None


async def uploaded(adapter: YouTubeChannel, out: Outgoing) -> str:
    return (await adapter.submit(out, await adapter.prepare(out, {}, keep_nothing))).remote_id
