"""The Zalo adapter at an address, and what it is given to send."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from channels.base import AccountRef, Content, Endpoints, MediaFile, Outgoing, Sent
from channels.http import Door
from channels.sandbox.zalo import ZaloSandbox
from channels.zalo import ZaloChannel
from tests.conftest import FakeClock

JPEG = b"\xff\xd8\xff" + b"\0" * 100
FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 300_000


class Store:
    """Where secrets are kept; `broken` makes the next write fail."""

    def __init__(self) -> None:
        self.kept: list[Mapping[str, str]] = []
        self.broken = False

    async def __call__(self, secrets: Mapping[str, str]) -> None:
        if self.broken and secrets.get("refresh_issued_at"):
            raise OSError("disk full")
        self.kept.append(dict(secrets))


def adapter(
    platform: ZaloSandbox, door: Door, clock: FakeClock, store: Store | None = None, **secrets: str
) -> ZaloChannel:
    extra = next(iter(platform.accounts.values())).extra
    held = {"access_token": extra["access"], "refresh_token": extra["refresh"], "app_secret": "app-secret",
            "expires_at": extra["expires_at"].isoformat(), **secrets}  # fmt: skip
    ref = AccountRef("zalo", "388613000000001", "UBND Phường", {"app_id": "42"}, held)
    ends = Endpoints(zalo=platform.url, zalo_oauth=platform.url)
    return ZaloChannel(ref, door=door, endpoints=ends, now=clock, save_secrets=store or Store())


def picture_at(url: str, alt_text: str = "", kind: str = "picture") -> MediaFile:
    digest = hashlib.sha256(JPEG).hexdigest()
    return MediaFile(Path("a.jpg"), kind, "image/jpeg", len(JPEG), digest, alt_text=alt_text, public_url=url)


def thumbnail_at(url: str) -> MediaFile:
    return picture_at(url, kind="thumbnail")


def clip_in(folder: Path) -> MediaFile:
    path = folder / "phim"
    path.write_bytes(FILM)
    return MediaFile(path, "clip", "video/mp4", len(FILM), hashlib.sha256(FILM).hexdigest())


def composed(*media: MediaFile, text: str = "Nội dung", title: str = "Lịch", **more: Any) -> Outgoing:
    ref = AccountRef("zalo", "1", "UBND Phường")
    return ZaloChannel.compose(Content(text, title, media=media, **more), ref)


def answer(message: str, text: str = "Vâng") -> Outgoing:
    return composed(text=text, options={"form": "reply", "target": message})


async def forget(_: Mapping[str, str]) -> None:
    return None


async def published(channel: ZaloChannel, out: Outgoing) -> Sent:
    sent = await channel.submit(out, {})
    return await channel.poll(out, sent, sent.notes)


class Told:
    """A server that answers the next calls as told, the last answer for ever."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    def say(self, *bodies: Any, status: int = 200) -> None:
        self.answers += [
            web.Response(text=b if isinstance(b, str) else json.dumps(b), status=status) for b in bodies
        ]  # fmt: skip

    def posted(self, number: int) -> dict[str, Any]:
        """The JSON of one call."""
        return dict(json.loads(self.asked[number][2]))

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path_qs, dict(request.headers), await request.read()))
        said = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return web.Response(text=said.text, status=said.status)
