"""What a file really is: type by content, size, length, coding, hash, without reading it whole into memory."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image, UnidentifiedImageError

from channels.base import MediaFile
from channels.media.captions import SUFFIXES, read_captions
from channels.media.errors import MediaError

PICTURES: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
"""Pillow's names of what is read; telephones that film in depth write MPO, a JPEG with a second one behind it."""
MOST_PIXELS: Final = 60_000_000
"""Bigger pictures are refused before they are decoded: a small file can unpack to gigabytes."""
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx", b"styp", b"uuid"})
_UNREADABLE = (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def probe(
    path: Path, *, alt_text: str = "", public_url: str = "", role: str = "", language: str = "", name: str = ""
) -> MediaFile:
    """Look into a file. `role`: "thumbnail" for a picture that goes with the clip, "captions"; empty: what it is.
    Raises `MediaError` for what is missing, broken or of no known kind."""
    if not path.is_file() or path.stat().st_size == 0:
        raise MediaError(f"Tệp {path.name} trống hoặc không có.", f"{path.name} is empty or missing.")
    found = _look(path, role)
    return replace(
        found,
        size=path.stat().st_size,
        sha256=hash_of(path),
        alt_text=alt_text.strip(),
        public_url=public_url.strip(),
        language=language if found.kind == "captions" else "",
        name=name or path.name,
    )


def _look(path: Path, role: str) -> MediaFile:
    """What it is and how it is made; size and hash are still missing."""
    if path.suffix.lower() in SUFFIXES and role in ("", "captions"):
        mime, ends_s = read_captions(path)
        return MediaFile(path, "captions", mime, 0, "", duration_s=ends_s)
    found = _picture(path) or _clip(path)
    if role == "captions":
        raise MediaError(
            f"{path.name} không phải tệp phụ đề: hãy dùng tệp .srt hoặc .vtt.",
            f"{path.name} is no captions file: use .srt or .vtt.",
        )
    if found is None and path.suffix.lower() in (".heic", ".heif"):
        raise MediaError(
            f"Loa chưa đọc được hình HEIC ({path.name}): hãy xuất ra JPEG rồi đính lại.",
            f"Loa does not read HEIC pictures yet ({path.name}): export it as JPEG and attach that.",
        )
    if found is None:
        raise MediaError(
            f"Không đọc được tệp {path.name}: hãy dùng hình JPEG, PNG hoặc clip MP4.",
            f"{path.name} cannot be read: use a JPEG or PNG picture or an MP4 clip.",
        )
    if role != "thumbnail":
        return found
    if found.kind != "picture":
        raise MediaError(
            f"Ảnh thu nhỏ phải là hình, {path.name} là clip.", f"A thumbnail is a picture, {path.name} is a clip."
        )
    return replace(found, kind="thumbnail")


def _picture(path: Path) -> MediaFile | None:
    try:
        with Image.open(path) as picture:
            mime, (width, height) = PICTURES.get(picture.format or ""), picture.size
            if mime is None:
                return None
            if width * height > MOST_PIXELS:
                raise MediaError(
                    f"Hình {path.name} quá lớn ({width}x{height}): hãy thu nhỏ.",
                    f"{path.name} is too large ({width}x{height}): make it smaller.",
                )
            picture.verify()
    except _UNREADABLE:
        return None
    return MediaFile(path, "picture", mime, 0, "", width, height)


def _clip(path: Path) -> MediaFile | None:
    try:
        with av.open(str(path), metadata_errors="ignore") as box:
            stream = next((s for s in box.streams.video), None)
            if stream is None or "mp4" not in box.format.name:
                return None
            sound = next((s for s in box.streams.audio), None)
            width, height = stream.width, stream.height
            if _turned(box, stream):
                width, height = height, width
            found = MediaFile(
                path,
                "clip",
                "video/quicktime" if _of_apple(box, path) else "video/mp4",
                0,
                "",
                width,
                height,
                float(box.duration or 0) / 1_000_000,
                fps=float(stream.average_rate or stream.guessed_rate or 0),
                video_codec=stream.codec_context.codec.canonical_name,
                audio_codec=sound.codec_context.codec.canonical_name if sound else "",
            )
    except (av.error.FFmpegError, OSError, ValueError):
        return None
    if _is_cut(path):
        raise MediaError(
            f"Clip {path.name} bị cắt cụt (chép hoặc tải về chưa xong): hãy lấy lại tệp đầy đủ.",
            f"{path.name} is cut short (a copy or download that was not finished): get the whole file again.",
        )
    return found


def _of_apple(box: InputContainer, path: Path) -> bool:
    """QuickTime says so in its brand; old ones have none."""
    brand = box.metadata.get("major_brand", "").strip()
    return brand == "qt" or (not brand and path.suffix.lower() == ".mov")


def _turned(box: InputContainer, stream: VideoStream) -> bool:
    """Whether players turn the pictures on their side: telephones film upright clips lying down and note it."""
    try:
        frame = next(box.decode(stream), None)
    except av.error.FFmpegError:  # the platform will say what it makes of it
        return False
    return frame is not None and frame.rotation % 180 != 0


def _is_cut(path: Path) -> bool:
    """Whether one of the boxes that an MP4 consists of goes on behind the file's end."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + 8 <= size:
            length, kind = _box(file, at)
            if length < 8 or kind not in _BOXES:  # 0: to the end; what is none is not looked into
                return False
            if at + length > size:
                return True
            at += length
    return False


def _box(file: BinaryIO, at: int) -> tuple[int, bytes]:
    file.seek(at)
    head = file.read(16)
    length = int.from_bytes(head[:4], "big")
    return int.from_bytes(head[8:16], "big") if length == 1 else length, head[4:8]


def hash_of(path: Path) -> str:
    """Return a file's SHA-256, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
