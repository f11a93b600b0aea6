"""A picture without anything but the picture: upright, in sRGB, without where, when and with what it was taken.

A file that is already clean stays as it is, byte by byte. Types that no platform takes become JPEG, or PNG where they
are see-through or drawn in few colours. Of a GIF that moves only what is not picture is cut out.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms, ImageOps

from channels.base import MediaFile
from channels.media.errors import MediaError

ONE_AT_A_TIME: Final = threading.Lock()
"""Held while a picture is unpacked: memory stays that of one, however many people attach theirs."""
MOST_KEPT: Final = 25_000_000
"""Pixels of what is kept: more than any platform shows."""
MOST_MOVING: Final = 20_000_000
"""Bytes of a GIF, which is held whole while it is cleaned."""
BEST: Final = 95
_ORIENTATION: Final = 0x0112
_JPEG_PARTS = frozenset({"APP0", "APP14"})
_PNG_PARTS = frozenset(b"IHDR PLTE IDAT IEND tRNS pHYs sBIT bKGD gAMA cHRM sRGB".split())
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, Image.DecompressionBombError)


def cleaned(file: MediaFile, folder: Path) -> Path:
    """Return the clean picture: the file itself, or a new one in `folder`. Raises `MediaError` for one that breaks off.
    Blocking."""
    try:
        with ONE_AT_A_TIME, Image.open(file.path) as picture:
            if moves(picture):
                return _moving(picture, file, folder)
            parts = _parts(*picture.size)
            picture.draft(None, (picture.width // parts, picture.height // parts))
            picture.load()
            if parts == 1 and _is_clean(picture, file.path):
                return file.path
            return _plain(picture, folder)
    except _BROKEN as error:
        raise MediaError(
            f"Hình {file.called} bị hỏng hoặc chưa chép xong: hãy lấy lại tệp gốc.",
            f"{file.called} is broken or cut short: get the original file again.",
        ) from error


def moves(picture: Image.Image) -> bool:
    """Say whether a picture has more than one frame to show."""
    return bool(getattr(picture, "is_animated", False)) and picture.format != "MPO"


def see_through(picture: Image.Image) -> bool:
    """Say whether some of it lets the background show."""
    if "transparency" not in picture.info and "A" not in picture.mode and "a" not in picture.mode:
        return False
    return any(picture.convert("RGBA").getchannel("A").histogram()[:255])


def on_white(picture: Image.Image) -> Image.Image:
    """Return it in plain colours, as a page would show it."""
    if picture.mode in ("RGB", "L") and "transparency" not in picture.info:
        return picture
    if not see_through(picture):
        return picture.convert("RGB")
    over = picture.convert("RGBA")
    page = Image.new("RGB", over.size, "white")
    page.paste(over, mask=over.getchannel("A"))
    return page


def _moving(picture: Image.Image, file: MediaFile, folder: Path) -> Path:
    if picture.format == "GIF" and file.size > MOST_MOVING:
        raise MediaError(
            f"Ảnh động {file.called} quá nặng (tối đa {MOST_MOVING // 1_000_000} MB): hãy dùng clip MP4.",
            f"{file.called} moves and is too heavy (at most {MOST_MOVING // 1_000_000} MB): use an MP4 clip.",
        )
    if picture.format == "GIF":
        return _written(folder / "clean.gif", b"".join(_gif_parts(file.path.read_bytes())))
    raise MediaError(
        f"Tệp {file.called} gồm nhiều hình (ảnh động hoặc nhiều trang): hãy dùng GIF, clip MP4, hoặc đính từng hình.",
        f"{file.called} holds several pictures (it moves, or has pages): use a GIF, an MP4 clip, or attach each one.",
    )


def _parts(width: int, height: int) -> int:
    """By how much the edges of a huge picture are divided."""
    return next((n for n in (1, 2, 4) if width * height <= MOST_KEPT * n * n), 8)


def _is_clean(picture: Image.Image, path: Path) -> bool:
    if picture.format == "JPEG":
        with path.open("rb") as file:
            file.seek(-2, io.SEEK_END)
            whole = file.read() == b"\xff\xd9"
        parts = {name for name, _ in getattr(picture, "applist", ())}
        return whole and parts <= _JPEG_PARTS and picture.mode in ("RGB", "L")
    return picture.format == "PNG" and not picture.mode.startswith("I") and set(_png_parts(path)) <= _PNG_PARTS


def _png_parts(path: Path) -> Iterator[bytes]:
    """The names of a PNG's chunks, and an empty one for what stands behind the last."""
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            yield head[4:]
            file.seek(int.from_bytes(head[:4], "big") + 4, io.SEEK_CUR)
            if head[4:] == b"IEND":
                break
        if file.read(1):
            yield b""


def _plain(picture: Image.Image, folder: Path) -> Path:
    """Write the picture anew, with the least loss."""
    of_camera, upright = picture.format in ("JPEG", "MPO"), picture.getexif().get(_ORIENTATION, 1) == 1
    drawn = not of_camera and (picture.format == "PNG" or picture.mode in ("1", "P", "L"))
    data = io.BytesIO()
    if picture.format == "JPEG" and picture.mode in ("RGB", "L") and upright and "icc_profile" not in picture.info:
        picture.info.clear()
        picture.save(data, "JPEG", quality="keep")
        return _written(folder / "clean.jpg", data.getvalue())
    picture = _in_srgb(_smaller(_in_eight_bits(picture)))
    picture = picture if upright else ImageOps.exif_transpose(picture)
    if see_through(picture) or drawn:
        picture = picture.convert("RGBA") if "transparency" in picture.info else picture
        picture.info.clear()
        picture.save(data, "PNG")
        return _written(folder / "clean.png", data.getvalue())
    picture = on_white(picture)
    picture.info.clear()
    picture.save(data, "JPEG", quality=BEST, subsampling=0, optimize=True)
    return _written(folder / "clean.jpg", data.getvalue())


def _smaller(picture: Image.Image) -> Image.Image:
    """Divide the edges of a huge picture that could not be unpacked small."""
    parts = _parts(*picture.size)
    if parts == 1:
        return picture
    if picture.mode in ("1", "P"):
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    return picture.reduce(parts)


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda v: v * (1 / 256)).convert("L")


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return it in the colours that screens and platforms take for granted."""
    profile = picture.info.get("icc_profile")
    if picture.mode in ("F", "CMYK", "YCbCr", "LAB", "HSV") and not profile:
        return picture.convert("RGB")
    if not profile:
        return picture
    alpha = picture.convert("RGBA").getchannel("A") if see_through(picture) else None
    colours = picture if picture.mode in ("RGB", "CMYK", "L", "LAB") else picture.convert("RGB")
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        plain = ImageCms.profileToProfile(colours, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # a profile that is none, or another picture's
        plain = colours.convert("RGB")
    assert plain is not None, "not in place"
    if alpha is not None:
        plain.putalpha(alpha)
    return plain


def _gif_parts(data: bytes) -> Iterator[bytes]:
    """A GIF without comments, plain texts and whatever programs write into it; how often it plays stays."""
    at = 13 + _palette(data[10])
    yield data[:at]
    while data[at] != 0x3B:
        begin = at
        if data[at] == 0x2C:
            at = _blocks_end(data, at + 11 + _palette(data[at + 9]))
            yield data[begin:at]
        elif data[at] == 0x21:
            at = _blocks_end(data, at + 2)
            if data[begin + 1] == 0xF9 or data[begin + 3 : begin + 14] == b"NETSCAPE2.0":
                yield data[begin:at]
        else:
            raise ValueError("no GIF block")
    yield b"\x3b"


def _palette(flags: int) -> int:
    """The bytes of the colours that follow."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while length := data[at]:
        at += length + 1
    return at + 1


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
