"""Fetching a message's files as Viber does, and what it finds in them. Only addresses on this machine are fetched."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any, Final

import av
from PIL import Image, UnidentifiedImageError

from channels.sandbox.core import Refusal, fetch, on_loopback
from channels.sandbox.viber.content import MOST_FILE, MOST_VIDEO_S, Takes
from channels.sandbox.viber.rules import RULES

MOST_PICTURE: Final = 1024 * 1024
MOST_THUMBNAIL: Final = 100 * 1024
THUMBNAIL_EDGE: Final = 400
AVATAR_EDGE: Final = 720
_MOST_FETCHED: Final = MOST_FILE + 1024 * 1024
_ANY: Final = frozenset({"JPEG", "PNG", "GIF"})


async def check_files(body: Mapping[str, Any], takes: Takes) -> None:
    """Refuse a message whose files are not there or are not what its type takes."""
    kind = body["type"]
    if kind == "picture":
        await _picture(body, takes)
    if kind == "video" and (data := await _fetched(body["media"])) is not None:
        await asyncio.to_thread(_check_video, data, takes)
        await _small(body, "thumbnail", frozenset({"JPEG"}), None)
    if kind == "file" and (data := await _fetched(body["media"])) is not None and len(data) > MOST_FILE:
        raise Refusal(RULES["big_file"])


async def check_avatar(sender: Mapping[str, Any]) -> None:
    """Refuse a sender's picture that is too big."""
    await _small(sender, "avatar", _ANY, AVATAR_EDGE)


async def _fetched(url: str) -> bytes | None:
    """The file; None for a public address, which is believed."""
    if not on_loopback(url):
        return None
    try:
        return await fetch(url, _MOST_FETCHED)
    except LookupError:
        raise Refusal(RULES["unreachable"]) from None


async def _picture(body: Mapping[str, Any], takes: Takes) -> None:
    data = await _fetched(body["media"])
    if data is not None:
        if len(data) > MOST_PICTURE:
            raise Refusal(RULES["big_picture"])
        form, _, moves = _look(data)
        if form not in takes.formats:
            raise Refusal(RULES["picture"])
        if moves:
            raise Refusal(RULES["animated"])
    await _small(body, "thumbnail", _ANY, THUMBNAIL_EDGE)


async def _small(body: Mapping[str, Any], name: str, formats: frozenset[str], edge: int | None) -> None:
    """Check a thumbnail or an avatar, where there is one."""
    data = await _fetched(body[name]) if name in body else None
    if data is None:
        return
    form, size, _ = _look(data)
    if len(data) > MOST_THUMBNAIL or form not in formats or (edge is not None and max(size) > edge):
        raise Refusal(RULES[name])


def _look(data: bytes) -> tuple[str, tuple[int, int], bool]:
    """A picture's format, size, and whether it moves; no format for what is no picture."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.format or "", image.size, getattr(image, "is_animated", False)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return "", (0, 0), False


def _check_video(data: bytes, takes: Takes) -> None:
    if len(data) > takes.video:
        raise Refusal(RULES["big_video"])
    try:
        with av.open(io.BytesIO(data), "r") as box:
            codecs = {stream.codec_context.name for stream in box.streams.video}
            form, seconds = box.format.name, (box.duration or 0) / 1_000_000
    except (av.error.FFmpegError, OSError, ValueError):
        raise Refusal(RULES["video"]) from None
    if "mp4" not in form or codecs != {"h264"}:
        raise Refusal(RULES["video"])
    if seconds > MOST_VIDEO_S:
        raise Refusal(RULES["long_video"])
