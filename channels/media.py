"""What a file really is: type by content, size, length, hash, without reading it whole into memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image, UnidentifiedImageError

from channels.base import MediaFile
from channels.errors import Told

_PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "BMP": "image/bmp", "TIFF": "image/tiff"}
MOST_PIXELS = 60_000_000
"""Bigger pictures are refused before they are decoded: a small file can unpack to gigabytes."""


class MediaError(Exception):
    """The file cannot be used; `told` says why and what to do."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.told = Told(vi=vi, en=en)


def probe(path: Path, *, alt_text: str = "", public_url: str = "") -> MediaFile:
    """Look into a picture or clip. Raises `MediaError` for what is missing, broken or of no known kind."""
    if not path.is_file() or path.stat().st_size == 0:
        raise MediaError(f"Tệp {path.name} trống hoặc không có.", f"{path.name} is empty or missing.")
    found = _picture(path) or _clip(path)
    if found is None:
        raise MediaError(
            f"Không đọc được tệp {path.name}: hãy dùng hình JPEG, PNG hoặc clip MP4.",
            f"{path.name} cannot be read: use a JPEG or PNG picture or an MP4 clip.",
        )
    kind, mime, width, height, duration_s = found
    return MediaFile(
        path=path,
        kind=kind,
        mime=mime,
        size=path.stat().st_size,
        sha256=_sha256(path),
        width=width,
        height=height,
        duration_s=duration_s,
        alt_text=alt_text.strip(),
        public_url=public_url.strip(),
    )


def _picture(path: Path) -> tuple[str, str, int, int, float] | None:
    try:
        with Image.open(path) as picture:
            mime, (width, height) = _PICTURES.get(picture.format or ""), picture.size
            if mime is None:
                return None
            if width * height > MOST_PIXELS:
                raise MediaError(
                    f"Hình {path.name} quá lớn ({width}x{height}): hãy thu nhỏ.",
                    f"{path.name} is too large ({width}x{height}): make it smaller.",
                )
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return "picture", mime, width, height, 0.0


def _clip(path: Path) -> tuple[str, str, int, int, float] | None:
    try:
        with av.open(str(path), metadata_errors="ignore") as box:
            stream = next((s for s in box.streams.video), None)
            if stream is None or "mp4" not in box.format.name:
                return None
            seconds = float(box.duration or 0) / 1_000_000
            mime = "video/quicktime" if path.suffix.lower() == ".mov" else "video/mp4"
            width, height = stream.width, stream.height
            if _turned(box, stream):
                width, height = height, width
            return "clip", mime, width, height, seconds
    except (av.error.FFmpegError, OSError, ValueError):
        return None


def _turned(box: InputContainer, stream: VideoStream) -> bool:
    """Whether players turn the pictures on their side: telephones film upright clips lying down and note it."""
    try:
        frame = next(box.decode(stream), None)
    except av.error.FFmpegError:  # the platform will say what it makes of it
        return False
    return frame is not None and frame.rotation % 180 != 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
