"""Whether a file can still be sent: it is there, unchanged, and its public address answers where that is fetched."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from channels.base import Channel, MediaFile
from channels.errors import ChannelError, Told
from channels.http import Door

FETCH_S = 20.0


async def wrong_with(file: MediaFile, channel: Channel, door: Door) -> Told | None:
    """Say what keeps a file from going out on a channel, and what to do; None when nothing does."""
    name = file.path.name
    if not await asyncio.to_thread(_is_whole, file.path, file.sha256):
        return Told(
            vi=f"tệp {name} không còn hoặc đã bị thay đổi trên máy: mở bài, đính lại tệp rồi duyệt lại.",
            en=f"the file {name} is gone from this machine or was changed: open the post, attach it again, approve it.",
        )
    limit = channel.limits.media(file.kind)
    if limit is None or not limit.by_public_url or not file.public_url:
        return None
    answer = await _answer(door, file.public_url)
    if answer in ("200", "206"):
        return None
    vi, en = (f"trả lời HTTP {answer}", f"answers HTTP {answer}") if answer else ("không trả lời", "does not answer")
    return Told(
        vi=f"{channel.label} sẽ không tải được tệp {name}: địa chỉ công khai {vi}. Kiểm tra LOA_PUBLIC_URL, chứng thư "
        "và máy chủ web trước giờ đăng.",
        en=f"{channel.label} will not be able to fetch {name}: its public address {en}. Look at LOA_PUBLIC_URL, the "
        "certificate and the web server before the post is due.",
    )


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


async def _answer(door: Door, url: str) -> str:
    """Ask for the first byte; return the HTTP status, empty without any answer."""
    try:
        answer = await door.call("GET", url, writes=False, timeout_s=FETCH_S, headers={"Range": "bytes=0-0"})
    except (ChannelError, ValueError):  # ValueError: an address that is none
        return ""
    return str(answer.status)
