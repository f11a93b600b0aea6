"""A picture made to fit a platform: smaller, lighter or of another type, its sides in the same proportion.

The same picture and the same limits give the same file. What no fitting can put right (too small, the wrong shape) is
left to the review.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PIL import Image

from channels.base import MediaFile, MediaLimit
from channels.media.cleaning import ONE_AT_A_TIME, on_white
from channels.media.probing import hash_of
from channels.review.files import fits

_QUALITIES: Final = (90, 84, 76, 68)
"""Below the last of these artefacts show more than a picture with fewer pixels."""
_STEP: Final = 0.85
_MOST_PIXELS: Final = 6_000_000
"""Of a picture that has to become lighter anyway: no platform shows more."""
_LEAST_EDGE: Final = 16
_SUFFIX: Final = {"image/jpeg": ".jpg", "image/png": ".png"}


def fitted(file: MediaFile, limit: MediaLimit, folder: Path) -> MediaFile | None:
    """Return a picture that `limit` takes, made from a clean one, written into `folder`; None where the file itself
    fits, or where nothing can be made of it. Blocking."""
    largest = _size(file, limit, 1.0)
    if fits(file, limit) or largest is None:
        return None
    with ONE_AT_A_TIME:
        with Image.open(file.path) as picture:
            picture.draft(None, largest)
            whole = _resized(picture, largest)
        size: tuple[int, int] | None = largest
        scale = 1.0
        while size is not None:
            mime, data = _encoded(_resized(whole, size), file.mime, limit)
            made = replace(file, mime=mime, size=len(data), width=size[0], height=size[1])
            if fits(made, limit):
                path = folder / f"fitted{_SUFFIX[mime]}"
                path.write_bytes(data)
                return replace(made, path=path, sha256=hash_of(path))
            scale *= min(_STEP, max(0.5, (limit.most_bytes / len(data)) ** 0.5))  # bytes grow about as pixels do
            size = _size(file, limit, scale)
    return None


def _size(file: MediaFile, limit: MediaLimit, scale: float) -> tuple[int, int] | None:
    """Return the edges at this part of the largest size the platform takes; None where they get too short or are of the
    wrong shape."""
    width, height = file.width, file.height
    most = min(
        1.0,
        limit.most_edge / max(width, height) if limit.most_edge else 1.0,
        limit.most_sides / (width + height) if limit.most_sides else 1.0,
        (min(limit.most_pixels or _MOST_PIXELS, _MOST_PIXELS) / (width * height)) ** 0.5,
    )
    wide, high = max(1, int(width * most * scale)), max(1, int(height * most * scale))
    if min(wide, high) < min(max(limit.least_edge, _LEAST_EDGE), width, height):
        return None
    if not limit.least_ratio * height <= width <= (limit.most_ratio or width) * height:
        return None
    if limit.most_ratio and wide > limit.most_ratio * high:  # whole pixels are a little off the true proportion
        wide = max(1, int(limit.most_ratio * high))
    if limit.least_ratio and wide < limit.least_ratio * high:
        high = max(1, int(wide / limit.least_ratio))
    return (wide, high) if min(wide, high) >= limit.least_edge else None


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    picture.load()
    if picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    elif picture.mode == "1":
        picture = picture.convert("L")
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture.info.clear()
    return picture


def _encoded(picture: Image.Image, mime: str, limit: MediaLimit) -> tuple[str, bytes]:
    """Return the best that is not too heavy, else the lightest: PNG for drawings and what is see-through, JPEG for the
    rest and where a PNG is too heavy."""
    png, jpeg = "image/png" in limit.mimes, "image/jpeg" in limit.mimes
    if png and not (jpeg and mime == "image/jpeg"):
        data = _saved(picture, "PNG")
        if len(data) <= limit.most_bytes or not jpeg:
            return "image/png", data
    plain = on_white(picture) if picture.mode not in ("RGB", "L") else picture
    sharp = {} if mime == "image/jpeg" else {"subsampling": 0}  # coloured letters stay legible
    lightest = _saved(plain, "JPEG", quality=_QUALITIES[-1], optimize=True, **sharp)
    if len(lightest) > limit.most_bytes:
        return "image/jpeg", lightest
    tries = (_saved(plain, "JPEG", quality=quality, optimize=True, **sharp) for quality in _QUALITIES[:-1])
    return "image/jpeg", next((data for data in tries if len(data) <= limit.most_bytes), lightest)


def _saved(picture: Image.Image, form: str, **words: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, form, **words)
    return data.getvalue()
